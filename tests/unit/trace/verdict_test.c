/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/verdict.h"

#include "support/letters.h"
#include "support/wire.h"

/* The words of one conversation: protocol outcome stage closed_by close, then the TCP end. */
struct row {
    const char *script, *words, *end, *letters;
};

static const char *words_of(const struct ak_conversation *c, char *out, size_t room)
{
    (void)snprintf(out, room, "%s %s %s %s %s", ak_protocol_name(c->protocol),
                   ak_outcome_name(c->outcome), ak_stage_name(c->stage), ak_side_name(c->closed_by),
                   ak_close_name(c->close));
    return out;
}

static const char *end_of(const struct ak_conversation *c, char *out, size_t room)
{
    if (c->tcp_end_by == AK_SIDE_NONE)
        return "none";
    (void)snprintf(out, room, "%s %s", ak_side_name(c->tcp_end_by), c->tcp_end_rst ? "rst" : "fin");
    return out;
}

static void check(const struct row *rows, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct wire w;
        char words[80], end[32];
        wire_open(&w);
        wire_play(&w, rows[i].script);
        const struct ak_conversation *c = wire_only(&w);
        if (strcmp(words_of(c, words, sizeof words), rows[i].words) != 0 ||
            strcmp(end_of(c, end, sizeof end), rows[i].end) != 0 ||
            (rows[i].letters != NULL && strcmp(letters_of(c), rows[i].letters) != 0)) {
            print_error("%s\n is: %s, end %s, %s\nnot: %s, end %s, %s\n", rows[i].script, words,
                        end_of(c, end, sizeof end), letters_of(c), rows[i].words, rows[i].end,
                        rows[i].letters ? rows[i].letters : "any letters");
            wrong++;
        }
        wire_close(&w);
    }
    assert_int_equal(wrong, 0);
}

static void tcp_alone(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {">S", "unknown incomplete P0 none none", "none", ">S"},
        {">S 1000", "unknown incomplete P0 none none", "none", ">S"}, /* the capture ends there */
        {">S 5000 <A", "unknown incomplete P0 none none", "none", NULL},
        {">S <SA", "unknown incomplete P0 none none", "none", ">S <SA"},
        {">S <SA >A", "unknown incomplete P0 none none", "none", ">S <SA >A"},
        {">S <RA", "unknown refused P0 server rst", "server rst", ">S <R"},
        {">S >R", "unknown refused P0 client rst", "client rst", ">S >R"},
        {">S <SA >A >F <F >A", "unknown refused P0 client fin", "client fin", ">S <SA >A >F <F >A"},
        {">S <SA >A 5000 <F", "unknown refused P0 server fin", "server fin", NULL},
        {">S <SA >A >F <R", "unknown refused P0 client fin", "server rst", ">S <SA >A >F <R"},
    };
    check(rows, AK_COUNT(rows));
}

static void plain_text(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WIRE_CONNECT ">HTTP <TEXT <F >F", "unknown plaintext P7 server fin", "server fin",
         ">S <SA >A >AP <AP <F >F"},
        {WIRE_CONNECT ">HTTP >R", "unknown plaintext P6 client rst", "client rst", NULL},
        {WIRE_CONNECT "<TEXT <F", "unknown plaintext P2 server fin", "server fin", NULL},
    };
    check(rows, AK_COUNT(rows));
}

static void tds_before_tls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WIRE_CONNECT ">PL0 <RA", "tds refused P1 server rst", "server rst", ">S <SA >A >PL <R"},
        {WIRE_CONNECT ">PL0 2000 <F", "tds refused P1 server fin", "server fin", NULL},
        {WIRE_CONNECT ">PL0 2990 >F", "tds refused P1 client fin", "client fin", NULL},
        {WIRE_CONNECT ">PL0 2999 >F", "tds unanswered P1 client timeout", "client fin", NULL},
        {WIRE_CONNECT ">PL0 5000 >R", "tds unanswered P1 client timeout", "client rst", NULL},
        {WIRE_CONNECT ">PL0 5000 <F", "tds refused P1 server fin", "server fin", NULL},
        {WIRE_CONNECT ">PL1 <PR2 >F", "tds refused P2 client fin", "client fin",
         ">S <SA >A >PL <PR >F"},
        {WIRE_CONNECT ">PL1 <PR2", "tds incomplete P2 none none", "none", NULL},
        {WIRE_CONNECT ">PL2 <PR2 >L7 <ACK >SQL <ROW >F", "tds plaintext P7 client fin",
         "client fin", ">S <SA >A >PL <PR >L7 <RE >AP <RE >F"},
        {WIRE_CONNECT ">PL2 <PR2 >L7 <F", "tds plaintext P6 server fin", "server fin", NULL},
        {WIRE_CONNECT ">LOGIN2 <F", "tds plaintext P6 server fin", "server fin",
         ">S <SA >A >L7 <F"},
    };
    check(rows, AK_COUNT(rows));
}

#define TLS_FULL ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF "

static void tls_handshakes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WIRE_CONNECT ">CH", "tls incomplete P3 none none", "none", ">S <SA >A >CH"},
        {WIRE_CONNECT ">CH <RA", "tls failed P3 server rst", "server rst", NULL},
        {WIRE_CONNECT ">CH <F", "tls failed P3 server fin", "server fin", NULL},
        {WIRE_CONNECT ">CH 5000 >F", "tls unanswered P3 client timeout", "client fin", NULL},
        {WIRE_CONNECT ">CH <AL40 >F <F", "tls failed P3 server alert", "client fin",
         ">S <SA >A >CH <AL(40) >F <F"},
        {WIRE_CONNECT ">CH <AL70", "tls failed P3 server alert", "none", NULL},
        {WIRE_CONNECT ">CH <AW90 <F", "tls failed P3 server fin", "server fin", NULL},
        {WIRE_CONNECT ">CH <SH <CE <SK <SD >F", "tls failed P4 client fin", "client fin", NULL},
        {WIRE_CONNECT ">CH <SH <CE <SK <SD >AL48 >R", "tls failed P4 client alert", "client rst",
         NULL},
        {WIRE_CONNECT ">CH <SH <CE <SK <SD >CK+CC+EF <F", "tls failed P5 server fin", "server fin",
         ">S <SA >A >CH <SH <CE <SK <SD >CK >CC >EF <F"},
        {WIRE_CONNECT TLS_FULL, "tls established P5b none none", "none", NULL},
        {WIRE_CONNECT TLS_FULL ">EA >F", "tls established P5b client fin", "client fin",
         ">S <SA >A >CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >EA >F"},
        {WIRE_CONNECT TLS_FULL ">AP >AP >R", "tls established P6 client rst", "client rst",
         ">S <SA >A >CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP*2 >R"},
        {WIRE_CONNECT TLS_FULL ">AP 4000 >F", "tls established P6 client timeout", "client fin",
         NULL},
        {WIRE_CONNECT TLS_FULL "<AP >F", "tls established P5b client fin", "client fin", NULL},
        {WIRE_CONNECT TLS_FULL ">AP <AP <F", "tls established P7 server fin", "server fin", NULL},
        {WIRE_CONNECT ">CHS <SH13+CC+AP400+AP53 >CC+AP53 >AP <AP >F",
         "tds8 established P7 client fin", "client fin", NULL},
    };
    check(rows, AK_COUNT(rows));
}

/* An alert goes before the same side's FIN, however the capture shows them. */
static void alerts_and_ends(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {WIRE_CONNECT ">CH >F <AL40 <F", "tls failed P3 client fin", "client fin", NULL},
        {WIRE_CONNECT ">CH <AL40+AL70 >F", "tls failed P3 server alert", "client fin",
         ">S <SA >A >CH <AL(40) <AL(70) >F"},
        {WIRE_CONNECT ">CH <AL0 >F", "tls failed P3 server alert", "client fin", NULL},
        {WIRE_CONNECT ">CH <SH13 >AW48 >F", "tls failed P4 client alert", "client fin", NULL},
        {WIRE_CONNECT ">CH <SH13 >AL90 >F", "tls failed P4 client fin", "client fin", NULL},
        {WIRE_CONNECT ">CH <SH13 >AL0 >F", "tls failed P4 client fin", "client fin", NULL},
    };
    check(rows, AK_COUNT(rows));
}

static void an_alert_behind_the_same_sides_fin(void **state)
{
    (void)state;
    struct wire w;
    static struct octets alert;
    wire_open(&w);
    wire_play(&w, WIRE_CONNECT ">CH");
    octets_item(&alert, "AL40");
    uint32_t at = w.next[1];
    wire_raw(&w, 1, AK_TCP_ACK | AK_TCP_FIN, at + 7, w.next[0], wire_nothing());
    wire_raw(&w, 1, AK_TCP_ACK, at, w.next[0], octets_span(&alert));
    const struct ak_conversation *c = wire_only(&w);
    assert_int_equal(c->close, AK_CLOSE_ALERT);
    assert_int_equal(c->closed_by, AK_SIDE_SERVER);
    assert_int_equal(c->outcome, AK_OUTCOME_FAILED);
    wire_close(&w);
}

static void begun_before_the_capture(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {">CH <F", "tls failed P3 server fin", "server fin", ">CH <F"},
        {"<SH <CE <SK <SD >F", "tls incomplete P4 client fin", "client fin", NULL},
        {"<SH >AL48", "tls failed P4 client alert", "none", NULL},
        {">SQL <ROW >F", "tds incomplete P7 client fin", "client fin", NULL},
        {">SQL", "tds incomplete P6 none none", "none", NULL},
        {">AP <AP >F", "tls incomplete P7 client fin", "client fin", NULL},
        {">A <A", "unknown incomplete P0 none none", "none", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct wire w;
        wire_open(&w);
        wire_play(&w, rows[i].script);
        assert_true(wire_only(&w)->begun_before);
        wire_close(&w);
    }
    check(rows, AK_COUNT(rows));
}

static void an_unanswered_syn_needs_time_or_a_retry(void **state)
{
    (void)state;
    struct wire w;
    wire_open(&w);
    wire_play(&w, ">S 1000");
    w.port[0]++; /* another conversation shows that the capture went on */
    wire_play(&w, ">S");
    assert_int_equal(wire_seen(&w, 0)->outcome, AK_OUTCOME_UNANSWERED);
    assert_int_equal(w.seen[0]->close, AK_CLOSE_TIMEOUT);
    assert_int_equal(w.seen[0]->closed_by, AK_SIDE_NONE);
    assert_int_equal(w.seen[1]->outcome, AK_OUTCOME_INCOMPLETE);
    wire_close(&w);
    wire_open(&w);
    wire_raw(&w, 0, AK_TCP_SYN, 77, 0, wire_nothing());
    w.time += 200 * INT64_C(1000000);
    wire_raw(&w, 0, AK_TCP_SYN, 77, 0, wire_nothing());
    assert_int_equal(wire_only(&w)->outcome, AK_OUTCOME_UNANSWERED);
    assert_int_equal(w.seen[0]->syn_retries, 1);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_alone),
        cmocka_unit_test(plain_text),
        cmocka_unit_test(tds_before_tls),
        cmocka_unit_test(tls_handshakes),
        cmocka_unit_test(alerts_and_ends),
        cmocka_unit_test(an_alert_behind_the_same_sides_fin),
        cmocka_unit_test(begun_before_the_capture),
        cmocka_unit_test(an_unanswered_syn_needs_time_or_a_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
