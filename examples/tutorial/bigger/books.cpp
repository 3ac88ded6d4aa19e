#include "books.hpp"

#include <map>

#include "dependencies.hpp"

using namespace fastapi;

namespace {

struct Book {
    Field<std::string, MinLength(1)> title;
    Field<double, Gt(0)> price;
};
const std::map<int, Book> books = {{1, {"Momo", 9.9}}, {2, {"Emma", 7.5}}};

std::map<int, Book> list_books() { return books; }

Book read_book(Path<int, "book_id"> book_id) {
    auto found = books.find(*book_id);
    if (found == books.end()) throw HTTPException(404, "There is no such book");
    return found->second;
}

} // namespace

APIRouter books_router() {
    APIRouter router{{.prefix = "/books", .tags = {"books"}, .dependencies = {depends<check_key>}}};
    router.get<list_books>("");
    router.get<read_book>("/{book_id}");
    return router;
}
