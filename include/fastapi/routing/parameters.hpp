#pragma once

// What a handler may take: Path, Query, Header, Cookie, Body, Form, File, plain values, Request&, Response&, BackgroundTasks&,
// FastAPI&, RequestStream, WebSocket& and Depends.
// Each becomes a Parameter, a line in the route's table; reading a request into the parameters is ordinary code (routing/resolve.ipp).

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fastapi/http/form_data.hpp"
#include "fastapi/http/request.hpp"
#include "fastapi/http/response.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/meta/callable.hpp"
#include "fastapi/model/describe.hpp"
#include "fastapi/model/encode.hpp"

namespace fastapi {

struct SecurityScopes;
class Bytes;

namespace detail {

enum class Source : std::uint8_t {
    path, query, header, cookie, body, form, request, response, websocket, stream, scopes, dependency, tasks, app
};

struct DependencyUse;
// Depends<…> and Security<…>.
template <class V>
inline constexpr bool is_depends = requires { V::is_dependency_handle; };

template <auto... Annotations>
inline constexpr bool has_default_annotation = (requires { Annotations.is_default; } || ...);

// The value that a parameter has before the request is read.
template <class T>
constexpr T initial_value() {
    return T{};
}
template <class T, auto First, auto... Rest>
T initial_value() {
    if constexpr (requires { First.is_default; }) {
        return First.template make<T>();
    } else {
        return initial_value<T, Rest...>();
    }
}

// The operators of parameters: found where an operand has Found as its base, and nowhere else (terms of sql/expression.hpp).
namespace parameter_operators {
struct Found {};
} // namespace parameter_operators

// What Path, Query, Header, Cookie and Body have in common: they hold a T and stand for it.
template <Source From, class T, FixedString Name, auto... Annotations>
class ParameterValue : parameter_operators::Found {
  public:
    using value_type = T;
    static constexpr Source source = From;
    static constexpr std::string_view name = Name.view();
    static constexpr bool has_default = has_default_annotation<Annotations...>;
    static constexpr const FieldInfo& info() {
        check_annotations<T, Annotations...>();
        static_assert(!info_table<T, Annotations...>.alias_paths,
                      "fastapi: a parameter has one name: AliasChoices and AliasPath are for the members of models");
        return info_table<T, Annotations...>;
    }

    ParameterValue() : value_(initial_value<T, Annotations...>()) {}
    explicit ParameterValue(T value) : value_(std::move(value)) {}

    operator const T&() const noexcept { return value_; } // NOLINT: implicit on purpose
    [[nodiscard]] const T& value() const noexcept { return value_; }
    [[nodiscard]] T& value() noexcept { return value_; }
    [[nodiscard]] const T& operator*() const noexcept { return value_; }
    [[nodiscard]] T& operator*() noexcept { return value_; }
    const T* operator->() const noexcept { return &value_; }
    T* operator->() noexcept { return &value_; }

  private:
    T value_;
};

template <Source S, class T, FixedString N, auto... A>
std::true_type parameter_test(const ParameterValue<S, T, N, A...>*);
std::false_type parameter_test(const void*);
template <class P>
inline constexpr bool is_parameter = decltype(parameter_test(static_cast<const P*>(nullptr)))::value;

namespace parameter_operators {
// A parameter compares with whatever its value compares with.
template <Source S, class T, FixedString N, auto... A, class U>
    requires(!is_parameter<U>) && EqualityComparable<T, U>
constexpr bool operator==(const ParameterValue<S, T, N, A...>& a, const U& b) {
    return a.value() == b;
}
template <Source S, class T, FixedString N, auto... A, class U> // nearer than std::optional's own
    requires EqualityComparable<T, std::optional<U>>
constexpr bool operator==(const ParameterValue<S, T, N, A...>& a, const std::optional<U>& b) {
    return a.value() == b;
}
template <Source S, class T, FixedString N, auto... A, Source S2, class U, FixedString N2, auto... B>
    requires EqualityComparable<T, U>
constexpr bool operator==(const ParameterValue<S, T, N, A...>& a, const ParameterValue<S2, U, N2, B...>& b) {
    return a.value() == b.value();
}
template <Source S, class T, FixedString N, auto... A, class U>
    requires(!is_parameter<U>) && LessComparable<T, U>
constexpr auto operator<=>(const ParameterValue<S, T, N, A...>& a, const U& b) {
    return order(a.value(), b);
}
} // namespace parameter_operators

} // namespace detail

// A placeholder of the route, by name: Path<int, "item_id", Ge(1)>.
template <class T, FixedString Name, auto... Annotations>
struct Path : detail::ParameterValue<detail::Source::path, T, Name, Annotations...> {
    static_assert(Name.view().size() > 0, "fastapi: Path<T> needs the name of a placeholder: Path<int, \"item_id\">");
};
// A query parameter: Query<int, "skip", Default(0)>; without a name a model of query parameters: Query<Pagination>.
template <class T, FixedString Name = "", auto... Annotations>
struct Query : detail::ParameterValue<detail::Source::query, T, Name, Annotations...> {};
// A header: Header<std::string, "user_agent"> reads user-agent; without a name a model of headers.
template <class T, FixedString Name = "", auto... Annotations>
struct Header : detail::ParameterValue<detail::Source::header, T, Name, Annotations...> {};
// A cookie; without a name a model of cookies.
template <class T, FixedString Name = "", auto... Annotations>
struct Cookie : detail::ParameterValue<detail::Source::cookie, T, Name, Annotations...> {};
// The JSON body, or a key of it when there are several Body parameters or Embed is among the annotations.
template <class T, FixedString Name = "", auto... Annotations>
struct Body : detail::ParameterValue<detail::Source::body, T, Name, Annotations...> {};
// A field of a form, urlencoded or multipart: Form<std::string, "username">. An empty text counts as missing. Without a name a model
// of the whole form: Form<LoginData>.
template <class T, FixedString Name = "", auto... Annotations>
struct Form : detail::ParameterValue<detail::Source::form, T, Name, Annotations...> {};
// A file of a form (multipart/form-data): File<UploadFile, "file">, or its content: File<Bytes, "file">; std::optional of them, and
// std::vector of them for several files of one name.
template <class T, FixedString Name, auto... Annotations>
struct File : detail::ParameterValue<detail::Source::form, T, Name, Annotations...> {
    static constexpr bool is_file = true;
};

namespace detail {

struct Parameter;

// Reads one parameter of a request into its place. A pointer to the reader that a parameter needs stands in its
// specification, so that a program holds the readers that it uses only.
using ReadParameter = void (*)(const Parameter& parameter, Request& request, void* target, Context& context);
void read_path(const Parameter& parameter, Request& request, void* target, Context& context);
void read_query(const Parameter& parameter, Request& request, void* target, Context& context);
void read_header(const Parameter& parameter, Request& request, void* target, Context& context);
void read_cookie(const Parameter& parameter, Request& request, void* target, Context& context);
void read_list(const Parameter& parameter, Request& request, void* target, Context& context);  // a repeated key
void read_model(const Parameter& parameter, Request& request, void* target, Context& context); // Query<Pagination>
void read_form(const Parameter& parameter, Request& request, void* target, Context& context); // Form<int, "n">, File<UploadFile, "f">
void read_form_bytes(const Parameter& parameter, Request& request, void* target, Context& context);
void read_form_list(const Parameter& parameter, Request& request, void* target, Context& context);
void read_form_model(const Parameter& parameter, Request& request, void* target, Context& context);
void read_form_object(const Parameter& parameter, Request& request, void* target, Context& context); // a union of models

// What a parameter is as its type says it: a constant, made by the compiler.
struct ParameterSpec {
    Source source = Source::request;
    std::string_view name = {}; // in C++; empty for a model of parameters and for what is found by position
    Slot slot = {};
    bool positional = false; // a plain scalar: bound to the placeholder of its place
    ReadParameter read = nullptr; // null for a body
    void (*write_default)(std::string& out) = nullptr; // of a parameter with a default: as JSON
    const DependencyUse* dependency = nullptr;
    const FormSupport* form = nullptr; // of what comes from a form
    bool is_file = false;
    bool is_whole_form = false; // a model of it
};

// The same in a route's table, with what follows from the specification and the route.
struct Parameter : ParameterSpec {
    std::string bound_name;   // the name, or that of the placeholder
    std::string alias;        // on the wire
    std::string default_json; // of a parameter with a default
    std::size_t index = 0;    // in the handler's argument list
    bool is_model = false;    // Query<Pagination>: its members are the parameters
    bool required = true;
};

template <class A>
inline constexpr bool is_parameter_value = requires { A::source; A::name; typename A::value_type; };

// Types that are read from one text: from a placeholder by position.
template <class T>
inline constexpr bool is_scalar = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> || is_literal<T> ||
                                  CustomType<T>;
template <class V>
    requires is_variant<V>
inline constexpr bool is_scalar<V> = all_alternatives<V>([]<class A>() { return is_scalar<A> || is_none<A>; });
// Types that are read from all values of a key: of a union, when one of its alternatives is.
template <class T>
inline constexpr bool is_container_type = (requires { typename T::value_type; } && (ListLike<T> || MapLike<T>)) || is_tuple<T>;
template <class V>
    requires is_variant<V>
inline constexpr bool is_container_type<V> = !all_alternatives<V>([]<class A>() { return !is_container_type<A>; });
// Types that are read from the whole body.
template <class T>
inline constexpr bool is_body_type = is_model<T> || is_container_type<T> || std::is_same_v<T, json> || std::is_same_v<T, JsonValue> ||
                                     (is_variant<T> && !is_scalar<T>) ||
                                     (is_optional<T> && !is_scalar<typename OptionalInner<T>::type>);

// What a parameter of the query or the path may be, as FastAPI says it when the route is made: a value that is read from one text, and
// of the query also a list, set or tuple of such values. (A union is a list when an alternative is one and the others are either.)
template <class T>
constexpr bool is_one_text() {
    if constexpr (is_optional<T> || is_field<T> || is_json_text<T>) {
        return is_one_text<std::remove_cvref_t<decltype(*std::declval<T&>())>>();
    } else if constexpr (is_variant<T>) {
        return all_alternatives<T>([]<class A>() { return is_one_text<A>(); });
    } else {
        return CustomType<T> || !(is_model<T> || is_container_type<T>);
    }
}
template <class T, std::size_t... I>
constexpr bool are_one_text(std::index_sequence<I...>) {
    return (is_one_text<std::tuple_element_t<I, T>>() && ...);
}
template <class T>
constexpr bool is_text_list() {
    if constexpr (is_one_text<T>()) {
        return true;
    } else if constexpr (is_optional<T> || is_field<T> || is_json_text<T>) {
        return is_text_list<std::remove_cvref_t<decltype(*std::declval<T&>())>>();
    } else if constexpr (is_variant<T>) {
        return all_alternatives<T>([]<class A>() { return is_text_list<A>(); });
    } else if constexpr (is_tuple<T>) {
        return are_one_text<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
    } else if constexpr (ListLike<T>) {
        return is_one_text<typename T::value_type>();
    } else {
        return false;
    }
}

// What of a form may be an optional or a list: Inner<std::optional<std::vector<T>>> is T.
template <class T>
struct FormInner {
    using type = T;
};
template <class T>
    requires is_optional<T>
struct FormInner<T> : FormInner<typename OptionalInner<T>::type> {};
template <class T>
    requires(!is_optional<T> && ListLike<T>)
struct FormInner<T> : FormInner<typename T::value_type> {};
template <class T>
inline constexpr bool is_upload = std::is_same_v<typename FormInner<T>::type, UploadFile>;
// A union of models takes the whole form, as a model does.
template <class T>
inline constexpr bool is_form_union = false;
template <class V>
    requires is_variant<V>
inline constexpr bool is_form_union<V> = all_alternatives<V>([]<class A>() { return is_model<A>; });

// How one argument of a handler is made: its storage, and its line in the table. A is the parameter type as written.
template <class A>
struct Argument {
    using V = std::remove_cvref_t<A>;
    static constexpr bool is_request = std::is_same_v<V, Request>;
    static constexpr bool is_response = std::is_same_v<V, Response>;
    static constexpr bool is_websocket = std::is_same_v<V, WebSocket>;
    static constexpr bool is_stream = std::is_same_v<V, RequestStream>;
    static constexpr bool is_scopes = std::is_same_v<V, SecurityScopes>;
    static constexpr bool is_dependency = is_depends<V>;
    static constexpr bool is_tasks = std::is_same_v<V, BackgroundTasks>;
    static constexpr bool is_app = std::is_same_v<V, FastAPI>;
    static constexpr bool exists = is_request || is_response || is_websocket || is_tasks || is_app; // before the request is read
    static constexpr bool is_given = exists || is_stream || is_scopes || is_dependency; // needs no storage
    static constexpr bool is_wrapped = is_parameter_value<V>;
    static constexpr bool is_positional = !is_wrapped && !is_dependency && is_scalar<V>;
    static constexpr bool is_body = !is_wrapped && !is_given && is_body_type<V>;

    static constexpr bool is_bare_upload() {
        if constexpr (is_positional || is_body) {
            return is_upload<V>;
        } else {
            return false;
        }
    }

    static_assert(!std::is_reference_v<A> || exists || std::is_const_v<std::remove_reference_t<A>> ||
                      std::is_rvalue_reference_v<A>,
                  "fastapi: a handler takes its parameters by value or by const reference; only Request&, Response&, "
                  "BackgroundTasks&, FastAPI& and WebSocket& are references");
    static_assert(!is_tasks || std::is_same_v<A, BackgroundTasks&>, "fastapi: background tasks are taken by reference: BackgroundTasks& tasks");
    static_assert(!is_app || std::is_reference_v<A>, "fastapi: the application is taken by reference: FastAPI& app");
    static_assert(!(is_request || is_response) || std::is_reference_v<A>,
                  "fastapi: Request and Response are taken by reference: Request& request, Response& response");
    static_assert(!is_websocket || std::is_lvalue_reference_v<A>, "fastapi: a WebSocket is taken by reference: WebSocket& ws");
    static_assert(!is_stream || !std::is_reference_v<A>, "fastapi: a RequestStream is taken by value: RequestStream stream");
    static_assert(!is_bare_upload(),
                  "fastapi: an UploadFile comes from a form, where it has a name: write File<UploadFile, \"file\">");
    static_assert(is_given || is_wrapped || is_positional || is_body,
                  "fastapi: no rule says where this handler parameter comes from: use Path, Query, Header, Cookie, Body, Form or File, a "
                  "plain scalar for a placeholder of the route, a plain struct for the body, or Depends<what_makes_it>");

    static constexpr Source source_of() {
        if constexpr (is_wrapped) {
            return V::source;
        } else {
            return is_request      ? Source::request
                   : is_response   ? Source::response
                   : is_websocket  ? Source::websocket
                   : is_stream     ? Source::stream
                   : is_scopes     ? Source::scopes
                   : is_dependency ? Source::dependency
                   : is_tasks      ? Source::tasks
                   : is_app        ? Source::app
                   : is_positional ? Source::path : Source::body;
        }
    }
    static constexpr Source source = source_of();
    static constexpr bool reads_json = [] {
        if constexpr (is_wrapped) {
            return is_model<typename V::value_type> || is_container_type<typename OptionalInner<typename V::value_type>::type>;
        } else {
            return false;
        }
    }();

    static constexpr std::string_view path_name() {
        if constexpr (is_wrapped) {
            if constexpr (V::source == Source::path) return V::name;
        }
        return {};
    }

    // The place of the value inside the storage.
    static void* slot(V& storage) {
        if constexpr (is_wrapped) {
            return &storage.value();
        } else {
            return &storage;
        }
    }

    static constexpr ParameterSpec spec() {
        ParameterSpec made;
        if constexpr (is_request) {
            made.source = Source::request;
        } else if constexpr (is_response) {
            made.source = Source::response;
        } else if constexpr (is_websocket) {
            made.source = Source::websocket;
        } else if constexpr (is_stream) {
            made.source = Source::stream;
        } else if constexpr (is_scopes || is_tasks || is_app) {
            made.source = source;
        } else if constexpr (is_dependency) {
            made.source = Source::dependency;
            made.dependency = &V::use;
        } else if constexpr (is_wrapped) {
            using T = typename V::value_type;
            static_assert(!V::name.empty() || V::source == Source::body || is_model<T> || (V::source == Source::form && is_form_union<T>),
                          "fastapi: a parameter without a name must be a model of parameters: write Query<int, \"skip\">, or "
                          "Query<Pagination> with a struct");
            static_assert(V::name.empty() || V::source == Source::body || !is_model<T>,
                          "fastapi: a model of parameters has no name of its own: write Query<Pagination>");
            constexpr bool fits_path = V::source != Source::path || is_one_text<T>();
            constexpr bool fits_query = V::source != Source::query || V::name.empty() || is_text_list<T>();
            static_assert(fits_path,
                          "fastapi: a placeholder of the path is one text: a number, a string, an enum, a date …; no list, map or model");
            static_assert(fits_query,
                          "fastapi: a query parameter is a text or a list of texts: no map, and no model in a std::optional, a std::variant or "
                          "a list; a model of query parameters is written Query<Model>, and what is larger comes as a Body");
            made.source = V::source;
            made.name = V::name;
            made.slot = {&type_of<T>, &V::info()};
            if constexpr (V::has_default) made.write_default = &write_default;
            made.read = reader<T>();
            if constexpr (V::source == Source::form) {
                made.form = &form_support;
                constexpr bool is_file = requires { V::is_file; };
                made.is_file = is_file;
                made.is_whole_form = is_model<T> || is_form_union<T>;
                static_assert(is_variant<T> || is_upload<T> || std::is_same_v<typename FormInner<T>::type, Bytes> || !is_file,
                              "fastapi: a File is an UploadFile or its Bytes, a std::optional or a std::vector of them; a text of a form "
                              "is a Form");
            }
            static_assert(!is_upload<T> || requires { V::is_file; },
                          "fastapi: an UploadFile comes from a form, where it has a name: write File<UploadFile, \"file\">");
        } else if constexpr (is_positional) {
            made.source = Source::path;
            made.slot = slot_of<V>();
            made.read = &read_path;
            made.positional = true;
        } else {
            made.source = Source::body;
            made.slot = slot_of<V>();
        }
        return made;
    }

  private:
    template <class T>
    static constexpr ReadParameter reader() {
        using Inner = typename OptionalInner<T>::type;
        if constexpr (V::source == Source::body) {
            return nullptr;
        } else if constexpr (V::source == Source::form) {
            if constexpr (is_model<T>) return &read_form_model;
            if constexpr (is_form_union<T>) return &read_form_object;
            if constexpr (std::is_same_v<Inner, Bytes>) return &read_form_bytes;
            return is_container_type<Inner> ? &read_form_list : &read_form;
        } else if constexpr (is_model<T>) {
            return &read_model;
        } else if constexpr (is_container_type<Inner>) {
            return &read_list;
        } else if constexpr (V::source == Source::query) {
            return &read_query;
        } else if constexpr (V::source == Source::header) {
            return &read_header;
        } else if constexpr (V::source == Source::cookie) {
            return &read_cookie;
        } else {
            return &read_path;
        }
    }
    static void write_default(std::string& out) {
        V storage;
        encode(type_of<typename V::value_type>, &storage.value(), out, {});
    }
};

// Storage of one argument: nothing for what exists already, and for dependencies.
struct NoStorage {};
template <class A>
using ArgumentStorage = std::conditional_t<Argument<A>::is_given, NoStorage, std::remove_cvref_t<A>>;

template <class A>
decltype(auto) pass_argument(std::remove_cvref_t<A>& storage) {
    if constexpr (std::is_lvalue_reference_v<A>) {
        return static_cast<A>(storage);
    } else {
        return static_cast<std::remove_cvref_t<A>&&>(storage);
    }
}

// A function given as a template argument.
template <auto Function>
struct StaticFunction {
    template <class... A>
    decltype(auto) operator()(A&&... arguments) const {
        return Function(std::forward<A>(arguments)...);
    }
};
template <auto Function>
inline constexpr StaticFunction<Function> static_function{};
template <auto Function>
struct CallSignature<StaticFunction<Function>> : CallSignature<std::remove_cvref_t<decltype(Function)>> {};

} // namespace detail

} // namespace fastapi
