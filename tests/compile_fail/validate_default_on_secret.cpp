// expect: fastapi: ValidateDefault cannot stand on a secret, whose text is never written
#include "fastapi.hpp"
using namespace fastapi;

struct Login {
    Field<SecretStr, MinLength(8), ValidateDefault> password = "hunter2";
};

int main() {
    FastAPI app;
    app.post("/", [](Login login) { return login; });
}
