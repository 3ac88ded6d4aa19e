#include "fastapi.hpp"
using namespace fastapi;

int main(int argc, char** argv) {
    FastAPI app{{.title = "Demo", .version = "0.1.0"}};
    app.get("/", [] { return json{{"message", "Hello World"}}; });
    app.get("/items/{item_id}", [](Path<int, "item_id"> item_id, Query<std::optional<std::string>, "q"> q) {
        return json{{"item_id", *item_id}, {"q", *q}};
    });
    return app.run(argc, argv);
}
