// expect: fastapi: this class cannot be a model: a model is a plain struct without constructors, private members or virtual functions
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    virtual ~Item() = default;
    int a = 0;
};

int main() {
    FastAPI app;
    app.get("/", [] { return Item{}; });
}
