// FileResponse: headers, ranges, and files of any size over sockets. The answers are those of Starlette 1.10.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "fastapi/fastapi.hpp"
#include "sanitizers.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// A directory of files for a test.
struct Files {
    Files() {
        char name[] = "/tmp/fastapi-files-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        directory = name;
    }
    ~Files() { std::filesystem::remove_all(directory); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    std::string add(const std::string& name, std::string_view content, std::int64_t changed = 0, long nanoseconds = 0) const {
        std::string path = directory + "/" + name;
        std::FILE* file = std::fopen(path.c_str(), "w");
        REQUIRE(file != nullptr);
        std::fwrite(content.data(), 1, content.size(), file);
        std::fclose(file);
        timespec times[2] = {{changed, nanoseconds}, {changed, nanoseconds}};
        ::utimensat(AT_FDCWD, path.c_str(), times, 0);
        return path;
    }
    std::string directory;
};
// The sanitizers keep memory that was given back.
#if TESTS_SANITIZED
constexpr long most_memory = 1000000; // kB
#else
constexpr long most_memory = 8000;
#endif
std::string root; // of the files that the routes give

void add_routes(FastAPI& app) {
    app.api_route("/file/{name:path}", {"GET", "HEAD", "POST"}, [](Path<std::string, "name"> name) { return FileResponse(root + "/" + *name); });
    app.get("/named", [](Query<std::string, "as"> as) { return FileResponse(root + "/a.txt", {.filename = *as}); });
    app.get("/own", [] {
        return FileResponse(root + "/a.txt", {.headers = {{"etag", "\"mine\""}, {"x-a", "1"}}, .media_type = "image/png",
                                              .filename = "a.txt", .content_disposition_type = "inline"});
    });
    app.get("/created", [] { return FileResponse(root + "/a.txt", {.status_code = 201}); });
    app.get("/wait", []() -> Task<FileResponse> {
        co_await fastapi::sleep(1ms);
        co_return FileResponse(root + "/large.bin");
    });
    app.get("/hello", [] { return "hello"; });
    app.get("/memory", [](Query<bool, "begin", Default(false)> begin) {
        std::FILE* file = *begin ? std::fopen("/proc/self/clear_refs", "w") : nullptr;
        if (file) {
            std::fputs("5", file);
            std::fclose(file);
        }
        file = std::fopen("/proc/self/status", "r");
        char line[256];
        long found = -1;
        while (std::fgets(line, sizeof line, file))
            if (std::string_view(line).starts_with(*begin ? "VmRSS:" : "VmHWM:")) found = std::atol(line + 6);
        std::fclose(file);
        return found;
    });
}

std::string pattern(std::size_t size) {
    std::string out(size, ' ');
    std::uint32_t state = 1;
    for (char& c : out) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return out;
}

class Client : public SocketClient {
  public:
    explicit Client(int port, int buffer = 0) : SocketClient(port, SO_RCVBUF, buffer) {}
    // Reads to the end; keeps the first bytes and counts all.
    std::size_t read_all(std::size_t kept, int milliseconds = 20000) {
        auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
        std::size_t total = 0;
        static char buffer[1 << 20];
        while (!over && Clock::now() < end) {
            std::size_t size = receive(buffer, sizeof buffer);
            total += size;
            if (received.size() < kept) received.append(buffer, size);
        }
        return total;
    }
};
std::string request(std::string_view target, std::string_view more = {}) {
    return detail::concat({"GET ", target, " HTTP/1.1\r\nHost: a\r\n", more, "\r\n"});
}
std::string get(int port, std::string_view target, std::string_view more = {}) {
    Client client(port);
    client.send(request(target, detail::concat({more, "Connection: close\r\n"})));
    client.read_all(std::size_t{1} << 30U);
    return client.received;
}
std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

} // namespace

TEST_CASE("media types by the name of a file") {
    struct {
        const char* name;
        const char* type;
    } cases[] = {
        {"a.txt", "text/plain"}, {"a.TXT", "text/plain"}, {"a", "application/octet-stream"}, {".txt", "application/octet-stream"},
        {"..txt", "application/octet-stream"}, {"x/.txt", "application/octet-stream"}, {"a.b/c", "application/octet-stream"},
        {"a.tar.gz", "application/x-tar"}, {"a.tgz", "application/x-tar"}, {"a.gz", "application/octet-stream"},
        {"a.json.gz", "application/json"}, {"a.GZ", "application/octet-stream"}, {"a.svgz", "image/svg+xml"}, {"a.Z", "application/octet-stream"},
        {"a.js", "text/javascript"}, {"a.mp4", "video/mp4"}, {"a.3g2", "audio/3gpp2"}, {"a.zip", "application/zip"}, {"a.", "application/octet-stream"},
    };
    for (const auto& one : cases) CHECK_MESSAGE(detail::guess_media_type(one.name) == one.type, one.name);
}

TEST_CASE("etags are MD5 sums") {
    CHECK(detail::md5_text("") == "d41d8cd98f00b204e9800998ecf8427e"); // RFC 1321, A.5
    CHECK(detail::md5_text("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
    CHECK(detail::md5_text("12345678901234567890123456789012345678901234567890123456789012345678901234567890") == "57edf4a22be3c955ac49da2e2107b67a");
    CHECK(detail::md5_text(std::string(55, 'a')) == "ef1772b6dff9a122358552954ad0df65");
    CHECK(detail::md5_text(std::string(56, 'a')) == "3b0c8ac703f828b04c6c197006d17218");
    CHECK(detail::md5_text(std::string(64, 'a')) == "014842d480b571495a4a0363793f7367");
}

TEST_CASE("files in process: headers") {
    Files files;
    root = files.directory;
    files.add("a.txt", "hello world, this is a file", 1577934245);
    files.add("b.txt", "x", 1577934245, 123456789);
    files.add("empty.json", "");
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    auto answer = client.get("/file/a.txt");
    CHECK(answer.status_code == 200);
    CHECK(answer.text() == "hello world, this is a file");
    CHECK(answer.headers.get("content-type") == "text/plain; charset=utf-8");
    CHECK(answer.headers.get("accept-ranges") == "bytes");
    CHECK(answer.headers.get("content-length") == "27");
    CHECK(answer.headers.get("last-modified") == "Thu, 02 Jan 2020 03:04:05 GMT");
    CHECK(answer.headers.get("etag") == "\"e8b8e2a6651780d021cd3b063b00f33c\"");
    CHECK(!answer.headers.contains("content-disposition"));
    CHECK(client.get("/file/b.txt").headers.get("etag") == detail::concat({"\"", detail::md5_text("1577934245.1234567-1"), "\""}));
    CHECK(client.get("/file/empty.json").headers.get("content-length") == "0");
    auto head = client.head("/file/a.txt");
    CHECK(head.text().empty());
    CHECK(head.headers.get("content-length") == "27");

    struct {
        const char* as;
        const char* disposition;
    } names[] = {{"x.pdf", R"(attachment; filename="x.pdf")"}, {"dir%2Fx.pdf", R"(attachment; filename="dir/x.pdf")"},
                 {"a%20b.pdf", "attachment; filename*=utf-8''a%20b.pdf"}, {"%C3%A9%22%0D%0A.pdf", "attachment; filename*=utf-8''%C3%A9%22%0D%0A.pdf"}};
    for (const auto& name : names) {
        auto named = client.get("/named?as=" + std::string(name.as));
        CHECK(named.headers.get("content-disposition") == name.disposition);
        CHECK(named.headers.get("content-type") == "application/pdf");
    }
    auto own = client.get("/own");
    CHECK(own.headers.get("etag") == "\"mine\"");
    CHECK(own.headers.get("content-type") == "image/png");
    CHECK(own.headers.get("content-disposition") == "inline; filename=\"a.txt\"");
    CHECK(client.get("/created").status_code == 201);
    CHECK(client.get("/created", {.headers = {{"range", "bytes=0-1"}}}).status_code == 201);

    CHECK_THROWS_WITH(client.get("/file/none"), detail::concat({"File at path ", root, "/none does not exist."}).c_str());
    CHECK_THROWS_WITH(client.get("/file/"), detail::concat({"File at path ", root, "/ is not a file."}).c_str());
    CHECK_THROWS(client.get("/file/a.txt%00.png"));
    CHECK(::mkfifo((root + "/pipe").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(client.get("/file/pipe"), detail::concat({"File at path ", root, "/pipe is not a file."}).c_str());
    TestClient quiet{app, {.raise_server_exceptions = false}};
    CHECK(quiet.get("/file/none").status_code == 500);
}

TEST_CASE("files in process: ranges") {
    Files files;
    root = files.directory;
    files.add("a.txt", "hello world, this is a file", 1577934245);
    files.add("empty.json", "");
    FastAPI app;
    add_routes(app);
    TestClient client{app};
    struct {
        const char* range;
        int status;
        const char* content_range;
        const char* text;
    } cases[] = {
        {"bytes=0-4", 206, "bytes 0-4/27", "hello"},
        {"bytes=-4", 206, "bytes 23-26/27", "file"},
        {"bytes=-100", 206, "bytes 0-26/27", "hello world, this is a file"},
        {"bytes=23-", 206, "bytes 23-26/27", "file"},
        {"bytes=23-99999999999999999999999", 206, "bytes 23-26/27", "file"},
        {"BYTES = 0 - 4", 206, "bytes 0-4/27", "hello"},
        {"bytes=0-2,2-4", 206, "bytes 0-4/27", "hello"}, // become one
        {"bytes=0-1, 2-4", 206, "bytes 0-4/27", "hello"},
        {"bytes=a-b,0-4,-", 206, "bytes 0-4/27", "hello"},
        {"bytes=+0-0_4", 206, "bytes 0-4/27", "hello"},
        {"bytes=27-", 416, "bytes */27", ""},
        {"bytes=0-4,100-200", 416, "bytes */27", ""},
        {"bytes=--1", 416, "bytes */27", ""},
        {"bytes=99999999999999999999999-", 416, "bytes */27", ""},
        {"bytes=5-3", 400, nullptr, "Range header: start must be less than end"},
        {"bytes=", 400, nullptr, "Range header: range must be requested"},
        {"bytes=x-", 400, nullptr, "Range header: range must be requested"},
        {"bytes", 400, nullptr, "Malformed range header."},
        {"lines=0-4", 400, nullptr, "Only support bytes range"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.range);
        auto answer = client.get("/file/a.txt", {.headers = {{"range", one.range}}});
        CHECK(answer.status_code == one.status);
        CHECK(answer.text() == one.text);
        CHECK(answer.headers.get("content-range") == (one.content_range ? std::optional<std::string_view>(one.content_range) : std::nullopt));
        CHECK(answer.headers.get("content-type") == "text/plain; charset=utf-8");
        CHECK(answer.headers.get("content-length") == std::to_string(answer.text().size()));
        CHECK(client.head("/file/a.txt", {.headers = {{"range", one.range}}}).status_code == one.status);
    }
    CHECK(client.get("/file/empty.json", {.headers = {{"range", "bytes=0-"}}}).status_code == 416);
    CHECK(client.post("/file/a.txt", {.headers = {{"range", "bytes=0-4"}}}).status_code == 200);
    std::string many = "bytes=0-0";
    for (int i = 1; i < 100; ++i) many += ",0-0";
    CHECK(client.get("/file/a.txt", {.headers = {{"range", many}}}).status_code == 206);
    CHECK(client.get("/file/a.txt", {.headers = {{"range", many + ",0-0"}}}).status_code == 200);

    auto several = client.get("/file/a.txt", {.headers = {{"range", "bytes=6-10,0-4,-4"}}});
    CHECK(several.status_code == 206);
    std::string type(several.headers.get("content-type").value_or(""));
    REQUIRE(type.starts_with("multipart/byteranges; boundary="));
    std::string boundary = type.substr(31);
    CHECK(boundary.size() == 26);
    std::string expected;
    for (auto [text, range] : {std::pair{"hello", "0-4"}, {"world", "6-10"}, {"file", "23-26"}})
        expected += "--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + range + "/27\r\n\r\n" + text + "\r\n";
    CHECK(several.text() == expected + "--" + boundary + "--");

    struct {
        std::string if_range;
        int status;
    } versions[] = {{"\"e8b8e2a6651780d021cd3b063b00f33c\"", 206}, {"W/\"e8b8e2a6651780d021cd3b063b00f33c\"", 200}, {"\"other\"", 200},
                    {"Thu, 02 Jan 2020 03:04:05 GMT", 206}, {"Thu, 02 Jan 2020 03:04:06 GMT", 200}};
    for (const auto& one : versions)
        CHECK_MESSAGE(client.get("/file/a.txt", {.headers = {{"range", "bytes=0-1"}, {"if-range", one.if_range}}}).status_code == one.status, one.if_range);
}

TEST_CASE("ranges: whatever a client sends, they are sorted, apart, and inside of the file") {
    std::mt19937 random(7);
    const char* parts[] = {"0", "1", "5", "26", "27", "100", "-", "-", "-", ",", ",", " ", "x", "+", "_", "bytes", "=", "99999999999999999999", "\t"};
    for (int i = 0; i < 20000; ++i) {
        std::string text = i % 8 ? "bytes=" : "";
        for (unsigned length = static_cast<unsigned>(random() % 12); length > 0; --length) text += parts[random() % std::size(parts)];
        CAPTURE(text);
        std::int64_t size = random() % 3 ? 27 : 0;
        detail::RequestedRanges ranges = detail::read_ranges(text, size);
        std::int64_t behind = -1;
        for (const auto& range : ranges.ranges) {
            REQUIRE(range.begin > behind);
            REQUIRE(range.begin < range.end);
            REQUIRE(range.end <= size);
            behind = range.end;
        }
        REQUIRE((ranges.status == 206 || ranges.status == 400 || ranges.status == 416));
    }
}

TEST_CASE("files over sockets") {
    Files files;
    root = files.directory;
    std::string small = pattern(16384);
    std::string large = pattern(3000000);
    files.add("small.bin", small);
    files.add("large.bin", large);
    files.add("a.txt", "hello world, this is a file");
    for (const char* kind : {"epoll", "portable"}) {
        CAPTURE(kind);
        Served server(add_routes, {"--no-access-log", "--server", kind});
        CHECK(body_of(get(server.port, "/file/small.bin")) == small);
        CHECK(body_of(get(server.port, "/file/large.bin")) == large);
        CHECK(body_of(get(server.port, "/wait")) == large);
        std::string part = get(server.port, "/file/large.bin", "Range: bytes=100000-1999999\r\n");
        CHECK(part.starts_with("HTTP/1.1 206 Partial Content\r\n"));
        CHECK(part.find("content-range: bytes 100000-1999999/3000000\r\n") != std::string::npos);
        CHECK(body_of(part) == large.substr(100000, 1900000));
        std::string several = body_of(get(server.port, "/file/large.bin", "Range: bytes=1-1000000,2000000-\r\n"));
        CHECK(several.find(large.substr(1, 1000000)) != std::string::npos);
        CHECK(several.find(large.substr(2000000)) != std::string::npos);
        CHECK(get(server.port, "/file/a.txt", "Range: lines=1\r\n").starts_with("HTTP/1.1 400 "));
        CHECK(get(server.port, "/file/none").starts_with("HTTP/1.1 500 "));
        // Several on one connection.
        Client client(server.port);
        client.send(request("/file/large.bin") + request("/file/a.txt") + "HEAD /file/large.bin HTTP/1.1\r\nHost: a\r\n\r\n" + request("/wait") +
                    request("/hello", "Connection: close\r\n"));
        client.read_all(std::size_t{1} << 30U);
        CHECK(client.over);
        std::string_view all = client.received;
        std::size_t first = all.find(large);
        std::size_t second = all.find("hello world, this is a file", first);
        std::size_t third = all.find("Content-Length: 3000000", second) + all.find("content-length: 3000000", second); // one of them is there
        std::size_t last = all.find(large, second);
        CHECK(first != std::string_view::npos);
        CHECK(second != std::string_view::npos);
        CHECK(third + 1 < last + last);
        CHECK(last != std::string_view::npos);
        CHECK(all.ends_with("\"hello\""));
    }
    Served old(add_routes, {"--no-access-log"});
    Client client(old.port);
    client.send("GET /file/large.bin HTTP/1.0\r\n\r\n");
    client.read_all(std::size_t{1} << 30U);
    CHECK(body_of(client.received) == large);
}

TEST_CASE("files over sockets: memory stays small") {
    Files files;
    root = files.directory;
    std::string path = files.add("large.bin", "");
    constexpr std::size_t size = 300000000;
    REQUIRE(::truncate(path.c_str(), size) == 0); // takes no room on the disk
    for (const char* kind : {"epoll", "portable"}) {
        CAPTURE(kind);
        Served server(add_routes, {"--no-access-log", "--server", kind});
        long before = std::atol(body_of(get(server.port, "/memory?begin=true")).c_str());
        Client client(server.port);
        client.send(request("/file/large.bin", "Connection: close\r\n"));
        CHECK(client.read_all(1000) > size);
        CHECK(client.over);
        CHECK(std::atol(body_of(get(server.port, "/memory")).c_str()) - before < most_memory);
    }
}

TEST_CASE("files over sockets: a client that takes nothing is cut, one that is slow is not, and neither holds a thread") {
    Files files;
    root = files.directory;
    std::string path = files.add("large.bin", "");
    REQUIRE(::truncate(path.c_str(), 40000000) == 0);
    FastAPIOptions settings;
    settings.limits.write_timeout_ms = 700;
    Served server(add_routes, {"--no-access-log", "--threads", "2"}, settings);
    Client deaf[4] = {Client(server.port, 4096), Client(server.port, 4096), Client(server.port, 4096), Client(server.port, 4096)};
    for (const Client& one : deaf) one.send(request("/file/large.bin"));
    CHECK(body_of(get(server.port, "/hello")) == "\"hello\"");
    std::this_thread::sleep_for(1500ms);
    for (Client& one : deaf) {
        CHECK(one.read_all(1000, 5000) < 40000000U);
        CHECK(one.over);
    }
    Client slow(server.port, 65536);
    slow.send(request("/file/large.bin", "Connection: close\r\n"));
    std::size_t total = 0;
    for (int i = 0; i < 6; ++i) {
        total += slow.read_all(0, 10);
        std::this_thread::sleep_for(300ms);
    }
    total += slow.read_all(0);
    CHECK(total > 40000000U);
}

TEST_CASE("files over sockets: one that becomes shorter ends the connection") {
    Files files;
    root = files.directory;
    std::string path = files.add("large.bin", "");
    REQUIRE(::truncate(path.c_str(), 100000000) == 0);
    for (const char* kind : {"epoll", "portable"}) {
        CAPTURE(kind);
        REQUIRE(::truncate(path.c_str(), 100000000) == 0);
        Served server(add_routes, {"--no-access-log", "--server", kind});
        Client client(server.port, 4096);
        client.send(request("/file/large.bin"));
        client.read_all(0, 100);
        REQUIRE(::truncate(path.c_str(), 1000) == 0);
        client.read_all(0);
        CHECK(client.over);
        CHECK(body_of(get(server.port, "/hello")) == "\"hello\"");
    }
}
