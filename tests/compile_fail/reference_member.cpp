// expect: fastapi: the members of this struct cannot be read
#include "fastapi.hpp"
using namespace fastapi;

struct Item {
    int& reference;
};

int main() {
    FastAPI app;
    app.get("/", [] {
        static int n = 0;
        return Item{n};
    });
}
