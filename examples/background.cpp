// Background tasks, a lifespan and settings: mails are sent behind the answers, through something that lives as long as the server.
//
//   APP_SENDER=shop@example.com ./background        then: curl -X POST 'localhost:8000/notify/ann@example.com'
#include <atomic>
#include <cstdio>

#include "fastapi.hpp"
using namespace fastapi;

struct Settings {
    Field<std::string> sender = "nobody@example.com";
    Field<int, Ge(1)> most_mails = 100;
};

class Mailer {
  public:
    explicit Mailer(Settings settings) : settings_(std::move(settings)) {}
    void send(const std::string& to, const std::string& text) {
        if (sent_.fetch_add(1) >= settings_.most_mails) throw std::runtime_error("too many mails");
        std::printf("from %s to %s: %s\n", settings_.sender->c_str(), to.c_str(), text.c_str());
    }
    [[nodiscard]] int sent() const { return sent_.load(); }

  private:
    Settings settings_;
    std::atomic<int> sent_{0};
};

Mailer& mailer(FastAPI& app) { return app.state.get<Mailer>(); }

int main(int argc, char** argv) {
    FastAPI app{{.title = "Mails"}};
    app.lifespan([](FastAPI& self) -> Lifespan {
        self.state.emplace<Mailer>(load_settings<Settings>({.env_prefix = "APP_", .env_file = ".env", .extra = Extra::ignore}));
        co_yield {};
        std::printf("%d mails were sent\n", self.state.get<Mailer>().sent());
    });
    app.post("/notify/{email}", [](Path<std::string, "email"> email, BackgroundTasks& tasks, Depends<mailer> mails) {
        tasks.add_task(&Mailer::send, &*mails, *email, "Hello");
        return json{{"message", "The mail is on its way"}};
    }, {.status_code = 202});
    app.get("/sent", [](Depends<mailer> mails) { return mails->sent(); });
    return app.run(argc, argv);
}
