// expect: fastapi: a query parameter is a text or a list of texts: no map
#include <map>

#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Query<std::map<std::string, int>, "filter"> filter) { return *filter; });
}
