// What the parts of the bench `models` share: the documents (three files that models.py writes) and what each library
// can do with them. Ours is in models.cpp, nlohmann's in models_nlohmann.cpp: a program file each, so that neither sees
// the other's conversions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

// One library's work on one kind of document. `made` holds the object that parse made and dump writes.
struct Subject {
    void* (*create)();
    void (*destroy)(void* made);
    void (*parse)(void* made, std::string_view text); // and validates; throws when the text is not valid
    std::size_t (*dump)(const void* made, std::string* out);
};

template <class T, void (*Parse)(T&, std::string_view), std::string (*Dump)(const T&)>
constexpr Subject subject_of() {
    return {[]() -> void* { return new T{}; }, [](void* made) { delete static_cast<T*>(made); },
            [](void* made, std::string_view text) { Parse(*static_cast<T*>(made), text); },
            [](const void* made, std::string* out) {
                std::string text = Dump(*static_cast<const T*>(made));
                std::size_t size = text.size();
                if (out) *out = std::move(text);
                return size;
            }};
}

// document: small, nested or large. A subject without functions: there is no such document.
Subject nlohmann_subject(std::string_view document);

} // namespace bench
