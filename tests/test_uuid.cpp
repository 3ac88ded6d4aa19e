// UUIDs: the forms that are read, versions, errors in Pydantic's words, and new ones.

#include <cstring>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <unordered_set>
#include <vector>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace uuid_test {

struct Item {
    Field<UUID> id = "6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab";
    std::optional<UUID7> later;
};
struct StrictItem {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<UUID> id;
    std::optional<UUID4> four;
};

} // namespace uuid_test

using namespace uuid_test;

namespace {

constexpr const char* sample = "6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab";

// What is wrong with a text, or "".
std::string reason(std::string_view text) {
    constexpr std::string_view head = "Input should be a valid UUID, ";
    std::string what = thrown_by([&] { UUID uuid(text); });
    if (what.empty()) return what;
    CHECK(what.starts_with(head));
    return what.substr(head.size());
}

} // namespace

TEST_CASE("uuid: four forms, any case") {
    for (const char* text :
         {sample, "6C6C2D6E-6F1D-4E7B-8F3A-0123456789AB", "6c6c2d6e6f1d4e7b8f3a0123456789ab",
          "{6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab}", "urn:uuid:6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab"}) {
        CAPTURE(text);
        CHECK(outcome<UUID>("\"" + std::string(text) + "\"") == "\"" + std::string(sample) + "\"");
        CHECK(UUID(text).str() == sample);
    }
}

TEST_CASE("uuid: what is wrong, in the words of Pydantic") {
    CHECK(reason("") == "invalid length: expected length 32 for simple format, found 0");
    CHECK(reason("abc") == "invalid length: expected length 32 for simple format, found 3");
    CHECK(reason(std::string(40, 'a')) == "invalid length: expected length 32 for simple format, found 40");
    CHECK(reason("6c6c2d6e-6f1d-4e7b-8f3a-0123456789ag") == "invalid character: found `g` at 36");
    CHECK(reason(" ") == "invalid character: found ` ` at 1");
    CHECK(reason("a\u00e9") == "invalid character: found `\u00e9` at 2");
    CHECK(reason("\u65e5\u672c") == "invalid character: found `\u65e5` at 1");
    CHECK(errors<UUID>(R"("a\u0000")")[0]["ctx"] == parse_json(R"({"error":"invalid character: found `\u0000` at 2"})"));
    CHECK(reason("-1") == "invalid group count: expected 5, found 2");
    CHECK(reason("---------") == "invalid group count: expected 5, found 10");
    CHECK(reason("{}") == "invalid group count: expected 5, found 1");
    CHECK(reason("{") == "invalid character: found `{` at 1");
    CHECK(reason("{6c6c2d6e6f1d4e7b8f3a0123456789ab}") == "invalid group count: expected 5, found 1");
    CHECK(reason("urn:uuid:") == "invalid group count: expected 5, found 1");
    CHECK(reason("URN:UUID:6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab") == "invalid character: found `U` at 1");
    CHECK(reason("----") == "invalid group length in group 0: expected 8, found 0");
    CHECK(reason("aaaaaaaa-aaaaa-aaa-aaaa-aaaaaaaaaaaa") == "invalid group length in group 1: expected 4, found 5");
    CHECK(reason("aaaaaaaa-aaaa-aaaa-aaaa-aaa") == "invalid group length in group 4: expected 12, found 3");
    // In braces or behind urn:uuid: places and lengths count those as well, unless the length is right.
    CHECK(reason("{x}") == "invalid character: found `x` at 2");
    CHECK(reason("urn:uuid:x") == "invalid character: found `x` at 10");
    CHECK(reason("{aaaaaaaa-aaaa-aaaa-aaaa-aaa}") == "invalid group length in group 4: expected 12, found 5");
    CHECK(reason("{6c6c2d6e-6f1d-4e7b-8f3a-0123456789ag}") == "invalid character: found `g` at 36");
    CHECK(reason("urn:uuid:6c6c2d6e-6f1d-4e7b-8f3a-0123456789ag") == "invalid character: found `g` at 36");
    CHECK(errors<UUID>("\"-1\"") ==
          parse_json(R"([{"type":"uuid_parsing","loc":[],"input":"-1","msg":"Input should be a valid UUID, invalid group )"
                     R"(count: expected 5, found 2","ctx":{"error":"invalid group count: expected 5, found 2"}}])"));
    CHECK(errors<UUID>("1") ==
          parse_json(R"([{"type":"uuid_type","loc":[],"input":1,)"
                     R"("msg":"UUID input should be a string, bytes or UUID object"}])"));
    for (const char* value : {"null", "true", "[]", "{}", "1.5"}) CHECK(outcome<UUID>(value) == "! .: uuid_type");
    CHECK(outcome<UUID>(R"("\ud800")") == "! .: string_unicode");
}

TEST_CASE("uuid: versions") {
    CHECK(outcome<UUID4>("\"" + std::string(sample) + "\"") == "\"" + std::string(sample) + "\"");
    json error = errors<UUID1>("\"" + std::string(sample) + "\"")[0];
    CHECK(error["type"] == "uuid_version");
    CHECK(error["msg"] == "UUID version 1 expected");
    CHECK(error["ctx"] == parse_json(R"({"expected_version":1})"));
    CHECK(outcome<UUID7>("\"x\"") == "! .: uuid_parsing");
    auto versions = [](std::string_view text) {
        UUID uuid(text);
        std::string out;
        auto add = [&](auto type) {
            bool good = thrown_by([&] { decltype(type) versioned(uuid); }).empty();
            out += good ? std::to_string(uuid.version()) : "-";
        };
        add(UUID1()), add(UUID3()), add(UUID4()), add(UUID5()), add(UUID6()), add(UUID7()), add(UUID8());
        return out;
    };
    CHECK(versions("00000000-0000-1000-8000-000000000000") == "1------");
    CHECK(versions("00000000-0000-3000-9000-000000000000") == "-3-----");
    CHECK(versions("00000000-0000-4000-a000-000000000000") == "--4----");
    CHECK(versions("00000000-0000-5000-b000-000000000000") == "---5---");
    CHECK(versions("00000000-0000-6000-8000-000000000000") == "----6--");
    CHECK(versions("00000000-0000-7000-8000-000000000000") == "-----7-");
    CHECK(versions("00000000-0000-8000-8000-000000000000") == "------8");
    CHECK(versions("00000000-0000-2000-8000-000000000000") == "-------");
    CHECK(versions("00000000-0000-4000-7000-000000000000") == "-------"); // of another variant
    CHECK(versions("00000000-0000-4000-c000-000000000000") == "-------");
    CHECK(versions("00000000-0000-0000-0000-000000000000") == "-------");
    CHECK(thrown_by([] { UUID7{sample}; }) == "UUID version 7 expected");
}

TEST_CASE("uuid: known to the compiler") {
    constexpr UUID uuid = "6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab";
    static_assert(uuid.data()[0] == 0x6c && uuid.data()[15] == 0xab);
    static_assert(uuid.version() == 4);
    constexpr UUID4 four = uuid;
    static_assert(four == uuid && uuid > UUID{});
    static_assert(UUID::from_bytes(uuid.data()) == uuid);
    CHECK(uuid.str() == sample);
}

TEST_CASE("uuid: a value like any other") {
    UUID uuid = std::string(sample);
    CHECK(uuid == UUID("{6C6C2D6E-6f1d-4e7b-8f3a-0123456789ab}"));
    CHECK(uuid != UUID());
    CHECK(UUID("00000000-0000-0000-0000-000000000001") < UUID("00000000-0000-0000-0000-0000000000ff"));
    std::ostringstream out;
    out << uuid;
    CHECK(out.str() == sample);
    std::unordered_set<UUID> set{uuid, UUID(), uuid};
    CHECK(set.size() == 2);
    std::unordered_set<UUID4> fours{uuid, uuid};
    CHECK(fours.size() == 1);
    CHECK(UUID().str() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("uuid: as a field") {
    CHECK(outcome<Item>("{}") == R"({"id":"6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab","later":null})");
    CHECK(outcome<Item>(R"({"id":"018F2D6E6F1D7E7B8F3A0123456789AB","later":"018f2d6e-6f1d-7e7b-8f3a-0123456789ab"})") ==
          R"({"id":"018f2d6e-6f1d-7e7b-8f3a-0123456789ab","later":"018f2d6e-6f1d-7e7b-8f3a-0123456789ab"})");
    CHECK(outcome<Item>(R"({"later":"6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab"})") == "! later: uuid_version");
    for (const char* value : {"\"x\"", "1"}) {
        json error = errors<StrictItem>("{\"id\":" + std::string(value) + "}")[0];
        CHECK(error["msg"] == "Input should be an instance of UUID");
        CHECK(error["ctx"]["class"] == "UUID");
    }
    CHECK(outcome<StrictItem>(R"({"four":"6c6c2d6e-6f1d-4e7b-8f3a-0123456789ab"})") == "! four: is_instance_of");
    CHECK(model_json_schema<UUID>() == parse_json(R"({"type":"string","format":"uuid"})"));
    CHECK(model_json_schema<UUID5>() == parse_json(R"({"type":"string","format":"uuid5"})"));
}

TEST_CASE("uuid: in a path") {
    FastAPI app;
    app.get("/items/{id}", [](Path<UUID4, "id"> id) { return *id; });
    TestClient client{app};
    CHECK(client.get("/items/6C6C2D6E6F1D4E7B8F3A0123456789AB").text() == "\"" + std::string(sample) + "\"");
    CHECK(client.get("/items/1").status_code == 422);
}

TEST_CASE("uuid: new random ones") {
    std::unordered_set<UUID> seen;
    unsigned char all_bits[16] = {};
    for (int i = 0; i < 10000; ++i) {
        UUID4 uuid = uuid4();
        CHECK(uuid.version() == 4);
        for (std::size_t k = 0; k < 16; ++k) all_bits[k] = static_cast<unsigned char>(all_bits[k] | uuid.data()[k]);
        seen.insert(uuid);
    }
    CHECK(seen.size() == 10000);
    for (std::size_t k = 0; k < 16; ++k) CHECK(all_bits[k] == (k == 6 ? 0x4f : k == 8 ? 0xbf : 0xff));
}

TEST_CASE("uuid: new ones by time are in order, in all threads") {
    UUID7 last = uuid7();
    for (int i = 0; i < 10000; ++i) {
        UUID7 next = uuid7();
        CHECK(next.version() == 7);
        CHECK(last < next);
        last = next;
    }
    auto milliseconds = [](const UUID& uuid) {
        std::uint64_t time = 0;
        for (int i = 0; i < 6; ++i) time = time << 8U | uuid.data()[i];
        return time;
    };
    auto now = static_cast<std::uint64_t>(std::time(nullptr)) * 1000;
    CHECK(milliseconds(last) + 5000 > now);
    CHECK(milliseconds(last) < now + 60000);
    std::vector<std::vector<UUID>> made(4);
    std::vector<std::thread> threads;
    for (auto& list : made)
        threads.emplace_back([&list] {
            for (int i = 0; i < 2000; ++i) list.push_back(uuid7());
        });
    for (auto& thread : threads) thread.join();
    std::set<UUID> heads; // the first 8 bytes alone are never the same
    for (const auto& list : made)
        for (const UUID& uuid : list) {
            unsigned char bytes[16] = {};
            std::memcpy(bytes, uuid.data(), 8);
            heads.insert(UUID::from_bytes(bytes));
        }
    CHECK(heads.size() == 8000);
}

TEST_CASE("uuid: decode gives back what encode was given") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 20000; ++i) {
        unsigned char bytes[16];
        for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
        UUID uuid = UUID::from_bytes(bytes);
        CHECK(UUID(uuid.str()) == uuid);
        CHECK(UUID("urn:uuid:" + uuid.str()) == uuid);
        CHECK(model_validate_json<UUID>(model_dump_json(uuid)) == uuid);
        std::string plain = uuid.str();
        std::erase(plain, '-');
        CHECK(UUID(plain) == uuid);
    }
}

TEST_CASE("uuid: long texts take linear time") {
    CHECK(reason(std::string(1000000, 'a')) == "invalid length: expected length 32 for simple format, found 1000000");
    CHECK(reason(std::string(1000000, '-')) == "invalid group count: expected 5, found 1000001");
    CHECK(reason(std::string(1000000, 'a') + "\u00e9") == "invalid character: found `\u00e9` at 1000001");
}
