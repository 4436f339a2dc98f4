/* Frames made of zeros and patches: repeated, reordered and foreign segments, holes, and the tap
 * that tells the places. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/rewriter.h"

#include "support/wire.h"

struct writing {
    struct ak_rewriter *rewriter;
    bool second;
    size_t frames;
    struct octets payload; /* of all frames of the second reading */
};

static void on_capture(void *context, int64_t until)
{
    (void)context;
    (void)until;
}

static void on_segment(void *context, const struct ak_tap_segment *s)
{
    struct writing *w = context;
    struct ak_frame frame;
    if (!w->second) {
        ak_rewriter_segment(w->rewriter, s);
        return;
    }
    assert_true(ak_rewriter_frame(w->rewriter, s, &frame));
    assert_int_equal(frame.size, s->frame->size);
    w->frames++;
    octets_add(&w->payload, frame.bytes + frame.size - s->tcp->payload.size, s->tcp->payload.size);
}

static void on_part(void *context, const struct ak_tap_part *part)
{
    struct writing *w = context;
    if (!w->second)
        ak_rewriter_part(w->rewriter, part);
}

typedef void scene(struct wire *w);

/* Plays the scene twice, as two readings of one capture. */
static void play(struct writing *w, scene *act, const char *key)
{
    struct ak_tap tap = {w, on_capture, on_segment, on_part};
    w->rewriter = ak_rewriter_new(true, key);
    assert_non_null(w->rewriter);
    w->frames = 0;
    w->payload.size = 0;
    for (int pass = 0; pass < 2; pass++) {
        struct wire wire;
        w->second = pass == 1;
        wire_open(&wire);
        ak_trace_tap(wire.trace, &tap);
        act(&wire);
        ak_trace_flush(wire.trace);
        for (size_t i = 0; !w->second && i < wire.count; i++)
            ak_rewriter_end(w->rewriter, wire.seen[i]);
        wire_close(&wire);
        ak_rewriter_rewind(w->rewriter);
    }
    assert_int_equal(ak_rewriter_lost(w->rewriter), 0);
    ak_rewriter_free(w->rewriter);
}

static bool holds(const struct octets *o, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= o->size; i++)
        if (memcmp(o->at + i, text, n) == 0)
            return true;
    return false;
}

static size_t ones(const struct octets *o)
{
    size_t count = 0;
    for (size_t i = 0; i < o->size; i++)
        count += o->at[i] != 0;
    return count;
}

static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};

static void alert_twice(struct wire *w)
{
    struct ak_span span = {alert, sizeof alert}, front = {alert, 4};
    struct ak_span text = {(const uint8_t *)"SECRETS", 7};
    wire_raw(w, 0, AK_TCP_SYN, 99, 0, (struct ak_span){NULL, 0});
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, span);
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, span);  /* again */
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, front); /* a part of it */
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, text);  /* other bytes at the same place */
    wire_raw(w, 0, AK_TCP_ACK, 900, 0, text);  /* behind a hole */
    wire_raw(w, 0, AK_TCP_RST, 107, 0, text);  /* a diagnostic text */
}

static void places_decide_and_not_bytes(void **state)
{
    (void)state;
    static struct writing w;
    play(&w, alert_twice, NULL);
    assert_int_equal(w.frames, 7);
    assert_false(holds(&w.payload, "SECRETS") || holds(&w.payload, "SEC"));
    assert_memory_equal(w.payload.at, alert, 7);
    assert_memory_equal(w.payload.at + 7, alert, 7);
    assert_memory_equal(w.payload.at + 14, alert, 4);
    assert_memory_equal(w.payload.at + 18, alert, 7);
    assert_int_equal(ones(&w.payload), 6 + 6 + 3 + 6);
}

static void around_zero(struct wire *w)
{
    struct ak_span front = {alert, 3}, back = {alert + 3, 4};
    wire_raw(w, 0, AK_TCP_SYN, 0xfffffffd, 0, (struct ak_span){NULL, 0});
    wire_raw(w, 0, AK_TCP_ACK, 1, 0, back); /* before its front, and beyond 2^32 */
    wire_raw(w, 0, AK_TCP_ACK, 0xfffffffe, 0, front);
}

static void sequence_numbers_may_wrap(void **state)
{
    (void)state;
    static struct writing w;
    play(&w, around_zero, NULL);
    assert_memory_equal(w.payload.at, alert + 3, 4);
    assert_memory_equal(w.payload.at + 4, alert, 3);
}

static void unknown_protocol(struct wire *w)
{
    struct ak_span words = {(const uint8_t *)"EHLO sqlserver01", 16};
    struct ak_span get = {(const uint8_t *)"GET /secret HTTP", 16};
    wire_raw(w, 0, AK_TCP_SYN, 99, 0, (struct ak_span){NULL, 0});
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, words);
    w->port[0]++;
    wire_raw(w, 0, AK_TCP_SYN, 99, 0, (struct ak_span){NULL, 0});
    wire_raw(w, 0, AK_TCP_ACK, 100, 0, get);
}

static void what_is_not_known_is_zero(void **state)
{
    (void)state;
    static struct writing w;
    play(&w, unknown_protocol, NULL);
    assert_int_equal(w.payload.size, 32);
    assert_int_equal(ones(&w.payload), 4); /* the verb by which HTTP is known */
    assert_memory_equal(w.payload.at + 16, "GET ", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_decide_and_not_bytes),
        cmocka_unit_test(sequence_numbers_may_wrap),
        cmocka_unit_test(what_is_not_known_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
