// expect: fastapi: an override gives the same type as the dependency that it stands for
#include "fastapi.hpp"
using namespace fastapi;
int one() { return 1; }
void setup(FastAPI& app) { app.dependency_overrides.set<one>([] { return std::string("two"); }); }
