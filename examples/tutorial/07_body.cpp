// Bodies: several parts, constraints of members, models in models.
#include <map>

#include "fastapi.hpp"
using namespace fastapi;

// [fields]
struct Book {
    Field<std::string, MinLength(1), MaxLength(100)> title;
    Field<std::optional<std::string>, Description("What stands on the back"), MaxLength(300)> blurb;
    Field<double, Gt(0), Description("In euros")> price;
};
// [/fields]

// [several]
struct Reader {
    std::string name;
    std::optional<std::string> card;
};

json lend(int book_id, Body<Book, "book"> book, Body<Reader, "reader"> reader, Body<int, "days", Ge(1), Le(28)> days) {
    return {{"book_id", book_id}, {"title", book->title}, {"to", reader->name}, {"days", *days}};
}
// [/several]

// [embed]
json reprint(Body<Book, "book", Embed> book) { return *book; }
// [/embed]

// [nested]
struct Picture {
    HttpUrl url;
    std::string caption;
};

struct Catalogue {
    std::string name;
    std::set<std::string> tags;
    std::optional<Picture> cover;
    std::vector<Book> books;
    std::map<int, double> weights; // by year, in grams
};

Catalogue publish(const Catalogue& catalogue) { return catalogue; }
// [/nested]

// [bare]
json add_pictures(const std::vector<Picture>& pictures) { return {{"added", pictures.size()}}; }
// [/bare]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<lend>("/books/{book_id}/loans");
    app.post<reprint>("/reprints");
    app.post<publish>("/catalogues");
    app.post<add_pictures>("/pictures");
    return app.run(argc, argv);
}
