// expect: fastapi: no rule says where this handler parameter comes from
#include "fastapi.hpp"
using namespace fastapi;
struct Store { Store(int); int x; private: int y; };
int user(Store s) { return s.x; }
void setup(FastAPI& app) { app.get("/", [](Depends<user> n) { return *n; }); }
