// libFuzzer: bytes as JSON text into a model that has every kind of member.
// What must hold: nothing crashes; what is written is JSON in valid UTF-8; a value that was accepted is written in a
// form that is accepted again and written the same.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
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
struct Everything {
    Flatten<Base> base;
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

    std::string dumped;
    try {
        dumped = model_dump_json(model_validate_json<fuzzed::Everything>(text));
    } catch (const ValidationError& error) {
        if (error.list.empty()) fail("an error without errors", text);
        check_is_json("the error list is no JSON", errors_to_text(error.list));
        return 0;
    }
    check_is_json("what encode wrote is no JSON", dumped);
    try {
        auto value = model_validate_json<fuzzed::Everything>(dumped);
        if (model_dump_json(value) != dumped) fail("encode and decode do not agree", dumped, model_dump_json(value));
    } catch (const ValidationError& error) {
        fail("what encode wrote is not accepted", dumped, error.what());
    }
    return 0;
}
