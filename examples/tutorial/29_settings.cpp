// Settings from the environment.
#include "fastapi.hpp"
using namespace fastapi;

// [settings]
struct Settings {
    Field<std::string> name = "Library";
    SecretStr key;
    Field<int, Ge(1), Le(100)> books_per_reader = 10;
};

Settings& settings() {
    static Settings all = load_settings<Settings>({.env_prefix = "LIBRARY_", .env_file = ".env"});
    return all;
}
// [/settings]

// [use]
Settings show_settings(Depends<settings> given) { return *given; } // the key is written as stars
// [/use]

int main(int argc, char** argv) {
    // [main]
    FastAPI app;
    app.lifespan([](FastAPI&) -> Lifespan {
        settings(); // what is wrong is said at the start, not at the first request
        co_yield {};
    });
    // [/main]
    app.get<show_settings>("/settings");
    return app.run(argc, argv);
}
