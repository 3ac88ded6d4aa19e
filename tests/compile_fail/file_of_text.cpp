// expect: fastapi: a File is an UploadFile or its Bytes, a std::optional or a std::vector of them; a text of a form is a Form
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](File<std::string, "file"> file) { return *file; });
}
