/* Units of clear talk and NTLM messages: what decides stays, what was said does not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/clear_message.h"

#include "base/attr.h"
#include "support/octets.h"

struct step {
    const char *said; /* the first byte: < or > */
    size_t size;      /* of what follows it */
    const char *kept;
};

#define STEP(said, kept)                                                                           \
    {                                                                                              \
        said, sizeof said - 2, kept                                                                \
    }

static bool read_unit(struct ak_clear_state *state, const struct step *step,
                      struct ak_pseudonyms *n, uint8_t to[AK_CLEAR_WINDOW],
                      struct ak_clear_unit *unit)
{
    struct ak_tap_part part;
    struct ak_span body = {(const uint8_t *)step->said + 1, step->size};
    bool server = step->said[0] == '<';
    if (state->row == NULL && ak_clear_detect(state, server, body) != AK_VERDICT_PARSED)
        return false;
    if (ak_clear_read(state, server, body, unit) != AK_VERDICT_PARSED)
        return false;
    memset(&part, 0, sizeof part);
    part.side = server ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    part.body = body;
    part.state = state;
    part.unit = unit;
    memset(to, 0, AK_CLEAR_WINDOW);
    ak_rewrite_clear(n, &part, to);
    return true;
}

static void check(const struct step *steps)
{
    struct ak_clear_state state;
    memset(&state, 0, sizeof state);
    for (; steps->said != NULL; steps++) {
        uint8_t to[AK_CLEAR_WINDOW];
        struct ak_clear_unit unit;
        assert_true(read_unit(&state, steps, NULL, to, &unit));
        assert_memory_equal(to, steps->kept, steps->size);
    }
}

static void words_stay_and_texts_go(void **state)
{
    (void)state;
    static const struct step smtp[] = {STEP("<220 mx ESMTP hi\r\n", "220 xxxxSMTPxxx\r\n"),
                                       STEP(">EHLO me.example\r\n", "EHLO me.example\r\n"),
                                       STEP("<250-STARTTLS\r\n", "250-STARTTLS\r\n"),
                                       STEP(">AUTH PLAIN AGJvYgA=\r\n", "AUTH xxxxxxxxxxxxxx\r\n"),
                                       STEP(">U2VjcmV0LTE=\r\n", "xxxxxxxxxxxx\r\n"),
                                       STEP("<535 no bob\r\n", "535 xxxxxx\r\n"),
                                       {NULL, 0, NULL}};
    static const struct step imap[] = {
        STEP("<* OK mx ready\r\n", "* OK xxxxxxxx\r\n"),
        STEP(">a LOGIN bob Secret-1\r\n", "a LOGIN xxxxxxxxxxxx\r\n"),
        STEP("<a NO bob\r\n", "xxxxxxxx\r\n"),
        STEP(">b STARTTLS\r\n", "b STARTTLS\r\n"),
        STEP("<b OK go\r\n", "b OK xx\r\n"),
        {NULL, 0, NULL}};
    static const struct step pop3[] = {STEP("<+OK mx\r\n", "+OK xx\r\n"),
                                       STEP(">USER bob\r\n", "USER xxx\r\n"),
                                       STEP(">PASS Secret-1\r\n", "PASS xxxxxxxx\r\n"),
                                       STEP("<-ERR no\n", "-ERR xx\n"),
                                       {NULL, 0, NULL}};
    static const struct step xmpp[] = {STEP("><stream:stream xmlns='jabber:client' to='a.b'>",
                                            "<stream:stream xxxxxxxjabber:xxxxxxxxxxxxxxxx>"),
                                       STEP("><starttls/>", "<starttls/>"),
                                       STEP("><auth>", "<auth>"),
                                       {NULL, 0, NULL}};
    check(smtp);
    check(imap);
    check(pop3);
    check(xmpp);
}

static void proxies_keep_their_target(void **state)
{
    (void)state;
    static const struct step connect[] = {
        STEP(">CONNECT sql01:1433 HTTP/1.1\r\n", "CONNECT sql01:1433 HTTP/1.1\r\n"),
        STEP(">Proxy-Authorization: Basic eA==\r\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
        STEP(">\r\n", "\r\n"),
        STEP("<HTTP/1.1 407 bob\r\n", "HTTP/1.1 407 xxx\r\n"),
        {NULL, 0, NULL}};
    static const struct step user[] = {
        STEP(">CONNECT bob:pw@[::1]:443 HTTP/1.1\r\n", "CONNECT xxxxxxxxxxxx:443 HTTP/1.1\r\n"),
        {NULL, 0, NULL}};
    static const struct step socks4[] = {
        STEP(">\4\1\5\x99\0\0\0\1bob\0sql01\0", "\4\1\5\x99\0\0\0\1xxx\0sql01\0"),
        STEP("<\0\x5a\1\2\3\4\5\6", "\0\x5a\0\0\0\0\0\0"),
        {NULL, 0, NULL}};
    static const struct step socks5[] = {STEP(">\5\1\2", "\5\1\2"),
                                         STEP("<\5\2", "\5\2"),
                                         STEP(">\1\3bob\2pw", "\1\3\0\0\0\2\0\0"),
                                         STEP("<\1\0", "\1\0"),
                                         STEP(">\5\1\0\3\5sql01\5\x99", "\5\1\0\3\5sql01\5\x99"),
                                         {NULL, 0, NULL}};
    static const struct step header[] = {STEP(">PROXY TCP4 192.0.2.1 192.0.2.2 5 443 hi\r\n",
                                              "PROXY TCP4 192.0.2.1 192.0.2.2 5 443xxx\r\n"),
                                         {NULL, 0, NULL}};
    check(connect);
    check(user);
    check(socks4);
    check(socks5);
    check(header);
}

static void packets_keep_what_decides(void **state)
{
    (void)state;
    static const struct step ldap[] = {
        STEP(">\x30\x12\2\1\1\x60\x0d\2\1\3\4\2cn\x80\4pass",
             "\x30\x12\2\1\1\x60\x0d\2\1\3\0\0\0\0\0"
             "\0\0\0\0\0"),
        STEP(">\x30\x09\2\1\2\x4a\4cn=a", "\x30\x09\2\1\2\x4a\4\0\0\0\0"),
        {NULL, 0, NULL}};
    static const struct step pg[] = {
        STEP(">\0\0\0\x12\0\3\0\0user\0bob\0\0", "\0\0\0\x12\0\3\0\0u\0\0\0\0\0\0\0\0\0"),
        {NULL, 0, NULL}};
    static const struct step rdp[] = {STEP(">\3\0\0\x2b\x26\xe0\0\0\0\0\0"
                                           "Cookie: mstshash=bobby\r\n"
                                           "\1\0\x08\0\3\0\0\0",
                                           "\3\0\0\x2b\x26\xe0\0\0\0\0\0"
                                           "Cookie: mstshash=xxxxx\r\n"
                                           "\1\0\x08\0\3\0\0\0"),
                                      {NULL, 0, NULL}};
    check(ldap);
    check(pg);
    check(rdp);
}

/* Every front of a unit is told when its rest is passed over. */
static void a_front_is_enough(void **state)
{
    (void)state;
    struct ak_pseudonyms *names = ak_pseudonyms_new("key");
    static const char *const said[] = {">CONNECT a.b:443 HTTP/1.1\r\n",
                                       "<+OK\r\n",
                                       "<* OK\r\n",
                                       "<220 SMTP\r\n",
                                       ">PROXY UNKNOWN\r\n",
                                       "><stream:stream jabber:>"};
    assert_non_null(names);
    for (size_t i = 0; i < AK_COUNT(said); i++)
        for (size_t size = 0; size < strlen(said[i]); size++) {
            struct ak_clear_state s;
            struct ak_clear_unit unit;
            uint8_t to[AK_CLEAR_WINDOW];
            struct step step = {said[i], size, NULL};
            memset(&s, 0, sizeof s);
            (void)read_unit(&s, &step, names, to, &unit);
        }
    ak_pseudonyms_free(names);
}

/* "NTLMSSP" 3, six fields, flags, DOM bob PC, 24 bytes of response. */
static size_t authenticate(uint8_t m[112])
{
    static const uint8_t fields[6][2] = {{24, 76}, {0, 100}, {3, 64}, {3, 67}, {2, 70}, {4, 72}};
    memset(m, 0xee, 112);
    memset(m, 0, 64);
    memcpy(m, "NTLMSSP", 7);
    m[8] = 3;
    for (size_t i = 0; i < 6; i++) {
        m[12 + 8 * i] = m[14 + 8 * i] = fields[i][0];
        m[16 + 8 * i] = fields[i][1];
    }
    memcpy(m + 64, "DOMbobPC", 8);
    return 112;
}

static void ntlm_names_without_hashes(void **state)
{
    (void)state;
    uint8_t m[112], to[112] = {0}, other[112] = {0};
    struct ak_span body = {m, authenticate(m)};
    struct ak_pseudonyms *names = ak_pseudonyms_new("key");
    assert_non_null(names);
    assert_int_equal(ak_rewrite_ntlm(NULL, body, to), 72);
    assert_memory_equal(to, m, 64);
    assert_memory_equal(to + 64, "DOMxxxPC", 8);
    for (size_t i = 72; i < sizeof to; i++)
        assert_int_equal(to[i], 0);
    assert_int_equal(ak_rewrite_ntlm(names, body, other), 72);
    assert_memory_not_equal(other + 64, m + 64, 3);
    assert_memory_not_equal(other + 67, m + 67, 3);
    for (size_t size = 0; size < body.size; size++)
        for (int flip = 0; flip < 256; flip += 51) {
            uint8_t *copy = malloc(size + 1), *zero = calloc(1, size + 1);
            assert_true(copy != NULL && zero != NULL);
            memcpy(copy, m, size);
            if (size != 0)
                copy[(size_t)flip % size] ^= (uint8_t)flip;
            struct ak_span front = {copy, size};
            assert_true(ak_rewrite_ntlm(names, front, zero) <= size);
            free(copy);
            free(zero);
        }
    ak_pseudonyms_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stay_and_texts_go),   cmocka_unit_test(proxies_keep_their_target),
        cmocka_unit_test(packets_keep_what_decides), cmocka_unit_test(a_front_is_enough),
        cmocka_unit_test(ntlm_names_without_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
