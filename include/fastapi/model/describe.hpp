#pragma once

// A struct becomes a Model: reflected once, at the first use (which is the registration of a route).

#include <string_view>
#include <type_traits>

#include "fastapi/model/types.hpp"
#include "fastapi/model/validators.hpp"

namespace fastapi::detail {

// Says in a sentence why T cannot be reflected.
template <class T>
constexpr void check_reflectable() {
    static_assert(std::is_aggregate_v<T>,
                  "fastapi: this class cannot be a model: a model is a plain struct without constructors, private members "
                  "or virtual functions");
    static_assert(!std::is_union_v<T>, "fastapi: a union cannot be a model: use std::variant");
    static_assert(!has_base<T>, "fastapi: a model cannot have a base class: write Flatten<Base> base; as its first member");
    static_assert(member_count<T> <= max_members, "fastapi: this struct has more members than can be reflected (128)");
    static_assert(has_base<T> || takes_empty_braces<T, member_count<T>>(),
                  "fastapi: the members of this struct cannot be read: it has a C array (use std::vector), a "
                  "reference, or a member without default constructor");
}

// What one member of type M needs, in an object that lies at base.
template <class M>
void describe_member(Model& model, std::string_view name, const M& member, const char* base) {
    auto offset_of = [&](const void* p) { return static_cast<std::size_t>(static_cast<const char*>(p) - base); };
    Member made;
    made.name = name;
    if constexpr (is_field<M>) {
        using V = typename M::value_type;
        made.slot = {&type_of<V>, &M::info()};
        made.offset = offset_of(&FieldAccess::value(member));
        made.state_offset = offset_of(&FieldAccess::state(member));
        made.has_state = true;
        made.has_default = FieldAccess::state(member) != FieldState::unset;
        add_member(model, std::move(made), is_optional<V>);
    } else {
        static const M zero{};
        check_plain_default(model, name, type_of<M>, &member, &zero);
        made.slot = slot_of<M>();
        made.offset = offset_of(&member);
        add_member(model, std::move(made), is_nullable<M>);
    }
}

template <class T, std::size_t... I>
void describe_members(Model& model, const T& object, const char* base, std::index_sequence<I...>) {
    visit_members(object, [&](const auto&... member) {
        [[maybe_unused]] auto one = [&]<std::size_t N, class M>(std::integral_constant<std::size_t, N>, const M& m) {
            if constexpr (is_flatten<M>) {
                using Inner = std::remove_cvref_t<decltype(m.value)>;
                check_reflectable<Inner>();
                describe_members(model, m.value, base, std::make_index_sequence<member_count<Inner>>{});
            } else if constexpr (is_extra_fields<M>) {
                add_extra(model, ExtraOps<typename M::value_type::second_type>::traits,
                          static_cast<std::size_t>(reinterpret_cast<const char*>(&m) - base));
            } else if constexpr (is_private_attribute<M>) {
                model.attributes.push_back({member_name<T, N>(), static_cast<std::size_t>(reinterpret_cast<const char*>(&m) - base),
                                            &type_of<typename M::value_type>,
                                            [](const void* attribute) -> const void* { return &static_cast<const M*>(attribute)->value(); }});
            } else {
                describe_member(model, member_name<T, N>(), m, base);
            }
        };
        (one(std::integral_constant<std::size_t, I>{}, member), ...);
    });
}

template <class T>
void run_model_validator(const void* object) {
    const T& typed = *static_cast<const T*>(object);
    if constexpr (requires { typed.validate(); }) {
        typed.validate();
    } else {
        T::validate(typed);
    }
}

// A static member named description is the docstring; a data member of that name is a field.
template <class T>
inline constexpr bool has_static_description = [] {
    if constexpr (requires { &T::description; }) {
        return !std::is_member_pointer_v<decltype(&T::description)>;
    } else {
        return false;
    }
}();

// A function that is meant as a validator and cannot be called as one would be passed over in silence.
template <class T>
constexpr void check_validators() {
    if constexpr (requires { CallSignature<decltype(&T::validate_before)>::known; })
        static_assert(takes_json<decltype(&T::validate_before)>() && requires(json input) { json(T::validate_before(std::move(input))); },
                      "fastapi: validate_before of a model is a function static json validate_before(json input)");
    static_assert(!requires(T& t) { t.validate(); } || requires(const T& t) { t.validate(); },
                  "fastapi: validate of a model must be const: void validate() const");
    static_assert(!requires(T& t) { T::validate(t); } || requires(const T& t) { T::validate(t); },
                  "fastapi: validate of a model must take it as const: static void validate(const Model& model)");
}

// Whether the configuration of T says of strings what check_text sees to.
template <class T>
constexpr bool has_text_rules() {
    if constexpr (requires { typename std::bool_constant<T::model_config.str_to_lower>; }) {
        constexpr ModelConfig config = T::model_config;
        return config.str_to_lower || config.str_to_upper || config.str_min_length >= 0 || config.str_max_length >= 0;
    } else {
        return true; // known at run time only
    }
}

template <class T>
Model make_model() {
    check_reflectable<T>();
    check_validators<T>();
    static const T prototype{};
    Model model;
    model.name = type_name<T>();
    model.qualified = QualifiedTypeName<T>::buffer.view();
    model.prototype = &prototype;
    if constexpr (requires { ModelConfig{T::model_config}; }) {
        model.config = T::model_config;
        if constexpr (has_text_rules<T>()) model.check_text = &check_model_text;
    }
    if constexpr (has_static_description<T>) model.description = T::description;
    if constexpr (requires(const T& t) { t.validate(); } || requires(const T& t) { T::validate(t); }) {
        model.validate = &validate_model;
        model.run_validate = &run_model_validator<T>;
    }
    if constexpr (requires(json input) { json(T::validate_before(std::move(input))); }) {
        model.before = &decode_before;
        model.run_before = [](json& input) { input = T::validate_before(std::move(input)); };
    }
    if constexpr (requires { T::computed_fields; }) T::computed_fields.describe(model);
    describe_members(model, prototype, reinterpret_cast<const char*>(&prototype),
                     std::make_index_sequence<member_count<T>>{});
    check_model(model);
    return model;
}

template <class T>
const Model& describe_model() {
    static const Model model = make_model<T>();
    return model;
}

} // namespace fastapi::detail
