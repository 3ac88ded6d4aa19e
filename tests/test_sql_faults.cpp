// SQL when the disk is full, the file read-only, corrupt, locked, gone or no file: a clear error in the log, nothing of it for the client,
// a server that lives on, and whole transactions only.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
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
using Reason = OperationalError::Reason;

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" // what the database gives is left out

namespace sql_faults {

struct Note {
    static constexpr auto table = "secret_notes";
    Field<std::optional<int>, PrimaryKey> id;
    Field<int, Index> batch;
    int batch_size = 0; // rows of the batch
    std::string text;
};

namespace fs = std::filesystem;
const fs::path directory = fs::temp_directory_path() / ("fastapi-faults-" + std::to_string(::getpid()));
const std::string path = (directory / "private.db").string();
const std::string log_path = (directory / "log").string();
constexpr const char* secret = "what nobody else may read";

bool nothing() { return true; }
// Of the server's process, before it opens the database.
struct Start {
    std::string url;
    bool (*prepare)() = nothing;
    bool prepared = false;
};
Start start;
Engine* engine = nullptr;

Generator<Session&> get_session(Request& request) {
    Session session(*engine, {.writes = request.method != "GET"});
    co_yield session;
    session.commit();
}
using Sql = Depends<get_session, FunctionScope>;

void add_notes(Session& session, int batch, int count, int size) {
    std::string text = secret;
    text.resize(static_cast<std::size_t>(size), 'x');
    for (int i = 0; i < count; ++i) session.add(Note{.batch = batch, .batch_size = count, .text = text});
}

void add_routes(FastAPI& app) {
    int log = ::open(log_path.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0666);
    ::dup2(log, 2);
    ::close(log);
    start.prepared = start.prepare();
    engine = new Engine(start.url);
    app.get("/prepared", [] { return start.prepared; });
    app.post("/tables", [] {
        create_all<Note>(*engine);
        return true;
    });
    app.post("/notes/{batch}", [](int batch, Query<int, "count", Default(1)> count, Query<int, "size", Default(100)> size, Sql session) {
        add_notes(*session, batch, *count, *size);
        return true;
    }, {.status_code = 201});
    // The same, whose author catches the error; and one who goes on then, as if nothing had happened.
    app.post("/reason/{batch}", [](int batch, Query<int, "count", Default(1)> count, Query<int, "size", Default(100)> size) {
        try {
            Session session(*engine, {.writes = true});
            add_notes(session, batch, *count, *size);
            session.commit();
            return -1;
        } catch (const OperationalError& error) {
            return static_cast<int>(error.reason());
        }
    });
    app.post("/upgrade/{batch}", [](int batch) { // reads first
        Session session(*engine);
        auto count = session.count(select<Note>());
        add_notes(session, batch, 1, 100);
        session.commit();
        return count;
    });
    app.get("/reason", [] {
        try {
            Session session(*engine);
            (void)session.exec(select<Note>()).all();
            return -1;
        } catch (const OperationalError& error) {
            return static_cast<int>(error.reason());
        }
    });
    app.post("/careless/{batch}", [](int batch, Query<int, "count"> count, Query<int, "size"> size, Sql session) {
        try {
            add_notes(*session, batch, *count, *size);
        } catch (const OperationalError&) {
        }
        session->add(Note{.batch = batch, .batch_size = *count + 1, .text = "and another one"});
        return true;
    }, {.status_code = 201});
    app.get("/notes", [](Sql session) {
        for (const Note& note : session->exec(select<Note>()).all())
            if (!note.text.starts_with(secret)) throw std::runtime_error("a note is not what it was");
        return session->count(select<Note>());
    });
    app.get("/check", [](Sql session) -> json {
        auto partial = sql::text("SELECT count(*) FROM (SELECT batch FROM secret_notes GROUP BY batch HAVING count(*) != max(batch_size))");
        return json{{"integrity", session->exec<std::string>(sql::text("PRAGMA integrity_check")).first()},
                    {"partial", session->exec<int>(partial).one()}};
    });
    app.post("/pages/{count}", [](int count, Sql session) {
        (void)session->exec<int>(sql::text("PRAGMA max_page_count = " + std::to_string(count))).all();
        return true;
    });
    app.post("/space", [] {
        rlimit all{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &all);
        ::unlink((directory / "ballast").c_str());
        return true;
    });
}

std::string log_text() {
    std::stringstream text;
    text << std::ifstream(log_path, std::ios::binary).rdbuf();
    return text.str();
}

struct Scene {
    explicit Scene(const std::string& options = "", bool (*prepare)() = nothing, bool make = true) {
        fs::remove_all(directory);
        fs::create_directories(directory);
        start.url = "sqlite:///" + path + options;
        start.prepare = prepare;
        if (make) {
            Engine mine("sqlite:///" + path);
            create_all<Note>(mine);
        }
    }
    ~Scene() {
        std::error_code ignored;
        fs::permissions(directory, fs::perms::owner_all, ignored);
        fs::remove_all(directory, ignored);
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    // A request; what fails must not say why.
    int post(const std::string& target) { return checked(KeepAliveClient(server().port).post(target)); }
    int get(const std::string& target) { return checked(KeepAliveClient(server().port).get(target)); }
    int checked(const KeepAliveClient::Answer& answer) {
        body = answer.body;
        if (answer.status >= 500) CHECK(answer.body == "Internal Server Error");
        CHECK(answer.head.find("private") == std::string::npos);
        return answer.status;
    }
    Reason reason(const std::string& target = "/reason/0?count=3") {
        CHECK(post(target) == 200);
        return static_cast<Reason>(std::atoi(body.c_str()));
    }
    Reason read_reason() {
        CHECK(get("/reason") == 200);
        return static_cast<Reason>(std::atoi(body.c_str()));
    }
    [[nodiscard]] static bool logged(const std::string& text) {
        std::string log = log_text();
        CHECK(log.find(secret) == std::string::npos);
        return log.find(text) != std::string::npos;
    }
    void check_whole(int notes) {
        CHECK(get("/check") == 200);
        CHECK(body == R"({"integrity":"ok","partial":0})");
        CHECK(get("/notes") == 200);
        CHECK(body == std::to_string(notes));
    }
    Served& server() {
        if (!server_) server_ = std::make_unique<Served>(add_routes, std::vector<std::string>{"--no-access-log", "--threads", "4"});
        return *server_;
    }
    std::string body;

  private:
    std::unique_ptr<Served> server_;
};

// Until there is no room, and a transaction that needs more; then there is some again.
void fill_disk(Scene& scene, const std::string& make_room, bool careless) {
    int batch = 0, notes = 0;
    while (scene.post("/notes/" + std::to_string(++batch) + "?count=5&size=4000") == 201) {
        notes += 5;
        REQUIRE(batch < 500);
    }
    CHECK(notes > 0);
    CHECK((scene.logged("[SQL: INSERT INTO \"secret_notes\"") || scene.logged("[SQL: COMMIT]")));
    for (int i = 0; i < 3; ++i) {
        Reason reason = scene.reason("/reason/1000?count=200&size=20000");
        CHECK((reason == Reason::full || reason == Reason::io));
        CHECK(scene.post("/notes/1001?count=200&size=20000") == 500);
        if (careless) (void)scene.post("/careless/1002?count=200&size=20000");
    }
    scene.check_whole(notes);
    CHECK(scene.post(make_room) == 200);
    CHECK(scene.post("/notes/2000?count=7&size=30000") == 201);
    CHECK(scene.post("/reason/2001?count=200&size=20000") == 200);
    CHECK(scene.body == "-1");
    scene.check_whole(notes + 207);
}

TEST_CASE("sql faults: a database that may not grow") {
    Scene scene("?pool_size=1");
    CHECK(scene.post("/pages/60") == 200);
    fill_disk(scene, "/pages/100000", false);
    CHECK(scene.logged("database or disk is full"));
}

bool limit_files() {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit few{300000, RLIM_INFINITY};
    return ::setrlimit(RLIMIT_FSIZE, &few) == 0;
}
TEST_CASE("sql faults: files that may not grow") {
    Scene scene("", limit_files);
    fill_disk(scene, "/space", false);
}

// A small disk, seen by the server alone, which goes with it.
bool mount_small_disk() {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=9m") != 0)
        return false;
    std::ofstream(directory / "ballast") << std::string(8U << 20U, 'b');
    return true;
}
TEST_CASE("sql faults: a disk that is full") {
    Scene scene("", mount_small_disk);
    CHECK(scene.get("/prepared") == 200);
    if (scene.body != "true") {
        MESSAGE("no file system can be mounted here");
        return;
    }
    CHECK(scene.post("/tables") == 200);
    // Half full, so that a reader has its room.
    fill_disk(scene, "/space", false);
    CHECK(scene.logged("database or disk is full"));
}

// SQLite has undone the whole transaction when the handler goes on.
TEST_CASE("sql faults: who goes on after a full disk writes no half of a transaction") {
    Scene scene("?pool_size=1");
    CHECK(scene.post("/pages/60") == 200);
    fill_disk(scene, "/pages/100000", true);
}

// The same in a program that rolls back and goes on with its session.
TEST_CASE("sql faults: rollback() after a full disk") {
    Scene scene;
    Engine mine("sqlite:///" + path + "?pool_size=1");
    Session session(mine, {.writes = true});
    (void)session.exec<int>(sql::text("PRAGMA max_page_count = 60")).all();
    add_notes(session, 1, 2, 100);
    session.commit();
    for (int i = 0; i < 3; ++i) {
        CHECK_THROWS_AS(add_notes(session, 2, 10000, 20000), OperationalError);
        CHECK_NOTHROW(session.rollback());
        CHECK(session.count(select<Note>()) == 2 + i);
        add_notes(session, 3 + i, 1, 100);
        CHECK_NOTHROW(session.commit());
    }
}

TEST_CASE("sql faults: a file that is opened to be read") {
    Scene scene("?mode=ro");
    {
        Engine mine("sqlite:///" + path);
        Session session(mine);
        add_notes(session, 1, 3, 200);
        session.commit();
    }
    CHECK(scene.post("/notes/2") == 500);
    CHECK(scene.logged("attempt to write a readonly database"));
    CHECK(scene.reason() == Reason::read_only);
    scene.check_whole(3);
}

bool become_nobody() { return ::setgid(65534) == 0 && ::setuid(65534) == 0; }
TEST_CASE("sql faults: a file of somebody else") {
    if (::getuid() != 0) {
        MESSAGE("only root can become somebody else");
        return;
    }
    Scene scene("?journal_mode=delete", become_nobody);
    {
        Engine mine("sqlite:///" + path + "?journal_mode=delete");
        Session session(mine);
        add_notes(session, 1, 3, 200);
        session.commit();
    }
    fs::permissions(directory, fs::perms{0755});
    fs::permissions(path, fs::perms{0644});
    CHECK(scene.get("/prepared") == 200);
    REQUIRE(scene.body == "true");
    CHECK(scene.post("/notes/2") == 500);
    CHECK(scene.reason() == Reason::read_only);
    scene.check_whole(3);
    fs::permissions(path, fs::perms{0600});
    CHECK(scene.reason() == Reason::read_only); // on the connection that was there
    CHECK(scene.reason() == Reason::cannot_open);
    CHECK(scene.read_reason() == Reason::cannot_open);
    CHECK(scene.get("/notes") == 500);
    CHECK(scene.logged("unable to open database file"));
    fs::permissions(directory, fs::perms{0777});
    fs::permissions(path, fs::perms{0666});
    CHECK(scene.post("/notes/2") == 201);
    scene.check_whole(4);
}

void write_at(const std::string& file, std::streamoff at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
}
// A file with so many notes, and nothing beside it.
void make_notes(int count) {
    Engine mine("sqlite:///" + path);
    Session session(mine);
    add_notes(session, 1, count, 900);
    session.commit();
}
const std::string copy_path = (directory / "copy.db").string();

TEST_CASE("sql faults: a file that is corrupt") {
    struct Damage {
        const char* what;
        void (*damage)();
    };
    static const std::string noise(4096, '\x5A');
    const Damage damages[] = {
        {"header", [] { write_at(path, 0, noise.substr(0, 100)); }},
        {"every page but the first",
         [] {
             for (std::streamoff at = 4096; at < static_cast<std::streamoff>(fs::file_size(path)); at += 4096) write_at(path, at, noise);
         }},
        {"cut", [] { fs::resize_file(path, 4096 * 3); }},
        {"text", [] { std::ofstream(path) << std::string(5000, 't'); }},
    };
    for (const Damage& each : damages) {
        CAPTURE(each.what);
        Scene scene;
        make_notes(100);
        fs::copy_file(path, copy_path);
        each.damage();
        CHECK(scene.get("/notes") == 500);
        CHECK(scene.read_reason() == Reason::corrupt);
        CHECK((scene.logged("database disk image is malformed") || scene.logged("file is not a database")));
        CHECK(scene.post("/notes/2?count=20&size=900") == 500);
        CHECK(scene.get("/prepared") == 200);
        // The same server, when the file has been put right: in its place, and by another one.
        for (const char* end : {"-wal", "-shm"}) fs::remove(path + end);
        fs::copy_file(copy_path, path, fs::copy_options::overwrite_existing);
        scene.check_whole(100);
        for (const char* end : {"-wal", "-shm"}) fs::remove(path + end);
        fs::rename(copy_path, path);
        std::this_thread::sleep_for(milliseconds{150}); // a reader may not see it at once
        CHECK(scene.post("/notes/2?count=20") == 201);
        scene.check_whole(120);
    }
}

TEST_CASE("sql faults: an empty file, and a log that is not the file's") {
    {
        Scene scene("", nothing, false);
        std::ofstream(path).flush();
        CHECK(scene.get("/notes") == 500); // a database without tables
        CHECK(scene.logged("no such table: secret_notes"));
        CHECK(scene.post("/tables") == 200);
        CHECK(scene.post("/notes/1") == 201);
        scene.check_whole(1);
    }
    {
        Scene scene;
        make_notes(50);
        std::ofstream(path + "-wal") << std::string(50000, 'w');
        scene.check_whole(50);
        CHECK(scene.post("/notes/2") == 201);
        scene.check_whole(51);
    }
    {
        // SQLite knows a log by the sums in it, not by its database: what comes out is an answer or an error.
        Scene scene;
        make_notes(50);
        std::string other = (directory / "other.db").string();
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open(other.c_str(), &db) == SQLITE_OK);
        sqlite3_exec(db, "PRAGMA journal_mode = wal; CREATE TABLE a (b); INSERT INTO a VALUES (randomblob(20000))", nullptr, nullptr, nullptr);
        fs::copy_file(other + "-wal", path + "-wal");
        sqlite3_close(db);
        for (int i = 0; i < 3; ++i) {
            int status = scene.get("/notes");
            CHECK((status == 200 || status == 500));
            status = scene.post("/notes/3");
            CHECK((status == 201 || status == 500));
        }
        CHECK(scene.get("/prepared") == 200);
    }
}

// Another program that holds the file.
struct Holder {
    explicit Holder(const char* how) {
        REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
        REQUIRE(sqlite3_exec(db, how, nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~Holder() { sqlite3_close(db); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    sqlite3* db = nullptr;
};
TEST_CASE("sql faults: a file that another program has locked") {
    for (const char* journal : {"wal", "delete"}) {
        CAPTURE(journal);
        bool wal = journal[0] == 'w';
        Scene scene(std::string("?timeout_ms=300&journal_mode=") + journal, nothing, false);
        CHECK(scene.post("/tables") == 200);
        CHECK(scene.post("/notes/1") == 201);
        {
            Holder holder("BEGIN EXCLUSIVE");
            auto begin = Clock::now();
            CHECK(scene.post("/notes/2") == 500);
            auto waited = Clock::now() - begin;
            CHECK(waited >= milliseconds{290});
            CHECK(waited < milliseconds{TESTS_SANITIZED ? 10000 : 3000});
            CHECK(scene.reason() == Reason::busy);
            CHECK(scene.logged("database is locked"));
            CHECK(scene.get("/notes") == (wal ? 200 : 500));
        }
        CHECK(scene.post("/notes/2") == 201);
        scene.check_whole(2);
    }
    for (const char* journal : {"wal", "delete"}) {
        CAPTURE(journal);
        Scene scene(std::string("?timeout_ms=20000&journal_mode=") + journal, nothing, false);
        CHECK(scene.post("/tables") == 200);
        std::thread release;
        {
            auto holder = std::make_unique<Holder>("BEGIN EXCLUSIVE");
            release = std::thread([holder = std::move(holder)]() mutable {
                std::this_thread::sleep_for(milliseconds{300});
                holder.reset();
            });
        }
        CHECK(scene.post("/notes/2") == 201);
        release.join();
        scene.check_whole(1);
        CHECK_FALSE(scene.logged("locked"));
    }
}

// What is written to a file without a name is lost: it must be an error.
TEST_CASE("sql faults: a file that goes while the server runs") {
    Scene scene;
    CHECK(scene.post("/notes/1?count=5") == 201);
    scene.check_whole(5);
    {
        Engine mine("sqlite:///" + path);
        Session(mine).execute(sql::text("PRAGMA user_version"));
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
        std::string into = "VACUUM INTO '" + copy_path + "'";
        CHECK(sqlite3_exec(db, into.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(db);
    }
    {
        Engine mine("sqlite:///" + path);
        (void)Session(mine).count(select<Note>());
        Session reader(mine), writer(mine, {.writes = true});
        CHECK(reader.count(select<Note>()) == 5);
        for (const char* end : {"", "-wal", "-shm"}) fs::remove(path + end);
        try {
            add_notes(reader, 2, 1, 100);
            CHECK(false);
        } catch (const OperationalError& error) {
            CHECK(error.reason() == Reason::cannot_open);
            CHECK(error.what() == std::string("the file of the database is gone, or another one"));
        }
        CHECK_THROWS_AS(add_notes(writer, 2, 1, 100), OperationalError);
    }
    std::this_thread::sleep_for(milliseconds{150}); // a reader may not see it at once
    for (int i = 0; i < 3; ++i) {
        CHECK(scene.post("/upgrade/2") == 500);
        CHECK(scene.post("/notes/2") == 500);
        CHECK(scene.get("/notes") == 500);
        CHECK(scene.reason() == Reason::cannot_open);
    }
    CHECK(scene.logged("unable to open database file"));
    CHECK_FALSE(fs::exists(path));
    fs::rename(copy_path, path);
    std::this_thread::sleep_for(milliseconds{150});
    scene.check_whole(5);
    CHECK(scene.post("/notes/2?count=2") == 201);
    scene.check_whole(7);
}

TEST_CASE("sql faults: a directory that is missing, and one in the place of the file") {
    Scene scene("", nothing, false);
    start.url = "sqlite:///" + (directory / "later" / "private.db").string();
    CHECK(scene.get("/notes") == 500);
    CHECK(scene.post("/notes/1") == 500);
    CHECK(scene.reason() == Reason::cannot_open);
    CHECK(scene.logged("cannot be opened: unable to open database file"));
    fs::create_directories(directory / "later" / "private.db");
    CHECK(scene.post("/notes/1") == 500);
    CHECK(scene.read_reason() == Reason::cannot_open);
    fs::remove(directory / "later" / "private.db");
    CHECK(scene.post("/tables") == 200);
    CHECK(scene.post("/notes/1") == 201);
    scene.check_whole(1);
}

} // namespace sql_faults
