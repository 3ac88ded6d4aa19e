// Forms and files.
#include "fastapi.hpp"
using namespace fastapi;

// [fields]
json login(Form<std::string, "username"> username, Form<std::string, "password", MinLength(4)> password) {
    return {{"username", *username}, {"characters", password->size()}};
}
// [/fields]

// [model]
struct Letter {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<std::string, MinLength(1)> name;
    Field<std::string, MaxLength(2000)> text;
    Field<bool> newsletter = false;
};

json write_letter(Form<Letter> letter) { return {{"thanks", letter->name}, {"newsletter", letter->newsletter}}; }
// [/model]

// [file]
json upload_cover(File<UploadFile, "cover"> cover, Form<std::optional<std::string>, "artist"> artist) {
    std::string begin = cover->read(4);
    return {{"name", cover->filename},
            {"type", cover->content_type},
            {"size", cover->size},
            {"begins", begin},
            {"artist", *artist}};
}
// [/file]

// [files]
json upload_pages(File<std::vector<UploadFile>, "pages"> pages, File<std::optional<Bytes>, "index"> index) {
    json names = json::array();
    for (const UploadFile& page : *pages) names.push_back(page.filename);
    return {{"pages", names}, {"index", *index ? (*index)->size() : 0}};
}
// [/files]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<login>("/login");
    app.post<write_letter>("/letters");
    app.post<upload_cover>("/covers");
    app.post<upload_pages>("/pages", {.max_body_size = std::size_t{1} << 30U}); // 1 GB
    return app.run(argc, argv);
}
