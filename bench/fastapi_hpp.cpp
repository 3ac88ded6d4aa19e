// The bench's server on fastapi.hpp. Usage: fastapi_hpp --port N --no-access-log
#include "bench_app.hpp"

int main(int argc, char** argv) {
    fastapi::FastAPIOptions options;
    options.title = "Bench";
    options.limits.max_body_size = std::size_t{4} << 30U; // load.cpp uploads a gigabyte
    options.limits.keep_alive_timeout_ms = 20000;         // and parks connections longer than the usual 5 s
    fastapi::FastAPI app{options};
    bench::add_routes(app);
    bench::add_streams(app);
    return app.run(argc, argv);
}
