// libFuzzer: bytes as the Authorization header of every HTTP scheme, and as an API key.
// What must hold: the answer is the value or a 401 with a challenge; a value that was read, written anew as a header, reads as
// the same.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

inline constexpr OAuth2PasswordBearer<"token"> oauth2;
inline constexpr HTTPBasic<> basic;
inline constexpr HTTPBearer<NoAutoError> bearer;
inline constexpr HTTPDigest<> digest;
inline constexpr APIKeyHeader<"x-key"> key;

FastAPI& application() {
    static FastAPI app;
    static bool made = [] {
        app.get("/oauth2", [](Depends<oauth2> token) { return *token; });
        app.get("/basic", [](Depends<basic> user) { return json{{"username", user->username}, {"password", user->password}}; });
        app.get("/bearer", [](Depends<bearer> read) { return json{{"credentials", *read ? (*read)->credentials : ""}}; });
        app.get("/digest", [](Depends<digest> read) { return json{{"scheme", read->scheme}, {"credentials", read->credentials}}; });
        app.get("/key", [](Depends<key> read) { return *read; });
        return true;
    }();
    static_cast<void>(made);
    return app;
}

Response ask(std::string_view path, std::string_view name, std::string_view value) {
    Request request;
    request.target = path;
    request.headers.add(name, value);
    Response response = application().handle(request);
    bool refused = response.status_code == 401 && response.headers.contains("www-authenticate");
    if (response.status_code != 200 && !refused) {
        std::fprintf(stderr, "%.*s: %d\n", static_cast<int>(path.size()), path.data(), response.status_code);
        std::abort();
    }
    return response;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view value(reinterpret_cast<const char*>(data), size);
    for (const char* path : {"/oauth2", "/basic", "/bearer", "/digest"}) ask(path, "authorization", value);
    ask("/key", "x-key", value);
    for (const char* scheme : {"Bearer ", "basic ", "Digest "}) {
        std::string whole = scheme + std::string(value);
        for (const char* path : {"/oauth2", "/basic", "/bearer", "/digest"}) ask(path, "authorization", whole);
    }
    // User name and password that can be sent come back.
    std::size_t colon = value.find(':');
    bool ascii = true;
    for (char c : value) ascii = ascii && static_cast<unsigned char>(c) < 0x80U;
    if (colon != std::string_view::npos && ascii) {
        Response response = ask("/basic", "authorization", "Basic " + Base64Encoder::encode(value));
        json wanted = {{"username", std::string(value.substr(0, colon))}, {"password", std::string(value.substr(colon + 1))}};
        if (response.status_code != 200 || parse_json(response.body) != wanted) std::abort();
    }
    return 0;
}
