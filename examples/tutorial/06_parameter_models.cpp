// Models of parameters: query, headers and cookies that belong together.
#include "fastapi.hpp"
using namespace fastapi;

// [query]
struct Filter {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<int, Gt(0), Le(100)> limit = 20;
    Field<int, Ge(0)> offset = 0;
    Field<Literal<"title", "year">> order_by = "title";
    Field<std::vector<std::string>> tags = empty;
};

Filter list_books(Query<Filter> filter) { return *filter; }
// [/query]

// [headers]
struct Device {
    std::string user_agent;
    Field<bool> save_data = false;
    std::optional<std::string> x_device;
};

json show_device(Header<Device> device) { return *device; }
// [/headers]

// [cookies]
struct Cookies {
    std::string session_id;
    std::optional<std::string> theme;
};

json show_cookies(Cookie<Cookies> cookies) { return {{"session", cookies->session_id}, {"theme", cookies->theme}}; }
// [/cookies]

int main(int argc, char** argv) {
    FastAPI app;
    app.get<list_books>("/books");
    app.get<show_device>("/device");
    app.get<show_cookies>("/cookies");
    return app.run(argc, argv);
}
