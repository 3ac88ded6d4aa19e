// libFuzzer: bytes as a URL of each kind.
// What must hold: nothing crashes; what is accepted is ASCII, holds its parts, and is its own normal form; a type with
// constraints takes no more than AnyUrl; what is refused is refused with words.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

[[noreturn]] void fail(const char* what, std::string_view one, std::string_view other = {}) {
    std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(one.size()), one.data(),
                 static_cast<int>(other.size()), other.data());
    std::abort();
}

// The normal form, or empty.
template <class T>
std::string check(std::string_view text) {
    T url;
    ErrorList list;
    detail::Context context{list};
    if (!TypeTraits<T>::decode(detail::Value::bare(text), detail::no_info, url, context)) {
        if (list.empty() || list[0].msg.empty()) fail("refused without a word", text);
        return {};
    }
    const std::string& normal = url.str();
    for (char c : normal)
        if (c <= ' ' || c == '\x7F') {
            // A path that is not taken apart keeps its spaces.
            if (c != ' ' || url.path().find(' ') == std::string_view::npos) fail("not ASCII", text, normal);
        }
    std::string parts(url.scheme());
    for (std::string_view part : {url.username(), url.password(), url.host(), url.path(), url.query().value_or(""),
                                  url.fragment().value_or("")})
        if (normal.find(part) == std::string::npos) fail("a part that is not there", normal, part);
    if (!normal.starts_with(parts + ":")) fail("a scheme that is not there", normal, parts);
    // Of several hosts an at-sign in a user's name is escaped, after which the commas divide the text in another way than
    // before, and so they do without the tabs and newlines that go; in Pydantic too: "postgres://a@b:,c@d".
    if (std::is_base_of_v<MultiHostUrl, T> && normal.find(',') != std::string::npos)
        return normal;
    try {
        T again(normal);
        // Of a file a host that stands before a drive goes away only when it is read again, as in Pydantic: "file://x//c:/".
        if (again.str() != normal && url.scheme() != "file") fail("not its own normal form", normal, again.str());
    } catch (const ValueError& error) {
        // The limit is of the text as given, in Pydantic too; the normal form may be longer.
        bool longer = normal.size() > text.size() && std::string_view(error.what()).starts_with("URL should have at most");
        if (!longer) fail("the normal form is refused", normal, error.what());
    }
    return normal;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!detail::is_valid_utf8(text)) return 0; // what comes from a request is UTF-8
    std::string any = check<AnyUrl>(text);
    for (const std::string& one : {check<HttpUrl>(text), check<AnyHttpUrl>(text), check<WebsocketUrl>(text)})
        if (!one.empty() && one != any) fail("another normal form", one, any);
    check<RedisDsn>(text);
    check<PostgresDsn>(text);
    return 0;
}
