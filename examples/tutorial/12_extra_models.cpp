// Several models of one thing: a common part, one of several, lists and maps.
#include <map>
#include <variant>

#include "fastapi.hpp"
using namespace fastapi;

// [base]
struct ReaderBase {
    std::string name;
    EmailStr email;
};
struct ReaderIn {
    Flatten<ReaderBase> base;
    Field<std::string, MinLength(8)> password;
};
struct ReaderOut {
    int id;
    Flatten<ReaderBase> base;
};

ReaderOut create_reader(const ReaderIn& reader) { return {1, reader.base}; }
// [/base]

// [union]
struct Novel {
    Literal<"novel"> kind;
    std::string title;
    int pages;
};
struct Atlas {
    Literal<"atlas"> kind;
    std::string title;
    double scale;
};

std::variant<Novel, Atlas> read_book(int book_id) {
    if (book_id == 1) return Novel{"novel", "Momo", 304};
    return Atlas{"atlas", "The world", 0.0001};
}
// [/union]

// [containers]
std::vector<Novel> list_novels() { return {{"novel", "Momo", 304}, {"novel", "Emma", 474}}; }

std::map<std::string, double> read_weights() { return {{"Emma", 340.5}, {"Momo", 290}}; }
// [/containers]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<create_reader>("/readers");
    app.get<read_book>("/books/{book_id}");
    app.get<list_novels>("/novels");
    app.get<read_weights>("/weights");
    return app.run(argc, argv);
}
