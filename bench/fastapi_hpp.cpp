// The bench's server on fastapi.hpp. Usage: fastapi_hpp --port N --no-access-log
#include "bench_app.hpp"

int main(int argc, char** argv) {
    fastapi::FastAPI app{{.title = "Bench"}};
    bench::add_routes(app);
    return app.run(argc, argv);
}
