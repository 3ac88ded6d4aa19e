// expect: fastapi: instance_of<T> needs a struct whose members are parameters
#include "fastapi.hpp"
using namespace fastapi;
class Page { public: explicit Page(Query<int, "n"> n) : n_(*n) {} int n() const { return n_; } private: int n_; };
void setup(FastAPI& app) { app.get("/", [](Depends<instance_of<Page>> a) { return a->n(); }); }
