#include "fastapi.hpp"

using namespace fastapi;

void add_routes(FastAPI& app);

void add_routes(FastAPI& app) {
    app.get("/items/{item_id}", [](Path<int, "item_id"> item_id, Query<std::optional<std::string>, "q"> q) {
        return json{{"item_id", *item_id}, {"q", *q}};
    });
}
