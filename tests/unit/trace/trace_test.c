/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include "base/limits.h"
#include "base/alloc.h"
#include "support/letters.h"
#include "support/wire.h"

static struct ak_span text(const char *string)
{
    struct ak_span span = {(const uint8_t *)string, strlen(string)};
    return span;
}

/* The item's bytes, valid until the next call. */
static struct ak_span item(const char *name)
{
    static struct octets o;
    o.size = 0;
    octets_word(&o, name);
    return octets_span(&o);
}

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
    uint32_t hello = w.next[0] - (uint32_t)item("CH").size;
    wire_raw(&w, 0, ACK, hello, w.next[1], item("CH"));
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
    uint32_t hello = w.next[1] - (uint32_t)item("SH").size;
    for (int i = 0; i < 4; i++) {
        wire_play(&w, "300");
        wire_raw(&w, 1, ACK, hello, w.next[0], item("SH"));
        wire_raw(&w, 1, ACK, hello, w.next[0], item("SH"));
    }
    c = wire_only(&w);
    assert_int_equal(c->side[AK_SIDE_SERVER].retransmissions, 8);
    assert_int_equal(c->side[AK_SIDE_SERVER].unanswered, 4);
    wire_close(&w);
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH <A <SH");
    for (int i = 0; i < 4; i++)
        wire_raw(&w, 1, ACK, hello, w.next[0], item("SH"));
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
    wire_raw(&w, 1, RST | ACK, w.next[1], w.next[0], item("SH"));
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
    struct ak_span hello = item("CH");
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
        w.next[0] += (uint32_t)item(rows[i].lost).size;
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
    w.next[0] += (uint32_t)item("TEXT").size; /* lost */
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
    assert_int_equal(c->side[AK_SIDE_CLIENT].bytes, item("CH").size);
    assert_int_equal(t->cut_frames, 2);
    assert_int_equal(t->cut_handshakes, 1);
    assert_int_equal(t->bytes, 54 * 4 + 96 * 2);
    wire_close(&w);
}

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
        wire_tcp(&segment, &w, 0, ACK, w.next[0], w.next[1], item("CH"));
        for (size_t k = 0; k < 3; k++) {
            size_t from = orders[i][k] * 64;
            size_t size = orders[i][k] == 2 ? segment.size - from : 64;
            frame.size = 0;
            wire_headers(&frame, &w, 0, size, 77,
                         (unsigned)(from / 8 | (orders[i][k] == 2 ? 0 : 0x2000)));
            octets_add(&frame, segment.at + from, size);
            wire_frame(&w, &frame);
        }
        w.next[0] += (uint32_t)item("CH").size;
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

/* ---- handing out ---- */

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
    assert_int_equal(count[0], 10);
    ak_trace_flush(trace);
    assert_int_equal(count[0], AK_MAX_LINGERING + 10);
    assert_int_equal(count[1], 0); /* nothing was lost by it */
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
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(frames_of_other_kinds_are_counted),
        cmocka_unit_test(many_unknown_link_types_are_still_counted),
        cmocka_unit_test(hands_out_by_last_frame),
        cmocka_unit_test(closed_ones_linger_for_late_frames),
        cmocka_unit_test(half_closed_ones_stay_open),
        cmocka_unit_test(too_many_closed_ones_leave_early),
        cmocka_unit_test(a_limit_of_memory_evicts_the_oldest),
        cmocka_unit_test(every_file_counts_its_own_frames),
        cmocka_unit_test(the_next_file_goes_on),
        cmocka_unit_test(totals_count_handshakes),
        cmocka_unit_test(plain_http_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
