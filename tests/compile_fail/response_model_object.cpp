// expect: fastapi: the model of a response is written .response_model = response_model<UserOut>
#include "fastapi.hpp"
using namespace fastapi;
struct UserOut { std::string name; };
void setup(FastAPI& app) { app.get("/", [] { return json{{"name", "a"}}; }, {.response_model = UserOut{}}); }
