#include "books.hpp"
#include "readers.hpp"

using namespace fastapi;

int main(int argc, char** argv) {
    FastAPI app{{.title = "Library"}};
    app.include_router(books_router());
    app.include_router(readers_router(), {.prefix = "/api"});
    app.get("/", [] { return json{{"message", "A bigger application"}}; });
    return app.run(argc, argv);
}
