// A request's body: a plain struct is a model.
#include "fastapi.hpp"
using namespace fastapi;

// [model]
struct Book {
    std::string title;
    std::optional<std::string> subtitle;
    double price;
    Field<double> tax = 0.07;
};
// [/model]

// [create]
json create_book(const Book& book) {
    json answer = book;
    answer["price_with_tax"] = book.price * (1 + book.tax);
    return answer;
}
// [/create]

// [all_three]
json replace_book(int book_id, const Book& book, Query<std::optional<std::string>, "reason"> reason) {
    return {{"book_id", book_id}, {"title", book.title}, {"reason", *reason}};
}
// [/all_three]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<create_book>("/books");
    app.put<replace_book>("/books/{book_id}");
    return app.run(argc, argv);
}
