// libFuzzer: bytes as an e-mail address, as text and as JSON.
// What must hold: nothing crashes; what is accepted is UTF-8, is no longer than an address may be, and is its own normal
// form; both types see the same address; what is refused is refused with words in UTF-8.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi.hpp"
#include "fastapi/json/document.hpp"
#include "fastapi/model/model.hpp"

using namespace fastapi;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(),
                 static_cast<int>(other.size()), other.data());
    std::abort();
}

void check_text(std::string_view text) {
    detail::EmailParts parts;
    if (std::string why = detail::read_email(text, parts); !why.empty()) {
        if (!detail::is_valid_utf8(why)) fail("words that are no UTF-8", why);
        return;
    }
    const std::string& email = parts.email;
    if (email.size() > 254 || !detail::is_valid_utf8(email)) fail("no address", email);
    EmailStr again(email);
    if (again.str() != email) fail("not its own normal form", email, again.str());
    if (again.local_part().empty() || again.domain().find('.') == std::string_view::npos) fail("parts", email);
    NameEmail named(text);
    if (named.email() != email || EmailStr(text) != again) fail("two addresses", named.email(), email);
    if (named.name().empty() || !detail::is_valid_utf8(named.str())) fail("a wrong name", named.str());
    if (NameEmail("Name <" + email + ">") != NameEmail("Name", again)) fail("not the same with a name", email);
}

template <class T>
void check_json(const detail::Document& document) {
    T value;
    ErrorList list;
    detail::Context context{list};
    bool accepted = TypeTraits<T>::decode(document.root(), detail::no_info, value, context);
    if (accepted != list.empty()) fail("an error without errors", document.root().raw());
    std::string written = accepted ? model_dump_json(value) : errors_to_text(list);
    detail::Document again;
    if (!again.parse(written)) fail("what was written is no JSON", written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (detail::is_valid_utf8(text)) check_text(text);
    detail::Document document;
    if (document.parse(text)) {
        check_json<EmailStr>(document);
        check_json<NameEmail>(document);
    }
    return 0;
}
