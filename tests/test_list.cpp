// meta/list.hpp: the small list that the library uses for its own things.

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include "fastapi.hpp"

using fastapi::detail::List;
using fastapi::detail::Owned;

namespace {
struct Counted {
    explicit Counted(int number) : value(number) { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive; }
    int value;
    static inline int alive = 0;
};
} // namespace

TEST_CASE("list: of numbers") {
    List<int> list;
    CHECK(list.empty());
    for (int i = 0; i < 1000; ++i) list.push_back(i);
    CHECK(list.size() == 1000);
    CHECK(list.capacity() >= 1000);
    CHECK(list.front() == 0);
    CHECK(list.back() == 999);
    list.insert(0, -1);
    list.insert(1001, 1000);
    list.insert(500, 7);
    CHECK(list[0] == -1);
    CHECK(list[499] == 498);
    CHECK(list[500] == 7);
    CHECK(list[501] == 499);
    CHECK(list.back() == 1000);
    list.pop_front();
    list.pop_back();
    CHECK(list.front() == 0);
    CHECK(list.back() == 999);
    long sum = 0;
    for (int number : list) sum += number;
    CHECK(sum == 999L * 1000 / 2 + 7);
    list.push_back(list[3]); // of itself, when it grows too
    CHECK(list.back() == 3);
    list.resize(3);
    list.resize(5);
    CHECK(list.size() == 5);
    CHECK(list[2] == 2);
    CHECK(list[4] == 0);
    list.clear();
    CHECK(list.empty());
}

TEST_CASE("list: of owned things") {
    {
        List<Owned<Counted>> list;
        for (int i = 0; i < 20; ++i) list.insert(0, Owned<Counted>(new Counted(i)));
        CHECK(Counted::alive == 20);
        for (std::size_t i = 0; i < 20; ++i) CHECK(list[i]->value == 19 - static_cast<int>(i));
        list.pop_front();
        list.pop_back();
        CHECK(Counted::alive == 18);
        List<Owned<Counted>> other(std::move(list));
        CHECK(other.size() == 18);
        list = std::move(other);
        CHECK(list.size() == 18);
        CHECK(list[0]->value == 18);
        CHECK(Counted::alive == 18);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("list: of what is moved one by one, and copied") {
    using fastapi::detail::Sequence;
    Sequence<std::string> list{"a text that is longer than a string holds itself", "b"};
    for (int i = 0; i < 20; ++i) list.emplace_back(std::size_t{40}, static_cast<char>('c' + i)); // grows twice
    CHECK(list.size() == 22);
    CHECK(list[0] == "a text that is longer than a string holds itself");
    CHECK(list[1] == "b");
    CHECK(list.back() == std::string(40, 'v'));
    Sequence<std::string> copy(list);
    copy.erase(0);
    copy.erase(copy.size() - 1);
    CHECK(copy.size() == 20);
    CHECK(copy[0] == "b");
    CHECK(list.size() == 22);
    copy = list;
    copy = *&copy;
    CHECK(copy.size() == 22);
    CHECK(copy[21] == list[21]);
    Sequence<std::string> taken(std::move(copy));
    CHECK(taken.size() == 22);
    std::vector<std::string> others{"x", "y"};
    Sequence<std::string> of_vector = others;
    CHECK(of_vector.size() == 2);
    CHECK(of_vector[1] == "y");
    CHECK(Sequence<std::string>{}.empty());
}
