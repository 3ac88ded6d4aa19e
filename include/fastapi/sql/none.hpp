#pragma once

// With FASTAPI_NO_SQLITE nothing of the room sql/ is compiled. What a program that needs it is told.

#include <string_view>

#include "fastapi/model/types.hpp"

namespace fastapi {

class Engine {
  public:
    template <class Url, class... Options>
    explicit Engine(const Url&, const Options&...) {
        static_assert(detail::always_false<Url>, "fastapi: Engine, Session and the rest of SQL are not there: FASTAPI_NO_SQLITE is defined");
    }
};

} // namespace fastapi
