// Bytes and the Base64 types: lengths, Python's leniency, UTF-8 in and out, encoders of one's own.

#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace bytes_test {

struct Blob {
    Field<Bytes, MinLength(2), MaxLength(3)> data;
};
struct Encoded {
    Field<Base64Bytes, MinLength(2), MaxLength(3)> bytes = "ab";
    Field<Base64Str, MinLength(2), MaxLength(3)> text = "ab";
};
struct StrictBlob {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<Bytes> data;
    std::optional<Base64Bytes> base64;
    std::optional<Base64Str> text;
};
struct Attachment {
    Field<Bytes> data = "x";
    Field<Base64UrlBytes> base64 = Bytes("\xff\xfe").str();
};

// An encoder of one's own: hexadecimal digits.
struct HexEncoder {
    static std::string decode(std::string_view text) {
        if (text.size() % 2 == 1) throw ValueError("an odd number of digits");
        std::string out;
        for (std::size_t i = 0; i < text.size(); i += 2) {
            constexpr std::string_view digits = "0123456789abcdef";
            std::size_t high = digits.find(text[i]);
            std::size_t low = digits.find(text[i + 1]);
            if (high == digits.npos || low == digits.npos) throw AssertionError("not a digit");
            out.push_back(static_cast<char>(high * 16 + low));
        }
        return out;
    }
    static std::string encode(std::string_view data) {
        std::string out;
        for (char c : data)
            for (unsigned shift : {4U, 0U}) out.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15U]);
        return out;
    }
    static constexpr std::string_view json_format = "hex";
};
using HexBytes = EncodedBytes<HexEncoder>;

} // namespace bytes_test

using namespace bytes_test;

namespace {

// What a Base64 type makes of a text, or "! " and the message.
template <class T>
std::string read(std::string_view text) {
    try {
        return T::decode(text).str();
    } catch (const PydanticCustomError& error) {
        return "! " + error.ctx["error"].template get<std::string>();
    } catch (const ValueError& error) {
        return "! " + std::string(error.what());
    }
}

constexpr std::string_view padding = "! Incorrect padding";

std::string one_digit(int digits) {
    return "! Invalid base64-encoded string: number of data characters (" + std::to_string(digits) +
           ") cannot be 1 more than a multiple of 4";
}

std::string random_bytes(std::mt19937_64& random, std::size_t most) {
    std::string data(random() % (most + 1), '\0');
    for (char& c : data) c = static_cast<char>(random());
    return data;
}

} // namespace

TEST_CASE("bytes: are the UTF-8 of a string") {
    CHECK(outcome<Bytes>("\"abc\"") == "\"abc\"");
    CHECK(outcome<Bytes>("\"\"") == "\"\"");
    CHECK(outcome<Bytes>(R"("\u00e9\u0000")") == "\"\u00e9\\u0000\"");
    CHECK(model_validate_json<Bytes>("\"\u00e9\"").size() == 2);
    for (const char* value : {"1", "null", "true", "[]", "{}"}) CHECK(outcome<Bytes>(value) == "! .: bytes_type");
    CHECK(outcome<Bytes>(R"("\ud800")") == "! .: string_unicode");
    CHECK(errors<Bytes>("1") ==
          parse_json(R"([{"type":"bytes_type","loc":[],"msg":"Input should be a valid bytes","input":1}])"));
    CHECK(thrown_by([] { model_dump_json(Bytes("\xff")); }) ==
          "fastapi: these bytes are not UTF-8 and have no JSON: make the field a Base64Bytes");
}

TEST_CASE("bytes: lengths count bytes") {
    CHECK(outcome<Blob>(R"({"data":"ab"})") == R"({"data":"ab"})");
    CHECK(outcome<Blob>(R"({"data":"é"})") == R"({"data":"é"})");
    json low = errors<Blob>(R"({"data":"a"})")[0];
    CHECK(low["type"] == "bytes_too_short");
    CHECK(low["msg"] == "Data should have at least 2 bytes");
    CHECK(low["ctx"] == parse_json(R"({"min_length":2})"));
    json high = errors<Blob>(R"({"data":"éé"})")[0];
    CHECK(high["type"] == "bytes_too_long");
    CHECK(high["msg"] == "Data should have at most 3 bytes");
    CHECK(high["ctx"] == parse_json(R"({"max_length":3})"));
}

TEST_CASE("bytes: a value like any other") {
    Bytes bytes = "abc";
    CHECK(bytes == "abc");
    CHECK(bytes == std::string("abc"));
    CHECK(bytes == Bytes("abcd", 3));
    CHECK(bytes < "abd");
    CHECK(bytes != "ab");
    CHECK(!bytes.empty());
    CHECK(bytes.data()[2] == 'c');
    std::string_view view = bytes;
    CHECK(view == "abc");
    std::ostringstream out;
    out << bytes << Base64Str("x");
    CHECK(out.str() == "abcx");
    std::set<Bytes> set{"b", "a", "b"};
    CHECK(set.size() == 2);
    CHECK(Bytes("\x80") > Bytes("a"));
}

TEST_CASE("bytes: Base64 is read as leniently as Python reads it") {
    for (const auto& one : std::initializer_list<std::pair<const char*, std::string>>{
             {"", ""},           {"YWJj", "abc"},       {"YWI=", "ab"},    {"YQ==", "a"},      {"YWJj\n", "abc"},
             {" Y W J j ", "abc"}, {"!!!", ""},         {"YW-Jj", "abc"},  {"\u65e5", ""},     {"YQ==YQ==", "a"},
             {"YQ=", std::string(padding)},             {"YQ=a=", "a\x06"},       {"YWI", std::string(padding)},
             {"Y", one_digit(1)}, {"YWJjY", one_digit(5)}, {"=", ""},      {"====", ""},       {"=YWJj", "abc"},
             {"YW=Jj", "abc"},   {"Y=WJj", "abc"},      {"YQ==!", "a"},    {"YWI==", "ab"},    {"YW==Jj", "a"}}) {
        CAPTURE(one.first);
        CHECK(read<Base64Bytes>(one.first) == one.second);
        CHECK(read<Base64Str>(one.first) == one.second);
    }
    CHECK(read<Base64Bytes>("-_-_") == "");
    CHECK(read<Base64UrlBytes>("-_-_") == "\xfb\xff\xbf");
    CHECK(read<Base64UrlBytes>("+/+/") == "\xfb\xff\xbf");
    CHECK(Base64UrlBytes("\xfb\xff\xbf").encoded() == "-_-_");
    CHECK(Base64Bytes("\xfb\xff\xbf").encoded() == "+/+/");
    CHECK(Base64Bytes("a").encoded() == "YQ==");
    CHECK(Base64Bytes("ab").encoded() == "YWI=");
    CHECK(Base64Bytes("").encoded() == "");
}

TEST_CASE("bytes: what Base64Str holds is UTF-8") {
    auto what = [](std::string_view data) { return read<Base64Str>(Base64Encoder::encode(data)); };
    auto byte = [](const char* hex, int at, const char* reason) {
        return "! 'utf-8' codec can't decode byte 0x" + std::string(hex) + " in position " + std::to_string(at) + ": " + reason;
    };
    auto bytes = [](const char* from_to, const char* reason) {
        return "! 'utf-8' codec can't decode bytes in position " + std::string(from_to) + ": " + reason;
    };
    constexpr const char* start = "invalid start byte";
    constexpr const char* next = "invalid continuation byte";
    constexpr const char* end = "unexpected end of data";
    CHECK(what("a\u00e9\u65e5\U0001f600") == "a\u00e9\u65e5\U0001f600");
    CHECK(what("ab\x80") == byte("80", 2, start));
    CHECK(what("\xc1\x80") == byte("c1", 0, start));
    CHECK(what("\xf5\x80\x80\x80") == byte("f5", 0, start));
    CHECK(what("\xff") == byte("ff", 0, start));
    CHECK(what("\xc3") == byte("c3", 0, end));
    CHECK(what("\xc3(") == byte("c3", 0, next));
    CHECK(what("\xe0\x80\x80") == byte("e0", 0, next));
    CHECK(what("\xed\xa0\x80") == byte("ed", 0, next));
    CHECK(what("a\xe6\x97") == bytes("1-2", end));
    CHECK(what("a\xe6\x97(") == bytes("1-2", next));
    CHECK(what("\xe6(") == byte("e6", 0, next));
    CHECK(what("\xf0\x80\x80\x80") == byte("f0", 0, next));
    CHECK(what("\xf4\x90\x80\x80") == byte("f4", 0, next));
    CHECK(what("\xf0\x9f\x98") == bytes("0-2", end));
    CHECK(what("\xf0\x9f\x98(") == bytes("0-2", next));
    CHECK(what("\xf0\x9f(") == bytes("0-1", next));
    CHECK(what("\u00e9\xf0\x9f") == bytes("2-3", end));
    json error = errors<Base64Str>("\"/w==\"")[0];
    CHECK(error["type"] == "value_error");
    CHECK(error["msg"] == "Value error, 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte");
    CHECK(error["ctx"] == parse_json(R"({"error":{}})"));
    CHECK(outcome<Base64Bytes>("\"/w==\"") == "\"/w==\"");
}

TEST_CASE("bytes: Base64 errors in Pydantic's words") {
    CHECK(errors<Base64Bytes>("\"Y\"") ==
          parse_json(R"([{"type":"base64_decode","loc":[],"input":"Y","msg":"Base64 decoding error: 'Invalid )"
                     R"(base64-encoded string: number of data characters (1) cannot be 1 more than a multiple of 4'",)"
                     R"("ctx":{"error":"Invalid base64-encoded string: number of data characters (1) cannot be 1 more )"
                     R"(than a multiple of 4"}}])"));
    CHECK(errors<Base64Str>("\"YW\"")[0]["msg"] == "Base64 decoding error: 'Incorrect padding'");
    CHECK(outcome<Base64Bytes>("1") == "! .: bytes_type");
    CHECK(outcome<Base64Str>("1") == "! .: string_type");
    CHECK(outcome<Base64UrlStr>("null") == "! .: string_type");
    CHECK(outcome<Base64Str>("\"YWJj\\n\"") == "\"YWJj\"");
    CHECK(outcome<Base64UrlStr>("\"_-A=\"") == "! .: value_error");
}

TEST_CASE("bytes: lengths of what is decoded") {
    CHECK(outcome<Encoded>(R"({"bytes":"YWJj","text":"w6nDqQ=="})") == R"({"bytes":"YWJj","text":"w6nDqQ=="})");
    json low = errors<Encoded>(R"({"bytes":"YQ=="})")[0];
    CHECK(low["type"] == "too_short");
    CHECK(low["msg"] == "Value should have at least 2 items after validation, not 1");
    CHECK(low["ctx"] == parse_json(R"({"field_type":"Value","min_length":2,"actual_length":1})"));
    CHECK(outcome<Encoded>(R"({"bytes":"w6nDqQ=="})") == "! bytes: too_long");
    CHECK(outcome<Encoded>(R"({"text":"w6k="})") == "! text: too_short");
    CHECK(outcome<Encoded>(R"({"text":"YWJjZA=="})") == "! text: too_long");
}

TEST_CASE("bytes: strict takes bytes only, which JSON has not") {
    CHECK(outcome<StrictBlob>(R"({"data":"a"})") == "! data: bytes_type");
    CHECK(outcome<StrictBlob>(R"({"base64":"YQ=="})") == "! base64: bytes_type");
    CHECK(outcome<StrictBlob>(R"({"text":"YQ=="})") == R"({"data":null,"base64":null,"text":"YQ=="})");
}

TEST_CASE("bytes: an encoder of one's own") {
    CHECK(outcome<HexBytes>("\"00ff\"") == "\"00ff\"");
    CHECK(model_validate_json<HexBytes>("\"00ff\"") == Bytes("\0\xff", 2));
    CHECK(errors<HexBytes>("\"0\"")[0]["msg"] == "Value error, an odd number of digits");
    CHECK(errors<HexBytes>("\"0x\"")[0]["msg"] == "Assertion failed, not a digit");
    CHECK(model_json_schema<HexBytes>()["format"] == "hex");
}

TEST_CASE("bytes: schemas") {
    CHECK(model_json_schema<Bytes>() == parse_json(R"({"type":"string","contentMediaType":"application/octet-stream"})"));
    json blob = model_json_schema<Blob>()["properties"]["data"];
    CHECK(blob["minLength"] == 2);
    CHECK(blob["maxLength"] == 3);
    CHECK(model_json_schema<Base64Bytes>() ==
          parse_json(R"({"type":"string","format":"base64","contentMediaType":"application/octet-stream"})"));
    CHECK(model_json_schema<Base64Str>() == parse_json(R"({"type":"string","format":"base64"})"));
    CHECK(model_json_schema<Base64UrlStr>() == parse_json(R"({"type":"string","format":"base64url"})"));
    CHECK(model_json_schema<Base64UrlBytes>()["format"] == "base64url");
    json encoded = model_json_schema<Encoded>()["properties"]["bytes"];
    CHECK(encoded["minLength"] == 2);
    CHECK(encoded["default"] == "YWI=");
}

TEST_CASE("bytes: bytes without JSON are an error of the server") {
    FastAPI app;
    app.get("/bad", [] { return Attachment{.data = "\xff"}; });
    app.get("/good", [] { return Attachment{}; });
    TestClient client{app, {.raise_server_exceptions = false}};
    CHECK(client.get("/bad").status_code == 500);
    CHECK(client.get("/good").text() == R"({"data":"x","base64":"__4="})");
}

TEST_CASE("bytes: decode gives back what encode was given") {
    std::mt19937_64 random(11);
    for (int i = 0; i < 20000; ++i) {
        std::string data = random_bytes(random, 40);
        CHECK(Base64Bytes::decode(Base64Bytes(data).encoded()) == Base64Bytes(data));
        CHECK(Base64UrlBytes::decode(Base64UrlBytes(data).encoded()) == Base64UrlBytes(data));
        CHECK(model_validate_json<Base64Bytes>(model_dump_json(Base64Bytes(data))) == Base64Bytes(data));
        // Whatever is written as text is what CPython says of it, or is UTF-8.
        CHECK(detail::utf8_failure(data).empty() == detail::is_valid_utf8(data));
    }
}

TEST_CASE("bytes: long texts take linear time") {
    std::string text(4000000, 'A');
    CHECK(Base64Bytes::decode(text).size() == 3000000);
    CHECK(read<Base64Bytes>(std::string(1000000, '=')) == "");
    CHECK(read<Base64Bytes>("A" + std::string(1000000, '=')) == one_digit(1));
    CHECK(read<Base64Bytes>("AA=" + std::string(1000000, '!')) == padding);
    CHECK(Base64Bytes(std::string(3000000, '\0')).encoded() == text);
    CHECK(outcome<Bytes>("\"" + text + "\"") == "\"" + text + "\"");
    CHECK(read<Base64Str>(Base64Encoder::encode(std::string(1000000, 'a') + "\xff")).size() > 10);
}

namespace {
struct Inner {
    Bytes plain;
};
struct Coded {
    static constexpr ModelConfig model_config{.ser_json_bytes = BytesMode::base64, .val_json_bytes = BytesMode::base64};
    Bytes data;
    Field<std::vector<Bytes>> list = std::vector<Bytes>{"x"};
    std::optional<Bytes> maybe;
    std::optional<Inner> inner;
};
struct Digits {
    static constexpr ModelConfig model_config{.ser_json_bytes = BytesMode::hex, .val_json_bytes = BytesMode::hex};
    Bytes data;
    std::optional<Coded> coded;
};
template <class T>
std::string error_of(const json& data) {
    try {
        model_validate<T>(json{{"data", data}});
    } catch (const ValidationError& error) {
        return error.list[0].type + ": " + error.list[0].msg + " " + error.list[0].ctx;
    }
    return "none";
}
} // namespace

TEST_CASE("bytes: ser_json_bytes and val_json_bytes of a model") {
    // Pydantic's answers.
    auto coded = model_validate_json<Coded>(R"({"data":"__4-P2E=","list":["+/8="],"maybe":"eQ","inner":{"plain":"k"}})");
    CHECK(coded.data.str() == "\xff\xfe>?a");
    CHECK(model_dump_json(coded) == R"({"data":"__4-P2E=","list":["-_8="],"maybe":"eQ==","inner":{"plain":"k"}})");
    CHECK(model_dump_json(model_validate_json<Digits>(R"({"data":"6AfF","coded":{"data":"aGk"}})")) ==
          R"({"data":"6aff","coded":{"data":"aGk=","list":["eA=="],"maybe":null,"inner":null}})");
    CHECK(error_of<Coded>("") == "none");
    CHECK(error_of<Coded>("a") == "bytes_invalid_encoding: Data should be valid base64: Invalid input length: 1 "
                                  R"({"encoding":"base64","encoding_error":"Invalid input length: 1"})");
    CHECK(error_of<Coded>("aGk=\n").find("Invalid symbol 10, offset 4.") != std::string::npos);
    CHECK(error_of<Coded>("=aGk").find("Invalid symbol 61, offset 0.") != std::string::npos);
    CHECK(error_of<Coded>("YR==").find("Invalid last symbol 0x52 ('R') at offset 1, decoded as 0b00010001.") != std::string::npos);
    CHECK(error_of<Coded>(1) == "bytes_type: Input should be a valid bytes ");
    CHECK(error_of<Digits>("686").find("Data should be valid hex: Odd number of digits") != std::string::npos);
    CHECK(error_of<Digits>("\u00e9").find("Invalid character '\u00c3' at position 0") != std::string::npos);
    CHECK(error_of<Digits>("0\n").find("Invalid character '\\n' at position 1") != std::string::npos);
    json schema = model_json_schema<Coded>()["properties"];
    CHECK(schema["data"] == json{{"type", "string"}, {"contentMediaType", "application/octet-stream"}, {"contentEncoding", "base64"}, {"title", "Data"}});
    CHECK(schema["list"]["default"] == json::array({"eA=="}));
    CHECK(!model_json_schema<Digits>()["properties"]["data"].contains("contentEncoding"));
    CHECK(!model_json_schema<Inner>()["properties"]["plain"].contains("contentEncoding"));
}
