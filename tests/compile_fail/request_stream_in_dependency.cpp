// expect: a RequestStream is for the handler alone: a dependency cannot take it
#include "fastapi.hpp"
using namespace fastapi;

int size(RequestStream) { return 1; }

int main() {
    FastAPI app;
    app.post("/", [](Depends<size> n) { return *n; });
}
