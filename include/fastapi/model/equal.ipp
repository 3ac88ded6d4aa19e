#pragma once

// Whether two values of a type are equal, as Python's == has it: the decimals 1.5 and 1.50 are, two secrets that hold
// other texts are not, though both are written as stars. For exclude_defaults.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fastapi/json/json.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/json_text.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

std::uint64_t load_raw(const Type& type, const void* source);

// An item of a list or set; the key and the value of an item of a map; the key and the value of an extra field.
struct ItemPlace {
    const void* first = nullptr;
    const void* second = nullptr;
    std::string_view name{};
};
struct Items {
    Slot first{};
    Slot second{};
    bool ordered = false;
    List<ItemPlace> places{};
};

FASTAPI_COLD bool equal_item(const Items& kinds, const ItemPlace& a, const ItemPlace& b) {
    return a.name == b.name && (!a.first || equal_values(*kinds.first.type, a.first, b.first)) &&
           (!a.second || equal_values(*kinds.second.type, a.second, b.second));
}

// Without an order each item must be found among the others.
FASTAPI_COLD bool equal_items(const Items& a, const Items& b) {
    if (a.places.size() != b.places.size()) return false;
    for (std::size_t i = 0; i < a.places.size(); ++i) {
        bool found = equal_item(a, a.places[i], b.places[i]); // most containers have the same order
        for (std::size_t j = 0; !found && !a.ordered && j < b.places.size(); ++j) found = equal_item(a, a.places[i], b.places[j]);
        if (!found) return false;
    }
    return true;
}

FASTAPI_COLD void collect_items(const ListTraits& traits, const void* list, Items& items) {
    items.first = traits.element;
    items.ordered = traits.shape == ListTraits::Shape::list || traits.shape == ListTraits::Shape::tuple;
    traits.each(list, [](void* state, const void* item) { static_cast<Items*>(state)->places.push_back({item}); }, &items);
}
FASTAPI_COLD void collect_items(const MapTraits& traits, const void* map, Items& items) {
    items.first = traits.key;
    items.second = traits.value;
    traits.each(
        map,
        [](void* state, const void* key, const void* value) { static_cast<Items*>(state)->places.push_back({key, value}); },
        &items);
}
FASTAPI_COLD void collect_items(const ExtraTraits& traits, const void* extra, Items& items) {
    items.second = traits.value;
    traits.each(
        extra,
        [](void* state, std::string_view name, const void* value) {
            static_cast<Items*>(state)->places.push_back({nullptr, value, name});
        },
        &items);
}
template <class Traits>
FASTAPI_INLINE bool equal_containers(const void* traits, const void* a, const void* b) {
    Items one;
    Items other;
    collect_items(*static_cast<const Traits*>(traits), a, one);
    collect_items(*static_cast<const Traits*>(traits), b, other);
    return equal_items(one, other);
}

FASTAPI_COLD bool equal_models(const Model& model, const char* a, const char* b) {
    for (const Member& member : model.members)
        if (!equal_values(*member.slot.type, a + member.offset, b + member.offset)) return false;
    return !model.extra || equal_containers<ExtraTraits>(model.extra, a + model.extra_offset, b + model.extra_offset);
}

// A number of any kind, or a boolean: its sign and size where it is a whole one of 64 bits. (A long double holds those on some
// machines only.)
struct ExactNumber {
    double value = 0;
    std::uint64_t size = 0;
    explicit ExactNumber(const json& number) {
        if (auto truth = number.get_ptr<const json::boolean_t*>()) {
            set(false, *truth ? 1 : 0);
        } else if (auto natural = number.get_ptr<const json::number_unsigned_t*>()) {
            set(false, *natural);
        } else if (auto whole = number.get_ptr<const json::number_integer_t*>()) {
            set(*whole < 0, *whole < 0 ? 0 - static_cast<std::uint64_t>(*whole) : static_cast<std::uint64_t>(*whole));
        } else {
            value = *number.get_ptr<const json::number_float_t*>();
            double positive = value < 0 ? -value : value;
            if (positive < 0x1p64 && positive == std::floor(positive)) set(value < 0, static_cast<std::uint64_t>(positive));
        }
    }

  private:
    void set(bool negative, std::uint64_t whole) {
        value = whole == 0 ? 0 : negative ? -1 : 1;
        size = whole;
    }
};

// As Python has it, so 1 equals 1.0 and true. (nlohmann's own == for any two values costs every program a tenth of a second to compile.)
FASTAPI_COLD bool equal_json(const json& a, const json& b) {
    using JsonKind = json::value_t;
    if ((a.is_number() || a.is_boolean()) && (b.is_number() || b.is_boolean())) {
        ExactNumber one(a);
        ExactNumber other(b);
        return one.value == other.value && one.size == other.size;
    }
    if (a.type() != b.type()) return false;
    if (a.type() == JsonKind::string) return *a.get_ptr<const json::string_t*>() == *b.get_ptr<const json::string_t*>();
    if (a.type() == JsonKind::array) {
        const auto& one = *a.get_ptr<const json::array_t*>();
        const auto& other = *b.get_ptr<const json::array_t*>();
        for (std::size_t i = 0; one.size() == other.size() && i < one.size(); ++i)
            if (!equal_json(one[i], other[i])) return false;
        return one.size() == other.size();
    }
    if (a.type() == JsonKind::object) {
        const auto& one = *a.get_ptr<const json::object_t*>();
        const auto& other = *b.get_ptr<const json::object_t*>();
        for (const auto& [key, item] : one) {
            auto found = other.find(key);
            if (found == other.end() || !equal_json(item, found->second)) return false;
        }
        return one.size() == other.size();
    }
    if (a.type() == JsonKind::binary) {
        const auto& one = *a.get_ptr<const json::binary_t*>();
        const auto& other = *b.get_ptr<const json::binary_t*>();
        return one.has_subtype() == other.has_subtype() && one.subtype() == other.subtype() && one.size() == other.size() &&
               (one.empty() || std::memcmp(one.data(), other.data(), one.size()) == 0);
    }
    return a.type() == JsonKind::null;
}

FASTAPI_COLD bool equal_values(const Type& type, const void* a, const void* b) {
    switch (type.kind) {
    case Kind::boolean: return *static_cast<const bool*>(a) == *static_cast<const bool*>(b);
    case Kind::integer:
    case Kind::enumeration: return load_raw(type, a) == load_raw(type, b);
    case Kind::floating:
        return type.width == sizeof(float) ? *static_cast<const float*>(a) == *static_cast<const float*>(b)
                                           : *static_cast<const double*>(a) == *static_cast<const double*>(b);
    case Kind::string: return *static_cast<const std::string*>(a) == *static_cast<const std::string*>(b);
    case Kind::optional: {
        const auto& traits = *static_cast<const OptionalTraits*>(type.traits);
        const void* one = traits.get(a);
        const void* other = traits.get(b);
        return one && other ? equal_values(*traits.inner.type, one, other) : one == other;
    }
    case Kind::list: {
        const auto& traits = *static_cast<const ListTraits*>(type.traits);
        if (traits.element.type->kind != Kind::boolean) return equal_containers<ListTraits>(&traits, a, b);
        std::string one; // the items of a std::vector<bool> have no place
        std::string other;
        encode(type, a, one, {});
        encode(type, b, other, {});
        return one == other;
    }
    case Kind::map: return equal_containers<MapTraits>(type.traits, a, b);
    case Kind::field: return equal_values(*static_cast<const FieldTraits*>(type.traits)->inner.type, a, b);
    case Kind::model:
        return equal_models(static_cast<const ModelTraits*>(type.traits)->describe(), static_cast<const char*>(a),
                            static_cast<const char*>(b));
    case Kind::any: // a JsonValue is a json
        return equal_json(*static_cast<const json*>(a), *static_cast<const json*>(b));
    case Kind::custom: return static_cast<const CustomTraits*>(type.traits)->equal(a, b);
    case Kind::none: return true;
    case Kind::tuple: {
        const auto& traits = *static_cast<const TupleTraits*>(type.traits);
        for (std::size_t i = 0; i < traits.size; ++i)
            if (!equal_values(*traits.items[traits.uniform ? 0 : i].type, traits.item(const_cast<void*>(a), i),
                              traits.item(const_cast<void*>(b), i)))
                return false;
        return true;
    }
    case Kind::variant: {
        const auto& traits = *static_cast<const VariantTraits*>(type.traits);
        std::size_t index = 0;
        std::size_t other_index = 0;
        const void* one = traits.get(a, index);
        const void* other = traits.get(b, other_index);
        if (!one || !other) return one == other;
        return index == other_index && equal_values(*traits.branches[index].type, one, other);
    }
    case Kind::json_text: return equal_values(*static_cast<const JsonTextTraits*>(type.traits)->inner.type, a, b);
    }
    return false;
}

} // namespace fastapi::detail
