// expect: fastapi: an UploadFile comes from a form, where it has a name: write File<UploadFile, "file">
#include "fastapi.hpp"
using namespace fastapi;

int main() {
    FastAPI app;
    app.post("/", [](Form<std::vector<UploadFile>, "files"> files) { return files->size(); });
}
