#pragma once

// What several test files need: an input's outcome as one text that a table can hold.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "fastapi.hpp"

namespace test {

using fastapi::json;

// "price: greater_than" for each error, joined by " | ". An empty place is written as ".".
inline std::string short_errors(const fastapi::ErrorList& list) {
    std::string out;
    for (const fastapi::ErrorDetail& error : list) {
        if (!out.empty()) out += " | ";
        std::string place;
        for (std::string_view part : error.loc) {
            if (part.front() == '"') part = part.substr(1, part.size() - 2);
            place += (place.empty() ? "" : "/") + std::string(part);
        }
        out += (place.empty() ? "." : place) + ": " + error.type;
    }
    return out;
}

// The same from the body of a 422.
inline std::string short_errors(const json& body) {
    std::string out;
    for (const json& error : body.at("detail")) {
        if (!out.empty()) out += " | ";
        std::string place;
        for (const json& part : error.at("loc"))
            place += (place.empty() ? "" : "/") + (part.is_string() ? part.get<std::string>() : part.dump());
        out += place + ": " + error.at("type").get<std::string>();
    }
    return out;
}

// What T makes of a JSON text: its JSON again, or "! " and the errors in short form.
template <class T>
std::string outcome(std::string_view text) {
    try {
        return fastapi::model_dump_json(fastapi::model_validate_json<T>(text));
    } catch (const fastapi::ValidationError& error) {
        return "! " + short_errors(error.list);
    }
}

// The errors of a JSON text as JSON; an empty array when it is valid.
template <class T>
json errors(std::string_view text) {
    try {
        fastapi::model_validate_json<T>(text);
        return json::array();
    } catch (const fastapi::ValidationError& error) {
        return error.errors();
    }
}

// The sentence that an action throws, or "" when it throws none.
template <class F>
std::string thrown_by(F action) {
    try {
        action();
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

} // namespace test
