#pragma once

// Alias generators, by Pydantic's names and rules: static constexpr ModelConfig model_config{.alias_generator = to_camel};

#include <string>
#include <string_view>

namespace fastapi {

std::string to_camel(std::string_view name);  // item_size: itemSize
std::string to_pascal(std::string_view name); // item_size: ItemSize
std::string to_snake(std::string_view name);  // itemSize: item_size

} // namespace fastapi
