#pragma once

// Which exception handler answers (wire.md 9): by status first, then by the nearest base class. What a handler throws is looked up
// once more, and is a 500 after that, as it is in FastAPI, where the routes and the application each have such a place.

#include "fastapi/app/exceptions.hpp"
#include "fastapi/app/fastapi.hpp"
#include "fastapi/routing/handler.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {
Response answer_exception(const HTTPException& exception);

FASTAPI_COLD Response validation_response(const RequestValidationError& error) {
    return Response(concat({R"({"detail":)", errors_to_text(error.list), "}"}), 422, {}, "application/json");
}
FASTAPI_INLINE void start_handler(Request& request, Response& response) {
    Exchange exchange{request, response};
    start_pending(exchange);
}
} // namespace detail

FASTAPI_COLD RequestValidationError::RequestValidationError(ErrorList list_of_errors, std::string body_text)
    : ValidationError("request", std::move(list_of_errors)), body_text_(std::move(body_text)) {
    detail::answer_validation_error.store([](Response& response) {
        try {
            throw;
        } catch (const RequestValidationError& error) {
            response = detail::validation_response(error);
            return true;
        } catch (...) {
            return false;
        }
    }, std::memory_order_relaxed);
}
FASTAPI_COLD json RequestValidationError::body() const { return body_text_.empty() ? json() : parse_json(body_text_); }

FASTAPI_COLD Response http_exception_handler(const Request&, const HTTPException& exception) {
    return detail::answer_exception(exception);
}
FASTAPI_COLD Response request_validation_exception_handler(const Request&, const RequestValidationError& error) {
    return detail::validation_response(error);
}
FASTAPI_COLD void websocket_request_validation_exception_handler(WebSocket& socket, const WebSocketRequestValidationError& error) {
    socket.close(1008, errors_to_text(error.list));
}

// The handlers of an application. The lists are in an order in which no class comes behind one that it is derived from.
// A template, as what reaches it, so that programs that register none do not compile it.
template <int>
struct FastAPI::ExceptionHandlers final : FastAPI::Attached, detail::ExceptionSupport {
    using Entry = detail::ExceptionEntry;
    using Result = Entry::Result;

    ExceptionHandlers() {
        dispose = &destroy<ExceptionHandlers>;
        answer = [](const ExceptionSupport& self, Request& request, Response& response) {
            return static_cast<const ExceptionHandlers&>(self).answer_twice(request, response);
        };
        close = [](const ExceptionSupport& self, WebSocket& socket) {
            return static_cast<const ExceptionHandlers&>(self).close_socket(socket);
        };
        add_default<HTTPException>(&http_exception_handler);
        add_default<RequestValidationError>(&request_validation_exception_handler);
        // These have their own ways (app/websocket.ipp); they stand here to be nearer than their bases.
        add_default<WebSocketException>([](WebSocket&, const WebSocketException&) {});
        add_default<WebSocketDisconnect>([](WebSocket&, const WebSocketDisconnect&) {});
        add_default<HTTPException>([](WebSocket&, const HTTPException&) {});
        add_default<WebSocketRequestValidationError>(&websocket_request_validation_exception_handler);
    }
    ~ExceptionHandlers() {
        for (Entry* list : {by_status, by_class, sockets, server_error})
            while (list) delete std::exchange(list, list->next);
    }
    ExceptionHandlers(const ExceptionHandlers&) = delete;
    ExceptionHandlers& operator=(const ExceptionHandlers&) = delete;

    template <class E, class F>
    void add_default(F function) {
        Entry* made = detail::make_exception_handler<E>(std::move(function)).release();
        made->is_default = true;
        insert(made->for_websockets ? sockets : by_class, made);
    }

    static void insert(Entry*& list, Entry* made) {
        Entry** place = &list;
        while (*place && !(*place)->is_base_of(*made)) place = &(*place)->next;
        made->next = *place;
        if (*place && made->is_base_of(**place)) { // the same class: the later one counts
            made->next = (*place)->next;
            delete *place;
        }
        *place = made;
    }

    void add(Entry* made, int status_code) {
        if (status_code < 0 && !made->for_websockets) {
            delete std::exchange(server_error, made);
            fail = [](const ExceptionSupport& self, const std::exception_ptr& thrown, Request& request, Response& response) {
                static_cast<const ExceptionHandlers&>(self).answer_failure(thrown, request, response);
            };
            return;
        }
        if (status_code > 0 && !made->for_websockets) {
            made->status_code = status_code;
            made->next = by_status;
            by_status = made;
            return;
        }
        insert(made->for_websockets ? sockets : by_class, made);
        ListOf validation{made->for_websockets ? sockets : by_class};
        bool handled = false;
        if (made->for_websockets) {
            handled = validation.template nearest<WebSocketRequestValidationError>();
            refuse_socket = handled ? &refuse_parameters_of_socket : nullptr;
        } else {
            handled = validation.template nearest<RequestValidationError>();
            refuse = handled ? &refuse_parameters : nullptr;
        }
    }
    struct ListOf {
        const Entry* first;
        // Whether an exception of a class would come to a handler that somebody registered.
        template <class E>
        [[nodiscard]] bool nearest() const {
            struct Thrower final : Entry {
                Result answer(Request&, Response&) const override { return Result::another; }
                Result close(WebSocket&) const override { return Result::another; }
                void throw_pointer() const override { throw static_cast<const E*>(nullptr); }
                [[nodiscard]] bool is_base_of(const Entry&) const override { return false; }
            } thrower;
            for (const Entry* entry = first; entry; entry = entry->next)
                if (entry->is_base_of(thrower)) return !entry->is_default;
            return false;
        }
    };

    [[nodiscard]] bool answer_once(Request& request, Response& response) const {
        int status = 0;
        try {
            throw;
        } catch (const HTTPException& exception) {
            status = exception.status_code;
        } catch (...) { // by class, then
        }
        for (const Entry* entry = status ? by_status : nullptr; entry; entry = entry->next)
            if (entry->status_code == status && entry->answer(request, response) == Result::answered) return true;
        for (const Entry* entry = by_class; entry; entry = entry->next)
            if (entry->answer(request, response) == Result::answered) return true;
        return false;
    }
    [[nodiscard]] bool answer_twice(Request& request, Response& response) const {
        std::exception_ptr thrown;
        try {
            return answer_once(request, response);
        } catch (...) {
            thrown = std::current_exception();
        }
        try {
            std::rethrow_exception(thrown);
        } catch (...) {
            if (!answer_once(request, response)) throw;
        }
        return true;
    }
    void answer_failure(const std::exception_ptr& thrown, Request& request, Response& response) const {
        try {
            try {
                std::rethrow_exception(thrown);
            } catch (...) {
                Response made;
                if (server_error->answer(request, made) == Result::answered) response = std::move(made);
            }
        } catch (...) { // the response stays as it is
            std::fputs("ERROR:    Exception in the exception handler of 500\n", stderr);
        }
    }
    [[nodiscard]] bool close_socket(WebSocket& socket) const {
        bool was_open = is_open(socket);
        for (const Entry* entry = sockets; entry; entry = entry->next)
            if (entry->close(socket) == Result::answered) return entry->is_default ? was_open && !is_open(socket) : leave_closed(socket);
        return false;
    }
    static bool is_open(const WebSocket& socket) {
        return socket.application_state() == WebSocketState::connecting || socket.application_state() == WebSocketState::connected;
    }
    // Behind a handler.
    static bool leave_closed(WebSocket& socket) {
        if (socket.application_state() == WebSocketState::connecting) socket.close();
        if (socket.application_state() == WebSocketState::connected) socket.close(1011);
        return true;
    }

    [[noreturn]] static void refuse_parameters(const detail::Endpoint& endpoint, detail::Exchange& exchange) {
        const Request& request = exchange.request;
        std::string body;
        if (endpoint.has_body && !request.body.empty()) {
            detail::Document document;
            auto type = request.headers.get("content-type");
            if ((type ? detail::is_json_type(*type) : !exchange.strict_content_type) && document.parse(request.body, exchange.max_depth)) {
                body = request.body;
            } else {
                detail::write_json_string(body, detail::is_valid_utf8(request.body) ? request.body : std::string_view{});
            }
        }
        ErrorList errors = std::move(exchange.errors);
        exchange.errors.clear();
        throw RequestValidationError(std::move(errors), std::move(body));
    }
    static void refuse_parameters_of_socket(WebSocket& socket, const ErrorList& errors) {
        const detail::ExceptionSupport& self = *detail::exception_support_of(socket.request());
        try {
            throw WebSocketRequestValidationError(errors);
        } catch (...) {
            if (!self.close(self, socket)) throw;
        }
    }

    Entry* by_status = nullptr;
    Entry* by_class = nullptr;
    Entry* sockets = nullptr;
    Entry* server_error = nullptr;
};

template <int Form>
[[gnu::cold]] void FastAPI::add_exception_handler(detail::Owned<detail::ExceptionEntry> entry, int status_code) {
    if (!exceptions_) {
        auto* made = new ExceptionHandlers<Form>;
        attach(made);
        exceptions_ = made;
    }
    if (status_code == 500)
        throw std::logic_error("fastapi: the handler of 500 is for any exception: it takes (const Request&, const std::exception&)");
    static_cast<ExceptionHandlers<Form>*>(exceptions_)->add(entry.release(), status_code);
}
#if defined(FASTAPI_IMPLEMENTATION)
template void FastAPI::add_exception_handler<0>(detail::Owned<detail::ExceptionEntry> entry, int status_code);
#endif

} // namespace fastapi
