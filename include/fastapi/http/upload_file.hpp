#pragma once

// A file that a client has sent in a form (multipart/form-data): in memory up to 1 MiB, in a temporary file without a name beyond.
//   app.post("/upload", [](File<UploadFile, "file"> file) {
//       file->save_to("/srv/uploads/newest");
//       return json{{"filename", file->filename}, {"size", file->size}};
//   });

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fastapi/http/headers.hpp"
#include "fastapi/json/writer.hpp"
#include "fastapi/model/errors.hpp"
#include "fastapi/model/types.hpp"

namespace fastapi {

namespace detail {

// The content of a file, which all copies of an UploadFile share.
struct SpooledFile;
void keep_spooled(SpooledFile* file);
void drop_spooled(SpooledFile* file);

} // namespace detail

// A copy stands for the same file, and the same position in it, as a copy does in Python. The file is gone with the last copy; the
// request holds one until it is answered. What is said of the client's is as it was sent: take no path from it unseen.
class UploadFile {
  public:
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);
    static constexpr std::size_t most_in_memory = std::size_t{1} << 20U; // bytes

    std::string filename;                    // may be empty
    std::optional<std::string> content_type; // of the part, when it has one
    std::size_t size = 0;                    // bytes
    Headers headers;                         // of the part, names in lower case

    UploadFile() = default;
    // One for a test.
    UploadFile(std::string name, std::string_view content, std::optional<std::string> type = std::nullopt);
    UploadFile(const UploadFile& other);
    UploadFile(UploadFile&& other) noexcept;
    UploadFile& operator=(const UploadFile& other);
    UploadFile& operator=(UploadFile&& other) noexcept;
    ~UploadFile();

    // Up to `most` bytes from the position on, which moves behind them; fewer at the end only. Each of these blocks for as long as
    // the disk takes, and throws std::runtime_error when the file is closed or the disk fails.
    std::string read(std::size_t most = everything);
    // The same into memory of the caller's. Returns how many bytes there were.
    std::size_t read_into(char* buffer, std::size_t room);
    // Moves the position: bytes from the beginning.
    void seek(std::size_t position);
    // Writes at the position, which moves behind that.
    void write(std::string_view data);
    // Copies the whole file to a path, over what is there; the position stays.
    void save_to(const std::string& path);
    // Gives memory and disk back before the request ends. There is nothing to read afterwards.
    void close();
    [[nodiscard]] bool is_closed() const;
    [[nodiscard]] bool is_in_memory() const;

  private:
    detail::SpooledFile& content();
    detail::SpooledFile* content_ = nullptr;
};

namespace detail {

bool decode_upload(const Value& value, UploadFile& target, Context& context);
// The file as JSON, for the input of an error. index: its place in the form; negative: none.
void write_upload(const UploadFile& file, std::ptrdiff_t index, std::string& out);
void write_upload_schema(JsonWriter& writer);

} // namespace detail

template <>
struct TypeTraits<UploadFile> {
    static bool decode(const detail::Value& value, const detail::FieldInfo&, UploadFile& target, detail::Context& context) {
        return detail::decode_upload(value, target, context);
    }
    static void encode(const UploadFile& file, std::string& out) { detail::write_upload(file, -1, out); }
    static void schema(detail::JsonWriter& writer, const detail::FieldInfo&) { detail::write_upload_schema(writer); }
    static constexpr std::string_view label = "function-plain[_validate()]";
};

} // namespace fastapi
