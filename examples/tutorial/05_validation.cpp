// Constraints of query and path parameters, names on the wire, a validator of one's own.
#include "fastapi.hpp"
using namespace fastapi;

// [length]
json search(Query<std::optional<std::string>, "words", MinLength(3), MaxLength(50), Pattern("^[a-z ]+$")> words) {
    return {{"words", *words}};
}
// [/length]

// [numbers]
json read_book(Path<int, "book_id", Title("The number on its back"), Ge(1), Le(9999)> book_id,
               Query<double, "zoom", Default(1), Gt(0), Lt(10.5)> zoom) {
    return {{"book_id", *book_id}, {"zoom", *zoom}};
}
// [/numbers]

// [metadata]
json list_books(
    Query<std::optional<std::string>, "order", Alias("sort-by"), Description("A column's name"), Deprecated> order,
    Query<std::optional<std::string>, "spy", ExcludeFromSchema> spy) {
    return {{"order", *order}, {"spy", *spy}};
}
// [/metadata]

// [validator]
void check_isbn(const std::string& isbn) {
    if (!isbn.starts_with("978-") && !isbn.starts_with("979-")) throw ValueError("an ISBN starts with 978- or 979-");
}

json find_isbn(Query<std::string, "isbn", AfterValidator<check_isbn>> isbn) { return {{"isbn", *isbn}}; }
// [/validator]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<search>("/search");
    app.get<read_book>("/books/{book_id}");
    app.get<list_books>("/books");
    app.get<find_isbn>("/isbn");
    return app.run(argc, argv);
}
