/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

enum { C, S }; /* client, server */

static enum ak_verdict detect(struct ak_clear_state *state, int server, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    memset(state, 0, sizeof *state);
    enum ak_verdict verdict = ak_clear_detect(state, server, ak_bytes_span(&b));
    ak_bytes_free(&b);
    return verdict;
}

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

/* ---- dialogues, unit by unit ---- */

struct step {
    int server;
    const char *hex; /* NULL: the end */
    enum ak_clear_event event;
    const char *answer;
};

static void play(const struct step *steps)
{
    struct ak_clear_state state;
    (void)detect(&state, steps[0].server, steps[0].hex);
    for (size_t i = 0; steps[i].hex != NULL; i++) {
        struct ak_bytes b = ak_hex(steps[i].hex);
        struct ak_clear_unit unit;
        enum ak_verdict verdict = ak_clear_read(&state, steps[i].server, ak_bytes_span(&b), &unit);
        if (verdict != AK_VERDICT_PARSED || unit.event != steps[i].event || unit.size != b.size)
            print_message("step %zu: %s: verdict %d event %d size %zu of %zu\n", i, steps[i].hex,
                          (int)verdict, (int)unit.event, unit.size, b.size);
        assert_int_equal(verdict, AK_VERDICT_PARSED);
        assert_int_equal(unit.event, steps[i].event);
        assert_int_equal(unit.size, b.size);
        if (steps[i].answer != NULL)
            assert_string_equal(unit.answer, steps[i].answer);
        ak_bytes_free(&b);
    }
}

static void lines_are_understood(void **state)
{
    (void)state;
    static const struct step smtp[] = {
        {S, "'220 mx ESMTP' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'EHLO me' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'StartTLS' 0d0a", AK_CLEAR_ASK, NULL}, /* both before an answer */
        {S, "'250-STARTTLS' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'250 HELP' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'220-2.0.0 a' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'220 go' 0d0a", AK_CLEAR_ACCEPT, "220"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step refused[] = {
        {S, "'220 x' 0a", AK_CLEAR_TEXT, NULL},
        {C, "'EHLO me' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'250 STARTTLS' 0d0a", AK_CLEAR_OFFER, NULL},
        {C, "'STARTTLS now' 0d0a", AK_CLEAR_TEXT, NULL}, /* takes no argument */
        {S, "'501 no' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'454 no' 0d0a", AK_CLEAR_REFUSE, "454"},
        {C, "'STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'220' 0a", AK_CLEAR_ACCEPT, "220"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step imap[] = {
        {S, "'* OK [CAPABILITY STARTTLS] x' 0d0a", AK_CLEAR_OFFER, NULL},
        {C, "'a STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'* CAPABILITY' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'ab OK x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'a NO not now' 0d0a", AK_CLEAR_REFUSE, "NO"},
        {C, "'b LOGOUT' 0d0a", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step pop3[] = {
        {S, "'+OK' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'STLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'-ERR no' 0d0a", AK_CLEAR_REFUSE, "-ERR"},
        {C, "'QUIT' 0d0a", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step ftp[] = {
        {S, "'220 x' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'AUTH TLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'234 go' 0d0a", AK_CLEAR_ACCEPT, "234"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step xmpp[] = {
        {C, "'<stream:stream xmlns=jabber:client>'", AK_CLEAR_TEXT, NULL},
        {S, "'<starttls xmlns=a>'", AK_CLEAR_OFFER, NULL},
        {S, "'<proceed/>'", AK_CLEAR_TEXT, NULL}, /* nobody asked */
        {C, "'<starttls/>'", AK_CLEAR_ASK, NULL},
        {S, "'<proceedx/>'", AK_CLEAR_TEXT, NULL},
        {S, "'<proceed xmlns=a/>'", AK_CLEAR_ACCEPT, "proceed"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {smtp, refused, imap, pop3, ftp, xmpp};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void packets_are_understood(void **state)
{
    (void)state;
    static const struct step ldap[] = {
        {C, "301d 020105 7718 8016 '1.3.6.1.4.1.1466.20037'", AK_CLEAR_ASK, NULL},
        {S, "300c 020104 7807 0a0100 0400 0400", AK_CLEAR_TEXT, NULL}, /* another's answer */
        {S, "300c 020105 7807 0a0135 0400 0400", AK_CLEAR_REFUSE, "53"},
        {C, "3084 00000005 020106 42 00", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step postgresql[] = {
        {C, "00000008 04d21630", AK_CLEAR_TEXT, NULL},
        {S, "'N'", AK_CLEAR_TEXT, NULL},
        {C, "00000008 04d2162f", AK_CLEAR_ASK, NULL},
        {S, "'N'", AK_CLEAR_REFUSE, "N"},
        {C, "58 00000004", AK_CLEAR_BYE, NULL},
        {C, "00000008 04d2162f", AK_CLEAR_ASK, NULL},
        {S, "'S'", AK_CLEAR_ACCEPT, "S"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step mysql[] = {
        {S, "1e000000 0a '8' 00 0c000000 31*8 00 0008 00*12", AK_CLEAR_OFFER, NULL},
        {C, "20000001 85aeff19 00000001 ff 00*23", AK_CLEAR_ACCEPT, ""},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step mysql_clear[] = {
        {S, "1e000000 0a '8' 00 0c000000 31*8 00 0000 00*12", AK_CLEAR_TEXT, NULL},
        {C, "20000001 85a6ff19 00000001 ff 00*23", AK_CLEAR_END, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step rdp[] = {
        {C, "03000013 0ee00000000000 01000800 03000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 03000800 06000000", AK_CLEAR_REFUSE,
         "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 03000800 09000000", AK_CLEAR_REFUSE, "9"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "0300000b 06d00000123400", AK_CLEAR_REFUSE, "rdp"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 02000800 08000000", AK_CLEAR_ACCEPT, "hybrid_ex"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {ldap, postgresql, mysql, mysql_clear, rdp};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void proxies_are_understood(void **state)
{
    (void)state;
    static const struct step connect[] = {
        {C, "'CONNECT h:443 HTTP/1.1' 0d0a", AK_CLEAR_TARGET, NULL},
        {C, "'Proxy-Authorization: Basic eA==' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.1 100 Continue' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.1 407 x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_DENY, NULL},
        {S, "'body' 0a", AK_CLEAR_TEXT, NULL},
        {C, "'CONNECT h:443 HTTP/1.1' 0d0a", AK_CLEAR_TARGET, NULL},
        {C, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.0 200 OK' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'Via: x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_GRANT, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step socks4[] = {
        {C, "04 01 01bb 00000001 'me' 00 'host' 00", AK_CLEAR_TARGET, NULL},
        {S, "00 5b 000000000000", AK_CLEAR_DENY, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step socks5[] = {
        {C, "05 02 00 02", AK_CLEAR_TEXT, NULL},
        {S, "05 02", AK_CLEAR_TEXT, NULL},
        {C, "01 02 'me' 02 'pw'", AK_CLEAR_TEXT, NULL},
        {S, "01 00", AK_CLEAR_TEXT, NULL},
        {C, "05 01 00 03 04 'host' 01bb", AK_CLEAR_TARGET, NULL},
        {S, "05 00 00 01 00000000 0000", AK_CLEAR_GRANT, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step gssapi[] = {
        {C, "05 01 01", AK_CLEAR_TEXT, NULL},
        {S, "05 01", AK_CLEAR_END, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step header[] = {
        {C, "0d0a0d0a000d0a515549540a 21 11 000f c6336407 cb007109 dc04 01bb 200000",
         AK_CLEAR_HEADER, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {connect, socks4, socks5, gssapi, header};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void targets_are_given(void **state)
{
    (void)state;
    struct ak_clear_state s;
    struct ak_clear_unit unit;
    struct ak_bytes b = ak_hex("'PROXY TCP6 2001:db8::5 2001:db8::9 1 65535' 0d0a");
    memset(&s, 0, sizeof s);
    assert_int_equal(ak_clear_detect(&s, false, ak_bytes_span(&b)), AK_VERDICT_PARSED);
    assert_int_equal(ak_clear_read(&s, false, ak_bytes_span(&b), &unit), AK_VERDICT_PARSED);
    assert_int_equal(unit.target.port, 65535);
    assert_int_equal(unit.source.port, 1);
    ak_assert_text(unit.source.bytes, "2001:db8::5");
    ak_assert_text(unit.target.bytes, "2001:db8::9");
    ak_bytes_free(&b);
    b = ak_hex("'CONNECT [::1]:1433 HTTP/1.1' 0d0a");
    memset(&s, 0, sizeof s);
    assert_int_equal(ak_clear_detect(&s, false, ak_bytes_span(&b)), AK_VERDICT_PARSED);
    assert_int_equal(ak_clear_read(&s, false, ak_bytes_span(&b), &unit), AK_VERDICT_PARSED);
    assert_int_equal(unit.target.port, 1433);
    ak_assert_text(unit.target.bytes, "::1");
    ak_bytes_free(&b);
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
        cmocka_unit_test(lines_are_understood),
        cmocka_unit_test(packets_are_understood),
        cmocka_unit_test(proxies_are_understood),
        cmocka_unit_test(targets_are_given),
        cmocka_unit_test(long_units_end),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
