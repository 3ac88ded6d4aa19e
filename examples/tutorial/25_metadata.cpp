// What the documentation says of the application, and where it stands.
#include "fastapi.hpp"
using namespace fastapi;

int main(int argc, char** argv) {
    // [app]
    FastAPI app{{
        .title = "Library",
        .summary = "Books, readers, loans.",
        .description = "Everything that the desk downstairs does, **without** the waiting.",
        .version = "2.1.0",
        .terms_of_service = "https://library.example.org/terms",
        .contact = {.name = "The desk", .email = "desk@library.example.org"},
        .license_info = {.name = "MIT", .identifier = "MIT"},
        .openapi_tags = {{.name = "books", .description = "Those that stand on shelves."},
                         {.name = "readers",
                          .external_docs = {.description = "House rules", .url = "https://library.example.org/rules"}}},
        .openapi_url = "/api/openapi.json",
        .docs_url = "/documentation",
        .redoc_url = std::nullopt,
    }};
    // [/app]
    app.get("/books", [] { return json::array(); }, {.tags = {"books"}, .name = "list_books"});
    app.get("/readers", [] { return json::array(); }, {.tags = {"readers"}, .name = "list_readers"});
    return app.run(argc, argv);
}
