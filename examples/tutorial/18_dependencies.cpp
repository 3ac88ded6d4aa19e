// Dependencies: a function, a struct of parameters, a dependency of a dependency.
#include "fastapi.hpp"
using namespace fastapi;

// [function]
struct Page {
    int skip;
    int limit;
};

Page page(Query<int, "skip", Default(0), Ge(0)> skip, Query<int, "limit", Default(20), Le(100)> limit) {
    return {*skip, *limit};
}

using PageDep = Depends<page>;

json list_books(PageDep page) { return {{"skip", page->skip}, {"limit", page->limit}}; }
json list_readers(PageDep page) { return {{"first", page->skip + 1}}; }
// [/function]

// [class]
struct Search {
    Query<std::optional<std::string>, "words"> words;
    Query<int, "year", Default(1900), Ge(1450)> year;
    Header<std::string, "accept_language", Default("en")> language;
};

json search(Depends<instance_of<Search>> wanted) {
    return {{"words", *wanted->words}, {"year", *wanted->year}, {"language", *wanted->language}};
}
// [/class]

// [sub]
std::optional<std::string> card_in_query(Query<std::optional<std::string>, "card"> card) { return *card; }

std::string card(Depends<card_in_query> given, Cookie<std::optional<std::string>, "card"> kept) {
    if (given->has_value()) return **given;
    return kept->value_or("none");
}

json show_card(Depends<card> card) { return {{"card", *card}}; }
// [/sub]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<list_books>("/books");
    app.get<list_readers>("/readers");
    app.get<search>("/search");
    app.get<show_card>("/card");
    return app.run(argc, argv);
}
