// expect: fastapi: only enum class has names that can be read: write enum class instead of enum
#include "fastapi.hpp"
using namespace fastapi;

enum Size { small, large };
struct Item {
    Size size;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
