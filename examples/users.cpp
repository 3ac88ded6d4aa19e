// Users with an e-mail address that nobody else has: pages, changes of what was sent, 201, 204, 404 and 409. Its tests are in
// tests/test_sql_examples.cpp.
// make run EXAMPLE=users   then curl -d '{"email": "ann@example.org", "name": "Ann"}' -H 'Content-Type: application/json' http://127.0.0.1:8000/users
#include "fastapi.hpp"
using namespace fastapi;

struct User {
    static constexpr auto table = "users";
    Field<std::optional<int>, PrimaryKey> id;
    Field<EmailStr, Unique> email;
    Field<std::string, MinLength(1), MaxLength(100)> name;
    Field<bool> active = true;
    datetime created_at;
};
struct UserCreate {
    EmailStr email;
    Field<std::string, MinLength(1), MaxLength(100)> name;
};
struct UserUpdate {
    Field<std::optional<EmailStr>> email;
    Field<std::optional<std::string>, MinLength(1), MaxLength(100)> name;
    Field<std::optional<bool>> active;
};
struct UserPublic {
    int id;
    EmailStr email;
    std::string name;
    bool active;
    datetime created_at;
};

Engine& engine() {
    static Engine made{"sqlite:///users.db"};
    return made;
}

Generator<Session&> get_session(Request& request) {
    Session session(engine(), {.writes = request.method != "GET"});
    co_yield session;
    session.commit();
}
using SessionDep = Depends<get_session, FunctionScope>;
using Users = sql::Repository<User, UserCreate, UserUpdate>;

void add_routes(FastAPI& app) {
    app.post("/users", [](UserCreate given, SessionDep session) {
        User user{.id = {}, .email = given.email, .name = *given.name, .active = true, .created_at = utc_now()};
        try {
            session->add(user);
        } catch (const IntegrityError&) { // email is all that can be there already
            throw HTTPException(409, "There is a user with this email already");
        }
        return model_cast<UserPublic>(user);
    }, {.status_code = 201, .name = "create_user"});

    app.get("/users", [](SessionDep session, sql::Paginate page, Query<std::optional<bool>, "active"> active) {
        auto query = select<User>().as<UserPublic>().order_by(col<&User::id>);
        if (*active) query.where(col<&User::active> == **active);
        return sql::paginate(*session, query, *page);
    }, {.name = "read_users"});

    app.get("/users/{user_id}", [](int user_id, SessionDep session) { return model_cast<UserPublic>(Users(*session).get(user_id)); }, {.name = "read_user"});

    app.patch("/users/{user_id}", [](int user_id, UserUpdate changes, SessionDep session) {
        return model_cast<UserPublic>(Users(*session).update(user_id, changes));
    }, {.name = "update_user"});

    app.delete_("/users/{user_id}", [](int user_id, SessionDep session) { Users(*session).remove(user_id); }, {.status_code = 204, .name = "delete_user"});
}

#if !defined(EXAMPLE_WITHOUT_MAIN)
int main(int argc, char** argv) {
    FastAPI app{{.title = "Users"}};
    app.lifespan([](FastAPI&) -> Lifespan {
        create_all<User>(engine());
        co_yield {};
    });
    add_routes(app);
    return app.run(argc, argv);
}
#endif
