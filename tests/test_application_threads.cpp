// 64 clients at once on an application with dependencies, state, background tasks, middleware and overrides that change meanwhile.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "served.hpp"
#include "socket_client.hpp"
#include "support.hpp"

using namespace fastapi;

namespace {

struct Ledger { // in app.state: shared by all requests
    std::atomic<int> opened = 0;
    std::atomic<int> closed = 0;
    std::atomic<int> noted = 0;
    std::atomic<int> wrong = 0;
};
struct Prices {
    int factor;
};
struct Visitor {
    std::string name;
};

Ledger& ledger(Request& request) { return request.app->state.get<Ledger>(); }
Prices get_prices() { return {10}; }
Generator<Prices&> session(Request& request, Depends<get_prices> prices) {
    ++ledger(request).opened;
    Prices own = *prices;
    co_yield own;
    ++ledger(request).closed;
}
void note(Ledger& book, const std::string& name) {
    if (!name.starts_with("client-")) ++book.wrong;
    ++book.noted;
}
std::string visitor(Request& request) { return request.state.get<Visitor>().name; }

void add_all(FastAPI& app) {
    app.lifespan([](FastAPI& self) -> Lifespan {
        self.state.emplace<Ledger>();
        co_yield {};
    });
    app.middleware([](Request& request, CallNext next) {
        request.state.emplace<Visitor>(Visitor{std::string(request.headers.get("x-name").value_or("client-none"))});
        Response response = next(request);
        response.headers.set("x-visitor", request.state.get<Visitor>().name);
        return response;
    });
    app.get("/price/{n}", [](int n, Depends<session> prices, BackgroundTasks& tasks, Request& request, Depends<visitor> name) {
        tasks.add_task(note, std::ref(ledger(request)), *name);
        return n * prices->factor;
    });
    app.get("/task/{n}", [](int n, Depends<session> prices, BackgroundTasks& tasks, Request& request, Depends<visitor> name) -> Task<int> {
        tasks.add_task(note, std::ref(ledger(request)), *name);
        co_await fastapi::sleep(std::chrono::milliseconds(n % 3));
        co_return n * prices->factor;
    });
    app.get("/stream/{n}", [](int n, Depends<session> prices) -> Generator<int> {
        for (int i = 1; i <= n % 4; ++i) {
            int item = i * prices->factor;
            co_yield item;
        }
    });
    app.get("/override/{factor}", [](int factor, FastAPI& self) {
        if (factor == 10) {
            self.dependency_overrides.reset();
        } else {
            self.dependency_overrides.set<get_prices>([] { return Prices{20}; });
        }
    });
    app.get("/ledger", [](FastAPI& self) {
        const auto& book = self.state.get<Ledger>();
        return json{book.opened.load(), book.closed.load(), book.noted.load(), book.wrong.load()};
    });
}

std::string ask(SocketClient& client, const std::string& path, const std::string& name) {
    client.received.clear();
    client.send("GET " + path + " HTTP/1.1\r\nhost: x\r\nx-name: " + name + "\r\n\r\n");
    std::string all = client.read_until("\r\n\r\n");
    std::size_t body = all.find("\r\n\r\n") + 4;
    std::size_t at = all.find("content-length: ");
    if (at == std::string::npos || at > body) { // in chunks
        all = client.read_until("\r\n0\r\n\r\n");
    } else {
        std::size_t length = std::stoul(all.substr(at + 16));
        while (client.received.size() < body + length && !client.over) client.read_until("\x01never", 1);
        all = client.received;
    }
    return all;
}

TEST_CASE("64 clients at once: dependencies, state, background tasks, overrides that change") {
    Served server(add_all, {"--no-access-log"});
    std::atomic<int> wrong = 0;
    std::atomic<int> asked = 0;
    std::atomic<int> noted = 0;
    std::vector<std::thread> clients;
    for (int number = 0; number < 64; ++number) {
        clients.emplace_back([&, number] {
            SocketClient client(server.port);
            std::string name = "client-" + std::to_string(number);
            for (int round = 0; round < 20; ++round) {
                int n = number + round;
                int kind = (number + round) % 4;
                if (kind == 3 && number % 16 == 3) {
                    ask(client, round % 2 ? "/override/10" : "/override/20", name);
                    continue;
                }
                std::string path = kind == 0 ? "/price/" : kind == 1 ? "/task/" : "/stream/";
                std::string answer = ask(client, path + std::to_string(n), name);
                ++asked;
                if (kind < 2) ++noted;
                std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
                bool good = answer.starts_with("HTTP/1.1 200") && answer.find("x-visitor: " + name + "\r\n") != std::string::npos;
                if (kind < 2) good = good && (body == std::to_string(n * 10) || body == std::to_string(n * 20));
                if (kind >= 2 && n % 4) good = good && (body.find("10\n") != std::string::npos || body.find("20\n") != std::string::npos);
                if (!good) ++wrong;
            }
        });
    }
    for (std::thread& client : clients) client.join();
    CHECK(wrong == 0);
    std::string wanted = "[" + std::to_string(asked) + "," + std::to_string(asked) + "," + std::to_string(noted) + ",0]";
    std::string seen;
    for (int i = 0; i < 200 && seen != wanted; ++i) { // the last tasks and tear-downs may still run
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        SocketClient client(server.port);
        std::string answer = ask(client, "/ledger", "client-last");
        seen = answer.substr(answer.find("\r\n\r\n") + 4);
    }
    CHECK(seen == wanted);
}

} // namespace
