// Work behind the answer.
#include <mutex>

#include "fastapi.hpp"
using namespace fastapi;

// [task]
std::mutex mutex;
std::vector<std::string> sent;

void send_mail(const std::string& to, const std::string& text) {
    std::lock_guard lock(mutex);
    sent.push_back(to + ": " + text);
}

json order(Path<std::string, "email"> email, BackgroundTasks& tasks) {
    tasks.add_task(send_mail, *email, "Your book is here");
    return {{"message", "You will get a mail"}};
}
// [/task]

// [dependency]
void note_words(Query<std::optional<std::string>, "words"> words, BackgroundTasks& tasks) {
    if (words->has_value()) tasks.add_task(send_mail, "statistics@example.com", **words);
}
// [/dependency]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<order>("/orders/{email}", {.status_code = 202});
    app.get("/search", [] { return json::array(); }, {.dependencies = {depends<note_words>}});
    app.get("/sent", [] {
        std::lock_guard lock(mutex);
        return sent;
    });
    return app.run(argc, argv);
}
