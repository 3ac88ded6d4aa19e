#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "fastapi/http/form_data.hpp"
#include "fastapi/http/upload_file.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

namespace detail {

[[noreturn]] FASTAPI_COLD void throw_file_error(std::string_view what, std::string_view path) {
    int error = errno;
    throw std::runtime_error(concat({"fastapi: ", what, path.empty() ? "" : " ", path, ": ", std::strerror(error)}));
}

// A file in the directory for temporary ones that nobody else can open, and that is gone when it is closed.
FASTAPI_COLD int open_temporary_file() {
    const char* set = std::getenv("TMPDIR"); // NOLINT: nobody changes the environment while requests are served
    std::string directory = set && *set ? set : "/tmp";
#if defined(O_TMPFILE)
    int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
#endif
    std::string path = directory + "/upload-XXXXXX"; // of file systems that do not know the other way
    int made = ::mkstemp(path.data());
    if (made < 0) throw_file_error("a temporary file cannot be made in", directory);
    ::unlink(path.c_str());
    ::fcntl(made, F_SETFD, FD_CLOEXEC);
    return made;
}

FASTAPI_INLINE void write_all(int fd, std::string_view data, std::size_t at, bool at_end) {
    while (!data.empty()) {
        ssize_t written = at_end ? ::write(fd, data.data(), data.size())
                                 : ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw_file_error("what was uploaded cannot be written", {});
        data.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::size_t>(written);
    }
}

struct SpooledFile {
    std::atomic<int> users{1};
    int fd = -1;        // when it is on the disk
    bool closed = false;
    std::string memory; // until then
    std::size_t size = 0;
    std::size_t position = 0;

    SpooledFile() = default;
    SpooledFile(const SpooledFile&) = delete;
    SpooledFile& operator=(const SpooledFile&) = delete;
    ~SpooledFile() { close(); }

    void close() {
        if (fd >= 0) ::close(fd);
        fd = -1;
        memory = {};
        closed = true;
    }
    std::size_t read_at(std::size_t at, char* buffer, std::size_t room) const {
        room = std::min(room, size - std::min(at, size));
        if (fd < 0) {
            if (room > 0) std::memcpy(buffer, memory.data() + at, room);
            return room;
        }
        std::size_t done = 0;
        while (done < room) {
            ssize_t read = ::pread(fd, buffer + done, room - done, static_cast<off_t>(at + done));
            if (read < 0 && errno == EINTR) continue;
            if (read < 0) throw_file_error("what was uploaded cannot be read", {});
            if (read == 0) break;
            done += static_cast<std::size_t>(read);
        }
        return done;
    }
    void write(std::string_view data) {
        if (data.empty()) return;
        std::size_t end = position + data.size();
        if (end < position) throw std::length_error("fastapi: an uploaded file cannot be that long");
        if (fd < 0 && end > UploadFile::most_in_memory) {
            fd = open_temporary_file();
            write_all(fd, memory, 0, false);
            memory = {};
        }
        if (fd >= 0) {
            write_all(fd, data, position, false);
        } else {
            if (memory.size() < end) memory.resize(end);
            memory.replace(position, data.size(), data);
        }
        position = end;
        size = std::max(size, end);
    }
};

FASTAPI_INLINE void keep_spooled(SpooledFile* file) {
    if (file) file->users.fetch_add(1, std::memory_order_relaxed);
}
FASTAPI_INLINE void drop_spooled(SpooledFile* file) {
    if (file && file->users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete file;
}

// A file of a form comes as an object that names its place there.
FASTAPI_INLINE bool decode_upload(const Value& value, UploadFile& target, Context& context) {
    if (const UploadFile* file = find_upload(value, context)) {
        target = *file;
        return true;
    }
    std::string_view kind = value.is(Value::Kind::string) ? "str" : value.is(Value::Kind::array) ? "list" : "dict"; // as Python calls them
    return context.fail("value_error", concat({"Value error, Expected UploadFile, received: <class '", kind, "'>"}), value,
                        R"({"error":{}})");
}

FASTAPI_COLD void write_upload(const UploadFile& file, std::ptrdiff_t index, std::string& out) {
    JsonWriter writer;
    writer.begin_object().key("filename").string(file.filename).key("size").integer(static_cast<std::int64_t>(file.size));
    writer.key("headers").begin_object();
    for (const auto& [name, value] : file.headers) writer.key(name).string(value);
    writer.end_object();
    if (index >= 0) writer.key("file").integer(index);
    out += writer.end_object().out;
}

FASTAPI_COLD void write_upload_schema(JsonWriter& writer) {
    writer.key("type").string("string").key("contentMediaType").string("application/octet-stream");
}

} // namespace detail

FASTAPI_INLINE UploadFile::UploadFile(std::string name, std::string_view content, std::optional<std::string> type)
    : filename(std::move(name)), content_type(std::move(type)), content_(new detail::SpooledFile) {
    if (content_type) headers.append_trusted("content-type", *content_type);
    write(content);
    content_->position = 0;
}
FASTAPI_INLINE UploadFile::UploadFile(const UploadFile& other)
    : filename(other.filename), content_type(other.content_type), size(other.size), headers(other.headers), content_(other.content_) {
    detail::keep_spooled(content_);
}
FASTAPI_INLINE UploadFile::UploadFile(UploadFile&& other) noexcept
    : filename(std::move(other.filename)), content_type(std::move(other.content_type)), size(other.size),
      headers(std::move(other.headers)), content_(std::exchange(other.content_, nullptr)) {}
FASTAPI_INLINE UploadFile& UploadFile::operator=(const UploadFile& other) {
    UploadFile copy(other);
    return *this = std::move(copy);
}
FASTAPI_INLINE UploadFile& UploadFile::operator=(UploadFile&& other) noexcept {
    filename = std::move(other.filename);
    content_type = std::move(other.content_type);
    size = other.size;
    headers = std::move(other.headers);
    std::swap(content_, other.content_);
    return *this;
}
FASTAPI_INLINE UploadFile::~UploadFile() { detail::drop_spooled(content_); }

FASTAPI_INLINE detail::SpooledFile& UploadFile::content() {
    if (!content_) content_ = new detail::SpooledFile;
    if (content_->closed) throw std::runtime_error("fastapi: this uploaded file is closed");
    return *content_;
}

FASTAPI_INLINE std::string UploadFile::read(std::size_t most) {
    detail::SpooledFile& file = content();
    std::string out;
    out.resize(std::min(most, file.size - std::min(file.position, file.size)));
    out.resize(read_into(out.data(), out.size()));
    return out;
}
FASTAPI_INLINE std::size_t UploadFile::read_into(char* buffer, std::size_t room) {
    detail::SpooledFile& file = content();
    std::size_t count = file.read_at(file.position, buffer, room);
    file.position += count;
    return count;
}
FASTAPI_INLINE void UploadFile::seek(std::size_t position) { content().position = position; }
FASTAPI_INLINE void UploadFile::write(std::string_view data) {
    detail::SpooledFile& file = content();
    file.write(data);
    size = file.size;
}
FASTAPI_INLINE void UploadFile::close() { content().close(); }
FASTAPI_INLINE bool UploadFile::is_closed() const { return content_ && content_->closed; }
FASTAPI_INLINE bool UploadFile::is_in_memory() const { return !content_ || content_->fd < 0; }

FASTAPI_INLINE void UploadFile::save_to(const std::string& path) {
    detail::SpooledFile& file = content();
    struct Target {
        int fd;
        ~Target() {
            if (fd >= 0) ::close(fd);
        }
    } target{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (target.fd < 0) detail::throw_file_error("an uploaded file cannot be saved to", path);
    constexpr std::size_t at_once = std::size_t{256} << 10U;
    std::string buffer(std::min(at_once, file.size), '\0');
    for (std::size_t at = 0; at < file.size;) {
        std::size_t count = file.read_at(at, buffer.data(), buffer.size());
        if (count == 0) break;
        detail::write_all(target.fd, std::string_view(buffer).substr(0, count), 0, true);
        at += count;
    }
    int fd = std::exchange(target.fd, -1);
    if (::close(fd) != 0) detail::throw_file_error("an uploaded file cannot be saved to", path);
}

} // namespace fastapi
