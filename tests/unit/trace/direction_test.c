/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/direction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "trace/dialogue.h"

/* The beginning of a PRELOGIN with its VERSION option, as clients send it. */
static const uint8_t prelogin[] = {0x12, 1, 0,  26, 0, 0,    1,  0, 0, 0, 11, 0, 6,
                                   1,    0, 17, 0,  1, 0xff, 16, 0, 0, 0, 0,  0, 0};
/* A record with a ServerHello's first bytes. */
static const uint8_t server_hello[] = {22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3};

static struct ak_tcp_segment segment(uint16_t from, uint16_t to, uint8_t flags)
{
    struct ak_tcp_segment tcp = {.source_port = from, .destination_port = to, .flags = flags};
    return tcp;
}

static enum ak_side side_of(struct ak_tcp_segment tcp, const uint8_t *bytes, size_t size,
                            bool *known)
{
    struct ak_ip_packet ip = {.version = 4};
    struct ak_arriving a = {&ip, &tcp, 0, AK_SIDE_NONE};
    tcp.payload.bytes = bytes;
    tcp.payload.size = size;
    tcp.payload_wire = (uint32_t)size;
    return ak_arriving_side(&a, known);
}

static void a_syn_decides_then_content_then_ports(void **state)
{
    bool known;
    (void)state;
    assert_int_equal(side_of(segment(1433, 50000, AK_TCP_SYN), NULL, 0, &known), AK_SIDE_CLIENT);
    assert_true(known);
    assert_int_equal(side_of(segment(50000, 1433, AK_TCP_SYN | AK_TCP_ACK), NULL, 0, &known),
                     AK_SIDE_SERVER);
    assert_true(known);
    assert_int_equal(side_of(segment(1433, 50000, AK_TCP_ACK), prelogin, sizeof prelogin, &known),
                     AK_SIDE_CLIENT);
    assert_true(known);
    assert_int_equal(
        side_of(segment(50000, 1433, AK_TCP_ACK), server_hello, sizeof server_hello, &known),
        AK_SIDE_SERVER);
    assert_true(known);
    assert_int_equal(side_of(segment(1433, 50000, AK_TCP_ACK), NULL, 0, &known), AK_SIDE_SERVER);
    assert_false(known);
    assert_int_equal(side_of(segment(50000, 1433, AK_TCP_ACK), NULL, 0, &known), AK_SIDE_CLIENT);
    assert_false(known);
}

static void content_turns_a_guess_round(void **state)
{
    struct ak_flow *flow = ak_alloc(1, sizeof *flow);
    struct ak_ip_packet ip = {.version = 4};
    struct ak_tcp_segment tcp = segment(1433, 50000, AK_TCP_ACK);
    struct ak_arriving a = {&ip, &tcp, 0, AK_SIDE_SERVER};
    (void)state;
    assert_non_null(flow);
    flow->seen.direction_guessed = true;
    flow->seen.end[AK_SIDE_CLIENT].port = 50000;
    flow->seen.end[AK_SIDE_SERVER].port = 1433;
    flow->seen.side[AK_SIDE_SERVER].packets = 3;
    flow->last_speaker = AK_SIDE_SERVER;
    flow->first_end_by = AK_SIDE_NONE;
    ak_letters_add(&flow->seen.letters, AK_SIDE_SERVER, AK_LETTER_AP, 0);
    ak_flow_check_direction(flow, &a); /* no content: nothing is told */
    assert_false(flow->direction_known);
    tcp.payload.bytes = prelogin;
    tcp.payload.size = sizeof prelogin;
    ak_flow_check_direction(flow, &a);
    assert_true(flow->direction_known && !flow->seen.direction_guessed);
    assert_int_equal(a.side, AK_SIDE_CLIENT);
    assert_int_equal(flow->seen.end[AK_SIDE_CLIENT].port, 1433);
    assert_int_equal(flow->seen.side[AK_SIDE_CLIENT].packets, 3);
    assert_int_equal(flow->last_speaker, AK_SIDE_CLIENT);
    assert_int_equal(flow->client_direction, 1);
    enum ak_side by;
    assert_int_equal(ak_letters_last(&flow->seen.letters, &by), AK_LETTER_AP);
    assert_int_equal(by, AK_SIDE_CLIENT);
    tcp.payload.bytes = server_hello; /* known now: not turned again */
    tcp.payload.size = sizeof server_hello;
    ak_flow_check_direction(flow, &a);
    assert_int_equal(a.side, AK_SIDE_CLIENT);
    ak_free(flow);
}

static void a_repeated_syn_is_the_same_attempt(void **state)
{
    struct ak_flow *flow = ak_alloc(1, sizeof *flow);
    struct ak_ip_packet ip = {.version = 4};
    struct ak_tcp_segment tcp = segment(50000, 1433, AK_TCP_SYN);
    struct ak_arriving a = {&ip, &tcp, 0, AK_SIDE_CLIENT};
    (void)state;
    assert_non_null(flow);
    flow->stream[AK_SIDE_CLIENT].has_isn = true;
    flow->stream[AK_SIDE_CLIENT].isn = 1000;
    flow->stream[AK_SIDE_CLIENT].next = 1001;
    tcp.sequence = 1000;
    assert_true(ak_flow_same_attempt(flow, &a, 0));
    tcp.sequence = 2000;
    assert_false(ak_flow_same_attempt(flow, &a, 0));
    tcp = segment(1433, 50000, AK_TCP_SYN | AK_TCP_ACK);
    tcp.sequence = 77;
    tcp.acknowledgement = 1001;
    assert_true(ak_flow_same_attempt(flow, &a, 1));
    tcp.acknowledgement = 5001;
    assert_false(ak_flow_same_attempt(flow, &a, 1));
    ak_free(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_decides_then_content_then_ports),
        cmocka_unit_test(content_turns_a_guess_round),
        cmocka_unit_test(a_repeated_syn_is_the_same_attempt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
