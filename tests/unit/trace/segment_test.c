/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include "support/letters.h"
#include "support/wire.h"

enum { ACK = AK_TCP_ACK, SYN = AK_TCP_SYN, FIN = AK_TCP_FIN, RST = AK_TCP_RST };

static const int64_t ms = 1000000;

/* ---- who is who ---- */

static void names_both_ends(void **state)
{
    (void)state;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct wire w;
        char address[46];
        wire_open(&w);
        w.ipv6 = ipv6;
        wire_play(&w, WIRE_CONNECT ">CH <AL40 <F");
        const struct ak_conversation *c = wire_only(&w);
        ak_endpoint_text(&c->end[AK_SIDE_CLIENT], address);
        assert_string_equal(address, ipv6 ? "2001:db8::5" : "192.0.2.5");
        ak_endpoint_text(&c->end[AK_SIDE_SERVER], address);
        assert_string_equal(address, ipv6 ? "2001:db8::9" : "192.0.2.9");
        assert_int_equal(c->end[AK_SIDE_CLIENT].port, 50000);
        assert_int_equal(c->end[AK_SIDE_SERVER].port, 1433);
        assert_string_equal(c->source->file, "wire");
        assert_int_equal(c->first_frame, 1);
        assert_int_equal(c->last_frame, 6);
        assert_int_equal(c->frames, 6);
        assert_int_equal(c->side[AK_SIDE_CLIENT].packets, 3);
        assert_int_equal(c->side[AK_SIDE_SERVER].bytes, 7);
        assert_int_equal(c->side[AK_SIDE_CLIENT].ttl_low, 64);
        assert_int_equal(c->side[AK_SIDE_SERVER].ttl_high, 128);
        assert_int_equal(c->last_time - c->first_time, 5 * ms);
        wire_close(&w);
    }
}

static void steps_remember_frame_and_time(void **state)
{
    (void)state;
    static const struct {
        enum ak_step step;
        uint64_t frame;
    } rows[] = {
        {AK_STEP_SYN, 1},
        {AK_STEP_SYN_ACK, 2},
        {AK_STEP_FIRST_CLIENT_DATA, 4},
        {AK_STEP_PRELOGIN, 4},
        {AK_STEP_FIRST_SERVER_DATA, 5},
        {AK_STEP_PRELOGIN_REPLY, 5},
        {AK_STEP_CLIENT_HELLO, 6},
        {AK_STEP_SERVER_HELLO, 7},
        {AK_STEP_CERTIFICATE, 7},
        {AK_STEP_SERVER_KEY_EXCHANGE, 8},
        {AK_STEP_CERTIFICATE_REQUEST, 8},
        {AK_STEP_SERVER_HELLO_DONE, 8},
        {AK_STEP_CLIENT_CERTIFICATE, 9},
        {AK_STEP_CLIENT_KEY_EXCHANGE, 9},
        {AK_STEP_CLIENT_FINISHED, 9},
        {AK_STEP_SERVER_FINISHED, 10},
        {AK_STEP_CLIENT_DATA, 11},
        {AK_STEP_SERVER_RESPONSE, 13},
        {AK_STEP_FIN, 14},
        {AK_STEP_RST, 15},
        {AK_STEP_ALERT, 0},
        {AK_STEP_LOGIN, 0},
        {AK_STEP_HELLO_RETRY, 0},
    };
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">PL1 <PR1 >[CH <[SH+[CE <[SK+[CR+[SD >[CE0+[CK+[CC+[EF <[CC+[EF "
                               ">AP >AP <AP >F <R >R");
    const struct ak_conversation *c = wire_only(&w);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_int_equal(c->step[rows[i].step].frame, rows[i].frame);
        if (rows[i].frame != 0)
            assert_int_equal(c->step[rows[i].step].time,
                             c->first_time + (int64_t)(rows[i].frame - 1) * ms);
    }
    assert_int_equal(c->outcome, AK_OUTCOME_ESTABLISHED);
    wire_close(&w);
}

/* Without a SYN: content decides, else the lower port; later content corrects the guess. */
static void guesses_and_corrects_the_direction(void **state)
{
    (void)state;
    static const struct {
        uint16_t first_port, second_port;
        const char *script; /* ">" is the first port */
        uint16_t client_port;
        bool guessed;
        const char *letters;
    } rows[] = {
        {50000, 1433, ">CH", 50000, false, ">CH"},
        {1433, 50000, ">CH", 1433, false, ">CH"},
        {1433, 50000, ">SH", 50000, false, "<SH"},
        {50000, 1433, ">SH", 1433, false, "<SH"},
        {50000, 1433, ">[CH", 50000, false, ">CH"},
        {50000, 1433, ">TEXT >TEXT", 50000, true, NULL},
        {1433, 50000, ">TEXT >TEXT", 50000, true, NULL},
        {50000, 1433, "<TEXT <TEXT", 50000, true, NULL},
        {1433, 50000, ">A <A >SQL <ROW", 1433, false, ">AP <RE"},
        {50000, 1433, "<A >ROW <SQL", 1433, false, "<RE >AP"},
        {50000, 1433, ">F <F", 50000, true, ">F <F"},
        {50000, 1433, "<R", 50000, true, "<R"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct wire w;
        wire_open(&w);
        w.port[0] = rows[i].first_port;
        w.port[1] = rows[i].second_port;
        wire_play(&w, rows[i].script);
        const struct ak_conversation *c = wire_only(&w);
        assert_true(c->begun_before);
        assert_int_equal(c->end[AK_SIDE_CLIENT].port, rows[i].client_port);
        assert_int_equal(c->direction_guessed, rows[i].guessed);
        if (rows[i].letters != NULL)
            assert_string_equal(letters_of(c), rows[i].letters);
        wire_close(&w);
    }
}

static void a_corrected_direction_moves_everything(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    w.port[0] = 1433; /* the client has the lower port */
    w.port[1] = 50000;
    wire_play(&w, ">A <A >A >CH <AL40 >F <R");
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->end[AK_SIDE_CLIENT].port, 1433);
    assert_int_equal(c->end[AK_SIDE_CLIENT].address[3], 5);
    assert_int_equal(c->side[AK_SIDE_CLIENT].packets, 4);
    assert_int_equal(c->side[AK_SIDE_SERVER].packets, 3);
    assert_int_equal(c->side[AK_SIDE_CLIENT].ttl_low, 64);
    assert_int_equal(c->closed_by, AK_SIDE_SERVER);
    assert_int_equal(c->tcp_end_by, AK_SIDE_SERVER);
    assert_true(c->tcp_end_rst);
    wire_close(&w);
}

static void a_syn_ack_alone_names_the_server(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    w.port[0] = 80;
    wire_play(&w, "<SA >A >CH <F");
    const struct ak_conversation *c = wire_only(&w);
    assert_false(c->begun_before);
    assert_false(c->direction_guessed);
    assert_int_equal(c->end[AK_SIDE_CLIENT].port, 80);
    assert_int_equal(c->outcome, AK_OUTCOME_FAILED);
    wire_close(&w);
}

/* ---- conversations and their borders ---- */

static void a_new_syn_begins_a_new_conversation(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <AL40 >F <F >A");
    w.next[0] = 0x30000000; /* the same ports again */
    w.next[1] = 0x40000000;
    wire_play(&w, WIRE_CONNECT ">CH <R");
    assert_int_equal(wire_seen(&w, 0)->close, AK_CLOSE_ALERT);
    assert_int_equal(w.count, 2);
    assert_int_equal(w.seen[0]->id, 1);
    assert_int_equal(w.seen[0]->last_frame, 8);
    assert_int_equal(w.seen[1]->id, 2);
    assert_int_equal(w.seen[1]->first_frame, 9);
    assert_int_equal(w.seen[1]->close, AK_CLOSE_RST);
    wire_close(&w);
}

static void a_new_syn_ends_even_an_open_one(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    w.next[0] += 100000;
    wire_play(&w, ">S");
    assert_int_equal(w.count, 1); /* handed out at once */
    assert_int_equal(w.seen[0]->outcome, AK_OUTCOME_INCOMPLETE);
    assert_int_equal(wire_seen(&w, 1)->stage, AK_STAGE_P0);
    wire_close(&w);
}

static void repeated_syns_are_retries(void **state)
{
    (void)state;
    static const struct {
        int64_t gap[3]; /* milliseconds after the one before */
        unsigned retries;
        const char *letters;
    } rows[] = {
        {{1000, 2000, 4000}, 3, ">S*4"},
        {{1, 2, 3}, 0, ">S"}, /* the capture saw it twice */
        {{99, 0, 0}, 0, ">S"},
        {{98, 200, 1}, 2, ">S*3"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct wire w;
        wire_open(&w);
        wire_raw(&w, 0, SYN, 500, 0, wire_nothing());
        for (size_t k = 0; k < 3 && rows[i].gap[k] != 0; k++) {
            w.time += (rows[i].gap[k] - 1) * ms;
            wire_raw(&w, 0, SYN, 500, 0, wire_nothing());
        }
        const struct ak_conversation *c = wire_only(&w);
        assert_string_equal(letters_of(c), rows[i].letters);
        assert_int_equal(c->syn_retries, rows[i].retries);
        wire_close(&w);
    }
}

/* RFC 9293 3.5.1 and Windows: a SYN that meets a RST is sent again with the same number. */
static void a_syn_after_a_refusal_goes_on(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    for (int i = 0; i < 3; i++) {
        wire_raw(&w, 0, SYN, 500, 0, wire_nothing());
        wire_raw(&w, 1, RST | ACK, 0, 501, wire_nothing());
        w.time += 500 * ms;
    }
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->outcome, AK_OUTCOME_REFUSED);
    assert_int_equal(c->closed_by, AK_SIDE_SERVER);
    assert_int_equal(c->syn_retries, 2);
    assert_string_equal(letters_of(c), ">S <R >S <R >S <R");
    wire_close(&w);
    wire_open(&w);
    wire_raw(&w, 0, SYN, 500, 0, wire_nothing());
    wire_raw(&w, 1, RST | ACK, 0, 501, wire_nothing());
    w.time += 500 * ms;
    w.next[0] = 500;
    wire_play(&w, WIRE_CONNECT ">CH <SH");
    c = wire_only(&w);
    assert_int_equal(c->close, AK_CLOSE_NONE);
    assert_int_equal(c->tcp_end_by, AK_SIDE_NONE);
    assert_int_equal(c->step[AK_STEP_RST].frame, 0);
    assert_int_equal(c->stage, AK_STAGE_P4);
    wire_close(&w);
}

static void a_syn_behind_its_syn_ack_is_no_new_one(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_raw(&w, 1, SYN | ACK, 900, 501, wire_nothing());
    wire_raw(&w, 0, SYN, 500, 0, wire_nothing());
    w.next[0] = 501;
    w.next[1] = 901;
    wire_play(&w, ">A >CH <F");
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->outcome, AK_OUTCOME_FAILED);
    assert_int_equal(c->step[AK_STEP_SYN].frame, 2);
    wire_close(&w);
}

/* ---- what TCP says beside payload ---- */

static void counts_what_is_no_new_data(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <A");
    uint32_t hello = w.next[0] - (uint32_t)wire_item("CH").size;
    wire_raw(&w, 0, ACK, hello, w.next[1], wire_item("CH"));
    wire_play(&w, ">KA <A >KA <KA");
    uint8_t garbage = 0; /* with payload: RFC 9293 3.8.4 */
    struct ak_span one = {&garbage, 1};
    wire_raw(&w, 0, ACK, w.next[0] - 1, w.next[1], one);
    w.window[1] = 0;
    wire_play(&w, "<A <A");
    w.window[1] = 100;
    wire_play(&w, "<A <SH");
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->side[AK_SIDE_CLIENT].retransmissions, 1);
    assert_int_equal(c->side[AK_SIDE_CLIENT].keep_alives, 3);
    assert_int_equal(c->side[AK_SIDE_SERVER].keep_alives, 0); /* it never sent anything before */
    assert_int_equal(c->side[AK_SIDE_SERVER].zero_windows, 2);
    assert_int_equal(c->tls->client_hellos, 1);
    assert_string_equal(letters_of(c), ">S <SA >A >CH >KA*3 <SH");
    wire_close(&w);
}

static void counts_what_was_not_answered(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <A <SH >A");
    wire_play(&w, "1000 >KA 1000 >KA <A 1000 >KA 99 >KA 98 >KA >KA 1000 >R");
    /* The answer begins anew; 100 ms later is a new try, less is not. */
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->side[AK_SIDE_CLIENT].keep_alives, 6);
    assert_int_equal(c->side[AK_SIDE_CLIENT].unanswered, 3);
    assert_int_equal(c->side[AK_SIDE_SERVER].unanswered, 0);
    wire_close(&w);
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <A <SH");
    uint32_t hello = w.next[1] - (uint32_t)wire_item("SH").size;
    for (int i = 0; i < 4; i++) {
        wire_play(&w, "300");
        wire_raw(&w, 1, ACK, hello, w.next[0], wire_item("SH"));
        wire_raw(&w, 1, ACK, hello, w.next[0], wire_item("SH"));
    }
    c = wire_only(&w);
    assert_int_equal(c->side[AK_SIDE_SERVER].retransmissions, 8);
    assert_int_equal(c->side[AK_SIDE_SERVER].unanswered, 4);
    wire_close(&w);
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <A <SH");
    for (int i = 0; i < 4; i++)
        wire_raw(&w, 1, ACK, hello, w.next[0], wire_item("SH"));
    wire_play(&w, "<R >R"); /* a RST is heard as well */
    c = wire_only(&w);
    assert_int_equal(c->side[AK_SIDE_SERVER].unanswered, 0);
    wire_close(&w);
}

static void remembers_the_last_long_pause(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int64_t pause; /* milliseconds */
        int woke;      /* -1: nobody */
    } rows[] = {
        {WIRE_CONNECT ">CH <SH 239998 >A", 0, -1}, /* and each frame takes a millisecond */
        {WIRE_CONNECT ">CH <SH 239999 >A", 240000, 0},
        {WIRE_CONNECT ">CH <SH 239999 >A 300000 <A 5000 >A", 300001, 1},
        {WIRE_CONNECT ">CH <SH 250000 <R", 250001, 1},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct wire w;
        wire_open(&w);
        wire_play(&w, rows[i].script);
        const struct ak_conversation *c = wire_only(&w);
        assert_int_equal(c->pause / 1000000, rows[i].pause);
        for (int side = 0; side < AK_SIDES; side++)
            assert_int_equal(c->side[side].woke, rows[i].woke == side);
        assert_true(c->pause_end <= c->last_time);
        wire_close(&w);
    }
}

static void a_zero_window_of_syn_fin_or_rst_means_nothing(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    w.window[0] = w.window[1] = 0;
    wire_play(&w, ">S <SA >F <RA");
    assert_int_equal(wire_only(&w)->side[0].zero_windows, 0);
    assert_int_equal(w.seen[0]->side[1].zero_windows, 0);
    wire_close(&w);
}

static void the_payload_of_a_rst_is_no_data(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    wire_raw(&w, 1, RST | ACK, w.next[1], w.next[0], wire_item("SH"));
    const struct ak_conversation *c = wire_only(&w);
    assert_false(c->side[AK_SIDE_SERVER].data);
    assert_int_equal(c->stage, AK_STAGE_P3);
    assert_int_equal(c->close, AK_CLOSE_RST);
    assert_int_equal(c->side[AK_SIDE_SERVER].rst_ttl, 128);
    wire_close(&w);
}

static void the_ttl_of_a_rst_stands_apart(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    w.ttl[1] = 57;
    wire_play(&w, "<R");
    const struct ak_side_seen *s = &wire_only(&w)->side[AK_SIDE_SERVER];
    assert_int_equal(s->ttl_low, 128);
    assert_int_equal(s->ttl_high, 128);
    assert_int_equal(s->rst_ttl, 57);
    wire_close(&w);
}

/* TCP Fast Open: the SYN's number comes first, then its data. */
static void data_on_a_syn_is_data(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    struct ak_span hello = wire_item("CH");
    wire_raw(&w, 0, SYN, 500, 0, hello);
    w.next[0] = 501 + (uint32_t)hello.size;
    wire_play(&w, "<SA >A <SH <F");
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->tls->client_hellos, 1);
    assert_int_equal(c->stage, AK_STAGE_P4);
    assert_false(c->hole);
    wire_close(&w);
}

/* ---- order, loss, repetition ---- */

static void sequence_numbers_may_wrap(void **state)
{
    (void)state;
    for (uint32_t before = 0; before < 200; before += 7) {
        struct wire w;
        wire_open(&w);
        w.segment = 5;
        w.next[0] = 0u - before;
        w.next[1] = 0x80000000u - before;
        wire_play(&w, WIRE_CONNECT ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF >AP <AP >F <F");
        const struct ak_conversation *c = wire_only(&w);
        assert_int_equal(c->outcome, AK_OUTCOME_ESTABLISHED);
        assert_int_equal(c->stage, AK_STAGE_P7);
        assert_false(c->hole);
        wire_close(&w);
    }
}

/* A hello in three segments a, b, c and the server's alert, in any order. */
static void reordering_changes_nothing(void **state)
{
    (void)state;
    static const char *const orders[] = {"abcs", "acbs",  "bacs",    "bcas", "cabs",
                                         "cbas", "aabcs", "cbcaabs", "acsb"};
    for (size_t i = 0; i < AK_COUNT(orders); i++) {
        struct wire w;
        wire_open(&w);
        wire_play(&w, WIRE_CONNECT);
        static struct octets hello, alert;
        hello.size = alert.size = 0;
        octets_word(&hello, "CH");
        octets_word(&alert, "AL40");
        uint32_t client = w.next[0], server = w.next[1];
        for (const char *p = orders[i]; *p != '\0'; p++) {
            size_t from = *p == 'a' ? 0 : *p == 'b' ? 4 : 60;
            size_t to = *p == 'a' ? 4 : *p == 'b' ? 60 : hello.size;
            struct ak_span part = {hello.at + from, to - from};
            if (*p == 's')
                wire_raw(&w, 1, ACK, server, client + (uint32_t)hello.size, octets_span(&alert));
            else
                wire_raw(&w, 0, ACK, client + (uint32_t)from, server, part);
        }
        const struct ak_conversation *c = wire_only(&w);
        assert_int_equal(c->outcome, AK_OUTCOME_FAILED);
        assert_int_equal(c->close, AK_CLOSE_ALERT);
        assert_int_equal(c->tls->client_hellos, 1);
        assert_string_equal(c->tls->server_name, "sql01");
        assert_false(c->hole);
        wire_close(&w);
    }
}

static void overlaps_take_the_first_data(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT);
    static struct octets hello, other;
    hello.size = other.size = 0;
    octets_word(&hello, "CH");
    octets_fill(&other, 'X', 40);
    struct ak_span head = {hello.at, 50}, tail = {hello.at + 30, hello.size - 30};
    wire_raw(&w, 0, ACK, w.next[0], w.next[1], head);
    wire_raw(&w, 0, ACK, w.next[0] + 10, w.next[1], octets_span(&other)); /* wholly old */
    wire_raw(&w, 0, ACK, w.next[0] + 30, w.next[1], tail);
    w.next[0] += (uint32_t)hello.size;
    wire_play(&w, "<AL40");
    const struct ak_conversation *c = wire_only(&w);
    assert_string_equal(c->tls->server_name, "sql01");
    assert_int_equal(c->side[AK_SIDE_CLIENT].retransmissions, 1);
    assert_false(c->tls->malformed_hello);
    wire_close(&w);
}

static void a_lost_segment_is_a_hole(void **state)
{
    (void)state;
    static const struct {
        const char *before, *lost, *after;
        bool hole;
        enum ak_outcome outcome;
    } rows[] = {
        {WIRE_CONNECT, "CH", "<SH <CE <SK <SD >CK+CC+EF <CC+EF >F", true, AK_OUTCOME_ESTABLISHED},
        {WIRE_CONNECT, "CH", "<SH >F", true, AK_OUTCOME_INCOMPLETE},
        {WIRE_CONNECT, "CH", "<AL40 >F", true, AK_OUTCOME_FAILED}, /* the alert tells all */
        /* Ciphertext of a finished handshake is not missed. */
        {WIRE_CONNECT ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF", "AP", "<AP >AP >F", false,
         AK_OUTCOME_ESTABLISHED},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct wire w;
        wire_open(&w);
        wire_play(&w, rows[i].before);
        w.next[0] += (uint32_t)wire_item(rows[i].lost).size;
        wire_play(&w, rows[i].after);
        const struct ak_conversation *c = wire_only(&w);
        assert_int_equal(c->hole, rows[i].hole);
        assert_int_equal(c->outcome, rows[i].outcome);
        wire_close(&w);
    }
}

/* The client's next segment waits until the server's data show that the first one arrived. */
static void data_that_answers_gives_up_a_gap(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT);
    w.next[0] += (uint32_t)wire_item("TEXT").size; /* lost */
    wire_play(&w, ">CH <AL40 <AL40");
    wire_play(&w, ">F <F");
    const struct ak_conversation *c = wire_only(&w);
    assert_true(c->hole);
    assert_int_equal(c->tls->client_hellos, 1);
    assert_true(strstr(letters_of(c), ">CH") != NULL);
    wire_close(&w);
}

/* Captured before the data that it ends: the FIN's number tells where it belongs. */
static void a_fin_may_come_before_its_data(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    static struct octets flight;
    flight.size = 0;
    octets_word(&flight, "SH");
    octets_word(&flight, "CE");
    wire_raw(&w, 1, FIN | ACK, w.next[1] + (uint32_t)flight.size, w.next[0], wire_nothing());
    wire_raw(&w, 1, ACK, w.next[1], w.next[0], octets_span(&flight));
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->stage, AK_STAGE_P4);
    assert_int_equal(c->closed_by, AK_SIDE_SERVER);
    assert_false(c->hole);
    wire_close(&w);
    /* And when they never come, they are missing. */
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    wire_raw(&w, 1, FIN | ACK, w.next[1] + 500, w.next[0], wire_nothing());
    c = wire_only(&w);
    assert_true(c->hole);
    assert_int_equal(c->outcome, AK_OUTCOME_INCOMPLETE);
    wire_close(&w);
}

static void the_snapshot_length_cuts(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    w.snap_length = 96;
    wire_play(&w, WIRE_CONNECT ">CH <SH <F");
    const struct ak_conversation *c = wire_only(&w);
    const struct ak_totals *t = ak_trace_totals_of(w.trace);
    assert_true(c->truncated);
    assert_true(c->hole);
    assert_int_equal(c->outcome, AK_OUTCOME_INCOMPLETE);
    assert_int_equal(c->side[AK_SIDE_CLIENT].bytes, wire_item("CH").size);
    assert_int_equal(t->cut_frames, 2);
    assert_int_equal(t->cut_handshakes, 1);
    assert_int_equal(t->bytes, 54 * 4 + 96 * 2);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_both_ends),
        cmocka_unit_test(steps_remember_frame_and_time),
        cmocka_unit_test(guesses_and_corrects_the_direction),
        cmocka_unit_test(a_corrected_direction_moves_everything),
        cmocka_unit_test(a_syn_ack_alone_names_the_server),
        cmocka_unit_test(a_new_syn_begins_a_new_conversation),
        cmocka_unit_test(a_new_syn_ends_even_an_open_one),
        cmocka_unit_test(repeated_syns_are_retries),
        cmocka_unit_test(a_syn_after_a_refusal_goes_on),
        cmocka_unit_test(a_syn_behind_its_syn_ack_is_no_new_one),
        cmocka_unit_test(counts_what_is_no_new_data),
        cmocka_unit_test(counts_what_was_not_answered),
        cmocka_unit_test(remembers_the_last_long_pause),
        cmocka_unit_test(a_zero_window_of_syn_fin_or_rst_means_nothing),
        cmocka_unit_test(the_payload_of_a_rst_is_no_data),
        cmocka_unit_test(the_ttl_of_a_rst_stands_apart),
        cmocka_unit_test(data_on_a_syn_is_data),
        cmocka_unit_test(sequence_numbers_may_wrap),
        cmocka_unit_test(reordering_changes_nothing),
        cmocka_unit_test(overlaps_take_the_first_data),
        cmocka_unit_test(a_lost_segment_is_a_hole),
        cmocka_unit_test(data_that_answers_gives_up_a_gap),
        cmocka_unit_test(a_fin_may_come_before_its_data),
        cmocka_unit_test(the_snapshot_length_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
