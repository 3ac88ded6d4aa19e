#include "readers.hpp"

using namespace fastapi;

namespace {

json list_readers() { return {"ann", "bob"}; }
json read_me() { return {{"name", "ann"}}; }

} // namespace

APIRouter readers_router() {
    APIRouter router{{.tags = {"readers"}}};
    router.get<list_readers>("/readers");
    router.get<read_me>("/readers/me");
    return router;
}
