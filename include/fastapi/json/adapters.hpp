#pragma once

// What may stand inside json{{"item", item}, {"q", q}}: optionals, unions, literals, fields, parameters and models.

#include <optional>
#include <string>

#include "fastapi/json/json.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/routing/parameters.hpp"

namespace fastapi::detail {

template <class T>
concept ValueHolder = is_field<T> || is_parameter_value<T> || is_json_text<T> || is_depends<T>;

// Types of ours that nlohmann/json knows nothing of.
template <class T>
constexpr bool is_dumped() {
    if constexpr (is_literal<T>) {
        return !T::strings;
    } else {
        return is_variant<T> || is_monostate<T>;
    }
}
template <class T>
concept Dumped = is_dumped<T>();

template <class T>
concept HasOwnToJson = requires(json& j, const T& t) { to_json(j, t); };

// A plain struct that the library reflects, unless its author wrote a to_json.
template <class T>
concept JsonModel = is_model<T> && !ValueHolder<T> && !HasOwnToJson<T> && !std::is_base_of_v<std::exception, T> &&
                    !requires(const T& t) { t.first; t.second; } && !requires { typename T::is_transparent; };

} // namespace fastapi::detail

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
    template <class J>
    static void to_json(J& target, const std::optional<T>& value) {
        if (value) {
            target = *value;
        } else {
            target = nullptr;
        }
    }
    template <class J>
    static void from_json(const J& source, std::optional<T>& value) {
        if (source.is_null()) {
            value.reset();
        } else {
            value = source.template get<T>();
        }
    }
};

template <fastapi::detail::ValueHolder T>
struct adl_serializer<T> {
    template <class J>
    static void to_json(J& target, const T& holder) {
        target = holder.value();
    }
};

template <>
struct adl_serializer<fastapi::JsonValue> { // and not one by one, as an array
    template <class J>
    static void to_json(J& target, const fastapi::JsonValue& value) {
        target = static_cast<const J&>(value);
    }
};

template <fastapi::detail::Dumped T>
struct adl_serializer<T> {
    template <class J>
    static void to_json(J& target, const T& value) {
        target = fastapi::model_dump(value);
    }
};

template <fastapi::detail::JsonModel T>
struct adl_serializer<T> {
    template <class J>
    static void to_json(J& target, const T& model) {
        target = fastapi::model_dump(model);
    }
};

} // namespace nlohmann
