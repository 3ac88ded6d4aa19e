#pragma once

// What went wrong with an input: the list of error details that FastAPI answers with status 422, and ValidationError,
// which carries it when models are used without HTTP.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/document.hpp"
#include "fastapi/json/json.hpp"
#include "fastapi/meta/list.hpp"

namespace fastapi {

enum class BytesMode : unsigned char; // model/type.hpp

// One error: {"type", "loc", "msg", "input", "ctx"} (wire.md 2).
struct ErrorDetail {
    std::string type;
    std::vector<std::string> loc; // each part as JSON text: "body" with quotes, or an index
    std::string msg;
    std::string input; // JSON text of the value that was found
    std::string ctx;   // JSON text of an object, or empty

    // The place with dots: "body.items.0.name".
    [[nodiscard]] std::string loc_text() const;

    ErrorDetail();
    ErrorDetail(ErrorDetail&&) noexcept;
    ErrorDetail(const ErrorDetail&);
    ErrorDetail& operator=(ErrorDetail&&) noexcept;
    ErrorDetail& operator=(const ErrorDetail&);
    ~ErrorDetail();
};

// All errors of one input.
using ErrorList = detail::Sequence<ErrorDetail>;

// Thrown by validators: becomes an error of type value_error, "Value error, <text>".
class ValueError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
// Thrown by validators: becomes an error of type assertion_error, "Assertion failed, <text>".
class AssertionError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
// Thrown by validators: an error with a type, a message and a context of its own.
class PydanticCustomError : public std::runtime_error {
  public:
    PydanticCustomError(std::string error_type, const std::string& message, json context = nullptr)
        : std::runtime_error(message), type(std::move(error_type)), ctx(std::move(context)) {}
    std::string type;
    json ctx;
};

// The JSON array of errors, as it stands in the answer.
std::string errors_to_text(const ErrorList& errors);

// Thrown by model_validate and its kin. what() is readable text in Pydantic's layout.
class ValidationError : public std::runtime_error {
  public:
    ValidationError(std::string_view title, ErrorList errors);
    [[nodiscard]] std::size_t error_count() const { return list.size(); }
    // The errors as JSON: an array of objects with type, loc, msg, input and ctx.
    // An input integer beyond 64 bits is a string of its digits.
    [[nodiscard]] json errors() const;
    ErrorList list;
};

namespace detail {

// Where a value stands: a chain on the stack, made into a list when there is an error to report.
struct Loc {
    const Loc* parent = nullptr;
    std::string_view name{};
    std::int64_t index = -1; // used when name is null
    bool is_key = false;     // an error of a key: [key, "[key]"]
};

// How near a value was to the type that took it (Pydantic's smart mode of unions): converted ("1" for an int), of
// another kind that is no conversion (1 for a float), the very type.
enum class Exactness : std::uint8_t { lax, strict, exact };

struct Model;
struct UnionState; // model/union.ipp
class Context;

// Where values come from a form: an object may stand for a file there.
struct FormAccess {
    const void* data;
    bool (*read)(const Value& value, const Context& context, std::string& bytes); // of a file, where Bytes take one; or null
};

// What a decoding carries along.
class Context {
  public:
    // Errors past this number are not collected.
    static constexpr std::size_t max_errors = 10000;
    // The inputs of all errors together take no more bytes than this; what is over is null.
    static constexpr std::size_t max_input_bytes = 16U << 20U;
    // Nor are errors past this many bytes of messages and places: a small text may nest deeply and be wrong often.
    static constexpr std::size_t max_text_bytes = 8U << 20U;

    // Whether no more errors are collected. There is at least one then.
    [[nodiscard]] bool full() const {
        return errors.size() >= max_errors || (text_bytes_ > max_text_bytes && !errors.empty());
    }

    // write_input writes the value that an error is about: of what was parsed as JSON, write_value; a context that sees
    // bare strings only (path, query, headers) does with less.
    using WriteInput = void (*)(const Value& value, std::string& out);
    explicit Context(ErrorList& list, WriteInput write = &write_value) : errors(list), write_input_(write) {}
    ErrorList& errors;
    const Loc* loc = nullptr;
    bool strict = false;
    bool strip_whitespace = false; // of every string
    const Model* text_model = nullptr; // whose check_text every string goes through
    BytesMode bytes{}; // as the model says
    Exactness exactness = Exactness::exact; // of what was decoded so far
    void lower(Exactness to) {
        if (to < exactness) exactness = to;
    }
    // The fields of models that the input had, all together (the other measure of smart mode); negative: no model.
    std::int64_t fields_set = -1;
    void add_fields_set(std::int64_t count) { fields_set = fields_set < 0 ? count : fields_set + count; }
    bool quiet = false;     // a branch of a union is tried: whether it takes the value counts, errors are not collected
    bool json_text = false; // inside a Json<T>: Pydantic's rules for JSON, not those for Python's objects
    UnionState* unions = nullptr; // of the outermost union that is being decoded
    const FormAccess* form = nullptr;
    // Another way to write inputs, until it is changed back; gives the one before.
    WriteInput change_writer(WriteInput write) {
        WriteInput before = write_input_;
        write_input_ = write;
        return before;
    }

    // Reports an error at the current place and returns false. ctx is the JSON text of an object, or empty.
    bool fail(std::string_view type, std::string msg, const Value& input, std::string ctx = {});
    // Adds errors that were found at places below the current one.
    bool fail_with(const ErrorList& found);
    bool fail_raw(std::string_view type, std::string msg, std::string input, std::string ctx = {});

  private:
    WriteInput write_input_;
    std::size_t input_bytes_ = 0;
    std::size_t text_bytes_ = 0;
};

// Enters a place for the life of the scope.
class LocScope {
  public:
    LocScope(Context& context, std::string_view name) : context_(context), loc_{context.loc, name} { enter(); }
    LocScope(Context& context, std::size_t index)
        : context_(context), loc_{context.loc, {}, static_cast<std::int64_t>(index)} {
        enter();
    }
    LocScope(Context& context, const Loc& loc) : context_(context), loc_(loc) { enter(); }
    ~LocScope() { context_.loc = loc_.parent; }
    // Goes on to another place beside this one.
    void move_to(std::string_view name) { loc_.name = name; }
    void move_to(std::size_t index) { loc_.index = static_cast<std::int64_t>(index); }
    LocScope(const LocScope&) = delete;
    LocScope& operator=(const LocScope&) = delete;

  private:
    void enter();
    Context& context_;
    Loc loc_;
};

// {"name": value} as JSON text, for a ctx.
std::string ctx_of(std::string_view name, std::string_view json_text);

} // namespace detail

} // namespace fastapi
