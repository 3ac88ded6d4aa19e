#pragma once

// A session for each request: a dependency that commits when the handler has returned, and undoes everything when it throws.
//   Engine engine{"sqlite:///heroes.db"};
//   app.post("/heroes", [](Hero hero, SqlSession<engine> session) { session->add(hero); return hero; });

#include "fastapi/async/generator.hpp"
#include "fastapi/routing/depends.hpp"
#include "fastapi/sql/session.hpp"

namespace fastapi {

// The session that SqlSession hands over. Where the request is no GET, HEAD or OPTIONS, its transaction begins as one that writes.
template <Engine& Database>
Generator<Session&> session_of(Request& request) {
    Session session(Database, {.writes = request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS"});
    co_yield session;
    session.commit();
}

// It commits before the answer is sent, so that a commit that fails is the answer. Tests replace it:
// app.dependency_overrides.set<session_of<engine>>(…).
template <Engine& Database>
using SqlSession = Depends<session_of<Database>, FunctionScope>;

} // namespace fastapi
