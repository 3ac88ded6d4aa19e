// Validation vectors and schemas of single field types: each type is a model M with the field my_field, posted to /body,
// and a query parameter my_field of /query; both answer with M.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "conformance.hpp"

namespace conformance {

namespace {

constexpr std::string_view unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (unreserved.find(c) != std::string_view::npos) {
            out.push_back(c);
        } else {
            out += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return out;
}

bool is_set(std::string_view type) { return type.starts_with("set[") || type.starts_with("frozenset["); }

// The recorded errors with their whole loc, as the answer has them.
Value error_document(const Value& errors, bool body) {
    Value document;
    document.kind = Value::Kind::object;
    Value list = errors;
    auto text = [](std::string value) {
        Value made;
        made.kind = Value::Kind::string;
        made.text = std::move(value);
        return made;
    };
    for (Value& error : list.items)
        for (auto& [key, value] : error.members)
            if (key == "loc")
                value.items.insert(value.items.begin(), {text(body ? "body" : "query"), text("my_field")});
    document.members.emplace_back("detail", std::move(list));
    return document;
}

class Candidate {
  public:
    explicit Candidate(const TypePort& port) {
        port.values(app_);
        fastapi::TestClientOptions options;
        options.raise_server_exceptions = false;
        client_ = std::make_unique<fastapi::TestClient>(app_, options);
    }

    std::vector<std::string> check(const Value& vector, bool body) {
        std::string input = vector.get("in");
        fastapi::TestResponse response;
        if (body) {
            fastapi::TestRequest request;
            request.headers = {{"content-type", "application/json"}};
            request.content = "{\"my_field\":" + input + "}";
            response = client_->post("/body", request);
        } else {
            response = client_->get("/query?my_field=" + percent_encoded(parse(input)->text));
        }
        auto differ = [&](const std::string& wanted, const std::string& got) {
            return std::vector<std::string>{"   wanted " + wanted, "   got    " + got};
        };
        std::string status = std::to_string(response.status_code);
        const Value* errors = vector.find("err");
        if (status != vector.get("status"))
            return differ(vector.get("status") + " " + shortened(errors ? errors->dump() : vector.get("out")),
                          status + " " + shortened(response.content));
        Value wanted;
        if (errors) {
            wanted = error_document(*errors, body);
        } else {
            wanted.kind = Value::Kind::object;
            wanted.members.emplace_back("my_field", *parse(vector.get("out")));
        }
        std::optional<Value> got = parse(response.content);
        if (!got) return differ(wanted.dump(), "no JSON: " + shortened(response.content));
        CompareOptions options;
        options.unordered_arrays = !errors && is_set(vector.get("type"));
        auto one = compare(wanted, *got, options);
        if (!one) return {};
        return differ(one->pointer + " " + one->wanted, one->pointer + " " + one->got);
    }

  private:
    fastapi::FastAPI app_;
    std::unique_ptr<fastapi::TestClient> client_;
};

const TypePort* find_type(const TypePorts& types, std::string_view name) {
    for (const TypePort& type : types)
        if (type.name == name) return &type;
    return nullptr;
}

std::string report_name(std::string_view type) { return "types/" + std::string(type); }

} // namespace

void run_vectors(Report& report, const TypePorts& types, const std::string& file, std::string_view prefix) {
    std::map<std::string, std::unique_ptr<Candidate>> candidates;
    std::map<std::string, std::pair<int, int>> scores;
    int unjudged = 0;
    for (const std::string& line : read_lines(file)) {
        Value vector = *parse(line);
        std::string name = vector.get("type");
        if (!report_name(name).starts_with(prefix)) continue;
        const TypePort* port = find_type(types, name);
        if (!port) {
            report.skip("vectors");
            continue;
        }
        if (vector.get("status") == "500") { // an accident of the original: nothing to learn from
            ++unjudged;
            continue;
        }
        auto& candidate = candidates[name];
        if (!candidate) candidate = std::make_unique<Candidate>(*port);
        std::string where = vector.get("where");
        std::string what = where + " " + vector.get("in");
        std::vector<std::string> differences = candidate->check(vector, where == "body");
        ++scores[name].second;
        if (differences.empty()) ++scores[name].first;
        report.add("vectors", report_name(name), what, "-- " + report_name(name) + "  " + what, differences);
    }
    if (scores.empty()) return;
    std::printf("\nvectors by type (%d of status 500 left out):\n", unjudged);
    for (const auto& [name, score] : scores)
        if (score.first != score.second) std::printf("  %-34s %5d of %5d\n", name.c_str(), score.first, score.second);
    auto complete = std::count_if(scores.begin(), scores.end(),
                                  [](const auto& one) { return one.second.first == one.second.second; });
    std::printf("  %zu types, all of %td right\n", scores.size(), complete);
}

namespace {

// The schema of a component's property my_field.
const Value* field_of(const Value& document, const std::string& model) {
    return document.at("/components/schemas/" + model + "/properties/my_field");
}

std::vector<std::string> check_schema(const Value& recorded, const TypePort& port) {
    std::vector<std::string> differences;
    auto check = [&](const std::string& what, const Value* wanted, const Value* got) {
        Value nothing;
        auto one = compare(wanted ? *wanted : nothing, got ? *got : nothing);
        if (!one) return;
        differences.push_back("   wanted " + what + " " + one->pointer + " " + one->wanted);
        differences.push_back("   got    " + what + " " + one->pointer + " " + one->got);
    };
    fastapi::FastAPI app;
    port.values(app);
    Value document = *parse(app.openapi_json());
    for (const auto& [model, field] : recorded.find("field")->members)
        check("field of " + model, &field, field_of(document, model));
    Value components;
    components.kind = Value::Kind::object;
    if (const Value* all = document.at("/components/schemas"))
        for (const auto& [name, schema] : all->members)
            if (name != "M" && name != "M-Input" && name != "M-Output" && name != "HTTPValidationError" &&
                name != "ValidationError")
                components.members.emplace_back(name, schema);
    check("components", recorded.find("components"), &components);
    if (!port.schema) return differences;
    fastapi::FastAPI other;
    port.schema(other);
    Value parameter = *parse(other.openapi_json());
    if (const Value* wanted = recorded.find("param"))
        check("param", wanted, parameter.at("/paths/~1q/get/parameters/0"));
    if (const Value* wanted = recorded.find("requestBody"))
        check("requestBody", wanted, parameter.at("/paths/~1q/get/requestBody"));
    return differences;
}

} // namespace

void run_schemas(Report& report, const TypePorts& types, const std::string& file, std::string_view prefix) {
    for (const std::string& line : read_lines(file)) {
        Value recorded = *parse(line);
        std::string name = report_name(recorded.get("type"));
        if (!name.starts_with(prefix)) continue;
        const TypePort* port = find_type(types, recorded.get("type"));
        if (!port) {
            report.skip("schemas");
        } else {
            report.add("schemas", name, "schema", "-- " + name + "  schema", check_schema(recorded, *port));
        }
    }
}

} // namespace conformance
