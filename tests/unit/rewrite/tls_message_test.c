/* Hello messages without names; what stays is what verdicts need. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/tls_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/tls.h"
#include "support/parser_check.h"

static struct ak_pseudonyms *names;

static const char client_hello[] =
    "0303 'rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr' 04 'sess' 0004 c030 1301 01 00 006f"
    "0000 0010 000e 00 000b 'sqlserver01'" /* server_name */
    "000a 0004 0002 001d"                  /* groups */
    "0023 0006 'ticket'"                   /* session_ticket */
    "0010 000a 0008 07 'tds/8.0'"          /* ALPN */
    "0033 0010 000e 001d 0004 'keyA' 0017 0002 'kB'"
    "0029 0019 000f 0009 'identityX' 01020304 0006 05 'bindr'"
    "ffce 0006 'secret'"; /* unknown */

struct rewritten {
    struct ak_bytes from, to;
};

static struct rewritten rewrite(const char *hex, enum ak_side side, uint8_t type,
                                struct ak_pseudonyms *with, const struct ak_tls_seen *tls)
{
    struct rewritten r;
    r.from = ak_hex(hex);
    r.to = ak_bytes_copy(r.from.at, r.from.size);
    memset(r.to.at, 0, r.to.size);
    ak_rewrite_tls(with, tls, side, type, ak_bytes_span(&r.from), r.to.at);
    return r;
}

static void release(struct rewritten *r)
{
    ak_bytes_free(&r->from);
    ak_bytes_free(&r->to);
}

static bool holds(const struct ak_bytes *b, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= b->size; i++)
        if (memcmp(b->at + i, text, n) == 0)
            return true;
    return false;
}

static void hello_without_secrets(void **state)
{
    (void)state;
    struct rewritten r = rewrite(client_hello, AK_SIDE_CLIENT, AK_TLS_CLIENT_HELLO, NULL, NULL);
    static const char *const stay[] = {"sqlserver01", "tds/8.0", "sess", "keyA"};
    static const char *const go[] = {"ticket", "identityX", "bindr", "secret"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(holds(&r.from, go[i]));
        assert_true(holds(&r.to, stay[i]));
        assert_false(holds(&r.to, go[i]));
    }
    release(&r);
}

static void hello_under_pseudonyms(void **state)
{
    (void)state;
    struct rewritten r = rewrite(client_hello, AK_SIDE_CLIENT, AK_TLS_CLIENT_HELLO, names, NULL);
    static const char *const go[] = {"sqlserver01", "sess", "keyA", "rrrr", "ticket", "secret"};
    struct ak_client_hello before, after;
    struct ak_parse parse;
    for (size_t i = 0; i < 6; i++)
        assert_false(holds(&r.to, go[i]));
    assert_true(holds(&r.to, "tds/8.0"));
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&r.from), &before, &parse),
                     AK_VERDICT_PARSED);
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&r.to), &after, &parse),
                     AK_VERDICT_PARSED);
    assert_int_equal(before.bad_extensions, 0);
    assert_int_equal(after.bad_extensions, 0);
    assert_int_equal(after.server_name.size, 11);
    assert_int_equal(after.key_shares.size, before.key_shares.size);
    assert_int_equal(after.cipher_suites.size, 4);
    assert_true(after.session_ticket && after.pre_shared_key);
    release(&r);
}

/* RFC 8446 4.1.3: both kinds of special random stay what they are. */
static void special_randoms_stay(void **state)
{
    (void)state;
    static const char retry[] =
        "0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00";
    struct rewritten r = rewrite(retry, AK_SIDE_SERVER, AK_TLS_SERVER_HELLO, names, NULL);
    assert_memory_equal(r.to.at, r.from.at, r.from.size);
    release(&r);
    r = rewrite("0303 'rrrrrrrrrrrrrrrrrrrrrrrrDOWNGRD' 01 00 c030 00", AK_SIDE_SERVER,
                AK_TLS_SERVER_HELLO, names, NULL);
    assert_true(holds(&r.to, "DOWNGRD"));
    assert_false(holds(&r.to, "rrrr"));
    release(&r);
}

static void leading_zeros_of_public_values_stay(void **state)
{
    (void)state;
    struct ak_tls_seen tls;
    memset(&tls, 0, sizeof tls);
    tls.cipher_suite = 0x009e; /* TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 */
    tls.version = 0x0303;
    struct rewritten r =
        rewrite("0008 f1a2a3a4a5a6a7ff 0001 02 0008 0000b1b2b3b4b5b6 0401 0004 'sign'",
                AK_SIDE_SERVER, AK_TLS_SERVER_KEY_EXCHANGE, names, &tls);
    struct ak_server_key_exchange exchange;
    struct ak_parse parse;
    assert_int_equal(
        ak_server_key_exchange_parse(ak_bytes_span(&r.to), true, 0x0303, &exchange, &parse),
        AK_VERDICT_PARSED);
    assert_int_equal(exchange.p.bytes[0], 0xf1);
    assert_int_equal(exchange.p.bytes[7], 0xff);
    assert_memory_not_equal(exchange.p.bytes, r.from.at + 2, 8);
    assert_int_equal(exchange.public_value.bytes[0] | exchange.public_value.bytes[1], 0);
    assert_int_equal(exchange.public_value.bytes[2], 0xb1);
    assert_memory_not_equal(exchange.public_value.bytes, r.from.at + 15, 8);
    assert_int_equal(exchange.signature_scheme, 0x0401);
    assert_false(holds(&r.to, "sign"));
    release(&r);
}

static void encrypted_secrets_and_tickets_go(void **state)
{
    (void)state;
    struct ak_tls_seen tls;
    memset(&tls, 0, sizeof tls);
    tls.cipher_suite = 0x002f; /* RSA key exchange */
    struct rewritten r =
        rewrite("0010 'premaster secret'", AK_SIDE_CLIENT, AK_TLS_CLIENT_KEY_EXCHANGE, NULL, &tls);
    assert_false(holds(&r.to, "premaster"));
    release(&r);
    r = rewrite("00000e10 0006 'ticket'", AK_SIDE_SERVER, AK_TLS_NEW_SESSION_TICKET, NULL, &tls);
    assert_false(holds(&r.to, "ticket"));
    release(&r);
}

struct damage {
    enum ak_side side;
    uint8_t type;
};

/* What a parser says of a damaged hello it says of the rewritten one. */
static void same_verdict(struct ak_span body, void *context)
{
    const struct damage *d = context;
    struct ak_bytes to = ak_bytes_copy(body.bytes, body.size);
    struct ak_client_hello client[2];
    struct ak_server_hello server[2];
    struct ak_parse a, b;
    if (to.size != 0)
        memset(to.at, 0, to.size);
    ak_rewrite_tls(names, NULL, d->side, d->type, body, to.at);
    if (d->side == AK_SIDE_CLIENT) {
        (void)ak_client_hello_parse(body, &client[0], &a);
        (void)ak_client_hello_parse(ak_bytes_span(&to), &client[1], &b);
        assert_int_equal(client[0].bad_extensions != 0, client[1].bad_extensions != 0);
        assert_int_equal(client[0].server_name.size, client[1].server_name.size);
        assert_int_equal(client[0].cipher_suites.size, client[1].cipher_suites.size);
    } else {
        (void)ak_server_hello_parse(body, &server[0], &a);
        (void)ak_server_hello_parse(ak_bytes_span(&to), &server[1], &b);
        assert_int_equal(server[0].cipher_suite, server[1].cipher_suite);
        assert_int_equal(server[0].version, server[1].version);
    }
    assert_int_equal(a.verdict, b.verdict);
    ak_bytes_free(&to);
}

static void damaged_hellos_stay_damaged(void **state)
{
    (void)state;
    struct damage client = {AK_SIDE_CLIENT, AK_TLS_CLIENT_HELLO};
    struct damage server = {AK_SIDE_SERVER, AK_TLS_SERVER_HELLO};
    struct ak_bytes hello = ak_hex(client_hello);
    struct ak_bytes answer = ak_hex("0303 00*31 07 02 'id' 1301 00 0012 002b 0002 0304"
                                    "0033 0008 001d 0004 'keyB'");
    ak_each_damage(ak_bytes_span(&hello), same_verdict, &client);
    ak_each_damage(ak_bytes_span(&answer), same_verdict, &server);
    ak_bytes_free(&hello);
    ak_bytes_free(&answer);
}

static void ssl2_hellos_keep_their_ciphers(void **state)
{
    (void)state;
    struct ak_bytes from = ak_hex("8014 01 0301 0003 0004 0004 010080 'sess' 'chal'");
    struct ak_bytes to = ak_bytes_copy(from.at, from.size);
    struct ak_client_hello hello;
    struct ak_parse parse;
    memset(to.at, 0, to.size);
    ak_rewrite_ssl2(names, AK_SIDE_CLIENT, ak_bytes_span(&from), to.at);
    assert_int_equal(ak_ssl2_client_hello_parse(ak_bytes_span(&to), &hello, &parse),
                     AK_VERDICT_PARSED);
    assert_int_equal(hello.cipher_suites.size, 3);
    assert_int_equal(hello.session_id.size, 4);
    assert_false(holds(&to, "sess") || holds(&to, "chal"));
    ak_bytes_free(&from);
    ak_bytes_free(&to);
}

static int set_up(void **state)
{
    (void)state;
    names = ak_pseudonyms_new("messages");
    return names == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ak_pseudonyms_free(names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_without_secrets),
        cmocka_unit_test(hello_under_pseudonyms),
        cmocka_unit_test(special_randoms_stay),
        cmocka_unit_test(leading_zeros_of_public_values_stay),
        cmocka_unit_test(encrypted_secrets_and_tickets_go),
        cmocka_unit_test(damaged_hellos_stay_damaged),
        cmocka_unit_test(ssl2_hellos_keep_their_ciphers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
