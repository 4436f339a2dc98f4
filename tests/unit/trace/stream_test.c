/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "support/parser_check.h"

/* What came out: bytes as they are, "(n)" for a gap of n bytes. */
struct taken {
    char text[512];
    size_t size;
    uint64_t bytes, gaps, last_frame;
};

static void take_bytes(void *context, enum ak_side side, struct ak_span bytes, uint64_t frame,
                       int64_t time)
{
    struct taken *t = context;
    assert_int_equal(side, AK_SIDE_SERVER);
    assert_true(bytes.size > 0);
    t->bytes += bytes.size;
    t->last_frame = frame;
    assert_int_equal(time, (int64_t)frame * 10);
    if (bytes.size < sizeof t->text - t->size) {
        memcpy(t->text + t->size, bytes.bytes, bytes.size);
        t->size += bytes.size;
        t->text[t->size] = '\0';
    }
}

static void take_gap(void *context, enum ak_side side, uint64_t size)
{
    struct taken *t = context;
    assert_int_equal(side, AK_SIDE_SERVER);
    assert_true(size > 0);
    t->gaps += size;
    t->size += (size_t)snprintf(t->text + t->size, sizeof t->text - t->size, "(%llu)",
                                (unsigned long long)size);
}

struct bench {
    struct ak_stream stream;
    struct ak_held_budget budget;
    struct taken taken;
    struct ak_stream_sink sink;
    uint64_t frame;
};

static void set_up(struct bench *b, uint32_t next)
{
    struct ak_stream_sink sink = {&b->taken, take_bytes, take_gap};
    memset(b, 0, sizeof *b);
    b->sink = sink;
    b->budget.most = AK_MAX_HELD_TOTAL;
    b->stream.started = true;
    b->stream.next = next;
}

static void tear_down(struct bench *b)
{
    ak_stream_drop(&b->stream, &b->budget);
    assert_int_equal(b->budget.used, 0);
    assert_int_equal(b->stream.held_count, 0);
    assert_int_equal(b->stream.held_bytes, 0);
    assert_null(b->stream.held_last);
}

static enum ak_arrival_kind push(struct bench *b, uint32_t sequence, const char *text, size_t wire)
{
    struct ak_bytes copy = ak_bytes_copy(text, strlen(text));
    struct ak_arrival arrival = {sequence, ak_bytes_span(&copy),
                                 (uint32_t)(wire ? wire : copy.size), ++b->frame,
                                 (int64_t)b->frame * 10};
    arrival.time = (int64_t)b->frame * 10;
    enum ak_arrival_kind kind =
        ak_stream_push(&b->stream, AK_SIDE_SERVER, &arrival, &b->sink, &b->budget);
    ak_bytes_free(&copy);
    return kind;
}

static void acknowledge(struct bench *b, uint32_t number, bool with_data)
{
    ak_stream_acked(&b->stream, AK_SIDE_SERVER, number, with_data, &b->sink, &b->budget);
}

static void flush(struct bench *b)
{
    ak_stream_flush(&b->stream, AK_SIDE_SERVER, &b->sink, &b->budget);
}

/* Segments "offset:text", or "offset:text/wire size"; the same at every place of the number space.
 */
static const uint32_t starts[] = {1000, 0, 0xffffffffu, 0xfffffff8u, 0x7ffffffcu, 0x80000000u};

struct row {
    const char *segments, *delivered, *flushed;
};

static void play(struct bench *b, uint32_t start, const char *segments)
{
    char text[64];
    for (const char *p = segments; *p != '\0';) {
        char *end;
        long offset = strtol(p, &end, 10);
        size_t n = strcspn(end + 1, " /"), wire = 0;
        memcpy(text, end + 1, n);
        text[n] = '\0';
        p = end + 1 + n;
        if (*p == '/') {
            wire = strtoul(p + 1, &end, 10);
            p = end;
        }
        (void)push(b, start + (uint32_t)offset, text, wire);
        p += *p == ' ';
    }
}

static void puts_segments_in_order(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0:abc 3:def", "abcdef", "abcdef"},
        {"3:def 0:abc", "abcdef", "abcdef"},
        {"6:ghi 3:def 0:abc", "abcdefghi", "abcdefghi"},
        {"3:def 6:ghi 9:jkl 0:abc", "abcdefghijkl", "abcdefghijkl"},
        {"9:jkl 3:def 6:ghi 0:abc", "abcdefghijkl", "abcdefghijkl"},
        {"0:abc 0:abc", "abc", "abc"},
        {"0:abc 0:XYZ", "abc", "abc"},             /* first data wins */
        {"0:abc 1:XYZ", "abcZ", "abcZ"},           /* only what is new */
        {"0:abc 0:XYZdef", "abcdef", "abcdef"},    /* a longer repetition */
        {"0:abcdef 2:XY", "abcdef", "abcdef"},     /* inside */
        {"3:def 0:abcXY", "abcXYf", "abcXYf"},     /* delivered first */
        {"3:def 3:XYZ 0:abc", "abcdef", "abcdef"}, /* held first */
        {"3:def 5:fgh 0:abc", "abcdefgh", "abcdefgh"},
        {"3:def 2:cdef 0:ab", "abcdef", "abcdef"},
        {"3:def", "", "(3)def"},
        {"0:a 3:def 8:i", "a", "a(2)def(2)i"},
        {"0:ab/5 5:fg", "ab(3)fg", "ab(3)fg"},         /* cut by the snapshot length */
        {"5:fg 0:ab/5", "ab(3)fg", "ab(3)fg"},         /* the same, reordered */
        {"0:ab/5 0:abcde 5:fg", "ab(3)fg", "ab(3)fg"}, /* the whole repetition comes too late */
        {"3:de/4 0:abc 7:h", "abcde(2)h", "abcde(2)h"},
        {"-2:xyabc 3:def", "abcdef", "abcdef"}, /* begins before the first byte */
        {"-3:xyz", "", ""},
        {"-1:x", "", ""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (size_t k = 0; k < AK_COUNT(starts); k++) {
            struct bench b;
            set_up(&b, starts[k]);
            play(&b, starts[k], rows[i].segments);
            assert_string_equal(b.taken.text, rows[i].delivered);
            flush(&b);
            assert_string_equal(b.taken.text, rows[i].flushed);
            tear_down(&b);
        }
}

static void tells_new_from_old(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 100);
    assert_int_equal(push(&b, 100, "abc", 0), AK_ARRIVAL_NEW);
    assert_int_equal(push(&b, 100, "abc", 0), AK_ARRIVAL_OLD);
    assert_int_equal(push(&b, 101, "b", 0), AK_ARRIVAL_OLD);
    assert_int_equal(push(&b, 102, "cd", 0), AK_ARRIVAL_NEW);
    assert_int_equal(push(&b, 110, "xyz", 0), AK_ARRIVAL_NEW);
    assert_int_equal(push(&b, 110, "xyz", 0), AK_ARRIVAL_OLD);
    assert_int_equal(push(&b, 110, "xy", 0), AK_ARRIVAL_OLD);
    assert_int_equal(push(&b, 110, "xyzz", 0), AK_ARRIVAL_NEW);
    tear_down(&b);
}

static void the_first_segment_starts_an_unknown_stream(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 0);
    b.stream.started = false;
    assert_int_equal(push(&b, 0xfffffffeu, "abcd", 0), AK_ARRIVAL_NEW);
    assert_string_equal(b.taken.text, "abcd");
    assert_int_equal(b.stream.next, 2);
    tear_down(&b);
}

static void held_bytes_keep_their_own_frame(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 100);
    (void)push(&b, 103, "def", 0); /* frame 1 */
    (void)push(&b, 100, "abc", 0); /* frame 2 */
    assert_int_equal(b.taken.last_frame, 1);
    tear_down(&b);
}

/* Bare acknowledgements may overtake in a capture: 24 frames of patience. Data weighs 16. */
static void a_gap_is_given_up_when_the_peer_has_it(void **state)
{
    (void)state;
    static const struct {
        unsigned bare, data;
        uint32_t acknowledged;
        bool given_up;
    } rows[] = {
        {24, 0, 106, false}, {25, 0, 106, true}, {0, 1, 106, false},  {0, 2, 106, true},
        {8, 1, 106, false},  {9, 1, 106, true},  {60, 9, 103, false}, /* of nothing behind it */
        {60, 9, 100, false}, {25, 0, 104, true},                      /* a byte of it is enough */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct bench b;
        set_up(&b, 100);
        (void)push(&b, 103, "def", 0);
        for (unsigned k = 0; k < rows[i].bare; k++)
            acknowledge(&b, rows[i].acknowledged, false);
        for (unsigned k = 0; k < rows[i].data; k++)
            acknowledge(&b, rows[i].acknowledged, true);
        assert_string_equal(b.taken.text, rows[i].given_up ? "(3)def" : "");
        tear_down(&b);
    }
}

static void patience_begins_anew_after_a_gap_has_closed(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 100);
    (void)push(&b, 103, "def", 0);
    for (unsigned k = 0; k < 20; k++)
        acknowledge(&b, 106, false);
    (void)push(&b, 100, "abc", 0);
    (void)push(&b, 109, "jkl", 0);
    for (unsigned k = 0; k < 20; k++)
        acknowledge(&b, 112, false);
    assert_string_equal(b.taken.text, "abcdef");
    for (unsigned k = 0; k < 5; k++)
        acknowledge(&b, 112, false);
    assert_string_equal(b.taken.text, "abcdef(3)jkl");
    tear_down(&b);
}

static void an_old_acknowledgement_does_not_count(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 0xfffffff0u);
    acknowledge(&b, 4, false); /* wrapped: later than the next */
    acknowledge(&b, 0xfffffff4u, false);
    assert_int_equal(b.stream.acked, 4);
    tear_down(&b);
}

/* What is missing at the end shows in a FIN, or in what the peer acknowledged. */
static void missing_ends_are_told(void **state)
{
    (void)state;
    static const struct {
        bool fin, acked;
        uint32_t fin_at, acked_at;
        const char *text;
    } rows[] = {
        {false, false, 0, 0, "abc"},          {true, false, 103, 0, "abc"},
        {true, false, 110, 0, "abc(7)"},      {true, true, 103, 200, "abc"}, /* the FIN decides */
        {false, true, 0, 103, "abc"},         {false, true, 0, 104, "abc"},  /* may be a FIN */
        {false, true, 0, 110, "abc(6)"},      {false, true, 0, 90, "abc"},
        {false, true, 0, 0x40000000u, "abc"}, /* garbage, not evidence */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct bench b;
        set_up(&b, 100);
        (void)push(&b, 100, "abc", 0);
        b.stream.has_fin = rows[i].fin;
        b.stream.fin_at = rows[i].fin_at;
        if (rows[i].acked)
            acknowledge(&b, rows[i].acked_at, false);
        flush(&b);
        assert_string_equal(b.taken.text, rows[i].text);
        tear_down(&b);
    }
}

static void one_stream_holds_a_bounded_number(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 100);
    for (uint32_t i = 0; i <= AK_MAX_HELD_SEGMENTS; i++) {
        (void)push(&b, 102 + 2 * i, "x", 0);
        assert_true(b.stream.held_count <= AK_MAX_HELD_SEGMENTS);
    }
    assert_int_equal(b.taken.gaps, 2); /* only the first gap was given up */
    assert_int_equal(b.taken.bytes, 1);
    tear_down(&b);
}

static void one_stream_holds_a_bounded_size(void **state)
{
    (void)state;
    static char large[60001];
    struct bench b;
    memset(large, 'x', sizeof large - 1);
    set_up(&b, 100);
    for (uint32_t i = 0; i < 3; i++)
        (void)push(&b, 200 + 70000 * i, large, 0);
    assert_int_equal(b.taken.bytes, 60000);
    assert_int_equal(b.taken.gaps, 100);
    assert_int_equal(b.stream.held_count, 2);
    tear_down(&b);
}

static void all_streams_share_a_budget(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b, 100);
    b.budget.most = 100;
    (void)push(&b, 110,
               "some bytes that are more than the budget allows to be held at a time, "
               "because that is only a hundred",
               0);
    assert_int_equal(b.taken.gaps, 10);
    assert_int_equal(b.budget.used, 0);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_segments_in_order),
        cmocka_unit_test(tells_new_from_old),
        cmocka_unit_test(the_first_segment_starts_an_unknown_stream),
        cmocka_unit_test(held_bytes_keep_their_own_frame),
        cmocka_unit_test(a_gap_is_given_up_when_the_peer_has_it),
        cmocka_unit_test(patience_begins_anew_after_a_gap_has_closed),
        cmocka_unit_test(an_old_acknowledgement_does_not_count),
        cmocka_unit_test(missing_ends_are_told),
        cmocka_unit_test(one_stream_holds_a_bounded_number),
        cmocka_unit_test(one_stream_holds_a_bounded_size),
        cmocka_unit_test(all_streams_share_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
