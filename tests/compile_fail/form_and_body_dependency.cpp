// expect: fastapi: a body is a form or JSON: of a handler and its dependencies some take Form or File, others Body
#include "fastapi.hpp"
using namespace fastapi;
struct Item { std::string name; };
std::string token(Form<std::string, "token"> given) { return *given; }
void setup(FastAPI& app) { app.post("/", [](Depends<token> given, Item item) { return item.name + *given; }); }
