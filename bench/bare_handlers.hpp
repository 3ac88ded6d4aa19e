// The bench's four endpoints by hand on cpp-httplib and nlohmann/json: same rules, same answers, no framework.
#pragma once

#include <httplib.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bare {

using json = nlohmann::json;

struct Item {
    std::string name;
    double price = 0;
    int quantity = 0;
    std::optional<std::string> description;
    std::vector<std::string> tags;
};

inline json problem(const char* type, json loc, std::string msg, json input, json ctx = nullptr) {
    json out{{"type", type}, {"loc", std::move(loc)}, {"msg", std::move(msg)}, {"input", std::move(input)}};
    if (!ctx.is_null()) out["ctx"] = std::move(ctx);
    return out;
}

inline void unprocessable(httplib::Response& res, json errors) {
    res.status = 422;
    res.set_content(json{{"detail", std::move(errors)}}.dump(), "application/json");
}

inline bool to_int(std::string_view text, int& out) {
    const char* end = text.data() + text.size();
    auto [at, ec] = std::from_chars(text.data(), end, out);
    return ec == std::errc{} && at == end && !text.empty();
}

inline json not_an_int(json loc, std::string_view text) {
    return problem("int_parsing", std::move(loc),
                   "Input should be a valid integer, unable to parse string as an integer", std::string(text));
}

inline void plaintext(const httplib::Request&, httplib::Response& res) {
    res.set_content("Hello, World!", "text/plain; charset=utf-8");
}

inline void hello_json(const httplib::Request&, httplib::Response& res) {
    json out;
    out["message"] = "Hello, World!";
    res.set_content(out.dump(), "application/json");
}

inline void get_item(const httplib::Request& req, httplib::Response& res, std::string_view id_text) {
    json errors; // null until the first error
    int item_id = 0;
    if (!to_int(id_text, item_id)) errors.push_back(not_an_int({"path", "item_id"}, id_text));
    auto q = req.params.find("q");
    if (q == req.params.end()) errors.push_back(problem("missing", {"query", "q"}, "Field required", nullptr));
    int limit = 10;
    if (auto it = req.params.find("limit"); it != req.params.end()) {
        if (!to_int(it->second, limit)) {
            errors.push_back(not_an_int({"query", "limit"}, it->second));
        } else if (limit < 1) {
            errors.push_back(problem("greater_than_equal", {"query", "limit"},
                                     "Input should be greater than or equal to 1", it->second, {{"ge", 1}}));
        } else if (limit > 100) {
            errors.push_back(problem("less_than_equal", {"query", "limit"}, "Input should be less than or equal to 100",
                                     it->second, {{"le", 100}}));
        }
    }
    if (!errors.empty()) return unprocessable(res, std::move(errors));
    json out;
    out["item_id"] = item_id;
    out["q"] = q->second;
    out["limit"] = limit;
    res.set_content(out.dump(), "application/json");
}

inline std::optional<Item> read_item(const json& body, json& errors) {
    if (!body.is_object()) {
        errors.push_back(problem("model_attributes_type", {"body"},
                                 "Input should be a valid dictionary or object to extract fields from", body));
        return std::nullopt;
    }
    Item item;
    auto required = [&](const char* key) -> const json* {
        auto it = body.find(key);
        if (it != body.end()) return &*it;
        errors.push_back(problem("missing", {"body", key}, "Field required", body));
        return nullptr;
    };
    if (const json* v = required("name")) {
        if (!v->is_string()) {
            errors.push_back(problem("string_type", {"body", "name"}, "Input should be a valid string", *v));
        } else {
            item.name = v->get<std::string>();
            std::size_t length = 0; // code points
            for (unsigned char c : item.name) length += (c & 0xC0) != 0x80;
            if (length < 1)
                errors.push_back(problem("string_too_short", {"body", "name"},
                                         "String should have at least 1 character", *v, {{"min_length", 1}}));
            else if (length > 100)
                errors.push_back(problem("string_too_long", {"body", "name"},
                                         "String should have at most 100 characters", *v, {{"max_length", 100}}));
        }
    }
    if (const json* v = required("price")) {
        if (!v->is_number()) {
            errors.push_back(problem("float_type", {"body", "price"}, "Input should be a valid number", *v));
        } else if (item.price = v->get<double>(); !(item.price > 0)) {
            errors.push_back(
                problem("greater_than", {"body", "price"}, "Input should be greater than 0", *v, {{"gt", 0.0}}));
        }
    }
    if (const json* v = required("quantity")) {
        if (!v->is_number_integer()) {
            errors.push_back(problem("int_type", {"body", "quantity"}, "Input should be a valid integer", *v));
        } else if (item.quantity = v->get<int>(); item.quantity < 0) {
            errors.push_back(problem("greater_than_equal", {"body", "quantity"},
                                     "Input should be greater than or equal to 0", *v, {{"ge", 0}}));
        }
    }
    if (auto it = body.find("description"); it != body.end() && !it->is_null()) {
        if (it->is_string())
            item.description = it->get<std::string>();
        else
            errors.push_back(problem("string_type", {"body", "description"}, "Input should be a valid string", *it));
    }
    if (const json* v = required("tags")) {
        if (!v->is_array()) {
            errors.push_back(problem("list_type", {"body", "tags"}, "Input should be a valid list", *v));
        } else {
            item.tags.reserve(v->size());
            for (std::size_t i = 0; i < v->size(); ++i) {
                const json& tag = (*v)[i];
                if (tag.is_string())
                    item.tags.push_back(tag.get<std::string>());
                else
                    errors.push_back(
                        problem("string_type", {"body", "tags", i}, "Input should be a valid string", tag));
            }
        }
    }
    if (!errors.empty()) return std::nullopt;
    return item;
}

inline void post_item(const httplib::Request& req, httplib::Response& res) {
    json body = json::parse(req.body, nullptr, false);
    json errors; // null until the first error
    if (body.is_discarded()) {
        errors.push_back(
            problem("json_invalid", {"body", 0}, "JSON decode error", json::object(), {{"error", "Invalid JSON"}}));
        return unprocessable(res, std::move(errors));
    }
    std::optional<Item> item = read_item(body, errors);
    if (!item) return unprocessable(res, std::move(errors));
    double total = item->price * item->quantity;
    json out;
    out["name"] = std::move(item->name);
    out["price"] = item->price;
    out["quantity"] = item->quantity;
    json& description = out["description"];
    if (item->description) description = std::move(*item->description);
    out["tags"] = std::move(item->tags);
    out["total"] = total;
    res.set_content(out.dump(), "application/json");
}

// Routing by hand, without the library's regular expressions.
inline bool dispatch(const httplib::Request& req, httplib::Response& res) {
    std::string_view path = req.path;
    if (req.method == "GET") {
        if (path == "/plaintext") return plaintext(req, res), true;
        if (path == "/json") return hello_json(req, res), true;
        if (path.starts_with("/items/") && path.find('/', 7) == path.npos && path.size() > 7)
            return get_item(req, res, path.substr(7)), true;
    } else if (req.method == "POST") {
        if (path == "/items") return post_item(req, res), true;
    }
    return false;
}

} // namespace bare
