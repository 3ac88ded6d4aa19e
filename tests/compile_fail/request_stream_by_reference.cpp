// expect: fastapi: a RequestStream is taken by value: RequestStream stream
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](RequestStream& stream) -> Task<int> {
        while (co_await stream.next()) {}
        co_return 1;
    });
}
