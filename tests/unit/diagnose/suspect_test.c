/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/suspect.h"

#include "base/alloc.h"
#include "support/case.h"
#include "support/wire.h"

/* With a name that fits into the room for one, and a protocol that does not. */
static void full(struct known *k)
{
    known_whole(k);
    k->c.instance = KNOWN_TEXT("INSTANCE");
    k->tls.server_alpn = KNOWN_TEXT("an-application-protocol-of-many-letters");
}

/* The same bytes but for what points into a room or to a copy, which says the same. */
static void same(const struct ak_conversation *got, const struct ak_conversation *wanted)
{
    struct ak_conversation a = *got, b = *wanted;
    assert_int_equal(a.tls != NULL, b.tls != NULL);
    if (b.tls != NULL) {
        struct ak_tls_seen x = *a.tls, y = *b.tls;
        assert_int_equal(x.server_name != NULL, y.server_name != NULL);
        if (y.server_name != NULL)
            assert_string_equal(x.server_name, y.server_name);
        assert_int_equal(x.server_alpn != NULL, y.server_alpn != NULL);
        if (y.server_alpn != NULL)
            assert_string_equal(x.server_alpn, y.server_alpn);
        x.server_name = x.server_alpn = y.server_name = y.server_alpn = NULL;
        memset(x.name_room, 0, sizeof x.name_room);
        memset(y.name_room, 0, sizeof y.name_room);
        memset(x.alpn_room, 0, sizeof x.alpn_room);
        memset(y.alpn_room, 0, sizeof y.alpn_room);
        assert_memory_equal(&x, &y, sizeof x);
    }
    if (b.instance != NULL)
        assert_string_equal(a.instance, b.instance);
    if (b.tds != NULL && b.tds->host != NULL)
        assert_string_equal(a.tds->host, b.tds->host);
    a.tls = b.tls = a.tls_room = b.tls_room = NULL;
    a.tds = b.tds = NULL;
    a.clear = b.clear = NULL;
    a.instance = b.instance = NULL;
    assert_memory_equal(&a, &b, sizeof a);
}

static void it_opens_as_it_was(void **state)
{
    (void)state;
    struct known k;
    struct ak_conversation_room room;
    full(&k);
    struct ak_suspect *suspect = ak_suspect_new(&k.c);
    assert_non_null(suspect);
    assert_int_equal(suspect->id, k.c.id);
    assert_int_equal(suspect->last_time, k.c.last_time);
    assert_false(suspect->judged);
    memset(&room, 0xa5, sizeof room);
    same(ak_suspect_open(suspect, &room), &k.c);
    assert_ptr_equal(room.c.tls, &room.tls);
    assert_ptr_equal(room.tls.server_name, room.tls.name_room); /* short: it lies in the room */
    assert_ptr_not_equal(room.tls.server_alpn, room.tls.alpn_room);
    assert_ptr_not_equal(room.c.tds, &k.tds);
    ak_suspect_free(suspect);
    ak_suspect_free(NULL);
}

static void any_member_may_be_set(void **state)
{
    (void)state;
    struct known k;
    struct ak_conversation_room room;
    /* numbers, from the first that is no pointer to the last: each byte in turn */
    for (size_t at = offsetof(struct ak_conversation, first_frame);
         at < offsetof(struct ak_conversation, letters); at++) {
        if (at >= offsetof(struct ak_conversation, tls) &&
            at < offsetof(struct ak_conversation, capture))
            continue;
        known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
                    AK_CLOSE_RST);
        ((uint8_t *)&k.c)[at] ^= 1;
        struct ak_suspect *suspect = ak_suspect_new(&k.c);
        same(ak_suspect_open(suspect, &room), &k.c);
        ak_suspect_free(suspect);
    }
}

static void it_takes_less(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
                AK_CLOSE_RST);
    memset(k.c.letters.head, 0x5a, sizeof k.c.letters.head); /* what no entry holds any more */
    memset(k.c.letters.tail, 0x5a, sizeof k.c.letters.tail);
    size_t before = ak_memory_used();
    struct ak_suspect *suspect = ak_suspect_new(&k.c);
    assert_true(ak_memory_used() - before < sizeof k.c / 2);
    ak_suspect_free(suspect);
    assert_int_equal(ak_memory_used(), before);
}

static void opened_for_good_it_is_found_there(void **state)
{
    (void)state;
    struct known k;
    struct ak_conversation_room good, other;
    full(&k);
    struct ak_suspect *suspect = ak_suspect_new(&k.c);
    suspect->opened = ak_suspect_open(suspect, &good);
    assert_ptr_equal(ak_suspect_open(suspect, &other), &good.c);
    ak_suspect_free(suspect);
}

static void shapes_and_certificates_are_given_back(void **state)
{
    (void)state;
    struct known k;
    full(&k);
    struct ak_suspect *suspect = ak_suspect_new(&k.c);
    assert_int_equal(k.hello.references, MANY_REFERENCES + 1);
    assert_int_equal(k.leaf.references, MANY_REFERENCES + 1);
    ak_suspect_free(suspect);
    assert_int_equal(k.hello.references, MANY_REFERENCES);
    assert_int_equal(k.leaf.references, MANY_REFERENCES);
}

/* What the tracker makes of frames, with all its letters. */
static void real_conversations_open_as_they_were(void **state)
{
    (void)state;
    struct ak_conversation_room room;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <SH+CE+SK+SD >CK+CC+EF <CC+EF >AP <AP >F <F");
    ak_trace_flush(w.trace);
    assert_int_equal(w.count, 1);
    assert_true(w.seen[0]->letters.count > 8);
    for (size_t i = 0; i < w.count; i++) {
        struct ak_conversation wanted = *w.seen[i];
        ak_letters_trim(&wanted.letters);
        struct ak_suspect *suspect = ak_suspect_new(w.seen[i]);
        same(ak_suspect_open(suspect, &room), &wanted);
        ak_suspect_free(suspect);
    }
    wire_close(&w);
}

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long made = 1;
    size_t before = ak_memory_used();
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct known k;
        full(&k);
        (void)ak_alloc_fail_after(n);
        struct ak_suspect *suspect = ak_suspect_new(&k.c);
        made = ak_alloc_fail_after(0);
        ak_suspect_free(suspect);
        assert_int_equal(k.hello.references, MANY_REFERENCES);
        assert_int_equal(k.leaf.references, MANY_REFERENCES);
        assert_int_equal(ak_memory_used(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_as_it_was),
        cmocka_unit_test(any_member_may_be_set),
        cmocka_unit_test(it_takes_less),
        cmocka_unit_test(opened_for_good_it_is_found_there),
        cmocka_unit_test(shapes_and_certificates_are_given_back),
        cmocka_unit_test(real_conversations_open_as_they_were),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
