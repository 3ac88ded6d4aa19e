#pragma once

// An application served by run() in a child process, on a free port; stopped with this object, and bounded in time.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "fastapi/fastapi.hpp"

class Served {
  public:
    explicit Served(void (*add_routes)(fastapi::FastAPI&), std::vector<std::string> options = {"--no-access-log"}, const fastapi::FastAPIOptions& settings = {}) {
        int out[2];
        REQUIRE(::pipe(out) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(out[1], 1);
            ::close(out[0]);
            ::alarm(120); // whatever happens to the parent
            fastapi::FastAPI app{settings};
            add_routes(app);
            std::vector<std::string> arguments{"server", "--port", "0"};
            arguments.insert(arguments.end(), options.begin(), options.end());
            std::vector<char*> argv;
            for (std::string& argument : arguments) argv.push_back(argument.data());
            ::_exit(app.run(static_cast<int>(argv.size()), argv.data()));
        }
        ::close(out[1]);
        output_ = out[0];
        std::string text;
        char buffer[512];
        while (text.find("(press") == std::string::npos) {
            auto n = ::read(output_, buffer, sizeof buffer);
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        std::size_t at = text.find("127.0.0.1:");
        if (at != std::string::npos) port = std::atoi(text.c_str() + at + 10);
        REQUIRE(port > 0);
    }
    ~Served() {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
        ::close(output_);
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
    int port = 0;
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
    int output_ = -1;
};
