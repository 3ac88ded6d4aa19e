// expect: fastapi: Request and Response are taken by reference: Request& request, Response& response
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.get("/", [](Response response) { return 1; });
}
