/* Fuzzes ak_hello_shape_of, ak_ja3_text, ak_ja4, ak_ja3s_text, ak_ja3s_of and ak_hello_read: the
 * bytes are read as the body of a ClientHello, as an SSL 2.0 record and as the body of a
 * ServerHello. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/hello_shape.h"

#include "fuzz_target.h"

static void one_shape(struct ak_hello_store *store, const struct ak_client_hello *hello)
{
    struct ak_hello_shape *shape = ak_hello_shape_of(store, hello);
    struct ak_hello_shape *again = ak_hello_shape_of(store, hello);
    FUZZ_CHECK(shape != NULL && shape == again);
    FUZZ_CHECK(strlen(shape->ja3) == 32 && strlen(shape->ja4) == AK_JA4_SIZE - 1);
    FUZZ_CHECK(shape->min_version <= shape->max_version);
    FUZZ_CHECK(strlen(shape->alpn) <= hello->alpn.size);
    FUZZ_CHECK(ak_u16_lists_meet(&shape->groups, &shape->groups) || shape->groups.count == 0 ||
               (shape->groups.values[0] & 0x0f0f) == 0x0a0a);
    ak_hello_shape_drop(shape);
    ak_hello_shape_drop(again);
}

/* A message, then one that differs in a byte: read by a store that knows the first, and by a new
 * one. */
static void one_like_it(struct ak_hello_store *store, struct ak_span first, size_t place)
{
    static uint8_t bytes[FUZZ_MAX_INPUT];
    struct ak_hello_said said, other;
    FUZZ_CHECK(ak_hello_read(store, first, &said) == AK_VERDICT_PARSED);
    ak_hello_shape_drop(said.shape);
    memcpy(bytes, first.bytes, first.size);
    bytes[place % first.size] ^= (uint8_t)(1 + place % 255);
    struct ak_span second = {bytes, first.size};
    struct ak_hello_store *fresh = ak_hello_store_new((struct ak_hash_key){1, 2});
    FUZZ_CHECK(fresh != NULL);
    enum ak_verdict verdict = ak_hello_read(store, second, &said);
    FUZZ_CHECK(ak_hello_read(fresh, second, &other) == verdict);
    if (verdict == AK_VERDICT_PARSED) {
        FUZZ_CHECK(said.shape->size == other.shape->size &&
                   memcmp(said.shape->key, other.shape->key, said.shape->size) == 0);
        FUZZ_CHECK(said.random == other.random && said.malformed == other.malformed);
        FUZZ_CHECK(said.early_data == other.early_data);
        FUZZ_CHECK(said.server_name.size == other.server_name.size);
        FUZZ_CHECK(said.server_name.size == 0 || said.server_name.bytes == other.server_name.bytes);
        ak_hello_shape_drop(said.shape);
        ak_hello_shape_drop(other.shape);
    }
    ak_hello_store_free(fresh);
}

static void one_answer(struct ak_hello_store *store, const struct ak_server_hello *hello)
{
    char first[33], second[33];
    ak_ja3s_of(store, hello, first);
    ak_ja3s_of(store, hello, second); /* from memory */
    FUZZ_CHECK(strlen(first) == 32 && strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    static const struct ak_hash_key key = {1, 2};
    struct ak_span in = {data, size};
    struct ak_client_hello hello;
    struct ak_server_hello answer;
    struct ak_parse parse;
    bool client = ak_client_hello_parse(in, &hello, &parse) == AK_VERDICT_PARSED;
    struct ak_client_hello old;
    bool ssl2 = ak_ssl2_client_hello_parse(in, &old, &parse) == AK_VERDICT_PARSED;
    bool server = ak_server_hello_parse(in, &answer, &parse) == AK_VERDICT_PARSED;
    if (!client && !ssl2 && !server)
        return 0;
    struct ak_hello_store *store = ak_hello_store_new(key);
    FUZZ_CHECK(store != NULL);
    if (client)
        one_shape(store, &hello);
    for (size_t i = 0; client && i < 4; i++)
        one_like_it(store, in, size * i / 4 + data[size - 1]);
    if (ssl2)
        one_shape(store, &old);
    if (server)
        one_answer(store, &answer);
    ak_hello_store_free(store);
    return 0;
}
