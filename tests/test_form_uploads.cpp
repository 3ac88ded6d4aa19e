// Forms over sockets: with a length and in chunks, cut anywhere, limits, clients that are slow or go away, memory and temporary files.
#include <doctest/doctest.h>
#include <dirent.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "fastapi/fastapi.hpp"
#include "sanitizers.hpp"
#include "served.hpp"
#include "socket_client.hpp"

using namespace fastapi;
using namespace std::chrono_literals;

namespace {

long memory_peak() { // kB
    std::FILE* file = std::fopen("/proc/self/status", "r");
    char line[256];
    long found = -1;
    while (std::fgets(line, sizeof line, file))
        if (std::string_view(line).starts_with("VmHWM:")) found = std::atol(line + 6);
    std::fclose(file);
    return found;
}
int open_files_on_disk() { // those without a name
    int count = 0;
    DIR* directory = ::opendir("/proc/self/fd");
    while (const dirent* entry = ::readdir(directory)) {
        char target[256] = {};
        std::string link = std::string("/proc/self/fd/") + entry->d_name;
        if (::readlink(link.c_str(), target, sizeof target - 1) > 0) count += std::string_view(target).ends_with(" (deleted)");
    }
    ::closedir(directory);
    return count;
}

json report(UploadFile file, std::string_view note) {
    std::string buffer(5000, '\0');
    unsigned sum = 0;
    std::size_t size = 0;
    while (std::size_t count = file.read_into(buffer.data(), buffer.size())) {
        for (std::size_t i = 0; i < count; ++i) sum = sum * 31 + static_cast<unsigned char>(buffer[i]);
        size += count;
    }
    return {{"size", size}, {"sum", sum}, {"note", note}, {"on_disk", !file.is_in_memory()}};
}

void add_routes(FastAPI& app) {
    app.post("/block", [](File<UploadFile, "file"> file, Form<std::string, "note"> note) { return report(*file, *note); },
             {.max_body_size = std::size_t{1} << 30U});
    app.post("/wait", [](File<UploadFile, "file"> file, Form<std::string, "note"> note) -> Task<json> { co_return report(*file, *note); },
             {.max_body_size = std::size_t{1} << 30U});
    app.post("/small", [](File<UploadFile, "file"> file) { return file->size; }, {.max_body_size = 100000});
    app.post("/large", [](Form<std::string, "a"> a) { return a->size(); }, {.max_body_size = 500000});
    app.post("/whole", [](Request& request) { return request.body.size(); });
    app.get("/self", [] { return json{{"memory", memory_peak()}, {"files", open_files_on_disk()}}; });
}
FastAPIOptions settings() { return {.limits = {.max_body_size = 200000, .body_grace_ms = 300, .min_body_rate = 2000}}; }

std::string noise(std::size_t size) {
    std::string out(size, '\0');
    unsigned seed = 1;
    for (char& c : out) c = static_cast<char>((seed = seed * 1103515245U + 12345U) >> 16U);
    return out;
}
std::string expected(std::string_view content, bool on_disk) {
    unsigned sum = 0;
    for (char c : content) sum = sum * 31 + static_cast<unsigned char>(c);
    return to_json_text(json{{"size", content.size()}, {"sum", sum}, {"note", "hello"}, {"on_disk", on_disk}});
}
constexpr std::string_view before = "--BB\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--BB\r\nContent-Disposition: "
                                    "form-data; name=\"file\"; filename=\"x.bin\"\r\n\r\n";
constexpr std::string_view after = "\r\n--BB--\r\n";
std::string form_of(std::string_view content) { return std::string(before) + std::string(content) + std::string(after); }
std::string head(const std::string& path, const std::string& more) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=BB\r\n" + more + "\r\n";
}
std::string with_length(const std::string& path, const std::string& body, const std::string& more = "") {
    return head(path, "Content-Length: " + std::to_string(body.size()) + "\r\n" + more) + body;
}
std::string in_chunks(const std::string& path, const std::string& body, std::size_t size, const std::string& more = "") {
    std::string out = head(path, "Transfer-Encoding: chunked\r\n" + more);
    for (std::size_t at = 0; at < body.size(); at += size) {
        char line[32];
        std::string piece = body.substr(at, size);
        std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
        out += line + piece + "\r\n";
    }
    return out + "0\r\n\r\n";
}
std::string get(int port, const std::string& path) {
    SocketClient client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::string all = client.rest();
    return all.substr(all.find("\r\n\r\n") + 4);
}

} // namespace

TEST_CASE("form uploads: with a length and in chunks, cut anywhere, one behind the other") {
    Served server(add_routes, {"--no-access-log"}, settings());
    for (std::string path : {"/block", "/wait"}) {
        CAPTURE(path);
        for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70000}, std::size_t{3} << 20U}) {
            std::string content = noise(size);
            std::string answer = expected(content, size > UploadFile::most_in_memory);
            SocketClient client(server.port); // three on one connection
            client.send(with_length(path, form_of(content)) + in_chunks(path, form_of(content), 9000) +
                        with_length(path, form_of(content), "Connection: close\r\n"));
            std::string all = client.rest();
            std::size_t count = 0;
            for (std::size_t at = 0; (at = all.find(answer, at)) != std::string::npos; ++at) ++count;
            CHECK(count == 3);
        }
        std::string content = noise(70000);
        std::string text = in_chunks(path, form_of(content), 700, "Connection: close\r\n");
        SocketClient slow(server.port);
        for (std::size_t at = 0; at < text.size(); at += 5000) {
            slow.send(text.substr(at, 5000));
            std::this_thread::sleep_for(2ms);
        }
        CHECK(slow.rest().ends_with(expected(content, false)));
        SocketClient waits(server.port);
        waits.send(head(path, "Content-Length: " + std::to_string(form_of(content).size()) + "\r\nExpect: 100-continue\r\nConnection: close\r\n"));
        CHECK(waits.read_until("Continue\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        waits.send(form_of(content));
        CHECK(waits.rest().ends_with(expected(content, false)));
    }
}

TEST_CASE("form uploads: what is too large, malformed or too slow") {
    Served server(add_routes, {"--no-access-log"}, settings());
    auto answer = [&](const std::string& text) {
        SocketClient client(server.port);
        static_cast<void>(client.try_send(text)); // it may be refused before all of it is sent
        return client.rest();
    };
    CHECK(answer(head("/small", "Content-Length: 100001\r\n")).starts_with("HTTP/1.1 413 "));
    CHECK(answer(in_chunks("/small", form_of(noise(100000)), 7000)).starts_with("HTTP/1.1 413 "));
    CHECK(answer(in_chunks("/small", form_of(noise(99000)), 7000, "Connection: close\r\n")).ends_with("\r\n\r\n99000"));
    CHECK(answer(with_length("/small", form_of(noise(99000)), "Connection: close\r\n")).ends_with("\r\n\r\n99000"));
    std::string urlencoded = "POST /large HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n";
    CHECK(answer(urlencoded + "Content-Length: 400002\r\n\r\na=" + std::string(400000, 'x')).ends_with("\r\n\r\n400000")); // beyond the others' limit
    CHECK(answer(head("/whole", "Content-Length: 200001\r\n")).starts_with("HTTP/1.1 413 "));
    CHECK(answer(with_length("/wait", std::string(100000, 'x'), "Connection: close\r\n")).ends_with(R"({"detail":"Invalid multipart data."})"));
    CHECK(answer(head("/block", "Transfer-Encoding: chunked\r\n") + "4\r\n--BBx").starts_with("HTTP/1.1 400 "));
    CHECK(answer(head("/block", "Content-Length: 100000\r\n") + form_of("")).starts_with("HTTP/1.1 408 "));
    CHECK(answer(in_chunks("/wait", "", 1, "Connection: close\r\n")).starts_with("HTTP/1.1 422 "));
    CHECK(answer(in_chunks("/wait", std::string(before), 50, "Connection: close\r\n")).find(R"("loc":["body","file"])") != std::string::npos);
}

TEST_CASE("form uploads: memory stays small, and temporary files go away") {
    Served server(add_routes, {"--no-access-log"}, settings());
    json first = parse_json(get(server.port, "/self"));
    std::string piece = noise(1 << 20);
    const std::size_t pieces = 100; // MB
    for (std::string path : {"/block", "/wait"}) {
        SocketClient client(server.port);
        client.send(head(path, "Content-Length: " + std::to_string(form_of("").size() + pieces * piece.size()) + "\r\nConnection: close\r\n"));
        client.send(before);
        for (std::size_t i = 0; i < pieces; ++i) client.send(piece);
        client.send(after);
        CHECK(client.rest(30000).find("\"size\":" + std::to_string(pieces * piece.size())) != std::string::npos);
    }
    { // goes away in the middle
        SocketClient client(server.port);
        client.send(head("/block", "Content-Length: 100000000\r\n"));
        client.send(before);
        for (int i = 0; i < 5; ++i) client.send(piece);
    }
    json last;
    for (int i = 0; i < 100; ++i) {
        last = parse_json(get(server.port, "/self"));
        if (last["files"] == first["files"]) break;
        std::this_thread::sleep_for(20ms);
    }
    CHECK(last["files"] == first["files"]);
#if !TESTS_SANITIZED
    CHECK(last["memory"].get<long>() - first["memory"].get<long>() < 8000);
#endif
}
