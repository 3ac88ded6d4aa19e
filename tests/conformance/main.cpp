// conformance: replays what was recorded of real FastAPI against the ports of its applications, and compares.
//   conformance [--corpus FILE] [--openapi DIR] [--vectors FILE] [--schemas FILE] [--app NAME-or-prefix]
//               [--all] [--list] [--expected FILE]
// --all prints every mismatch, --list the names of what is ported and what is not.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>

#include "conformance.hpp"

namespace conformance {

namespace {

std::string decode_base64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    int count = 0;
    for (char c : text) {
        std::size_t digit = alphabet.find(c);
        if (digit == std::string_view::npos) break;
        bits = bits << 6 | static_cast<unsigned>(digit);
        if ((count += 6) >= 8) out.push_back(static_cast<char>(static_cast<unsigned char>(bits >> (count -= 8))));
    }
    return out;
}

} // namespace

std::string body_bytes(const Value* body) {
    if (!body) return "";
    if (const Value* text = body->find("text")) return text->text;
    return decode_base64(body->get("b64"));
}

namespace {

std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return text;
}

fastapi::TextPairs header_pairs(const Value* list) {
    fastapi::TextPairs pairs;
    if (!list) return pairs;
    for (const Value& header : list->items) pairs.emplace_back(header.items.at(0).text, header.items.at(1).text);
    return pairs;
}

std::set<std::string> texts(const Value* list) {
    std::set<std::string> out;
    if (list)
        for (const Value& item : list->items) out.insert(item.text);
    return out;
}

// A list in a header as a sorted text, so that its order does not count.
std::string sorted_list(const std::string& value, char separator) {
    std::vector<std::string> parts;
    std::string part;
    for (char c : value + separator) {
        if (c != separator) {
            part.push_back(c);
            continue;
        }
        std::size_t begin = std::min(part.find_first_not_of(' '), part.size());
        parts.push_back(part.substr(begin));
        part.clear();
    }
    // The first part of a cookie is the cookie itself.
    std::sort(parts.begin() + (separator == ';' ? 1 : 0), parts.end());
    std::string out;
    for (const std::string& one : parts) out += (out.empty() ? "" : std::string{separator, ' '}) + one;
    return out;
}

std::unique_ptr<fastapi::FastAPI> make_application(const Port& port) {
    fastapi::FastAPIOptions options;
    if (port.options) options = port.options();
    options.docs_fallback = false; // FastAPI's own pages, without our addition to them
    auto app = std::make_unique<fastapi::FastAPI>(options);
    port.setup(*app);
    return app;
}

struct Answer {
    int status = 0;
    fastapi::TextPairs headers;
    std::string body;
};

class Session {
  public:
    Session(const Port& port, Report& report) : port_(port), report_(report) {}

    void run(const std::vector<Value>& steps) {
        if (!start(steps.size())) return;
        for (std::size_t i = 0; i < steps.size();) {
            if (steps[i].get("kind") == "websocket") {
                i = run_sockets(steps, i);
            } else {
                run_step(steps[i++]);
            }
        }
    }

  private:
    const Port& port_;
    Report& report_;
    std::unique_ptr<fastapi::FastAPI> app_;
    std::unique_ptr<fastapi::TestClient> client_;
    std::string test_;
    std::string client_key_;
    std::map<std::string, std::string> captures_;

    bool start(std::size_t count) {
        try {
            app_ = make_application(port_);
            return true;
        } catch (const std::exception& error) {
            std::string name(port_.name);
            for (std::size_t i = 0; i < count; ++i)
                report_.add("exchanges", name, "registration", "-- " + name,
                            {std::string("   the application cannot be made: ") + error.what()});
            return false;
        }
    }

    std::string filled(std::string text) const {
        for (const auto& [name, value] : captures_) {
            std::string mark = "{{" + name + "}}";
            for (std::size_t i = 0; (i = text.find(mark, i)) != std::string::npos; i += value.size())
                text.replace(i, mark.size(), value);
        }
        for (std::size_t i = 0; (i = text.find("{{jwt:", i)) != std::string::npos;) {
            std::size_t end = text.find("}}", i);
            std::string claims = fastapi::Base64Encoder::decode(std::string_view(text).substr(i + 6, end - i - 6));
            text.replace(i, end + 2 - i, fastapi::jwt::encode(fastapi::parse_json(claims), jwt_secret, {.expires_in = std::chrono::minutes(10)}));
        }
        return text;
    }

    // The sessions of one test. Returns where the next steps are.
    std::size_t run_sockets(const std::vector<Value>& steps, std::size_t first) {
        std::vector<const Value*> sockets;
        std::size_t next = first;
        for (; next < steps.size() && steps[next].get("kind") == "websocket" && steps[next].get("test") == steps[first].get("test"); ++next)
            sockets.push_back(&steps[next]);
        fastapi::TestClient client{*app_};
        run_websockets(report_, std::string(port_.name), client, sockets);
        return next;
    }

    void run_step(const Value& step) {
        const std::string test = step.get("test");
        if (test != test_) {
            test_ = test;
            captures_.clear();
            client_.reset();
        }
        const std::string replay = step.get("replay");
        const Value& req = *step.find("req");
        bool fixture = replay != "needs-fixture" || (port_.fixture && port_.fixture(test));
        if (!fixture || (replay == "overrides" && !port_.overrides)) return report_.skip("exchanges");
        app_->dependency_overrides.reset();
        for (const std::string& name : texts(step.find("overrides")))
            if (port_.overrides) port_.overrides(*app_, name, test);

        std::string what = req.get("method") + " " + req.get("target");
        std::string body = filled(body_bytes(req.find("body")));
        std::string heading = "-- " + std::string(port_.name) + "  " +
                              test.substr(std::min(test.find("::"), test.size())) + "\n   sent   " + what;
        if (const Value* headers = req.find("headers")) heading += "  " + headers->dump();
        if (!body.empty()) heading += "\n          " + shortened(body);
        std::vector<std::string> differences;
        try {
            Answer answer = send(req, body);
            compare_answer(*step.find("res"), answer, differences);
            capture(*step.find("res"), answer);
        } catch (const std::exception& error) {
            differences.push_back(std::string("   an exception left the application: ") + error.what());
        }
        report_.add("exchanges", std::string(port_.name), body.empty() ? what : what + " " + body, heading,
                    differences);
    }

    Answer send(const Value& req, const std::string& body) {
        fastapi::TextPairs headers = header_pairs(req.find("headers"));
        for (auto& [name, value] : headers) value = filled(value);
        std::string target = filled(req.get("target"));
        if (req.find("drop_headers")) return send_bare(req, headers, target, body);
        std::string root_path = req.get("root_path");
        std::string base_url = req.get("scheme", "http") + "://testserver";
        if (!client_ || client_key_ != base_url + root_path) {
            fastapi::TestClientOptions options;
            options.base_url = base_url;
            options.root_path = root_path;
            options.raise_server_exceptions = false;
            options.follow_redirects = false;
            client_ = std::make_unique<fastapi::TestClient>(*app_, options);
            client_key_ = base_url + root_path;
        }
        client_->cookies.clear(); // those that were sent are among the recorded headers
        fastapi::TestRequest request;
        request.headers = headers;
        if (req.find("body")) request.content = body;
        fastapi::TestResponse response = client_->request(req.get("method"), target, request);
        Answer answer{response.status_code, {}, response.content};
        for (const auto& [name, value] : response.headers) answer.headers.emplace_back(name, value);
        return answer;
    }

    // Without a client, because it cannot leave out its own headers.
    Answer send_bare(const Value& req, const fastapi::TextPairs& extra, const std::string& target,
                     const std::string& body) {
        std::set<std::string> dropped = texts(req.find("drop_headers"));
        fastapi::TextPairs headers;
        for (auto [name, value] : {std::pair{"host", "testserver"},
                                   {"accept", "*/*"},
                                   {"accept-encoding", "gzip, deflate"},
                                   {"connection", "keep-alive"},
                                   {"user-agent", "testclient"}})
            if (!dropped.contains(name)) headers.emplace_back(name, value);
        headers.insert(headers.end(), extra.begin(), extra.end());
        if (!body.empty()) headers.emplace_back("content-length", std::to_string(body.size()));
        std::string method = req.get("method");
        std::string root_path = req.get("root_path");
        std::string scheme = req.get("scheme", "http");
        fastapi::Request request;
        request.method = method;
        request.target = target;
        request.scheme = scheme;
        request.root_path = root_path;
        request.body = body;
        for (const auto& [name, value] : headers) request.headers.add(name, value);
        fastapi::Response response = app_->handle(request);
        Answer answer{response.status_code, {}, response.body};
        for (const auto& [name, value] : response.headers) answer.headers.emplace_back(name, value);
        return answer;
    }

    static void compare_answer(const Value& res, const Answer& answer, std::vector<std::string>& differences) {
        auto differ = [&](const std::string& where, const std::string& wanted, const std::string& got) {
            differences.push_back("   wanted " + where + wanted);
            differences.push_back("   got    " + where + got);
        };
        std::string status = res.get("status");
        if (status != std::to_string(answer.status)) differ("status ", status, std::to_string(answer.status));
        compare_headers(res, answer, differences);
        CompareOptions options;
        options.volatile_pointers = texts(res.find("volatile"));
        if (const Value* json = res.find("json")) {
            std::optional<Value> got = parse(answer.body);
            if (!got) return differ("", shortened(json->dump()), "a body that is no JSON: " + shortened(answer.body));
            if (auto one = compare(*json, *got, options)) {
                differ(one->pointer + " ", one->wanted, one->got);
                if (status != std::to_string(answer.status))
                    differences.push_back("          " + shortened(answer.body, 600));
            }
        } else if (std::string wanted = body_bytes(res.find("body"));
                   wanted != answer.body && !options.volatile_pointers.contains("")) {
            differ("body ", quoted_text(shortened(wanted, 600)), quoted_text(shortened(answer.body, 600)));
        }
    }

    static void compare_headers(const Value& res, const Answer& answer, std::vector<std::string>& differences) {
        std::set<std::string> changing = texts(res.find("volatile_headers"));
        bool is_json = res.find("json") != nullptr;
        auto prepared = [&](const fastapi::TextPairs& pairs) {
            std::multiset<std::pair<std::string, std::string>> out;
            for (const auto& [key, value] : pairs) {
                std::string name = lower_case(key);
                if (name == "date" || name == "server" || name == "connection" || (name == "content-length" && is_json))
                    continue;
                std::string text = value;
                if (changing.contains(name)) text.clear();
                if (name == "allow") text = sorted_list(text, ',');
                if (name == "set-cookie") text = sorted_list(text, ';');
                out.emplace(name, text);
            }
            return out;
        };
        auto wanted = prepared(header_pairs(res.find("headers")));
        auto got = prepared(answer.headers);
        for (auto i = wanted.begin(); i != wanted.end();) {
            auto same = got.find(*i);
            if (same == got.end()) {
                ++i;
                continue;
            }
            got.erase(same);
            i = wanted.erase(i);
        }
        for (const auto& [name, value] : wanted) differences.push_back("   wanted header " + name + ": " + value);
        for (const auto& [name, value] : got) differences.push_back("   got    header " + name + ": " + value);
    }

    void capture(const Value& res, const Answer& answer) {
        const Value* wishes = res.find("capture");
        if (!wishes) return;
        std::optional<Value> json = parse(answer.body);
        for (const auto& [name, pointer] : wishes->members)
            if (const Value* found = json ? json->at(pointer.text) : nullptr) captures_[name] = found->text;
    }
};

// docs/body/tutorial001 is docs__body__tutorial001.json: what no file name should hold becomes two underscores.
std::string document_name(std::string_view app) {
    std::string out;
    bool replaced = false;
    for (char c : app) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     std::string_view{"_.#-"}.find(c) != std::string_view::npos;
        if (plain) out.push_back(c);
        if (!plain && !replaced) out += "__";
        replaced = !plain;
    }
    return out;
}

// root_path: what the recorded document was asked for with.
void compare_document(const Port& port, const std::string& file, const std::string& url, const std::string& root_path,
                      Report& report) {
    std::string name(port.name);
    std::string what = url.empty() ? "openapi" : "openapi " + url;
    std::vector<std::string> differences;
    try {
        std::unique_ptr<fastapi::FastAPI> app = make_application(port);
        std::string text;
        if (url.empty() && root_path.empty()) {
            text = app->openapi_json();
        } else {
            fastapi::TestClientOptions options;
            options.root_path = root_path;
            text = fastapi::TestClient{*app, options}.get(url.empty() ? "/openapi.json" : url).content;
        }
        std::optional<Value> wanted = parse(read_file(file).value_or(""));
        std::optional<Value> got = parse(text);
        if (!wanted) {
            differences.push_back("   " + file + " is no JSON");
        } else if (!got) {
            differences.push_back("   the document is no JSON: " + shortened(text));
        } else if (auto one = compare(*wanted, *got)) {
            differences.push_back("   wanted " + one->pointer + " " + one->wanted);
            differences.push_back("   got    " + one->pointer + " " + one->got);
        }
    } catch (const std::exception& error) {
        differences.push_back(std::string("   the application cannot be made: ") + error.what());
    }
    report.add("OpenAPI documents", name, what, "-- " + name + "  " + what, differences);
}

using Steps = std::map<std::string, std::vector<Value>>;

// The root_path of the last recorded request for an application's document.
std::string recorded_root_path(const std::vector<Value>& steps) {
    std::string root_path;
    for (const Value& step : steps) {
        const Value* req = step.find("req");
        if (req && req->get("target") == "/openapi.json") root_path = req->get("root_path");
    }
    return root_path;
}

void run_documents(const std::map<std::string, const Port*>& ports, Steps& steps, const std::string& directory,
                   std::string_view prefix, Report& report) {
    std::error_code error;
    std::map<std::string, const Port*> by_document;
    for (const auto& [name, port] : ports) by_document[document_name(name)] = port;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::string stem = file.stem().string();
        std::string url;
        if (std::size_t at = stem.find('@'); at != std::string::npos) {
            url = stem.substr(at + 1);
            std::replace(url.begin(), url.end(), '_', '/');
            stem.resize(at);
        }
        if (!stem.starts_with(document_name(prefix))) continue;
        auto port = by_document.find(stem);
        if (port == by_document.end()) {
            report.skip("OpenAPI documents");
        } else {
            compare_document(*port->second, file.string(), url,
                             recorded_root_path(steps[std::string(port->second->name)]), report);
        }
    }
}

struct Arguments {
    std::string corpus = "../shared/conformance/corpus.jsonl";
    std::string openapi = "../shared/conformance/openapi";
    std::string vectors = "../shared/conformance/vectors.jsonl";
    std::string schemas;
    std::string app;
    std::string expected = (std::filesystem::path(__FILE__).parent_path() / "expected_differences.txt").string();
    bool all = false;
    bool list = false;
};

bool read_arguments(int argc, char** argv, Arguments& out) {
    std::map<std::string_view, std::string*> names = {{"--corpus", &out.corpus},   {"--openapi", &out.openapi},
                                                      {"--vectors", &out.vectors}, {"--schemas", &out.schemas},
                                                      {"--app", &out.app},         {"--expected", &out.expected}};
    for (int i = 1; i < argc; ++i) {
        std::string_view name = argv[i];
        if (name == "--all") {
            out.all = true;
        } else if (name == "--list") {
            out.list = true;
        } else if (auto found = names.find(name); found != names.end() && i + 1 < argc) {
            *found->second = argv[++i];
        } else {
            std::fprintf(
                stderr,
                "conformance: what is %s? There are --corpus FILE, --openapi DIR, --vectors FILE, --schemas FILE, "
                "--app NAME, --expected FILE, --all and --list.\n",
                argv[i]);
            return false;
        }
    }
    if (out.schemas.empty())
        out.schemas = (std::filesystem::path(out.vectors).parent_path() / "schemas.jsonl").string();
    return true;
}

int run(const Arguments& arguments) {
    std::vector<std::string> lines = read_lines(arguments.corpus);
    if (lines.empty() && !std::filesystem::exists(arguments.vectors)) {
        std::printf("conformance: there are no recorded answers at %s, so there is nothing to compare with.\n",
                    arguments.corpus.c_str());
        std::printf("conformance: 0 passed, 0 failed\n");
        return 0;
    }
    Report report;
    report.print_all = arguments.all;
    report.read_expected(arguments.expected);
    Ports ports;
    add_docs_params(ports);
    add_docs_body(ports);
    add_docs_misc(ports);
    add_docs_sql(ports);
    add_docs_websockets(ports);
    add_docs_streams(ports);
    add_docs_dependencies(ports);
    add_docs_forms(ports);
    add_docs_security(ports);
    add_docs_security_jwt(ports);
    add_docs_app(ports);
    add_docs_middleware(ports);
    add_docs_routers(ports);
    add_tests_params(ports);
    add_tests_models(ports);
    add_tests_local(ports);
    add_tests_integration(ports);
    add_local_left(ports);
    std::map<std::string, const Port*> by_name;
    for (const Port& port : ports)
        if (port.name.starts_with(arguments.app)) by_name[std::string(port.name)] = &port;

    std::vector<std::string> order;
    Steps steps;
    for (const std::string& line : lines) {
        std::optional<Value> step = parse(line);
        std::string app = step ? step->get("app") : "";
        if (!app.starts_with(arguments.app)) continue;
        auto& list = steps[app];
        if (list.empty()) order.push_back(app);
        list.push_back(std::move(*step));
    }
    for (const std::string& app : order) {
        auto port = by_name.find(app);
        if (port == by_name.end()) {
            report.not_ported.insert(app);
            for (const Value& step : steps[app]) report.skip(step.get("kind") == "http" ? "exchanges" : "websockets");
        } else {
            report.ported.insert(app);
            Session{*port->second, report}.run(steps[app]);
        }
    }
    run_documents(by_name, steps, arguments.openapi, arguments.app, report);
    TypePorts types;
    add_types(types);
    add_dates_types(types);
    add_numbers_types(types);
    add_network_types(types);
    add_unions_types(types);
    run_vectors(report, types, arguments.vectors, arguments.app);
    run_schemas(report, types, arguments.schemas, arguments.app);
    if (arguments.list) {
        for (const std::string& app : report.ported) std::printf("ported      %s\n", app.c_str());
        for (const std::string& app : report.not_ported) std::printf("not ported  %s\n", app.c_str());
    }
    return report.close(arguments.app.empty());
}

} // namespace

} // namespace conformance

int main(int argc, char** argv) {
    conformance::Arguments arguments;
    if (!conformance::read_arguments(argc, argv, arguments)) return 2;
    return conformance::run(arguments);
}
