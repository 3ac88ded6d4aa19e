// expect: fastapi: the bound of a time is a time of the day: Ge(
#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

struct Item {
    Field<time_of_day, Lt(24h)> opens;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
