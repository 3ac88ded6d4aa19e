// Replays recorded WebSocket sessions through TestClient.

#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>

#include "conformance.hpp"

namespace conformance {

namespace {

constexpr int moment = 40;     // ms: how long a session waits while others may go on
constexpr int patience = 3000; // ms: how long all of them may stand still

// One session: its recorded events are gone through one after the other.
class Replay {
  public:
    Replay(const Value& step, fastapi::TestClient& client) : step_(step), events_(step.find("events")->items) { open(client); }

    [[nodiscard]] bool done() const { return at_ == events_.size() || !differences.empty(); }
    // Goes on as far as it can without waiting for longer than some milliseconds. Returns whether anything happened.
    bool advance(int milliseconds) {
        std::size_t before = at_;
        try {
            while (!done() && next(milliseconds)) ++at_;
        } catch (const std::exception& error) {
            differ(events_[at_].items.at(1).dump(), error.what());
        }
        return at_ != before || !differences.empty();
    }
    // Ends the session: a handler that raised when it was recorded raises here.
    void close() {
        if (!session_ || !differences.empty()) return;
        std::string raised = step_.get("raises");
        // An end that the handler lets pass is no failure here (WebSocketDisconnect there).
        bool fails = !raised.empty() && raised != "WebSocketDisconnect";
        try {
            session_->wait();
            if (fails) differ("an exception: " + raised, "none");
        } catch (const std::exception& error) {
            if (!fails) differ("no exception", error.what());
        }
    }
    void stuck() { differ(events_[at_].items.at(1).dump(), "nothing"); }

    std::vector<std::string> differences;

  private:
    const Value& step_;
    const std::vector<Value>& events_;
    std::optional<fastapi::WebSocketTestSession> session_;
    std::size_t at_ = 0;

    void differ(const std::string& wanted, const std::string& got) {
        differences.push_back("   event " + std::to_string(at_));
        differences.push_back("   wanted " + shortened(wanted));
        differences.push_back("   got    " + shortened(got));
    }

    void open(fastapi::TestClient& client) {
        const Value& req = *step_.find("req");
        fastapi::TestWebSocketRequest request;
        if (const Value* headers = req.find("headers"))
            for (const Value& header : headers->items) request.headers.emplace_back(header.items.at(0).text, header.items.at(1).text);
        while (at_ < events_.size() && type() == "websocket.connect") ++at_;
        try {
            session_ = client.websocket_connect(req.get("target"), request);
            if (at_ == events_.size() || type() != "websocket.accept") return differ(events_[at_ - 1].dump(), "websocket.accept");
            compare_accept(message());
            ++at_;
        } catch (const fastapi::WebSocketDenialResponse& denial) {
            differ(at_ < events_.size() ? message().dump() : "the end", "an answer with status " + std::to_string(denial.status_code));
        } catch (const fastapi::WebSocketDisconnect& closed) {
            compare_close(closed);
        } catch (const std::exception& error) {
            differ(at_ < events_.size() ? message().dump() : "the end", error.what());
        }
    }

    const Value& message() const { return events_[at_].items.at(1); }
    std::string type() const { return message().get("type"); }

    void compare_accept(const Value& wanted) {
        if (wanted.get("subprotocol") != session_->accepted_subprotocol()) differ(wanted.dump(), session_->accepted_subprotocol());
        const Value* headers = wanted.find("headers");
        std::size_t count = headers ? headers->items.size() : 0;
        if (count != session_->extra_headers().size()) return differ(wanted.dump(), "other headers");
        std::size_t i = 0;
        for (const auto& [name, value] : session_->extra_headers()) {
            const Value& header = headers->items[i++];
            if (header.items.at(0).text != name || header.items.at(1).text != value) differ(wanted.dump(), name + ": " + value);
        }
    }

    // A reason may be a text or the JSON of an error list.
    void compare_close(const fastapi::WebSocketDisconnect& closed) {
        std::string got = std::to_string(closed.code) + " " + closed.reason;
        if (at_ == events_.size() || type() != "websocket.close") return differ(at_ < events_.size() ? message().dump() : "the end", got);
        const Value* reason = message().find("reason");
        bool same = message().get("code") == std::to_string(closed.code);
        if (reason && reason->kind == Value::Kind::array) {
            std::optional<Value> list = parse(closed.reason);
            same = same && list && !compare(*reason, *list);
        } else {
            same = same && (reason ? reason->text : "") == closed.reason;
        }
        if (!same) return differ(message().dump(), got);
        ++at_;
    }

    // One event. Returns false when nothing has come yet.
    bool next(int milliseconds) {
        const Value& wanted = message();
        bool of_client = events_[at_].items.at(0).text == "c";
        if (of_client && type() == "websocket.receive") {
            if (const Value* text = wanted.find("text"); text && text->kind == Value::Kind::string) {
                session_->send_text(text->text);
            } else {
                session_->send_bytes(body_bytes(wanted.find("bytes")));
            }
            return true;
        }
        if (of_client) {
            session_->close(std::stoi(wanted.get("code", "1000")), wanted.get("reason"));
            return true;
        }
        if (!session_->poll(milliseconds)) return false;
        if (type() == "websocket.close") {
            try {
                differ(wanted.dump(), session_->receive_text());
            } catch (const fastapi::WebSocketDisconnect& closed) {
                compare_close(closed);
                --at_; // the caller counts
            }
            return true;
        }
        const Value* text = wanted.find("text");
        bool is_text = text && text->kind == Value::Kind::string;
        std::string sent = is_text ? text->text : body_bytes(wanted.find("bytes"));
        std::string got = is_text ? session_->receive_text() : session_->receive_bytes();
        if (got != sent) differ(wanted.dump(), got);
        return true;
    }
};

} // namespace

void run_websockets(Report& report, const std::string& app, fastapi::TestClient& client, const std::vector<const Value*>& steps) {
    // Sessions of one test may be open at the same time: what is recorded is the order within each. All are opened, and each
    // goes on as far as it can until all have ended.
    std::vector<std::unique_ptr<Replay>> sessions;
    for (const Value* step : steps) sessions.push_back(std::make_unique<Replay>(*step, client));
    int waited = 0;
    for (bool open = true; open && waited < patience;) {
        bool moved = false;
        open = false;
        for (auto& session : sessions) {
            if (session->done()) continue;
            moved = session->advance(moment) || moved;
            open = open || !session->done();
        }
        waited = moved ? 0 : waited + moment;
    }
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (!sessions[i]->done()) sessions[i]->stuck();
        sessions[i]->close();
        const std::string test = steps[i]->get("test");
        std::string what = "WEBSOCKET " + steps[i]->find("req")->get("target");
        report.add("websockets", app, what, "-- " + app + "  " + test.substr(std::min(test.find("::"), test.size())) + "\n   " + what,
                   sessions[i]->differences);
    }
}

} // namespace conformance
