#pragma once

// Values in Python's words, as Pydantic's messages have them: 'red', True, None, 1e-05.

#include <string>
#include <string_view>

#include "fastapi/json/document.hpp"
#include "fastapi/model/info.hpp"

namespace fastapi::detail {

// repr() of a string: in quotes, with what cannot be printed escaped.
void write_python_string(std::string& out, std::string_view text);
// repr() of a float.
void write_python_float(std::string& out, double value);
// repr() of a constant.
void write_python_constant(std::string& out, const Constant& constant);
// repr() of what json.loads() makes of a value.
void write_python_value(std::string& out, const Value& value);

} // namespace fastapi::detail
