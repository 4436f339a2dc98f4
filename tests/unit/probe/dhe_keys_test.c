/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/dhe_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

static const uint16_t codes[] = {0x009e, 0x009f, 0x0067, 0x006b, 0x0033, 0x0039, 0x0016,
                                 0x00a2, 0x00a3, 0x0040, 0x006a, 0x0032, 0x0038, 0x0013};

static void make(struct ak_dhe_keys *keys, uint16_t code, uint16_t version, bool extended)
{
    static const uint8_t secret[200] = {7}, client[32] = {1}, server[32] = {2}, hash[32] = {3};
    struct ak_span premaster = {secret, sizeof secret}, session = {hash, extended ? 32 : 0};
    assert_true(ak_dhe_keys_make(keys, ak_dhe_suite_find(code), version, premaster, client, server,
                                 session));
}

static void what_one_side_seals_the_other_opens(void **state)
{
    static const uint8_t random[16] = {4, 5, 6}, text[] = "two records, one behind the other";
    (void)state;
    for (size_t i = 0; i < AK_COUNT(codes) * 3; i++) {
        uint16_t version = (uint16_t)(0x0301 + i % 3), code = codes[i / 3];
        struct ak_dhe_keys ours, theirs;
        make(&ours, code, version, i % 2);
        make(&theirs, code, version, i % 2);
        for (int n = 0; n < 2; n++) {
            uint8_t out[64];
            size_t size = 0;
            struct ak_text record;
            struct ak_span data = {text, sizeof text};
            ak_text_init(&record, 1024);
            assert_true(ak_dhe_seal(&ours, AK_SIDE_CLIENT, 23, data, random, &record));
            struct ak_span fragment = {(const uint8_t *)record.bytes + 5, record.size - 5};
            assert_int_equal(ak_be16(fragment.bytes - 2), fragment.size);
            assert_true(ak_dhe_open(&theirs, AK_SIDE_CLIENT, 23, fragment, out, sizeof out, &size));
            assert_int_equal(size, sizeof text);
            assert_memory_equal(out, text, size);
            ak_text_release(&record);
        }
    }
}

struct damaged {
    uint16_t code;
    unsigned opened;
};

static void open_damaged(struct ak_span fragment, void *context)
{
    struct damaged *d = context;
    struct ak_dhe_keys keys;
    uint8_t out[64];
    size_t size;
    make(&keys, d->code, 0x0303, false);
    d->opened += ak_dhe_open(&keys, AK_SIDE_SERVER, 22, fragment, out, sizeof out, &size) ? 1 : 0;
}

static void damage_is_noticed(void **state)
{
    static const uint16_t some[] = {0x009f, 0x0067, 0x0016};
    static const uint8_t random[16] = {1}, text[16] = {20, 0, 0, 12};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(some); i++) {
        struct damaged d = {.code = some[i]};
        struct ak_dhe_keys keys;
        struct ak_text record;
        struct ak_span data = {text, sizeof text};
        ak_text_init(&record, 1024);
        make(&keys, d.code, 0x0303, false);
        assert_true(ak_dhe_seal(&keys, AK_SIDE_SERVER, 22, data, random, &record));
        struct ak_span fragment = {(const uint8_t *)record.bytes + 5, record.size - 5};
        open_damaged(fragment, &d);
        assert_int_equal(d.opened, 1);
        ak_each_flip(fragment, open_damaged, &d);
        /* A byte replaced by the value that it had; padding that another length fits. */
        assert_true(d.opened < 8);
        ak_each_prefix(fragment, open_damaged, &d);
        ak_text_release(&record);
    }
}

/* That they are the right ones, the handshakes with OpenSSL show (dhe_zero_test). */
static void keys_differ_by_what_they_are_made_of(void **state)
{
    struct ak_dhe_keys a, b;
    uint8_t client[AK_DHE_FINISHED], server[AK_DHE_FINISHED];
    struct ak_span messages = {(const uint8_t *)"abc", 3};
    (void)state;
    make(&a, 0x0033, 0x0303, false);
    make(&b, 0x0033, 0x0303, true);
    assert_memory_not_equal(a.master, b.master, sizeof a.master);
    make(&b, 0x0033, 0x0302, false);
    assert_memory_not_equal(a.master, b.master, sizeof a.master);
    assert_memory_not_equal(a.key[0], a.key[1], 16);
    assert_true(ak_dhe_finished(&a, AK_SIDE_CLIENT, messages, client));
    assert_true(ak_dhe_finished(&a, AK_SIDE_SERVER, messages, server));
    assert_memory_not_equal(client, server, sizeof client);
    assert_null(ak_dhe_suite_find(0xc02f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_side_seals_the_other_opens),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(keys_differ_by_what_they_are_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
