// Files of a directory.
#include "fastapi.hpp"
using namespace fastapi;

int main(int argc, char** argv) {
    FastAPI app;
    // [static]
    app.mount("/static", StaticFiles("examples/tutorial/static"), "static");
    // [/static]
    // [html]
    app.mount("/site", StaticFiles("examples/tutorial/static", {.html = true}));
    // [/html]
    app.get("/where", [](Request& request) { return request.url_for("static", {{"path", "/style.css"}}); });
    return app.run(argc, argv);
}
