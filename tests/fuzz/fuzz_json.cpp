// libFuzzer: bytes as JSON text into models that have a member of every field type.
// What must hold: nothing crashes; what is written is JSON in valid UTF-8, with whatever options; a value that was accepted
// is written in a form that is accepted again and, but for the models in Loose, written the same.

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/model/model.hpp"

using namespace fastapi;

namespace fuzzed {

enum class Size { small, medium, large };

struct Part {
    static constexpr ModelConfig model_config{.extra = Extra::forbid, .populate_by_name = true};
    Field<std::string, Alias("partName"), StripWhitespace, MinLength(1), MaxLength(8)> name;
    Field<int, Ge(0), MultipleOf(2)> n = 0;
};
struct Base {
    std::optional<std::string> note;
};

enum class Colour { red, dark_blue };
constexpr auto enum_values(Colour) { return wire_values<Colour>({{Colour::red, "red"}, {Colour::dark_blue, "dark blue"}}); }
enum class Level : int { low = 1, high = 900 };
constexpr auto enum_values(Level) { return wire_values<Level>({{Level::low, 1}, {Level::high, 900}}); }
enum class Mixed { text, number, yes, nothing };
constexpr auto enum_values(Mixed) {
    return wire_values<Mixed>({{Mixed::text, "t"}, {Mixed::number, 1.5}, {Mixed::yes, true}, {Mixed::nothing, nullptr}});
}
enum class Bit : std::uint8_t { zero, one };
constexpr auto enum_values(Bit) { return underlying_values; }

// A member is an optional where the type's first value is not one that can be read.
struct Times {
    std::optional<date> day;
    std::optional<datetime> moment;
    std::optional<time_of_day> hour;
    std::optional<timedelta> span;
    std::optional<PastDate> past;
    std::optional<FutureDatetime> future;
    std::optional<AwareDatetime> aware;
    std::optional<NaiveDatetime> naive;
    std::optional<std::chrono::sys_days> sys_day;
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> sys;
    std::optional<std::chrono::local_time<std::chrono::seconds>> local;
    std::optional<std::chrono::nanoseconds> ticks;
    std::optional<std::chrono::duration<std::int16_t, std::ratio<60>>> minutes;
    Field<std::optional<date>, Ge("1900-01-01"), Lt("2100-01-01")> bounded;
    Field<std::vector<Field<timedelta, Le("P100D")>>, MaxLength(4)> spans = empty;
    std::map<date, int> by_day;
};
struct Numbers {
    std::optional<Decimal> decimal;
    Field<std::optional<Decimal>, AllowInfNan(true)> open;
    Field<std::optional<Decimal>, Gt("-1e9"), MaxDigits(12), DecimalPlaces(4), MultipleOf("0.05")> money;
    std::optional<ByteSize> bytes;
    Field<std::optional<int>, Strict> strict;
    std::map<Decimal, int> by_decimal;
};
struct Texts {
    std::optional<UUID> id;
    std::optional<UUID4> id4;
    std::optional<Bytes> bytes;
    Field<std::optional<Base64Bytes>, MaxLength(40)> base64;
    std::optional<Base64Str> base64_text;
    std::optional<Base64UrlBytes> base64_url;
    std::optional<Base64UrlStr> base64_url_text;
    std::optional<SecretStr> secret;
    std::optional<SecretBytes> secret_bytes;
    std::optional<AnyPath> path;
    std::optional<DirectoryPath> directory;
    std::optional<NewPath> fresh;
    std::optional<EmailStr> email;
    std::optional<NameEmail> name_email;
    Field<std::optional<std::string>, Pattern("^A+B?$"), ToUpper> pattern;
    std::map<UUID, std::string> by_id;
};
struct Network {
    std::optional<HttpUrl> http;
    std::optional<AnyHttpUrl> any_http;
    std::optional<WebsocketUrl> websocket;
    std::optional<RedisDsn> redis;
    std::optional<IPv4Address> v4;
    std::optional<IPv6Address> v6;
    std::optional<IPvAnyAddress> any;
    std::optional<IPv4Network> network4;
    std::optional<IPv6Network> network6;
    std::optional<IPvAnyNetwork> network;
    std::optional<IPv4Interface> interface4;
    std::optional<IPv6Interface> interface6;
    std::optional<IPvAnyInterface> interface;
    std::set<IPv4Address> hosts;
};
struct Cat {
    Literal<"cat", 1> kind;
    Field<int, Ge(0)> lives = 9;
};
struct Dog {
    Literal<"dog", "wolf", false> kind;
    std::optional<std::string> bark;
    ExtraFields<int> extra;
};
struct Choices {
    std::optional<Colour> colour;
    std::optional<Level> level;
    std::optional<Bit> bit;
    std::optional<Literal<"a", 1, false>> constant;
    Field<std::variant<int, std::string, bool>> smart = empty;
    Field<std::variant<std::monostate, double, Field<std::vector<int>, MaxLength(3)>, Part>> wide = empty;
    Field<std::variant<int, std::string>, LeftToRight> left = 1;
    Field<std::optional<std::variant<Cat, Dog>>, Discriminator("kind")> pet;
    Field<std::vector<Field<std::variant<Cat, Dog>, Discriminator("kind")>>> pets = empty;
    Field<std::map<Colour, Mixed>> mixed = empty;
};
struct Containers {
    std::optional<std::pair<int, std::string>> pair;
    std::optional<std::tuple<bool, std::optional<date>, Part>> tuple;
    Field<std::array<double, 2>> array = empty;
    Field<VariadicTuple<int>> variadic = empty;
    Field<FrozenSet<std::string>> frozen = empty;
    Field<std::deque<Field<std::string, MaxLength(5)>>, MinLength(0), MaxLength(4)> deque = empty;
    Field<Json<std::vector<int>>> text = empty;
    std::optional<Json<Json<>>> twice;
    Field<JsonValue> value = empty;
    std::shared_ptr<Containers> next;
    ExtraFields<> extra;
};
int doubled(json value, const ValidatorHandler<int>& handler) { return handler(value) * 2; }
std::string shown(const int& value) { return "<" + std::to_string(value) + ">"; }
json listed(json value) { return value.is_array() ? value : json::array({value}); }
void not_seven(const int& value) {
    if (value == 7) throw PydanticCustomError("seven", "Not {n}", json{{"n", 7}});
}
int measured(json value) { return static_cast<int>(value.dump(-1, ' ', false, json::error_handler_t::replace).size()); }
// What is not written the same way again: the text of one alternative may be read as another, a set has no order.
struct Loose {
    Field<std::variant<std::monostate, UUID, Decimal, date, timedelta, IPv4Address, std::string>> texts = empty;
    Field<std::variant<std::monostate, int, std::variant<double, bool>, std::vector<Loose>, std::map<std::string, Loose>>> nested =
        empty;
    Field<std::variant<std::monostate, Cat, Dog, Part, Base>> models = empty;
    Field<std::unordered_set<int>> set = empty;
    Field<std::unordered_map<std::string, std::int8_t>> map = empty;
    std::optional<AnyUrl> url; // of a file: a host before a drive goes away at the second reading
    std::optional<FilePath> file;
};
struct Called {
    std::optional<PostgresDsn> postgres; // with several hosts and at-signs in users' names it may not be readable again
    Field<int, WrapValidator<doubled>> wrapped = 0;
    Field<int, AfterValidator<not_seven>, PlainSerializer<shown>> shown_ = 1;
    Field<std::vector<int>, BeforeValidator<listed>> listed_ = empty;
    Field<int, PlainValidator<measured>> measured_ = 0;
    [[nodiscard]] int sum() const { return *wrapped / 2; }
    static constexpr auto computed_fields = computed<&Called::sum>;
    static json validate_before(json value) {
        if (value.is_string()) throw AssertionError("no text");
        return value;
    }
};
bool is_small(const int& value) { return value < 10; }
// Is read from other places than those it is written to.
struct Placed {
    static constexpr ModelConfig model_config{.populate_by_name = true, .str_to_lower = true, .str_min_length = 1, .str_max_length = 12};
    Field<std::optional<int>, ValidationAlias(AliasChoices("id", "child", AliasPath("list", -1), AliasPath("map", "a")))> id;
    Field<std::vector<Part>, ValidationAlias(AliasPath("parts", "1", 0))> parts = empty;
    Field<std::unique_ptr<Placed>, ValidationAlias(AliasPath("strings", 0, "deep"))> deep;
    Field<int, ExcludeIf<is_small>, SerializationAlias("n")> number = 3;
    Field<std::string, ValidateDefault, MinLength(2)> text = "x";
    Field<std::optional<date>, ValidateDefault> day = std::nullopt;
    ExtraFields<> extra;
};
struct Everything {
    Flatten<Base> base;
    std::optional<Times> times;
    std::optional<Numbers> numbers;
    std::optional<Texts> texts;
    std::optional<Network> network;
    std::optional<Choices> choices;
    std::optional<Containers> containers;
    Field<bool> flag = false;
    Field<std::int8_t> tiny = empty;
    Field<std::uint16_t> small = empty;
    Field<std::uint32_t, Lt(4000000000)> medium = empty;
    Field<std::int64_t, Ge(-1000000), Le(1e18)> large = empty;
    Field<std::uint64_t> huge = empty;
    Field<double, AllowInfNan(false), Gt(-1e300)> number = empty;
    Field<float, AllowInfNan(false)> single = empty;
    Field<std::string, MaxLength(20)> text = "";
    Field<std::string, ToLower, StripWhitespace> lower = "";
    Field<Size> size = Size::small;
    Field<Literal<"a", "b">> literal = "a";
    Field<std::vector<int>, MaxLength(4)> list = empty;
    Field<std::list<std::string>> strings = empty;
    Field<std::vector<bool>> flags = empty;
    Field<std::set<int>, MaxLength(3)> set = empty;
    Field<std::map<std::string, Field<double, AllowInfNan(false)>>> map = empty; // infinities are written as null
    Field<std::map<int, Part>, MaxLength(3)> parts = empty;
    Field<std::map<Size, std::optional<bool>>> by_size = empty;
    Field<std::optional<Part>> part;
    Field<std::vector<Field<int, Ge(2)>>> bounded = empty;
    std::unique_ptr<Everything> child;
    Field<json> any = nullptr;
    void validate() const {
        if (*tiny == 13) throw ValueError("thirteen");
    }
};

} // namespace fuzzed

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(),
                 static_cast<int>(other.size()), other.data());
    std::abort();
}

void check_is_json(const char* what, const std::string& text) {
    detail::Document document;
    if (!document.parse(text, 100000) && document.error().kind != detail::JsonError::Kind::digits)
        fail(what, text, document.error().message);
}

// Returns whether the text is a T. same: what is written is read and written as the same again.
template <class T>
bool check_model(std::string_view text, bool same) {
    std::string dumped;
    try {
        dumped = model_dump_json(model_validate_json<T>(text), {.round_trip = true});
    } catch (const ValidationError& error) {
        if (error.list.empty()) fail("an error without errors", text);
        check_is_json("the error list is no JSON", errors_to_text(error.list));
        return false;
    }
    check_is_json("what encode wrote is no JSON", dumped);
    try {
        auto value = model_validate_json<T>(dumped);
        std::string again = model_dump_json(value, {.round_trip = true});
        if (same && again != dumped) fail("encode and decode do not agree", dumped, again);
    } catch (const ValidationError& error) {
        // The length of a URL is limited as it is given: its normal form may be longer.
        for (const ErrorDetail& one : error.list)
            if (one.type == "union_too_complex" || one.type == "url_too_long") return true;
        fail("what encode wrote is not accepted", dumped, error.what());
    }
    return true;
}

template <class T>
void check_options(const T& value) {
    check_is_json("no JSON", model_dump_json(value));
    check_is_json("no JSON without unset", model_dump_json(value, {.exclude_unset = true, .exclude_none = true}));
    check_is_json("no JSON without defaults", model_dump_json(value, {.exclude_defaults = true}));
    check_is_json("no JSON without null", model_dump_json(value, {.exclude_none = true, .by_alias = false}));
    check_is_json("no JSON of a part", model_dump_json(value, {.include = {"child", "times.day", "choices.pets.*.kind"}}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    detail::Document document;
    if (!document.parse(text)) {
        if (document.error().offset > size) fail("an error beyond the end", text);
        return 0;
    }
    // The document as text is the same document.
    std::string written;
    detail::write_value(document.root(), written);
    check_is_json("what write_value wrote is no JSON", written);
    detail::Document second;
    std::string again;
    if (second.parse(written)) detail::write_value(second.root(), again);
    if (again != written) fail("write_value is not stable", written, again);
    if (document.root().raw().size() > 2 * size) fail("a value larger than its text", written);

    if (check_model<fuzzed::Everything>(text, true)) check_options(model_validate_json<fuzzed::Everything>(text));
    check_model<fuzzed::Loose>(text, false);
    try {
        check_options(model_validate_json<fuzzed::Called>(text));
    } catch (const ValidationError&) {
    }
    try {
        check_options(model_validate_json<fuzzed::Placed>(text));
    } catch (const ValidationError& error) {
        check_is_json("the error list is no JSON", errors_to_text(error.list));
    }
    return 0;
}
