// expect: fastapi: the class of a response is written .response_class = response_class<HTMLResponse>
#include "fastapi.hpp"
using namespace fastapi;
void setup(FastAPI& app) { app.get("/", [] { return std::string(); }, {.response_class = HTMLResponse("")}); }
