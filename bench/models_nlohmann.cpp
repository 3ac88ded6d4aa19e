// The models of models.cpp with nlohmann/json: a DOM, get<T>() and the same constraints checked by hand.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models.hpp"

namespace by_nlohmann {

using nlohmann::json;

void require(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
}
// Code points, as Pydantic counts.
std::size_t length(const std::string& text) {
    std::size_t n = 0;
    for (char c : text) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    return n;
}
void read_optional(const json& j, const char* key, std::optional<std::string>& target) {
    if (auto found = j.find(key); found != j.end() && !found->is_null()) {
        target = found->get<std::string>();
    } else {
        target.reset();
    }
}
json optional_json(const std::optional<std::string>& value) { return value ? json(*value) : json(nullptr); }

// --- small

struct Item {
    std::string name;
    double price;
    int quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
};
void from_json(const json& j, Item& item) {
    j.at("name").get_to(item.name);
    j.at("price").get_to(item.price);
    j.at("quantity").get_to(item.quantity);
    read_optional(j, "description", item.description);
    j.at("tags").get_to(item.tags);
    require(length(item.name) >= 1 && length(item.name) <= 100, "name");
    require(item.price > 0, "price");
    require(item.quantity >= 0, "quantity");
}
void to_json(json& j, const Item& item) {
    j = json{{"name", item.name},
             {"price", item.price},
             {"quantity", item.quantity},
             {"description", optional_json(item.description)},
             {"tags", item.tags}};
}

// --- nested

struct Address {
    std::string street, city, zip, country;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Address, street, city, zip, country)

struct Customer {
    std::string name, email;
    std::optional<std::string> phone;
    bool loyal;
    int points;
    Address address;
};
void from_json(const json& j, Customer& customer) {
    j.at("name").get_to(customer.name);
    j.at("email").get_to(customer.email);
    read_optional(j, "phone", customer.phone);
    j.at("loyal").get_to(customer.loyal);
    j.at("points").get_to(customer.points);
    j.at("address").get_to(customer.address);
    require(length(customer.name) >= 1 && length(customer.name) <= 100, "name");
    require(customer.points >= 0, "points");
    require(length(customer.address.country) == 2, "country");
}
void to_json(json& j, const Customer& customer) {
    j = json{{"name", customer.name},   {"email", customer.email},   {"phone", optional_json(customer.phone)},
             {"loyal", customer.loyal}, {"points", customer.points}, {"address", customer.address}};
}

struct Line {
    std::string sku, title;
    int quantity;
    double unit_price, discount;
    bool gift;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Line, sku, title, quantity, unit_price, discount, gift)

struct Order {
    std::int64_t id;
    std::string reference;
    bool paid;
    std::string currency;
    Customer customer;
    Address shipping;
    std::vector<Line> lines;
    std::vector<std::string> tags;
    std::optional<std::string> note;
    double total;
};
void from_json(const json& j, Order& order) {
    j.at("id").get_to(order.id);
    j.at("reference").get_to(order.reference);
    j.at("paid").get_to(order.paid);
    j.at("currency").get_to(order.currency);
    j.at("customer").get_to(order.customer);
    j.at("shipping").get_to(order.shipping);
    j.at("lines").get_to(order.lines);
    j.at("tags").get_to(order.tags);
    read_optional(j, "note", order.note);
    j.at("total").get_to(order.total);
    require(order.id >= 1, "id");
    require(length(order.reference) >= 3 && length(order.reference) <= 40, "reference");
    require(length(order.currency) == 3, "currency");
    require(length(order.shipping.country) == 2, "country");
    require(!order.lines.empty(), "lines");
    for (const Line& line : order.lines) {
        require(length(line.sku) >= 1, "sku");
        require(line.quantity >= 1, "quantity");
        require(line.unit_price > 0, "unit_price");
        require(line.discount >= 0 && line.discount < 1, "discount");
    }
    require(order.total >= 0, "total");
}
void to_json(json& j, const Order& order) {
    j = json{{"id", order.id},
             {"reference", order.reference},
             {"paid", order.paid},
             {"currency", order.currency},
             {"customer", order.customer},
             {"shipping", order.shipping},
             {"lines", order.lines},
             {"tags", order.tags},
             {"note", optional_json(order.note)},
             {"total", order.total}};
}

// --- large

struct Record {
    std::int64_t id;
    std::string name, email, city;
    int age;
    double score;
    bool active;
    std::string created;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Record, id, name, email, city, age, score, active, created)

void check(const Item&) {}
void check(const Order&) {}
void check(const std::vector<Record>& records) {
    for (const Record& record : records) {
        require(record.id >= 1, "id");
        require(length(record.name) >= 1 && length(record.name) <= 100, "name");
        require(record.age >= 0 && record.age <= 150, "age");
    }
}

template <class T>
void parse(T& made, std::string_view text) {
    made = json::parse(text).get<T>();
    check(made);
}
template <class T>
std::string dump(const T& made) {
    return json(made).dump();
}

} // namespace by_nlohmann

namespace bench {

Subject nlohmann_subject(std::string_view document) {
    using namespace by_nlohmann;
    if (document == "small") return subject_of<Item, &parse<Item>, &dump<Item>>();
    if (document == "nested") return subject_of<Order, &parse<Order>, &dump<Order>>();
    if (document == "large")
        return subject_of<std::vector<Record>, &parse<std::vector<Record>>, &dump<std::vector<Record>>>();
    return {};
}

} // namespace bench
