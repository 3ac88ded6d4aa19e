#pragma once

// The annotations of a field or parameter: Field<int, Ge(1), Le(100), Description("…")>. Names and meanings are
// Pydantic's (Field()) and FastAPI's (Query(), Path(), …). Each is a type of its own, given in place as a template
// argument, so that a wrong one is a compile error.

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/meta/fixed_string.hpp"
#include "fastapi/meta/reflect.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/pattern.hpp"

namespace fastapi {

// How a type of its own reads and writes itself: model/types.hpp.
template <class T>
struct TypeTraits;

namespace detail {

// What a bound is about: of an optional, its value.
template <class T>
struct BoundedType {
    using type = T;
};
template <class T>
struct BoundedType<std::optional<T>> : BoundedType<T> {};

// What an annotation may stand on; checked by Field and by the parameters.
enum class Fits : unsigned char { anything, numbers, lengths, strings, decimals, unions, aliases };

// A bound of a T. A type of text bounds turns them into a Number at compile time, or keeps the text. A type that has
// bounds of its own kind only looks at numbers as well.
template <class T>
constexpr Number bound_of(const Number& number) {
    using V = typename BoundedType<T>::type;
    if constexpr (requires { TypeTraits<V>::bound(number); }) {
        return TypeTraits<V>::bound(number);
    } else {
        if (number.kind > Number::Kind::text)
            throw std::invalid_argument("fastapi: a date or duration is no bound of a number");
        return number;
    }
}
template <class T, std::size_t N>
constexpr Number bound_of(const FixedString<N>& text) {
    using V = typename BoundedType<T>::type;
    static_assert(requires { TypeTraits<V>::bound(text.view()); },
                  "fastapi: this type has no bounds that are written as text: give Gt, Ge, Lt and Le a number");
    return TypeTraits<V>::bound(text.view());
}

// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define FASTAPI_BOUND_ANNOTATION(Name, member)                                                                         \
    template <class Bound = detail::Number>                                                                            \
    struct Name {                                                                                                      \
        Bound value;                                                                                                   \
        constexpr explicit Name(detail::Number bound) : value(bound) {}                                                \
        template <std::size_t N>                                                                                       \
        constexpr explicit Name(const char (&bound)[N]) : value(bound) {}                                              \
        static constexpr detail::Fits fits = detail::Fits::numbers;                                                    \
        template <class T>                                                                                             \
        constexpr void apply(detail::FieldInfo& info) const {                                                          \
            info.member = detail::bound_of<T>(value);                                                                  \
            info.number = &detail::number_checks;                                                                      \
        }                                                                                                              \
    };                                                                                                                 \
    template <class N>                                                                                                 \
    Name(N) -> Name<detail::Number>;                                                                                   \
    template <std::size_t N>                                                                                           \
    Name(const char (&)[N]) -> Name<FixedString<N>>
#define FASTAPI_TEXT_ANNOTATION(Name, member)                                                                          \
    template <std::size_t N>                                                                                           \
    struct Name {                                                                                                      \
        FixedString<N> text;                                                                                           \
        constexpr explicit Name(const char (&literal)[N]) : text(literal) {}                                           \
        static constexpr detail::Fits fits = detail::Fits::anything;                                                   \
        template <class T>                                                                                             \
        constexpr void apply(detail::FieldInfo& info) const {                                                          \
            info.member = text.view();                                                                                 \
        }                                                                                                              \
    }
#define FASTAPI_FLAG_ANNOTATION(Name, member, setting, where)                                                          \
    struct Name##Annotation {                                                                                          \
        static constexpr detail::Fits fits = where;                                                                    \
        template <class T>                                                                                             \
        constexpr void apply(detail::FieldInfo& info) const {                                                          \
            info.member = setting;                                                                                     \
            if constexpr (where == detail::Fits::strings) info.text = &detail::check_text;                             \
        }                                                                                                              \
    };                                                                                                                 \
    inline constexpr Name##Annotation Name {}
// NOLINTEND(cppcoreguidelines-macro-usage)

} // namespace detail

// Bounds of a number (JSON Schema exclusiveMinimum, minimum, exclusiveMaximum, maximum, multipleOf), or of a type that
// reads its bounds from text: Ge("2024-01-01") on a date.
FASTAPI_BOUND_ANNOTATION(Gt, gt);
FASTAPI_BOUND_ANNOTATION(Ge, ge);
FASTAPI_BOUND_ANNOTATION(Lt, lt);
FASTAPI_BOUND_ANNOTATION(Le, le);
FASTAPI_BOUND_ANNOTATION(MultipleOf, multiple_of);

// Lengths: code points of a string, items of a list, set or map.
struct MinLength {
    long long value;
    constexpr explicit MinLength(long long length) : value(length) {}
    static constexpr detail::Fits fits = detail::Fits::lengths;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.min_length = value;
        info.text = &detail::check_text;
    }
};
struct MaxLength {
    long long value;
    constexpr explicit MaxLength(long long length) : value(length) {}
    static constexpr detail::Fits fits = detail::Fits::lengths;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.max_length = value;
        info.text = &detail::check_text;
    }
};

// Digits of a Decimal: in all, and behind the decimal point (zeros at the end do not count).
struct MaxDigits {
    long long value;
    constexpr explicit MaxDigits(long long digits) : value(digits) {}
    static constexpr detail::Fits fits = detail::Fits::decimals;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.max_digits = value;
    }
};
struct DecimalPlaces {
    long long value;
    constexpr explicit DecimalPlaces(long long places) : value(places) {}
    static constexpr detail::Fits fits = detail::Fits::decimals;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.decimal_places = value;
    }
};

// A regular expression that must be found in the string (searched, not anchored; RE2's syntax, linear time).
template <std::size_t N>
struct Pattern {
    FixedString<N> text;
    constexpr explicit Pattern(const char (&literal)[N]) : text(literal) {}
    static constexpr detail::Fits fits = detail::Fits::strings;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.pattern = text.view();
        info.text = &detail::check_text;
    }
};

namespace detail {
// Only a program that uses Pattern instantiates this, and so only such a program needs RE2's library.
template <auto P>
bool pattern_matches(std::string_view text) {
    static const CompiledPattern* const pattern = compile_pattern(P.view());
    return search_pattern(pattern, text);
}
} // namespace detail

// The name on the wire, both ways; or one way only (ValidationAlias, below).
FASTAPI_TEXT_ANNOTATION(Alias, alias);
FASTAPI_TEXT_ANNOTATION(SerializationAlias, serialization_alias);
FASTAPI_TEXT_ANNOTATION(Title, title);
FASTAPI_TEXT_ANNOTATION(Description, description);
FASTAPI_TEXT_ANNOTATION(MediaType, media_type);
// "format" of the schema: SchemaFormat("password").
FASTAPI_TEXT_ANNOTATION(SchemaFormat, format);
// Named examples of a parameter or body in the OpenAPI document, as the text of a JSON object:
// OpenApiExamples(R"({"normal": {"summary": "As it should be", "value": {"name": "Foo"}}})").
FASTAPI_TEXT_ANNOTATION(OpenApiExamples, openapi_examples);

// The schema of the field, instead of what its type has, as the text of a JSON object (Pydantic: WithJsonSchema). Title, description,
// examples and default are added: WithJsonSchema(R"({"type": ["string", "null"]})").
FASTAPI_TEXT_ANNOTATION(WithJsonSchema, json_schema);

FASTAPI_FLAG_ANNOTATION(Deprecated, deprecated, true, detail::Fits::anything);
// A std::optional that must be present, though it may be null.
FASTAPI_FLAG_ANNOTATION(Required, required, true, detail::Fits::anything);
// Never serialised.
FASTAPI_FLAG_ANNOTATION(Exclude, exclude, true, detail::Fits::anything);
// The default is validated too, when the caller leaves the field out. It goes by way of JSON, as if it had been sent.
struct ValidateDefaultAnnotation {
    static constexpr detail::Fits fits = detail::Fits::anything;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        static_assert(!requires { detail::BoundedType<T>::type::is_text_secret; },
                      "fastapi: ValidateDefault cannot stand on a secret, whose text is never written");
        info.decode_default = &detail::decode_default;
    }
};
inline constexpr ValidateDefaultAnnotation ValidateDefault{};
// Cannot be assigned to.
FASTAPI_FLAG_ANNOTATION(Frozen, frozen, true, detail::Fits::anything);
// No conversion between JSON types ("1" is no number).
FASTAPI_FLAG_ANNOTATION(Strict, strict, true, detail::Fits::anything);
FASTAPI_FLAG_ANNOTATION(StripWhitespace, strip_whitespace, true, detail::Fits::strings);
FASTAPI_FLAG_ANNOTATION(ToLower, to_lower, true, detail::Fits::strings);
FASTAPI_FLAG_ANNOTATION(ToUpper, to_upper, true, detail::Fits::strings);
// Not in the OpenAPI document (FastAPI: include_in_schema=False).
FASTAPI_FLAG_ANNOTATION(ExcludeFromSchema, in_schema, false, detail::Fits::anything);
// A single body under its own key: {"item": {…}} (FastAPI: Body(embed=True)).
FASTAPI_FLAG_ANNOTATION(Embed, embed, true, detail::Fits::anything);
// A header whose name is taken as written (FastAPI: convert_underscores=False).
FASTAPI_FLAG_ANNOTATION(KeepUnderscores, convert_underscores, false, detail::Fits::anything);

// The member of each branch of a union that says which branch it is: Field<std::variant<Cat, Dog>, Discriminator("kind")>.
// In every branch it is a Literal or an enum, under the same name on the wire.
template <std::size_t N>
struct Discriminator {
    FixedString<N> text;
    constexpr explicit Discriminator(const char (&literal)[N]) : text(literal) {}
    static constexpr detail::Fits fits = detail::Fits::unions;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.discriminator = text.view();
        info.check = &detail::check_discriminator;
    }
};
// A union takes the first branch that fits (Pydantic: union_mode="left_to_right").
FASTAPI_FLAG_ANNOTATION(LeftToRight, left_to_right, true, detail::Fits::unions);

struct AllowInfNan {
    bool value;
    constexpr explicit AllowInfNan(bool allowed) : value(allowed) {}
    static constexpr detail::Fits fits = detail::Fits::numbers;
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.allow_inf_nan = value;
        info.asks_inf_nan = value;
        info.number = &detail::number_checks;
    }
};

#undef FASTAPI_BOUND_ANNOTATION
#undef FASTAPI_TEXT_ANNOTATION
#undef FASTAPI_FLAG_ANNOTATION

// A piece of JSON among the constants of an annotation: Examples(JsonLiteral(R"({"name": "Foo"})")).
template <std::size_t N>
struct JsonLiteral {
    FixedString<N> text;
    constexpr explicit JsonLiteral(const char (&literal)[N]) : text(literal) {}
};

namespace detail {

template <class A>
struct StoredConstant {
    using type = A;
};
template <std::size_t N>
struct StoredConstant<char[N]> {
    using type = FixedString<N>;
};
template <class A>
    requires std::is_floating_point_v<A>
struct StoredConstant<A> {
    using type = Number;
};
template <class A>
    requires requires(const A& value) { NumberOf<A>::make(value); }
struct StoredConstant<A> {
    using type = Number;
};
template <class A>
using stored_constant = typename StoredConstant<std::remove_const_t<A>>::type;

template <std::size_t N>
constexpr Constant make_constant(const FixedString<N>& text) {
    Constant constant;
    constant.kind = Constant::Kind::string;
    constant.text = text.view();
    return constant;
}
constexpr Constant make_constant(const Number& number) {
    if (number.kind > Number::Kind::text)
        throw std::invalid_argument("fastapi: the example of a date or duration is text: Example(\"2024-01-31\")");
    Constant constant;
    constant.kind = Constant::Kind::number;
    constant.number = number;
    return constant;
}
template <std::size_t N>
constexpr Constant make_constant(const JsonLiteral<N>& json) {
    Constant constant;
    constant.kind = Constant::Kind::json;
    constant.text = json.text.view();
    return constant;
}
constexpr Constant make_constant(std::nullptr_t) { return {}; }
constexpr Constant make_constant(bool value) {
    Constant constant;
    constant.kind = Constant::Kind::boolean;
    constant.boolean = value;
    return constant;
}
template <class I>
    requires std::is_integral_v<I>
constexpr Constant make_constant(I value) {
    return make_constant(Number{value});
}

// A tuple of constants that may be a template argument.
template <class... A>
struct Constants;
template <>
struct Constants<> {};
template <class A, class... Rest>
struct Constants<A, Rest...> {
    A first;
    Constants<Rest...> rest;
};
constexpr Constants<> make_constants() { return {}; }
template <class A, class... Rest>
constexpr auto make_constants(const A& first, const Rest&... rest) {
    return Constants<stored_constant<A>, stored_constant<Rest>...>{stored_constant<A>(first), make_constants(rest...)};
}
template <class V, class... A>
constexpr void for_each_constant(const Constants<A...>& constants, V&& visit) {
    if constexpr (sizeof...(A) > 0) {
        visit(constants.first);
        for_each_constant(constants.rest, visit);
    }
}

// How many steps a choice of AliasChoices has; 0: it is none.
template <class A>
inline constexpr std::size_t alias_steps = [] {
    if constexpr (requires { A::is_alias_path; }) {
        return A::count;
    } else {
        return std::size_t{0};
    }
}();
template <std::size_t N>
inline constexpr std::size_t alias_steps<FixedString<N>> = 1;

template <class... V>
inline constexpr bool are_alias_steps = false;
template <std::size_t N, class... Rest>
inline constexpr bool are_alias_steps<char[N], Rest...> =
    (((std::is_integral_v<Rest> && !std::is_same_v<Rest, bool>) || std::is_array_v<Rest>) && ...);

// Writes the steps of an alias behind those before it.
template <std::size_t N>
constexpr void add_alias(AliasStep*& at, const FixedString<N>& name, bool first) {
    *at++ = {name.view(), 0, first};
}
template <class I>
    requires std::is_integral_v<I>
constexpr void add_alias(AliasStep*& at, I index, bool) {
    *at++ = {{}, static_cast<std::int64_t>(index), false};
}
template <class A>
    requires requires(const A& path) { path.steps; }
constexpr void add_alias(AliasStep*& at, const A& path, bool) {
    bool first = true;
    for_each_constant(path.steps, [&](const auto& step) { add_alias(at, step, std::exchange(first, false)); });
}
template <class A>
    requires requires(const A& alias) { alias.choices; }
constexpr void add_alias(AliasStep*& at, const A& alias, bool) {
    for_each_constant(alias.choices, [&](const auto& choice) { add_alias(at, choice, true); });
}

template <auto List, std::size_t N>
struct ConstantTable {
    struct Storage {
        Constant items[N ? N : 1]{};
    };
    static constexpr Storage storage = [] {
        Storage made;
        std::size_t i = 0;
        for_each_constant(List, [&](const auto& constant) { made.items[i++] = make_constant(constant); });
        return made;
    }();
};

} // namespace detail

// A way to a value inside the input, by keys of objects and items of lists: AliasPath("names", 0), AliasPath("user", "id").
// A negative item counts from the end.
template <class... A>
struct AliasPath {
    detail::Constants<A...> steps;
    static constexpr bool is_alias_path = true;
    static constexpr std::size_t count = sizeof...(A);
    static constexpr detail::Fits fits = detail::Fits::aliases;
    template <class... V>
    constexpr explicit AliasPath(const V&... values) : steps(detail::make_constants(values...)) {
        static_assert(detail::are_alias_steps<V...>, "fastapi: AliasPath takes a name, and then names and numbers of items");
    }
    template <class T>
    constexpr void apply(detail::FieldInfo&) const {}
};
template <class... V>
AliasPath(const V&...) -> AliasPath<detail::stored_constant<V>...>;

// Names and paths under which a member is looked for, in this order: AliasChoices("id", "user_id", AliasPath("user", "id")).
template <class... A>
struct AliasChoices {
    detail::Constants<A...> choices;
    static constexpr std::size_t count = (std::size_t{0} + ... + detail::alias_steps<A>);
    static constexpr detail::Fits fits = detail::Fits::aliases;
    template <class... V>
    constexpr explicit AliasChoices(const V&... values) : choices(detail::make_constants(values...)) {
        static_assert(sizeof...(V) > 0 && ((detail::alias_steps<detail::stored_constant<V>> > 0) && ...),
                      "fastapi: AliasChoices takes names and AliasPaths");
    }
    template <class T>
    constexpr void apply(detail::FieldInfo&) const {}
};
template <class... V>
AliasChoices(const V&...) -> AliasChoices<detail::stored_constant<V>...>;

// The name on the wire that is read: a text, AliasChoices or an AliasPath. A path is for members of models alone.
template <class A>
struct ValidationAlias {
    A alias;
    constexpr explicit ValidationAlias(const A& paths) : alias(paths) {}
    template <std::size_t N>
    constexpr explicit ValidationAlias(const char (&literal)[N]) : alias(literal) {}
    static constexpr detail::Fits fits = detail::Fits::anything;
    static constexpr bool is_alias_paths = requires { A::count; };
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        if constexpr (!is_alias_paths) info.validation_alias = alias.view();
    }
};
template <class A>
ValidationAlias(const A&) -> ValidationAlias<A>;
template <std::size_t N>
ValidationAlias(const char (&)[N]) -> ValidationAlias<FixedString<N>>;

namespace detail {

// The steps of AliasChoices or an AliasPath.
template <auto Aliases>
struct AliasTable {
    struct Storage {
        AliasStep steps[Aliases.count]{};
    };
    static constexpr Storage storage = [] {
        Storage made;
        AliasStep* at = made.steps;
        add_alias(at, Aliases, true);
        return made;
    }();
    static constexpr AliasPaths paths{storage.steps, Aliases.count, requires { Aliases.choices; }, &find_alias_path, &decode_alias_path};
};

} // namespace detail

// Values shown in the documentation: Examples("Foo", "Bar"), Examples(3).
template <class... A>
struct Examples {
    detail::Constants<A...> constants;
    static constexpr std::size_t count = sizeof...(A);
    static constexpr detail::Fits fits = detail::Fits::anything;
    static constexpr bool is_examples = true;
    template <class... V>
    constexpr explicit Examples(const V&... values) : constants(detail::make_constants(values...)) {}
    template <class T>
    constexpr void apply(detail::FieldInfo&) const {}
};
template <class... V>
Examples(const V&...) -> Examples<detail::stored_constant<V>...>;
template <class... A>
struct Example : Examples<A...> {
    using Examples<A...>::Examples;
};
template <class V>
Example(const V&) -> Example<detail::stored_constant<V>>;

// The value of a parameter that the request leaves out: Default(10), Default("a"), Default("a", "b") for a list.
template <class... A>
struct Default {
    detail::Constants<A...> constants;
    static constexpr std::size_t count = sizeof...(A);
    static constexpr detail::Fits fits = detail::Fits::anything;
    static constexpr bool is_default = true;
    template <class... V>
    constexpr explicit Default(const V&... values) : constants(detail::make_constants(values...)) {}
    template <class T>
    constexpr void apply(detail::FieldInfo& info) const {
        info.has_default = true;
    }
    // The default as a value of T, through T's own element type when T is a container. A type that reads its bounds
    // reads its default alike.
    template <class T>
    [[nodiscard]] T make() const {
        using V = typename detail::BoundedType<T>::type;
        if constexpr (count == 1 && requires { TypeTraits<V>::of_bound(detail::bound_of<T>(constants.first)); }) {
            return TypeTraits<V>::of_bound(detail::bound_of<T>(constants.first));
        } else if constexpr (count == 1 && requires { T(value(constants.first)); } && !is_list<T>) {
            return T(value(constants.first));
        } else {
            T made{};
            detail::for_each_constant(constants, [&](const auto& constant) {
                made.insert(made.end(), typename T::value_type(value(constant)));
            });
            return made;
        }
    }

  private:
    template <class T>
    static constexpr bool is_list = requires(T t) { typename T::value_type; t.insert(t.end(), *t.begin()); } &&
                                    !requires(T t) { t.c_str(); } && !requires { typename T::exception; }; // no json
    template <std::size_t N>
    static std::string_view value(const FixedString<N>& text) {
        return text.view();
    }
    static double value(const detail::Number& number) { return number.as_double(); }
    template <class V>
    static V value(const V& other) {
        return other;
    }
};
template <class... V>
Default(const V&...) -> Default<detail::stored_constant<V>...>;

namespace detail {

template <auto Annotation>
constexpr void apply_examples(FieldInfo&) {}
template <auto Annotation>
    requires requires { Annotation.is_examples; }
constexpr void apply_examples(FieldInfo& info) {
    info.examples = {ConstantTable<Annotation.constants, Annotation.count>::storage.items, Annotation.count};
}

template <auto Annotation>
struct PatternOf {
    static constexpr bool value = false;
};
template <std::size_t N, Pattern<N> P>
struct PatternOf<P> {
    static constexpr bool value = true;
};

template <auto Annotation, class T>
constexpr void apply_annotation(FieldInfo& info) {
    Annotation.template apply<T>(info);
    apply_examples<Annotation>(info);
    if constexpr (requires { requires Annotation.is_alias_paths; }) info.alias_paths = &AliasTable<Annotation.alias>::paths;
    if constexpr (PatternOf<Annotation>::value) info.matches = &pattern_matches<Annotation.text>;
}

template <class T, auto... Annotations>
constexpr FieldInfo make_info() {
    FieldInfo info;
    (apply_annotation<Annotations, T>(info), ...);
    return info;
}

// The table of a field of type T with these annotations.
template <class T, auto... Annotations>
inline constexpr FieldInfo info_table = make_info<T, Annotations...>();

} // namespace detail

} // namespace fastapi
