// libFuzzer: bytes as an IP address, interface and network of each kind, as text and as JSON.
// What must hold: nothing crashes; what is accepted is written in a form that is accepted and written the same; field
// and constructor agree; a network holds its first and its last address.

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

template <class Network>
void check_network(const Network& network) {
    if (!network.contains(network.network_address()) || !network.contains(network.broadcast_address()))
        fail("a network without its own addresses", network.str());
    if (!network.supernet_of(network)) fail("a network that is not in itself", network.str());
    Network same(network.network_address(), network.prefixlen());
    if (same != network) fail("a network is not made of its parts", network.str(), same.str());
    Network by_mask(network.network_address().str() + "/" + std::to_string(network.prefixlen()));
    if (by_mask != network) fail("a network is not made of its texts", network.str(), by_mask.str());
}

// With thrown set, what is refused is also given to the constructor, which throws; that is slow.
template <class T>
void check(std::string_view text, bool thrown) {
    T value;
    ErrorList list;
    detail::Context context{list};
    bool accepted = TypeTraits<T>::decode(detail::Value::bare(text), detail::no_info, value, context);
    if (accepted != list.empty()) fail("an error without errors", text);
    if (!accepted && !thrown) return;
    try {
        T made(text);
        if (!accepted) fail("the constructor takes more than the field", text);
        if (made != value) fail("constructor and field do not agree", text, made.str());
    } catch (const ValueError& error) {
        if (accepted) fail("the constructor takes less than the field", text, error.what());
        if (std::string_view(error.what()).empty()) fail("refused without a word", text);
        return;
    }
    if (T(value.str()) != value || T(value.str()).str() != value.str()) fail("written and read are not the same", text);
    if constexpr (requires { value.broadcast_address(); }) check_network(value);
    if constexpr (requires { value.network(); }) check_network(value.network());
    if constexpr (requires { value.bytes(); }) {
        if (T(value.bytes()).str() != value.str().substr(0, value.str().find('%'))) fail("other bytes", text);
        (void)(value.is_private() || value.is_global() || value.is_reserved());
    }
}

template <class T>
void check_json(const detail::Document& document, std::string_view text) {
    T value;
    ErrorList list;
    detail::Context context{list};
    if (!TypeTraits<T>::decode(document.root(), detail::no_info, value, context)) return;
    std::string dumped = model_dump_json(value);
    if (model_validate_json<T>(dumped) != value) fail("encode and decode do not agree", text, dumped);
}

template <class... T>
void check_all(std::string_view text) {
    std::size_t turn = 0;
    (check<T>(text, turn++ == text.size() % 32), ...);
    detail::Document document;
    if (document.parse(text)) (check_json<T>(document, text), ...);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_all<IPv4Address, IPv6Address, IPvAnyAddress, IPv4Network, IPv6Network, IPvAnyNetwork, IPv4Interface,
              IPv6Interface, IPvAnyInterface>({reinterpret_cast<const char*>(data), size});
    return 0;
}
