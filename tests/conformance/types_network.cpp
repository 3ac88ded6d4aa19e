// IP addresses and e-mail addresses: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

void conformance::add_network_types([[maybe_unused]] TypePorts& types) {}
