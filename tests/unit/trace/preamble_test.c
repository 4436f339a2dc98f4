/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/preamble.h"

#include "base/alloc.h"
#include "support/talk.h"

static const enum ak_side C = AK_SIDE_CLIENT, S = AK_SIDE_SERVER;

/* `hex` starts with < or >; a word that begins so and goes on with a letter is a talk item. */
static void play(struct talk *t, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        if ((*lines)[1] == ' ')
            talk_hex(t, (*lines)[0] == '<' ? S : C, *lines + 2);
        else
            talk_play(t, *lines);
}

#define HANDSHAKE ">CH <SH <CE <SK <SD >CK+CC+EF <CC+EF >AP <AP"
#define HANDSHAKE_LETTERS ">CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >AP <AP"

static const char *const smtp[] = {"< '220 mx ESMTP' 0d0a",
                                   "> 'EHLO me' 0d0a",
                                   "< '250-mx' 0d0a '250 STARTTLS' 0d0a",
                                   "> 'STARTTLS' 0d0a",
                                   "< '220 go' 0d0a",
                                   HANDSHAKE,
                                   NULL};
static const char *const imap[] = {"< '* OK ready' 0d0a", "> 'a STARTTLS' 0d0a", "< 'a OK go' 0d0a",
                                   HANDSHAKE, NULL};
static const char *const ldap[] = {"> 301d 020105 7718 8016 '1.3.6.1.4.1.1466.20037'",
                                   "< 300c 020105 7807 0a0100 0400 0400", HANDSHAKE, NULL};
static const char *const pg[] = {"> 00000008 04d2162f", "< 'S'", HANDSHAKE, NULL};
static const char *const mysql[] = {"< 1e000000 0a '8' 00 0c000000 31*8 00 0008 00*12",
                                    "> 20000001 85aeff19 00000001 ff 00*23", HANDSHAKE, NULL};
static const char *const rdp[] = {"> 03000013 0ee00000000000 01000800 03000000",
                                  "< 03000013 0ed00000123400 02000800 02000000", HANDSHAKE, NULL};
static const char *const xmpp[] = {"> '<stream:stream xmlns=jabber:client>'",
                                   "< '<stream:stream><stream:features><starttls/>'",
                                   "> '<starttls/>'",
                                   "< '<proceed/>'",
                                   HANDSHAKE,
                                   NULL};
static const char *const connect[] = {"> 'CONNECT sql01:1433 HTTP/1.1' 0d0a 'Host: x' 0d0a 0d0a",
                                      "< 'HTTP/1.1 200 OK' 0d0a 'Via: x' 0d0a 0d0a", HANDSHAKE,
                                      NULL};
static const char *const socks4[] = {"> 04 01 0599 00000001 'me' 00 'sql01' 00",
                                     "< 00 5a 000000000000", HANDSHAKE, NULL};
static const char *const socks5[] = {"> 05 01 02",
                                     "< 05 02",
                                     "> 01 02 'me' 08 'Secret-1'",
                                     "< 01 00",
                                     "> 05 01 00 03 05 'sql01' 0599",
                                     "< 05 00 00 01 00000000 0000",
                                     HANDSHAKE,
                                     NULL};
static const char *const header[] = {"> 'PROXY TCP4 198.51.100.7 203.0.113.9 5 1433' 0d0a",
                                     HANDSHAKE, NULL};

struct row {
    const char *const *lines;
    enum ak_service service;
    enum ak_proxy_kind proxy;
    const char *host;
};
static const struct row rows[] = {
    {smtp, AK_SERVICE_SMTP, AK_PROXY_NONE, NULL},
    {imap, AK_SERVICE_IMAP, AK_PROXY_NONE, NULL},
    {ldap, AK_SERVICE_LDAP, AK_PROXY_NONE, NULL},
    {pg, AK_SERVICE_POSTGRESQL, AK_PROXY_NONE, NULL},
    {mysql, AK_SERVICE_MYSQL, AK_PROXY_NONE, NULL},
    {rdp, AK_SERVICE_RDP, AK_PROXY_NONE, NULL},
    {xmpp, AK_SERVICE_XMPP, AK_PROXY_NONE, NULL},
    {connect, AK_SERVICE_NONE, AK_PROXY_CONNECT, "sql01"},
    {socks4, AK_SERVICE_NONE, AK_PROXY_SOCKS4, "sql01"},
    {socks5, AK_SERVICE_NONE, AK_PROXY_SOCKS5, "sql01"},
    {header, AK_SERVICE_NONE, AK_PROXY_HEADER, "203.0.113.9"},
};

/* Cut anywhere: the same TLS, and the clear talk before it is no data. */
static void tls_is_read_behind_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (size_t piece = 0; piece < 24; piece++) {
            struct talk t;
            talk_open(&t, false);
            t.piece = piece;
            play(&t, rows[i].lines);
            const char *letters = talk_letters(&t);
            const char *from = strstr(letters, ">CH");
            assert_non_null(from);
            assert_string_equal(from, HANDSHAKE_LETTERS);
            assert_int_equal(t.seen.protocol, AK_PROTOCOL_TLS);
            assert_int_equal(t.seen.clear->service, rows[i].service);
            assert_int_equal(t.seen.clear->proxy, rows[i].proxy);
            if (rows[i].service != AK_SERVICE_NONE)
                assert_int_equal(t.seen.clear->starttls, AK_STARTTLS_ACCEPTED);
            if (rows[i].host != NULL) {
                assert_string_equal(t.seen.clear->proxy_host, rows[i].host);
                assert_int_equal(t.seen.clear->proxy_port, 1433);
            }
            assert_true(t.seen.step[AK_STEP_CLIENT_DATA].frame >
                        t.seen.step[AK_STEP_CLIENT_HELLO].frame);
            talk_close(&t);
        }
}

/* Nothing of a password stays in what is kept, once it was understood. */
static void passwords_are_wiped(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    play(&t, (const char *const[]){"> 05 01 02", "< 05 02", "> 01 02 'me' 08 'Secret-1'", NULL});
    const uint8_t *kept = t.dialogue->preamble->half[C].bytes;
    for (size_t i = 0; i < AK_CLEAR_WINDOW; i++)
        assert_int_equal(kept[i], 0);
    talk_close(&t);
    talk_open(&t, false);
    play(&t, (const char *const[]){"< '220 ESMTP' 0d0a", "> 'AUTH PLAIN Secret-1' 0d0a 'x'", NULL});
    kept = t.dialogue->preamble->half[C].bytes;
    assert_int_equal(kept[0], 'x');
    for (size_t i = 1; i < AK_CLEAR_WINDOW; i++)
        assert_int_equal(kept[i], 0);
    talk_close(&t);
}

static void a_lost_answer_hinders_nothing(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    play(&t, (const char *const[]){"< '220 ESMTP' 0d0a", "> 'STARTTLS' 0d0a", "<(10)", HANDSHAKE,
                                   NULL});
    assert_true(t.seen.tls->finished[C] && t.seen.tls->finished[S]);
    assert_int_equal(t.seen.clear->starttls, AK_STARTTLS_ACCEPTED);
    talk_close(&t);
    talk_open(&t, false); /* the question too */
    play(&t, (const char *const[]){"< '220 ESMTP' 0d0a", ">(10)", "<(10)", HANDSHAKE, NULL});
    assert_true(t.seen.tls->finished[C] && t.seen.tls->finished[S]);
    talk_close(&t);
    talk_open(&t, false); /* and a hole where nothing was asked is none that matters */
    play(&t,
         (const char *const[]){"< '220 ESMTP' 0d0a", "> 'EHLO'", ">(10)", "< '250 x' 0d0a", NULL});
    assert_false(t.seen.hole);
    talk_close(&t);
}

/* TLS after bytes that nobody knows, only with a flawless answer. */
static void tls_is_carved_out(void **state)
{
    (void)state;
    static const struct {
        const char *const lines[6];
        const char *letters;
    } cases[] = {
        {{"> 'NX' 0a", "< 'NX' 0a", ">CH", "<SH <CE", NULL}, ">AP <AP >CH <SH <CE"},
        {{"> 'NX' 0a", ">CH", "<AL40", NULL}, ">AP >CH <AL(40)"},
        {{"> 'NX' 0a", ">CH", "> 'more'", "<SH", NULL}, ">AP >CH <SH"},
        {{"> 'NX' 0a", ">CH", "< 'text'", "<SH", NULL}, ">AP*2 <AP*2"},
        {{"> 'NX' 0a", ">CH", NULL}, ">AP*2"},
        {{"> 'NX' 0a", "< 'NX'", ">SH", "<SH", NULL}, ">AP <AP >AP <AP"},
        {{"> 'NX' 0a", "< 'NX'", "> 16 0301 0005 01 000001 00", "<SH", NULL}, ">AP <AP >AP <AP"},
        {{"> 'NX' 0a", "< 'NX'", ">CH", ">(5)", "<SH", NULL}, ">AP <AP >AP <AP"},
    };
    for (size_t i = 0; i < AK_COUNT(cases); i++) {
        struct talk t;
        talk_open(&t, false);
        play(&t, cases[i].lines);
        ak_dialogue_end(t.dialogue);
        assert_string_equal(talk_letters(&t), cases[i].letters);
        talk_close(&t);
    }
}

static void what_is_not_carved_is_bounded(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    play(&t, (const char *const[]){"> 'NX' 0a", ">CH", NULL});
    for (int i = 0; i < 20; i++)
        talk_hex(&t, C, "41*2000");
    assert_false(t.dialogue->carved.waiting);
    assert_string_equal(talk_letters(&t), ">AP*22");
    talk_close(&t);
}

/* Talk without end is given up. */
static void long_talk_is_given_up(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_hex(&t, S, "'220 ESMTP' 0d0a");
    for (int i = 0; i < 40; i++)
        talk_hex(&t, S, "'250-' 78*510 0d0a");
    assert_true(t.dialogue->preamble_over);
    talk_close(&t);
}

static void sides_can_be_exchanged(void **state)
{
    (void)state;
    struct talk t;
    talk_open(&t, false);
    talk_hex(&t, S, "'CONN'");
    ak_dialogue_swap(t.dialogue);
    talk_hex(&t, C, "'ECT h:443 HTTP/1.1' 0d0a 0d0a");
    assert_true(t.dialogue->preamble_over || t.seen.clear == NULL ||
                t.seen.clear->proxy == AK_PROXY_CONNECT);
    talk_close(&t);
}

static void running_out_of_memory_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        unsigned long most = 200;
        for (unsigned long n = 1; n <= most; n++) {
            struct talk t;
            talk_open(&t, false);
            (void)ak_alloc_fail_after(n);
            /* The vectors of a talk need memory too: begin to fail with the first bytes. */
            play(&t, rows[i].lines);
            most = ak_alloc_fail_after(0);
            talk_close(&t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_is_read_behind_each),
        cmocka_unit_test(passwords_are_wiped),
        cmocka_unit_test(a_lost_answer_hinders_nothing),
        cmocka_unit_test(tls_is_carved_out),
        cmocka_unit_test(what_is_not_carved_is_bounded),
        cmocka_unit_test(long_talk_is_given_up),
        cmocka_unit_test(sides_can_be_exchanged),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
