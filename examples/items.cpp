// A small API in memory: models with constraints, a model of query parameters, an enum, errors, status codes.
// make run            then open http://127.0.0.1:8000/docs
#include <map>
#include <mutex>

#include "fastapi.hpp"
using namespace fastapi;

enum class Size { small, medium, large };

struct ItemIn {
    Field<std::string, MinLength(1), MaxLength(100), Description("What it is called")> name;
    Field<double, Gt(0), Description("In euros")> price;
    std::optional<std::string> description;
    Field<std::vector<std::string>, MaxLength(10)> tags = empty;
    Field<Size> size = Size::medium;
};

struct Item {
    int id;
    Flatten<ItemIn> data;
};

struct Pagination {
    Field<int, Ge(0)> skip = 0;
    Field<int, Ge(1), Le(100)> limit = 20;
    Field<std::optional<std::string>, MinLength(1), Description("Only items with this tag")> tag;
};

// Handlers run on several threads at once: what they share needs a lock.
class Store {
  public:
    std::vector<Item> list(Query<Pagination> page) {
        std::lock_guard lock(mutex_);
        std::vector<Item> found;
        int skip = page->skip;
        for (const auto& [id, data] : items_) {
            const std::vector<std::string>& tags = data.tags;
            if (*page->tag && std::find(tags.begin(), tags.end(), **page->tag) == tags.end()) continue;
            if (skip-- > 0) continue;
            if (static_cast<int>(found.size()) == page->limit) break;
            found.push_back({id, {data}});
        }
        return found;
    }
    Item create(const ItemIn& data) {
        std::lock_guard lock(mutex_);
        items_.emplace(++last_id_, data);
        return {last_id_, {data}};
    }
    Item read(Path<int, "item_id", Ge(1)> item_id) {
        std::lock_guard lock(mutex_);
        return {item_id, {find(item_id)}};
    }
    Item update(Path<int, "item_id", Ge(1)> item_id, const ItemIn& data) {
        std::lock_guard lock(mutex_);
        find(item_id) = data;
        return {item_id, {data}};
    }
    void remove(Path<int, "item_id", Ge(1)> item_id) {
        std::lock_guard lock(mutex_);
        find(item_id);
        items_.erase(item_id);
    }

  private:
    ItemIn& find(int id) {
        auto found = items_.find(id);
        if (found == items_.end()) throw HTTPException(404, "There is no item " + std::to_string(id));
        return found->second;
    }
    std::mutex mutex_;
    std::map<int, ItemIn> items_;
    int last_id_ = 41;
};

int main(int argc, char** argv) {
    FastAPI app{{.title = "Items", .description = "A shop's items, in memory.", .version = "1.0.0"}};
    Store store;

    app.get("/", [] { return json{{"message", "Hello World"}}; }, {.summary = "Greeting", .name = "root"});
    app.get("/items/{item_id}", &store, &Store::read, {.tags = {"items"}, .summary = "Read an item", .name = "read_item"});
    app.get("/items", &store, &Store::list, {.tags = {"items"}, .summary = "List items", .name = "list_items"});
    app.post("/items", &store, &Store::create,
             {.status_code = 201, .tags = {"items"}, .summary = "Create an item", .name = "create_item"});
    app.put("/items/{item_id}", &store, &Store::update,
            {.tags = {"items"}, .summary = "Replace an item", .name = "update_item"});
    app.delete_("/items/{item_id}", &store, &Store::remove,
                {.status_code = 204, .tags = {"items"}, .summary = "Delete an item", .name = "delete_item"});

    store.create({.name = "Tea", .price = 3.5, .description = std::nullopt, .tags = std::vector<std::string>{"drink"}});
    return app.run(argc, argv);
}
