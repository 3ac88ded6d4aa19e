// What a machine of 32 bits, whose char has no sign, could get wrong: numbers of 64 bits, durations, dates behind 2038, names
// and texts beyond ASCII, a server on a socket. Ends with 0 when all is right.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "fastapi.hpp"

using namespace fastapi;

#define REQUIRE(...)                                                        \
    do {                                                                    \
        if (!(__VA_ARGS__)) {                                               \
            std::fprintf(stderr, "line %d: error: %s\n", __LINE__, #__VA_ARGS__); \
            std::exit(1);                                                   \
        }                                                                   \
    } while (false)

enum class Size { small, large };

struct Part {
    Field<std::int64_t> smallest = std::numeric_limits<std::int64_t>::min();
    Field<std::uint64_t> größe = std::numeric_limits<std::uint64_t>::max();
    Field<double> ratio = 0.1;
};
struct Order {
    Field<std::string, MinLength(1)> name;
    Field<datetime> at = "2100-01-02T03:04:05Z";
    Field<std::chrono::nanoseconds> wait = std::chrono::nanoseconds{1'500'000'000};
    Field<Decimal> price = "12345678901234567890.01";
    Field<Size> size = Size::large;
    Field<std::vector<Part>> parts = std::vector<Part>{Part{}};
    Field<std::variant<int, std::string>> either = 3;
    Field<json> any = json(9007199254740993);
};

static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}
static int free_port() {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(socket);
    return ntohs(address.sin_port);
}

int main() {
    FastAPI app;
    app.get("/items/{item_id}", [](Path<std::int64_t, "item_id"> item_id, Query<std::optional<std::string>, "q"> q) {
        return json{{"item_id", *item_id}, {"q", *q}};
    });
    app.post("/orders", [](Order order) { return order; });

    TestClient client{app};
    REQUIRE(client.get("/items/-9223372036854775808?q=%C3%BC").text() == R"({"item_id":-9223372036854775808,"q":"ü"})");
    REQUIRE(client.get("/items/9223372036854775808").status_code == 422);

    auto answer = client.post("/orders", {.json = json{{"name", "é"}}});
    REQUIRE(answer.status_code == 200);
    REQUIRE(answer.text() == R"({"name":"é","at":"2100-01-02T03:04:05Z","wait":"PT1.5S","price":"12345678901234567890.01","size":"large",)"
                             R"("parts":[{"smallest":-9223372036854775808,"größe":18446744073709551615,"ratio":0.1}],"either":3,)"
                             R"("any":9007199254740993})");
    json wrong{{"name", ""}, {"wait", "P999999999D"}, {"at", "2100-13-01"}, {"parts", {{{"größe", -1}}}}};
    answer = client.post("/orders", {.json = wrong});
    REQUIRE(answer.status_code == 422);
    REQUIRE(answer.json()["detail"].size() == 4);

    auto order = model_validate_json<Order>(R"({"name":"a","any":9007199254740992.0})");
    REQUIRE(model_dump_json(order, {.exclude_defaults = true}) == R"({"name":"a","any":9007199254740992.0})");
    REQUIRE(timedelta("P999999999D").to<std::chrono::seconds>().count() == 86'399'999'913'600);

    int port = free_port();
    std::thread server([&] {
        std::string arguments[] = {"small_machine", "--port", std::to_string(port), "--no-access-log"};
        char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data()};
        static_cast<void>(app.run(4, pointers));
    });
    std::string got;
    for (int i = 0; i < 100 && got.empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = loopback(port);
        if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
            std::string_view request = "GET /items/7 HTTP/1.1\r\nHost: a\r\nX-Name: \xC3\xBC \t\r\nConnection: close\r\n\r\n";
            REQUIRE(::send(socket, request.data(), request.size(), 0) > 0);
            char buffer[4096];
            for (ssize_t n; (n = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) got.append(buffer, static_cast<std::size_t>(n));
        }
        ::close(socket);
    }
    ::kill(::getpid(), SIGTERM);
    server.join();
    REQUIRE(got.starts_with("HTTP/1.1 200 OK\r\n"));
    REQUIRE(got.ends_with(R"({"item_id":7,"q":null})"));
    std::puts("good");
}
