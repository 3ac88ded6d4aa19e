// Models to JSON and back; updates of a whole, and of a part.
#include <map>
#include <mutex>

#include "fastapi.hpp"
using namespace fastapi;

// [model]
struct Book {
    Field<std::optional<std::string>> title = std::nullopt;
    Field<std::optional<date>> published = std::nullopt;
    Field<double, Ge(0)> price = 9.9;
};
// [/model]

// [store]
std::mutex mutex;
std::map<std::string, json> stored = {{"momo", {{"title", "Momo"}, {"published", "1973-01-01"}, {"price", 12.5}}}};

Book find(const std::string& id) {
    auto found = stored.find(id);
    if (found == stored.end()) throw HTTPException(404, "There is no such book");
    return model_validate<Book>(found->second);
}
// [/store]

Book read_book(std::string id) {
    std::lock_guard lock(mutex);
    return find(id);
}

// [put]
Book replace_book(std::string id, const Book& book) {
    std::lock_guard lock(mutex);
    stored[id] = model_dump(book);
    return book;
}
// [/put]

// [patch]
Book change_book(std::string id, const Book& change) {
    std::lock_guard lock(mutex);
    Book changed = model_copy(find(id), {.update = model_dump(change, {.exclude_unset = true})});
    stored[id] = model_dump(changed);
    return changed;
}
// [/patch]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<read_book>("/books/{id}");
    app.put<replace_book>("/books/{id}");
    app.patch<change_book>("/books/{id}");
    return app.run(argc, argv);
}
