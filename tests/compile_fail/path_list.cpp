// expect: fastapi: a placeholder of the path is one text
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/{ids}", [](Path<std::vector<int>, "ids"> ids) { return *ids; });
}
