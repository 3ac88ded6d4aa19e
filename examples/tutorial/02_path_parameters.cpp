// Path parameters: by position, in the order of the routes, one of an enum, one with slashes.
#include "fastapi.hpp"
using namespace fastapi;

// [read_book]
json read_book(int book_id) { return {{"book_id", book_id}}; }
// [/read_book]

// [two]
json read_chapter(Path<std::string, "chapter"> chapter, Path<int, "book_id"> book_id) {
    return {{"book_id", *book_id}, {"chapter", *chapter}};
}
// [/two]

// [enum]
enum class Shelf { novels, poems, travel };

json read_shelf(Shelf shelf) {
    return {{"shelf", model_dump(shelf)}, {"where", shelf == Shelf::poems ? "upstairs" : "behind the door"}};
}
// [/enum]

int main(int argc, char** argv) {
    FastAPI app;
    // [order]
    app.get("/books/newest", [] { return json{{"book_id", 99}}; });
    app.get<read_book>("/books/{book_id}");
    // [/order]
    app.get<read_chapter>("/books/{book_id}/chapters/{chapter}");
    app.get<read_shelf>("/shelves/{shelf}");
    // [path]
    app.get("/scans/{file:path}", [](Path<std::string, "file"> file) { return json{{"file", *file}}; });
    // [/path]
    return app.run(argc, argv);
}
