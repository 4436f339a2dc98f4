/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "support/letters.h"
#include "support/wire.h"

enum { ACK = AK_TCP_ACK, SYN = AK_TCP_SYN, FIN = AK_TCP_FIN, RST = AK_TCP_RST };

static const int64_t ms = 1000000;

static void hands_out_by_last_frame(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    for (unsigned i = 0; i < 4; i++) { /* ids 1 to 4, opened in order */
        w.port[0] = (uint16_t)(50000 + i);
        wire_play(&w, ">S");
    }
    w.port[0] = 50001;
    wire_play(&w, "<R"); /* closed */
    w.port[0] = 50000;
    wire_play(&w, "<A");
    w.port[0] = 50003;
    wire_play(&w, "<R");
    ak_trace_flush(w.trace);
    assert_int_equal(w.count, 4);
    assert_int_equal(w.seen[0]->id, 3);
    assert_int_equal(w.seen[1]->id, 2);
    assert_int_equal(w.seen[2]->id, 1);
    assert_int_equal(w.seen[3]->id, 4);
    for (size_t i = 1; i < 4; i++)
        assert_true(w.seen[i - 1]->last_frame < w.seen[i]->last_frame);
    wire_close(&w);
}

static void closed_ones_linger_for_late_frames(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <AL40 >F <F");
    w.time += 9000 * ms;
    wire_play(&w, ">R"); /* still its */
    w.time += 9000 * ms;
    w.port[0]++;
    wire_play(&w, ">S");
    assert_int_equal(w.count, 0);
    w.time += 1000 * ms;
    wire_play(&w, "<A");
    assert_int_equal(w.count, 1);
    assert_true(w.seen[0]->tcp_end_rst);
    assert_int_equal(w.seen[0]->tcp_end_by, AK_SIDE_CLIENT);
    w.port[0]--;
    wire_play(&w, ">R"); /* too late: a conversation of its own */
    ak_trace_flush(w.trace);
    assert_true(w.count >= 3);
    wire_close(&w);
}

static void half_closed_ones_stay_open(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH >F 60000 <A");
    assert_int_equal(w.count, 0);
    wire_play(&w, "<SH <F 11000");
    w.port[0]++;
    wire_play(&w, ">S");
    assert_int_equal(w.count, 1);
    assert_int_equal(w.seen[0]->stage, AK_STAGE_P4);
    wire_close(&w);
}

static void count_only(void *context, const struct ak_conversation *c)
{
    uint64_t *count = context;
    count[0]++;
    count[1] += c->evicted;
}

static void syn_of(struct ak_trace *trace, struct octets *o, uint32_t number, bool reset)
{
    struct ak_frame frame = {o->at, (uint32_t)o->size, (uint32_t)o->size, 1000, 1};
    o->at[14 + 13] = (uint8_t)(number >> 16); /* address and port of the source */
    o->at[14 + 20] = (uint8_t)(number >> 8);
    o->at[14 + 21] = (uint8_t)number;
    o->at[14 + 20 + 13] = reset ? AK_TCP_RST : AK_TCP_SYN;
    ak_trace_frame(trace, &frame);
}

static void too_many_closed_ones_leave_early(void **state)
{
    (void)state;
    uint64_t count[2] = {0, 0};
    struct wire w;
    static struct octets o;
    wire_open(&w);
    struct ak_trace *trace = ak_trace_new(1, count_only, count);
    wire_headers(&o, &w, 0, 20, 0, 0);
    wire_tcp(&o, &w, 0, SYN, 1, 0, wire_nothing());
    static struct ak_source source = {"many", 1, NULL, NULL, 0};
    ak_trace_file(trace, &source);
    for (uint32_t i = 0; i < AK_MAX_LINGERING + 10; i++)
        syn_of(trace, &o, i, true);
    assert_int_equal(count[0], 1 + AK_LINGERING_BATCH); /* so many at a time */
    for (uint32_t i = 0; i < 3; i++)
        syn_of(trace, &o, i, true); /* what left early is known yet */
    assert_int_equal(ak_trace_open(trace), AK_MAX_LINGERING - AK_LINGERING_BATCH + 9);
    assert_int_equal(ak_trace_totals_of(trace)->late_segments, 3);
    assert_int_equal(ak_trace_totals_of(trace)->resets, AK_MAX_LINGERING + 10 + 3);
    ak_trace_flush(trace);
    assert_int_equal(count[0], AK_MAX_LINGERING + 10);
    syn_of(trace, &o, 0, false); /* a SYN begins anew */
    assert_int_equal(ak_trace_open(trace), 1);
    assert_int_equal(count[1], 0); /* nothing was lost by it */
    ak_trace_section(trace);       /* another capture: nobody has left it */
    syn_of(trace, &o, 1, true);
    assert_int_equal(ak_trace_totals_of(trace)->late_segments, 3);
    ak_trace_free(trace);
    wire_close(&w);
}

/* Of what both sides have acknowledged to the end fewer wait. */
static void settled_ones_leave_earlier(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool settled;
    } ends[] = {
        {WIRE_CONNECT ">F <F >A", true},       {WIRE_CONNECT "<F >A >F <A", true},
        {WIRE_CONNECT ">F <F", false},         {WIRE_CONNECT ">F <F >R", false},
        {WIRE_CONNECT ">F <F >A <R", false},   {WIRE_CONNECT "<R", false},
        {WIRE_CONNECT ">F <F >A >A >A", true},
    };
    for (size_t i = 0; i < AK_COUNT(ends); i++) {
        struct wire w;
        wire_open(&w);
        for (uint32_t n = 0; n < AK_MAX_SETTLED; n++, w.port[0]++)
            wire_play(&w, ends[i].script);
        assert_int_equal(ak_trace_open(w.trace), AK_MAX_SETTLED);
        wire_play(&w, ends[i].script);
        assert_int_equal(ak_trace_open(w.trace), ends[i].settled
                                                     ? AK_MAX_SETTLED + 1 - (1 + AK_LINGERING_BATCH)
                                                     : AK_MAX_SETTLED + 1);
        wire_close(&w);
    }
}

/* Two queues, one order: whoever has been silent for longest leaves first. */
static void both_kinds_leave_in_one_order(void **state)
{
    (void)state;
    static const char *const script[] = {WIRE_CONNECT ">F <F >A", WIRE_CONNECT "<R"};
    struct wire w;
    wire_open(&w);
    for (unsigned i = 0; i < 8; i++, w.port[0]++)
        wire_play(&w, script[i % 3 == 0]);
    w.time += 60000 * ms;
    wire_play(&w, ">S");
    assert_int_equal(w.count, 8);
    for (size_t i = 1; i < 8; i++)
        assert_true(w.seen[i - 1]->last_frame < w.seen[i]->last_frame);
    wire_close(&w);
}

static uint64_t judged, told;

static void judge(void *context, const struct ak_conversation *c)
{
    (void)context;
    (void)c;
    judged++;
}

static void tell(void *context, const struct ak_conversation *c)
{
    (void)context;
    told++;
    assert_int_equal(c->id, told); /* as the other had them */
    assert_in_range(told, 1, judged);
}

static void all_are_judged_and_then_told(void **state)
{
    (void)state;
    struct wire w;
    static struct octets o;
    o.size = 0;
    wire_open(&w);
    struct ak_trace *trace = ak_trace_new(1, judge, NULL);
    ak_trace_follow(trace, tell);
    wire_headers(&o, &w, 0, 20, 0, 0);
    wire_tcp(&o, &w, 0, SYN, 1, 0, wire_nothing());
    static struct ak_source source = {.file = "many", .first_frame = 1};
    ak_trace_file(trace, &source);
    judged = told = 0;
    for (uint32_t i = 0; i < 2 * AK_MAX_LINGERING; i++)
        syn_of(trace, &o, i, true);
    assert_in_range(told, AK_MAX_LINGERING, 2 * AK_MAX_LINGERING);
    ak_trace_flush(trace);
    assert_int_equal(judged, 2 * AK_MAX_LINGERING);
    assert_int_equal(told, judged);
    ak_trace_free(trace);
    wire_close(&w);
}

static void a_limit_of_memory_evicts_the_oldest(void **state)
{
    (void)state;
    uint64_t count[2] = {0, 0};
    struct wire w;
    static struct octets o;
    o.size = 0;
    wire_open(&w);
    struct ak_trace *trace = ak_trace_new(1, count_only, count);
    wire_headers(&o, &w, 0, 20, 0, 0);
    wire_tcp(&o, &w, 0, SYN, 1, 0, wire_nothing());
    static struct ak_source source = {"many", 1, NULL, NULL, 0};
    ak_trace_file(trace, &source);
    enum { MANY = 20000, ROOM = 8 * 1024 * 1024 };
    size_t most = ak_memory_used() + ROOM, peak = 0;
    ak_trace_limit(trace, most);
    for (uint32_t i = 0; i < 1000; i++)
        syn_of(trace, &o, i, false);
    assert_int_equal(count[0], 0);
    for (uint32_t i = 1000; i < MANY; i++) {
        syn_of(trace, &o, i, false);
        size_t used = ak_memory_used();
        peak = used > peak ? used : peak;
    }
    assert_in_range(peak, most - ROOM / 2, most + ROOM / 4);
    assert_in_range(count[0], MANY / 2, MANY - 1000);
    assert_int_equal(count[1], count[0]);
    assert_int_equal(ak_trace_totals_of(trace)->evicted, count[0]);
    ak_trace_flush(trace);
    assert_int_equal(count[0], MANY); /* all are told */
    ak_trace_limit(trace, 0);
    syn_of(trace, &o, MANY, false); /* no room at all: it still goes on */
    assert_int_equal(count[0], MANY + 1);
    syn_of(trace, &o, MANY + 1, false);
    ak_trace_free(trace); /* with all that is open */
    wire_close(&w);
}

#ifdef AK_TORTURE
/* Without memory to find the oldest ones, any leave: it never waits for memory that does not come.
 */
static void a_limit_holds_without_memory_to_sort(void **state)
{
    (void)state;
    uint64_t count[2] = {0, 0};
    struct wire w;
    static struct octets o;
    o.size = 0;
    wire_open(&w);
    struct ak_trace *trace = ak_trace_new(1, count_only, count);
    wire_headers(&o, &w, 0, 20, 0, 0);
    wire_tcp(&o, &w, 0, SYN, 1, 0, wire_nothing());
    static struct ak_source source = {.file = "many", .first_frame = 1};
    ak_trace_file(trace, &source);
    for (uint32_t i = 0; i < 100; i++)
        syn_of(trace, &o, i, false);
    ak_trace_limit(trace, 0);
    (void)ak_alloc_fail_after(1); /* the list by age */
    syn_of(trace, &o, 0, false);  /* a repeated SYN: nothing else is allocated */
    (void)ak_alloc_fail_after(0);
    assert_int_equal(count[0], 100);
    ak_trace_free(trace);
    wire_close(&w);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_by_last_frame),
        cmocka_unit_test(closed_ones_linger_for_late_frames),
        cmocka_unit_test(settled_ones_leave_earlier),
        cmocka_unit_test(both_kinds_leave_in_one_order),
        cmocka_unit_test(half_closed_ones_stay_open),
        cmocka_unit_test(too_many_closed_ones_leave_early),
        cmocka_unit_test(all_are_judged_and_then_told),
        cmocka_unit_test(a_limit_of_memory_evicts_the_oldest),
#ifdef AK_TORTURE
        cmocka_unit_test(a_limit_holds_without_memory_to_sort),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
