#pragma once

// Files as answers, on a connection of the event loop: by sendfile, or over TLS 64 KiB at a time, when the client takes more.

#include <fcntl.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "fastapi/http/file_response.ipp"
#include "fastapi/server/event_loop.ipp"
#include "fastapi/server/streams.ipp"
#include "fastapi/version.hpp"

namespace fastapi::detail {

class FileOccupant final : public Occupant {
  public:
    FileOccupant(BodyStream* stream, FileReader& file, Connection& connection) : stream_(stream), file_(file) {
        ::fcntl(connection.socket, F_SETFL, ::fcntl(connection.socket, F_GETFL) | O_NONBLOCK); // sendfile takes no flags
    }

    Next serve(Connection& connection, WorkSpace& space) override {
        std::int64_t before = sent_;
        while (sent_ - before < most_at_once) {
            if (!connection.output.empty()) {
                if (!space.send_rest(connection)) return Next::close;
                if (!connection.output.empty()) return Next::stay;
            }
            if (file_.left() == 0) {
                std::string between;
                if (!file_.advance(between)) return end(connection);
                if (!between.empty() && !space.send(connection, between.data(), between.size(), {})) return Next::close;
            } else if (connection.tls) {
                if (!send_read(connection, space)) return Next::close;
            } else {
                auto place = static_cast<off_t>(file_.place());
                ssize_t n = ::sendfile(connection.socket, file_.file(), &place,
                                       static_cast<std::size_t>(std::min<std::int64_t>(file_.left(), most_at_once)));
                if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait(connection, space);
                if (n < 0 && errno == EINTR) continue;
                if (n <= 0) return Next::close; // the client is gone, or the file is shorter than it was
                count(space, n);
                file_.skip(n);
            }
        }
        connection.deadline.store(no_deadline, std::memory_order_relaxed);
        space.loop.wake(connection); // others want to be served as well
        return Next::stay;
    }

  private:
    bool send_read(Connection& connection, WorkSpace& space) {
        try {
            std::size_t size = file_.read(space.buffer(), WorkSpace::buffer_size);
            sent_ += static_cast<std::int64_t>(size);
            return space.send(connection, space.buffer(), size, {});
        } catch (const std::exception& exception) {
            std::fprintf(stderr, "ERROR:    Exception in a stream: %s\n", exception.what());
            return false;
        }
    }
    void count(WorkSpace& space, std::int64_t bytes) {
        sent_ += bytes;
        waiting_at_ = -1;
        space.loop.counters.bytes_sent.fetch_add(static_cast<std::uint64_t>(bytes), std::memory_order_relaxed);
    }
    // The client takes no more for now. Its time begins when that is so, whatever else happens meanwhile.
    Next wait(Connection& connection, WorkSpace& space) {
        if (waiting_at_ != sent_)
            connection.deadline.store(space.loop.refresh_time() + space.loop.limits().write_timeout_ms, std::memory_order_relaxed);
        waiting_at_ = sent_;
        if (!connection.wants_output) space.loop.want_output(connection);
        return Next::stay;
    }
    static Next end(Connection& connection) {
        connection.deadline.store(no_deadline, std::memory_order_relaxed);
        return Next::leave;
    }

    static constexpr std::int64_t most_at_once = std::int64_t{4} << 20U;

    Disposed<BodyStream> stream_; // whose the file is
    FileReader& file_;
    std::int64_t sent_ = 0;        // bytes
    std::int64_t waiting_at_ = -1; // the same, where it waits for the client
};

FASTAPI_INLINE void occupy_with_file(BodyStream& stream, FileReader& file, Connection& connection) {
    occupy_with(connection, new FileOccupant(&stream, file, connection));
}

} // namespace fastapi::detail
