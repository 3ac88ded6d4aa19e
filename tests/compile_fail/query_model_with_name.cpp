// expect: fastapi: a model of parameters has no name of its own: write Query<Pagination>
#include "fastapi.hpp"
using namespace fastapi;

struct Page {
    Field<int> skip = 0;
};

int main() {
    FastAPI app;
    app.get("/", [](Query<Page, "page"> page) { return *page->skip; });
}
