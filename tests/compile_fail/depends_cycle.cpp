// expect: fastapi: a dependency needs itself, directly or through others
#include "fastapi.hpp"
using namespace fastapi;
struct B;
struct A { static A make(Depends<instance_of<B>> b); int x; };
struct B { static B make(Depends<instance_of<A>> a); int x; };
A A::make(Depends<instance_of<B>>) { return {}; }
B B::make(Depends<instance_of<A>>) { return {}; }
void setup(FastAPI& app) { app.get("/", [](Depends<instance_of<A>> a) { return a->x; }); }
