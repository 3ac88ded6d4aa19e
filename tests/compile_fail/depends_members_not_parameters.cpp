// expect: fastapi: a dependency says where each parameter comes from
#include "fastapi.hpp"
using namespace fastapi;
struct Page { int skip; int limit; };
void setup(FastAPI& app) { app.get("/", [](Depends<instance_of<Page>> n) { return n->skip; }); }
