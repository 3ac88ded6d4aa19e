// Decimals, bytes, Base64, UUIDs, secrets, sizes, paths: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

void conformance::add_numbers_types([[maybe_unused]] TypePorts& types) {}
