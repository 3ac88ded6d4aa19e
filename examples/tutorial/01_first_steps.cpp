#include "fastapi.hpp"
using namespace fastapi;

int main(int argc, char** argv) {
    FastAPI app;
    app.get("/", [] { return json{{"message", "Hello"}}; });
    return app.run(argc, argv);
}
