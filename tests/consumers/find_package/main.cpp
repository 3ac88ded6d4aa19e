#include <fastapi.hpp>
using namespace fastapi;

int main(int argc, char** argv) {
    FastAPI app{{.title = "Demo"}};
    app.get("/", [] { return json{{"message", "Hello World"}}; });
    return app.run(argc, argv);
}
