// Aggregate reflection: how many members a struct has, what they are called, and what types are called.

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fastapi.hpp"
#include "fastapi/meta/reflect.hpp"

using namespace fastapi;
using fastapi::detail::describe_model;
using fastapi::detail::member_count;
using fastapi::detail::member_name;
using fastapi::detail::type_name;

namespace {

struct Nothing {};
struct One {
    int only;
};
struct Inner {
    int a;
    std::string b;
};
struct Nested {
    Inner inner;
    std::vector<Inner> inners;
    std::optional<Inner> maybe;
    std::map<std::string, Inner> by_name;
    std::unique_ptr<Inner> owned;
};
struct MoveOnly {
    std::unique_ptr<int> first;
    int second;
    std::unique_ptr<Inner> third;
};
struct Strings {
    std::string s;
    const char* not_a_field_but_a_member;
    bool flag;
    double number;
};
struct WithStatics {
    static constexpr int not_a_member = 1;
    int member_one;
    int member_two;
    using type_alias = int;
    [[nodiscard]] int function() const { return member_one; }
};
struct WithDefaults {
    int a = 1;
    std::string b = "x";
    std::vector<int> c{1, 2, 3};
};
struct Fields {
    Field<int, Ge(1)> number;
    Field<std::string> text = "x";
    Field<std::vector<int>> list = empty;
    Field<std::optional<std::string>> maybe;
};
struct Arrays {
    std::array<int, 3> three;
    int after;
};
struct Names {
    int _leading;
    int trailing_;
    int CamelCase;
    int x1y2;
    int überzahl;
};
template <class T>
struct Page {
    std::vector<T> items;
    int total;
};
template <class A, class B>
struct Two {
    A first_part;
    B second_part;
};
// 128 members, the most that can be reflected.
#define FOUR(n)                                                                                                        \
    int n##0;                                                                                                          \
    std::string n##1;                                                                                                  \
    Field<int> n##2 = 3;                                                                                               \
    std::optional<double> n##3;
#define SIXTEEN(n) FOUR(n##a) FOUR(n##b) FOUR(n##c) FOUR(n##d)
struct Most {
    SIXTEEN(m) SIXTEEN(n) SIXTEEN(o) SIXTEEN(p) SIXTEEN(q) SIXTEEN(r) SIXTEEN(s) SIXTEEN(t)
};
#define EIGHT(n) int n##0, n##1, n##2, n##3, n##4, n##5, n##6, n##7;
struct Eight {
    EIGHT(a)
};
struct Sixteen {
    EIGHT(a) EIGHT(b)
};
struct Seventeen {
    EIGHT(a) EIGHT(b) int last;
};
struct ThirtyThree {
    EIGHT(a) EIGHT(b) EIGHT(c) EIGHT(d) int last;
};
struct SixtyFour {
    EIGHT(a) EIGHT(b) EIGHT(c) EIGHT(d) EIGHT(e) EIGHT(f) EIGHT(g) EIGHT(h)
};
#undef FOUR
#undef SIXTEEN
#undef EIGHT

enum class Colour { red, green };
int free_function(int a) { return a; }

} // namespace

namespace outer::inner {
struct Deep {
    int value;
};
} // namespace outer::inner

TEST_CASE("members are counted") {
    CHECK(member_count<Nothing> == 0);
    CHECK(member_count<One> == 1);
    CHECK(member_count<Inner> == 2);
    CHECK(member_count<Nested> == 5);
    CHECK(member_count<MoveOnly> == 3);
    CHECK(member_count<Strings> == 4);
    CHECK(member_count<WithStatics> == 2);
    CHECK(WithStatics::not_a_member == 1);
    CHECK(member_count<WithDefaults> == 3);
    CHECK(member_count<Fields> == 4);
    CHECK(member_count<Page<int>> == 2);
    CHECK(member_count<Two<Inner, std::vector<Page<Inner>>>> == 2);
    CHECK(member_count<const Inner> == 2);
    CHECK(member_count<Eight> == 8);
    CHECK(member_count<Sixteen> == 16);
    CHECK(member_count<Seventeen> == 17);
    CHECK(member_count<ThirtyThree> == 33);
    CHECK(member_count<SixtyFour> == 64);
    CHECK(member_count<Most> == 128);
}

TEST_CASE("a std::array is one member") { CHECK(member_count<Arrays> == 2); }

TEST_CASE("a base class is told from a first member that takes anything") {
    struct JsonFirst {
        json anything;
        int after;
    };
    struct OptionalJsonFirst {
        std::optional<json> anything;
    };
    struct JsonFieldFirst {
        Field<json> anything;
    };
    struct Derived : Inner {
        int own;
    };
    CHECK_FALSE(detail::has_base<JsonFirst>);
    CHECK_FALSE(detail::has_base<OptionalJsonFirst>);
    CHECK_FALSE(detail::has_base<JsonFieldFirst>);
    CHECK_FALSE(detail::has_base<Nested>);
    CHECK_FALSE(detail::has_base<MoveOnly>);
    CHECK_FALSE(detail::has_base<Fields>);
    CHECK(detail::has_base<Derived>);
    CHECK(member_count<JsonFirst> == 2);
    CHECK(member_count<JsonFieldFirst> == 1);
}

TEST_CASE("members have the names of their declarations") {
    CHECK(member_name<One, 0>() == "only");
    CHECK(member_name<Inner, 0>() == "a");
    CHECK(member_name<Inner, 1>() == "b");
    CHECK(member_name<Nested, 3>() == "by_name");
    CHECK(member_name<Nested, 4>() == "owned");
    CHECK(member_name<MoveOnly, 0>() == "first");
    CHECK(member_name<MoveOnly, 2>() == "third");
    CHECK(member_name<WithStatics, 0>() == "member_one");
    CHECK(member_name<WithStatics, 1>() == "member_two");
    CHECK(member_name<Fields, 0>() == "number");
    CHECK(member_name<Fields, 3>() == "maybe");
    CHECK(member_name<Names, 0>() == "_leading");
    CHECK(member_name<Names, 1>() == "trailing_");
    CHECK(member_name<Names, 2>() == "CamelCase");
    CHECK(member_name<Names, 3>() == "x1y2");
    CHECK(member_name<Page<Inner>, 0>() == "items");
    CHECK(member_name<Two<int, std::string>, 1>() == "second_part");
    CHECK(member_name<outer::inner::Deep, 0>() == "value");
    CHECK(member_name<Seventeen, 16>() == "last");
    CHECK(member_name<ThirtyThree, 32>() == "last");
    CHECK(member_name<SixtyFour, 63>() == "h7");
}

TEST_CASE("a name may hold letters beyond ASCII") { CHECK(member_name<Names, 4>() == "überzahl"); }

TEST_CASE("128 members have their names, places and types") {
    const detail::Model& model = describe_model<Most>();
    REQUIRE(model.members.size() == 128);
    std::size_t i = 0;
    for (char block : std::string("mnopqrst"))
        for (char row : std::string("abcd"))
            for (char column : std::string("0123")) CHECK(model.members[i++].name == std::string{block, row, column});
    CHECK(model.members[0].offset == 0);
    CHECK(model.members[127].slot.type->kind == detail::Kind::optional);
    CHECK(model.members[126].has_default);
    CHECK_FALSE(model.members[124].has_default);
}

TEST_CASE("128 members are read in any order and written in that of the declaration") {
    std::string backwards = "{";
    const detail::Model& model = describe_model<Most>();
    for (std::size_t i = 128; i-- > 0;) {
        std::string name(model.members[i].name);
        std::string value = model.members[i].slot.type->kind == detail::Kind::string ? "\"s\"" : std::to_string(i);
        backwards += "\"" + name + "\":" + value + (i ? "," : "}");
    }
    json dumped = json::parse(model_dump_json(model_validate_json<Most>(backwards)));
    CHECK(dumped == json::parse(backwards));
    CHECK(model_dump_json(model_validate_json<Most>(backwards))
              .starts_with(R"({"ma0":0,"ma1":"s","ma2":2,"ma3":3.0,"mb0":4,)"));
    try {
        model_validate_json<Most>("{}");
        FAIL("64 members are required");
    } catch (const ValidationError& error) {
        CHECK(error.error_count() == 64);
    }
}

TEST_CASE("visit_members gives references in the order of declaration") {
    Inner object{7, "seven"};
    detail::visit_members(object, [](int& a, std::string& b) {
        CHECK(a == 7);
        a = 8;
        b += "!";
    });
    CHECK(object.a == 8);
    CHECK(object.b == "seven!");
    MoveOnly moved{std::make_unique<int>(1), 2, nullptr};
    int second = detail::visit_members(moved, [](auto& first, int s, auto& third) {
        CHECK(*first == 1);
        CHECK_FALSE(third);
        return s;
    });
    CHECK(second == 2);
}

TEST_CASE("structs that are local to a function, and structs of a template, are models") {
    struct Local {
        int here;
        std::vector<Inner> there;
    };
    CHECK(member_count<Local> == 2);
    CHECK(type_name<Local>() == "Local");
    CHECK(describe_model<Local>().members[1].name == "there");
    CHECK(model_dump_json(Local{1, {{2, "x"}}}) == R"({"here":1,"there":[{"a":2,"b":"x"}]})");
    CHECK(model_dump_json(Page<int>{{1, 2}, 5}) == R"({"items":[1,2],"total":5})");
    CHECK(model_dump_json(Two<Page<int>, bool>{{{}, 0}, true}) ==
          R"({"first_part":{"items":[],"total":0},"second_part":true})");
}

TEST_CASE("types have names without their scopes") {
    CHECK(type_name<Inner>() == "Inner");
    CHECK(type_name<const Inner>() == "Inner");
    CHECK(type_name<outer::inner::Deep>() == "Deep");
    CHECK(type_name<Colour>() == "Colour");
    CHECK(detail::qualified_type_name<outer::inner::Deep>() == "outer::inner::Deep");
    CHECK(std::string(type_name<Page<int>>()) == "Page<int>");
    CHECK(detail::unqualified("a::b::C") == "C");
    CHECK(detail::unqualified("C") == "C");
    CHECK(detail::unqualified("a::P<b::C>") == "P<b::C>");
}

TEST_CASE("functions have names") {
    CHECK(detail::function_name<free_function>() == "free_function");
    CHECK(detail::function_name<&free_function>() == "free_function");
}

TEST_CASE("names are cut from signatures") {
    CHECK(detail::last_identifier("x::Item::name)}]") == "name");
    CHECK(detail::last_identifier("name") == "name");
    CHECK(detail::last_identifier("a b_1 ]") == "b_1");
    CHECK(detail::last_identifier("") == "");
    CHECK(detail::last_identifier("()") == "");
}

TEST_CASE("a struct with move-only members is read and written") {
    auto made = model_validate_json<MoveOnly>(R"({"first":1,"second":2,"third":{"a":3,"b":"c"}})");
    REQUIRE(made.first);
    CHECK(*made.first == 1);
    REQUIRE(made.third);
    CHECK(made.third->b == "c");
    CHECK(model_dump_json(made) == R"({"first":1,"second":2,"third":{"a":3,"b":"c"}})");
    auto without = model_validate_json<MoveOnly>(R"({"second":2})");
    CHECK_FALSE(without.first);
    CHECK(model_dump_json(without) == R"({"first":null,"second":2,"third":null})");
}
TEST_CASE("a struct without members is an empty object") {
    CHECK(model_dump_json(Nothing{}) == "{}");
    CHECK_NOTHROW(model_validate_json<Nothing>(R"({"whatever":1})"));
    CHECK_THROWS_AS(model_validate_json<Nothing>("[]"), ValidationError);
}
