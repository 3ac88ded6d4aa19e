// Forms and files: a page that uploads pictures, a gallery that keeps what was sent, a form with a model.
// make run EXAMPLE=uploads   then open http://127.0.0.1:8000/, or
//                                 curl -F title=Cats -F pictures=@a.png -F pictures=@b.png http://127.0.0.1:8000/albums
#include <map>
#include <mutex>

#include "fastapi.hpp"
using namespace fastapi;

struct Album {
    std::string title;
    std::vector<std::string> pictures; // names, as they were sent
    std::uint64_t bytes = 0;
};

class Gallery {
  public:
    int add(Album album) {
        std::lock_guard lock(mutex_);
        albums_[++last_] = std::move(album);
        return last_;
    }
    Album get(int id) const {
        std::lock_guard lock(mutex_);
        auto found = albums_.find(id);
        if (found == albums_.end()) throw HTTPException(404, "There is no such album");
        return found->second;
    }

  private:
    mutable std::mutex mutex_;
    std::map<int, Album> albums_;
    int last_ = 0;
};

struct Letter { // a form as a model: all its fields are checked, and all that is wrong is said at once
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    Field<std::string, MinLength(1), MaxLength(100)> name;
    EmailStr email;
    Field<std::string, MaxLength(2000)> message;
    Field<bool> newsletter = false;
};

int main(int argc, char** argv) {
    FastAPI app{{.title = "Uploads"}};
    Gallery gallery;

    app.get("/", [] {
        return HTMLResponse(R"(<!doctype html><title>Albums</title>
<form action="/albums" method="post" enctype="multipart/form-data">
<input name="title" placeholder="Title"> <input name="pictures" type="file" multiple> <button>Send</button>
</form>)");
    }, {.include_in_schema = false});

    // Files beyond 1 MiB are on the disk while the handler runs: the whole album may have 1 GB, the process needs a few MB.
    app.post("/albums", [&gallery](Form<std::string, "title", MinLength(1)> title, File<std::vector<UploadFile>, "pictures", MaxLength(50)> pictures) {
        Album album{*title, {}, 0};
        for (UploadFile& picture : *pictures) {
            if (!picture.content_type.value_or("").starts_with("image/")) throw HTTPException(415, picture.filename + " is no picture");
            album.bytes += picture.size; // picture.save_to(path) would keep it
            album.pictures.push_back(picture.filename);
        }
        return json{{"id", gallery.add(std::move(album))}};
    }, {.status_code = 201, .max_body_size = std::size_t{1} << 30U});

    app.get("/albums/{id}", [&gallery](int id) { return gallery.get(id); });

    app.post("/contact", [](Form<Letter> letter) { return json{{"thanks", *letter->name}, {"newsletter", *letter->newsletter}}; });

    // What came, unread: names and sizes of all files, by a coroutine.
    app.post("/anything", [](Request& request) -> Task<json> {
        json seen = json::object();
        for (const FormItem& item : request.form()) seen[item.name] = item.is_file ? json(item.file.size) : json(item.text);
        co_return seen;
    });

    return app.run(argc, argv);
}
