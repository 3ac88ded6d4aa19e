// Ports of FastAPI's documented WebSocket applications.

#include <algorithm>
#include <memory>
#include <mutex>

#include "conformance.hpp"

using namespace fastapi;

namespace conformance {

namespace {

namespace websockets_tutorial001 {
constexpr std::string_view page = R"html(
<!DOCTYPE html>
<html>
    <head>
        <title>Chat</title>
    </head>
    <body>
        <h1>WebSocket Chat</h1>
        <form action="" onsubmit="sendMessage(event)">
            <input type="text" id="messageText" autocomplete="off"/>
            <button>Send</button>
        </form>
        <ul id='messages'>
        </ul>
        <script>
            var ws = new WebSocket("ws://localhost:8000/ws");
            ws.onmessage = function(event) {
                var messages = document.getElementById('messages')
                var message = document.createElement('li')
                var content = document.createTextNode(event.data)
                message.appendChild(content)
                messages.appendChild(message)
            };
            function sendMessage(event) {
                var input = document.getElementById("messageText")
                ws.send(input.value)
                input.value = ''
                event.preventDefault()
            }
        </script>
    </body>
</html>
)html";
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return HTMLResponse(std::string(page)); }, {.name = "get"});
    app.websocket("/ws", [](WebSocket& ws) {
        ws.accept();
        for (;;) ws.send_text("Message text was: " + ws.receive_text());
    });
}
} // namespace websockets_tutorial001

namespace websockets_tutorial002 {
constexpr std::string_view page = R"html(
<!DOCTYPE html>
<html>
    <head>
        <title>Chat</title>
    </head>
    <body>
        <h1>WebSocket Chat</h1>
        <form action="" onsubmit="sendMessage(event)">
            <label>Item ID: <input type="text" id="itemId" autocomplete="off" value="foo"/></label>
            <label>Token: <input type="text" id="token" autocomplete="off" value="some-key-token"/></label>
            <button onclick="connect(event)">Connect</button>
            <hr>
            <label>Message: <input type="text" id="messageText" autocomplete="off"/></label>
            <button>Send</button>
        </form>
        <ul id='messages'>
        </ul>
        <script>
        var ws = null;
            function connect(event) {
                var itemId = document.getElementById("itemId")
                var token = document.getElementById("token")
                ws = new WebSocket("ws://localhost:8000/items/" + itemId.value + "/ws?token=" + token.value);
                ws.onmessage = function(event) {
                    var messages = document.getElementById('messages')
                    var message = document.createElement('li')
                    var content = document.createTextNode(event.data)
                    message.appendChild(content)
                    messages.appendChild(message)
                };
                event.preventDefault()
            }
            function sendMessage(event) {
                var input = document.getElementById("messageText")
                ws.send(input.value)
                input.value = ''
                event.preventDefault()
            }
        </script>
    </body>
</html>
)html";
std::string get_cookie_or_token(WebSocket&, Cookie<std::optional<std::string>, "session"> session,
                                Query<std::optional<std::string>, "token"> token) {
    if (!session->has_value() && !token->has_value()) throw WebSocketException(1008);
    return session->has_value() ? **session : **token;
}
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return HTMLResponse(std::string(page)); }, {.name = "get"});
    app.websocket("/items/{item_id}/ws", [](WebSocket& ws, Path<std::string, "item_id"> item_id, Query<std::optional<int>, "q"> q,
                                            Depends<get_cookie_or_token> cookie_or_token) {
        ws.accept();
        for (;;) {
            std::string data = ws.receive_text();
            ws.send_text("Session cookie or query token value is: " + *cookie_or_token);
            if (q->has_value()) ws.send_text("Query parameter q is: " + std::to_string(**q));
            ws.send_text("Message text was: " + data + ", for item ID: " + *item_id);
        }
    });
}
} // namespace websockets_tutorial002

namespace websockets_tutorial003 {
constexpr std::string_view page = R"html(
<!DOCTYPE html>
<html>
    <head>
        <title>Chat</title>
    </head>
    <body>
        <h1>WebSocket Chat</h1>
        <h2>Your ID: <span id="ws-id"></span></h2>
        <form action="" onsubmit="sendMessage(event)">
            <input type="text" id="messageText" autocomplete="off"/>
            <button>Send</button>
        </form>
        <ul id='messages'>
        </ul>
        <script>
            var client_id = Date.now()
            document.querySelector("#ws-id").textContent = client_id;
            var ws = new WebSocket(`ws://localhost:8000/ws/${client_id}`);
            ws.onmessage = function(event) {
                var messages = document.getElementById('messages')
                var message = document.createElement('li')
                var content = document.createTextNode(event.data)
                message.appendChild(content)
                messages.appendChild(message)
            };
            function sendMessage(event) {
                var input = document.getElementById("messageText")
                ws.send(input.value)
                input.value = ''
                event.preventDefault()
            }
        </script>
    </body>
</html>
)html";
// The connections of an application, as long as it lives.
struct Manager {
    std::mutex mutex;
    std::vector<WebSocket*> connections;
    void connect(WebSocket& ws) {
        ws.accept();
        std::lock_guard lock(mutex);
        connections.push_back(&ws);
    }
    void disconnect(WebSocket& ws) {
        std::lock_guard lock(mutex);
        std::erase(connections, &ws);
    }
    void broadcast(const std::string& message) {
        std::lock_guard lock(mutex);
        for (WebSocket* one : connections) one->send_text(message);
    }
};
void setup(FastAPI& app) {
    app.get("/", []() -> Response { return HTMLResponse(std::string(page)); }, {.name = "get"});
    app.websocket("/ws/{client_id}", [manager = std::make_shared<Manager>()](WebSocket& ws, int client_id) {
        manager->connect(ws);
        std::string client = "Client #" + std::to_string(client_id);
        for (const std::string& data : ws.iter_text()) {
            ws.send_text("You wrote: " + data);
            manager->broadcast(client + " says: " + data);
        }
        manager->disconnect(ws);
        manager->broadcast(client + " left the chat");
    });
}
} // namespace websockets_tutorial003

namespace app_testing_tutorial002 {
void setup(FastAPI& app) {
    app.get("/", [] { return json{{"msg", "Hello World"}}; }, {.name = "read_main"});
    app.websocket("/ws", [](WebSocket& ws) {
        ws.accept();
        ws.send_json(json{{"msg", "Hello WebSocket"}});
        ws.close();
    });
}
} // namespace app_testing_tutorial002

} // namespace

void add_docs_websockets(Ports& ports) {
    ports.push_back({"docs/app_testing/tutorial002", &app_testing_tutorial002::setup});
    ports.push_back({"docs/websockets_/tutorial001", &websockets_tutorial001::setup});
    ports.push_back({"docs/websockets_/tutorial002", &websockets_tutorial002::setup});
    ports.push_back({"docs/websockets_/tutorial003", &websockets_tutorial003::setup});
}

} // namespace conformance
