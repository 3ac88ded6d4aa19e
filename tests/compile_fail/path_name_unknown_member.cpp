// expect: the_handler_has_a_Path_parameter_whose_name_is_not_in_the_path_of_the_route
#include "fastapi.hpp"
using namespace fastapi;

struct Store {
    int read(Path<int, "id"> id) const { return *id; }
};

int main() {
    FastAPI app;
    Store store;
    app.get("/items/{item_id}", &store, &Store::read);
}
