#pragma once

// The tables of the differential test, their columns by name, and their values as JSON. sqlmodel_models.py declares the same.

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "fastapi.hpp"

namespace differential {

using namespace fastapi;

enum class Rank { rookie, veteran, legend };
struct Gear {
    int weight;
    std::vector<std::string> names;
};

struct Country {
    static constexpr auto table = "countries";
    Field<std::string, PrimaryKey, MinLength(2), MaxLength(3)> code;
    Field<std::string, Unique> name;
    Field<std::int64_t, Ge(0)> population;
    std::optional<std::string> continent;
};
struct Team {
    static constexpr auto table = "teams";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Unique, MinLength(1), MaxLength(20)> name;
    Field<std::optional<std::string>, Index> city;
    Field<std::optional<std::string>, ForeignKey("countries.code", OnDelete::restrict)> country;
    Field<Decimal, Ge(0)> budget;
    Field<bool> active = true;
    std::optional<date> founded;
    Field<std::string, ServerDefault("'none'")> motto = "";
};
struct Hero {
    static constexpr auto table = "heroes";
    Field<std::optional<int>, PrimaryKey> id;
    Field<std::string, Index, MinLength(1), MaxLength(12)> name;
    std::string secret_name;
    std::optional<std::string> nickname;
    Field<std::optional<int>, Index, Ge(0), Le(150)> age;
    Field<double, Ge(0), Le(1000)> power;
    Field<Rank> rank = Rank::rookie;
    Field<bool> active = true;
    datetime joined;
    std::optional<date> born;
    Field<std::optional<UUID>, Unique> badge;
    Field<std::optional<int>, ForeignKey("teams.id", OnDelete::set_null)> team_id;
    Field<std::optional<int>, ForeignKey("heroes.id")> mentor_id;
    std::vector<int> tags;
    std::optional<Gear> gear;
};
struct Mission {
    static constexpr auto table = "missions";
    Field<std::optional<int>, PrimaryKey> id;
    Field<int, ForeignKey("heroes.id", OnDelete::cascade)> hero_id;
    Field<std::optional<int>, ForeignKey("teams.id", OnDelete::restrict)> team_id;
    std::string title;
    Field<Decimal, Gt(0)> reward;
    timedelta length;
    std::optional<AwareDatetime> ended;
    Bytes data;
    Field<std::optional<double>, Gt(-100), Lt(100)> score;
    static constexpr auto table_args = TableArgs(UniqueConstraint("hero_id", "title"));
};
struct Link {
    static constexpr auto table = "links";
    Field<int, PrimaryKey, ForeignKey("heroes.id", OnDelete::cascade)> hero_id;
    Field<std::string, PrimaryKey, ForeignKey("countries.code", OnDelete::cascade)> country;
    Field<int> level = 1;
    static constexpr auto table_args = TableArgs(UniqueConstraint("country", "level"), CheckConstraint("level < 100"),
                                                 IndexConstraint("level", "hero_id"));
};

// --- columns by name ----------------------------------------------------------------------------------------------------

template <auto... P>
struct ColumnList {
    // f(column, name) of each.
    static void each(const auto& f, const auto&... name) { (f(col<P>, name), ...); }
};
template <class T>
void each_column(const auto& f) {
    if constexpr (std::is_same_v<T, Country>) {
        using C = Country;
        ColumnList<&C::code, &C::name, &C::population, &C::continent>::each(f, "code", "name", "population",
                                                                            "continent");
    } else if constexpr (std::is_same_v<T, Team>) {
        using C = Team;
        ColumnList<&C::id, &C::name, &C::city, &C::country, &C::budget, &C::active, &C::founded, &C::motto>::each(
            f, "id", "name", "city", "country", "budget", "active", "founded", "motto");
    } else if constexpr (std::is_same_v<T, Hero>) {
        using C = Hero;
        ColumnList<&C::id, &C::name, &C::secret_name, &C::nickname, &C::age, &C::power, &C::rank, &C::active,
                   &C::joined, &C::born, &C::badge, &C::team_id, &C::mentor_id, &C::tags,
                   &C::gear>::each(f, "id", "name", "secret_name", "nickname", "age", "power", "rank", "active",
                                   "joined", "born", "badge", "team_id", "mentor_id", "tags", "gear");
    } else if constexpr (std::is_same_v<T, Mission>) {
        using C = Mission;
        ColumnList<&C::id, &C::hero_id, &C::team_id, &C::title, &C::reward, &C::length, &C::ended, &C::data,
                   &C::score>::each(f, "id", "hero_id", "team_id", "title", "reward", "length", "ended", "data",
                                    "score");
    } else {
        using C = Link;
        ColumnList<&C::hero_id, &C::country, &C::level>::each(f, "hero_id", "country", "level");
    }
}
template <class T>
void with_column(std::string_view wanted, const auto& f) {
    bool found = false;
    each_column<T>([&](const auto& column, std::string_view name) {
        if (name != wanted) return;
        found = true;
        f(column);
    });
    if (!found) throw std::invalid_argument("no column " + std::string(wanted));
}
void with_table(std::string_view name, const auto& f) {
    if (name == "countries") return f(std::type_identity<Country>{});
    if (name == "teams") return f(std::type_identity<Team>{});
    if (name == "heroes") return f(std::type_identity<Hero>{});
    if (name == "missions") return f(std::type_identity<Mission>{});
    if (name == "links") return f(std::type_identity<Link>{});
    throw std::invalid_argument("no table " + std::string(name));
}
inline std::pair<std::string, std::string> place_of(const json& place) {
    std::string text = place;
    std::size_t dot = text.find('.');
    return {text.substr(0, dot), text.substr(dot + 1)};
}
// f(column) of "heroes.age".
void with_place(const json& place, const auto& f) {
    auto [table, column] = place_of(place);
    with_table(table, [&]<class T>(std::type_identity<T>) { with_column<T>(column, f); });
}

// --- values as JSON -----------------------------------------------------------------------------------------------------

template <class T>
inline constexpr bool is_optional_value = detail::is_optional<T>;

template <class T>
T read(const json& value) {
    if constexpr (is_optional_value<T>) {
        return value.is_null() ? T{} : T{read<typename T::value_type>(value)};
    } else if constexpr (std::is_same_v<T, Rank>) {
        return value == "rookie" ? Rank::rookie : value == "veteran" ? Rank::veteran : Rank::legend;
    } else if constexpr (std::is_same_v<T, Bytes>) {
        std::string hex = value, bytes;
        for (std::size_t i = 0; i < hex.size(); i += 2)
            bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
        return Bytes(bytes);
    } else if constexpr (std::is_same_v<T, timedelta>) {
        return timedelta(std::chrono::microseconds(value.get<std::int64_t>()));
    } else if constexpr (std::is_same_v<T, Gear>) {
        return {value["weight"].get<int>(), value["names"].get<std::vector<std::string>>()};
    } else if constexpr (std::is_same_v<T, AwareDatetime>) {
        return AwareDatetime(datetime(value.get<std::string>()));
    } else if constexpr (std::is_constructible_v<T, std::string> && !std::is_same_v<T, std::string>) {
        return T(value.get<std::string>());
    } else {
        return value.get<T>();
    }
}

template <class T>
json shown(const T& value) {
    if constexpr (detail::is_field<T>) {
        return shown(value.value());
    } else if constexpr (is_optional_value<T>) {
        return value ? shown(*value) : json();
    } else if constexpr (detail::is_table<T>) {
        json out = json::array();
        each_column<T>([&]<auto P>(const detail::ColumnTerm<P>&, std::string_view) { out.push_back(shown(value.*P)); });
        return out;
    } else if constexpr (detail::is_std_tuple<T>) {
        json out = json::array();
        std::apply([&](const auto&... one) { (out.push_back(shown(one)), ...); }, value);
        return out;
    } else if constexpr (std::is_same_v<T, Rank>) {
        return value == Rank::rookie ? "rookie" : value == Rank::veteran ? "veteran" : "legend";
    } else if constexpr (std::is_same_v<T, Bytes>) {
        static constexpr char digits[] = "0123456789abcdef";
        std::string hex;
        for (char c : value.str())
            hex += {digits[static_cast<unsigned char>(c) >> 4U], digits[static_cast<unsigned char>(c) & 15U]};
        return hex;
    } else if constexpr (std::is_same_v<T, timedelta>) {
        return value.template to<std::chrono::microseconds>().count();
    } else if constexpr (std::is_same_v<T, Gear>) {
        return {{"weight", value.weight}, {"names", value.names}};
    } else if constexpr (std::is_same_v<T, Decimal>) {
        return value.round(2).str();
    } else if constexpr (std::is_base_of_v<datetime, T>) {
        return (value.is_aware() ? value.astimezone(std::chrono::minutes{0}) : datetime(value)).str();
    } else if constexpr (requires { value.str(); }) {
        return value.str();
    } else {
        return value;
    }
}
template <class T>
json shown_rows(const std::vector<T>& rows) {
    json out = json::array();
    for (const T& row : rows) out.push_back(shown(row));
    return out;
}

// The model's own defaults stay where nothing is said. Nothing is checked: the database does that.
template <class T>
void assign(T& object, const json& values) {
    for (const auto& [name, value] : values.items())
        with_column<T>(name, [&]<auto P>(const detail::ColumnTerm<P>&) {
            object.*P = read<typename detail::ColumnTerm<P>::value_type>(value);
        });
}
template <class T>
T made_of(const json& values) {
    T object{};
    assign(object, values);
    return object;
}

// --- keys ---------------------------------------------------------------------------------------------------------------

// The primary key as a list; and the conditions that it is this one.
template <class T>
json key_of(const T& object) {
    if constexpr (std::is_same_v<T, Country>) {
        return {shown(object.code)};
    } else if constexpr (std::is_same_v<T, Link>) {
        return {shown(object.hero_id), shown(object.country)};
    } else {
        return {shown(object.id)};
    }
}
template <class T>
json key_conditions(const json& key) {
    json out = json::array();
    auto add = [&](const char* column, const json& value) {
        out.push_back({"compare", std::string(T::table) + "." + column, "==", value});
    };
    if constexpr (std::is_same_v<T, Link>) {
        add("hero_id", key[0]);
        add("country", key[1]);
    } else {
        add(std::is_same_v<T, Country> ? "code" : "id", key[0]);
    }
    return out;
}

} // namespace differential
