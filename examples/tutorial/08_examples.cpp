// Examples for the documentation: of members, of parameters, of whole bodies.
#include "fastapi.hpp"
using namespace fastapi;

// [members]
struct Book {
    Field<std::string, Examples("Momo", "Dracula")> title;
    Field<double, Gt(0), Examples(9.9)> price;
};

Book create_book(const Book& book) { return book; }
// [/members]

// [named]
using BookBody = Body<Book, "book", OpenApiExamples(R"({
    "usual": {"summary": "A book", "value": {"title": "Momo", "price": 9.9}},
    "text": {"summary": "A price as text is read too", "value": {"title": "Momo", "price": "9.9"}},
    "wrong": {"summary": "Refused", "value": {"title": "Momo", "price": "cheap"}}})")>;

Book replace_book(Path<int, "book_id", Examples(7)>, BookBody book) { return *book; }
// [/named]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<create_book>("/books");
    app.put<replace_book>("/books/{book_id}");
    return app.run(argc, argv);
}
