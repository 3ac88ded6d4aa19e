#pragma once

// The conformance runner compares this framework with what real FastAPI answered (shared/conformance/README.md).
// An application is ported in one function; the tables of the docs_*.cpp and tests_*.cpp files list them.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi.hpp"
#include "value.hpp"

namespace conformance {

struct Port {
    std::string_view name;                            // as recorded: docs/body/tutorial001
    void (*setup)(fastapi::FastAPI& app);             // registers the routes
    fastapi::FastAPIOptions (*options)() = nullptr;   // of the constructor
    bool (*fixture)(std::string_view test) = nullptr; // brings about what a needs-fixture test needs; false: cannot
    void (*overrides)(fastapi::FastAPI& app, std::string_view name, std::string_view test) = nullptr; // overrides the dependency of that name
};
using Ports = std::vector<Port>;

// One line of expected_differences.txt.
struct ExpectedDifference {
    std::string app;
    std::string pattern; // "GET /items/7", "POST /items/ {*", "openapi", "body *": a star stands for anything
    std::string reason;
    int met = 0;  // cases that it is about
    int used = 0; // of them different
};

// Counts and prints.
class Report {
  public:
    struct Kind {
        int passed = 0;
        int failed = 0;
        int expected = 0; // differ as expected_differences.txt says
        int not_ported = 0;
    };
    std::map<std::string, Kind> kinds;
    std::set<std::string> ported;
    std::set<std::string> not_ported;
    std::vector<ExpectedDifference> expected;
    bool print_all = false; // else the first few of each application or type

    // what: the case in the words of the patterns. differences: none when the case passed.
    void add(const std::string& kind, const std::string& app, const std::string& what, const std::string& heading,
             const std::vector<std::string>& differences);
    void skip(const std::string& kind, int count = 1) { kinds[kind].not_ported += count; }
    void read_expected(const std::string& file);
    // Prints the totals. Returns the exit status.
    int close(bool everything);

  private:
    std::map<std::string, int> printed_;
};

// vectors.cpp: the field types of vectors.jsonl and schemas.jsonl that exist here.
struct TypePort {
    std::string_view name;
    void (*values)(fastapi::FastAPI& app); // POST /body with my_field, GET /query with my_field
    void (*schema)(fastapi::FastAPI& app); // the type as a parameter named my_param; null: none was recorded
};
using TypePorts = std::vector<TypePort>;
void run_vectors(Report& report, const TypePorts& types, const std::string& file, std::string_view prefix);
void run_schemas(Report& report, const TypePorts& types, const std::string& file, std::string_view prefix);

// websockets.cpp: sessions of one test, that may be open at the same time.
void run_websockets(Report& report, const std::string& app, fastapi::TestClient& client, const std::vector<const Value*>& steps);

// The bytes of a recorded body or message: {"text":…} or {"b64":…}.
std::string body_bytes(const Value* body);
// The lines of a file; none when it is not there.
std::vector<std::string> read_lines(const std::string& file);
std::optional<std::string> read_file(const std::string& file);
// "a* b" against a text.
bool matches(std::string_view pattern, std::string_view text);
std::string shortened(const std::string& text, std::size_t size = 300);

// What the tokens of ported examples are signed with; {{jwt:BASE64}} in a recorded request stands for one of these claims.
inline constexpr std::string_view jwt_secret = "4c7f0fd5a2b14a3f9a2dc3c5b6f8d1e07a9b3c2d1e0f4a5b6c7d8e9fa0b1c2d3";

// The tables.
void add_docs_params(Ports& ports);
void add_docs_body(Ports& ports);
void add_docs_misc(Ports& ports);
void add_docs_sql(Ports& ports);
void add_docs_websockets(Ports& ports);
void add_docs_streams(Ports& ports);
void add_docs_dependencies(Ports& ports);
void add_docs_forms(Ports& ports);
void add_docs_security(Ports& ports);
void add_docs_security_jwt(Ports& ports);
void add_docs_app(Ports& ports);
void add_docs_middleware(Ports& ports);
void add_docs_routers(Ports& ports);
void add_tests_params(Ports& ports);
void add_tests_models(Ports& ports);
void add_tests_local(Ports& ports);
void add_tests_integration(Ports& ports);
void add_local_left(Ports& ports);
void add_types(TypePorts& types);
void add_dates_types(TypePorts& types);
void add_numbers_types(TypePorts& types);
void add_network_types(TypePorts& types);
void add_unions_types(TypePorts& types);

} // namespace conformance
