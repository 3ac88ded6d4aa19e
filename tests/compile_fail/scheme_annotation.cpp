// expect: fastapi: a security scheme takes SchemeName, Description, Scope
#include "fastapi.hpp"
using namespace fastapi;
inline constexpr HTTPBearer<Ge(1)> bearer;
void setup(FastAPI& app) { app.get("/", [](Depends<bearer> credentials) { return credentials->credentials; }); }
