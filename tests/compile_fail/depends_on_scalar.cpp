// expect: fastapi: a dependency says where each parameter comes from
#include "fastapi.hpp"
using namespace fastapi;
int page(int skip) { return skip; }
void setup(FastAPI& app) { app.get("/", [](Depends<page> p) { return *p; }); }
