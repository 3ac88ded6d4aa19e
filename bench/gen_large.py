"""Writes a generated application to standard output: 50 routes, 30 models (15 in, 15 out)."""

PAIRS = 15
ROUTES = 50


def models(n):
    nested = f"    std::optional<Out{n - 1}> related;\n" if n % 3 == 2 else ""
    return f"""
struct In{n} {{
    Field<std::string, MinLength(1), MaxLength({60 + n})> name;
    Field<double, Gt(0)> price;
    Field<int, Ge(0), Le({1000 + n})> quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
}};

struct Out{n} {{
    int id;
    std::string name;
    double price;
    int quantity;
    std::optional<std::string> description;
    std::vector<std::string> tags;
{nested}}};
"""


def make(n, item_id):
    return (f"Out{n} out{{}};\n        out.id = {item_id};\n        out.name = *item.name;\n"
            "        out.price = *item.price;\n        out.quantity = *item.quantity;\n"
            "        out.description = item.description;\n        out.tags = item.tags;\n        return out;")


def route(i):
    n = i % PAIRS
    kind = i // PAIRS
    if kind == 0:
        return f"""    app.post("/things{n}", [](In{n} item) {{
        {make(n, n)}
    }});"""
    if kind == 1:
        return f"""    app.get("/things{n}/{{thing_id}}", [](Path<int, "thing_id", Ge(0)> thing_id, Query<std::optional<std::string>, "q"> q) {{
        Out{n} out{{}};
        out.id = *thing_id;
        out.description = *q;
        return out;
    }});"""
    if kind == 2:
        return f"""    app.put("/things{n}/{{thing_id}}", [](Path<int, "thing_id", Ge(0)> thing_id, In{n} item) {{
        {make(n, "*thing_id")}
    }});"""
    return f"""    app.get("/things{n}", [](Query<int, "skip", Default(0), Ge(0)> skip, Query<int, "limit", Default(10), Le(100)> limit) {{
        return std::vector<Out{n}>(static_cast<std::size_t>(*limit > *skip ? 1 : 0));
    }});"""


print("""#include <optional>
#include <string>
#include <vector>

#include "fastapi.hpp"

using namespace fastapi;""")
for k in range(PAIRS):
    print(models(k), end="")
print("""
int main(int argc, char** argv) {
    FastAPI app{{.title = "Large"}};""")
for k in range(ROUTES):
    print(route(k))
print("    return app.run(argc, argv);\n}")
