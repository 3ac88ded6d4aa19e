// expect: fastapi: Path<T> needs the name of a placeholder: Path<int, "item_id">
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{a}", [](Path<int, ""> a) { return *a; });
}
