// What a route says about itself.
#include "fastapi.hpp"
using namespace fastapi;

struct Book {
    std::string title;
};
struct Message {
    std::string message;
};

// [function]
Book read_book(int) { return {"Momo"}; }
// [/function]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<read_book>("/books/{book_id}");
    // [options]
    app.post("/books", [](Book book) { return book; },
             {.status_code = 201,
              .tags = {"books"},
              .summary = "Add a book",
              .description = "The title is **not** checked against others.",
              .response_description = "The book as it was stored",
              .name = "create_book",
              .responses = {{409, {.description = "There is one already", .model = response_model<Message>}}}});
    app.get("/journals", [] { return std::vector<Book>{}; }, {.deprecated = true, .operation_id = "journals"});
    app.get("/health", [] { return "ok"; }, {.include_in_schema = false});
    // [/options]
    return app.run(argc, argv);
}
