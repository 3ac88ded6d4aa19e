// What is made before the first request and goes after the last one.
#include <map>

#include "fastapi.hpp"
using namespace fastapi;

// [lifespan]
struct Catalogue {
    std::map<std::string, int> pages;
};

Lifespan load_catalogue(FastAPI& app) {
    app.state.emplace<Catalogue>(std::map<std::string, int>{{"Momo", 304}, {"Emma", 474}});
    std::puts("the catalogue is loaded");
    co_yield {};
    std::puts("the catalogue is closed");
}
// [/lifespan]

// [use]
Catalogue& catalogue(FastAPI& app) { return app.state.get<Catalogue>(); }

json read_pages(std::string title, Depends<catalogue> books) {
    auto found = books->pages.find(title);
    if (found == books->pages.end()) throw HTTPException(404, "There is no such book");
    return {{"title", title}, {"pages", found->second}};
}
// [/use]

int main(int argc, char** argv) {
    FastAPI app;
    app.lifespan(load_catalogue);
    app.get<read_pages>("/books/{title}");
    return app.run(argc, argv);
}
