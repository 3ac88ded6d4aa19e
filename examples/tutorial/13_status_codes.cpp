// The status of an answer: of the route, or decided by the handler.
#include "fastapi.hpp"
using namespace fastapi;

// [create]
json create_book(Body<std::string, "title", Embed> title) { return {{"title", *title}}; }
// [/create]

int main(int argc, char** argv) {
    FastAPI app;
    // [route]
    app.post<create_book>("/books", {.status_code = 201});
    app.delete_("/books/{title}", [](std::string) {}, {.status_code = 204});
    // [/route]
    // [handler]
    app.put("/books/{title}", [](std::string title, Response& response) {
        if (title != "Momo") response.status_code = 201; // it is new
        return json{{"title", title}};
    });
    // [/handler]
    // [response]
    app.get("/books/{title}", [](std::string title) -> Response {
        if (title != "Momo") return JSONResponse(json{{"message", "lent until Friday"}}, 409);
        return JSONResponse(json{{"title", title}});
    });
    // [/response]
    return app.run(argc, argv);
}
