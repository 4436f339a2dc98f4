/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include "base/alloc.h"
#include "support/letters.h"
#include "support/wire.h"

static struct ak_span text(const char *string)
{
    struct ak_span span = {(const uint8_t *)string, strlen(string)};
    return span;
}

enum { ACK = AK_TCP_ACK, SYN = AK_TCP_SYN, FIN = AK_TCP_FIN, RST = AK_TCP_RST };

static const int64_t ms = 1000000;

/* ---- IP fragments ---- */

static void fragments_are_put_together(void **state)
{
    (void)state;
    static const unsigned orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}};
    for (size_t i = 0; i < AK_COUNT(orders); i++) {
        struct wire w;
        static struct octets segment, frame;
        wire_open(&w);
        wire_play(&w, WIRE_CONNECT);
        segment.size = 0;
        wire_tcp(&segment, &w, 0, ACK, w.next[0], w.next[1], wire_item("CH"));
        for (size_t k = 0; k < 3; k++) {
            size_t from = orders[i][k] * 64;
            size_t size = orders[i][k] == 2 ? segment.size - from : 64;
            frame.size = 0;
            wire_headers(&frame, &w, 0, size, 77,
                         (unsigned)(from / 8 | (orders[i][k] == 2 ? 0 : 0x2000)));
            octets_add(&frame, segment.at + from, size);
            wire_frame(&w, &frame);
        }
        w.next[0] += (uint32_t)wire_item("CH").size;
        wire_play(&w, "<AL40");
        const struct ak_conversation *c = wire_only(&w);
        const struct ak_totals *t = ak_trace_totals_of(w.trace);
        assert_int_equal(c->tls->client_hellos, 1);
        assert_int_equal(c->stage, AK_STAGE_P3);
        assert_int_equal(t->fragments, 3);
        assert_int_equal(t->fragments_dropped, 0);
        assert_int_equal(t->tcp_segments, 5);
        wire_close(&w);
    }
}

/* ---- frames that are not for us ---- */

static void frames_of_other_kinds_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t link;
    } rows[] = {
        {"ff*12 0806 00*28", 1},                                                 /* ARP */
        {"02*12 0800 4500 001c 0000 0000 40 11 0000 c0000205 c0000209 00*8", 1}, /* UDP */
        {"02*12 0800 4500", 1},                                                  /* cut */
        {"02*12 0800 4f00 0014 0000 0000 40 06 0000 c0000205 c0000209", 1},      /* contradiction */
        {"00*40", 147},
        {"00*40", 147},
        {"00*40", 195},
        {"02*6", 1},
    };
    struct wire w;
    wire_open(&w);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_frame frame = {b.at, (uint32_t)b.size, (uint32_t)b.size, w.time, rows[i].link};
        ak_trace_frame(w.trace, &frame);
        ak_bytes_free(&b);
    }
    const struct ak_totals *t = ak_trace_totals_of(w.trace);
    assert_int_equal(t->frames, 8);
    assert_int_equal(t->other_frames, 1);
    assert_int_equal(t->not_tcp, 1);
    assert_int_equal(t->short_frames + t->bad_frames, 3);
    assert_int_equal(t->unsupported_frames, 3);
    assert_int_equal(t->unsupported_count, 2);
    assert_int_equal(t->unsupported[0].link_type, 147);
    assert_int_equal(t->unsupported[0].frames, 2);
    ak_trace_flush(w.trace);
    assert_int_equal(w.count, 0);
    wire_close(&w);
}

static void many_unknown_link_types_are_still_counted(void **state)
{
    (void)state;
    struct wire w;
    static const uint8_t byte[1];
    wire_open(&w);
    for (uint32_t type = 0; type < AK_UNSUPPORTED_LINKS + 4; type++) {
        struct ak_frame frame = {byte, 1, 1, 0, 3000 + type};
        ak_trace_frame(w.trace, &frame);
    }
    assert_int_equal(ak_trace_totals_of(w.trace)->unsupported_frames, AK_UNSUPPORTED_LINKS + 4);
    assert_int_equal(ak_trace_totals_of(w.trace)->unsupported_count, AK_UNSUPPORTED_LINKS);
    wire_close(&w);
}

static void every_file_counts_its_own_frames(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT);
    static struct ak_source source = {"second", 1, NULL, NULL, 0};
    ak_trace_file(w.trace, &source);
    assert_int_equal(w.count, 1); /* conversations do not cross files */
    w.time -= 3600 * 1000 * ms;   /* the second one may be older */
    wire_play(&w, ">CH");
    assert_int_equal(wire_seen(&w, 1)->first_frame, 1);
    assert_int_equal(w.seen[1]->id, 2);
    assert_string_equal(w.seen[1]->source->file, "second");
    assert_true(w.seen[1]->begun_before);
    assert_int_equal(ak_trace_totals_of(w.trace)->frames, 4);
    wire_close(&w);
}

static void the_next_file_goes_on(void **state)
{
    (void)state;
    static struct ak_source source = {"second", 0, NULL, NULL, 0};
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT);
    ak_trace_next_file(w.trace, &source);
    wire_play(&w, ">CH <AL40 <F");
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->first_frame, 1);
    assert_int_equal(c->last_frame, 6);
    assert_string_equal(c->source->file, "wire");
    struct ak_place last = ak_source_place(c->source, c->last_frame);
    assert_string_equal(last.file, "second");
    assert_int_equal(last.frame, 3);
    wire_close(&w);
}

static void totals_count_handshakes(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH13 <HRR >CH13 <SH13 >AL42 >R");
    w.port[0]++;
    wire_play(&w, WIRE_CONNECT ">CH <AL40 >F <F");
    w.port[0]++;
    wire_play(&w, ">S <R");
    ak_trace_flush(w.trace);
    const struct ak_totals *t = ak_trace_totals_of(w.trace);
    assert_int_equal(t->conversations, 3);
    assert_int_equal(t->client_hello, 2);
    assert_int_equal(t->client_hello_messages, 3);
    assert_int_equal(t->server_hello, 1);
    assert_int_equal(t->server_hello_messages, 2);
    assert_int_equal(t->fatal_alerts, 2);
    assert_int_equal(t->resets, 2);
    wire_close(&w);
}

static void plain_http_is_recognised(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">HTTP <TEXT");
    assert_true(wire_only(&w)->http);
    wire_close(&w);
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT);
    wire_payload(&w, 0, text("GETTING nowhere"));
    assert_false(wire_only(&w)->http);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(frames_of_other_kinds_are_counted),
        cmocka_unit_test(many_unknown_link_types_are_still_counted),
        cmocka_unit_test(every_file_counts_its_own_frames),
        cmocka_unit_test(the_next_file_goes_on),
        cmocka_unit_test(totals_count_handshakes),
        cmocka_unit_test(plain_http_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
