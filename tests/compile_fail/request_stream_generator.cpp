// expect: fastapi: a handler that takes a RequestStream answers when it has read: it returns a value or a Task, no Generator
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](RequestStream stream) -> Generator<int> {
        while (auto piece = co_await stream.next()) co_yield static_cast<int>(piece->size());
    });
}
