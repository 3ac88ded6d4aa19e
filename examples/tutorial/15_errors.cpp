// Errors: thrown by a handler, handlers for exceptions of one's own, another shape for the 422.
#include <stdexcept>

#include "fastapi.hpp"
using namespace fastapi;

// [http]
json read_book(int book_id) {
    if (book_id > 100) throw HTTPException(404, "There is no such book");
    if (book_id == 13) throw HTTPException(403, json{{"reason", "unlucky"}, {"try", 14}}, {{"x-hint", "superstition"}});
    return {{"book_id", book_id}};
}
// [/http]

// [own]
struct OutOfStock : std::runtime_error {
    using std::runtime_error::runtime_error;
};

JSONResponse out_of_stock(const Request& request, const OutOfStock& error) {
    return JSONResponse(json{{"message", error.what()}, {"path", request.path()}}, 409);
}

json order(int book_id) {
    if (book_id == 3) throw OutOfStock("none left");
    return {{"ordered", book_id}};
}
// [/own]

// [validation]
JSONResponse shorter(const Request&, const RequestValidationError& error) {
    json messages = json::array();
    for (const json& one : error.errors()) messages.push_back(one["msg"]);
    return JSONResponse(json{{"wrong", messages}}, 400);
}
// [/validation]

int main(int argc, char** argv) {
    FastAPI app;
    // [register]
    app.exception_handler<OutOfStock>(out_of_stock);
    app.exception_handler<RequestValidationError>(shorter);
    // [/register]
    app.get<read_book>("/books/{book_id}");
    app.post<order>("/orders/{book_id}");
    app.get("/bug", []() -> json { throw std::logic_error("nobody expected this"); });
    return app.run(argc, argv);
}
