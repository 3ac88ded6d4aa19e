#pragma once

// multipart/form-data (RFC 7578) and application/x-www-form-urlencoded, read from pieces of any size. What is taken and what is
// refused is what python-multipart does below Starlette (wire.md 7); the same bytes in other pieces give the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fastapi::detail {

// The value of a header like Content-Type or Content-Disposition, and its parameters one by one. Quotes are taken off; name*=
// (RFC 5987) is left out, as RFC 7578 4.2 wants.
class HeaderParameters {
  public:
    explicit HeaderParameters(std::string_view header);
    std::string value; // what stands before the parameters, in lower case
    // The next parameter, its name in lower case. False: there is none.
    bool next(std::string& name, std::string& parameter);

  private:
    std::string segment();
    std::string text_;
    std::size_t at_ = 0;
};

// What a MultipartParser finds. Those that return a text say what is wrong with the form, or null.
class MultipartEvents {
  public:
    virtual void begin_part() = 0;
    virtual void add_header(std::string_view name, std::string_view value) = 0; // as sent
    virtual const char* end_headers() = 0;
    virtual const char* add_data(std::string_view data) = 0; // never empty
    virtual void end_part() = 0;

  protected:
    ~MultipartEvents() = default;
};

class MultipartParser {
  public:
    static constexpr std::size_t max_boundary_size = 256;
    static constexpr int max_header_count = 8;            // of a part
    static constexpr std::size_t max_header_size = 4224;  // bytes of a line, without its end
    static constexpr const char* invalid = "Invalid multipart data.";

    explicit MultipartParser(std::string_view boundary);
    // Takes more of the body. Returns what is wrong with it, or null; then it takes no more. What stands behind the last boundary is
    // passed over, and a body that ends too early has the parts that ended.
    const char* feed(std::string_view piece, MultipartEvents& events);
    [[nodiscard]] bool ended() const { return state_ == State::epilogue; }

  private:
    enum class State : std::uint8_t {
        start, preamble, first_boundary, first_line_end, first_closing, // before the first part
        header_start, header_name, value_start, value, value_end, headers_end,
        data, boundary_end, boundary_line_end, boundary_closing, // boundary_…: behind one, as it seems
        padding, padding_line_end, epilogue
    };
    const char* step(const char*& p, const char* end, MultipartEvents& events);
    const char* read_data(const char*& p, const char* end, MultipartEvents& events);
    const char* read_name(const char*& p, const char* end);
    const char* was_data(std::string_view behind, MultipartEvents& events);
    void begin_part(MultipartEvents& events);
    bool add_size(std::size_t size) { return (header_size_ += size) <= max_header_size; }

    std::string delimiter_;    // CRLF, two hyphens, the boundary (RFC 2046 5.1.1)
    State state_ = State::start;
    std::size_t matched_ = 0;  // characters of the delimiter, at the end of the last piece
    int header_count_ = 0;
    std::size_t header_size_ = 0;
    std::string name_;
    std::string value_;
};

// A name or value of an urlencoded form: + is a blank, %XX are bytes of UTF-8, other bytes are latin-1.
std::string decode_form_text(std::string_view text);
// Text of which it is said that it is UTF-8: when it is not, or something else was said, it is latin-1.
std::string part_text(std::string_view bytes, bool said_utf8);

} // namespace fastapi::detail
