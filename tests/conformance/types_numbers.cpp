// Decimals, bytes, Base64, UUIDs, secrets, sizes, paths: field types of vectors.jsonl and schemas.jsonl.

#include "types.hpp"

using namespace fastapi;

// The recorded query handlers answer with a dictionary, which FastAPI validates as the answer's model: what Base64 was
// decoded is decoded once more then.
#define DECODED_TWICE(id, ...)                                                                                         \
    namespace id {                                                                                                     \
    struct M {                                                                                                         \
        Field<__VA_ARGS__> my_field;                                                                                   \
    };                                                                                                                 \
    struct R {                                                                                                         \
        static void values(FastAPI& app) {                                                                             \
            conformance::add_body<M>(app);                                                                             \
            app.get("/query", [](Query<__VA_ARGS__, "my_field"> my_field) {                                            \
                M model{};                                                                                             \
                model.my_field = __VA_ARGS__::decode(my_field->str());                                                 \
                return model;                                                                                          \
            });                                                                                                        \
        }                                                                                                              \
        static void schema(FastAPI& app) { conformance::add_parameter<Query<__VA_ARGS__, "my_param">>(app); }          \
    };                                                                                                                 \
    }

namespace {

SCALAR(decimal_plain, Decimal)
SCALAR(decimal_range, Decimal, Ge(1), Lt(10))
SCALAR(decimal_digits, Decimal, MaxDigits(4), DecimalPlaces(2))
SCALAR(bytes_plain, Bytes)
SCALAR(bytes_lengths, Bytes, MinLength(2), MaxLength(3))
DECODED_TWICE(base64_bytes, Base64Bytes)
DECODED_TWICE(base64_str, Base64Str)
DECODED_TWICE(base64_url_str, Base64UrlStr)
SCALAR(uuid_any, UUID)
SCALAR(uuid_1, UUID1)
SCALAR(uuid_4, UUID4)
SCALAR(uuid_7, UUID7)
SCALAR(secret_str, SecretStr)
SCALAR(byte_size, ByteSize)
SCALAR(path, AnyPath)

} // namespace

void conformance::add_numbers_types(TypePorts& types) {
    TYPE("Decimal", decimal_plain);
    TYPE("Decimal ge=1 lt=10", decimal_range);
    TYPE("Decimal max_digits=4 decimal_places=2", decimal_digits);
    TYPE("bytes", bytes_plain);
    TYPE("bytes min_length=2 max_length=3", bytes_lengths);
    TYPE("Base64Bytes", base64_bytes);
    TYPE("Base64Str", base64_str);
    TYPE("Base64UrlStr", base64_url_str);
    TYPE("UUID", uuid_any);
    TYPE("UUID1", uuid_1);
    TYPE("UUID4", uuid_4);
    TYPE("UUID7", uuid_7);
    TYPE("SecretStr", secret_str);
    TYPE("ByteSize", byte_size);
    TYPE("Path", path);
}
