// Forms in pieces: multipart/form-data and urlencoded, what is taken and what is refused (as Starlette does), limits.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "fastapi/fastapi.hpp"
#include "fastapi/http/multipart.hpp"

using namespace fastapi;
using detail::HeaderParameters;

namespace {

const std::string multipart = "multipart/form-data; boundary=B";
const std::string urlencoded = "application/x-www-form-urlencoded";

// What a form is made of, in short: a=text b=<name|type|content>; or the status and the reason.
std::string read(const std::string& type, std::string_view body, std::size_t piece_size = std::string::npos) {
    Request request;
    request.headers.add("content-type", type);
    detail::begin_form(request);
    for (std::size_t at = 0; at < body.size(); at += std::min(piece_size, body.size() - at))
        if (!detail::feed_form(request, body.substr(at, piece_size))) break;
    std::string out;
    try {
        for (const FormItem& item : request.form()) {
            UploadFile file = item.file;
            std::string content = item.is_file ? "<" + file.filename + "|" + file.content_type.value_or("-") + "|" + file.read() + ">" : item.text;
            out += (out.empty() ? "" : " ") + item.name + "=" + content;
        }
        return out;
    } catch (const HTTPException& error) {
        return std::to_string(error.status_code) + " " + error.detail.get<std::string>();
    }
}
// The same however it is cut.
std::string form(const std::string& type, std::string_view body) {
    std::string whole = read(type, body);
    for (std::size_t size : {1U, 2U, 3U, 7U, 64U}) CHECK(read(type, body, size) == whole);
    return whole;
}
std::string field(std::string_view name, std::string_view text, std::string_view more = "") {
    return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"" + std::string(more) + "\r\n\r\n" + std::string(text) + "\r\n";
}
const std::string invalid = "400 Invalid multipart data.";
const std::string end = "--B--\r\n";

std::string parameters(std::string_view header) {
    HeaderParameters all(header);
    std::string out = all.value;
    for (std::string name, value; all.next(name, value);) out += "|" + name + "=" + value;
    return out;
}

} // namespace

TEST_CASE("parameters of a header") {
    const char* cases[][2] = {
        {"", ""},
        {" Text/Plain ", "text/plain"},
        {"form-data; name=\"a\"; filename=\"b c.txt\"", "form-data|name=a|filename=b c.txt"},
        {"form-data ; NAME = a ; x", "form-data|name=a|x="},
        {"form-data; name=\"a;b\"; c=d", "form-data|name=a;b|c=d"},
        {"form-data; name=\"a\\\"b\\\\c\"", "form-data|name=a\"b\\c"},
        {"form-data; filename*=utf-8''x; name=a", "form-data|name=a"},
        {"form-data; filename=\"C:\\dir\\x.txt\"", "form-data|filename=x.txt"},
        {"form-data; filename=\\\\host\\x.txt", "form-data|filename=x.txt"},
        {"form-data; name=\"a", "form-data|name=\"a"},
        {"a;;b=1;", "a|=|b=1|="},
        {";", "|="},
    };
    for (const auto& [header, wanted] : cases) CHECK(parameters(header) == wanted);
}

TEST_CASE("multipart: parts, in any pieces") {
    CHECK(form(multipart, field("a", "1") + field("b", "x\r\ny", "; filename=\"f\"\r\nContent-Type: text/plain") + field("a", "") + end) ==
          "a=1 b=<f|text/plain|x\r\ny> a=");
    CHECK(form(multipart, end).empty());
    CHECK(form(multipart, "").empty());
    CHECK(form(multipart, field("a", "1", "; filename=\"\"") + end) == "a=<|-|1>");
    CHECK(form(multipart, field("a", "\r\n--A\r\n--\r\n--Bx\r\n--B-x\r\n--B\rx\r\n-\r\n--") + end) ==
          "a=\r\n--A\r\n--\r\n--Bx\r\n--B-x\r\n--B\rx\r\n-\r\n--");
    CHECK(form(multipart, "\r\n\nanything" + field("a", "1") + end + "an epilogue --B\r\n") == "a=1");
    CHECK(form(multipart, field("a", "1") + "--B \t\r\n" + field("b", "2").substr(5) + end) == "a=1 b=2"); // RFC 2046 5.1.1: padding
    CHECK(form("Multipart/Form-Data; charset=latin-1; boundary=\"B\"", field("\xe9", "\xc3\xa9") + end) == "é=Ã©");
    CHECK(form(multipart, field("\xc3\xa9", "\xff") + end) == "é=ÿ"); // no UTF-8: latin-1
    CHECK(form("multipart/form-data; boundary=a;b", "--a\r\nContent-Disposition: x; name=n\r\n\r\n1\r\n--a--") == "n=1");
    CHECK(form("multipart/mixed; boundary=B", field("a", "1") + end).empty());
    CHECK(form("application/json", "{}").empty());
}

TEST_CASE("multipart: what is cut off, and what is wrong") {
    std::string two = field("a", "1") + field("b", "2");
    CHECK(form(multipart, two) == "a=1"); // the last part has not ended
    CHECK(form(multipart, two + "--B") == "a=1");
    CHECK(form(multipart, two + "--B-") == "a=1");
    CHECK(form("multipart/form-data", two) == "400 Missing boundary in multipart.");
    CHECK(form("multipart/form-data; boundary=" + std::string(257, 'B'), two) == invalid);
    CHECK(form(multipart, "--B\r\nContent-Type: text/plain\r\n\r\n1\r\n" + end) ==
          "400 The Content-Disposition header field \"name\" must be provided.");
    for (const char* body : {"x", "--A\r\n", "--B\n", "--Bx", "--B-x", "--B x\r\n", "--B\r\n: x\r\n", "--B\r\nno colon\r\n", "--B\r\nA: b\n\r\n\r\r\n",
                             "--B\r\nA: b\r\r\n", "--B\r\nA(b: c\r\n", "--B\r\n\r\r\n", "--B\r\nA\xc3: c\r\n"})
        CHECK(form(multipart, body) == invalid);
    CHECK(form(multipart, field("a", "1") + "--B x\r\n") == invalid);
}

TEST_CASE("multipart: limits") {
    auto many = [](std::size_t count, std::string_view more) {
        std::string body;
        for (std::size_t i = 0; i < count; ++i) body += field("a", "", more);
        return read(multipart, body + end, 4096);
    };
    CHECK(many(1000, "").size() == 2999);
    CHECK(many(1001, "") == "400 Too many fields. Maximum number of fields is 1000.");
    CHECK(many(1001, "; filename=x") == "400 Too many files. Maximum number of files is 1000.");
    std::string large(std::size_t{1} << 20U, 'x');
    CHECK(read(multipart, field("a", large) + end).size() == large.size() + 2);
    CHECK(read(multipart, field("a", large + "y") + end, 5000) == "400 Part exceeded maximum size of 1024KB.");
    CHECK(read(multipart, field("a", large + "y", "; filename=x") + end, 5000).size() == large.size() + 9);

    auto header = [](std::size_t size) { return "\r\nX: " + std::string(size - 3, 'y'); };
    CHECK(form(multipart, field("a", "1", header(4224)) + end) == "a=1");
    CHECK(form(multipart, field("a", "1", header(4225)) + end) == invalid);
    std::string headers;
    for (int i = 0; i < 7; ++i) headers += "\r\nX: y";
    CHECK(form(multipart, field("a", "1", headers) + end) == "a=1");
    CHECK(form(multipart, field("a", "1", headers + "\r\nX: y") + end) == invalid);
}

TEST_CASE("urlencoded forms") {
    CHECK(form(urlencoded, "a=1&b=x+y%20z&&a=&c&=d&") == "a=1 b=x y z a= c= =d");
    CHECK(form(urlencoded, "").empty());
    CHECK(form(urlencoded, "a=b=c") == "a=b=c");
    CHECK(form(urlencoded + "; charset=x", "%C3%A9=\xc3\xa9%FF%zz%4") == "é=Ã©\xEF\xBF\xBD%zz%4"); // plain bytes are latin-1
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "a=1&";
    CHECK(read(urlencoded, many).size() == 3999);
    CHECK(read(urlencoded, many + "a", 1000) == "400 Too many fields. Maximum number of fields is 1000.");
    std::string large(std::size_t{1} << 20U, 'x');
    CHECK(read(urlencoded, "&=" + large).size() == large.size() + 1);
    CHECK(read(urlencoded, "&a=" + large, 1000) == "400 Field exceeded maximum size of 1024KB.");
}

TEST_CASE("an uploaded file") {
    UploadFile file("a.txt", "0123456789", "text/plain");
    CHECK(file.filename == "a.txt");
    CHECK(file.content_type == "text/plain");
    CHECK(file.headers.get("content-type") == "text/plain");
    CHECK(file.size == 10);
    CHECK(file.read(3) == "012");
    UploadFile same = file; // stands for the same file and position
    CHECK(same.read(2) == "34");
    CHECK(file.read() == "56789");
    CHECK(file.read().empty());
    file.seek(8);
    file.write("abcd");
    CHECK(file.size == 12);
    file.seek(0);
    CHECK(file.read() == "01234567abcd");
    file.seek(14); // a gap is zeros, as in any file
    file.write("x");
    file.seek(12);
    CHECK(file.read() == std::string("\0\0x", 3));
    file.seek(100);
    CHECK(file.read().empty());
    CHECK(file.is_in_memory());

    std::string large(UploadFile::most_in_memory - 15, 'y');
    file.seek(15);
    file.write(large);
    CHECK(file.is_in_memory());
    file.write("z"); // now it moves to the disk
    CHECK_FALSE(file.is_in_memory());
    CHECK(file.size == UploadFile::most_in_memory + 1);
    file.seek(6);
    CHECK(file.read(10) == std::string("67abcd\0\0xy", 10));
    file.seek(UploadFile::most_in_memory - 1);
    CHECK(file.read() == "yz");

    std::string path = "/tmp/fastapi-test-upload-" + std::to_string(::getpid());
    file.save_to(path);
    std::FILE* saved = std::fopen(path.c_str(), "rb");
    REQUIRE(saved);
    std::fseek(saved, 0, SEEK_END);
    CHECK(std::ftell(saved) == static_cast<long>(file.size));
    std::fclose(saved);
    std::remove(path.c_str());
    CHECK_THROWS_WITH(file.save_to("/nowhere/x"), "fastapi: an uploaded file cannot be saved to /nowhere/x: No such file or directory");

    CHECK_FALSE(same.is_closed());
    file.close();
    CHECK(same.is_closed());
    CHECK_THROWS_WITH(same.read(), "fastapi: this uploaded file is closed");
    UploadFile none;
    CHECK(none.read().empty());
    CHECK(none.size == 0);
    none = same;
    none = std::move(same);
    CHECK(none.filename == "a.txt");
}

TEST_CASE("multipart: any bytes give the same in any pieces") {
    std::mt19937 random(7);
    auto any = [&random](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
    for (int round = 0; round < 2000; ++round) {
        std::string body = field("a", "1") + field("b", "x\r\n--\r\n--By", "; filename=f\r\nContent-Type: t") + end;
        for (std::size_t i = any(4); i > 0; --i) {
            std::size_t at = any(body.size());
            switch (any(3)) {
            case 0: body.erase(at, 1 + any(4)); break;
            case 1: body.insert(at, 1, "\r\n-B :;\"=a"[any(10)]); break;
            default: body.insert(at, body.substr(any(body.size()), any(30))); break;
            }
        }
        CAPTURE(body);
        form(multipart, body);
        form(urlencoded, body);
    }
}
