#pragma once

// What a route says of its answers: response_class, response_model and further responses of the documentation. All of it is behind
// pointers that are set where it is used (routing/replies.ipp).

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/http/file_response.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/stream.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/json/json.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"

namespace fastapi {

struct FastAPIOptions;

// A handler gave what its response_model does not allow: the answer is 500.
class ResponseValidationError : public ValidationError {
  public:
    explicit ResponseValidationError(ErrorList list_of_errors) : ValidationError("response", std::move(list_of_errors)) {}
};

namespace detail {

struct Endpoint;
class Schemas;
// Has a route use what it and the application say of its answers.
using InstallReply = void (*)(Endpoint& endpoint, const FastAPIOptions& options);
template <int = 0> // a template, like others here, so that programs that do without do not compile it
void install_reply(Endpoint& endpoint, const FastAPIOptions& options);

// What a class of responses makes of what a handler returns.
struct ResponseClass {
    std::string_view media_type;
    int status_code = 200;
    bool is_json = false;
    bool streams = false; // the texts of a generator as they are
    bool events = false;  // the items of a generator as server-sent events
    Response (*make)(const ResponseClass& self, std::string json_text) = nullptr; // null: the JSON as it is
    InstallReply install = nullptr;
};
template <int = 0>
Response make_text_response(const ResponseClass& self, std::string json_text);
// The text in a JSON string; of null none. Throws std::logic_error for anything else.
template <int = 0>
std::string text_of_json(std::string_view json_text);

template <class C>
constexpr ResponseClass describe_response_class() {
    static_assert(std::is_base_of_v<Response, C>, "fastapi: response_class<C> needs a class derived from Response");
    ResponseClass made;
    if constexpr (requires { C::media_type; }) made.media_type = C::media_type;
    made.install = &install_reply<0>;
    if constexpr (requires(const json& content) { C::render(content); }) {
        made.is_json = std::is_base_of_v<JSONResponse, C>;
        made.make = [](const ResponseClass& self, std::string text) {
            return Response(C::render(parse_json(text)), self.status_code, {}, self.media_type);
        };
    } else if constexpr (std::is_base_of_v<JSONResponse, C>) {
        made.is_json = true;
        if (made.media_type.empty()) made.media_type = "application/json";
    } else if constexpr (std::is_same_v<C, RedirectResponse>) {
        made.status_code = 307;
        made.make = [](const ResponseClass&, std::string text) -> Response { return C(text_of_json(text)); };
    } else if constexpr (std::is_same_v<C, FileResponse>) {
        made.make = [](const ResponseClass&, std::string text) -> Response { return C(text_of_json(text)); };
    } else {
        made.streams = std::is_base_of_v<StreamingResponse, C>;
        made.events = std::is_base_of_v<EventSourceResponse, C>;
        if (made.events && made.media_type.empty()) made.media_type = "text/event-stream";
        made.make = &make_text_response<0>;
    }
    return made;
}
template <class C>
inline constexpr ResponseClass response_class_of = describe_response_class<C>();

struct ResponseClassRef {
    const ResponseClass* of = nullptr;
    constexpr ResponseClassRef() = default;
    constexpr explicit ResponseClassRef(const ResponseClass* given) : of(given) {}
    template <class C>
    constexpr ResponseClassRef(const C&) { // NOLINT: implicit on purpose, to say this
        static_assert(std::is_void_v<C>, "fastapi: the class of a response is written .response_class = response_class<HTMLResponse>");
    }
    constexpr explicit operator bool() const { return of != nullptr; }
};

// The model of an answer.
struct ResponseModelRef {
    const Type* type = nullptr; // null: none, whatever the handler returns
    void (*filter)(std::string& json_text, const DumpOptions& options) = nullptr; // brings it into the model's form
    InstallReply install = nullptr;
    constexpr ResponseModelRef() = default;
    constexpr ResponseModelRef(const Type* of, void (*code)(std::string&, const DumpOptions&), InstallReply installs)
        : type(of), filter(code), install(installs) {}
    template <class T>
    constexpr ResponseModelRef(const T&) { // NOLINT: implicit on purpose, to say this
        static_assert(std::is_void_v<T>, "fastapi: the model of a response is written .response_model = response_model<UserOut>");
    }
    constexpr explicit operator bool() const { return install != nullptr; }
};
template <class T>
void filter_response(std::string& json_text, const DumpOptions& options) {
    T value{};
    ErrorList errors;
    Context context{errors};
    Document document;
    document.parse(json_text);
    LocScope scope{context, "response"};
    decode(slot_of<T>(), document.root(), &value, context);
    if (!errors.empty()) throw ResponseValidationError(std::move(errors));
    std::string out;
    encode(type_of<T>, &value, out, options);
    json_text.swap(out);
}
template <class T>
constexpr ResponseModelRef response_model_of() {
    if constexpr (std::is_void_v<T>) {
        return {nullptr, nullptr, &install_reply<0>};
    } else {
        return {&type_of<T>, &filter_response<T>, &install_reply<0>};
    }
}

} // namespace detail

// The class that makes a response of what a handler returns: .response_class = response_class<HTMLResponse>. Of a class of your own
// derived from Response: its static media_type, and `static std::string render(const json& content)` when it has one.
template <class C>
inline constexpr detail::ResponseClassRef response_class{&detail::response_class_of<C>};

// The model of the answer, when it is another than the handler's return type: .response_model = response_model<UserOut>. What the
// handler returns is validated against it, and only what it declares is answered.
template <class T>
inline constexpr detail::ResponseModelRef response_model = detail::response_model_of<T>();
// No model: whatever the handler returns is answered, and the documentation says nothing of it.
inline constexpr detail::ResponseModelRef no_response_model = detail::response_model_of<void>();

// One further response of a route, for the documentation.
struct ResponseInfo {
    std::string description = "";        // else the status's own
    detail::ResponseModelRef model = {}; // of the body, in the media type of the route
    json content = nullptr;              // OpenAPI's objects, merged
    json headers = nullptr;
    json links = nullptr;
    json extra = nullptr;                // more keys of the response
};

namespace detail {

// 404, "4XX", "default".
struct ResponseKey {
    std::string text;
    ResponseKey(int status);             // NOLINT: implicit on purpose
    ResponseKey(const char* words);      // NOLINT: implicit on purpose
};
struct ResponseEntry {
    ResponseKey status;
    ResponseInfo response;
};

// What the copies of a Responses share. It is kept as long as the program runs: there are few, and options hold no code for them.
struct ResponseTable {
    const ResponseTable* next = nullptr; // all there are
    InstallReply install;
    void (*collect)(const ResponseTable& self, Schemas& schemas);
    // Merges the responses into those of an operation, which stand in text from `at` on.
    void (*merge)(const Endpoint& endpoint, const Schemas& schemas, const std::string& operation_id, std::string& text, std::size_t at);
    const ResponseTable* (*join)(const ResponseTable& first, const ResponseTable& second);
    bool (*has_error)(const ResponseTable& self); // 422, 4XX or default are among them
};
inline const ResponseTable* response_tables = nullptr;
template <int = 0>
const ResponseTable* make_response_table(const ResponseEntry* entries, std::size_t count);

} // namespace detail

// Further responses of a route by status, for the documentation:
//   .responses = {{404, {.description = "No such item", .model = response_model<Message>}}, {"5XX", {…}}}
class Responses {
  public:
    Responses() = default;
    template <class Entry = detail::ResponseEntry>
    Responses(std::initializer_list<Entry> entries) : table_(detail::make_response_table<0>(entries.begin(), entries.size())) {}
    // Both; where both have a status, the second one's.
    friend Responses operator|(const Responses& first, const Responses& second) {
        if (!first.table_) return second;
        if (!second.table_) return first;
        Responses made;
        made.table_ = first.table_->join(*first.table_, *second.table_);
        return made;
    }
    [[nodiscard]] const detail::ResponseTable* table() const { return table_; }

  private:
    const detail::ResponseTable* table_ = nullptr;
};

} // namespace fastapi
