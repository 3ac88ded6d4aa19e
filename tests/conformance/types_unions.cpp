// Unions, tuples, enums by value, literals, Json, and models of other kinds: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

void conformance::add_unions_types([[maybe_unused]] TypePorts& types) {}
