#pragma once

// --migrate, and the look at the databases before a server starts.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "fastapi/app/fastapi.hpp"
#include "fastapi/sql/migrations.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

struct MigrationsOfRun : MigrationsAtStart {
    struct Database {
        Engine* engine;
        std::vector<sql::Migration> migrations;
    };
    List<Database> databases;

    MigrationsOfRun() {
        dispose = [](MigrationsAtStart* self) { delete static_cast<MigrationsOfRun*>(self); };
        run = [](MigrationsAtStart& self, const char* program, const std::optional<std::string>& how) {
            return static_cast<MigrationsOfRun&>(self).go(program, how);
        };
    }

    [[gnu::cold]] int go(const char* program, const std::optional<std::string>& how) const {
        sql::MigrateOptions options;
        if (how && !how->empty()) {
            auto number = parse_unsigned(*how);
            options.dry_run = *how == "dry-run";
            if (!options.dry_run && (!number || *number > 1000000000 || databases.size() > 1)) {
                std::fprintf(stderr, "%s: %s\n", program, databases.size() > 1 ? "--migrate takes no number: there are several databases"
                                                                               : "--migrate takes the number of a migration, dry-run, or nothing");
                return 2;
            }
            if (number) options.target = static_cast<std::int64_t>(*number);
        }
        for (const Database& database : databases) {
            try {
                if (how) {
                    for (const std::string& script : sql::migrate(*database.engine, database.migrations, options)) std::printf("%s\n", script.c_str());
                } else {
                    sql::check_migrations(*database.engine, database.migrations);
                }
            } catch (const DatabaseError& error) {
                std::fprintf(stderr, "%s: %s: %s\n", program, database.engine->url().c_str(), error.what());
                return 1;
            }
        }
        std::fflush(stdout);
        return how && !how->empty() ? 0 : -1;
    }
};

} // namespace detail

FASTAPI_COLD void FastAPI::migrations(Engine& engine, std::vector<sql::Migration> steps) {
    if (!migrations_) migrations_ = detail::Disposed<detail::MigrationsAtStart>(new detail::MigrationsOfRun);
    static_cast<detail::MigrationsOfRun*>(migrations_.get())->databases.push_back({&engine, std::move(steps)});
}

} // namespace fastapi
