// Cookies and headers as parameters, and in the answer.
#include "fastapi.hpp"
using namespace fastapi;

// [read]
json read_visit(Cookie<std::optional<std::string>, "visitor"> visitor, Header<std::string, "user_agent"> agent) {
    return {{"visitor", *visitor}, {"agent", *agent}};
}
// [/read]

// [several]
json read_tokens(Header<std::optional<std::vector<std::string>>, "x_token"> tokens) { return {{"tokens", *tokens}}; }
// [/several]

// [set]
json greet(Response& response) {
    response.set_cookie("visitor", "ann", {.max_age = 3600, .httponly = true});
    response.headers.set("x-shelf", "novels");
    return {{"message", "Welcome"}};
}
// [/set]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<read_visit>("/visit");
    app.get<read_tokens>("/tokens");
    app.get<greet>("/greet");
    return app.run(argc, argv);
}
