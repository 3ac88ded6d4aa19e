// The routes of examples/hello.cpp by hand on cpp-httplib and nlohmann/json. Usage: hello_by_hand [--port N]
#include <httplib.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

using json = nlohmann::json;

static const char* const openapi = R"({"openapi":"3.1.0","info":{"title":"FastAPI","version":"0.1.0"},"paths":{
"/":{"get":{"summary":"Root","operationId":"root__get","responses":{"200":{"description":"Successful Response",
"content":{"application/json":{"schema":{}}}}}}},
"/items/{item_id}":{"get":{"summary":"Read Item","operationId":"read_item_items__item_id__get","parameters":[
{"name":"item_id","in":"path","required":true,"schema":{"type":"integer","title":"Item Id"}},
{"name":"q","in":"query","required":false,"schema":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"Q"}}],
"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}}}}}}})";

int main(int argc, char** argv) {
    int port = 8000;
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view(argv[i]) == "--port") port = std::atoi(argv[i + 1]);
    httplib::Server server;
    server.set_tcp_nodelay(true);
    server.Get("/", [](const httplib::Request&, httplib::Response& res) {
        res.set_content(json{{"message", "Hello World"}}.dump(), "application/json");
    });
    server.Get(R"(/items/([^/]+))", [](const httplib::Request& req, httplib::Response& res) {
        std::string text = req.matches[1];
        int item_id = 0;
        auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), item_id);
        if (ec != std::errc{} || at != text.data() + text.size()) {
            json error{{"type", "int_parsing"},
                       {"loc", {"path", "item_id"}},
                       {"msg", "Input should be a valid integer, unable to parse string as an integer"},
                       {"input", text}};
            res.status = 422;
            res.set_content(json{{"detail", json::array({error})}}.dump(), "application/json");
            return;
        }
        json out{{"item_id", item_id}, {"q", nullptr}};
        if (req.has_param("q")) out["q"] = req.get_param_value("q");
        res.set_content(out.dump(), "application/json");
    });
    server.Get("/openapi.json",
               [](const httplib::Request&, httplib::Response& res) { res.set_content(openapi, "application/json"); });
    if (!server.listen("127.0.0.1", port)) {
        std::fprintf(stderr, "cannot listen on port %d\n", port);
        return 1;
    }
}
