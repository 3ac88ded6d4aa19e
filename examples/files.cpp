// Uploads and downloads of any size: the body is read in pieces, the file is sent while it is read; memory stays small.
// make run EXAMPLE=files   then curl -T movie.mp4 http://127.0.0.1:8000/files/movie.mp4
//                               curl -r 0-99 http://127.0.0.1:8000/files/movie.mp4
#include <cstdio>

#include "fastapi.hpp"
using namespace fastapi;

// Where a file is; throws for a name that leads elsewhere.
std::string place_of(const std::string& name) {
    if (name.starts_with(".") || name.find('/') != std::string::npos) throw HTTPException(400, "This is no file's name");
    return "/tmp/fastapi-files-" + name;
}

struct OpenFile { // closed on every way out, also when the client goes away
    explicit OpenFile(const std::string& path) : handle(std::fopen(path.c_str(), "wb")) {
        if (!handle) throw HTTPException(507, "The file cannot be written");
    }
    ~OpenFile() { std::fclose(handle); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    std::FILE* handle;
};

int main(int argc, char** argv) {
    FastAPI app{{.title = "Files", .limits = {.handler_timeout_ms = 60000}}};

    app.put("/files/{name}", [](std::string name, RequestStream stream) {
        OpenFile file(place_of(name));
        std::size_t size = 0;
        for (std::string_view piece : stream) size += std::fwrite(piece.data(), 1, piece.size(), file.handle);
        return json{{"name", name}, {"size", size}};
    }, {.status_code = 201, .max_body_size = std::size_t{10} << 30U, .handler_timeout_ms = 0});

    app.get("/files/{name}", [](std::string name) {
        std::string path = place_of(name);
        if (std::FILE* file = std::fopen(path.c_str(), "rb")) {
            std::fclose(file);
            return FileResponse(path, {.filename = name});
        }
        throw HTTPException(404, "There is no such file");
    });

    // A coroutine holds no thread while it waits for the client.
    app.post("/count", [](RequestStream stream) -> Task<json> {
        std::size_t size = 0;
        std::size_t lines = 0;
        while (auto piece = co_await stream.next()) {
            size += piece->size();
            for (char c : *piece) lines += c == '\n' ? 1 : 0;
        }
        co_return json{{"size", size}, {"lines", lines}};
    });

    return app.run(argc, argv);
}
