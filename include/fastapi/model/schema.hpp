#pragma once

// JSON Schema (2020-12, as OpenAPI 3.1 has it) of described types, with Pydantic's titles, and the components that
// several schemas share.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi::detail {

// "item_id" becomes "Item Id": Python's str.title() with underscores as spaces.
std::string title_of(std::string_view name);

// Collects the models and enums that schemas refer to; names them; writes them. First collect everything, then name(),
// then write.
class Schemas {
  public:
    explicit Schemas(std::string ref_prefix = "#/components/schemas/") : ref_prefix_(std::move(ref_prefix)) {}

    // split: X-Input and X-Output where the two differ (FastAPI: separate_input_output_schemas).
    bool split = true;

    void collect(const Type& type, SchemaMode mode);
    void name();
    // Writes the schema of a type into an object that is open.
    void write_keywords(JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) const;
    // Writes a whole schema object: {…}.
    void write_type(JsonWriter& writer, const Slot& slot, SchemaMode mode) const;
    // Writes the schema of a field or parameter: with title, description, default, examples. always_title: a
    // parameter's nullable model has a title, a field's has none.
    void write_field(JsonWriter& writer, const Slot& slot, std::string_view name, std::string_view default_json,
                     SchemaMode mode, bool always_title) const;
    // Writes "$ref" to a component into an object that is open.
    void write_ref(JsonWriter& writer, const void* identity, SchemaMode mode) const;
    // The components by name, each the text of a schema.
    [[nodiscard]] std::map<std::string, std::string> components() const;
    // The name of a model's component.
    [[nodiscard]] std::string model_name(const Model& model, SchemaMode mode) const;

  private:
    struct Component {
        const Model* model = nullptr;
        const EnumTraits* enumeration = nullptr;
        bool used[2] = {false, false};
        bool differs = false;
        std::string name;
        std::set<const void*> refers[2];
    };
    void write_model(JsonWriter& writer, const Model& model, SchemaMode mode) const;
    void find_references(const Type& type, std::set<const void*>& out) const;
    void find_differences();
    [[nodiscard]] std::string component_name(const Component& component, SchemaMode mode) const;

    std::string ref_prefix_;
    std::map<const void*, Component> components_;
    std::vector<const void*> order_;
};

} // namespace fastapi::detail
