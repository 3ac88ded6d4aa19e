// What sql.cpp and sql_by_hand.cpp do with a database, the same in both: insert so many rows in one transaction, read each by
// its primary key, read pages of 100, and read, change and write each. Everything is checked by a sum over the rows. run.py builds and
// runs both; by hand:
//   sql URL ROWS PHASES    of the first PHASES (0 to 4), its name, the CPU time of a row in nanoseconds, and the sum
// URL: sqlite:///FILE, which is made anew, or sqlite:///:memory:.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

constexpr int page_size = 100;

inline std::string hero_name(int number) { return "Hero " + std::to_string(number); }
inline std::string hero_secret(int number) { return "The secret identity of hero " + std::to_string(number * 7); }
inline std::optional<int> hero_age(int number) { return number % 3 ? std::optional<int>(number % 100) : std::nullopt; }
inline double hero_score(int number) { return number / 4.0; }

// Of every member of a row, so that nothing can be left out.
inline std::uint64_t sum_of(std::int64_t id, const std::string& name, const std::string& secret, std::optional<int> age, double score) {
    auto last = [](const std::string& text) { return text.size() * 31 + static_cast<unsigned char>(text.back()); };
    return static_cast<std::uint64_t>(id) * 7 + last(name) * 3 + last(secret) * 5 + static_cast<std::uint64_t>(age.value_or(1000)) * 11 +
           static_cast<std::uint64_t>(score * 4);
}

inline double cpu_seconds() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Work has a constructor that opens the database and makes the table, and a function a phase, each of which returns its sum.
template <class Work>
int run(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s URL ROWS PHASES\n", argv[0]);
        return 2;
    }
    std::string_view url = argv[1];
    int rows = std::atoi(argv[2]), phases = std::atoi(argv[3]);
    std::string file{url.substr(std::string_view{"sqlite:///"}.size())};
    auto remove = [&] {
        for (const char* ending : {"", "-wal", "-shm"}) std::remove((file + ending).c_str());
    };
    if (file != ":memory:") remove();
    {
        Work work(url);
        struct Phase {
            const char* name;
            std::uint64_t (Work::*run)(int rows);
        };
        for (const Phase& phase : {Phase{"insert", &Work::insert}, {"get", &Work::get}, {"pages", &Work::pages}, {"update", &Work::update}}) {
            if (phases-- <= 0) break;
            double before = cpu_seconds();
            std::uint64_t sum = (work.*phase.run)(rows);
            double seconds = cpu_seconds() - before;
            std::printf("%s ns %.1f\n%s sum %llu\n", phase.name, seconds / rows * 1e9, phase.name, static_cast<unsigned long long>(sum));
        }
    }
    if (file != ":memory:") remove();
    return 0;
}

} // namespace bench
