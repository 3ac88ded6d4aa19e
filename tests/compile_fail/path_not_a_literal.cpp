// expect: runtime
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    std::string path = "/items";
    app.get(path, [] { return 1; });
}
