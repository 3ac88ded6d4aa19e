// What is answered: the type that a handler returns, or another one that the route names.
#include "fastapi.hpp"
using namespace fastapi;

// [models]
struct ReaderIn {
    std::string name;
    std::string password;
    EmailStr email;
};
struct ReaderOut {
    std::string name;
    EmailStr email;
};
// [/models]

// [returned]
ReaderOut create_reader(const ReaderIn& reader) { return model_cast<ReaderOut>(reader); }
// [/returned]

struct Book {
    std::string title;
    Field<double> price = 9.9;
    Field<std::vector<std::string>> tags = empty;
};

int main(int argc, char** argv) {
    FastAPI app;
    app.post<create_reader>("/readers");
    // [response_model]
    app.post("/readers/raw", [](ReaderIn reader) { return reader; }, {.response_model = response_model<ReaderOut>});
    // [/response_model]
    // [unset]
    app.get("/books/momo", [] { return Book{.title = "Momo"}; });
    app.get("/books/momo/short", [] { return Book{.title = "Momo"}; }, {.response_model_exclude_unset = true});
    // [/unset]
    // [response]
    app.get("/old", [] { return RedirectResponse("/books/momo"); });
    app.get("/label", [] { return "<b>Momo</b>"; }, {.response_class = response_class<HTMLResponse>});
    // [/response]
    return app.run(argc, argv);
}
