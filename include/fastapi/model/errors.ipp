#pragma once

#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/python.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_COLD ErrorDetail::ErrorDetail() = default;
FASTAPI_COLD ErrorDetail::ErrorDetail(ErrorDetail&&) noexcept = default;
FASTAPI_COLD ErrorDetail::ErrorDetail(const ErrorDetail&) = default;
FASTAPI_COLD ErrorDetail& ErrorDetail::operator=(ErrorDetail&&) noexcept = default;
FASTAPI_COLD ErrorDetail& ErrorDetail::operator=(const ErrorDetail&) = default;
FASTAPI_COLD ErrorDetail::~ErrorDetail() = default;

FASTAPI_COLD std::string errors_to_text(const ErrorList& errors) {
    std::string out = "[";
    for (const ErrorDetail& error : errors) {
        if (out.size() > 1) out.push_back(',');
        out += R"({"type":)";
        detail::write_json_string(out, error.type);
        out += R"(,"loc":[)";
        for (std::size_t i = 0; i < error.loc.size(); ++i) {
            if (i) out.push_back(',');
            out += error.loc[i];
        }
        out += R"(],"msg":)";
        detail::write_json_string(out, error.msg);
        out += R"(,"input":)";
        out += error.input.empty() ? "null" : error.input;
        if (!error.ctx.empty()) {
            out += R"(,"ctx":)";
            out += error.ctx;
        }
        out.push_back('}');
    }
    out.push_back(']');
    return out;
}

namespace detail {

// The kind of an input as Python calls it, from its JSON text.
FASTAPI_COLD std::string_view python_class(std::string_view text) {
    switch (text.empty() ? 'n' : text.front()) {
    case '"': return "str";
    case '{': return "dict";
    case '[': return "list";
    case 't':
    case 'f': return "bool";
    case 'n': return "NoneType";
    default: return text.find_first_of(".eEN") == std::string_view::npos && text.find('I') == std::string_view::npos ? "int" : "float";
    }
}

// JSON text as Python prints the value, cut in the middle when it is long.
FASTAPI_COLD std::string python_text(std::string_view text) {
    std::string out;
    Document document;
    if (document.parse(text)) write_python_value(out, document.root());
    if (text.empty()) out = "None";
    std::size_t head = 25;
    std::size_t tail = out.size() < 24 ? 0 : out.size() - 24;
    if (tail <= head) return out;
    auto inside = [&](std::size_t at) { return (static_cast<unsigned char>(out[at]) & 0xC0U) == 0x80U; }; // of a character
    while (inside(head)) --head;
    while (inside(tail)) ++tail;
    return concat({std::string_view(out).substr(0, head), "...", std::string_view(out).substr(tail)});
}

} // namespace detail

FASTAPI_COLD std::string ErrorDetail::loc_text() const {
    std::string out;
    for (std::size_t i = 0; i < loc.size(); ++i) {
        if (i) out.push_back('.');
        std::string_view part = loc[i];
        if (part.size() >= 2 && part.front() == '"') part = part.substr(1, part.size() - 2);
        out += part;
    }
    return out;
}

// "2 validation errors for Item\nprice\n  Input should be … [type=…, input_value=…, input_type=…]", Pydantic's layout.
FASTAPI_COLD std::string errors_for_people(std::string_view title, const ErrorList& errors) {
    std::string out = detail::concat({detail::integer_text(static_cast<std::int64_t>(errors.size())),
                                      errors.size() == 1 ? " validation error for " : " validation errors for ", title});
    for (const ErrorDetail& error : errors) {
        if (!error.loc.empty()) out.push_back('\n');
        out += error.loc_text();
        out += detail::concat({"\n  ", error.msg, " [type=", error.type, ", input_value=", detail::python_text(error.input),
                               ", input_type=", detail::python_class(error.input), "]"});
    }
    return out;
}

FASTAPI_COLD ValidationError::ValidationError(std::string_view title, ErrorList errors)
    : std::runtime_error(errors_for_people(title, errors)), list(std::move(errors)) {}

FASTAPI_COLD json ValidationError::errors() const {
    std::string text = errors_to_text(list);
    detail::Document document;
    json made;
    if (document.parse(text)) detail::value_to_json(document.root(), made);
    return made;
}

namespace detail {

// Not inlined: g++ 12 would warn of a dangling pointer, though the destructor takes it back.
[[gnu::noinline]] FASTAPI_INLINE void LocScope::enter() { context_.loc = &loc_; }

FASTAPI_COLD bool Context::fail_raw(std::string_view type, std::string msg, std::string input, std::string ctx) {
    if (quiet || full()) return false;
    ErrorDetail& error = errors.emplace_back();
    std::size_t depth = 0;
    for (const Loc* at = loc; at; at = at->parent) depth += at->is_key ? 2 : 1;
    text_bytes_ += msg.size() + ctx.size() + depth * sizeof(std::string);
    error.type = type;
    error.msg = std::move(msg);
    error.ctx = std::move(ctx);
    input_bytes_ += input.size();
    if (input_bytes_ <= max_input_bytes) error.input = std::move(input);
    error.loc.resize(depth);
    for (const Loc* at = loc; at; at = at->parent) {
        if (at->is_key) error.loc[--depth] = "\"[key]\"";
        std::string& part = error.loc[--depth];
        if (at->name.data()) {
            write_json_string(part, at->name);
        } else {
            part = integer_text(at->index);
        }
    }
    return false;
}

FASTAPI_COLD bool Context::fail_with(const ErrorList& found) {
    for (const ErrorDetail& error : found) {
        std::size_t before = errors.size();
        fail_raw(error.type, error.msg, error.input, error.ctx);
        if (errors.size() == before) break;
        for (const std::string& part : error.loc) errors.back().loc.push_back(part);
    }
    return false;
}

FASTAPI_COLD bool Context::fail(std::string_view type, std::string msg, const Value& input, std::string ctx) {
    if (quiet || full()) return false;
    std::string text;
    if (input_bytes_ <= max_input_bytes) write_input_(input, text);
    return fail_raw(type, std::move(msg), std::move(text), std::move(ctx));
}

FASTAPI_COLD std::string ctx_of(std::string_view name, std::string_view json_text) {
    std::string out = "{";
    write_json_string(out, name);
    out.push_back(':');
    out += json_text;
    out.push_back('}');
    return out;
}

} // namespace detail

} // namespace fastapi
