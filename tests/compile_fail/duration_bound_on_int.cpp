// expect: fastapi: a date or duration is no bound of a number
#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

struct Item {
    Field<int, Le(1h)> seconds;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
