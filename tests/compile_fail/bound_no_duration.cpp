// expect: fastapi: this bound is no duration: write it as PT1H30M or 01:30:00
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    Field<std::chrono::seconds, Le("1h")> length;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
