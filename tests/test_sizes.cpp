// ByteSize: numbers with units as Pydantic reads them. Paths: the normal form, and what must or must not exist.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "support.hpp"

using namespace fastapi;
using test::errors;
using test::outcome;
using test::thrown_by;

namespace sizes_test {

struct Disk {
    Field<ByteSize, Ge(10), Le(2000)> used = 10;
    Field<ByteSize, Gt(10), MultipleOf(3)> blocks = 12;
    Field<ByteSize> limit = "1 MiB";
};
struct StrictDisk {
    static constexpr ModelConfig model_config{.strict = true};
    std::optional<ByteSize> size;
    std::optional<AnyPath> path;
};
struct Files {
    std::optional<FilePath> file;
    std::optional<DirectoryPath> directory;
    std::optional<NewPath> fresh;
    std::optional<AnyPath> any;
};

} // namespace sizes_test

using namespace sizes_test;

namespace {

// The bytes of a text, or "!" and the unit that is none.
std::string read(std::string_view text) {
    std::string quoted;
    detail::write_json_string(quoted, text);
    json list = errors<ByteSize>(quoted);
    if (list.empty()) return model_dump_json(model_validate_json<ByteSize>(quoted));
    if (list[0]["type"] == "byte_size_unit") return "! " + list[0]["ctx"]["unit"].get<std::string>();
    return list[0]["type"] == "byte_size" ? "!" : "! " + list[0]["type"].get<std::string>();
}

void check(std::initializer_list<std::pair<std::string_view, std::string_view>> cases) {
    for (const auto& one : cases) {
        CAPTURE(one.first);
        CHECK(read(one.first) == one.second);
    }
}

std::string path_error(std::string_view member, std::string_view path) {
    json object;
    object[std::string(member)] = path;
    json list = errors<Files>(to_json_text(object));
    return list.empty() ? "" : list[0]["type"].get<std::string>() + ": " + list[0]["msg"].get<std::string>();
}

} // namespace

TEST_CASE("sizes: units of 1000 and of 1024, bytes and bits") {
    check({{"1", "1"},
           {"1b", "1"},
           {"1KB", "1000"},
           {"1 kb", "1000"},
           {"1k", "1000"},
           {"1KiB", "1024"},
           {"1.5 MiB", "1572864"},
           {"1MB", "1000000"},
           {"1g", "1000000000"},
           {"1GiB", "1073741824"},
           {"1TB", "1000000000000"},
           {"1PiB", "1125899906842624"},
           {"1e", "1000000000000000000"},
           {"1EiB", "1152921504606846976"},
           {"8bit", "1"},
           {"7bit", "0"},
           {"1kbit", "125"},
           {"1Kibit", "128"},
           {"1Eibit", "144115188075855872"},
           {"0.0001k", "0"},
           {"1\u212aB", "1000"}});
    check({{"1ki", "! ki"},   {"1ib", "! ib"}, {"1kk", "! kk"}, {"1x", "! x"},         {"1_0x", "! _0x"},
           {"1bits", "! bits"}, {"1e3", "! e3"}, {"1 day", "! day"}, {"1\u65e5\u672c", "! \u65e5\u672c"}, {"1\u00e9", "! \u00e9"},
           {"1k\u0301", "1000"}, {"1\u00aab", "! \u00aab"}});
}

TEST_CASE("sizes: what Pydantic's pattern leaves") {
    check({{" 1 ", "1"},          {"\u00a01\u2003k", "1000"}, {"01", "1"},        {"1.", "1"},        {".5", "0"},
           {"1.9", "1"},          {"1.5.3", "1"},             {"1,5", "1"},       {"2024-01-02", "2024"},
           {"12:30", "12"},       {"1_000", "1000"},          {"1__0", "! __0"},  {"1 k, more", "1000"},
           {"+1", "1"},           {"-0", "0"},                {" +7 ", "7"},      {"+1.0", "1"},      {"\uff11\uff12", "12"},
           {"\u0661\u0665k", "15000"}, {"1 \x1fk", "1000"},   {"1\u20ac", "1"},   {"9007199254740993", "9007199254740993"},
           {"9007199254740993b", "9007199254740992"},         {"18446744073709551615", "18446744073709551615"}});
    check({{"", "!"},   {" ", "!"}, {"x", "!"},   {"k", "!"},      {"-1", "!"},   {"- 1", "!"},
           {".", "!"},  {"..5", "!"}, {"+k", "!"}, {"+1k", "!"},   {"\x1f"
                                                                    "1", "!"},    {"nan", "!"},
           {"inf", "!"}, {"\u00b2", "!"}, {"_1", "!"}, {"\u20031", "1"}});
    CHECK(read("18446744073709551616") == "! int_parsing_size");
    CHECK(read("16EiB") == "! int_parsing_size");
    CHECK(read("15.99EiB") == "18435214858663483392");
    CHECK(read(std::string(500, '9') + ".5") == "! int_parsing_size");
}

TEST_CASE("sizes: from numbers") {
    CHECK(outcome<ByteSize>("5") == "5");
    CHECK(outcome<ByteSize>("-0") == "0");
    CHECK(outcome<ByteSize>("1e2") == "100");
    CHECK(outcome<ByteSize>("-0.0") == "0");
    CHECK(outcome<ByteSize>("true") == "1");
    CHECK(outcome<ByteSize>("18446744073709551615") == "18446744073709551615");
    CHECK(outcome<ByteSize>("18446744073709551616") == "! .: int_parsing_size");
    for (const char* value : {"-1", "0.5", "1e20", "null", "[]", "{}", "NaN", "Infinity", "-99999999999999999999"})
        CHECK(outcome<ByteSize>(value) == "! .: byte_size");
    CHECK(errors<ByteSize>("null") ==
          parse_json(R"([{"type":"byte_size","loc":[],"input":null,)"
                     R"("msg":"could not parse value and unit from byte string"}])"));
    json unit = errors<ByteSize>("\"1x\"")[0];
    CHECK(unit["msg"] == "could not interpret byte unit: x");
    CHECK(unit["ctx"] == parse_json(R"({"unit":"x"})"));
}

TEST_CASE("sizes: bounds and strict") {
    CHECK(outcome<Disk>(R"({"used":"1KB","blocks":"15"})") == R"({"used":1000,"blocks":15,"limit":1048576})");
    CHECK(errors<Disk>(R"({"used":1})")[0]["msg"] == "Input should be greater than or equal to 10");
    CHECK(errors<Disk>(R"({"used":"1MB"})")[0]["msg"] == "Input should be less than or equal to 2000");
    CHECK(errors<Disk>(R"({"blocks":"1KB"})")[0]["msg"] == "Input should be a multiple of 3");
    CHECK(errors<Disk>(R"({"blocks":5})")[0]["msg"] == "Input should be greater than 10");
    CHECK(outcome<StrictDisk>(R"({"size":"1KB"})") == R"({"size":1000,"path":null})");
    CHECK(outcome<StrictDisk>(R"({"size":7})") == R"({"size":7,"path":null})");
    for (const char* value : {"true", "1.0", "\"+1\""})
        CHECK(outcome<StrictDisk>("{\"size\":" + std::string(value) + "}") == "! size: byte_size");
}

TEST_CASE("sizes: a number like any other") {
    ByteSize size = "1.5 GiB";
    CHECK(size == 1610612736U);
    CHECK(size > 1000U);
    CHECK(size.bytes() == 1610612736);
    CHECK(size / 2 == 805306368U);
    constexpr ByteSize fixed = 4096;
    static_assert(fixed == 4096U);
    std::ostringstream out;
    out << size;
    CHECK(out.str() == "1610612736");
    CHECK(thrown_by([] { ByteSize(-1); }) == "a ByteSize cannot be negative");
    CHECK(thrown_by([] { ByteSize("x"); }) == "could not parse value and unit from byte string");
    CHECK(thrown_by([] { ByteSize("1x"); }) == "could not interpret byte unit: x");
    CHECK(thrown_by([] { ByteSize("99EiB"); }) == "a ByteSize has no more than 64 bits");
}

TEST_CASE("sizes: for people") {
    ByteSize size = "50 PB";
    CHECK(size.human_readable() == "44.4PiB");
    CHECK(size.human_readable(true) == "50.0PB");
    CHECK(size.human_readable(false, " ") == "44.4 PiB");
    CHECK(size.to("TiB") == 45474.73508864641);
    CHECK(ByteSize(0).human_readable() == "0B");
    CHECK(ByteSize(999).human_readable(true) == "999B");
    CHECK(ByteSize(1023).human_readable() == "1023B");
    CHECK(ByteSize(1024).human_readable() == "1.0KiB");
    CHECK(ByteSize(1000).human_readable(true, " ") == "1.0 KB");
    CHECK(ByteSize(std::numeric_limits<std::uint64_t>::max()).human_readable() == "16.0EiB");
    CHECK(ByteSize(1000).to("kbit") == 8);
    CHECK(ByteSize(1000).to("b") == 1000);
    CHECK(thrown_by([] { (void)ByteSize(1).to("x"); }) == "Could not interpret byte unit: x");
}

TEST_CASE("sizes: schemas of what is read and of what is written") {
    json disk = model_json_schema<Disk>()["properties"];
    CHECK(disk["limit"]["anyOf"] ==
          parse_json(R"([{"type":"string","pattern":"^\\s*(\\d*\\.?\\d+)\\s*(\\w+)?"},{"type":"integer","minimum":0}])"));
    CHECK(disk["limit"]["default"] == 1048576);
    CHECK(disk["used"]["anyOf"][1] == parse_json(R"({"type":"integer","minimum":10,"maximum":2000})"));
    FastAPI app;
    app.post("/", [](Disk body) { return body; });
    CHECK(app.openapi()["components"]["schemas"]["Disk-Output"]["properties"]["limit"] ==
          parse_json(R"({"type":"integer","minimum":0,"title":"Limit","default":1048576})"));
}

TEST_CASE("sizes: long texts take linear time") {
    CHECK(read(std::string(1000000, '9')) == "! int_parsing_size");
    CHECK(read(std::string(1000000, '0') + "1") == "1");
    CHECK(read(std::string(1000000, '_')) == "!");
    CHECK(read(std::string(1000000, ' ') + "1" + std::string(1000000, ' ') + "k") == "1000");
    CHECK(read("1." + std::string(1000000, '9')) == "2");
    std::string letters;
    for (int i = 0; i < 300000; ++i) letters += i % 2 ? "\u65e5" : "\u00e9";
    CHECK(read("1" + letters) == "! " + letters);
    CHECK(AnyPath(std::string(1000000, '/')).str() == "/");
    std::string dots;
    for (int i = 0; i < 300000; ++i) dots += "./";
    CHECK(AnyPath(dots).str() == ".");
}

TEST_CASE("paths: the normal form") {
    for (const auto& one : std::initializer_list<std::pair<const char*, const char*>>{
             {"", "."},      {".", "."},        {"./", "."},      {"/", "/"},     {"//", "//"},  {"///", "/"},
             {"//a", "//a"}, {"///a", "/a"},    {"a/", "a"},      {"a//b", "a/b"}, {"a/./b", "a/b"}, {"./a", "a"},
             {"a/..", "a/.."}, {"..", ".."},    {"/.", "/"},      {"//.", "//"},  {" a ", " a "}, {"http://x", "http:/x"},
             {"a.b", "a.b"}, {"...", "..."},    {"C:\\x", "C:\\x"}}) {
        CAPTURE(one.first);
        CHECK(AnyPath(one.first).str() == one.second);
        CHECK(outcome<AnyPath>(to_json_text(json(one.first))) == to_json_text(json(one.second)));
    }
    for (const char* value : {"1", "null", "[]"}) CHECK(outcome<AnyPath>(value) == "! .: path_type");
    CHECK(errors<AnyPath>("1")[0]["msg"] == "Input is not a valid path for <class 'pathlib.Path'>");
    CHECK(errors<StrictDisk>(R"({"path":"a"})")[0]["msg"] == "Input should be an instance of Path");
    CHECK(AnyPath().str() == ".");
}

TEST_CASE("paths: parts") {
    AnyPath path = "/a/b/c.tar.gz";
    CHECK(path.name() == "c.tar.gz");
    CHECK(path.suffix() == ".gz");
    CHECK(path.parent() == "/a/b");
    CHECK(path.is_absolute());
    CHECK(path.parent().parent().parent() == "/");
    CHECK(AnyPath("/").parent() == "/");
    CHECK(AnyPath("/").name() == "");
    CHECK(AnyPath("//a").parent() == "//");
    CHECK(AnyPath("a").parent() == ".");
    CHECK(AnyPath("").name() == "");
    CHECK(AnyPath("..").parent() == ".");
    CHECK(AnyPath(".bashrc").suffix() == "");
    CHECK(AnyPath("a.").suffix() == "");
    CHECK(AnyPath("..").suffix() == "");
    CHECK(AnyPath("a") / "b" == "a/b");
    CHECK(AnyPath("/") / "b" == "/b");
    CHECK(AnyPath("a") / "/b" == "/b");
    CHECK(AnyPath("a") / AnyPath("") == "a");
    CHECK(!AnyPath("a").is_absolute());
    CHECK(path < AnyPath("/b"));
    std::ostringstream out;
    out << path;
    CHECK(out.str() == "/a/b/c.tar.gz");
}

TEST_CASE("paths: become paths of the standard library") {
    AnyPath path = "/a/b.txt";
    std::filesystem::path standard = path;
    CHECK(standard.filename() == "b.txt");
    std::filesystem::path direct(path);
    CHECK(direct == standard);
    CHECK(std::filesystem::exists(AnyPath("/")));
    FilePath file = path;
    standard = file;
    CHECK(standard == direct);
    std::string_view view = path;
    CHECK(view == "/a/b.txt");
}

TEST_CASE("paths: what must be there, and what must not") {
    namespace fs = std::filesystem;
    fs::path root = fs::temp_directory_path() / ("fastapi_paths_" + uuid4().str());
    fs::create_directories(root / "sub");
    std::ofstream(root / "file.txt") << "x";
    fs::create_symlink(root / "nowhere", root / "broken");
    std::string base = root.string();
    CHECK(path_error("file", base + "/file.txt") == "");
    CHECK(path_error("file", base + "//./file.txt/") == "");
    CHECK(path_error("file", base) == "path_not_file: Path does not point to a file");
    CHECK(path_error("file", base + "/none") == "path_not_file: Path does not point to a file");
    CHECK(path_error("file", base + "/file.txt/x") == "path_not_file: Path does not point to a file");
    CHECK(path_error("file", base + "/" + std::string(5000, 'a')) == "path_not_file: Path does not point to a file");
    CHECK(path_error("file", std::string("/dev/null\0", 10)) == "path_not_file: Path does not point to a file");
    CHECK(path_error("file", base + "/broken") == "path_not_file: Path does not point to a file");
    CHECK(path_error("directory", base + "/sub") == "");
    CHECK(path_error("directory", "") == "");
    CHECK(path_error("directory", base + "/file.txt") == "path_not_directory: Path does not point to a directory");
    CHECK(path_error("fresh", base + "/none") == "");
    CHECK(path_error("fresh", base + "/broken") == "");
    CHECK(path_error("fresh", base + "/file.txt") == "path_exists: Path already exists");
    CHECK(path_error("fresh", base + "/sub") == "path_exists: Path already exists");
    CHECK(path_error("fresh", base + "/none/x") == "parent_does_not_exist: Parent directory does not exist");
    CHECK(path_error("any", base + "/none/x") == "");
    CHECK(outcome<Files>(R"({"file":1})") == "! file: path_type");
    fs::remove_all(root);
    CHECK(model_json_schema<FilePath>() == parse_json(R"({"type":"string","format":"file-path"})"));
    CHECK(model_json_schema<DirectoryPath>()["format"] == "directory-path");
    CHECK(model_json_schema<NewPath>()["format"] == "path");
    CHECK(model_json_schema<AnyPath>()["format"] == "path");
}

TEST_CASE("sizes: decode gives back what encode was given") {
    std::mt19937_64 random(5);
    for (int i = 0; i < 20000; ++i) {
        ByteSize size = random() >> (random() % 64);
        CHECK(model_validate_json<ByteSize>(model_dump_json(size)) == size);
        CHECK(ByteSize(std::to_string(size.bytes())) == size);
        std::string text(random() % 12, '\0');
        for (char& c : text) c = "./ab"[random() % 4];
        AnyPath path = text;
        CHECK(AnyPath(path.str()) == path);
        CHECK(path.parent() / AnyPath(path.name()) == path);
        CHECK(std::filesystem::path(path).is_absolute() == path.is_absolute());
    }
}
