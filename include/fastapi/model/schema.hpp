#pragma once

// JSON Schema (2020-12, as OpenAPI 3.1 has it) of described types, with Pydantic's titles, and the components that
// several schemas share.

#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/writer.hpp"
#include "fastapi/meta/list.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi::detail {

// "item_id" becomes "Item Id": Python's str.title() with underscores as spaces.
std::string title_of(std::string_view name);

// What Python calls a class that is a template here: Page[Item] (with brackets) for Page<app::Item>; Page_Item_ as a component.
std::string generic_name(std::string_view name, char open, char close);

// A schema under a name.
struct NamedSchema {
    std::string name;
    std::string text;
};
using SchemaList = List<Owned<NamedSchema>>; // sorted by name
// Adds one unless the name is taken.
void add_schema(SchemaList& list, std::string name, std::string text);

// The members of an anyOf: each once, those of an anyOf inside it in its place.
class AnyOf {
  public:
    // A schema object: {…}.
    void add(std::string_view schema);
    // Writes the keyword into an object that is open; of a single member, its keywords.
    void write(JsonWriter& writer) const;

  private:
    std::vector<std::string> members_;
};

// Collects the models and enums that schemas refer to; names them; writes them. First collect everything, then name(),
// then write.
class Schemas {
  public:
    explicit Schemas(std::string ref_prefix = "#/components/schemas/") : ref_prefix_(std::move(ref_prefix)) {}

    // split: X-Input and X-Output where the two differ (FastAPI: separate_input_output_schemas).
    bool split = true;
    mutable BytesMode bytes = BytesMode::utf8; // as the model says whose schema is written

    void collect(const Type& type, SchemaMode mode) {
        if (type.ops->collect) type.ops->collect(*this, type, mode);
    }
    void collect_slot(const Slot& slot, SchemaMode mode);
    void name();
    // Writes the schema's keywords into an object that is open.
    void write_keywords(JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) const {
        type.ops->schema(*this, writer, type, info, mode);
    }
    // Writes a whole schema object: {…}.
    void write_type(JsonWriter& writer, const Slot& slot, SchemaMode mode) const;
    // Writes the schema of a field or parameter: with title, description, default, examples. always_title: a
    // parameter's nullable model has a title, a field's has none.
    void write_field(JsonWriter& writer, const Slot& slot, std::string_view name, std::string_view default_json,
                     SchemaMode mode, bool always_title) const;
    // Writes "$ref" to a component into an object that is open.
    void write_ref(JsonWriter& writer, const void* identity, SchemaMode mode) const;
    // The components, sorted by name.
    [[nodiscard]] SchemaList components() const;
    // The name of a component.
    [[nodiscard]] std::string component_name(const void* identity, SchemaMode mode) const;

    // What a component is, filled in by collect(). Pointers to functions, so that a program without models does not
    // hold the code that writes them.
    struct Component {
        const void* identity = nullptr; // the Model or the EnumTraits
        std::string_view class_name;
        std::string_view qualified;
        void (*write)(const Schemas& schemas, JsonWriter& writer, const void* identity, SchemaMode mode) = nullptr;
        void (*references)(const void* identity, List<const void*>& out) = nullptr;
        std::string (*write_name)(std::string_view class_name, char open, char close) = nullptr; // generic_name
        bool used[2] = {false, false};
        bool differs = false; // between input and output
        std::string name = {};
    };
    // Marks a component as used; returns whether it was not yet.
    bool add(const Component& component, SchemaMode mode);

  private:
    [[nodiscard]] const Component* find(const void* identity) const;
    void find_differences();
    [[nodiscard]] std::string name_of(const Component& component, SchemaMode mode) const;

    std::string ref_prefix_;
    List<Owned<Component>> components_;
};

} // namespace fastapi::detail
