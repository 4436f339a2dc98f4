/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/hello_recall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "codec/tls_vectors.h"
#include "observe/hello_shape.h"
#include "support/parser_check.h"

static const struct ak_hash_key key = {5, 6};

/* A store that has read the message as it was, and the message. */
struct met {
    struct ak_hello_store *store;
    struct ak_bytes body;
    uint32_t recalled;
};

static void begin(struct met *m, const char *hex)
{
    struct ak_hello_said said;
    m->store = ak_hello_store_new(key);
    m->body = ak_hex(hex);
    m->recalled = 0;
    assert_int_equal(ak_hello_read(m->store, ak_bytes_span(&m->body), &said), AK_VERDICT_PARSED);
    ak_hello_shape_drop(said.shape);
}

static void end(struct met *m)
{
    ak_hello_store_free(m->store);
    ak_bytes_free(&m->body);
}

/* Read by a store that knows a like message, and by one that knows none. */
static void the_same_is_said(struct ak_span body, void *context)
{
    struct met *m = context;
    struct ak_hello_store *fresh = ak_hello_store_new(key);
    struct ak_hello_said one, other;
    enum ak_verdict verdict = ak_hello_read(m->store, body, &one);
    assert_int_equal(ak_hello_read(fresh, body, &other), verdict);
    if (verdict == AK_VERDICT_PARSED) {
        assert_int_equal(one.shape->size, other.shape->size);
        assert_memory_equal(one.shape->key, other.shape->key, one.shape->size);
        assert_ptr_equal(one.random, other.random);
        assert_int_equal(one.server_name.size, other.server_name.size);
        if (one.server_name.size != 0)
            assert_ptr_equal(one.server_name.bytes, other.server_name.bytes);
        assert_int_equal(one.ssl2_format, other.ssl2_format);
        assert_int_equal(one.early_data, other.early_data);
        assert_int_equal(one.malformed, other.malformed);
        m->recalled += one.shape->id == 1;
        ak_hello_shape_drop(one.shape);
        ak_hello_shape_drop(other.shape);
    }
    ak_hello_store_free(fresh);
}

static void whatever_changes_is_read_as_if_it_were_new(void **state)
{
    (void)state;
    static const char *const hellos[] = {RFC8448_CLIENT_HELLO, CHROME_CLIENT_HELLO};
    for (size_t i = 0; i < sizeof hellos / sizeof hellos[0]; i++) {
        struct met m;
        begin(&m, hellos[i]);
        the_same_is_said(ak_bytes_span(&m.body), &m);
        assert_int_equal(m.recalled, 1);
        ak_each_damage(ak_bytes_span(&m.body), the_same_is_said, &m);
        assert_in_range(m.recalled, 32 * 10, UINT32_MAX); /* every change of the random alone */
        end(&m);
    }
}

static bool recalled(const struct ak_hello_recall *recall, struct ak_span body)
{
    struct ak_hello_said said;
    bool yes = ak_hello_recall(recall, body, &said);
    if (yes)
        ak_hello_shape_drop(said.shape);
    return yes;
}

static void remember(struct ak_hello_recall *recall, struct ak_hello_store *store,
                     struct ak_span body)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    struct ak_hello_said said;
    assert_int_equal(ak_client_hello_parse(body, &hello, &parse), AK_VERDICT_PARSED);
    ak_hello_say(store, &hello, &said);
    ak_hello_remember(recall, body, &hello, &said);
    ak_hello_shape_drop(said.shape);
}

/* A message that is met again keeps its place against others of its length and first suites. */
static void one_that_comes_again_stays(void **state)
{
    (void)state;
    struct ak_hello_store *store = ak_hello_store_new(key);
    struct ak_hello_recall *recall = ak_hello_recall_new(key);
    struct ak_bytes body = ak_hex(CHROME_CLIENT_HELLO), other;
    other = ak_bytes_copy(body.at, body.size);
    other.at[0] ^= 1; /* another version: nothing like it */
    assert_false(recalled(recall, ak_bytes_span(&body)));
    remember(recall, store, ak_bytes_span(&body));
    assert_true(recalled(recall, ak_bytes_span(&body)));
    assert_false(recalled(recall, ak_bytes_span(&other)));
    for (int i = 0; i < 3; i++)
        remember(recall, store, ak_bytes_span(&other));
    assert_true(recalled(recall, ak_bytes_span(&body)));
    for (int i = 0; i < 4; i++)
        remember(recall, store, ak_bytes_span(&other)); /* now the old one was not met */
    assert_false(recalled(recall, ak_bytes_span(&body)));
    assert_true(recalled(recall, ak_bytes_span(&other)));
    ak_bytes_free(&body);
    ak_bytes_free(&other);
    ak_hello_recall_free(recall);
    ak_hello_recall_free(NULL);
    ak_hello_store_free(store);
}

static void the_shortest_and_the_longest_are_not_kept(void **state)
{
    (void)state;
    static uint8_t bytes[4096];
    struct ak_hello_recall *recall = ak_hello_recall_new(key);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct ak_span body = {bytes, size};
        assert_false(recalled(recall, body));
        bytes[34] = (uint8_t)size; /* session ids that end anywhere */
    }
    ak_hello_recall_free(recall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_changes_is_read_as_if_it_were_new),
        cmocka_unit_test(one_that_comes_again_stays),
        cmocka_unit_test(the_shortest_and_the_longest_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
