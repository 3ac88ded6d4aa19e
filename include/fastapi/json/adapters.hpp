#pragma once

// What may stand inside json{{"item", item}, {"q", q}}: optionals, fields, parameters and models.

#include <optional>
#include <string>

#include "fastapi/json/json.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/routing/parameters.hpp"

namespace fastapi::detail {

template <class T>
concept ValueHolder = is_field<T> || is_parameter_value<T>;

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

template <fastapi::detail::JsonModel T>
struct adl_serializer<T> {
    template <class J>
    static void to_json(J& target, const T& model) {
        target = fastapi::model_dump(model);
    }
};

} // namespace nlohmann
