#pragma once

// What the annotations of a field come to: one constant table a field, read by decode, validate and the schema.
// The annotations themselves are in model/annotations.hpp.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace fastapi::detail {

// What a value of another type is as a Number: static constexpr Number make(const T&). Specialised for dates and durations.
template <class T>
struct NumberOf;

// A number as a template argument. Doubles are kept as bits, because clang 14 has no floating-point template arguments.
struct Number {
    // large: beyond int64, in bits. A date: days in integer; a datetime, a time: microseconds in integer, the offset in
    // bits; a duration: seconds in integer, microseconds in bits (types/iso8601.hpp).
    enum class Kind : std::uint8_t { none, integer, large, floating, text, date, datetime, time, duration };
    Kind kind = Kind::none;
    std::int64_t integer = 0;
    std::uint64_t bits = 0;
    const char* text = nullptr; // a bound in the words of a type of its own; may stand beside what the type made of it

    constexpr Number() = default;
    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr Number(T value) { // NOLINT: implicit on purpose
        if constexpr (std::is_floating_point_v<T>) {
            kind = Kind::floating;
            bits = std::bit_cast<std::uint64_t>(static_cast<double>(value));
        } else {
            kind = Kind::integer;
            integer = static_cast<std::int64_t>(value);
            if (std::is_unsigned_v<T> && integer < 0) {
                kind = Kind::large;
                bits = static_cast<std::uint64_t>(value);
            }
        }
    }
    template <class T>
        requires requires(const T& value) { NumberOf<T>::make(value); }
    constexpr Number(const T& value) : Number(NumberOf<T>::make(value)) {} // NOLINT: implicit on purpose
    constexpr explicit Number(const char* words) : kind(Kind::text), text(words) {}
    [[nodiscard]] constexpr explicit operator bool() const { return kind != Kind::none; }
    [[nodiscard]] constexpr double as_double() const {
        return kind == Kind::floating ? std::bit_cast<double>(bits)
               : kind == Kind::large  ? static_cast<double>(bits)
                                      : static_cast<double>(integer);
    }
};

// A constant that stands in an annotation: an example, a default.
struct Constant {
    enum class Kind : std::uint8_t { null, boolean, number, string, json };
    Kind kind = Kind::null;
    bool boolean = false;
    Number number{};
    std::string_view text{}; // a string, or a piece of JSON
};
void write_constant(std::string& out, const Constant& constant);

struct ConstantList {
    const Constant* items = nullptr;
    std::size_t size = 0;
};

// A function of the user's before, after, around or instead of the validation of a type: model/validators.hpp.
struct ValidatorCall;
struct Validator {
    enum class Mode : std::uint8_t { before, after, wrap, plain } mode = Mode::after;
    void (*run)(ValidatorCall& call) = nullptr;
};
inline constexpr std::size_t max_validators = 8;

struct Slot;
struct Serializer;
// Throws std::logic_error when the branches of a union do not have its discriminator.
void check_discriminator(const Slot& slot);

class Context;
class Value;
struct FieldInfo;

// The checks behind annotations. An annotation brings the pointer, so that a program holds the code of what it uses only.
struct NumberChecks {
    bool (*integer)(const FieldInfo& info, std::uint64_t magnitude, bool negative, const Value& value, Context& context);
    bool (*beyond)(const FieldInfo& info, bool negative, const Value& value, Context& context); // more than 64 bits
    bool (*floating)(const FieldInfo& info, double number, const Value& value, Context& context);
};
bool check_integer(const FieldInfo& info, std::uint64_t magnitude, bool negative, const Value& value, Context& context);
bool check_beyond(const FieldInfo& info, bool negative, const Value& value, Context& context);
bool check_floating(const FieldInfo& info, double number, const Value& value, Context& context);
inline constexpr NumberChecks number_checks{&check_integer, &check_beyond, &check_floating};
// Changes a string as annotations say, and checks its length and pattern.
using TextCheck = bool (*)(const FieldInfo& info, std::string& text, const Value& value, Context& context);
bool check_text(const FieldInfo& info, std::string& text, const Value& value, Context& context);
// The same, with what the configuration of context.text_model says.
bool check_model_text(const FieldInfo& info, std::string& text, const Value& value, Context& context);

// One step of an AliasPath: a key of an object, or an item of a list.
struct AliasStep {
    std::string_view name;  // null: an item
    std::int64_t index = 0; // of an item; negative: from the end
    bool first = false;     // begins a path
};
// Where a member is looked for in an object, in this order: AliasChoices, AliasPath. The paths stand one behind another.
struct AliasPaths {
    const AliasStep* steps = nullptr;
    std::size_t size = 0;
    bool choices = false; // AliasChoices: the schema has the name of the first path of one step
    // The first path that leads to a value; when none does, the first one, if there is no value yet.
    const AliasStep* (*find)(const AliasPaths& paths, const Value& object, Value& found) = nullptr;
    // Decodes what was found, or says that it is missing. The first step of the path is the current place.
    bool (*decode)(const AliasPaths& paths, const AliasStep* path, const Slot& slot, const Value& object, const Value& found,
                   void* target, Context& context) = nullptr;
};
const AliasStep* find_alias_path(const AliasPaths& paths, const Value& object, Value& found);
bool decode_alias_path(const AliasPaths& paths, const AliasStep* path, const Slot& slot, const Value& object, const Value& found,
                       void* target, Context& context);
// The default in target goes through the validation of its field (ValidateDefault).
bool decode_default(const Slot& slot, void* target, Context& context);

// What a field says of its column: sql/annotations.hpp.
struct ColumnInfo {
    bool primary_key = false;
    bool index = false;
    bool unique = false;
    unsigned char on_delete = 0;       // an OnDelete
    std::string_view references{};     // "teams.id"
    std::string_view server_default{}; // an expression
};

struct FieldInfo {
    const NumberChecks* number = nullptr; // when there is a bound
    TextCheck text = nullptr;             // when there is a length, a pattern, a change of case
    Number gt, ge, lt, le, multiple_of;
    std::int64_t min_length = -1;
    std::int64_t max_length = -1;
    std::int64_t max_digits = -1; // of a Decimal
    std::int64_t decimal_places = -1;
    std::string_view pattern;
    bool (*matches)(std::string_view text) = nullptr; // of the pattern; the first call compiles it
    std::string_view alias;
    std::string_view validation_alias;
    const AliasPaths* alias_paths = nullptr; // instead of validation_alias
    std::string_view serialization_alias;
    std::string_view title;
    std::string_view description;
    std::string_view openapi_examples; // of a parameter or body, for the OpenAPI document: a JSON object
    ConstantList examples;
    Validator validators[max_validators]{};
    std::uint8_t validator_count = 0;
    bool (*validate)(const Slot& slot, const Value& value, void* target, Context& context) = nullptr; // when there are any
    bool (*decode_default)(const Slot& slot, void* target, Context& context) = nullptr; // ValidateDefault
    bool (*exclude_if)(const void* value) = nullptr;
    const Serializer* serializer = nullptr;
    void (*check)(const Slot& slot) = nullptr; // at registration; throws std::logic_error
    bool allow_inf_nan = true;
    bool asks_inf_nan = false; // AllowInfNan(true) is written: a Decimal takes them only then
    bool strict = false;
    bool required = false;
    bool deprecated = false;
    bool exclude = false;
    bool strip_whitespace = false;
    bool to_lower = false;
    bool to_upper = false;
    bool in_schema = true;
    bool embed = false;
    bool convert_underscores = true;
    bool has_default = false;
    bool any_input = false; // a PlainValidator takes whatever comes
    bool frozen = false;
    bool read_only = false;         // of a computed field
    bool left_to_right = false;     // of a union: the first branch that takes the value
    std::string_view format;        // for the schema only
    std::string_view json_schema;   // instead of that of the type: a JSON object
    std::string_view media_type;    // of a body, for the OpenAPI document only
    std::string_view discriminator; // of a union: the member that says which branch it is
    ColumnInfo column;
};

inline constexpr FieldInfo no_info{};

} // namespace fastapi::detail
