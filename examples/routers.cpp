// A bigger application: routers for its parts, an application of its own on a path, and a page where no route matches.
// make run EXAMPLE=routers   then http://127.0.0.1:8000/docs, http://127.0.0.1:8000/partners/docs and http://127.0.0.1:8000/
#include <filesystem>
#include <fstream>
#include <map>

#include "fastapi.hpp"
using namespace fastapi;

// In a program of several files, each part has one, with a header that says: extern APIRouter items_router;

// --- what several parts need ------------------------------------------------------------------------------------------------

void verify_key(Header<std::string, "x_key"> key) {
    if (*key != "secret") throw HTTPException(403, "This key opens nothing");
}

// --- users --------------------------------------------------------------------------------------------------------------------

namespace users {

const std::vector<std::string> names = {"ann", "bob"};

json read_users() { return names; }

json read_user(Path<std::size_t, "user_id"> user_id) {
    if (*user_id >= names.size()) throw HTTPException(404, "There is no such user");
    return {{"id", *user_id}, {"name", names[*user_id]}};
}

} // namespace users

// --- items --------------------------------------------------------------------------------------------------------------------

namespace items {

struct Item {
    Field<std::string, MinLength(1)> name;
    Field<double, Gt(0)> price;
};
const std::map<std::string, Item> stock = {{"plumbus", {"Plumbus", 3}}, {"gun", {"Portal gun", 9000}}};

std::map<std::string, Item> read_items() { return stock; }

Item read_item(Path<std::string, "item_id"> item_id) {
    auto found = stock.find(*item_id);
    if (found == stock.end()) throw HTTPException(404, "Item not found");
    return found->second;
}

json put_item(Path<std::string, "item_id"> item_id, Item item) { return {{"item_id", *item_id}, {"name", *item.name}}; }

} // namespace items

int main(int argc, char** argv) {
    APIRouter users_router{{.prefix = "/users", .tags = {"users"}}};
    users_router.get<users::read_users>("");
    users_router.get<users::read_user>("/{user_id}");

    APIRouter items_router{{.prefix = "/items", .tags = {"items"}, .dependencies = {depends<verify_key>}}};
    items_router.get<items::read_items>("");
    items_router.get<items::read_item>("/{item_id}");
    items_router.put<items::put_item>("/{item_id}", {.tags = {"changes"}});

    APIRouter version1;
    version1.include_router(users_router);
    version1.include_router(items_router);

    // What partners see: the items alone, with documents of their own.
    FastAPI partners{{.title = "For partners"}};
    partners.include_router(items_router);

    FastAPI app{{.title = "A bigger application"}};
    app.include_router(version1, {.prefix = "/api/v1"});
    app.include_router(version1, {.prefix = "/api", .deprecated = true}); // where it was before
    app.mount("/partners", partners, "partners");

    std::filesystem::path site = std::filesystem::temp_directory_path() / "fastapi-routers-example";
    std::filesystem::create_directories(site);
    std::ofstream(site / "index.html") << "<!doctype html><title>Shop</title><p>See <a href=/docs>the API</a>.";
    app.frontend("/", {.directory = site.string()});
    return app.run(argc, argv);
}
