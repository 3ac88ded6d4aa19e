// expect: fastapi: this class cannot be a model
#include "fastapi.hpp"
using namespace fastapi;

class Handle {
  public:
    Handle() = default;

  private:
    int file = 0;
};
struct Item {
    Handle handle;
};

int main() {
    FastAPI app;
    app.post("/", [](Item item) { return item; });
}
