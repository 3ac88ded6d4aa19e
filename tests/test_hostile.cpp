// A megabyte of one thing, into everything that reads text: each answer must come in time that grows as the text does.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "support.hpp"

using namespace fastapi;

namespace hostile_test {

struct Node {
    std::vector<Node> list;
    std::map<std::string, Node> map;
    std::optional<std::string> text;
};
struct Cat {
    Literal<"cat"> kind;
};
struct Dog {
    Literal<"dog"> kind;
};
enum class Size { small, large };

struct Reader {
    std::string_view name;
    void (*read)(std::string_view json);
};
template <class T>
void read(std::string_view text) {
    try {
        (void)model_dump_json(model_validate_json<T>(text));
    } catch (const ValidationError&) {
        // An error is an answer, too.
    }
}
#define READER(...) Reader{#__VA_ARGS__, &read<__VA_ARGS__>}
const Reader readers[] = {
    READER(Node), READER(json), READER(JsonValue), READER(Json<>), READER(Json<Node>), READER(int), READER(double), READER(bool),
    READER(std::string), READER(Field<std::string, Pattern("^(a+)+$")>), READER(Field<std::string, ToLower, StripWhitespace>),
    READER(Size), READER(Literal<"a", 1>), READER(date), READER(datetime), READER(time_of_day), READER(timedelta),
    READER(AwareDatetime), READER(std::chrono::nanoseconds), READER(std::chrono::sys_days), READER(Decimal),
    READER(Field<Decimal, MultipleOf("0.05"), MaxDigits(9)>), READER(ByteSize), READER(UUID), READER(UUID4), READER(Bytes),
    READER(Base64Bytes), READER(Base64UrlStr), READER(SecretStr), READER(AnyPath), READER(FilePath), READER(EmailStr),
    READER(NameEmail), READER(AnyUrl), READER(HttpUrl), READER(PostgresDsn), READER(RedisDsn), READER(IPv4Address),
    READER(IPv6Address), READER(IPvAnyAddress), READER(IPv4Network), READER(IPv6Network), READER(IPvAnyInterface),
    READER(std::vector<int>), READER(std::set<std::string>), READER(std::tuple<int, std::string>),
    READER(std::variant<int, double, date, UUID, Decimal, std::string>), READER(std::variant<Cat, Dog, Node>),
    READER(Field<std::variant<Cat, Dog>, Discriminator("kind")>),
};
#undef READER

std::string repeated(std::string_view piece, std::size_t size) {
    std::string out;
    out.reserve(size + piece.size());
    while (out.size() < size) out += piece;
    return out;
}

} // namespace hostile_test

using namespace hostile_test;

TEST_CASE("hostile: much of one thing takes linear time") {
    // HOSTILE=1 in the environment: a megabyte, and the slowest of each reader are printed.
    bool shown = std::getenv("HOSTILE") != nullptr;
    std::size_t size = shown ? 1'000'000 : 10'000;
    struct Piece {
        std::string_view text;
        bool in_string = true;
        bool with_heads = false;
    };
    // In JSON a backslash and a quote are escaped.
    const Piece pieces[] = {{"7", true, true}, {"0"}, {"["}, {"]"}, {"[]"}, {"{"}, {"@", true, true}, {"a@"},
                            {"\\\\"}, {".", true, true}, {"1."},
                            {":", true, true}, {"1:"}, {"::"},
                            {"%"}, {"%41", true, true}, {" "}, {"\\u0041"}, {"\\ud83d\\ude00"}, {"\\n"}, {"\\\""}, {"/"}, {"../"}, {"?"},
                            {"#"},
                            {","}, {"a,b@c:1,"}, {"-"}, {"xn--"}, {"xn--a."}, {"_"}, {"P"}, {"1D"}, {"=="}, {"A"}, {"e9"}, {"<"},
                            {"(("}, {"\xC3\x9F"}, {"\xCC\x81"}, {"[1,", false}, {"{\"list\":[", false}, {"{\"map\":{\"a\":", false},
                            {"1,", false}, {"\"a\",", false}, {"[", false}, {"{\"\":", false}, {"9", false}, {"1e", false}};
    const std::string_view heads[] = {"", "http://", "http://a", "postgres://", "a@", "1", "1.", "P", "2024-01-01T00:00:00.",
                                      "1:", "1e", "::", "/", "\\\"", "[", "urn:uuid:"};
    struct Slowest {
        double milliseconds = 0;
        std::string what;
    } slowest;
    for (const Reader& reader : readers) {
        Slowest own;
        for (const Piece& piece : pieces) {
            std::string body = repeated(piece.text, size);
            for (std::string_view head : heads) {
                if (!piece.with_heads && !head.empty()) continue;
                std::string text = piece.in_string ? "\"" + std::string(head) + body + "\"" : body;
                if (piece.text.ends_with(',') && !piece.in_string && piece.text.front() != '[')
                    text = "[" + text + std::string(piece.text.substr(0, piece.text.size() - 1)) + "]";
                std::clock_t begin = std::clock(); // of this process: what else the machine does is not counted
                reader.read(text);
                double took = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
                if (took > own.milliseconds)
                    own = {took, std::string(reader.name) + " of " + std::string(head) + " " + std::string(piece.text)};
            }
        }
        if (shown) std::fprintf(stderr, "%8.1f ms  %s\n", own.milliseconds, own.what.c_str());
        if (own.milliseconds > slowest.milliseconds) slowest = own;
    }
    INFO(slowest.what);
    // Optimised it is some tens of milliseconds for a megabyte; without optimisation and with sanitizers much more. What
    // takes the square of the text, or calls itself, takes longer even so.
    CHECK(slowest.milliseconds < 150 + (shown ? 2000 : 0));
}
