#pragma once

// JSON text out: strings, numbers, and a small writer that puts the commas. What is written is compact UTF-8, byte for
// byte as Pydantic's serialiser writes it (wire.md 1).

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/json/json.hpp"

namespace fastapi::detail {

// A quoted string: only quote, backslash and control characters are escaped.
void write_json_string(std::string& out, std::string_view text);
// Copies text to target when all of it is ASCII that needs no escape, and returns whether that is so.
bool copy_plain(char* target, std::string_view text);
// Shortest form that reads back as the same number: 1.0, 0.00001, 1e-7, 1e+20; null for NaN and infinities.
void write_json_double(std::string& out, double value);
void write_json_float(std::string& out, float value);
void write_json_integer(std::string& out, std::int64_t value);
void write_json_unsigned(std::string& out, std::uint64_t value);
// The same into a buffer with room for max_number_size bytes; returns the end.
inline constexpr std::size_t max_number_size = 40;
char* put_json_double(char* p, double value);
char* put_json_float(char* p, float value);
void write_json(std::string& out, const json& value);
// A double as Python prints it in a message: 1 for 1.0, 0.5.
std::string number_for_message(double value);
// The number of a JSON or Python number text, NaN and infinities included. 1e999 is infinite.
double parse_double(std::string_view text);

// The value of a text of ASCII digits; nothing when it is empty, holds anything else, or needs more than 64 bits.
std::optional<std::uint64_t> parse_unsigned(std::string_view digits);
// An integer as text.
std::string integer_text(std::int64_t value);

// The texts one behind the other. Much less code at each place than operator+.
std::string concat(std::initializer_list<std::string_view> parts);

// Objects and arrays with the commas put in. Used where documents are made; the hot path writes without it.
class JsonWriter {
  public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view text);
    JsonWriter& boolean(bool value);
    JsonWriter& integer(std::int64_t value);
    // A piece of JSON text that is already written.
    JsonWriter& raw(std::string_view text);
    // key and string, when the text is not empty.
    JsonWriter& member(std::string_view name, std::string_view text);

    std::string out;

  private:
    void comma();
    bool first_ = true;
};

} // namespace fastapi::detail
