/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/dialogue.h"

#include "base/alloc.h"
#include "support/talk.h"

static void tells_who_speaks(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        enum ak_side side;
    } rows[] = {
        {"CH", AK_SIDE_CLIENT},  {"CK", AK_SIDE_CLIENT},  {"SH", AK_SIDE_SERVER},
        {"CE", AK_SIDE_SERVER},  {"SK", AK_SIDE_SERVER},  {"SD", AK_SIDE_NONE},
        {"AL40", AK_SIDE_NONE},  {"AP", AK_SIDE_NONE},    {"PL0", AK_SIDE_CLIENT},
        {"PR0", AK_SIDE_SERVER}, {"[CH", AK_SIDE_CLIENT}, {"[SH", AK_SIDE_SERVER},
        {"[EF", AK_SIDE_NONE},   {"[AL40", AK_SIDE_NONE}, {"L7", AK_SIDE_CLIENT},
        {"SQL", AK_SIDE_CLIENT}, {"ACK", AK_SIDE_SERVER}, {"LOGIN2", AK_SIDE_CLIENT},
        {"HTTP", AK_SIDE_NONE},  {"TEXT", AK_SIDE_NONE},
    };
    static struct octets o;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        o.size = 0;
        octets_word(&o, rows[i].item);
        assert_int_equal(ak_dialogue_speaker(octets_span(&o)), rows[i].side);
    }
    struct ak_span none = {NULL, 0};
    assert_int_equal(ak_dialogue_speaker(none), AK_SIDE_NONE);
}

static void any_first_bytes(struct ak_span bytes, void *context)
{
    (void)context;
    enum ak_side side = ak_dialogue_speaker(bytes);
    assert_true(side == AK_SIDE_CLIENT || side == AK_SIDE_SERVER || side == AK_SIDE_NONE);
}

static void damaged_first_bytes_are_survived(void **state)
{
    (void)state;
    static const char *const items[] = {"CH", "[CH", "PL0", "SQL", "AL40"};
    static struct octets o;
    for (size_t i = 0; i < AK_COUNT(items); i++) {
        o.size = 0;
        octets_word(&o, items[i]);
        struct ak_span head = {o.at, o.size < 16 ? o.size : 16};
        ak_each_damage(head, any_first_bytes, NULL);
    }
}

/* Protocol by content; the same however the bytes are cut. */
static void finds_the_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum ak_protocol protocol;
        const char *letters;
    } rows[] = {
        {">CH <SH <CE <SK <SD", AK_PROTOCOL_TLS, ">CH <SH <CE <SK <SD"},
        {">CH+CC", AK_PROTOCOL_TLS, ">CH >CC"},
        {">CHS <SH13", AK_PROTOCOL_TDS8, ">CH <SH"},
        {">PL1 <PR1 >[CH <[SH", AK_PROTOCOL_TDS, ">PL <PR >CH <SH"},
        {">PL1 <PR1 >[CHS", AK_PROTOCOL_TDS, ">PL <PR >CH"}, /* inside PRELOGIN: not strict */
        {">L7 <ACK", AK_PROTOCOL_TDS, ">L7 <RE"},
        {">LOGIN2", AK_PROTOCOL_TDS, ">L7"},
        {">SQL <ROW", AK_PROTOCOL_UNKNOWN, ">AP <AP"}, /* may not open a conversation */
        {"<AL40", AK_PROTOCOL_TLS, "<AL(40)"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (size_t piece = 0; piece < 12; piece++) {
            struct talk t;
            talk_open(&t, false);
            t.piece = rows[i].protocol == AK_PROTOCOL_UNKNOWN ? 0 : piece;
            talk_play(&t, rows[i].script);
            assert_int_equal(t.seen.protocol, rows[i].protocol);
            assert_string_equal(talk_letters(&t), rows[i].letters);
            talk_close(&t);
        }
}

static void unknown_bytes_are_data(void **state)
{
    (void)state;
    static const char *const first[] = {"00",          "'S'",
                                        "13",          "19",
                                        "7f 45 4c 46", "ff*20",
                                        "80 2e 02",    "16 02 00 00 05",
                                        "17 03 09",    "12 01 ffff 0000 01 00"};
    for (size_t i = 0; i < AK_COUNT(first); i++) {
        struct talk t;
        talk_open(&t, false);
        talk_hex(&t, AK_SIDE_CLIENT, first[i]);
        talk_hex(&t, AK_SIDE_CLIENT, "'more of it that is nothing known'");
        talk_hex(&t, AK_SIDE_SERVER, "'an answer'");
        assert_int_equal(t.seen.protocol, AK_PROTOCOL_UNKNOWN);
        assert_null(t.seen.tls);
        assert_true(t.seen.step[AK_STEP_CLIENT_DATA].frame != 0);
        assert_true(t.seen.step[AK_STEP_SERVER_RESPONSE].frame != 0);
        assert_int_equal(t.seen.last_server_data.frame, 3);
        assert_false(t.seen.http);
        talk_close(&t);
    }
}

/* RFC 5246 appendix E.2 and the SSL 2.0 draft: hello and answer. */
static void reads_an_ssl2_hello(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 8; piece++) {
        struct talk t;
        talk_open(&t, false);
        t.piece = piece;
        talk_hex(&t, AK_SIDE_CLIENT,
                 "802e 01 0301 0015 0000 0010"
                 "000004 000005 00000a 010080 0700c0 030080 0000ff c0*16");
        assert_true(t.seen.tls->ssl2_hello);
        assert_int_equal(t.seen.tls->hello->legacy_version, 0x0301);
        assert_string_equal(talk_letters(&t), ">CH");
        talk_play(&t, "<SH10"); /* answered in TLS */
        assert_int_equal(t.seen.tls->version, 0x0301);
        talk_close(&t);
    }
}

static void reads_an_ssl2_answer(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_hex(&t, AK_SIDE_CLIENT, "801c 01 0002 0003 0000 0010 010080 c0*16");
    talk_hex(&t, AK_SIDE_SERVER, "800b 04 00 01 0002 0000 0003 0000"); /* SERVER-HELLO */
    assert_true(t.seen.tls->has_server_hello);
    assert_int_equal(t.seen.tls->version, 0x0002);
    assert_string_equal(talk_letters(&t), ">CH <SH");
    talk_close(&t);
}

/* Lengths that no SSL 2.0 hello has, or another version: not taken for one. */
static void not_every_high_bit_is_ssl2(void **state)
{
    (void)state;
    static const char *const rows[] = {"8008 01 0002 00*20", "8500 01 0002 00*20",
                                       "801c 01 0400 00*30", "801c 04 0002 00*30"};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        talk_open(&t, false);
        talk_hex(&t, AK_SIDE_CLIENT, rows[i]);
        assert_null(t.seen.tls);
        assert_string_equal(talk_letters(&t), ">AP");
        talk_close(&t);
    }
}

/* After a hole a unit must begin at a segment's start to be believed. */
static void finds_a_border_after_a_hole(void **state)
{
    (void)state;
    static const struct {
        const char *script, *letters;
        bool hole;
    } rows[] = {
        {">CH >(100) >CK+CC+EF", ">CH >CK >CC >EF", true},
        {">CH <SH <(700) <SK <SD", ">CH <SH <SK <SD", true},
        {">CH <SH <(10) <TEXT <SD", ">CH <SH <SD", true}, /* the rest of something */
        {">PL1 <PR1 >(50) <[SH", ">PL <PR <SH", true},
        {">(10) >CH", ">CH", true},
        {">(10) >TEXT", ">AP", true},
        {">(10) >PL1", ">PL", true},
        {">TEXT >(10) >TEXT", ">AP*2", false}, /* borders do not matter */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        talk_open(&t, false);
        talk_play(&t, rows[i].script);
        assert_string_equal(talk_letters(&t), rows[i].letters);
        assert_int_equal(t.seen.hole, rows[i].hole);
        talk_close(&t);
    }
}

/* A hole inside ciphertext whose end is known costs nothing. */
static void a_hole_in_ciphertext_is_passed_over(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF");
    talk_hex(&t, AK_SIDE_CLIENT, "17 0303 0040 ab*20");
    talk_play(&t, ">(20)");
    talk_hex(&t, AK_SIDE_CLIENT, "ab*24");
    talk_play(&t, ">AP100 <AP");
    assert_false(t.seen.hole);
    assert_int_equal(t.seen.tls->application_records[AK_SIDE_CLIENT], 2);
    talk_close(&t);
    /* To its very end. */
    talk_open(&t, false);
    talk_play(&t, ">CH <SH <CE <SK <SD >CK+CC");
    talk_hex(&t, AK_SIDE_CLIENT, "16 0303 0028 ab*8");
    talk_play(&t, ">(32) <CC+EF");
    assert_true(t.seen.tls->finished[AK_SIDE_CLIENT]);
    assert_true(t.seen.tls->finished[AK_SIDE_SERVER]);
    assert_false(t.seen.hole);
    talk_close(&t);
}

static void a_hole_after_the_handshake_is_no_hole(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_play(&t, ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF >(5000) >AP <AP");
    assert_false(t.seen.hole);
    assert_string_equal(talk_letters(&t), ">CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP <AP");
    talk_close(&t);
}

static void begins_in_the_middle(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum ak_protocol protocol;
        const char *letters;
    } rows[] = {
        {">AP <AP", AK_PROTOCOL_TLS, ">AP <AP"}, {">SQL <ROW", AK_PROTOCOL_TDS, ">AP <RE"},
        {"<SH <CE", AK_PROTOCOL_TLS, "<SH <CE"}, {"<[SH", AK_PROTOCOL_TDS, "<SH"},
        {">TEXT >AP", AK_PROTOCOL_TLS, ">AP*2"}, /* the end of a record, then the next one */
        {">EF", AK_PROTOCOL_TLS, NULL},          {">PL1 <PR1", AK_PROTOCOL_TDS, ">PL <PR"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        talk_open(&t, true);
        talk_play(&t, rows[i].script);
        assert_int_equal(t.seen.protocol, rows[i].protocol);
        if (rows[i].letters != NULL)
            assert_string_equal(talk_letters(&t), rows[i].letters);
        talk_close(&t);
    }
}

static void sides_can_be_exchanged(void **state)
{
    (void)state;
    static struct octets hello;
    struct talk t;
    hello.size = 0;
    octets_word(&hello, "CH");
    struct ak_span head = {hello.at, 20}, tail = {hello.at + 20, hello.size - 20};
    talk_open(&t, false);
    talk_bytes(&t, AK_SIDE_SERVER, head); /* the wrong side, half a hello */
    ak_dialogue_swap(t.dialogue);
    talk_bytes(&t, AK_SIDE_CLIENT, tail);
    assert_int_equal(t.seen.tls->client_hellos, 1);
    talk_close(&t);
}

static void a_pool_gives_clean_dialogues(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    struct ak_dialogue *d = ak_dialogue_new(&t.pool, &t.seen, &t.shared, true);
    static struct octets o;
    o.size = 0;
    octets_word(&o, "CH");
    struct ak_span half = {o.at, o.size / 2};
    ak_dialogue_bytes(d, AK_SIDE_CLIENT, half, 1, 1);
    assert_non_null(d->half[AK_SIDE_CLIENT].tls.message.bytes);
    size_t spare = ak_dialogue_spare_bytes(&t.pool);
    ak_dialogue_free(d);
    assert_true(ak_dialogue_spare_bytes(&t.pool) > spare);
    assert_int_equal(t.pool.shelf.count, 1);
    struct ak_dialogue *again = ak_dialogue_new(&t.pool, &t.seen, &t.shared, false);
    assert_ptr_equal(again, d);
    assert_false(again->decided);
    assert_false(again->half[AK_SIDE_CLIENT].late);
    assert_null(again->half[AK_SIDE_CLIENT].tls.message.bytes);
    ak_dialogue_bytes(again, AK_SIDE_CLIENT, octets_span(&o), 2, 2);
    assert_int_equal(t.seen.tls->client_hellos, 1);
    ak_dialogue_free(again);
    ak_dialogue_free(NULL);
    talk_close(&t);
}

/* A buffer is lent while a message is put together, and no longer. */
static void buffers_are_lent(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    t.piece = 100;
    talk_play(&t, ">CH <SH+CE");
    assert_int_equal(t.seen.tls->chain_count, 1);
    assert_int_equal(t.pool.shelf.count, 1); /* one after the other: the same one */
    for (int side = 0; side < AK_SIDES; side++) {
        assert_null(t.dialogue->half[side].message.bytes);
        assert_null(t.dialogue->half[side].tls.message.bytes);
    }
    t.piece = 0;
    talk_play(&t, "<(7)"); /* what is half read is let go, too */
    assert_int_equal(t.pool.shelf.count, 1);
    talk_close(&t);
}

/* Each request fails in turn while a whole conversation passes. */
static void running_out_of_memory_is_survived(void **state)
{
    (void)state;
    static const char script[] = ">PL1 <PR1 >[CH <[SH <[CE+[SK+[SD >[CK+[CC+[EF <[CC+[EF >AP <AP";
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct talk t;
        talk_open(&t, false);
        t.piece = 100;
        (void)ak_alloc_fail_after(n);
        talk_play(&t, script);
        made = ak_alloc_fail_after(0);
        talk_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_speaks),
        cmocka_unit_test(damaged_first_bytes_are_survived),
        cmocka_unit_test(finds_the_protocol),
        cmocka_unit_test(unknown_bytes_are_data),
        cmocka_unit_test(reads_an_ssl2_hello),
        cmocka_unit_test(reads_an_ssl2_answer),
        cmocka_unit_test(not_every_high_bit_is_ssl2),
        cmocka_unit_test(finds_a_border_after_a_hole),
        cmocka_unit_test(a_hole_in_ciphertext_is_passed_over),
        cmocka_unit_test(a_hole_after_the_handshake_is_no_hole),
        cmocka_unit_test(begins_in_the_middle),
        cmocka_unit_test(sides_can_be_exchanged),
        cmocka_unit_test(a_pool_gives_clean_dialogues),
        cmocka_unit_test(buffers_are_lent),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
