#pragma once

// APIRouter: routes for an application, or for another router, to include. Each of its routes gets the prefix, tags and
// dependencies of the router.
//
//   APIRouter users{{.prefix = "/users", .tags = {"users"}, .dependencies = {depends<verify_token>}}};
//   users.get<read_users>("");
//   users.get("/{user_id}", [](Path<int, "user_id"> user_id) { … });
//   app.include_router(users, {.prefix = "/api/v1"});

#include "fastapi/app/registration.hpp"

namespace fastapi {

class APIRouter : public detail::Registration<detail::RoutePathRule::behind_prefix> {
  public:
    // Throws std::logic_error for a prefix that does not start with a slash or ends with one.
    explicit APIRouter(RouterOptions options = {});
    // Another name for the same router: what is registered on one is on the other. A function can make and return a router.
    APIRouter(const APIRouter& same);
    // What an application has included stays in it.
    ~APIRouter();

    [[nodiscard]] const RouterOptions& settings() const;

  private:
    friend class detail::Registrar;
    friend class detail::CallbackList;
};

// The webhooks of an application: see FastAPI::webhooks().
class Webhooks : public detail::Registration<detail::RoutePathRule::any_text> {
  private:
    friend class FastAPI;
    friend struct detail::RouterCore;
    explicit Webhooks(AddRoute add) : Registration(add) {}
};

} // namespace fastapi
