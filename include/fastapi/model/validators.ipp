#pragma once

#include "fastapi/model/decode.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/validators.hpp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

// Runs a function of the user's; what it throws becomes errors at the current place.
FASTAPI_INLINE bool run_guarded(const Value& value, Context& context, void (*run)(const void* state), const void* state) {
    constexpr std::string_view no_detail = R"({"error":{}})";
    try {
        run(state);
        return true;
    } catch (const ValueError& error) {
        return context.fail("value_error", concat({"Value error, ", error.what()}), value, std::string(no_detail));
    } catch (const AssertionError& error) {
        return context.fail("assertion_error", concat({"Assertion failed, ", error.what()}), value, std::string(no_detail));
    } catch (const PydanticCustomError& error) {
        return context.fail(error.type, error.what(), value, error.ctx.is_null() ? std::string{} : to_json_text(error.ctx));
    } catch (const ValidationError& error) {
        return context.fail_with(error.list);
    }
}
template <class F>
bool run_validator(const Value& value, Context& context, const F& run) {
    return run_guarded(value, context, [](const void* state) { (*static_cast<const F*>(state))(); }, &run);
}

// Decodes JSON that a function of the user's made: as text again, for the errors quote it.
template <class F>
FASTAPI_INLINE bool decode_json(const json& made, Context& context, const F& decode) {
    std::string text = to_json_text(made);
    Document document;
    document.parse(text);
    Context::WriteInput before = context.change_writer(&write_value);
    bool good = decode(document.root());
    context.change_writer(before);
    return good;
}

// A slot without its outer validators.
struct InnerSlot {
    const Slot& slot;
    std::size_t count; // of validators that are left
    Context& context;
};

FASTAPI_COLD bool decode_inner(const InnerSlot& inner, const Value& value, void* target);

FASTAPI_COLD void decode_for_handler(const ValidatorCall& call, const json& value, void* target) {
    const InnerSlot& inner = *static_cast<const InnerSlot*>(call.state);
    Context& context = inner.context;
    std::size_t before = context.errors.size();
    if (decode_json(value, context, [&](const Value& root) { return decode_inner(inner, root, target); })) return;
    // The errors leave the list, and come back when the user's function lets them through.
    std::size_t depth = 0;
    for (const Loc* at = context.loc; at; at = at->parent) depth += at->is_key ? 2 : 1;
    ErrorList list;
    for (std::size_t i = before; i < context.errors.size(); ++i) {
        ErrorDetail& error = list.emplace_back(std::move(context.errors[i]));
        error.loc.erase(error.loc.begin(), error.loc.begin() + static_cast<std::ptrdiff_t>(depth));
    }
    context.errors.resize(before);
    throw ValidationError("", std::move(list));
}

FASTAPI_COLD bool decode_inner(const InnerSlot& inner, const Value& value, void* target) {
    const Slot& slot = inner.slot;
    if (inner.count == 0) return slot.type->ops->decode(*slot.type, *slot.info, value, target, inner.context);
    const Validator& validator = slot.info->validators[inner.count - 1];
    InnerSlot next{slot, inner.count - 1, inner.context};
    ValidatorCall call;
    call.target = target;
    if (validator.mode == Validator::Mode::after)
        return decode_inner(next, value, target) && run_validator(value, inner.context, [&] { validator.run(call); });
    json input;
    value_to_json(value, input);
    call.input = &input;
    call.inner = &decode_for_handler;
    call.state = &next;
    if (!run_validator(value, inner.context, [&] { validator.run(call); })) return false;
    if (validator.mode != Validator::Mode::before) return true;
    return decode_json(input, inner.context, [&](const Value& root) { return decode_inner(next, root, target); });
}

FASTAPI_COLD bool decode_before(const Model& model, const Value& value, void* target, Context& context) {
    json input;
    value_to_json(value, input);
    if (!run_validator(value, context, [&] { model.run_before(input); })) return false;
    return decode_json(input, context, [&](const Value& root) { return decode_members(model, root, target, context); });
}

FASTAPI_INLINE bool validate_model(const Model& model, const Value& value, const void* object, Context& context) {
    return run_validator(value, context, [&] { model.run_validate(object); });
}

FASTAPI_COLD bool decode_validated(const Slot& slot, const Value& value, void* target, Context& context) {
    return decode_inner({slot, slot.info->validator_count, context}, value, target);
}

} // namespace fastapi::detail
