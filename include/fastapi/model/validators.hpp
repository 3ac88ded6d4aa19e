#pragma once

// Functions of the user's around the validation of a field: AfterValidator<f>, BeforeValidator<f>, WrapValidator<f> and
// PlainValidator<f> (Pydantic's names and order: of several, the last one is the outermost). What they throw becomes an
// error of the field: ValueError, AssertionError, PydanticCustomError, and all errors of a ValidationError.

#include <type_traits>
#include <utility>

#include "fastapi/json/json.hpp"
#include "fastapi/meta/callable.hpp"
#include "fastapi/model/annotations.hpp"
#include "fastapi/model/info.hpp"
#include "fastapi/model/type.hpp"

namespace fastapi {

namespace detail {

struct ValidatorCall {
    void* target = nullptr; // where the value is, or belongs
    json* input = nullptr;  // what was sent
    // Validates JSON as what the validator stands around would; throws ValidationError.
    void (*inner)(const ValidatorCall& call, const json& value, void* target) = nullptr;
    const void* state = nullptr; // of inner
};

bool decode_validated(const Slot& slot, const Value& value, void* target, Context& context);
bool decode_before(const Model& model, const Value& value, void* target, Context& context);
bool validate_model(const Model& model, const Value& value, const void* object, Context& context);

} // namespace detail

// What a WrapValidator calls to have a value validated. Throws ValidationError.
template <class T>
class ValidatorHandler {
  public:
    explicit ValidatorHandler(const detail::ValidatorCall& call) : call_(call) {}
    T operator()(const json& value) const {
        T made{};
        call_.inner(call_, value, &made);
        return made;
    }

  private:
    const detail::ValidatorCall& call_;
};

namespace detail {

// Whether a function's first parameter is json, as far as it can be known: json becomes an int without a word, and
// throws at run time.
template <class Arguments>
inline constexpr bool begins_with_json = false;
template <class A, class... Rest>
inline constexpr bool begins_with_json<TypeList<A, Rest...>> = std::is_same_v<std::remove_cvref_t<A>, json>;
template <class F>
constexpr bool takes_json() {
    if constexpr (CallSignature<F>::known) {
        return begins_with_json<typename CallSignature<F>::Arguments>;
    } else {
        return true; // a generic lambda
    }
}

template <auto Function, Validator::Mode Mode>
struct ValidatorAnnotation {
    static constexpr Fits fits = Fits::anything;
    template <class T>
    static void run(ValidatorCall& call) {
        T& target = *static_cast<T*>(call.target);
        if constexpr (Mode == Validator::Mode::before) {
            *call.input = Function(std::move(*call.input));
        } else if constexpr (Mode == Validator::Mode::plain) {
            target = Function(std::move(*call.input));
        } else if constexpr (Mode == Validator::Mode::wrap) {
            target = Function(std::move(*call.input), ValidatorHandler<T>(call));
        } else if constexpr (std::is_void_v<decltype(Function(target))>) {
            Function(target);
        } else {
            target = Function(static_cast<T&&>(target));
        }
    }
    template <class T>
    static constexpr bool is_callable() {
        if constexpr (Mode != Validator::Mode::after && !takes_json<std::remove_cv_t<decltype(Function)>>()) {
            return false;
        } else if constexpr (Mode == Validator::Mode::before) {
            return requires(json j) { json(Function(std::move(j))); };
        } else if constexpr (Mode == Validator::Mode::plain) {
            return requires(json j, T t) { t = Function(std::move(j)); };
        } else if constexpr (Mode == Validator::Mode::wrap) {
            return requires(json j, T t, const ValidatorHandler<T>& handler) { t = Function(std::move(j), handler); };
        } else {
            return requires(T t) { Function(static_cast<T&&>(t)); } || requires(T t) { Function(t); };
        }
    }
    template <class T>
    constexpr void apply(FieldInfo& info) const {
        static_assert(Mode != Validator::Mode::after || is_callable<T>(),
                      "fastapi: the function of AfterValidator<…> cannot be called with the type of this field");
        static_assert(Mode != Validator::Mode::before || is_callable<T>(),
                      "fastapi: the function of BeforeValidator<…> must take and return json");
        static_assert(Mode != Validator::Mode::plain || is_callable<T>(),
                      "fastapi: the function of PlainValidator<…> must take json and return the type of this field");
        static_assert(Mode != Validator::Mode::wrap || is_callable<T>(),
                      "fastapi: the function of WrapValidator<…> must take json and a const ValidatorHandler<T>&, where T is the "
                      "type of this field, and return a T");
        if constexpr (is_callable<T>()) info.validators[info.validator_count++] = {Mode, &run<T>};
        info.validate = &decode_validated;
        if (Mode == Validator::Mode::plain) info.any_input = true;
    }
};

} // namespace detail

// T f(T) or void f(const T&), called with the validated value.
template <auto Function>
inline constexpr detail::ValidatorAnnotation<Function, detail::Validator::Mode::after> AfterValidator{};
// json f(json), called with what was sent; what it returns is validated.
template <auto Function>
inline constexpr detail::ValidatorAnnotation<Function, detail::Validator::Mode::before> BeforeValidator{};
// T f(json, const ValidatorHandler<T>& handler): handler(value) validates, and throws ValidationError.
template <auto Function>
inline constexpr detail::ValidatorAnnotation<Function, detail::Validator::Mode::wrap> WrapValidator{};
// T f(json), instead of the validation of the type. The schema of the input says nothing then.
template <auto Function>
inline constexpr detail::ValidatorAnnotation<Function, detail::Validator::Mode::plain> PlainValidator{};

} // namespace fastapi
