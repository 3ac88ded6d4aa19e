// expect: fastapi: the parameter types of this handler cannot be read: it must be a function or a lambda without auto parameters and with one operator()
#include "fastapi.hpp"
using namespace fastapi;

struct Both {
    int operator()(int a) const { return a; }
    std::string operator()(std::string a) const { return a; }
};

int main() {
    FastAPI app;
    app.get("/{a}", Both{});
}
