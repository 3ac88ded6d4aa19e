// Books and their authors in an SQLite database.
#include "fastapi.hpp"
using namespace fastapi;

// [tables]
struct Book;
struct Author {
    static constexpr auto table = "authors";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Unique, MinLength(1)> name;
    Relationship<std::vector<Book>> books;
};
struct Book {
    static constexpr auto table = "books";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Index, MinLength(1)> title;
    Field<int, Ge(0)> pages;
    Field<int, ForeignKey("authors.id")> author_id;
};
// [/tables]

// [models]
struct BookPublic {
    int id;
    std::string title;
    int pages;
};
struct AuthorCreate {
    Field<std::string, MinLength(1)> name;
};
struct AuthorPublic {
    int id;
    std::string name;
    std::vector<BookPublic> books;
};
// [/models]

// [session]
Engine engine{"sqlite:///:memory:"}; // a file: sqlite:///library.db
using SessionDep = SqlSession<engine>;
// [/session]

// [write]
AuthorPublic create_author(AuthorCreate given, SessionDep session) {
    Author author{.id = {}, .name = *given.name, .books = std::vector<Book>{}};
    session->add(author); // author.id is there now
    return model_cast<AuthorPublic>(author);
}
Book create_book(Book book, SessionDep session) {
    if (!session->get<Author>(book.author_id)) throw HTTPException(404, "Author not found");
    session->add(book);
    return book;
}
// [/write]

// [read]
std::vector<AuthorPublic> read_authors(SessionDep session) {
    std::vector<AuthorPublic> found;
    for (const Author& author : session->exec(select<Author>().options(selectinload<&Author::books>).order_by(col<&Author::name>)))
        found.push_back(model_cast<AuthorPublic>(author));
    return found;
}
std::vector<BookPublic> read_books(SessionDep session, Query<int, "longer_than", Default(0)> longer_than,
                                   Query<sql::OrderBy<Book, "title", "pages">, "order_by", Default("title")> order) {
    return session->exec(select<Book>().as<BookPublic>().where(col<&Book::pages> > *longer_than).order_by(*order)).all();
}
// [/read]

int main(int argc, char** argv) {
    // [main]
    create_all<Author, Book>(engine);
    FastAPI app;
    app.post<create_author>("/authors", {.status_code = 201});
    app.get<read_authors>("/authors");
    app.post<create_book>("/books", {.status_code = 201});
    app.get<read_books>("/books");
    return app.run(argc, argv);
    // [/main]
}
