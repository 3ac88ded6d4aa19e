// Query parameters: with a default, optional, required, true or false, several of one name.
#include <algorithm>

#include "fastapi.hpp"
using namespace fastapi;

const std::vector<std::string> titles = {"Emma", "Ulysses", "Momo", "Dracula", "Middlemarch"};

// [list]
std::vector<std::string> list_books(Query<int, "skip", Default(0)> skip, Query<int, "limit", Default(2)> limit) {
    auto size = static_cast<int>(titles.size());
    int begin = std::clamp(*skip, 0, size);
    int end = std::clamp(begin + std::max(*limit, 0), begin, size);
    return {titles.begin() + begin, titles.begin() + end};
}
// [/list]

// [optional]
json read_book(int book_id, Query<std::optional<std::string>, "note"> note,
               Query<bool, "brief", Default(false)> brief) {
    json book{{"book_id", book_id}};
    if (note->has_value()) book["note"] = **note;
    if (!*brief) book["about"] = "A long text about this book";
    return book;
}
// [/optional]

// [required]
json search(Query<std::string, "words"> words, Query<std::vector<std::string>, "shelf", Default("novels")> shelves) {
    return {{"words", *words}, {"shelves", *shelves}};
}
// [/required]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<list_books>("/books");
    app.get<read_book>("/books/{book_id}");
    app.get<search>("/search");
    return app.run(argc, argv);
}
