// Pages from templates (app/templates.hpp). Without the engine's header there is nothing to test.
#if __has_include(<kainjow/mustache.hpp>)
#include <kainjow/mustache.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include "fastapi/app/templates.hpp"
#include "support.hpp"

using namespace fastapi;

namespace {

struct Folder {
    Folder() {
        char name[] = "/tmp/fastapi-templates-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories(std::filesystem::path(path + "/" + name).parent_path());
        std::ofstream(path + "/" + name) << text;
    }
    std::string path;
};

TEST_CASE("templates: a page of a request") {
    Folder folder;
    folder.write("item.html", "<h1>{{id}}</h1>{{> parts/foot.html}}<a href=\"{{#url_for}}read_item id={{id}}{{/url_for}}\">{{request.path}}</a>");
    folder.write("parts/foot.html", "<p>{{{raw}}}{{raw}}</p>");
    Templates templates(folder.path + "/");
    FastAPI app;
    app.get("/items/{id}", [&](Request& request, std::string id) {
        return templates.TemplateResponse(request, "item.html", json{{"id", id}, {"raw", "<b>"}}, 201, {{"x-page", "item"}});
    }, {.name = "read_item"});
    TestClient client{app};
    auto answer = client.get("/items/a%26b");
    CHECK(answer.status_code == 201);
    CHECK(answer.headers.get("content-type") == "text/html; charset=utf-8");
    CHECK(answer.headers.get("x-page") == "item");
    CHECK(answer.content == "<h1>a&amp;b</h1><p><b>&lt;b&gt;</p><a href=\"http://testserver/items/a&amp;b\">/items/a&amp;b</a>");
    CHECK(client.get("/items/%22%3C%27").content.find("href=\"http://testserver/items/&quot;&lt;&apos;\"") != std::string::npos);
    json schema = app.openapi()["paths"]["/items/{id}"]["get"]["responses"]["200"]["content"];
    CHECK(schema.contains("text/html"));
}

TEST_CASE("templates: lists, numbers, what is not there") {
    Folder folder;
    folder.write("list.html", "{{#items}}[{{name}} {{price}} {{#on}}yes{{/on}}{{^on}}no{{/on}}]{{/items}}{{^items}}none{{/items}}{{missing}}{{nothing}}");
    Templates templates(folder.path);
    CHECK(templates.render("list.html", json{{"items", {{{"name", "a"}, {"price", 1.5}, {"on", true}}, {{"name", "b"}, {"price", 2}, {"on", false}}}},
                                             {"nothing", nullptr}}) == "[a 1.5 yes][b 2 no]");
    CHECK(templates.render("list.html") == "none");
    folder.write("list.html", "changed, and longer: {{x}}"); // is read again
    CHECK(templates.render("list.html", json{{"x", -7}}) == "changed, and longer: -7");
    folder.write("row.html", "{{n}};"); // a template in a long list is none that includes itself
    folder.write("rows.html", "{{#rows}}{{> row.html}}{{/rows}}");
    json rows = json::array();
    for (int n = 0; n != 6000; ++n) rows.push_back({{"n", n}});
    CHECK(templates.render("rows.html", json{{"rows", rows}}).ends_with(";5998;5999;"));
}

TEST_CASE("templates: what is wrong is said") {
    Folder folder;
    folder.write("broken.html", "{{#open}}");
    folder.write("self.html", "a{{> self.html}}");
    folder.write("parts/x.html", "x");
    folder.write("other.html", "{{> ../secret.html}}");
    Templates templates(folder.path);
    for (const char* name : {"", "/etc/passwd", "../x", "parts/../../x", "no.html", "parts", "broken.html", "other.html", "self.html"})
        CHECK_THROWS_AS((void)templates.render(name), std::runtime_error);
    CHECK_THROWS_AS((void)templates.render("parts/x.html", json::array()), std::runtime_error);
    CHECK_THROWS_WITH((void)templates.render("no.html"), "fastapi: the template no.html cannot be read: No such file or directory");
    FastAPI app;
    folder.write("url.html", "{{#url_for}}nowhere{{/url_for}}");
    folder.write("pair.html", "{{#url_for}}page x{{/url_for}}");
    app.get("/{name}", [&](Request& request, std::string name) { return templates.TemplateResponse(request, name); }, {.name = "page"});
    TestClient client(app, {.raise_server_exceptions = false});
    for (const char* name : {"/url.html", "/pair.html", "/none.html"}) {
        auto answer = client.get(name);
        CHECK(answer.status_code == 500);
        CHECK(answer.content == "Internal Server Error");
    }
}

TEST_CASE("templates: on several threads, while a file changes") {
    Folder folder;
    folder.write("page.html", "one {{x}}");
    Templates templates(folder.path);
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 200; ++k) {
                std::string text = templates.render("page.html", json{{"x", k}});
                if (!text.ends_with(std::to_string(k)) && !text.empty() && text != "one " && text != "another ") ++wrong;
            }
        });
    }
    for (int i = 0; i < 20; ++i) folder.write("page.html", i % 2 ? "one {{x}}" : "another {{x}}");
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

} // namespace
#endif
