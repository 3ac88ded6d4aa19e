// expect: fastapi: co_yield hands over the very type of the Generator
#include "fastapi.hpp"
using namespace fastapi;

Generator<std::string> texts() {
    co_yield "text";
}
int main() {
    FastAPI app;
    app.get("/texts", [] { return StreamingResponse(texts()); });
}
