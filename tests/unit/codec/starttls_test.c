/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/clear_talk.h"

/* ---- which dialogue ---- */

static void first_bytes_tell_the_dialogue(void **state)
{
    (void)state;
    static const struct {
        int server;
        const char *hex;
        enum ak_verdict verdict;
        enum ak_service service;
        enum ak_proxy_kind proxy;
    } rows[] = {
        {S, "'220 mx ESMTP' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_SMTP, AK_PROXY_NONE},
        {S, "'220 mx LMTP' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_SMTP, AK_PROXY_NONE},
        {S, "'220 (vsFTPd 3.0.5)' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_FTP, AK_PROXY_NONE},
        {S, "'220 welcome' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'220-welcome' 0a", AK_VERDICT_PARSED, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'220 mx ESM'", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'22'", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'2200 mx ESMTP' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'+OK ready' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_POP3, AK_PROXY_NONE},
        {S, "'* OK [CAPABILITY IMAP4rev1] x' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_IMAP,
         AK_PROXY_NONE},
        {S, "'* NO' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "'SSH-2.0-x' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'EHLO me' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_SMTP, AK_PROXY_NONE},
        {C, "'helo me' 0a", AK_VERDICT_PARSED, AK_SERVICE_SMTP, AK_PROXY_NONE},
        {C, "'EHLOme' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'AUTH TLS' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_FTP, AK_PROXY_NONE},
        {C, "'CAPA' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_POP3, AK_PROXY_NONE},
        {C, "'a1 CAPABILITY' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_IMAP, AK_PROXY_NONE},
        {C, "'GET / HTTP/1.1' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'<stream:stream to=''>'", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'<stream:stream xmlns=jabber:client>'", AK_VERDICT_PARSED, AK_SERVICE_XMPP,
         AK_PROXY_NONE},
        {C, "301d02010177188016 '1.3.6'", AK_VERDICT_PARSED, AK_SERVICE_LDAP, AK_PROXY_NONE},
        {C, "300c0201016007020103 04008000", AK_VERDICT_PARSED, AK_SERVICE_LDAP, AK_PROXY_NONE},
        {C, "300c02010160", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "300c0201006007020103", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "3080020101", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "300c020101600702010304008000 ff", AK_VERDICT_PARSED, AK_SERVICE_LDAP, AK_PROXY_NONE},
        {C, "00000008 04d2162f", AK_VERDICT_PARSED, AK_SERVICE_POSTGRESQL, AK_PROXY_NONE},
        {C, "00000008 04d21630", AK_VERDICT_PARSED, AK_SERVICE_POSTGRESQL, AK_PROXY_NONE},
        {C, "00000009 04d2162f", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "00000015 00030000 'user' 00", AK_VERDICT_PARSED, AK_SERVICE_POSTGRESQL, AK_PROXY_NONE},
        {C, "00000015 00030000 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "00000090 'xSMB'", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "4a000000 0a '8.0.36' 00 0c000000 31*8 00 ffff", AK_VERDICT_PARSED, AK_SERVICE_MYSQL,
         AK_PROXY_NONE},
        {S, "4a000000 0a '8.0.36' 00 0c00", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "4a000001 0a '8.0.36' 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {S, "4a000000 0a 'x.0.36' 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "03000013 0ee00000000000 01000800 0b000000", AK_VERDICT_PARSED, AK_SERVICE_RDP,
         AK_PROXY_NONE},
        {C, "0300001c 17e00000000000 'Cookie: mstshash=' ", AK_VERDICT_PARSED, AK_SERVICE_RDP,
         AK_PROXY_NONE},
        {C, "03000016 11e00000000100c1020100c2020102c0010a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE,
         AK_PROXY_NONE},
        {C, "'CONNECT a:1 HTTP/1.1' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_NONE, AK_PROXY_CONNECT},
        {C, "'CONNECT a HTTP/1.1' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'CONNECT a:99999 HTTP/1.1' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'CONNECT a:1 HTTP/2' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "04 01 01bb c6336407 00", AK_VERDICT_PARSED, AK_SERVICE_NONE, AK_PROXY_SOCKS4},
        {C, "04 01 01bb c6336407 'me'", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "04 02 01bb c6336407 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "04 01 0000 c6336407 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "05 01 00", AK_VERDICT_PARSED, AK_SERVICE_NONE, AK_PROXY_SOCKS5},
        {C, "05 02 00", AK_VERDICT_SHORT, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "05 00", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "05 02 00 41", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
        {C, "'PROXY TCP4 1.2.3.4 5.6.7.8 1 2' 0d0a", AK_VERDICT_PARSED, AK_SERVICE_NONE,
         AK_PROXY_HEADER},
        {C, "'PROXY UDP4 1.2.3.4 5.6.7.8 1 2' 0d0a", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE,
         AK_PROXY_NONE},
        {C, "0d0a0d0a000d0a515549540a 2000 0000", AK_VERDICT_PARSED, AK_SERVICE_NONE,
         AK_PROXY_HEADER},
        {C, "0d0a0d0a000d0a515549540a 3000 0000", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE,
         AK_PROXY_NONE},
        {C, "0d0a0d0a000d0a515549540a 2111 0200", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE,
         AK_PROXY_NONE},
        {C, "7f", AK_VERDICT_UNKNOWN, AK_SERVICE_NONE, AK_PROXY_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_clear_state s;
        enum ak_verdict verdict = detect(&s, rows[i].server, rows[i].hex);
        if (verdict != rows[i].verdict)
            print_message("row %zu: %s\n", i, rows[i].hex);
        assert_int_equal(verdict, rows[i].verdict);
        assert_int_equal(ak_clear_service(&s), rows[i].service);
        assert_int_equal(ak_clear_proxy(&s), rows[i].proxy);
    }
}

/* Longer than the window: taken as cut, or refused; never asked for more. */
static void long_units_end(void **state)
{
    (void)state;
    static const struct {
        int server;
        const char *hex;
        enum ak_verdict verdict;
    } rows[] = {
        {S, "'220 ESMTP ' 78*600", AK_VERDICT_PARSED},
        {C, "'EHLO ' 78*600", AK_VERDICT_PARSED},
        {C, "'<?xml ' 78*600", AK_VERDICT_UNKNOWN},
        {C, "'<stream:stream xmlns=jabber:' 78*600", AK_VERDICT_PARSED},
        {C, "04 01 01bb c6336407 78*600", AK_VERDICT_UNKNOWN},
        {C, "'CONNECT a:1 ' 78*600", AK_VERDICT_UNKNOWN},
        {C, "'PROXY ' 78*600", AK_VERDICT_UNKNOWN},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_clear_state s;
        struct ak_clear_unit unit;
        memset(&s, 0, sizeof s);
        enum ak_verdict verdict = ak_clear_detect(&s, rows[i].server, ak_bytes_span(&b));
        if (verdict == AK_VERDICT_PARSED)
            verdict = ak_clear_read(&s, rows[i].server, ak_bytes_span(&b), &unit);
        assert_int_equal(verdict, rows[i].verdict);
        assert_int_equal(verdict == AK_VERDICT_PARSED && unit.size != AK_CLEAR_WINDOW, 0);
        ak_bytes_free(&b);
    }
}

/* ---- damage ---- */

struct damaged {
    int server;
    struct ak_clear_state before;
};

static void read_damaged(struct ak_span bytes, void *context)
{
    struct damaged *d = context;
    struct ak_clear_state state = d->before;
    struct ak_clear_unit unit;
    enum ak_verdict verdict = AK_VERDICT_PARSED;
    if (state.row == NULL)
        verdict = ak_clear_detect(&state, d->server, bytes);
    if (verdict != AK_VERDICT_PARSED)
        return;
    verdict = ak_clear_read(&state, d->server, bytes, &unit);
    if (verdict != AK_VERDICT_PARSED)
        return;
    assert_true(unit.size != 0);
    ak_assert_inside(bytes, unit.target.bytes);
    ak_assert_inside(bytes, unit.source.bytes);
    assert_true(strlen(unit.answer) < sizeof unit.answer);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const struct {
        int server;
        const char *first; /* NULL: the unit itself begins the dialogue */
        int by;
        const char *hex;
    } rows[] = {
        {S, NULL, 0, "'220 mx ESMTP' 0d0a"},
        {S, "'STLS' 0d0a", C, "'+OK go' 0d0a"},
        {S, "'a STARTTLS' 0d0a", C, "'a OK go' 0d0a"},
        {C, NULL, 0, "'<?xml?><stream:stream xmlns=jabber:client>'"},
        {C, NULL, 0, "301d 020105 7718 8016 '1.3.6.1.4.1.1466.20037'"},
        {S, "301d 020105 7718 8016 '1.3.6.1.4.1.1466.20037'", C,
         "3084 0000000c 020105 7807 0a0135 0400 0400"},
        {C, NULL, 0, "00000008 04d2162f"},
        {S, "00000008 04d2162f", C, "'S'"},
        {S, NULL, 0, "1e000000 0a '8.0' 00 0c000000 31*8 00 0008 00*9"},
        {C, "1e000000 0a '8.0' 00 0c000000 31*8 00 0008 00*9", S,
         "20000001 85aeff19 00000001 ff 00*23"},
        {C, NULL, 0, "03000013 0ee00000000000 01000800 03000000"},
        {S, "03000013 0ee00000000000 01000800 03000000", C,
         "03000013 0ed00000123400 03000800 06000000"},
        {C, NULL, 0, "'CONNECT [::1]:1433 HTTP/1.1' 0d0a"},
        {S, "'CONNECT [::1]:1433 HTTP/1.1' 0d0a", C, "'HTTP/1.1 200 OK' 0d0a"},
        {C, NULL, 0, "04 01 01bb 00000001 'me' 00 'host' 00"},
        {S, "04 01 01bb 00000001 'me' 00 'host' 00", C, "00 5a 000000000000"},
        {C, "05 01 00", C, "05 01 00 03 04 'host' 01bb"},
        {C, "05 01 00", C, "01 02 'me' 02 'pw'"},
        {C, NULL, 0, "'PROXY TCP4 1.2.3.4 5.6.7.8 1 2' 0d0a"},
        {C, NULL, 0, "0d0a0d0a000d0a515549540a 21 11 000f c6336407 cb007109 dc04 01bb 200000"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct damaged d = {rows[i].server, {0}};
        if (rows[i].first != NULL) {
            struct ak_bytes first = ak_hex(rows[i].first);
            struct ak_clear_unit unit;
            assert_int_equal(ak_clear_detect(&d.before, rows[i].by, ak_bytes_span(&first)),
                             AK_VERDICT_PARSED);
            assert_int_equal(ak_clear_read(&d.before, rows[i].by, ak_bytes_span(&first), &unit),
                             AK_VERDICT_PARSED);
            ak_bytes_free(&first);
        }
        struct ak_bytes b = ak_hex(rows[i].hex);
        ak_each_damage(ak_bytes_span(&b), read_damaged, &d);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_tell_the_dialogue),
        cmocka_unit_test(long_units_end),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
