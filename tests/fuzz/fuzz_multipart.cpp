// libFuzzer: bytes as a form. The first byte says how they are cut, its highest bits which content type they have.
// What must hold: nothing crashes or reads outside the bytes; the result is the same however they are cut; a form that is accepted,
// written anew, reads as the same; handlers that take it answer 200, 400 or 422.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(), static_cast<int>(other.size()), other.data());
    std::abort();
}

constexpr const char* types[] = {"multipart/form-data; boundary=B", "application/x-www-form-urlencoded",
                                 "multipart/form-data; boundary=\"B\"; charset=latin-1", "multipart/form-data; boundary="};

struct Item {
    std::string name;
    std::string filename;
    std::string content;
    bool is_file;
    friend bool operator==(const Item&, const Item&) = default;
};
struct Read {
    int status = 200;
    std::string problem;
    std::vector<Item> items;
    friend bool operator==(const Read&, const Read&) = default;
};

// In pieces that lie alone in memory. seed: 0: one piece; 1: single bytes.
Read read(std::string_view type, std::string_view body, unsigned seed) {
    Request request;
    request.headers.add("content-type", type);
    detail::begin_form(request);
    while (!body.empty()) {
        std::size_t size = seed == 0 ? body.size() : 1;
        if (seed > 1) {
            seed = seed * 1103515245U + 12345U;
            size = std::min<std::size_t>(body.size(), 1 + (seed >> 16U) % ((seed >> 8U) % 4 == 0 ? 300 : 12));
        }
        std::unique_ptr<char[]> alone(new char[size]);
        std::copy(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size), alone.get());
        if (!detail::feed_form(request, {alone.get(), size})) break;
        body.remove_prefix(size);
    }
    Read made;
    try {
        for (const FormItem& item : request.form()) {
            UploadFile file = item.file;
            made.items.push_back({item.name, file.filename, item.is_file ? file.read() : item.text, item.is_file});
        }
    } catch (const HTTPException& error) {
        made.status = error.status_code;
        made.problem = error.what();
        if (made.status != 400) fail("a status", made.problem);
    }
    return made;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '\\' || c == '"') out.push_back('\\');
        out.push_back(c);
    }
    return out + "\"";
}

// Whether a name can be written so that it is read as it was.
bool can_be_written(std::string_view name) {
    return name.find_first_of("\r\n\\\"") == std::string_view::npos; // file names lose what looks like a path
}

void check_written_anew(const Read& read_before) {
    std::string boundary = "QQQ";
    for (const Item& item : read_before.items) {
        if (!can_be_written(item.name) || !can_be_written(item.filename) || item.name.size() + item.filename.size() > 3000) return;
        while (item.content.find(boundary) != std::string::npos) boundary += "Q";
    }
    if (boundary.size() > 200) return;
    std::string text;
    for (const Item& item : read_before.items) {
        text += "--" + boundary + "\r\nContent-Disposition: form-data; name=" + in_quotes(item.name);
        if (item.is_file) text += "; filename=" + in_quotes(item.filename);
        text += "\r\n\r\n" + item.content + "\r\n";
    }
    text += "--" + boundary + "--";
    if (read("multipart/form-data; boundary=" + boundary, text, 0) != read_before) fail("written anew it is another form", text);
}

struct Model {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    std::string a;
    Field<std::vector<int>> n = empty;
};

FastAPI& application() {
    static FastAPI app;
    static bool made = [] {
        app.post("/fields", [](Form<std::string, "a", MinLength(1)> a, Form<std::vector<int>, "n"> n, File<std::optional<UploadFile>, "f"> f) {
            return json{a->size(), n->size(), f->has_value() ? (*f)->read().size() : 0};
        });
        app.post("/files", [](File<std::vector<Bytes>, "f"> f, File<std::optional<std::vector<UploadFile>>, "g"> g) {
            return json{f->size(), g->has_value()};
        });
        app.post("/model", [](Form<Model> model) { return *model; });
        return true;
    }();
    static_cast<void>(made);
    return app;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const char* type = types[data[0] >> 6U];
    Read whole = read(type, body, 0);
    if (read(type, body, 1) != whole) fail("single bytes give another form", body);
    if (read(type, body, 2 + (data[0] & 63U)) != whole) fail("pieces give another form", body);
    if (whole.status == 200) check_written_anew(whole);
    for (const char* path : {"/fields", "/files", "/model"}) {
        Request request;
        request.method = "POST";
        request.target = path;
        request.headers.add("content-type", type);
        request.body = body;
        int status = application().handle(request).status_code;
        if (status != 200 && status != 400 && status != 422) fail("a handler's status", path, body);
        if ((status == 400) != (whole.status == 400)) fail("a handler has another form", path, body);
    }
    return 0;
}
