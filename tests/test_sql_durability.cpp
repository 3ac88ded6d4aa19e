// SQL under contention and sudden death: sums stay exact while threads and processes write, and what was committed is there after SIGKILL.
// FASTAPI_SQL_SECONDS and FASTAPI_SQL_KILLS say how long and how often (`make test-sql-long`: 60 and 200).
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "keep_alive_client.hpp"
#include "sanitizers.hpp"
#include "served.hpp"

using namespace fastapi;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_durability {

struct Account {
    static constexpr auto table = "accounts";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::int64_t, Ge(0)> balance;
};
struct Counter {
    static constexpr auto table = "counters";
    Field<std::optional<int>, PrimaryKey> id;
    std::int64_t value = 0;
};
struct Transfer {
    static constexpr auto table = "transfers";
    Field<std::optional<std::int64_t>, PrimaryKey> id;
    Field<int, ForeignKey("accounts.id")> source;
    Field<int, ForeignKey("accounts.id")> target;
    std::int64_t amount = 0;
};
// What a process that is killed writes: batches of entries, and a running sum for each of its writers.
struct Batch {
    static constexpr auto table = "batches";
    Field<std::optional<std::int64_t>, PrimaryKey> id;
    Field<int, Index> writer;
    Field<std::int64_t, Index> number; // 1, 2, 3 … of its writer
};
struct Entry {
    static constexpr auto table = "entries";
    Field<std::optional<std::int64_t>, PrimaryKey> id;
    Field<std::int64_t, ForeignKey("batches.id"), Index> batch;
    std::int64_t value = 0;
};
struct Total {
    static constexpr auto table = "totals";
    Field<int, PrimaryKey> writer;
    std::int64_t sum = 0;
    std::int64_t last = 0; // batch
};

long setting(const char* name, long normal, long sanitized) {
    const char* text = std::getenv(name);
    return text ? std::atol(text) : TESTS_SANITIZED ? sanitized : normal;
}
std::chrono::seconds duration() { return std::chrono::seconds{setting("FASTAPI_SQL_SECONDS", 2, 1)}; }

const std::string path = (std::filesystem::temp_directory_path() / ("fastapi-durable-" + std::to_string(::getpid()) + ".db")).string();
void remove_file() {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((path + end).c_str());
}
struct File {
    File() { remove_file(); }
    ~File() { remove_file(); }
};

// Not opened before they are used, by the processes that use them.
Engine on_disk("sqlite:///" + path);
Engine in_memory("sqlite:///:memory:");

// --- money --------------------------------------------------------------------------------------------------------------

constexpr int accounts = 10;
constexpr int counters = 4;
constexpr std::int64_t start = 1000;

void fill(Engine& engine) {
    create_all<Account, Counter, Transfer>(engine);
    Session session(engine, {.writes = true});
    for (int i = 1; i <= accounts; ++i) session.add(Account{.id = i, .balance = start});
    for (int i = 1; i <= counters; ++i) session.add(Counter{.id = i});
    session.commit();
}

// Throws IntegrityError when the source lacks the money, and has moved a part of it by then.
void move_money(Session& session, int source, int target, std::int64_t amount, unsigned way) {
    if (way % 3 == 0) { // by objects
        auto to = session.get<Account>(target);
        auto from = session.get<Account>(source);
        to->balance = to->balance + amount;
        session.add(*to);
        from->balance = from->balance - amount;
        session.add(*from);
    } else { // by the database
        (void)session.exec(sql::update<Account>().set(col<&Account::balance>, col<&Account::balance> + amount).where(col<&Account::id> == target));
        if (way % 3 == 2) { // a part of it is tried and undone
            auto nested = session.begin_nested();
            (void)session.exec(sql::update<Account>().set(col<&Account::balance>, col<&Account::balance> + 1));
        }
        (void)session.exec(sql::update<Account>().set(col<&Account::balance>, col<&Account::balance> - amount).where(col<&Account::id> == source));
    }
    session.add(Transfer{.source = source, .target = target, .amount = amount});
}
void count_up(Session& session, int counter, unsigned way) {
    if (way % 2) {
        auto found = session.get<Counter>(counter);
        ++found->value;
        session.add(*found);
    } else {
        (void)session.exec(sql::update<Counter>().set(col<&Counter::value>, col<&Counter::value> + 1).where(col<&Counter::id> == counter));
    }
}
// By two queries, between which others write.
std::int64_t total_of(Session& session) {
    auto half = [&](int remainder) {
        std::int64_t sum = 0;
        for (const Account& account : session.exec(select<Account>().where(col<&Account::id> > 0)).all())
            if (*account.id.value() % 2 == remainder) sum += account.balance;
        return sum;
    };
    std::int64_t even = half(0);
    std::this_thread::yield();
    return even + half(1);
}

struct Done {
    std::atomic<std::int64_t> moved{0}, refused{0}, counted{0}, read{0}, wrong{0}, errors{0};
    std::mutex mutex;
    std::string first_error;
    void fail(const std::string& what) {
        ++errors;
        std::lock_guard lock(mutex);
        if (first_error.empty()) first_error = what;
    }
};

// A thread's work, by sessions of its own.
void work(Engine& engine, Done& done, unsigned seed, Clock::time_point end) {
    std::minstd_rand random(seed);
    while (Clock::now() < end) {
        try {
            unsigned what = static_cast<unsigned>(random()) % 10;
            int one = 1 + static_cast<int>(random() % accounts);
            int other = 1 + static_cast<int>((static_cast<unsigned>(one) + random() % (accounts - 1)) % accounts);
            std::int64_t amount = 1 + static_cast<std::int64_t>(random() % 900);
            if (what < 2) {
                Session session(engine);
                ++done.read;
                if (total_of(session) != accounts * start) ++done.wrong;
            } else if (what < 6) {
                Session session(engine, {.writes = true});
                try {
                    move_money(session, one, other, amount, static_cast<unsigned>(random()));
                    session.commit();
                    ++done.moved;
                } catch (const IntegrityError& error) {
                    if (error.constraint() != IntegrityError::Constraint::check) throw;
                    ++done.refused;
                    if (amount % 2) session.rollback(); // or it is left to the session's end
                }
            } else {
                Session session(engine);
                session.begin();
                count_up(session, 1 + static_cast<int>(random() % counters), static_cast<unsigned>(random()));
                session.commit();
                ++done.counted;
            }
        } catch (const std::exception& error) {
            done.fail(error.what());
        }
    }
}
// The same as a client of the server.
void ask(int port, Done& done, unsigned seed, Clock::time_point end) {
    std::minstd_rand random(seed);
    KeepAliveClient client(port);
    while (Clock::now() < end) {
        unsigned what = static_cast<unsigned>(random()) % 10;
        unsigned one = 1 + static_cast<unsigned>(random()) % accounts;
        unsigned other = 1 + (one + static_cast<unsigned>(random()) % (accounts - 1)) % accounts;
        std::string way = std::to_string(random() % 12);
        KeepAliveClient::Answer answer;
        if (what < 2) {
            answer = client.get("/total");
            ++done.read;
            if (answer.status == 200 && answer.body != std::to_string(accounts * start)) ++done.wrong;
        } else if (what < 6) {
            answer = client.post("/transfers?source=" + std::to_string(one) + "&target=" + std::to_string(other) +
                                 "&amount=" + std::to_string(1 + random() % 900) + "&way=" + way);
            if (answer.status == 409) {
                ++done.refused;
                continue;
            }
            if (answer.status == 200) ++done.moved;
        } else {
            answer = client.post("/counters/" + std::to_string(1 + random() % counters) + "?way=" + way);
            if (answer.status == 200) ++done.counted;
        }
        if (answer.status != 200) done.fail(std::to_string(answer.status) + " " + answer.body);
    }
}

// The server has threads of its own that write without it.
template <Engine& Database>
void add_bank(FastAPI& app) {
    using Sql = SqlSession<Database>;
    struct Threads {
        Done done;
        std::vector<std::thread> threads;
    };
    static Threads own;
    app.post("/transfers", [](Query<int, "source"> source, Query<int, "target"> target, Query<std::int64_t, "amount"> amount, Query<unsigned, "way"> way,
                              Sql session) {
        try {
            move_money(*session, *source, *target, *amount, *way);
        } catch (const IntegrityError&) {
            throw HTTPException(409, "There is not so much money");
        }
        return true;
    });
    app.post("/counters/{counter}", [](int counter, Query<unsigned, "way"> way, Sql session) {
        count_up(*session, counter, *way);
        return true;
    });
    app.get("/total", [](Sql session) { return total_of(*session); });
    app.post("/begin", [](Query<int, "milliseconds"> time, Query<int, "threads"> threads) {
        if (&Database == &in_memory) fill(Database);
        for (int i = 0; i < *threads; ++i)
            own.threads.emplace_back([i, end = Clock::now() + milliseconds{*time}] { work(Database, own.done, 77U + static_cast<unsigned>(i), end); });
        return true;
    });
    app.post("/end", []() -> json {
        for (std::thread& thread : own.threads) thread.join();
        own.threads.clear();
        Session session(Database);
        json balances = json::array();
        for (const Account& account : session.exec(select<Account>()).all()) {
            int id = *account.id.value();
            auto in = session.scalar(select(func::sum(col<&Transfer::amount>)).where(col<&Transfer::target> == id)).value_or(0);
            auto out = session.scalar(select(func::sum(col<&Transfer::amount>)).where(col<&Transfer::source> == id)).value_or(0);
            balances.push_back(account.balance == start + in - out);
        }
        return json{{"moved", own.done.moved.load()},
                    {"refused", own.done.refused.load()},
                    {"counted", own.done.counted.load()},
                    {"read", own.done.read.load()},
                    {"wrong", own.done.wrong.load()},
                    {"errors", own.done.errors.load()},
                    {"error", own.done.first_error},
                    {"total", total_of(session)},
                    {"transfers", session.count(select<Transfer>())},
                    {"counters", session.scalar(select(func::sum(col<&Counter::value>))).value_or(0)},
                    {"balances", balances},
                    {"integrity", session.exec<std::string>(sql::text("PRAGMA integrity_check")).one()}};
    });
}

// Threads: of clients, in the server, in this process beside both.
void check_bank(void (*add_routes)(FastAPI&), int clients, int inside, int beside) {
    Served server(add_routes, {"--no-access-log", "--threads", "8"});
    Done asked, own;
    auto time = duration();
    REQUIRE(KeepAliveClient(server.port).post("/begin?milliseconds=" + std::to_string(milliseconds{time}.count()) + "&threads=" + std::to_string(inside)).status == 200);
    auto end = Clock::now() + time;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) threads.emplace_back([&, i] { ask(server.port, asked, 1U + static_cast<unsigned>(i), end); });
    for (int i = 0; i < beside; ++i) threads.emplace_back([&, i] { work(on_disk, own, 1000U + static_cast<unsigned>(i), end); });
    for (std::thread& thread : threads) thread.join();
    auto answer = KeepAliveClient(server.port).post("/end");
    REQUIRE(answer.status == 200);
    json found = json::parse(answer.body);
    CHECK_MESSAGE(asked.errors == 0, asked.first_error);
    CHECK_MESSAGE(own.errors == 0, own.first_error);
    CHECK_MESSAGE(found["errors"] == 0, found["error"].get<std::string>());
    CHECK(asked.wrong + own.wrong == 0);
    CHECK(found["wrong"] == 0);
    CHECK(found["total"] == accounts * start);
    CHECK(found["counters"] == asked.counted + own.counted + found["counted"].get<std::int64_t>());
    CHECK(found["transfers"] == asked.moved + own.moved + found["moved"].get<std::int64_t>());
    CHECK(found["balances"].dump().find("false") == std::string::npos);
    CHECK(found["integrity"] == "ok");
    CHECK(asked.moved > 0);
    CHECK(asked.refused > 0);
    CHECK(asked.read > 0);
    if (std::getenv("FASTAPI_SQL_SECONDS"))
        std::printf("%s: %lld transfers, %lld refused, %lld counted, %lld totals read; by clients %lld, in the server %lld, beside it %lld\n",
                    beside ? "wal" : "memory", static_cast<long long>(found["transfers"].get<std::int64_t>()),
                    static_cast<long long>(asked.refused + own.refused + found["refused"].get<std::int64_t>()),
                    static_cast<long long>(found["counters"].get<std::int64_t>()),
                    static_cast<long long>(asked.read + own.read + found["read"].get<std::int64_t>()),
                    static_cast<long long>(asked.moved + asked.refused + asked.counted + asked.read),
                    static_cast<long long>(found["moved"].get<std::int64_t>() + found["refused"].get<std::int64_t>() + found["counted"].get<std::int64_t>() +
                                           found["read"].get<std::int64_t>()),
                    static_cast<long long>(own.moved + own.refused + own.counted + own.read));
}

TEST_CASE("sql: sums are exact while threads of two processes move money in a file") {
    File file;
    fill(on_disk);
    check_bank(add_bank<on_disk>, 4, 4, 2);
}
TEST_CASE("sql: sums are exact while threads move money in memory") { check_bank(add_bank<in_memory>, 4, 4, 0); }

// Before a file is there: all of them switch it to WAL and make the tables.
TEST_CASE("sql: processes that open a new file at once") {
    for (int round = 0; round < (TESTS_SANITIZED ? 3 : 10); ++round) {
        File file;
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        std::vector<pid_t> children;
        for (int i = 0; i < 6; ++i) {
            pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                ::alarm(60);
                ::close(ready[1]);
                char byte;
                [[maybe_unused]] auto n = ::read(ready[0], &byte, 1); // until the parent closes it
                try {
                    Engine engine("sqlite:///" + path + "?timeout_ms=20000");
                    create_all<Account, Counter, Transfer>(engine);
                    Session session(engine);
                    session.add(Counter{.value = 1});
                    session.commit();
                    ::_exit(0);
                } catch (const std::exception& error) {
                    std::fprintf(stderr, "%s\n", error.what());
                    ::_exit(1);
                }
            }
            children.push_back(child);
        }
        ::close(ready[0]);
        ::close(ready[1]);
        for (pid_t child : children) {
            int status = -1;
            ::waitpid(child, &status, 0);
            CHECK(status == 0);
        }
        Engine engine("sqlite:///" + path);
        Session session(engine);
        CHECK(session.count(select<Counter>()) == 6);
    }
}

TEST_CASE("sql: every connection of the pool is as the documentation says") {
    File file;
    Engine engine("sqlite:///" + path);
    create_all<Account>(engine);
    std::vector<std::unique_ptr<Session>> sessions;
    for (int i = 0; i < 16; ++i) {
        Session& session = *sessions.emplace_back(std::make_unique<Session>(engine));
        (void)session.count(select<Account>());
    }
    for (auto& session : sessions) {
        CHECK(session->exec<int>(sql::text("PRAGMA synchronous")).one() == 2); // FULL
        CHECK(session->exec<std::string>(sql::text("SELECT journal_mode FROM pragma_journal_mode")).one() == "wal");
        CHECK(session->exec<int>(sql::text("PRAGMA foreign_keys")).one() == 1);
    }
}

// --- sudden death -------------------------------------------------------------------------------------------------------

// What a batch holds follows from its writer and number.
int entries_of(int writer, std::int64_t number) { return 1 + static_cast<int>((static_cast<std::uint64_t>(number) * 2654435761U + static_cast<unsigned>(writer)) % 7); }
std::int64_t value_of(int writer, std::int64_t number, int entry) { return number * 100 + writer * 10 + entry; }
std::int64_t sum_of(int writer, std::int64_t number) {
    std::int64_t sum = 0;
    for (int i = 0; i < entries_of(writer, number); ++i) sum += value_of(writer, number, i);
    return sum;
}
constexpr std::int64_t kept = 5; // batches of a writer; those before are deleted

// One transaction: several rows, an update, deletes.
std::int64_t write_batch(Session& session, int writer) {
    auto total = session.get<Total>(writer);
    if (!total) total = Total{.writer = writer};
    std::int64_t number = total->last + 1;
    Batch batch{.writer = writer, .number = number};
    session.add(batch);
    for (int i = 0; i < entries_of(writer, number); ++i) session.add(Entry{.batch = **batch.id, .value = value_of(writer, number, i)});
    total->last = number;
    total->sum += sum_of(writer, number);
    session.merge(*total);
    auto old = session.exec(select<Batch>().where(col<&Batch::writer> == writer, col<&Batch::number> <= number - kept)).all();
    for (const Batch& gone : old) {
        (void)session.exec(sql::delete_<Entry>().where(col<&Entry::batch> == **gone.id));
        session.delete_(gone);
    }
    return number;
}
// That the database has the batches of a writer wholly, up to one that is not before `acknowledged`. Returns the last one's number.
std::int64_t check_writer(Session& session, int writer, std::int64_t acknowledged) {
    auto total = session.get<Total>(writer);
    std::int64_t last = total ? total->last : 0;
    CHECK(last >= acknowledged);
    std::int64_t sum = 0;
    for (std::int64_t number = 1; number <= last; ++number) sum += sum_of(writer, number);
    CHECK((total ? total->sum : 0) == sum);
    std::int64_t expected = std::max<std::int64_t>(1, last - kept + 1);
    for (const Batch& batch : session.exec(select<Batch>().where(col<&Batch::writer> == writer).order_by(col<&Batch::number>)).all()) {
        CHECK(batch.number == expected++);
        auto values = session.exec(select(col<&Entry::value>).where(col<&Entry::batch> == **batch.id).order_by(col<&Entry::value>)).all();
        std::vector<std::int64_t> wanted;
        for (int i = 0; i < entries_of(writer, batch.number); ++i) wanted.push_back(value_of(writer, batch.number, i));
        CHECK(values == wanted);
    }
    CHECK(expected == last + 1);
    return last;
}
void check_file(Session& session) {
    CHECK(session.exec<std::string>(sql::text("PRAGMA integrity_check")).one() == "ok");
    CHECK(session.exec<std::string>(sql::text("PRAGMA foreign_key_check")).all().empty());
    auto orphans = session.exec<std::int64_t>(sql::text("SELECT count(*) FROM entries WHERE batch NOT IN (SELECT id FROM batches)")).one();
    CHECK(orphans == 0);
}

struct Acknowledged {
    int writer;
    std::int64_t number;
};
constexpr int writers = 3;

[[noreturn]] void write_until_killed(int pipe) {
    ::alarm(60);
    Engine engine("sqlite:///" + path);
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&engine, writer, pipe] {
            try {
                for (;;) {
                    Session session(engine, {.writes = true});
                    Acknowledged done{writer, write_batch(session, writer)};
                    session.commit();
                    if (::write(pipe, &done, sizeof done) != sizeof done) ::_exit(3);
                }
            } catch (const std::exception& error) {
                std::fprintf(stderr, "%s\n", error.what());
                ::_exit(4);
            }
        });
    for (std::thread& thread : threads) thread.join();
    ::_exit(5);
}

TEST_CASE("sql: what was committed is there after SIGKILL") {
    File file;
    {
        Engine engine("sqlite:///" + path);
        create_all<Batch, Entry, Total>(engine);
    }
    std::minstd_rand random(static_cast<unsigned>(::getpid()));
    long kills = setting("FASTAPI_SQL_KILLS", 10, 4);
    std::int64_t last[writers]{}, count = 0, without = 0;
    for (long round = 0; round < kills; ++round) {
        int pipe[2];
        REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
        pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipe[0]);
            write_until_killed(pipe[1]);
        }
        ::close(pipe[1]);
        Acknowledged one{};
        std::vector<Acknowledged> all;
        bool alive = ::read(pipe[0], &one, sizeof one) == sizeof one;
        if (alive) all.push_back(one);
        // The pipe is emptied meanwhile: it is full after some thousands.
        auto end = Clock::now() + std::chrono::microseconds{random() % 50000};
        ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
        while (Clock::now() < end)
            if (::read(pipe[0], &one, sizeof one) == sizeof one) {
                all.push_back(one);
            } else {
                ::usleep(100);
            }
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK((alive && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
        while (::read(pipe[0], &one, sizeof one) == sizeof one) all.push_back(one);
        ::close(pipe[0]);

        std::int64_t acknowledged[writers]{last[0], last[1], last[2]};
        for (const Acknowledged& each : all) {
            CHECK(each.number == acknowledged[each.writer] + 1);
            acknowledged[each.writer] = each.number;
        }
        count += static_cast<std::int64_t>(all.size());
        Engine engine("sqlite:///" + path);
        Session session(engine);
        check_file(session);
        for (int writer = 0; writer < writers; ++writer) {
            last[writer] = check_writer(session, writer, acknowledged[writer]);
            CHECK(last[writer] <= acknowledged[writer] + 1); // one may have died between commit() and its word
            without += last[writer] - acknowledged[writer];
        }
    }
    if (std::getenv("FASTAPI_SQL_KILLS"))
        std::printf("%ld kills, %lld acknowledged commits, %lld that were committed and not acknowledged\n", kills, static_cast<long long>(count),
                    static_cast<long long>(without));
}

void add_batches(FastAPI& app) {
    app.post("/batches/{writer}", [](int writer, SqlSession<on_disk> session) { return write_batch(*session, writer); }, {.status_code = 201});
}

TEST_CASE("sql: what a client was told is there after the server's SIGKILL") {
    File file;
    {
        Engine engine("sqlite:///" + path);
        create_all<Batch, Entry, Total>(engine);
    }
    std::minstd_rand random(static_cast<unsigned>(::getpid()));
    long kills = std::max(1L, setting("FASTAPI_SQL_KILLS", 20, 10) / 10);
    std::int64_t acknowledged[writers]{}, count = 0;
    for (long round = 0; round < kills; ++round) {
        std::string wrong[writers];
        {
            Served server(add_batches, {"--no-access-log", "--threads", "4"});
            std::atomic<int> told = 0;
            std::vector<std::thread> clients;
            for (int writer = 0; writer < writers; ++writer)
                clients.emplace_back([&, writer] {
                    KeepAliveClient client(server.port);
                    for (;;) {
                        auto answer = client.post("/batches/" + std::to_string(writer));
                        if (answer.status == 0) return;
                        std::int64_t number = std::atoll(answer.body.c_str());
                        if (answer.status != 201 || number <= acknowledged[writer]) wrong[writer] = std::to_string(answer.status) + " " + answer.body;
                        acknowledged[writer] = number;
                        ++told;
                    }
                });
            while (told < 10) ::usleep(100);
            ::usleep(static_cast<useconds_t>(random() % 50000));
            ::kill(server.pid(), SIGKILL);
            for (std::thread& client : clients) client.join();
            count += told;
        }
        Engine engine("sqlite:///" + path);
        Session session(engine);
        check_file(session);
        for (int writer = 0; writer < writers; ++writer) {
            CHECK(wrong[writer] == "");
            acknowledged[writer] = check_writer(session, writer, acknowledged[writer]);
        }
    }
    if (std::getenv("FASTAPI_SQL_KILLS")) std::printf("%ld kills of a server, %lld answers of 201\n", kills, static_cast<long long>(count));
}

} // namespace sql_durability
