// Requests that are malformed, ambiguous or unusual, against what Node and h11 make of them: tests/hostile/requests.txt.
// With HOSTILE_PORT=8000 in the environment the table is also given to a server there; HOSTILE_WRITE=1 rewrites the lines
// `ours` of the table.
#include <doctest/doctest.h>

#include <set>

#include "hostile/hostile.hpp"
#include "served.hpp"

TEST_CASE("hostile requests: the rules") {
    std::vector<hostile::Block> blocks = hostile::read_table();
    REQUIRE(blocks.size() >= 150);
    std::set<std::string> names;
    for (const hostile::Block& block : blocks) {
        CHECK_MESSAGE(names.insert(block.name).second, block.name);
        hostile::Seen ours = hostile::see(block.bytes, block.bytes.size());
        hostile::judge(block, ours);
        if (!block.why.empty()) CHECK_MESSAGE(!hostile::broken_rule(block, ours).empty(), "a reason without an exception: ", block.name);
        if (!std::getenv("HOSTILE_WRITE")) CHECK_MESSAGE(ours.text() == block.ours, block.name);
    }
}

TEST_CASE("hostile requests: however they are cut") {
    for (const hostile::Block& block : hostile::read_table()) {
        std::string whole = hostile::see(block.bytes, block.bytes.size()).text();
        for (std::size_t step : {1U, 2U, 3U, 7U, 64U, 1460U}) {
            if (step < 7 && block.bytes.size() > 20000) continue;
            CHECK_MESSAGE(hostile::see(block.bytes, step).text() == whole, block.name, ", ", step, " bytes at a time");
        }
    }
}

TEST_CASE("hostile requests: over a socket") {
    Served server([](fastapi::FastAPI& app) {
        app.api_route("/{path:path}", {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"}, [](fastapi::Request&) {});
    });
    for (const hostile::Block& block : hostile::read_table()) hostile::judge_live(block, server.port);
}

TEST_CASE("hostile requests: a server at HOSTILE_PORT" * doctest::skip(std::getenv("HOSTILE_PORT") == nullptr)) {
    for (const hostile::Block& block : hostile::read_table()) hostile::judge_live(block, std::atoi(std::getenv("HOSTILE_PORT")));
}

TEST_CASE("hostile requests: write what we see" * doctest::skip(std::getenv("HOSTILE_WRITE") == nullptr)) {
    std::vector<hostile::Block> blocks = hostile::read_table();
    std::ifstream in(hostile::table_path(), std::ios::binary);
    std::string out;
    std::size_t next = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("ours ")) continue;
        out += line + "\n";
        if (line.starts_with("h11  ")) out += "ours " + hostile::see(blocks.at(next).bytes, blocks.at(next).bytes.size()).text() + "\n",
            ++next;
    }
    in.close();
    std::ofstream(hostile::table_path(), std::ios::binary) << out;
}
