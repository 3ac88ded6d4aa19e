// What a session remembers of rows, and what becomes of the statements that it keeps: all sizes, all kinds of keys.

#include <string>

#include <doctest/doctest.h>

#include "fastapi.hpp"

using namespace fastapi;

namespace {

struct Note {
    static constexpr auto table = "notes";
    Field<std::optional<int>, PrimaryKey> id;
    std::string text;
    std::optional<std::int64_t> number;
    std::optional<double> weight;
};
struct Place {
    static constexpr auto table = "places";
    Field<std::string, PrimaryKey> town;
    Field<int, PrimaryKey> house;
    std::string owner;
};

// Whether the session writes nothing for an object: it knows its row.
template <class T>
bool knows(Engine& engine, Session& session, T& object) {
    auto before = engine.statement_count();
    session.add(object);
    return engine.statement_count() == before;
}

} // namespace

TEST_CASE("a session knows a row by its last values, whatever their size") {
    Engine engine("sqlite:///:memory:");
    create_all<Note, Place>(engine);
    Session session(engine);
    for (std::size_t size : {0U, 1U, 254U, 255U, 256U, 257U, 5000U}) {
        Note note{.id = {}, .text = std::string(size, 'x'), .number = {}, .weight = {}};
        session.add(note);
        CHECK(knows(engine, session, note));
        note.number = -1;
        CHECK(!knows(engine, session, note));
        CHECK(knows(engine, session, note));
        note.text += 'y';
        note.weight = 0.5;
        CHECK(!knows(engine, session, note));
        CHECK(knows(engine, session, note));
        note.weight.reset();
        CHECK(!knows(engine, session, note));
        Note again = session.get<Note>(*note.id.value()).value();
        CHECK(again.text == std::string(size, 'x') + 'y');
        CHECK(again.number == -1);
        CHECK(!again.weight);
        CHECK(knows(engine, session, note));
        session.expunge(note);
        CHECK(!knows(engine, session, note));
    }
}

TEST_CASE("only the changed columns are written, and so nothing that another has written meanwhile is lost") {
    Engine engine("sqlite:///:memory:");
    create_all<Note>(engine);
    Session session(engine);
    for (int i = 0; i < 50; ++i) session.add(Note{.id = {}, .text = "n" + std::to_string(i), .number = i, .weight = 1.5});
    auto notes = session.exec(select<Note>().order_by(col<&Note::id>)).all();
    session.commit();
    for (std::size_t i = 0; i < notes.size(); i += 3) {
        Session other(engine);
        other.execute(sql::text("UPDATE notes SET text = 'other' WHERE id = :id").bind("id", *notes[i].id.value()));
        other.commit();
        notes[i].number = 1000;
        session.add(notes[i]);
        session.commit();
        Note now = session.get<Note>(*notes[i].id.value()).value();
        session.commit();
        CHECK(now.text == "other");
        CHECK(now.number == 1000);
    }
}

TEST_CASE("keys of several columns and of text are told apart") {
    Engine engine("sqlite:///:memory:");
    create_all<Note, Place>(engine);
    Session session(engine);
    std::vector<Place> places;
    for (const char* town : {"a", "ab", "", "b"})
        for (int house : {0, 1, 256, -1}) places.push_back(Place{.town = std::string(town), .house = house, .owner = "nobody"});
    places.push_back(Place{.town = std::string(300, 'l'), .house = 1, .owner = "nobody"});
    session.add_all(places);
    for (Place& place : places) CHECK(knows(engine, session, place));
    for (std::size_t i = 0; i < places.size(); i += 2) places[i].owner = "somebody else";
    for (std::size_t i = 0; i < places.size(); ++i) CHECK(knows(engine, session, places[i]) == (i % 2 == 1));
    session.delete_(places[3]);
    CHECK_THROWS_AS(session.add(places[3]), StaleDataError);
    CHECK(!session.get<Place>("a", -1));
    CHECK(session.get<Place>("ab", 256)->owner == "somebody else");
}

TEST_CASE("more rows than a session remembers: they are written, all columns of them") {
    Engine engine("sqlite:///:memory:");
    create_all<Note>(engine);
    constexpr int many = 9000;
    {
        Session session(engine);
        for (int i = 1; i <= many; ++i) session.add(Note{.id = {}, .text = "note " + std::to_string(i), .number = i, .weight = {}});
        session.commit();
    }
    Session session(engine);
    auto notes = session.exec(select<Note>().order_by(col<&Note::id>)).all();
    REQUIRE(notes.size() == many);
    CHECK(knows(engine, session, notes.back()));
    for (Note& note : notes) note.number = -*note.number;
    session.add_all(notes);
    session.commit();
    int wrong = 0;
    for (const Note& note : session.exec(select<Note>())) wrong += note.number != -*note.id.value() || note.text != "note " + std::to_string(*note.id.value());
    CHECK(wrong == 0);
}

TEST_CASE("statements about rows are found again after a hundred others have run") {
    Engine engine("sqlite:///:memory:");
    create_all<Note, Place>(engine);
    Session session(engine);
    Note note{.id = {}, .text = "a", .number = {}, .weight = {}};
    session.add(note);
    for (int i = 0; i < 200; ++i) {
        session.execute(sql::text("SELECT " + std::to_string(i)));
        if (i % 70 != 0) continue;
        note.text += 'b';
        session.add(note);
        CHECK(session.get<Note>(*note.id.value())->text == note.text);
    }
    // A statement that is running already is not taken from under a cursor.
    session.add(Note{.id = {}, .text = "second", .number = {}, .weight = {}});
    int rows = 0;
    for (const Note& one : session.exec(select<Note>())) {
        for (const Note& two : session.exec(select<Note>())) rows += session.get<Note>(*two.id.value())->text == two.text;
        rows += !one.text.empty();
    }
    CHECK(rows == 6);
}
