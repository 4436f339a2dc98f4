/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow_notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

struct arrival {
    struct ak_flow *flow;
    struct ak_ip_packet ip;
    struct ak_tcp_segment tcp;
    struct ak_arriving a;
};

static void begin(struct arrival *x)
{
    memset(x, 0, sizeof *x);
    x->flow = ak_alloc(1, sizeof *x->flow);
    assert_non_null(x->flow);
    x->flow->first_end_by = AK_SIDE_NONE;
    x->ip.ttl = 64;
    x->tcp.flags = AK_TCP_ACK;
    x->tcp.window = 100;
    x->a.ip = &x->ip;
    x->a.tcp = &x->tcp;
    x->a.side = AK_SIDE_CLIENT;
}

static void packets_and_ttl(void **state)
{
    struct arrival x;
    (void)state;
    begin(&x);
    x.flow->seen.side[AK_SIDE_SERVER].unanswered = 4;
    ak_flow_count(x.flow, &x.a);
    x.ip.ttl = 57;
    x.tcp.window = 0;
    ak_flow_count(x.flow, &x.a);
    x.tcp.flags = AK_TCP_SYN | AK_TCP_ACK; /* a window of zero says nothing there */
    ak_flow_count(x.flow, &x.a);
    x.tcp.flags = AK_TCP_RST;
    x.ip.ttl = 200;
    ak_flow_count(x.flow, &x.a);
    const struct ak_side_seen *seen = &x.flow->seen.side[AK_SIDE_CLIENT];
    assert_int_equal(seen->packets, 4);
    assert_int_equal(seen->ttl_low, 57);
    assert_int_equal(seen->ttl_high, 64);
    assert_int_equal(seen->rst_ttl, 200);
    assert_int_equal(seen->zero_windows, 1);
    assert_int_equal(x.flow->seen.side[AK_SIDE_SERVER].unanswered, 0);
    ak_free(x.flow);
}

static void keep_alives(void **state)
{
    struct arrival x;
    (void)state;
    begin(&x);
    struct ak_stream *s = &x.flow->stream[AK_SIDE_CLIENT];
    s->started = true;
    s->next = 500;
    s->last_data = 1;
    x.tcp.sequence = 499;
    assert_true(ak_flow_is_keep_alive(x.flow, &x.a));
    x.tcp.payload_wire = 1;
    assert_true(ak_flow_is_keep_alive(x.flow, &x.a));
    x.tcp.payload_wire = 2;
    assert_false(ak_flow_is_keep_alive(x.flow, &x.a));
    x.tcp.payload_wire = 0;
    x.tcp.sequence = 500;
    assert_false(ak_flow_is_keep_alive(x.flow, &x.a));
    x.tcp.sequence = 499;
    x.tcp.flags |= AK_TCP_FIN;
    assert_false(ak_flow_is_keep_alive(x.flow, &x.a));
    ak_free(x.flow);
}

static void only_two_bare_acks_have_a_letter(void **state)
{
    struct arrival x;
    char text[64];
    (void)state;
    begin(&x);
    ak_flow_note_bare_ack(x.flow, &x.a); /* of nothing */
    ak_letters_add(&x.flow->seen.letters, AK_SIDE_CLIENT, AK_LETTER_S, 0);
    ak_letters_add(&x.flow->seen.letters, AK_SIDE_SERVER, AK_LETTER_SA, 0);
    ak_flow_note_bare_ack(x.flow, &x.a);
    ak_flow_note_bare_ack(x.flow, &x.a); /* a window update */
    ak_letters_add(&x.flow->seen.letters, AK_SIDE_SERVER, AK_LETTER_F, 0);
    x.flow->first_end_by = AK_SIDE_SERVER;
    ak_flow_note_bare_ack(x.flow, &x.a);
    ak_letters_text(&x.flow->seen.letters, text, sizeof text);
    assert_string_equal(text, ">S <SA >A <F >A");
    ak_free(x.flow);
}

static void an_end_is_forgotten(void **state)
{
    struct arrival x;
    (void)state;
    begin(&x);
    x.flow->first_end_by = AK_SIDE_SERVER;
    x.flow->first_end_frame = 9;
    x.flow->seen.side[AK_SIDE_SERVER].rst = true;
    x.flow->stream[AK_SIDE_SERVER].rst_frame = 9;
    x.flow->seen.step[AK_STEP_RST].frame = 9;
    ak_flow_forget_end(x.flow);
    assert_int_equal(x.flow->first_end_by, AK_SIDE_NONE);
    assert_false(x.flow->seen.side[AK_SIDE_SERVER].rst);
    assert_int_equal(x.flow->stream[AK_SIDE_SERVER].rst_frame, 0);
    assert_int_equal(x.flow->seen.step[AK_STEP_RST].frame, 0);
    ak_free(x.flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_and_ttl),
        cmocka_unit_test(keep_alives),
        cmocka_unit_test(only_two_bare_acks_have_a_letter),
        cmocka_unit_test(an_end_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
