// Models alone, without server and application: validation, validators, what is written, a field type of one's own.
// The program checks itself and ends with status 0.

#include <cstdio>
#include <cstdlib>

#include "fastapi.hpp"
using namespace fastapi;

// --- a field type of your own: decode, encode, schema ------------------------------------------------------------------

struct Colour {
    unsigned char red = 0, green = 0, blue = 0;
    friend bool operator==(const Colour&, const Colour&) = default;
};

template <>
struct fastapi::TypeTraits<Colour> {
    static constexpr std::string_view label = "colour"; // of a branch of a union
    static bool decode(const detail::Value& value, const detail::FieldInfo& info, Colour& target, detail::Context& context) {
        std::string text;
        if (!detail::decode_string(value, info, text, context)) return false; // has said what is wrong
        unsigned number = 0;
        bool good = text.size() == 7 && std::sscanf(text.c_str(), "#%6x", &number) == 1;
        if (!good) return context.fail("colour", "Input should be a colour like #ff8000", value);
        target = {static_cast<unsigned char>(number >> 16), static_cast<unsigned char>(number >> 8), static_cast<unsigned char>(number)};
        return true;
    }
    static void encode(const Colour& colour, std::string& out) {
        char text[10];
        std::snprintf(text, sizeof text, "\"#%02x%02x%02x\"", colour.red, colour.green, colour.blue);
        out += text;
    }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) {
        writer.key("type").string("string").key("format").string("colour");
    }
};

// --- validators are functions -------------------------------------------------------------------------------------------

// Before the type looks at it: JSON in, JSON out.
json split_commas(json value) {
    if (!value.is_string()) return value;
    json list = json::array();
    std::string text = value;
    for (std::size_t at = 0; at <= text.size();) {
        std::size_t end = std::min(text.find(',', at), text.size());
        list.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return list;
}
// After the type has taken it.
std::string no_spaces(std::string name) {
    if (name.find(' ') != std::string::npos) throw ValueError("must not contain a space");
    return name;
}
// Around it.
int or_zero(json value, const ValidatorHandler<int>& handler) {
    if (value == "none") return 0;
    return handler(value);
}

struct Shape {
    static constexpr ModelConfig model_config{.extra = Extra::forbid, .alias_generator = to_camel};
    static constexpr auto description = "A rectangle with a name";

    Field<std::string, MinLength(1), AfterValidator<no_spaces>> name;
    Field<double, Gt(0)> side_a;
    Field<double, Gt(0)> side_b = 1.0;
    Field<Colour> colour = Colour{255, 128, 0};
    Field<std::vector<std::string>, BeforeValidator<split_commas>> tags = empty;
    Field<int, WrapValidator<or_zero>> layer = 0;

    // The whole model, when all its fields are good.
    void validate() const {
        if (side_a < side_b) throw ValueError("side_a is the longer one");
    }
    // Written behind the fields, readOnly in the schema.
    double area() const { return side_a * side_b; }
    static constexpr auto computed_fields = computed<&Shape::area>;
};

struct ShapeOut {
    std::string name;
    Colour colour;
};

void check(bool holds, const char* what) {
    if (holds) return;
    std::printf("wrong: %s\n", what);
    std::exit(1);
}

int main() {
    Shape shape = model_validate_json<Shape>(R"({"name": "door", "sideA": "2.5", "tags": "wood,oak", "layer": "none"})");
    check(shape.side_a == 2.5 && shape.tags->size() == 2 && shape.layer == 0, "what was read");
    check(shape.side_a.is_set() && !shape.side_b.is_set(), "which fields were given");

    check(model_dump_json(shape) == R"({"name":"door","sideA":2.5,"sideB":1.0,"colour":"#ff8000","tags":["wood","oak"],"layer":0,"area":2.5})",
          "what is written");
    check(model_dump_json(shape, {.exclude_unset = true, .by_alias = false, .exclude = {"tags", "area"}}) ==
              R"({"name":"door","side_a":2.5,"layer":0})",
          "a part of it");

    Shape wider = model_copy(shape, {.update = json{{"side_a", 4}}});
    check(wider.area() == 4, "a copy with a change");
    check(model_dump_json(model_cast<ShapeOut>(wider)) == R"({"name":"door","colour":"#ff8000"})", "another model from it");

    try {
        model_validate_json<Shape>(R"({"name": "a b", "sideA": -1, "colour": "red", "size": 3})");
        check(false, "this is no shape");
    } catch (const ValidationError& error) {
        std::puts(error.what()); // all four errors, in Pydantic's layout
        check(error.error_count() == 4, "all errors at once");
    }

    auto numbers = TypeAdapter<std::map<std::string, std::vector<int>>>::validate_json(R"({"a": [1, "2"]})");
    check(numbers["a"][1] == 2, "types that are no models");
    check(model_json_schema<Shape>()["properties"]["colour"]["format"] == "colour", "the schema");
    std::puts("all is well");
}
