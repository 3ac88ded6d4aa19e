#pragma once

// Descriptions: what the engine (decode, encode, schema) knows of a C++ type. A type is reflected once into a constant
// table; everything that walks the tables is ordinary code, compiled once.
// How C++ types become tables is in model/types.hpp and model/describe.hpp.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/document.hpp"
#include "fastapi/model/info.hpp"

namespace fastapi {

// What happens to keys that a model does not know (Pydantic: ConfigDict(extra=…)). allow: they are kept in the member of
// type ExtraFields that the struct must have (model/collections.hpp).
enum class Extra : unsigned char { ignore, forbid, allow };

// How Bytes stand in JSON: as the UTF-8 of a text, in Base64 (written with - and _, read with + and / as well; RFC 4648, 5), in digits.
enum class BytesMode : unsigned char { utf8, base64, hex };

// Options of a model: static constexpr ModelConfig model_config{.extra = Extra::forbid};
struct ModelConfig {
    const char* title = nullptr;
    Extra extra = Extra::ignore;
    bool populate_by_name = false; // accept a field under its own name beside its alias
    bool validate_by_name = false; // the same
    bool strict = false;           // no conversion between JSON types
    // Of every string in a model, but not in the models inside it; what an annotation says goes first.
    bool str_strip_whitespace = false;
    bool str_to_lower = false;
    bool str_to_upper = false;
    long long str_min_length = -1;
    long long str_max_length = -1;
    std::string (*alias_generator)(std::string_view name) = nullptr; // to_camel, …: of fields without an Alias
    const char* json_schema_extra = nullptr; // JSON object text, merged into the schema
    BytesMode ser_json_bytes = BytesMode::utf8; // Bytes of the model, but not of the models inside it, as they are written
    BytesMode val_json_bytes = BytesMode::utf8; // and as they are read
};

struct DumpOptions;

namespace detail {

class Context;
struct Type;
struct Model;
class Schemas;
class JsonWriter;
enum class SchemaMode : std::uint8_t { input, output }; // what is read from a client, what is written to one

enum class Kind : std::uint8_t {
    boolean,
    integer,
    floating,
    string,
    enumeration, // enum, Literal
    optional,    // std::optional, std::unique_ptr
    list,        // list, set, frozenset, tuple of any length
    map,
    field, // a Field inside a container: an inner type with annotations
    model,
    any, // json, JsonValue
    custom,
    none,     // std::nullptr_t, std::monostate
    tuple,    // std::tuple, std::pair, std::array
    variant,  // std::variant: a union
    json_text // Json<T>
};

// A place that holds a value: its type and the annotations that stand there.
struct Slot {
    const Type* type = nullptr;
    const FieldInfo* info = &no_info;
};

// What can be done with values of a type. Pointers, so that a program holds the code of the kinds that it uses only.
struct TypeOps {
    bool (*decode)(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context);
    void (*encode)(const Type& type, const void* source, std::string& out, const DumpOptions& options);
    // Writes the schema's keywords into an object that is open.
    void (*schema)(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode);
    // Collects the components that the schema refers to; null for kinds that refer to none.
    void (*collect)(Schemas& schemas, const Type& type, SchemaMode mode);
};

// A function of the user's that writes a value: PlainSerializer.
struct Serializer {
    const Type* type; // of what is written
    void (*write)(const void* value, std::string& out, const DumpOptions& options);
};

struct Type {
    Kind kind;
    const TypeOps* ops = nullptr;
    const void* traits = nullptr; // by kind, below
    std::uint8_t width = 0;       // bytes of an integer, float or enum
    bool is_signed = false;
};

struct OptionalTraits {
    Slot inner;
    void* (*emplace)(void* optional);
    void (*reset)(void* optional);
    const void* (*get)(const void* optional); // null when empty
};

// fill(state, element) decodes into an element and says whether the container should keep it.
using Fill = bool (*)(void* state, void* element);
using Visit = void (*)(void* state, const void* element);

struct ListTraits {
    Slot element;
    enum class Shape : std::uint8_t { list, set, frozenset, tuple } shape;
    void (*clear)(void* list, std::size_t expected);
    bool (*add)(void* list, Fill fill, void* state);
    std::size_t (*size)(const void* list);
    void (*each)(const void* list, Visit visit, void* state);
};

struct MapTraits {
    Slot key;
    Slot value;
    void (*clear)(void* map);
    bool (*add)(void* map, Fill fill_key, Fill fill_value, void* state);
    std::size_t (*size)(const void* map);
    void (*each)(const void* map, void (*visit)(void* state, const void* key, const void* value), void* state);
};

// A fixed number of items: of std::array, which has one item type, or of std::tuple, which has one a place.
struct TupleTraits {
    const Slot* items;
    std::size_t size;
    bool uniform;                                 // one slot, for all items
    void* (*item)(void* tuple, std::size_t index); // where an item lies
};

struct EnumEntry {
    std::string_view name; // on the wire, when that is a string
    std::int64_t value;
};
struct EnumTraits {
    // What stands on the wire: strings; integers (Pydantic's IntEnum); floats; anything else, in the table wire.
    enum class Form : std::uint8_t { strings, integers, floats, mixed };
    const EnumEntry* entries;
    std::size_t size;
    std::string_view name;      // of the enum, which has a schema of its own; empty for a Literal
    std::string_view qualified; // with its namespaces
    Form form = Form::strings;
    const Constant* wire = nullptr; // one an entry, unless all are strings
};

// std::variant. An alternative that is an optional stands for its value and null, one that is a std::variant for its
// alternatives: Python flattens unions.
struct VariantTraits {
    const Slot* branches; // of each alternative; no type: the alternative that stands for null alone
    std::uint16_t size;
    std::int16_t null; // the alternative that takes null; negative: none does
    bool nested;       // there is a std::variant among the alternatives
    // Makes the alternative's value, and gives its place; that of null: makes it null and gives nothing.
    void* (*emplace)(void* variant, std::size_t index);
    // The value that it holds, and which alternative that is; null when it holds null or nothing.
    const void* (*get)(const void* variant, std::size_t& index);
    // Runs body with a second variant; takes over what that holds.
    void (*with_spare)(void (*body)(void* state, void* spare), void* state);
    void (*take)(void* variant, void* spare);
};

// Json<T> holds nothing but its value, which lies at its address.
struct JsonTextTraits {
    Slot inner;
};

// The member that keeps the keys that a model does not know: ExtraFields<T>.
struct ExtraTraits {
    Slot value;
    void (*clear)(void* extra);
    // Whether the value is good; it is kept only if it should be.
    bool (*add)(void* extra, std::string_view key, bool keep, Fill fill, void* state);
    void (*each)(const void* extra, void (*visit)(void* state, std::string_view key, const void* value), void* state);
};

struct FieldTraits {
    Slot inner;
    void (*mark_set)(void* field);
};

struct ModelTraits {
    const Model& (*describe)(); // reflects at the first call
};

// A type that reads and writes itself: types/url.hpp shows one.
struct CustomTraits {
    bool (*decode)(const Value& value, const FieldInfo& info, void* target, Context& context);
    void (*encode)(const void* source, std::string& out);
    void (*schema)(JsonWriter& writer, const FieldInfo& info, SchemaMode mode);
    std::string_view label; // of a branch of a union
    bool (*equal)(const void* a, const void* b);
};

struct Member {
    std::string_view name; // in C++
    std::string key;       // on the wire, read
    std::string out_key;   // on the wire, written
    std::string prefix;    // the out_key as it is written: "key":
    std::size_t offset = 0;
    std::size_t state_offset = 0; // of the Field's state, when has_state
    Slot slot;
    bool has_state = false;
    bool required = false;
    bool has_default = false; // a Field with an initialiser
};

// A member function that is written like a member.
struct Computed {
    std::string_view name;
    std::string prefix; // the name as it is written: "name":
    const Type* type = nullptr;
    void (*write)(const void* object, std::string& out, const DumpOptions& options) = nullptr;
};

// A member that is no field, and that a response model may have as one: a Relationship.
struct Attribute {
    std::string_view name;
    std::size_t offset = 0;
    const Type* type = nullptr; // of its value
    const void* (*value)(const void* member) = nullptr; // throws when it was not loaded
};

struct Model {
    std::string_view name;      // of the class: Item, Page<app::Item>
    std::string_view qualified; // with its namespaces
    std::string_view description;
    ModelConfig config;
    std::vector<Member> members; // those of Flatten in place
    const ExtraTraits* extra = nullptr; // of the member for all other keys, when there is one
    std::size_t extra_offset = 0;
    bool has_alias_paths = false;    // of any member
    TextCheck check_text = nullptr;  // of all its strings, when the configuration says more of them than to strip them
    const void* prototype = nullptr; // a value-initialised object: the defaults
    // Whole-model validators: before sees what was sent and goes on with what it makes of it, validate sees the object.
    bool (*before)(const Model& model, const Value& value, void* target, Context& context) = nullptr;
    bool (*validate)(const Model& model, const Value& value, const void* object, Context& context) = nullptr;
    void (*run_before)(json& input) = nullptr;
    void (*run_validate)(const void* object) = nullptr;
    std::vector<Computed> computed;
    std::vector<Attribute> attributes;
};

// Adds a member whose place and type are filled in: its names and whether it is required.
void add_member(Model& model, Member member, bool optional);
// Adds the member that keeps unknown keys. Throws std::logic_error when there are two.
void add_extra(Model& model, const ExtraTraits& traits, std::size_t offset);
// Throws std::logic_error with a sentence when two members have one name on the wire, or when the member for unknown
// keys and what the configuration says of them do not fit.
void check_model(const Model& model);
// Throws std::logic_error: a default on a plain member would be ignored in silence.
void check_plain_default(const Model& model, std::string_view member, const Type& type, const void* value, const void* zero);

} // namespace detail

} // namespace fastapi
