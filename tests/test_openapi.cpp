// The OpenAPI document of a small application, compared whole with FastAPI's; names, titles, operation ids, splits.

#include <map>

#include "fastapi/openapi/openapi.hpp"
#include "support.hpp"

using namespace fastapi;

namespace openapi_test {

enum class Size { small, large };
struct Image {
    static constexpr auto description = "A picture.";
    std::string url;
};
struct Item {
    Field<std::string, MinLength(1), Description("Its name")> name;
    Field<double, Gt(0)> price;
    std::optional<Image> image;
    Field<Size> size = Size::small;
    Field<std::vector<std::string>> tags = empty;
};
struct Tree {
    int v;
    Field<std::vector<Tree>> children = empty;
};
struct Aliased {
    Field<int, ValidationAlias("in"), SerializationAlias("out")> n;
};
struct Holder {
    Aliased a;
};
struct Pagination {
    Field<int, Ge(0)> skip = 0;
    Field<int, Ge(1), Le(100), Description("How many")> limit = 100;
    std::optional<std::string> q;
};
struct Head {
    std::string x_token;
    Field<int> x_opt = 3;
};
namespace other {
struct Image {
    int pixels;
};
} // namespace other
template <class T>
struct Page {
    std::vector<T> items;
};

json root() { return json::object(); }
Item read_item(Path<int, "item_id", Ge(1), Title("The ID"), Description("of the item")>,
               Query<std::optional<std::string>, "q", MaxLength(5), Deprecated>,
               Header<std::optional<std::string>, "x_token">, Cookie<std::string, "ads_id", Default("d")>,
               Query<Size, "size", Default(Size::small)>, Query<std::vector<int>, "l", Default{}>) {
    return {};
}
Item create_item(Path<int, "item_id">, Item item) { return item; }
void update_item(Path<std::string, "item_id">, Body<Item, "item">, Body<Image, "user">, Body<int, "n", Ge(3)>,
                 Body<std::optional<std::string>, "m">) {}
void remove(std::string) {}
std::vector<Item> list_items(Query<Pagination>) { return {}; }
Tree tree(Tree tree) { return tree; }
HTMLResponse html() { return HTMLResponse("<p>"); }

// What FastAPI says of the same application in Python.
constexpr std::string_view expected_text = R"j(
{"openapi":"3.1.0","info":{"title":"Shop","summary":"A shop","description":"Sells *things*.","termsOfService":"http://x/terms","contact":{"name":"N","url":"http://x/","email":"a@b.c"},"license":{"name":"MIT","identifier":"MIT"},"version":"2.0.0"},"servers":[{"url":"http://s1","description":"first"},{"url":"/v1"}],"tags":[{"name":"items","description":"All items","externalDocs":{"description":"more","url":"http://x/items"}},{"name":"users"}],
"paths":{
"/":{"get":{"summary":"Root","operationId":"root__get","responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}}}}},
"/items/{item_id}":{"get":{"tags":["items"],"summary":"One item","description":"Gives **one**.","operationId":"read_item_items__item_id__get","parameters":[{"name":"item_id","in":"path","required":true,"schema":{"type":"integer","minimum":1,"title":"The ID","description":"of the item"},"description":"of the item"},{"name":"q","in":"query","required":false,"schema":{"anyOf":[{"type":"string","maxLength":5},{"type":"null"}],"deprecated":true,"title":"Q"},"deprecated":true},{"name":"size","in":"query","required":false,"schema":{"$ref":"#/components/schemas/Size","default":"small"}},{"name":"l","in":"query","required":false,"schema":{"type":"array","items":{"type":"integer"},"default":[],"title":"L"}},{"name":"x-token","in":"header","required":false,"schema":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"X-Token"}},{"name":"ads_id","in":"cookie","required":false,"schema":{"type":"string","default":"d","title":"Ads Id"}}],"responses":{"200":{"description":"The item","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Item"}}}},"422":@422}},
 "post":{"tags":["items"],"summary":"Create Item","operationId":"create_item_items__item_id__post","deprecated":true,"parameters":[{"name":"item_id","in":"path","required":true,"schema":{"type":"integer","title":"Item Id"}}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Item"}}}},"responses":{"201":{"description":"Successful Response","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Item"}}}},"422":@422}},
 "put":{"summary":"Update Item","operationId":"update_item_items__item_id__put","parameters":[{"name":"item_id","in":"path","required":true,"schema":{"type":"string","title":"Item Id"}}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Body_update_item_items__item_id__put"}}}},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}},"422":@422}},
 "delete":{"summary":"Remove","operationId":"remove_items__item_id__delete","parameters":[{"name":"item_id","in":"path","required":true,"schema":{"type":"string","title":"Item Id"}}],"responses":{"204":{"description":"Successful Response"},"422":@422}}},
"/list":{"get":{"summary":"List Items","operationId":"list_items_list_get","parameters":[{"name":"skip","in":"query","required":false,"schema":{"type":"integer","minimum":0,"default":0,"title":"Skip"}},{"name":"limit","in":"query","required":false,"schema":{"type":"integer","maximum":100,"minimum":1,"description":"How many","default":100,"title":"Limit"},"description":"How many"},{"name":"q","in":"query","required":false,"schema":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"Q"}}],"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Item"},"title":"Response List Items List Get"}}}},"422":@422}}},
"/heads":{"get":{"summary":"Heads","operationId":"heads_heads_get","parameters":[{"name":"x-token","in":"header","required":true,"schema":{"type":"string","title":"X Token"}},{"name":"x-opt","in":"header","required":false,"schema":{"type":"integer","default":3,"title":"X Opt"}}],"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"object","additionalProperties":{"type":"integer"},"title":"Response Heads Heads Get"}}}},"422":@422}}},
"/tree":{"post":{"summary":"Tree","operationId":"tree_tree_post","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Tree-Input"}}},"required":true},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Tree-Output"}}}},"422":@422}}},
"/aliased":{"post":{"summary":"Aliased","operationId":"aliased_aliased_post","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Holder-Input"}}},"required":true},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Holder-Output"}}}},"422":@422}}},
"/only_in":{"post":{"summary":"Only In","operationId":"only_in_only_in_post","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Body_only_in_only_in_post"}}},"required":true},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"integer","title":"Response Only In Only In Post"}}}},"422":@422}}},
"/optional":{"post":{"summary":"Optional","operationId":"optional_optional_post","requestBody":{"content":{"application/json":{"schema":{"anyOf":[{"$ref":"#/components/schemas/Image"},{"type":"null"}],"title":"H"}}}},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"anyOf":[{"$ref":"#/components/schemas/Image"},{"type":"null"}],"title":"Response Optional Optional Post"}}}},"422":@422}}},
"/scalar":{"post":{"summary":"Scalar","operationId":"scalar_scalar_post","requestBody":{"content":{"application/json":{"schema":{"type":"integer","minimum":2.0,"title":"N","description":"A number"}}},"required":true},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"string","title":"Response Scalar Scalar Post"}}}},"422":@422}}},
"/nums":{"post":{"summary":"Nums","operationId":"nums_nums_post","requestBody":{"content":{"application/json":{"schema":{"items":{"type":"integer"},"type":"array","title":"N"}}},"required":true},"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"boolean","title":"Response Nums Nums Post"}}}},"422":@422}}},
"/html":{"get":{"summary":"Html","operationId":"html_html_get","responses":{"200":{"description":"Successful Response","content":{"text/html":{"schema":{"type":"string"}}}}}}},
"/text":{"get":{"summary":"Text","operationId":"text_text_get","responses":{"200":{"description":"Successful Response","content":{"text/plain":{"schema":{"type":"string"}}}}}}},
"/redirect":{"get":{"summary":"Redirect","operationId":"redirect_redirect_get","responses":{"307":{"description":"Successful Response"}}}},
"/files/{p}":{"get":{"summary":"Files","operationId":"the_files","parameters":[{"name":"p","in":"path","required":true,"schema":{"type":"string","title":"P"}}],"responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}},"422":@422}}},
"/both":{"post":{"tags":["extra"],"summary":"Both","operationId":"both_both_post","responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"type":"number","title":"Response Both Both Post"}}}}},"x-note":"n"}}},
"components":{"schemas":{
"Aliased-Input":{"properties":{"in":{"type":"integer","title":"In"}},"type":"object","required":["in"],"title":"Aliased"},
"Aliased-Output":{"properties":{"out":{"type":"integer","title":"Out"}},"type":"object","required":["out"],"title":"Aliased"},
"Body_only_in_only_in_post":{"properties":{"h":{"$ref":"#/components/schemas/Aliased-Input"}},"type":"object","required":["h"],"title":"Body_only_in_only_in_post"},
"Body_update_item_items__item_id__put":{"properties":{"item":{"$ref":"#/components/schemas/Item"},"user":{"$ref":"#/components/schemas/Image"},"n":{"type":"integer","minimum":3.0,"title":"N"},"m":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"M"}},"type":"object","required":["item","user","n"],"title":"Body_update_item_items__item_id__put"},
"HTTPValidationError":{"properties":{"detail":{"items":{"$ref":"#/components/schemas/ValidationError"},"type":"array","title":"Detail"}},"type":"object","title":"HTTPValidationError"},
"Holder-Input":{"properties":{"a":{"$ref":"#/components/schemas/Aliased-Input"}},"type":"object","required":["a"],"title":"Holder"},
"Holder-Output":{"properties":{"a":{"$ref":"#/components/schemas/Aliased-Output"}},"type":"object","required":["a"],"title":"Holder"},
"Image":{"properties":{"url":{"type":"string","title":"Url"}},"type":"object","required":["url"],"title":"Image","description":"A picture."},
"Item":{"properties":{"name":{"type":"string","minLength":1,"title":"Name","description":"Its name"},"price":{"type":"number","exclusiveMinimum":0.0,"title":"Price"},"image":{"anyOf":[{"$ref":"#/components/schemas/Image"},{"type":"null"}]},"size":{"$ref":"#/components/schemas/Size","default":"small"},"tags":{"items":{"type":"string"},"type":"array","title":"Tags","default":[]}},"type":"object","required":["name","price"],"title":"Item"},
"Size":{"type":"string","enum":["small","large"],"title":"Size"},
"Tree-Input":{"properties":{"v":{"type":"integer","title":"V"},"children":{"items":{"$ref":"#/components/schemas/Tree-Input"},"type":"array","title":"Children","default":[]}},"type":"object","required":["v"],"title":"Tree"},
"Tree-Output":{"properties":{"v":{"type":"integer","title":"V"},"children":{"items":{"$ref":"#/components/schemas/Tree-Output"},"type":"array","title":"Children","default":[]}},"type":"object","required":["v"],"title":"Tree"},
"ValidationError":{"properties":{"loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},"type":"array","title":"Location"},"msg":{"type":"string","title":"Message"},"type":{"type":"string","title":"Error Type"},"input":{"title":"Input"},"ctx":{"type":"object","title":"Context"}},"type":"object","required":["loc","msg","type"],"title":"ValidationError"}}}}
)j";
constexpr std::string_view error_422 =
    R"({"description":"Validation Error","content":{"application/json":{"schema":{"$ref":"#/components/schemas/HTTPValidationError"}}}})";

json expected_document() {
    std::string text(expected_text);
    for (std::size_t at; (at = text.find("@422")) != std::string::npos;) text.replace(at, 4, error_422);
    return parse_json(text);
}

void add_routes(FastAPI& app) {
    app.get<root>("/");
    app.get<read_item>("/items/{item_id}", {.tags = {"items"},
                                            .summary = "One item",
                                            .description = "Gives **one**.",
                                            .response_description = "The item"});
    app.post<create_item>("/items/{item_id}", {.status_code = 201, .tags = {"items"}, .deprecated = true});
    app.put<update_item>("/items/{item_id}");
    app.delete_<remove>("/items/{item_id}", {.status_code = 204});
    app.get<list_items>("/list");
    app.get("/heads", [](Header<Head>) { return std::map<std::string, int>{}; }, {.name = "heads"});
    app.post<tree>("/tree");
    app.post("/aliased", [](Holder holder) { return holder; }, {.name = "aliased"});
    app.post("/only_in", [](Body<Aliased, "h", Embed>) { return 1; }, {.name = "only_in"});
    app.post("/optional", [](Body<std::optional<Image>, "h"> h) { return *h; }, {.name = "optional"});
    app.post("/scalar", [](Body<int, "n", Ge(2), Description("A number")>) { return std::string(); },
             {.name = "scalar"});
    app.post("/nums", [](Body<std::vector<int>, "n">) { return true; }, {.name = "nums"});
    app.get<html>("/html");
    app.get("/text", [] { return PlainTextResponse("t"); }, {.name = "text"});
    app.get("/redirect", [] { return RedirectResponse("/"); }, {.name = "redirect"});
    app.get("/files/{p:path}", [](Path<std::string, "p">) { return json(); },
            {.operation_id = "the_files", .name = "files"});
    app.get("/hidden", [] { return 1; }, {.include_in_schema = false});
    app.api_route("/both", {"POST"}, [] { return 1.5; },
                  {.name = "both", .openapi_extra = json{{"x-note", "n"}, {"tags", {"extra"}}}});
}

FastAPIOptions shop() {
    return {.title = "Shop",
            .summary = "A shop",
            .description = "Sells *things*.",
            .version = "2.0.0",
            .terms_of_service = "http://x/terms",
            .contact = {"N", "http://x/", "a@b.c"},
            .license_info = {"MIT", "MIT", ""},
            .openapi_tags = {{"items", "All items", {"more", "http://x/items"}}, {.name = "users"}},
            .servers = {{"http://s1", "first"}, {.url = "/v1"}}};
}

} // namespace openapi_test

using namespace openapi_test;

TEST_CASE("the document of a small application is FastAPI's") {
    FastAPI app{shop()};
    add_routes(app);
    json document = app.openapi();
    json expected = expected_document();
    for (const auto& [path, operations] : expected["paths"].items()) {
        for (const auto& [method, operation] : operations.items()) {
            CAPTURE(path);
            CAPTURE(method);
            CHECK(document["paths"][path][method] == operation);
        }
    }
    for (const auto& [name, schema] : expected["components"]["schemas"].items()) {
        CAPTURE(name);
        CHECK(document["components"]["schemas"][name] == schema);
    }
    for (const char* key : {"openapi", "info", "servers", "tags"}) CHECK(document[key] == expected[key]);
    CHECK(document["paths"].size() == expected["paths"].size());
    CHECK(document["components"]["schemas"].size() == expected["components"]["schemas"].size());
    CHECK((document == expected));
    TestClient client{app};
    auto answer = client.get("/openapi.json");
    CHECK(answer.status_code == 200);
    CHECK(answer.headers.get("content-type") == "application/json");
    CHECK((answer.json() == expected));
}

TEST_CASE("an empty application") {
    FastAPI app;
    CHECK(app.openapi() ==
          parse_json(R"({"openapi":"3.1.0","info":{"title":"FastAPI","version":"0.1.0"},"paths":{}})"));
}

TEST_CASE("a route added later is in the document") {
    FastAPI app;
    app.get("/a", [] {});
    CHECK(app.openapi()["paths"].size() == 1);
    app.get("/b", [] {});
    CHECK(app.openapi()["paths"].size() == 2);
    CHECK(app.openapi_json() == app.openapi_json());
}

TEST_CASE("one document when input and output are not kept apart") {
    FastAPI app{{.separate_input_output_schemas = false}};
    add_routes(app);
    json schemas = app.openapi()["components"]["schemas"];
    CHECK(schemas.contains("Tree"));
    CHECK(schemas.contains("Holder"));
    CHECK_FALSE(schemas.contains("Tree-Input"));
    CHECK(schemas["Tree"]["properties"]["children"]["items"]["$ref"] == "#/components/schemas/Tree");
    CHECK(schemas["Aliased"]["properties"].contains("in"));
}

TEST_CASE("a model that only one side uses keeps its name") {
    FastAPI app;
    app.post("/", [](Holder) { return 1; });
    json schemas = app.openapi()["components"]["schemas"];
    CHECK(schemas.contains("Holder"));
    CHECK(schemas.contains("Aliased"));
    CHECK_FALSE(schemas.contains("Holder-Input"));
}

TEST_CASE("models of one name in two namespaces are told apart") {
    FastAPI app;
    app.post("/a", [](Image) { return 1; });
    app.post("/b", [](other::Image) { return 1; });
    json document = app.openapi();
    json schemas = document["components"]["schemas"];
    CHECK(schemas.contains("openapi_test__Image"));
    CHECK(schemas.contains("openapi_test__other__Image"));
    CHECK_FALSE(schemas.contains("Image"));
    CHECK(schemas["openapi_test__other__Image"]["title"] == "Image");
    CHECK(document["paths"]["/b"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] ==
          "#/components/schemas/openapi_test__other__Image");
}

TEST_CASE("generic models have names that a reference can hold") {
    FastAPI app;
    app.get("/", [] { return Page<Image>{}; });
    json document = app.openapi();
    CHECK(document["components"]["schemas"]["Page_Image_"]["title"] == "Page[Image]");
    CHECK(document["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] ==
          json{{"$ref", "#/components/schemas/Page_Image_"}});
}

TEST_CASE("operation ids and names") {
    CHECK(detail::operation_id("read_item", "/items/{item_id}", "GET") == "read_item_items__item_id__get");
    CHECK(detail::operation_id("root", "/", "POST") == "root__post");
    CHECK(detail::operation_id("f", "/a-b/{c}.json", "DELETE") == "f_a_b__c__json_delete");
    CHECK(detail::name_from_path("GET", "/") == "get_root");
    CHECK(detail::name_from_path("GET", "/items/{item_id}") == "get_items_item_id");
    CHECK(detail::name_from_path("POST", "/a-b//c/") == "post_a_b_c");
    FastAPI app;
    app.get("/items/{item_id}", [](int) {});
    json operation = app.openapi()["paths"]["/items/{item_id}"]["get"];
    CHECK(operation["summary"] == "Get Items Item Id");
    CHECK(operation["operationId"] == "get_items_item_id_items__item_id__get");
}

TEST_CASE("where a proxy has mounted the application is a server") {
    FastAPI app{{.root_path = "/api/v1"}};
    CHECK(app.openapi()["servers"] == parse_json(R"([{"url":"/api/v1"}])"));
    FastAPI plain;
    TestClient mounted{plain, {.root_path = "/proxy"}};
    CHECK(mounted.get("/openapi.json").json()["servers"] == parse_json(R"([{"url":"/proxy"}])"));
    CHECK_FALSE(plain.openapi().contains("servers"));
    FastAPI without{{.root_path = "/api", .root_path_in_servers = false}};
    CHECK_FALSE(without.openapi().contains("servers"));
}

TEST_CASE("a form feed ends a description, and hidden parameters are hidden") {
    FastAPI app;
    app.get("/", [](Query<int, "shown", Default(1)>, Query<int, "hidden", Default(2), ExcludeFromSchema>) {},
            {.description = "Shown.\fNot shown."});
    json operation = app.openapi()["paths"]["/"]["get"];
    CHECK(operation["description"] == "Shown.");
    REQUIRE(operation["parameters"].size() == 1);
    CHECK(operation["parameters"][0]["name"] == "shown");
}

TEST_CASE("without a document URL there is no documentation") {
    FastAPI app{{.openapi_url = std::nullopt}};
    TestClient client{app};
    for (const char* path : {"/openapi.json", "/docs", "/redoc"}) CHECK(client.get(path).status_code == 404);
    FastAPI moved{{.openapi_url = "/api.json", .docs_url = "/help", .redoc_url = std::nullopt}};
    TestClient other_client{moved};
    CHECK(other_client.get("/api.json").status_code == 200);
    CHECK(other_client.get("/help").status_code == 200);
    CHECK(other_client.get("/redoc").status_code == 404);
    CHECK(other_client.head("/api.json").status_code == 200);
    CHECK(other_client.head("/help").text().empty());
}

TEST_CASE("the table of routes") {
    FastAPI app{{.openapi_url = std::nullopt}};
    app.get<read_item>("/items/{item_id}");
    app.api_route("/both", {"GET", "POST"}, [] {});
    CHECK(app.routes_table() == "GET      /items/{item_id}  read_item\nGET,POST /both  get_both\n");
}

TEST_CASE("openapi: deprecated, callbacks and include_in_schema of an application are of every route") {
    // As FastAPI has it.
    APIRouter outer;
    outer.post("/cb1", [] { return 1; }, {.name = "cb1"});
    APIRouter inner;
    inner.post("/cb2", [] { return 1; }, {.name = "cb2"});
    APIRouter router{{.callbacks = {inner}}};
    router.get("/c", [] { return 1; });
    FastAPI app{{.callbacks = {outer}, .deprecated = true}};
    app.get("/a", [] { return 1; });
    app.get("/b", [] { return 1; }, {.callbacks = {inner}});
    app.include_router(router);
    json paths = app.openapi()["paths"];
    for (const char* path : {"/a", "/b", "/c"}) {
        CHECK(paths[path]["get"]["deprecated"] == true);
        CHECK(paths[path]["get"]["callbacks"].contains("cb1"));
        CHECK(paths[path]["get"]["callbacks"].contains("cb2") == (std::string(path) != "/a"));
    }
    FastAPI hidden{{.include_in_schema = false}};
    hidden.get("/a", [] { return 1; });
    hidden.include_router(router);
    CHECK(hidden.openapi()["paths"].empty());
    TestClient client{hidden};
    CHECK(client.get("/c").status_code == 200);
}
