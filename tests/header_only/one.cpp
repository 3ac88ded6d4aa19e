// Half of a program of two files that both hold the whole header: it must link, and both halves must mean the same.
#include "fastapi.hpp"

using namespace fastapi;

struct Item {
    Field<std::string, MinLength(1)> name;
    Field<double, Gt(0)> price;
    std::optional<std::string> description;
};

void add_routes(FastAPI& app); // two.cpp

int main(int argc, char** argv) {
    FastAPI app{{.title = "Two files"}};
    app.post("/items", [](Item item) { return item; }, {.status_code = 201});
    add_routes(app);
    return app.run(argc, argv);
}
