// expect: fastapi: response_class<C> needs a class derived from Response
#include "fastapi.hpp"
using namespace fastapi;

struct Page {};
int main() {
    FastAPI app;
    app.get("/", [] { return 1; }, {.response_class = response_class<Page>});
}
