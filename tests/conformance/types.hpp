// What a port of a field type is: a model M with the field my_field, in three roles. Each file of types registers its own.

#pragma once

#include "conformance.hpp"

namespace conformance {

// Models named M, one a type, live in namespaces of their own inside an unnamed one.
// An application with M as body and answer.
template <class M>
void add_body(fastapi::FastAPI& app) {
    app.post("/body", [](M model) { return model; });
}
// The same value as a query parameter.
template <class M, class Q>
void add_query(fastapi::FastAPI& app) {
    app.get("/query", [](Q my_field) {
        M model{};
        model.my_field = *my_field;
        return model;
    });
}
template <class P>
void add_parameter(fastapi::FastAPI& app) {
    app.get("/q", [](P) {}, {.name = "q"});
}

} // namespace conformance

// A type in three roles. The model is called M, as recorded, and so each lives in a namespace of its own.
// SCALAR: also a query parameter. LIST: a query parameter when it says so, else a body. OBJECT: a body only.
#define SCALAR(id, ...)                                                                                                \
    namespace id {                                                                                                     \
    struct M {                                                                                                         \
        fastapi::Field<__VA_ARGS__> my_field;                                                                          \
    };                                                                                                                 \
    template <class T, auto... A>                                                                                      \
    struct Roles {                                                                                                     \
        static void values(fastapi::FastAPI& app) {                                                                    \
            conformance::add_body<M>(app);                                                                             \
            conformance::add_query<M, fastapi::Query<T, "my_field", A...>>(app);                                       \
        }                                                                                                              \
        static void schema(fastapi::FastAPI& app) {                                                                    \
            conformance::add_parameter<fastapi::Query<T, "my_param", A...>>(app);                                      \
        }                                                                                                              \
    };                                                                                                                 \
    using R = Roles<__VA_ARGS__>;                                                                                      \
    }
#define LIST(id, ...)                                                                                                  \
    namespace id {                                                                                                     \
    struct M {                                                                                                         \
        fastapi::Field<__VA_ARGS__> my_field;                                                                          \
    };                                                                                                                 \
    template <class T, auto... A>                                                                                      \
    struct Roles {                                                                                                     \
        static void values(fastapi::FastAPI& app) {                                                                    \
            conformance::add_body<M>(app);                                                                             \
            conformance::add_query<M, fastapi::Query<T, "my_field", A...>>(app);                                       \
        }                                                                                                              \
        static void schema(fastapi::FastAPI& app) {                                                                    \
            conformance::add_parameter<fastapi::Body<T, "my_param", A...>>(app);                                       \
        }                                                                                                              \
    };                                                                                                                 \
    using R = Roles<__VA_ARGS__>;                                                                                      \
    }
#define OBJECT(id, ...)                                                                                                \
    namespace id {                                                                                                     \
    struct M {                                                                                                         \
        fastapi::Field<__VA_ARGS__> my_field;                                                                          \
    };                                                                                                                 \
    template <class T, auto... A>                                                                                      \
    struct Roles {                                                                                                     \
        static void values(fastapi::FastAPI& app) { conformance::add_body<M>(app); }                                   \
        static void schema(fastapi::FastAPI& app) {                                                                    \
            conformance::add_parameter<fastapi::Body<T, "my_param", A...>>(app);                                       \
        }                                                                                                              \
    };                                                                                                                 \
    using R = Roles<__VA_ARGS__>;                                                                                      \
    }

#define TYPE(name, id) types.push_back({name, &id::R::values, &id::R::schema})
