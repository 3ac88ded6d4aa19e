// Baseline: the bench's endpoints by hand on cpp-httplib. Usage: bare_httplib PORT [THREADS]
#include <cstdio>
#include <cstdlib>

#include "bare_handlers.hpp"

int main(int argc, char** argv) {
    int port = argc > 1 ? std::atoi(argv[1]) : 8000;
    int threads = argc > 2 ? std::atoi(argv[2]) : 8;
    httplib::Server server;
    server.new_task_queue = [threads] { return new httplib::ThreadPool(static_cast<std::size_t>(threads)); };
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(1'000'000'000);
    server.set_keep_alive_timeout(30);
    server.Get("/plaintext", bare::plaintext);
    server.Get("/json", bare::hello_json);
    server.Get(R"(/items/([^/]+))", [](const httplib::Request& req, httplib::Response& res) {
        bare::get_item(req, res, std::string_view(&*req.matches[1].first, req.matches[1].length()));
    });
    server.Post("/items", bare::post_item);
    if (!server.listen("127.0.0.1", port)) {
        std::fprintf(stderr, "cannot listen on port %d\n", port);
        return 1;
    }
}
