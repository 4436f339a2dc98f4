/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

#define MS INT64_C(1000000)
#define START (INT64_C(1795309200000) * MS)

static const struct ak_source client_file = {"client.pcap", 1, NULL, NULL, 0};
static const struct ak_source server_file = {"server.pcap", 1, NULL, NULL, 0};
static const struct ak_source third_file = {"third.pcap", 1, NULL, NULL, 0};
static const struct ak_hash_key key = {3, 4};

/* One connection as the client's capture shows it: 10 ms each way, closed by the server's RST. */
static struct ak_conversation at_client(uint64_t id)
{
    struct ak_conversation c;
    memset(&c, 0, sizeof c);
    c.id = id;
    c.source = &client_file;
    c.capture = 1;
    c.first_frame = 1;
    c.last_frame = 9;
    c.first_time = START;
    c.last_time = START + 100 * MS;
    c.reach = START + 5000 * MS;
    for (int side = 0; side < AK_SIDES; side++) {
        c.end[side].version = 4;
        c.end[side].address[3] = (uint8_t)(5 + side);
        c.end[side].port = (uint16_t)(side == 0 ? 50000 + id : 1433);
        c.tcp[side].has_isn = true;
        c.tcp[side].isn = (uint32_t)(1000 * ((uint64_t)side + 1) + id);
        c.tcp[side].sent = 200;
        c.tcp[side].print = 77 + (uint64_t)side;
        c.side[side].packets = 4;
    }
    c.side[AK_SIDE_CLIENT].ttl_high = 128;
    c.side[AK_SIDE_SERVER].ttl_high = 125;
    c.step[AK_STEP_SYN] = (struct ak_when){1, START};
    c.step[AK_STEP_SYN_ACK] = (struct ak_when){2, START + 20 * MS};
    c.step[AK_STEP_FIRST_CLIENT_DATA] = (struct ak_when){4, START + 21 * MS};
    c.step[AK_STEP_FIRST_SERVER_DATA] = (struct ak_when){5, START + 42 * MS};
    c.tcp[AK_SIDE_SERVER].rst = (struct ak_when){9, START + 100 * MS};
    return c;
}

/* The same at the server, whose clock is `ahead`; its RST, too. */
static struct ak_conversation at_server(uint64_t id, uint64_t of, int64_t ahead)
{
    struct ak_conversation c = at_client(of);
    c.id = id;
    c.source = &server_file;
    c.capture = 2;
    c.first_time += ahead + 10 * MS;
    c.last_time += ahead - 10 * MS;
    c.reach += ahead;
    c.side[AK_SIDE_CLIENT].ttl_high = 125;
    c.side[AK_SIDE_SERVER].ttl_high = 128;
    c.step[AK_STEP_SYN].time += ahead + 10 * MS;
    c.step[AK_STEP_FIRST_CLIENT_DATA].time += ahead + 10 * MS;
    c.step[AK_STEP_SYN_ACK].time += ahead - 10 * MS;
    c.step[AK_STEP_FIRST_SERVER_DATA].time += ahead - 10 * MS;
    c.tcp[AK_SIDE_SERVER].rst.time += ahead - 10 * MS;
    return c;
}

static struct ak_join *joined(const struct ak_conversation *all, size_t count)
{
    struct ak_join *join = ak_join_new(key);
    assert_non_null(join);
    for (size_t i = 0; i < count; i++)
        ak_join_add(join, &all[i]);
    ak_join_finish(join);
    return join;
}

static void nothing_joins_nothing(void **state)
{
    (void)state;
    struct ak_joint joint;
    struct ak_join *join = joined(NULL, 0);
    assert_false(ak_join_find(join, 1, &joint));
    assert_int_equal(ak_join_captures(join), 0);
    assert_null(ak_join_captures_at(join, 0));
    ak_join_free(join);
    ak_join_free(NULL);
}

static void both_sides_find_each_other(void **state)
{
    (void)state;
    const int64_t ahead = 7200 * 1000 * MS;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, ahead)};
    struct ak_joint joint;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.id, 2);
    assert_string_equal(joint.source->file, "server.pcap");
    assert_int_equal(joint.offset, ahead);
    assert_int_equal(joint.near, AK_SIDE_CLIENT);
    assert_false(joint.third);
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_SENT);
    assert_int_equal(joint.rst_frame[AK_SIDE_SERVER], 9);
    assert_true(joint.arrived[AK_SIDE_CLIENT]);
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].bytes, 0);
    assert_true(ak_join_find(join, 2, &joint));
    assert_int_equal(joint.id, 1);
    assert_int_equal(joint.offset, -ahead);
    assert_int_equal(joint.near, AK_SIDE_SERVER);
    assert_int_equal(ak_join_captures(join), 1);
    const struct ak_joined_captures *c = ak_join_captures_at(join, 0);
    assert_int_equal(c->first_near, AK_SIDE_CLIENT);
    assert_int_equal(c->offset, ahead);
    assert_int_equal(c->spread, 10 * MS);
    assert_int_equal(c->connections, 1);
    assert_int_equal(c->forged, 0);
    ak_join_free(join);
}

/* Which one is read first changes signs, and nothing else. */
static void order_does_not_matter(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_server(1, 1, 3 * MS), at_client(1)};
    struct ak_joint joint;
    all[1].id = 2;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 2, &joint));
    assert_int_equal(joint.near, AK_SIDE_CLIENT);
    assert_int_equal(joint.offset, 3 * MS);
    assert_int_equal(ak_join_captures_at(join, 0)->first_near, AK_SIDE_SERVER);
    assert_int_equal(ak_join_captures_at(join, 0)->offset, -3 * MS);
    ak_join_free(join);
}

static void a_reset_that_was_never_sent(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, 0)};
    struct ak_joint joint;
    all[1].tcp[AK_SIDE_SERVER].rst.frame = 0;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_FORGED);
    assert_int_equal(ak_join_captures_at(join, 0)->forged, 1);
    ak_join_free(join);
    /* Sent after the other side had it: another one. */
    all[1].tcp[AK_SIDE_SERVER].rst = (struct ak_when){9, START + 400 * MS};
    join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_FORGED);
    ak_join_free(join);
}

/* What a capture does not show may have happened when it is over, or lacks packets. */
static void no_claim_without_a_whole_capture(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, 0)};
    struct ak_joint joint;
    all[1].tcp[AK_SIDE_SERVER].rst.frame = 0;
    all[1].reach = START + 50 * MS;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_UNKNOWN);
    ak_join_free(join);
    all[1].reach = START + 5000 * MS;
    all[1].tcp[AK_SIDE_SERVER].sent = 100; /* it sent what this capture lacks */
    join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_UNKNOWN);
    ak_join_free(join);
    all[1].tcp[AK_SIDE_SERVER].sent = 200;
    for (int i = 0; i < 2; i++) { /* nothing tells which capture is at which side */
        all[i].side[0].ttl_high = all[i].side[1].ttl_high = 64;
        all[i].step[AK_STEP_SYN_ACK].frame = 0;
    }
    join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.near, AK_SIDE_NONE);
    assert_int_equal(joint.rst[AK_SIDE_SERVER], AK_END_UNKNOWN);
    ak_join_free(join);
}

static void translated_ends(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, 0)};
    struct ak_joint joint;
    all[1].end[AK_SIDE_CLIENT].address[3] = 99;
    all[1].end[AK_SIDE_CLIENT].port = 61000;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_true(joint.translated[AK_SIDE_CLIENT]);
    assert_false(joint.translated[AK_SIDE_SERVER]);
    assert_int_equal(joint.end[AK_SIDE_CLIENT].port, 61000);
    assert_int_equal(joint.end[AK_SIDE_CLIENT].address[3], 99);
    assert_int_equal(ak_join_captures_at(join, 0)->translated, 1);
    ak_join_free(join);
}

static bool are_joined(struct ak_conversation a, struct ak_conversation b)
{
    struct ak_conversation all[] = {a, b};
    struct ak_joint joint;
    struct ak_join *join = joined(all, 2);
    bool found = ak_join_find(join, a.id, &joint);
    assert_int_equal(found, ak_join_find(join, b.id, &joint));
    ak_join_free(join);
    return found;
}

static void what_is_one_connection(void **state)
{
    (void)state;
    const struct ak_conversation a = at_client(1);
    struct ak_conversation b = at_server(2, 1, 0);
    assert_true(are_joined(a, b));
    b.capture = 1;
    assert_false(are_joined(a, b)); /* the same capture */
    b = at_server(2, 1, INT64_C(27) * 3600 * 1000 * MS);
    assert_false(are_joined(a, b)); /* more than a day and two hours apart */
    b = at_server(2, 1, 0);
    b.tcp[AK_SIDE_SERVER].isn++;
    assert_true(are_joined(a, b)); /* rewritten by a firewall */
    b.tcp[AK_SIDE_CLIENT].print++;
    assert_false(are_joined(a, b)); /* other first bytes: the ports were used again */
    b = at_server(2, 1, 0);
    b.tcp[AK_SIDE_SERVER].isn++;
    b.end[0].port++;
    assert_true(are_joined(a, b)); /* the server's end is still the same */
    b.end[1].port++;
    assert_false(are_joined(a, b));
    b = at_server(2, 1, 0);
    b.tcp[0].isn++;
    b.tcp[1].isn++;
    assert_false(are_joined(a, b)); /* the same ports again */
    b = a;
    b.id = 2;
    b.capture = 2;
    assert_false(are_joined(a, b)); /* a copy of one recording */
    b = at_server(2, 1, 0);
    b.tcp[AK_SIDE_SERVER].has_isn = false; /* the SYN ACK never came */
    assert_true(are_joined(a, b));
    b.tcp[AK_SIDE_CLIENT].has_isn = false;
    assert_false(are_joined(a, b));
}

static void hellos_tell_connections_apart(void **state)
{
    (void)state;
    struct ak_tls_seen mine, other;
    memset(&mine, 0, sizeof mine);
    memset(&other, 0, sizeof other);
    mine.random[AK_SIDE_CLIENT] = 5;
    other.random[AK_SIDE_CLIENT] = 6;
    struct ak_conversation a = at_client(1), b = at_server(2, 1, 0);
    a.tls = &mine;
    assert_true(are_joined(a, b)); /* one capture cut the hello */
    b.tls = &other;
    assert_false(are_joined(a, b));
    other.random[AK_SIDE_CLIENT] = 5;
    assert_true(are_joined(a, b));
}

static void bytes_that_vanished(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, 0)};
    struct ak_joint joint;
    all[0].tcp[AK_SIDE_CLIENT].sent = 1600;
    all[0].tcp[AK_SIDE_CLIENT].largest_again = 1400;
    all[0].side[AK_SIDE_CLIENT].packets = 7;
    struct ak_join *join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].bytes, 1400);
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].from, 201);
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].packets, 3);
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].large, 1400);
    assert_true(joint.vanished[AK_SIDE_CLIENT].sent_here);
    assert_false(joint.arrived[AK_SIDE_CLIENT]);
    assert_int_equal(ak_join_captures_at(join, 0)->vanishing[AK_SIDE_CLIENT], 1);
    assert_int_equal(ak_join_captures_at(join, 0)->vanishing[AK_SIDE_SERVER], 0);
    assert_true(ak_join_find(join, 2, &joint));
    assert_false(joint.vanished[AK_SIDE_CLIENT].sent_here);
    ak_join_free(join);
    all[1].tcp[AK_SIDE_CLIENT].largest_late = 1400; /* one of that size came */
    join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].large, 0);
    ak_join_free(join);
    all[1].reach = START + 50 * MS; /* it may have come later */
    join = joined(all, 2);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.vanished[AK_SIDE_CLIENT].bytes, 0);
    ak_join_free(join);
}

/* One clock for all: the middle of what each connection says. */
static void the_middle_clock_counts(void **state)
{
    (void)state;
    struct ak_conversation all[10];
    static const int64_t ahead[] = {100 * MS, 101 * MS, 99 * MS, 100 * MS, 900 * MS};
    for (size_t i = 0; i < 5; i++) {
        all[i] = at_client(i + 1);
        all[5 + i] = at_server(i + 6, i + 1, ahead[i]);
    }
    struct ak_join *join = joined(all, 10);
    assert_int_equal(ak_join_captures(join), 1);
    assert_int_equal(ak_join_captures_at(join, 0)->offset, 100 * MS);
    assert_int_equal(ak_join_captures_at(join, 0)->connections, 5);
    assert_int_equal(ak_join_captures_at(join, 0)->spread, 10 * MS);
    ak_join_free(join);
}

static void three_captures(void **state)
{
    (void)state;
    struct ak_conversation all[] = {at_client(1), at_server(2, 1, 0), at_server(3, 1, 5 * MS)};
    struct ak_joint joint;
    all[2].source = &third_file;
    all[2].capture = 3;
    struct ak_join *join = joined(all, 3);
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(joint.id, 2);
    assert_true(ak_join_find(join, 3, &joint));
    assert_true(joint.third);
    assert_int_equal(ak_join_captures(join), 2);
    ak_join_free(join);
}

/* Crafted: all have one number. The work stays bounded, and what does not fit is counted. */
static void the_same_number_everywhere(void **state)
{
    (void)state;
    struct ak_join *join = ak_join_new(key);
    assert_non_null(join);
    for (uint64_t i = 1; i <= AK_MAX_JOIN_RECORDS + 10; i++) {
        bool first = i <= AK_MAX_JOIN_RECORDS / 2;
        struct ak_conversation c = first ? at_client(1) : at_server(1, 1, 0);
        c.id = i;
        ak_join_add(join, &c);
    }
    assert_int_equal(ak_join_lost(join), 10);
    ak_join_finish(join);
    struct ak_joint joint;
    assert_true(ak_join_find(join, 1, &joint));
    assert_int_equal(ak_join_captures(join), 1);
    assert_true(ak_join_captures_at(join, 0)->connections <= AK_MAX_JOIN_CANDIDATES);
    ak_join_free(join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_joins_nothing),
        cmocka_unit_test(both_sides_find_each_other),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(a_reset_that_was_never_sent),
        cmocka_unit_test(no_claim_without_a_whole_capture),
        cmocka_unit_test(translated_ends),
        cmocka_unit_test(what_is_one_connection),
        cmocka_unit_test(hellos_tell_connections_apart),
        cmocka_unit_test(bytes_that_vanished),
        cmocka_unit_test(the_middle_clock_counts),
        cmocka_unit_test(three_captures),
        cmocka_unit_test(the_same_number_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
