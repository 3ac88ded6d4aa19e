// Parse with validation, and serialise, of the three documents: ours against nlohmann/json, and what decoding costs in
// memory. run.py builds and runs this; by hand:
//   models time DOCUMENT FILE MILLISECONDS            minima in nanoseconds, both libraries in turns
//   models count DOCUMENT FILE WORK LIBRARY TIMES     for callgrind. WORK: parse, dump. LIBRARY: ours, nlohmann
//   models memory DOCUMENT FILE                       bytes of the heap that decoding takes at most and keeps
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

#include "fastapi.hpp"
#include "models.hpp"

// Of models_heap.cpp, in the program that counts the heap only.
[[gnu::weak]] extern std::size_t heap_held;
[[gnu::weak]] extern std::size_t heap_peak;

namespace {

using namespace fastapi;
using bench::Subject;

// ---- small

struct Item {
    Field<std::string, MinLength(1), MaxLength(100)> name;
    Field<double, Gt(0)> price;
    Field<int, Ge(0)> quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
};

// ---- nested

struct Address {
    std::string street;
    std::string city;
    std::string zip;
    Field<std::string, MinLength(2), MaxLength(2)> country;
};
struct Customer {
    Field<std::string, MinLength(1), MaxLength(100)> name;
    std::string email;
    std::optional<std::string> phone;
    bool loyal;
    Field<int, Ge(0)> points;
    Address address;
};
struct Line {
    Field<std::string, MinLength(1)> sku;
    std::string title;
    Field<int, Ge(1)> quantity;
    Field<double, Gt(0)> unit_price;
    Field<double, Ge(0), Lt(1)> discount;
    bool gift;
};
struct Order {
    Field<std::int64_t, Ge(1)> id;
    Field<std::string, MinLength(3), MaxLength(40)> reference;
    bool paid;
    Field<std::string, MinLength(3), MaxLength(3)> currency;
    Customer customer;
    Address shipping;
    Field<std::vector<Line>, MinLength(1)> lines;
    std::vector<std::string> tags;
    std::optional<std::string> note;
    Field<double, Ge(0)> total;
};

// ---- large

struct Record {
    Field<std::int64_t, Ge(1)> id;
    Field<std::string, MinLength(1), MaxLength(100)> name;
    std::string email;
    std::string city;
    Field<int, Ge(0), Le(150)> age;
    double score;
    bool active;
    std::string created;
};

template <class T>
void parse(T& made, std::string_view text) {
    made = model_validate_json<T>(text);
}
template <class T>
std::string dump(const T& made) {
    return model_dump_json(made);
}
template <class T>
constexpr Subject ours() {
    return bench::subject_of<T, &parse<T>, &dump<T>>();
}

Subject our_subject(std::string_view document) {
    if (document == "small") return ours<Item>();
    if (document == "nested") return ours<Order>();
    if (document == "large") return ours<std::vector<Record>>();
    return {};
}

std::string read_file(const char* name) {
    std::ifstream in(name, std::ios::binary);
    if (!in) throw std::invalid_argument(std::string("no file ") + name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// CPU time of this thread in nanoseconds: other programs on the machine disturb it less than the clock on the wall.
double now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// Nanoseconds of one call, of a batch of calls.
template <class F>
double timed(std::size_t batch, F call) {
    double start = now();
    for (std::size_t i = 0; i < batch; ++i) call();
    return (now() - start) / static_cast<double>(batch);
}

struct Contender {
    const char* name;
    Subject subject;
    void* made = nullptr;
    double parse_ns = 1e18;
    double dump_ns = 1e18;
};

int time_both(const std::string& document, const std::string& text, double milliseconds) {
    Contender all[] = {{"ours", our_subject(document)}, {"nlohmann", bench::nlohmann_subject(document)}};
    for (Contender& one : all) {
        one.made = one.subject.create();
        one.subject.parse(one.made, text);
    }
    std::string ours;
    std::string theirs;
    all[0].subject.dump(all[0].made, &ours);
    all[1].subject.dump(all[1].made, &theirs);
    if (parse_json(ours) != parse_json(theirs)) return std::fprintf(stderr, "the libraries do not agree\n"), 1;
    std::size_t batch = text.size() > 20000 ? 1 : 200000 / text.size();
    double end = now() + milliseconds * 1e6;
    while (now() < end) {
        for (Contender& one : all) {
            double parsed = timed(batch, [&] {
                void* made = one.subject.create();
                one.subject.parse(made, text);
                one.subject.destroy(made);
            });
            double dumped = timed(batch, [&] { one.subject.dump(one.made, nullptr); });
            if (parsed < one.parse_ns) one.parse_ns = parsed;
            if (dumped < one.dump_ns) one.dump_ns = dumped;
        }
    }
    for (Contender& one : all) {
        std::printf("%s parse %.1f\n%s dump %.1f\n", one.name, one.parse_ns, one.name, one.dump_ns);
        one.subject.destroy(one.made);
    }
    return 0;
}

int count_one(const std::string& document, const std::string& text, const std::string& work, const std::string& library,
              long times) {
    Subject subject = library == "ours" ? our_subject(document) : bench::nlohmann_subject(document);
    void* made = subject.create();
    subject.parse(made, text);
    std::size_t bytes = 0;
    for (long i = 0; i < times; ++i) {
        if (work == "parse") {
            void* other = subject.create();
            subject.parse(other, text);
            subject.destroy(other);
        } else {
            bytes += subject.dump(made, nullptr);
        }
    }
    subject.destroy(made);
    std::printf("%ld times, %zu bytes\n", times, bytes);
    return 0;
}

std::size_t in_use() {
#if defined(__GLIBC__)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

int measure_memory(const std::string& document, const std::string& text) {
    if (!&heap_held) return std::fprintf(stderr, "this program was built without models_heap.cpp\n"), 2;
    // What a first use leaves behind (tables of models, streams) is no part of it.
    for (Subject subject : {our_subject(document), bench::nlohmann_subject(document)}) {
        void* made = subject.create();
        subject.parse(made, text);
        subject.destroy(made);
    }
    const char* names[] = {"ours", "nlohmann"};
    std::printf("text %zu\n", text.size());
    for (const char* name : names) {
        Subject subject = name == names[0] ? our_subject(document) : bench::nlohmann_subject(document);
        std::size_t before = heap_held;
        std::size_t used_before = in_use();
        heap_peak = heap_held;
        void* made = subject.create();
        subject.parse(made, text);
        std::printf("%s kept %zu\n%s peak %zu\n%s mallinfo2 %zu\n", name, heap_held - before, name, heap_peak - before,
                    name, in_use() - used_before);
        subject.destroy(made);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    std::string mode = argc > 1 ? argv[1] : "";
    if (argc < 4 || !our_subject(argv[2]).parse)
        return std::fprintf(stderr, "usage: models time|count|memory DOCUMENT FILE …: see models.cpp\n"), 2;
    std::string text = read_file(argv[3]);
    if (mode == "time" && argc == 5) return time_both(argv[2], text, std::atof(argv[4]));
    if (mode == "count" && argc == 7) return count_one(argv[2], text, argv[4], argv[5], std::atol(argv[6]));
    if (mode == "memory") return measure_memory(argv[2], text);
    return std::fprintf(stderr, "unknown mode or number of arguments: see models.cpp\n"), 2;
}
