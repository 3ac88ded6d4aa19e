// expect: fastapi: SecurityScopes is for dependencies
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) { app.get("/", [](const SecurityScopes& s) { return s.scopes.size(); }); }
