#pragma once

// Unions: decode as pydantic-core's smart mode does, encode, schema, and the labels of branches in the places of errors.

#include <cstdint>
#include <stdexcept>
#include <utility>

#include "fastapi/json/writer.hpp"
#include "fastapi/model/decode.hpp"
#include "fastapi/model/encode.hpp"
#include "fastapi/model/kinds.hpp"
#include "fastapi/model/python.hpp"
#include "fastapi/model/schema.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// --- tags of discriminated unions ---------------------------------------------------------------------------------------

FASTAPI_INLINE const Slot& without_field(const Slot& slot) {
    const Slot* at = &slot;
    while (at->type->kind == Kind::field) at = &static_cast<const FieldTraits*>(at->type->traits)->inner;
    return *at;
}

// The union in a branch whose alternatives are choices of the union around it: it has the same discriminator, or none.
// Null when the branch is none such.
FASTAPI_INLINE const VariantTraits* merged_union(const Slot& branch, std::string_view discriminator) {
    const Slot& slot = without_field(branch);
    if (slot.type->kind != Kind::variant) return nullptr;
    if (!slot.info->discriminator.empty() && slot.info->discriminator != discriminator) return nullptr;
    return static_cast<const VariantTraits*>(slot.type->traits);
}

FASTAPI_INLINE const Member* member_named(const Model& model, std::string_view name) {
    for (const Member& member : model.members)
        if (member.name == name) return &member;
    return nullptr;
}

// The constants of a member that is a literal or an enum; null when it is none.
FASTAPI_INLINE const EnumTraits* tags_of(const Member& member) {
    const Slot& slot = without_field(member.slot);
    return slot.type->kind == Kind::enumeration ? static_cast<const EnumTraits*>(slot.type->traits) : nullptr;
}

// What the input has at the discriminator.
struct UnionTag {
    Value value;
    std::string_view text; // of a string
    InputNumber number;
};

FASTAPI_INLINE bool is_tag(const Constant& constant, const UnionTag& tag, bool exactly) {
    switch (constant.kind) {
    case Constant::Kind::string: return tag.value.is(Value::Kind::string) && constant.text == tag.text;
    case Constant::Kind::null: return tag.value.is(Value::Kind::null);
    default: break;
    }
    if (exactly && (constant.kind == Constant::Kind::boolean) != (tag.number.from == InputNumber::From::boolean)) return false;
    return equals(constant, tag.number);
}

FASTAPI_INLINE bool has_tag(const Slot& branch, std::string_view discriminator, const UnionTag& tag, bool exactly) {
    const Slot& slot = without_field(branch);
    if (slot.type->kind == Kind::model) {
        const Member* member = member_named(static_cast<const ModelTraits*>(slot.type->traits)->describe(), discriminator);
        const EnumTraits* tags = member ? tags_of(*member) : nullptr;
        for (std::size_t i = 0; tags && i < tags->size; ++i)
            if (is_tag(constant_of(*tags, i), tag, exactly)) return true;
    } else if (slot.type->kind == Kind::variant) {
        const auto& traits = *static_cast<const VariantTraits*>(slot.type->traits);
        for (std::size_t i = 0; i < traits.size; ++i)
            if (traits.branches[i].type && has_tag(traits.branches[i], discriminator, tag, exactly)) return true;
    }
    return false;
}

// Visits the models of a union, or of one branch; stops when visit says false.
using VisitModel = bool (*)(void* state, const Slot& slot);
FASTAPI_COLD bool each_model(const Slot& branch, VisitModel visit, void* state) {
    const Slot& slot = without_field(branch);
    if (slot.type->kind == Kind::optional)
        return each_model(static_cast<const OptionalTraits*>(slot.type->traits)->inner, visit, state);
    if (slot.type->kind != Kind::variant) return visit(state, slot);
    const auto& traits = *static_cast<const VariantTraits*>(slot.type->traits);
    for (std::size_t i = 0; i < traits.size; ++i)
        if (traits.branches[i].type && !each_model(traits.branches[i], visit, state)) return false;
    return true;
}

// The text of a tag by which Python tells tags apart: true is 1.
FASTAPI_COLD std::string tag_identity(Constant tag) {
    std::string text;
    if (tag.kind == Constant::Kind::boolean) tag = {Constant::Kind::number, false, Number{tag.boolean ? 1 : 0}, {}};
    write_python_constant(text, tag);
    return text;
}

// Visits the constants that mean a branch, each once.
using VisitTag = void (*)(void* state, const Constant& tag);
FASTAPI_COLD void each_tag(const Slot& branch, std::string_view discriminator, VisitTag visit, void* state) {
    struct State {
        std::string_view discriminator;
        VisitTag visit;
        void* state;
        std::vector<std::string> known;
    } all{discriminator, visit, state, {}};
    each_model(
        branch,
        [](void* opaque, const Slot& slot) {
            auto& s = *static_cast<State*>(opaque);
            if (slot.type->kind != Kind::model) return true;
            const Member* member = member_named(static_cast<const ModelTraits*>(slot.type->traits)->describe(), s.discriminator);
            const EnumTraits* tags = member ? tags_of(*member) : nullptr;
            for (std::size_t i = 0; tags && i < tags->size; ++i) {
                std::string identity = tag_identity(constant_of(*tags, i));
                bool known = false;
                for (const std::string& one : s.known) known = known || one == identity;
                if (known) continue;
                s.known.push_back(std::move(identity));
                s.visit(s.state, constant_of(*tags, i));
            }
            return true;
        },
        &all);
}

// Visits the choices of a discriminated union: its branches, those of merged unions in place.
using VisitChoice = void (*)(void* state, const Slot& choice);
FASTAPI_COLD void each_choice(const VariantTraits& traits, std::string_view discriminator, VisitChoice visit, void* state) {
    for (std::size_t i = 0; i < traits.size; ++i) {
        if (!traits.branches[i].type) continue;
        const VariantTraits* merged = merged_union(traits.branches[i], discriminator);
        merged ? each_choice(*merged, discriminator, visit, state) : visit(state, traits.branches[i]);
    }
}

// The name of the discriminator on the wire: that of the first model's member, which all share.
FASTAPI_COLD std::string_view discriminator_key(const Type& type, std::string_view discriminator) {
    struct State {
        std::string_view discriminator;
        std::string_view key;
    } state{discriminator, discriminator};
    each_model(
        {&type, &no_info},
        [](void* opaque, const Slot& slot) {
            auto& s = *static_cast<State*>(opaque);
            if (slot.type->kind != Kind::model) return true;
            const Member* member = member_named(static_cast<const ModelTraits*>(slot.type->traits)->describe(), s.discriminator);
            if (member) s.key = member->key;
            return member == nullptr;
        },
        &state);
    return state.key;
}

FASTAPI_COLD std::string slot_label(const Slot& slot, bool constrained = false);

FASTAPI_COLD void refuse_union(std::string_view discriminator, std::string_view problem) {
    throw std::logic_error(concat({"fastapi: Discriminator(\"", discriminator, "\"): ", problem}));
}

// Throws std::logic_error in a sentence when the union in a slot cannot be told apart by its discriminator.
FASTAPI_COLD void check_discriminator(const Slot& slot) {
    struct State {
        std::string_view discriminator;
        std::string_view key;
        std::string_view name; // of the model before
        std::vector<std::string> tags;
        std::size_t before = 0; // tags of other choices
    } state{slot.info->discriminator, {}, {}, {}, 0};
    if (state.discriminator.empty()) return;
    each_model(
        slot,
        [](void* opaque, const Slot& branch) {
            auto& s = *static_cast<State*>(opaque);
            if (branch.type->kind != Kind::model)
                refuse_union(s.discriminator, concat({"an alternative of the std::variant is no model: ", slot_label(branch)}));
            const Model& model = static_cast<const ModelTraits*>(branch.type->traits)->describe();
            const Member* member = member_named(model, s.discriminator);
            if (!member) refuse_union(s.discriminator, concat({model.name, " has no member of this name"}));
            if (!tags_of(*member))
                refuse_union(s.discriminator, concat({model.name, "::", s.discriminator, " is neither a Literal nor an enum"}));
            if (s.name.data() && s.key != member->key)
                refuse_union(s.discriminator, concat({s.name, " and ", model.name, " have different names for it on the wire, \"",
                                                      s.key, "\" and \"", member->key, "\""}));
            if (member->slot.info->alias_paths)
                refuse_union(s.discriminator, concat({model.name, "::", s.discriminator, " is read by AliasChoices or an AliasPath, "
                                                                                         "and a discriminator has one name"}));
            s.key = member->key;
            s.name = model.name;
            return true;
        },
        &state);
    const Type* type = without_field(slot).type;
    while (type->kind == Kind::optional) type = static_cast<const OptionalTraits*>(type->traits)->inner.type;
    each_choice(
        *static_cast<const VariantTraits*>(type->traits), state.discriminator,
        [](void* opaque, const Slot& choice) {
            auto& s = *static_cast<State*>(opaque);
            s.before = s.tags.size();
            each_tag(
                choice, s.discriminator,
                [](void* inner, const Constant& tag) {
                    auto& all = *static_cast<State*>(inner);
                    all.tags.push_back(tag_identity(tag));
                    for (std::size_t i = 0; i < all.before; ++i)
                        if (all.tags[i] == all.tags.back())
                            refuse_union(all.discriminator, concat({"the value ", all.tags[i], " stands for two alternatives"}));
                },
                opaque);
        },
        &state);
}

// --- branches -------------------------------------------------------------------------------------------------------------

// Branch i of a union, those of plain unions inside it in place; null beyond the last.
FASTAPI_INLINE const Slot* find_branch(const VariantTraits& traits, std::size_t& i) {
    for (std::size_t k = 0; k < traits.size; ++k) {
        const Slot& branch = traits.branches[k];
        if (!branch.type) continue;
        if (branch.type->kind == Kind::variant) {
            if (const Slot* found = find_branch(*static_cast<const VariantTraits*>(branch.type->traits), i)) return found;
        } else if (i-- == 0) {
            return &branch;
        }
    }
    return nullptr;
}
// Branch i of those that are different: Python's unions hold each type once.
FASTAPI_INLINE const Slot* branch_of(const VariantTraits& traits, std::size_t i, std::size_t* found_at = nullptr) {
    for (std::size_t at = 0;; ++at) {
        std::size_t rest = at;
        const Slot* branch = find_branch(traits, rest);
        if (!branch) return nullptr;
        bool known = false;
        for (std::size_t k = 0; traits.nested && k < at && !known; ++k) {
            rest = k;
            known = find_branch(traits, rest)->type == branch->type;
        }
        if (known || i-- > 0) continue;
        if (found_at) *found_at = at;
        return branch;
    }
}

// Makes the value of branch i, and gives its place; null beyond the last.
FASTAPI_INLINE void* emplace_branch(const VariantTraits& traits, void* variant, std::size_t& i) {
    for (std::size_t k = 0; k < traits.size; ++k) {
        const Slot& branch = traits.branches[k];
        if (!branch.type) continue;
        if (branch.type->kind == Kind::variant) {
            const auto& inner = *static_cast<const VariantTraits*>(branch.type->traits);
            std::size_t rest = i;
            if (find_branch(inner, rest)) return emplace_branch(inner, traits.emplace(variant, k), i);
            i = rest;
        } else if (i-- == 0) {
            return traits.emplace(variant, k);
        }
    }
    return nullptr;
}

// --- labels -------------------------------------------------------------------------------------------------------------

// constrained: the configuration of the model says something of its strings.
FASTAPI_COLD std::string slot_label(const Slot& slot, bool constrained) { return type_label(*slot.type, *slot.info, constrained); }

FASTAPI_COLD std::string enumeration_label(const EnumTraits& traits) {
    if (!traits.name.empty()) {
        std::string_view kind = traits.form == EnumTraits::Form::strings    ? "str-enum["
                                : traits.form == EnumTraits::Form::integers ? "int-enum["
                                : traits.form == EnumTraits::Form::floats   ? "float-enum["
                                                                            : "enum[";
        return concat({kind, traits.name, "]"});
    }
    std::string out = "literal[";
    for (std::size_t i = 0; i < traits.size; ++i) {
        if (i > 0) out.push_back(',');
        write_python_constant(out, constant_of(traits, i));
    }
    return out + "]";
}

FASTAPI_COLD std::string union_label(const VariantTraits& traits, const FieldInfo& info, bool constrained) {
    struct State {
        std::string_view discriminator;
        std::string label; // of the choice
        std::string out;
        std::size_t count = 0;
        bool constrained;
    } state{info.discriminator, {}, {}, 0, constrained};
    bool tagged = !info.discriminator.empty();
    if (tagged) { // a choice for each tag
        each_choice(
            traits, info.discriminator,
            [](void* opaque, const Slot& choice) {
                auto& s = *static_cast<State*>(opaque);
                s.label = slot_label(choice, s.constrained);
                each_tag(choice, s.discriminator, +[](void* inner, const Constant&) {
                    auto& one = *static_cast<State*>(inner);
                    one.out += (one.count++ > 0 ? "," : "") + one.label;
                }, opaque);
            },
            &state);
    } else {
        while (const Slot* branch = branch_of(traits, state.count))
            state.out += (state.count++ > 0 ? "," : "") + slot_label(*branch, constrained);
    }
    std::string& out = state.out;
    if (state.count != 1 || tagged) out = concat({tagged ? "tagged-union[" : "union[", out, "]"});
    return traits.null < 0 ? out : concat({"nullable[", out, "]"});
}

FASTAPI_COLD std::string type_label(const Type& type, const FieldInfo& info, bool constrained_strings) {
    bool bounded = info.gt || info.ge || info.lt || info.le || info.multiple_of;
    switch (type.kind) {
    case Kind::boolean: return "bool";
    case Kind::integer: return bounded ? "constrained-int" : "int";
    case Kind::floating: return bounded || !info.allow_inf_nan ? "constrained-float" : "float";
    case Kind::string: {
        bool constrained = constrained_strings || info.min_length >= 0 || info.max_length >= 0 || !info.pattern.empty() ||
                           info.strip_whitespace || info.to_lower || info.to_upper;
        return constrained ? "constrained-str" : "str";
    }
    case Kind::enumeration: return enumeration_label(*static_cast<const EnumTraits*>(type.traits));
    case Kind::optional:
        return concat({"nullable[",
                       type_label(*static_cast<const OptionalTraits*>(type.traits)->inner.type, info, constrained_strings), "]"});
    case Kind::list: {
        const auto& traits = *static_cast<const ListTraits*>(type.traits);
        std::string element = slot_label(traits.element, constrained_strings);
        switch (traits.shape) {
        case ListTraits::Shape::list: return concat({"list[", element, "]"});
        case ListTraits::Shape::set: return concat({"set[", element, "]"});
        case ListTraits::Shape::frozenset: return concat({"frozenset[", element, "]"});
        case ListTraits::Shape::tuple: return concat({"tuple[", element, ", ...]"});
        }
        return {};
    }
    case Kind::map: {
        const auto& traits = *static_cast<const MapTraits*>(type.traits);
        return concat({"dict[", slot_label(traits.key, constrained_strings), ",", slot_label(traits.value, constrained_strings),
                       "]"});
    }
    case Kind::field: return slot_label(static_cast<const FieldTraits*>(type.traits)->inner, constrained_strings);
    case Kind::model: return generic_name(static_cast<const ModelTraits*>(type.traits)->describe().name, '[', ']');
    case Kind::any:
        return type.traits ? "json-or-python[json=any,python=tagged-union[list[...],dict[str,...],str,bool,int,float,none]]" : "any";
    case Kind::custom: return std::string(static_cast<const CustomTraits*>(type.traits)->label);
    case Kind::none: return "none";
    case Kind::tuple: {
        const auto& traits = *static_cast<const TupleTraits*>(type.traits);
        if (traits.uniform) return concat({"list[", slot_label(traits.items[0], constrained_strings), "]"});
        std::string out = "tuple[";
        for (std::size_t i = 0; i < traits.size; ++i) out += (i > 0 ? ", " : "") + slot_label(traits.items[i], constrained_strings);
        return out + "]";
    }
    case Kind::variant: return union_label(*static_cast<const VariantTraits*>(type.traits), info, constrained_strings);
    case Kind::json_text:
        return concat({"json[", slot_label(static_cast<const JsonTextTraits*>(type.traits)->inner, constrained_strings), "]"});
    }
    return {};
}

// --- decode -------------------------------------------------------------------------------------------------------------

// What the unions inside one another know. A value that is an object or array is tried once as a union: when another
// branch of a union around it comes to it again, its branch is known. Without this the work would double with each level.
struct UnionState {
    // Tokens that may be read again, all together, beside eight times those that there are: about a second.
    static constexpr std::uint64_t max_work = 4'000'000;
    static constexpr std::int32_t unknown = -2;
    static constexpr std::int32_t none = -1;

    struct Entry {
        const void* place = nullptr; // of the value; null: a free entry
        const Type* type = nullptr;
        const FieldInfo* info = nullptr;
        const Model* text_model = nullptr;
        std::int32_t mode = 0;
        std::int32_t branch = unknown;
    };
    Entry* entries = nullptr;
    std::size_t capacity = 0;
    std::size_t size = 0;
    std::uint64_t work_left = max_work;
    bool again = false; // inside a value that is read again
    bool exhausted = false;

    UnionState() = default;
    UnionState(const UnionState&) = delete;
    UnionState& operator=(const UnionState&) = delete;
    ~UnionState() { delete[] entries; }

    // The entry of a value, or the free one where it belongs.
    Entry& at(const Entry& wanted) const {
        std::uint64_t hash = reinterpret_cast<std::uintptr_t>(wanted.place) / 8 * 31 + reinterpret_cast<std::uintptr_t>(wanted.type) / 8 * 7 +
                    reinterpret_cast<std::uintptr_t>(wanted.info) / 8 + static_cast<std::uintptr_t>(wanted.mode);
        hash *= 0x9E3779B97F4A7C15ULL;
        for (auto i = static_cast<std::size_t>((hash >> 20) % capacity);; i = i + 1 == capacity ? 0 : i + 1) {
            Entry& entry = entries[i];
            if (!entry.place || (entry.place == wanted.place && entry.type == wanted.type && entry.info == wanted.info &&
                                 entry.text_model == wanted.text_model && entry.mode == wanted.mode))
                return entry;
        }
    }
    void keep(const Entry& entry) {
        if (2 * (size + 1) > capacity) {
            UnionState larger;
            larger.capacity = capacity ? capacity * 2 : 64;
            larger.entries = new Entry[larger.capacity];
            for (std::size_t i = 0; i < capacity; ++i)
                if (entries[i].place) larger.at(entries[i]) = entries[i];
            std::swap(entries, larger.entries);
            std::swap(capacity, larger.capacity);
        }
        Entry& place = at(entry);
        if (!place.place) ++size;
        place = entry;
    }
};

// One union, and the value that it is decoded from.
class SmartUnion {
  public:
    SmartUnion(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context)
        : traits_(*static_cast<const VariantTraits*>(type.traits)), value_(value), target_(target), context_(context),
          outer_exactness_(context.exactness), outer_fields_(context.fields_set),
          left_to_right_(info.left_to_right),
          container_(value.place() && (value.is(Value::Kind::object) || value.is(Value::Kind::array))) {
        entry_.place = value.place();
        entry_.type = &type;
        entry_.info = &info;
        entry_.text_model = context.text_model;
        entry_.mode = context.strict + 2 * context.strip_whitespace + 4 * context.json_text + 8 * static_cast<int>(context.bytes);
        outermost_ = !context.unions;
        if (!outermost_) return;
        context.unions = &own_;
        if (container_) own_.work_left += 8 * value.token_count();
    }
    ~SmartUnion() {
        if (outermost_) context_.unions = nullptr;
    }
    SmartUnion(const SmartUnion&) = delete;
    SmartUnion& operator=(const SmartUnion&) = delete;

    bool run() {
        bool remembered = container_ && !outermost_;
        if (remembered && context_.unions->capacity) entry_.branch = context_.unions->at(entry_).branch;
        if (entry_.branch >= 0) {
            begin_branch();
            bool outer_again = std::exchange(context_.unions->again, true);
            if (!outer_again) add_work();
            bool good = attempt(static_cast<std::size_t>(entry_.branch), target_);
            context_.unions->again = outer_again;
            best_ = entry_.branch;
            best_exactness_ = context_.exactness;
            best_fields_ = context_.fields_set;
            return good ? finish() : fail();
        }
        if (entry_.branch == UnionState::unknown) {
            bool outer_quiet = std::exchange(context_.quiet, true);
            try_branches();
            context_.quiet = outer_quiet;
            entry_.branch = best_;
            if (remembered && !context_.unions->exhausted) context_.unions->keep(entry_);
        }
        return best_ >= 0 && !(outermost_ && context_.unions->exhausted) ? finish() : fail();
    }

  private:
    void begin_branch() {
        if (left_to_right_) return;
        context_.exactness = Exactness::exact;
        context_.fields_set = -1;
    }
    void add_work() {
        UnionState& state = *context_.unions;
        std::uint64_t work = value_.token_count();
        state.exhausted = state.exhausted || work > state.work_left;
        state.work_left -= state.exhausted ? 0 : work;
    }
    bool attempt(std::size_t i, void* place) {
        if (!context_.quiet && !outermost_) add_work();
        if (context_.unions->exhausted) return false;
        const Slot& branch = *branch_of(traits_, i, &i);
        return decode(branch, value_, emplace_branch(traits_, place, i), context_);
    }

    // Tries branches, beginning at next_; the first that takes the value is read into the target, the others into a
    // spare union, which is taken over when it is better.
    void try_branches() {
        for (; branch_of(traits_, next_); ++next_) {
            if (best_ >= 0 && !spare_) return traits_.with_spare(&go_on, this);
            begin_branch();
            if (!attempt(next_, spare_ ? spare_ : target_)) continue;
            bool final = left_to_right_ || (context_.exactness == Exactness::exact && context_.fields_set < 0);
            if (best_ >= 0 && !final && !is_better()) continue;
            if (spare_) traits_.take(target_, spare_);
            best_ = static_cast<std::int32_t>(next_);
            best_exactness_ = context_.exactness;
            best_fields_ = context_.fields_set;
            if (final) return;
        }
    }
    static void go_on(void* self, void* spare) {
        auto& smart = *static_cast<SmartUnion*>(self);
        smart.spare_ = spare;
        smart.try_branches();
        smart.spare_ = nullptr;
    }
    // More fields of models found are better; else the nearer type.
    [[nodiscard]] bool is_better() const {
        if (best_fields_ >= 0 && context_.fields_set >= 0 && best_fields_ != context_.fields_set)
            return best_fields_ < context_.fields_set;
        return best_exactness_ < context_.exactness;
    }

    void restore() {
        context_.exactness = outer_exactness_;
        context_.fields_set = outer_fields_;
    }
    bool finish() {
        if (left_to_right_) return true;
        restore();
        context_.lower(best_exactness_);
        if (best_fields_ >= 0) context_.add_fields_set(best_fields_);
        return true;
    }
    // No branch takes the value. The errors of all are collected now, unless nobody wants them.
    bool fail() {
        restore();
        if (context_.quiet || context_.full()) return false;
        std::size_t before = context_.errors.size();
        const Slot* branch = nullptr;
        for (std::size_t i = 0; (branch = branch_of(traits_, i)) && !context_.unions->exhausted; ++i) {
            std::string label = slot_label(*branch, context_.strip_whitespace || context_.text_model);
            LocScope scope{context_, label};
            if (!attempt(i, target_)) continue;
            // A validator of the user's that has changed its mind.
            context_.errors.resize(before);
            return true;
        }
        restore();
        if (context_.errors.size() > before) return false;
        return context_.fail("union_too_complex", "Input nests unions too deeply to find out which branches it means", value_);
    }

    const VariantTraits& traits_;
    Value value_;
    void* target_;
    void* spare_ = nullptr;
    Context& context_;
    Exactness outer_exactness_;
    std::int64_t outer_fields_;
    bool left_to_right_; // the first branch that takes the value, whatever it makes of it
    bool container_;
    bool outermost_ = false;
    UnionState own_;
    UnionState::Entry entry_;
    std::size_t next_ = 0;
    std::int32_t best_ = UnionState::none;
    Exactness best_exactness_ = Exactness::lax;
    std::int64_t best_fields_ = -1;
};

FASTAPI_COLD bool fail_tag(const Type& type, const FieldInfo& info, const UnionTag& tag, const Value& value, Context& context) {
    check_discriminator({&type, &info});
    std::string_view key = discriminator_key(type, info.discriminator);
    std::string name = concat({"'", info.discriminator, key == info.discriminator ? "'" : "' | '",
                               key == info.discriminator ? std::string_view{} : key, key == info.discriminator ? "" : "'"});
    JsonWriter ctx;
    ctx.begin_object().key("discriminator").string(name);
    if (!tag.value)
        return context.fail("union_tag_not_found", concat({"Unable to extract tag using discriminator ", name}), value,
                            std::move(ctx.end_object().out));
    struct State {
        std::string_view discriminator;
        std::string tags;
    } state{info.discriminator, {}};
    each_choice(
        *static_cast<const VariantTraits*>(type.traits), info.discriminator,
        [](void* opaque, const Slot& choice) {
            each_tag(
                choice, static_cast<State*>(opaque)->discriminator,
                [](void* inner, const Constant& one) {
                    std::string& tags = static_cast<State*>(inner)->tags;
                    if (!tags.empty()) tags += ", ";
                    write_python_constant(tags, one);
                },
                opaque);
        },
        &state);
    std::string found;
    if (tag.value.is(Value::Kind::string)) {
        found = tag.text;
    } else {
        write_python_value(found, tag.value);
    }
    ctx.key("tag").string(found).key("expected_tags").string(state.tags);
    return context.fail("union_tag_invalid",
                        concat({"Input tag '", found, "' found using ", name, " does not match any of the expected tags: ", state.tags}),
                        value, std::move(ctx.end_object().out));
}

// Reads the value into the choice that a tag means. Returns whether there is one; good: whether it took the value.
FASTAPI_INLINE bool decode_choice(const VariantTraits& traits, std::string_view discriminator, const UnionTag& tag, bool exactly,
                                  const Value& value, void* target, Context& context, bool& good) {
    for (std::size_t i = 0; i < traits.size; ++i) {
        const Slot& branch = traits.branches[i];
        if (!branch.type || !has_tag(branch, discriminator, tag, exactly)) continue;
        void* place = traits.emplace(target, i);
        const VariantTraits* merged = merged_union(branch, discriminator);
        if (merged) return decode_choice(*merged, discriminator, tag, exactly, value, place, context, good);
        good = decode(branch, value, place, context);
        return true;
    }
    return false;
}

FASTAPI_INLINE bool decode_tagged(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const VariantTraits*>(type.traits);
    if (!value.is(Value::Kind::object))
        return context.json_text ? context.fail("dict_type", "Input should be a valid dictionary", value)
                                 : context.fail("model_attributes_type",
                                                "Input should be a valid dictionary or object to extract fields from", value);
    UnionTag tag;
    tag.value = value.find(info.discriminator);
    if (!tag.value) tag.value = value.find(discriminator_key(type, info.discriminator));
    if (!tag.value) return context.quiet ? false : fail_tag(type, info, tag, value, context);
    std::string scratch;
    std::string shown; // of a tag that is neither string nor integer
    if (tag.value.is(Value::Kind::string)) {
        tag.text = tag.value.string(scratch);
    } else {
        tag.number = number_of(tag.value);
        bool plain = tag.number.from == InputNumber::From::boolean || tag.number.from == InputNumber::From::integer;
        if (!plain && !context.quiet) write_python_value(shown, tag.value);
    }
    bool string = tag.value.is(Value::Kind::string);
    bool integer = !string && (tag.number.from == InputNumber::From::boolean || tag.number.from == InputNumber::From::integer);
    Loc place{context.loc, string ? tag.text : std::string_view(shown), tag.number.integer};
    if (integer) place.name = {};
    bool good = false;
    {
        LocScope scope{context, place};
        if (decode_choice(traits, info.discriminator, tag, true, value, target, context, good)) return good;
        if (!string && decode_choice(traits, info.discriminator, tag, false, value, target, context, good)) return good;
    }
    return context.quiet ? false : fail_tag(type, info, tag, value, context);
}

FASTAPI_INLINE bool decode_variant(const Type& type, const FieldInfo& info, const Value& value, void* target, Context& context) {
    const auto& traits = *static_cast<const VariantTraits*>(type.traits);
    if (traits.null >= 0 && value.is(Value::Kind::null)) {
        traits.emplace(target, traits.size);
        return true;
    }
    if (!info.discriminator.empty()) return decode_tagged(type, info, value, target, context);
    const Slot* first = branch_of(traits, 0);
    if (!first) return context.fail("none_required", "Input should be None", value);
    if (branch_of(traits, 1)) return SmartUnion{type, info, value, target, context}.run();
    std::size_t only = 0;
    return decode(*first, value, emplace_branch(traits, target, only), context);
}

FASTAPI_INLINE bool decode_none(const Type&, const FieldInfo&, const Value& value, void*, Context& context) {
    return value.is(Value::Kind::null) || context.fail("none_required", "Input should be None", value);
}

// --- encode -------------------------------------------------------------------------------------------------------------

FASTAPI_INLINE void encode_variant(const Type& type, const void* source, std::string& out, const DumpOptions& options) {
    const auto& traits = *static_cast<const VariantTraits*>(type.traits);
    std::size_t index = 0;
    const void* value = traits.get(source, index);
    if (value) {
        encode(*traits.branches[index].type, value, out, options);
    } else {
        out += "null";
    }
}
FASTAPI_INLINE void encode_none(const Type&, const void*, std::string& out, const DumpOptions&) { out += "null"; }

// --- schema -------------------------------------------------------------------------------------------------------------

FASTAPI_COLD void collect_variant(Schemas& schemas, const Type& type, SchemaMode mode) {
    const auto& traits = *static_cast<const VariantTraits*>(type.traits);
    for (std::size_t i = 0; i < traits.size; ++i)
        if (traits.branches[i].type) schemas.collect(*traits.branches[i].type, mode);
}

FASTAPI_COLD void write_tagged_schema(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    struct State {
        const Schemas* schemas;
        std::string_view discriminator;
        std::string_view key; // of the discriminator on the wire, in this mode
        SchemaMode mode;
        std::string choice;            // the schema of the choice
        std::vector<std::string> tags; // as JSON strings
        std::vector<std::string> schema_of;
    } state{&schemas, info.discriminator, {}, mode, {}, {}, {}};
    each_choice(
        *static_cast<const VariantTraits*>(type.traits), info.discriminator,
        [](void* opaque, const Slot& choice) {
            auto& s = *static_cast<State*>(opaque);
            JsonWriter one;
            s.schemas->write_type(one, choice, s.mode);
            s.choice = std::move(one.out);
            each_tag(
                choice, s.discriminator,
                [](void* inner, const Constant& tag) {
                    auto& all = *static_cast<State*>(inner);
                    std::string text;
                    if (tag.kind == Constant::Kind::string) {
                        text = tag.text;
                    } else {
                        write_python_constant(text, tag);
                    }
                    std::string key;
                    write_json_string(key, text);
                    std::size_t at = 0; // 1 and "1" are the same here: the later one stays
                    while (at < all.tags.size() && all.tags[at] != key) ++at;
                    if (at == all.tags.size()) {
                        all.tags.push_back(std::move(key));
                        all.schema_of.emplace_back();
                    }
                    all.schema_of[at] = all.choice;
                },
                opaque);
        },
        &state);
    writer.key("oneOf").begin_array();
    for (std::size_t i = 0; i < state.schema_of.size(); ++i) {
        bool known = false;
        for (std::size_t j = 0; j < i; ++j) known = known || state.schema_of[j] == state.schema_of[i];
        if (!known) writer.raw(state.schema_of[i]);
    }
    writer.end_array().key("discriminator").begin_object();
    writer.key("propertyName").string(discriminator_key(type, info.discriminator)).key("mapping").begin_object();
    for (std::size_t i = 0; i < state.tags.size(); ++i) {
        // Only models have a name to refer to; OpenAPI has no words for a union in a union.
        std::string_view ref = state.schema_of[i];
        constexpr std::string_view head = R"({"$ref":)";
        if (!ref.starts_with(head)) continue;
        writer.raw(concat({state.tags[i], ":", ref.substr(head.size(), ref.find('"', head.size() + 1) + 1 - head.size())}));
    }
    writer.end_object().end_object();
}

FASTAPI_COLD void schema_variant(const Schemas& schemas, JsonWriter& writer, const Type& type, const FieldInfo& info, SchemaMode mode) {
    const auto& traits = *static_cast<const VariantTraits*>(type.traits);
    AnyOf members;
    if (!info.discriminator.empty()) {
        JsonWriter tagged;
        tagged.begin_object();
        write_tagged_schema(schemas, tagged, type, info, mode);
        members.add(tagged.end_object().out);
    } else {
        for (std::size_t i = 0; i < traits.size; ++i) {
            if (!traits.branches[i].type) continue;
            JsonWriter one;
            schemas.write_type(one, traits.branches[i], mode);
            members.add(one.out);
        }
    }
    if (traits.null >= 0) members.add(R"({"type":"null"})");
    members.write(writer);
}

FASTAPI_COLD void schema_none(const Schemas&, JsonWriter& writer, const Type&, const FieldInfo&, SchemaMode) {
    writer.key("type").string("null");
}

} // namespace fastapi::detail
