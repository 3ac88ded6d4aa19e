// libFuzzer: text and JSON into UUID, Decimal, ByteSize, Bytes, the Base64 kinds, secrets, durations and paths, alone and in
// a union.
// What must hold: nothing crashes; what was accepted is written in a form that is accepted again and written the same.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

// same: what is written must be read as the same again. Of a union it need not be: the text of a Decimal may be a UUID.
template <class T>
void read(std::string_view text, bool same = true) {
    std::string written;
    try {
        written = model_dump_json(model_validate_json<T>(text));
    } catch (const ValidationError&) {
        return;
    } catch (const std::invalid_argument&) { // bytes that have no JSON
        return;
    }
    if (!same) return;
    std::string again = model_dump_json(model_validate_json<T>(written));
    if (again == written) return;
    std::fprintf(stderr, "%s was written as %s, and that as %s\n", std::string(text).c_str(), written.c_str(), again.c_str());
    std::abort();
}

using Limited = Field<Decimal, Ge("-1e10"), MaxDigits(12), DecimalPlaces(4), AllowInfNan(true)>;

void read_all(std::string_view text) {
    read<UUID>(text);
    read<UUID7>(text);
    read<Decimal>(text);
    read<Limited>(text);
    read<ByteSize>(text);
    read<Base64Bytes>(text);
    read<Base64UrlStr>(text);
    read<Bytes>(text);
    read<Base64Str>(text);
    read<Base64UrlBytes>(text);
    read<SecretStr>(text);
    read<SecretBytes>(text);
    read<AnyPath>(text);
    read<timedelta>(text);
    read<std::chrono::nanoseconds>(text);
    read<std::chrono::duration<double>>(text, false); // microseconds of a large double are not the same again
    read<std::variant<UUID, Decimal, int, bool>>(text, false);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    read_all(text); // as JSON
    std::string quoted;
    detail::write_json_string(quoted, text);
    read_all(quoted); // as a JSON string
    return 0;
}
