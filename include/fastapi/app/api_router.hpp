#pragma once

// APIRouter: routes for an application, or for another router, to include. Each of its routes gets the prefix, tags and
// dependencies of the router.
//
//   APIRouter users{{.prefix = "/users", .tags = {"users"}, .dependencies = {depends<verify_token>}}};
//   users.get<read_users>("");
//   users.get("/{user_id}", [](Path<int, "user_id"> user_id) { … });
//   app.include_router(users, {.prefix = "/api/v1"});

#include "fastapi/app/lifespan.hpp"
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

    // What an application that includes the router does before the first request and behind the last one, inside of what it does itself
    // (FastAPI::lifespan): once for each inclusion. The option .lifespan is the same.
    template <class F>
    void lifespan(F&& function) {
        add_life<0>(detail::make_life_step(std::forward<F>(function)));
    }
    template <class F>
    void on_startup(F&& function) {
        add_life<0>(detail::make_event_step<true>(std::forward<F>(function)));
    }
    template <class F>
    void on_shutdown(F&& function) {
        add_life<0>(detail::make_event_step<false>(std::forward<F>(function)));
    }

  private:
    friend class detail::LifespanOption<APIRouter>;
    template <int = 0> // a template, so that programs that do without do not compile it
    void add_life(const detail::Shared<detail::LifeStep>& step);
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
