/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "codec/tls_vectors.h"
#include "support/parser_check.h"

/* ---- records ---- */

static void parses_records(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool ok;
    } rows[] = {
        {"16 0301 0200", true},  {"16 0300 0000", true},  {"15 0303 0002", true},
        {"14 0303 0001", true},  {"17 0304 4800", true},  {"18 0302 0003", true},
        {"16 7f1c 0100", true},  /* a draft of TLS 1.3 */
        {"17 0303 4801", false}, /* 2^14 + 2048 is the most */
        {"16 0305 0010", false}, {"16 0200 0010", false}, {"16 0203 0010", false},
        {"13 0303 0010", false}, {"19 0303 0010", false}, {"12 0100 2f00", false},
        {"00 0000 0000", false}, {"80 2e01 0301", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_tls_record record;
        assert_int_equal(b.size, AK_TLS_RECORD_HEADER);
        assert_int_equal(ak_tls_record_parse(b.at, &record), rows[i].ok);
        assert_int_equal(record.type, b.at[0]);
        assert_int_equal(record.version, b.at[1] << 8 | b.at[2]);
        assert_int_equal(record.length, b.at[3] << 8 | b.at[4]);
        ak_bytes_free(&b);
    }
}

/* ---- ClientHello ---- */

static void assert_hex(struct ak_span span, const char *hex)
{
    struct ak_bytes want = ak_hex(hex);
    assert_int_equal(span.size, want.size);
    if (want.size != 0)
        assert_memory_equal(span.bytes, want.at, want.size);
    ak_bytes_free(&want);
}

static void reads_rfc8448_client_hello(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(RFC8448_CLIENT_HELLO);
    struct ak_client_hello h;
    struct ak_parse parse;
    assert_int_equal(b.size, 0xc0);
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
    assert_false(h.ssl2_format);
    assert_int_equal(h.legacy_version, 0x0303);
    assert_ptr_equal(h.random, b.at + 2);
    assert_int_equal(h.session_id.size, 0);
    assert_hex(h.cipher_suites, "1301 1303 1302");
    assert_hex(h.compression, "00");
    assert_true(h.has_extensions);
    assert_int_equal(h.extensions.size, 0x91);
    assert_true(h.has_server_name);
    ak_assert_text(h.server_name, "server");
    assert_true(h.has_groups);
    assert_hex(h.groups, "001d 0017 0018 0019 0100 0101 0102 0103 0104");
    assert_true(h.has_supported_versions);
    assert_hex(h.supported_versions, "0304");
    assert_true(h.has_signature_algorithms);
    assert_hex(h.signature_algorithms, "0403 0503 0603 0203 0804 0805 0806 0401 0501 0601 0201"
                                       "0402 0502 0602 0202");
    assert_int_equal(h.key_shares.size, 0x24);
    assert_true(h.session_ticket);
    assert_true(h.renegotiation_info);
    assert_false(h.has_alpn || h.extended_master_secret || h.pre_shared_key || h.early_data);
    assert_int_equal(h.point_formats.size, 0);
    assert_int_equal(h.bad_extensions, 0);
    ak_bytes_free(&b);
}

static void reads_chrome_client_hello(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(CHROME_CLIENT_HELLO);
    struct ak_client_hello h;
    struct ak_parse parse;
    assert_int_equal(b.size, 0x1fc);
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
    assert_int_equal(h.session_id.size, 32);
    assert_int_equal(h.cipher_suites.size, 32);
    ak_assert_text(h.server_name, "content-autofill.googleapis.com");
    assert_true(h.has_alpn);
    assert_hex(h.alpn, "02 'h2' 08 'http/1.1'");
    assert_hex(h.point_formats, "00");
    assert_hex(h.groups, "3a3a 001d 0017 0018");
    assert_hex(h.supported_versions, "0a0a 0304 0303");
    assert_int_equal(h.key_shares.size, 0x29);
    assert_true(h.extended_master_secret);
    assert_int_equal(h.bad_extensions, 0);
    ak_bytes_free(&b);
}

static void inside(struct ak_span in, const struct ak_client_hello *h)
{
    const struct ak_span spans[] = {h->session_id,    h->cipher_suites,
                                    h->compression,   h->extensions,
                                    h->server_name,   h->groups,
                                    h->point_formats, h->signature_algorithms,
                                    h->key_shares,    h->signature_algorithms_cert,
                                    h->alpn,          h->supported_versions};
    for (size_t i = 0; i < AK_COUNT(spans); i++)
        ak_assert_inside(in, spans[i]);
    struct ak_span random = {h->random, h->random != NULL ? 32 : 0};
    ak_assert_inside(in, random);
}

static void any_client_hello(struct ak_span in, void *context)
{
    (void)context;
    struct ak_client_hello h;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_client_hello_parse(in, &h, &parse);
    assert_int_equal(verdict, parse.verdict);
    assert_true(parse.offset <= in.size);
    inside(in, &h);
    if (verdict == AK_VERDICT_PARSED)
        assert_non_null(h.random);
}

/* A hello cut before its extensions is short; cut at or in them it is read, and the damage counted:
 * versions and suites are worth having. */
static void cut_client_hello(struct ak_span in, void *context)
{
    const size_t *bounds = context; /* end of compression, whole size */
    struct ak_client_hello h;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_client_hello_parse(in, &h, &parse);
    assert_int_equal(verdict, in.size < bounds[0] ? AK_VERDICT_SHORT : AK_VERDICT_PARSED);
    if (in.size == bounds[0])
        assert_false(h.has_extensions);
    if (in.size >= bounds[0])
        assert_int_equal(h.bad_extensions != 0, in.size != bounds[0] && in.size != bounds[1]);
    any_client_hello(in, NULL);
}

static void damaged_client_hellos(void **state)
{
    (void)state;
    struct ak_bytes rfc = ak_hex(RFC8448_CLIENT_HELLO), chrome = ak_hex(CHROME_CLIENT_HELLO);
    size_t rfc_bounds[] = {2 + 32 + 1 + 8 + 2, rfc.size};
    size_t chrome_bounds[] = {2 + 32 + 33 + 34 + 2, chrome.size};
    ak_each_prefix(ak_bytes_span(&rfc), cut_client_hello, rfc_bounds);
    ak_each_prefix(ak_bytes_span(&chrome), cut_client_hello, chrome_bounds);
    ak_each_flip(ak_bytes_span(&rfc), any_client_hello, NULL);
    ak_each_flip(ak_bytes_span(&chrome), any_client_hello, NULL);
    ak_bytes_free(&rfc);
    ak_bytes_free(&chrome);
}

#define START "0303 11*32 "

static void client_hello_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        size_t offset;
        const char *field;
    } rows[] = {
        {"", AK_VERDICT_SHORT, 0, "legacy_version"},
        {"03", AK_VERDICT_SHORT, 0, "legacy_version"},
        {"0303", AK_VERDICT_SHORT, 2, "random"},
        {"0303 11*31", AK_VERDICT_SHORT, 2, "random"},
        {START, AK_VERDICT_SHORT, 34, "session_id"},
        {START "04 010203", AK_VERDICT_SHORT, 35, "session_id"},
        {START "00", AK_VERDICT_SHORT, 35, "cipher_suites"},
        {START "00 0004 1301", AK_VERDICT_SHORT, 37, "cipher_suites"},
        {START "00 0003 130113 0100", AK_VERDICT_BAD, 37, "cipher_suites"},
        {START "00 0002 1301", AK_VERDICT_SHORT, 39, "compression_methods"},
        {START "00 0002 1301 02 00", AK_VERDICT_SHORT, 40, "compression_methods"},
        {START "00 0002 1301 01 00 00", AK_VERDICT_PARSED, 0, NULL} /* counted as bad */,
        {START "00 0002 1301 01 00 0001", AK_VERDICT_PARSED, 0, NULL},
        {START "00 0002 1301 01 00", AK_VERDICT_PARSED, 0, NULL},
        {START "00 0002 1301 01 00 0000", AK_VERDICT_PARSED, 0, NULL},
        {START "00 0000 00", AK_VERDICT_PARSED, 0, NULL}, /* empty lists are for rules to judge */
        {START "ff 22*255 0002 1301 01 00", AK_VERDICT_PARSED, 0, NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_client_hello h;
        struct ak_parse parse;
        (void)ak_client_hello_parse(ak_bytes_span(&b), &h, &parse);
        ak_assert_parse(&parse, rows[i].verdict, rows[i].offset, rows[i].field);
        ak_bytes_free(&b);
    }
}

/* A hello with these extensions: how many contradict their own length, and what is left empty. */
static void client_extensions(void **state)
{
    (void)state;
    static const struct {
        const char *block; /* with its length */
        unsigned bad;
        const char *server_name;
    } rows[] = {
        {"0000", 0, ""},
        {"0004 0000 0000", 1, ""},      /* server_name without its list */
        {"0006 0000 0002 0000", 0, ""}, /* empty list */
        {"000a 0000 0006 0004 00 0001 'a'", 0, "a"},
        {"000a 0000 0006 0005 00 0001 'a'", 1, ""}, /* list longer than the extension */
        {"000a 0000 0006 0004 00 0002 'a'", 1, ""}, /* name longer than the list */
        {"000a 0000 0006 0004 01 0001 'a'", 0, ""}, /* another kind of name */
        {"000e 0000 000a 0008 01 0001 'a' 00 0001 'b'", 0, "b"},
        {"000e 0000 000a 0008 00 0001 'a' 00 0001 'b'", 0, "a"},
        {"0009 000a 0005 0003 001d 00", 1, ""}, /* odd list of groups */
        {"0008 000a 0004 0004 001d", 1, ""},
        {"0004 000a 0000", 1, ""},
        {"0007 000d 0003 0001 04", 1, ""}, /* signature_algorithms */
        {"0008 0032 0004 0002 0403", 0, ""},
        {"0008 0032 0004 0003 0403", 1, ""}, /* signature_algorithms_cert */
        {"0006 000b 0002 02 00", 1, ""},     /* ec_point_formats */
        {"0009 0010 0005 0003 02 'h2'", 0, ""},
        {"0009 0010 0005 0003 03 'h2'", 1, ""}, /* ALPN name longer than the list */
        {"0009 0010 0005 0004 02 'h2'", 1, ""},
        {"0008 002b 0004 03 0304 03", 1, ""}, /* odd list of versions */
        {"0007 002b 0003 02 0304", 0, ""},
        {"000b 0033 0007 0005 001d 0001 00", 0, ""},
        {"000b 0033 0007 0005 001d 0002 00", 1, ""}, /* key longer than the list */
        {"000a 0033 0006 0004 001d 0001", 1, ""},
        {"0005 1234 0001 00", 0, ""}, /* unknown extension */
        {"0003 000a 00", 1, ""},      /* cut after its type */
        {"0004 1234 0001", 1, ""},    /* longer than the block */
        {"000c 0017 0000 1234 0005 000a 0000", 1, ""},
        {"0008 000a 0000 000d 0000", 2, ""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char hex[256] = START "00 0002 1301 01 00 ";
        size_t head = strlen(hex);
        memcpy(hex + head, rows[i].block, strlen(rows[i].block) + 1);
        struct ak_bytes b = ak_hex(hex);
        struct ak_client_hello h;
        struct ak_parse parse;
        assert_int_equal(ak_client_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
        assert_int_equal(h.bad_extensions, rows[i].bad);
        assert_true(h.has_extensions);
        ak_assert_text(h.server_name, rows[i].server_name);
        if (rows[i].bad != 0)
            assert_true(h.groups.size == 0 && h.alpn.size == 0 && h.key_shares.size == 0 &&
                        h.supported_versions.size == 0 && h.signature_algorithms.size == 0 &&
                        h.signature_algorithms_cert.size == 0 && h.point_formats.size == 0);
        ak_each_damage(ak_bytes_span(&b), any_client_hello, NULL);
        ak_bytes_free(&b);
    }
}

static void client_flags(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(START "00 0002 1301 01 00 0016"
                                     "0017 0000 0023 0000 0029 0000 002a 0000 ff01 0002 01 00");
    struct ak_client_hello h;
    struct ak_parse parse;
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
    assert_true(h.extended_master_secret && h.session_ticket && h.pre_shared_key);
    assert_true(h.early_data && h.renegotiation_info);
    assert_int_equal(h.bad_extensions, 0);
    ak_bytes_free(&b);
}

/* ---- SSL 2.0 format ---- */

static void reads_ssl2_client_hello(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(SSL2_CLIENT_HELLO);
    struct ak_client_hello h;
    struct ak_parse parse;
    assert_int_equal(ak_ssl2_client_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
    assert_true(h.ssl2_format);
    assert_int_equal(h.legacy_version, 0x0301);
    assert_null(h.random);
    assert_int_equal(h.cipher_suites.size, 21);
    assert_int_equal(h.session_id.size, 0);
    assert_false(h.has_extensions);
    ak_bytes_free(&b);
}

static void ssl2_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        size_t offset;
        const char *field;
    } rows[] = {
        {"", AK_VERDICT_SHORT, 0, "SSL 2.0 record length"},
        {"002e 01", AK_VERDICT_UNKNOWN, 2, "SSL 2.0 record length"}, /* with padding: 3 bytes */
        {"8009 01 0300 0000 0000", AK_VERDICT_SHORT, 2, "SSL 2.0 record"},
        {"8009 04 0300 0000 0000 0000", AK_VERDICT_UNKNOWN, 3, "message type"},
        {"8009 01 0300 0000 0000 0000", AK_VERDICT_PARSED, 0, NULL},
        {"800b 01 0002 0002 0000 0000 0102", AK_VERDICT_BAD, 11, "cipher_specs length"},
        {"8009 01 0002 0003 0000 0000", AK_VERDICT_SHORT, 11, "cipher_specs"},
        {"800c 01 0002 0003 0001 0000 010080", AK_VERDICT_SHORT, 14, "session_id"},
        {"800c 01 0002 0003 0000 0010 010080", AK_VERDICT_SHORT, 14, "challenge"},
        {"8008 01 0002 0000 0000 00", AK_VERDICT_SHORT, 9, "challenge length"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_client_hello h;
        struct ak_parse parse;
        (void)ak_ssl2_client_hello_parse(ak_bytes_span(&b), &h, &parse);
        ak_assert_parse(&parse, rows[i].verdict, rows[i].offset, rows[i].field);
        ak_bytes_free(&b);
    }
}

static void any_ssl2(struct ak_span in, void *context)
{
    const size_t *whole = context;
    struct ak_client_hello h;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_ssl2_client_hello_parse(in, &h, &parse);
    assert_true(parse.offset <= in.size);
    inside(in, &h);
    if (in.size < *whole)
        assert_int_equal(verdict, AK_VERDICT_SHORT);
}

static void damaged_ssl2(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(SSL2_CLIENT_HELLO);
    ak_each_damage(ak_bytes_span(&b), any_ssl2, &b.size);
    ak_bytes_free(&b);
}

/* ---- ServerHello ---- */

static void reads_server_hellos(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint16_t legacy, version, suite, group;
        bool retry, ems, alpn, psk, ticket, reneg, extensions;
        const char *name;
        unsigned bad;
    } rows[] = {
        {RFC8448_SERVER_HELLO, 0x0303, 0x0304, 0x1301, 29, 0, 0, 0, 0, 0, 0, 1, "", 0},
        {TLS12_SERVER_HELLO, 0x0303, 0x0303, 0xcca9, 0, 0, 0, 1, 0, 0, 1, 1, "h2", 0},
        /* HelloRetryRequest: RFC 8446 4.1.3's random; key_share is a group alone */
        {"0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1302 00 000c"
         "002b 0002 0304 0033 0002 0017",
         0x0303, 0x0304, 0x1302, 23, 1, 0, 0, 0, 0, 0, 1, "", 0},
        /* one bit away from it */
        {"0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339d 00 1302 00 0000",
         0x0303, 0x0303, 0x1302, 0, 0, 0, 0, 0, 0, 0, 1, "", 0},
        /* before extensions */
        {"0301 11*32 00 000a 00", 0x0301, 0x0301, 0x000a, 0, 0, 0, 0, 0, 0, 0, 0, "", 0},
        {"0300 11*32 20 22*32 0005 00", 0x0300, 0x0300, 0x0005, 0, 0, 0, 0, 0, 0, 0, 0, "", 0},
        /* draft 18 of TLS 1.3: neither session id nor compression */
        {"7f12 11*32 1301 0008 0033 0004 001d 0000", 0x7f12, 0x7f12, 0x1301, 29, 0, 0, 0, 0, 0, 0,
         1, "", 0},
        {"0303 11*32 00 c02f 00 000e 0017 0000 0023 0000 0029 0002 0000", 0x0303, 0x0303, 0xc02f, 0,
         0, 1, 0, 1, 1, 0, 1, "", 0},
        /* extensions that lie */
        {"0303 11*32 00 c02f 00 0009 0010 0005 0003 05 'h2'", 0x0303, 0x0303, 0xc02f, 0, 0, 0, 0, 0,
         0, 0, 1, "", 1},
        {"0303 11*32 00 c02f 00 0005 002b 0001 03", 0x0303, 0x0303, 0xc02f, 0, 0, 0, 0, 0, 0, 0, 1,
         "", 1},
        {"0303 11*32 00 c02f 00 0008 0017 0000 0033 0009", 0x0303, 0x0303, 0xc02f, 0, 0, 1, 0, 0, 0,
         0, 1, "", 1},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_server_hello h;
        struct ak_parse parse;
        assert_int_equal(ak_server_hello_parse(ak_bytes_span(&b), &h, &parse), AK_VERDICT_PARSED);
        assert_int_equal(h.legacy_version, rows[i].legacy);
        assert_int_equal(h.version, rows[i].version);
        assert_int_equal(h.cipher_suite, rows[i].suite);
        assert_int_equal(h.key_share_group, rows[i].group);
        assert_int_equal(h.hello_retry, rows[i].retry);
        assert_int_equal(h.extended_master_secret, rows[i].ems);
        assert_int_equal(h.has_alpn, rows[i].alpn);
        assert_int_equal(h.pre_shared_key, rows[i].psk);
        assert_int_equal(h.session_ticket, rows[i].ticket);
        assert_int_equal(h.renegotiation_info, rows[i].reneg);
        assert_int_equal(h.has_extensions, rows[i].extensions);
        assert_int_equal(h.bad_extensions, rows[i].bad);
        ak_assert_text(h.alpn, rows[i].name);
        ak_bytes_free(&b);
    }
}

static void server_hello_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t offset;
        const char *field;
    } rows[] = {
        {"", 0, "legacy_version"},
        {"0303 11*31", 2, "random"},
        {"0303 11*32", 34, "session_id"},
        {"0303 11*32 02 00", 35, "session_id"},
        {"0303 11*32 00 c0", 35, "cipher_suite"},
        {"0303 11*32 00 c02f", 37, "compression_method"},
        {"0303 11*32 00 c02f 00 00", 38, "extensions"},
        {"0303 11*32 00 c02f 00 0004 0017", 40, "extensions"},
        {"7f12 11*32 13", 34, "cipher_suite"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_server_hello h;
        struct ak_parse parse;
        (void)ak_server_hello_parse(ak_bytes_span(&b), &h, &parse);
        ak_assert_parse(&parse, AK_VERDICT_SHORT, rows[i].offset, rows[i].field);
        ak_bytes_free(&b);
    }
}

static void any_server_hello(struct ak_span in, void *context)
{
    (void)context;
    struct ak_server_hello h;
    struct ak_parse parse;
    (void)ak_server_hello_parse(in, &h, &parse);
    assert_true(parse.offset <= in.size);
    ak_assert_inside(in, h.session_id);
    ak_assert_inside(in, h.extensions);
    ak_assert_inside(in, h.alpn);
}

static void damaged_server_hellos(void **state)
{
    (void)state;
    static const char *const hellos[] = {RFC8448_SERVER_HELLO, TLS12_SERVER_HELLO,
                                         "7f12 11*32 1301 0008 0033 0004 001d 0000"};
    for (size_t i = 0; i < AK_COUNT(hellos); i++) {
        struct ak_bytes b = ak_hex(hellos[i]);
        ak_each_damage(ak_bytes_span(&b), any_server_hello, NULL);
        ak_bytes_free(&b);
    }
}

/* ---- Certificate ---- */

static void reads_certificate_lists(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        size_t count, offset;
    } rows[] = {
        {"000000", AK_VERDICT_PARSED, 0, 0},
        {"000004 000001 aa", AK_VERDICT_PARSED, 1, 0},
        {"000009 000001 aa 000002 bbbb", AK_VERDICT_PARSED, 2, 0},
        {"000003 000000", AK_VERDICT_PARSED, 1, 0}, /* an empty certificate counts */
        /* twelve: the message's count is told, ten are kept */
        {"000030 000001aa 000001aa 000001aa 000001aa 000001aa 000001aa 000001aa 000001aa"
         "000001aa 000001aa 000001aa 000001aa",
         AK_VERDICT_PARSED, 12, 0},
        {"", AK_VERDICT_SHORT, 0, 0},
        {"0000", AK_VERDICT_SHORT, 0, 0},
        {"000005 000001 aa", AK_VERDICT_SHORT, 0, 3},
        {"000004 000002 aa", AK_VERDICT_SHORT, 0, 6},
        {"000006 000001 aa 0000", AK_VERDICT_SHORT, 1, 7},
        {"ffffff", AK_VERDICT_SHORT, 0, 3},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_certificate_list list;
        struct ak_parse parse;
        (void)ak_certificate_list_parse(ak_bytes_span(&b), &list, &parse);
        ak_assert_parse(&parse, rows[i].verdict, rows[i].offset, NULL);
        assert_int_equal(list.count, rows[i].count);
        for (size_t k = 0; k < list.count && k < AK_MAX_CHAIN; k++)
            ak_assert_inside(ak_bytes_span(&b), list.entry[k]);
        ak_bytes_free(&b);
    }
}

static void any_certificate_list(struct ak_span in, void *context)
{
    (void)context;
    struct ak_certificate_list list;
    struct ak_parse parse;
    (void)ak_certificate_list_parse(in, &list, &parse);
    for (size_t k = 0; k < list.count && k < AK_MAX_CHAIN; k++)
        ak_assert_inside(in, list.entry[k]);
}

static void damaged_certificate_lists(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("00002c 000001aa 000001aa 000001aa 000001aa 000001aa 000001aa"
                               "000001aa 000001aa 000001aa 000001aa 000001aa");
    ak_each_damage(ak_bytes_span(&b), any_certificate_list, NULL);
    ak_bytes_free(&b);
}

/* ---- ServerKeyExchange, CertificateRequest ---- */

static const struct ske_row {
    const char *hex;
    bool dhe;
    uint16_t version;
    enum ak_verdict verdict;
    size_t offset;
    uint16_t group, scheme;
    size_t p, g, y;
} ske_rows[] = {
    {"03 0017 05 0401020304 0401 0002 aabb", 0, 0x0303, AK_VERDICT_PARSED, 0, 23, 0x0401, 0, 0, 5},
    {"03 001d 04 01020304 0002 aabb", 0, 0x0301, AK_VERDICT_PARSED, 0, 29, 0, 0, 0, 4},
    {"03 001d 04 01020304", 0, 0x0303, AK_VERDICT_PARSED, 0, 29, 0, 0, 0, 4}, /* anonymous */
    {"01 0001 02", 0, 0x0303, AK_VERDICT_UNKNOWN, 1, 0, 0, 0, 0, 0},          /* explicit_prime */
    {"03 0017", 0, 0x0303, AK_VERDICT_SHORT, 3, 23, 0, 0, 0, 0},
    {"03 0017 05 04", 0, 0x0303, AK_VERDICT_SHORT, 4, 23, 0, 0, 0, 0},
    {"0004 f1f2f3f4 0001 02 0003 00aabb 0804 0001 00", 1, 0x0303, AK_VERDICT_PARSED, 0, 0, 0x0804,
     4, 1, 3},
    {"0004 f1f2f3f4 0001 02 0003 00aabb 0001 00", 1, 0x0302, AK_VERDICT_PARSED, 0, 0, 0, 4, 1, 3},
    {"0004 f1f2f3f4 0001 02 0003 00aa", 1, 0x0303, AK_VERDICT_SHORT, 11, 0, 0, 4, 1, 0},
    {"ffff f1f2f3f4", 1, 0x0303, AK_VERDICT_SHORT, 2, 0, 0, 0, 0, 0},
    {"", 1, 0x0303, AK_VERDICT_SHORT, 0, 0, 0, 0, 0, 0},
};

static void any_ske(struct ak_span in, void *context)
{
    const struct ske_row *row = context;
    struct ak_server_key_exchange x;
    struct ak_parse parse;
    (void)ak_server_key_exchange_parse(in, row->dhe, row->version, &x, &parse);
    assert_true(parse.offset <= in.size);
    ak_assert_inside(in, x.p);
    ak_assert_inside(in, x.g);
    ak_assert_inside(in, x.public_value);
}

static void reads_server_key_exchanges(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(ske_rows); i++) {
        struct ske_row row = ske_rows[i];
        struct ak_bytes b = ak_hex(row.hex);
        struct ak_server_key_exchange x;
        struct ak_parse parse;
        (void)ak_server_key_exchange_parse(ak_bytes_span(&b), row.dhe, row.version, &x, &parse);
        ak_assert_parse(&parse, row.verdict, row.offset, NULL);
        assert_int_equal(x.ephemeral_dh, row.dhe);
        assert_int_equal(x.group, row.group);
        assert_int_equal(x.signature_scheme, row.scheme);
        assert_int_equal(x.p.size, row.p);
        assert_int_equal(x.g.size, row.g);
        assert_int_equal(x.public_value.size, row.y);
        ak_each_damage(ak_bytes_span(&b), any_ske, &row);
        ak_bytes_free(&b);
    }
}

static const struct request_row {
    const char *hex;
    uint16_t version;
    enum ak_verdict verdict;
    size_t offset, types, schemes, authorities;
} request_rows[] = {
    {"02 01 40 0004 0401 0403 0000", 0x0303, AK_VERDICT_PARSED, 0, 2, 4, 0},
    {"01 01 0002 0401 0009 0002 3000 0003 300100", 0x0303, AK_VERDICT_PARSED, 0, 1, 2, 2},
    {"01 01 0004 0002 3000", 0x0301, AK_VERDICT_PARSED, 0, 1, 0, 1},
    {"01 01 0003 040104 0000", 0x0303, AK_VERDICT_BAD, 4, 1, 0, 0},
    {"01 01 0002 0401", 0x0303, AK_VERDICT_SHORT, 6, 1, 2, 0},
    {"01 01 0002 0401 0005 0002 3000 00", 0x0303, AK_VERDICT_SHORT, 12, 1, 2, 1},
    {"01 01 0002 0401 0004 0003 3000", 0x0303, AK_VERDICT_SHORT, 10, 1, 2, 0},
    {"05 01", 0x0303, AK_VERDICT_SHORT, 1, 0, 0, 0},
    {"", 0x0303, AK_VERDICT_SHORT, 0, 0, 0, 0},
};

static void any_request(struct ak_span in, void *context)
{
    const struct request_row *row = context;
    struct ak_certificate_request q;
    struct ak_parse parse;
    (void)ak_certificate_request_parse(in, row->version, &q, &parse);
    assert_true(parse.offset <= in.size);
    ak_assert_inside(in, q.types);
    ak_assert_inside(in, q.signature_algorithms);
    assert_true(q.authorities <= in.size / 2);
}

static void reads_certificate_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(request_rows); i++) {
        struct request_row row = request_rows[i];
        struct ak_bytes b = ak_hex(row.hex);
        struct ak_certificate_request q;
        struct ak_parse parse;
        (void)ak_certificate_request_parse(ak_bytes_span(&b), row.version, &q, &parse);
        ak_assert_parse(&parse, row.verdict, row.offset, NULL);
        assert_int_equal(q.types.size, row.types);
        assert_int_equal(q.signature_algorithms.size, row.schemes);
        assert_int_equal(q.authorities, row.authorities);
        ak_each_damage(ak_bytes_span(&b), any_request, &row);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_records),
        cmocka_unit_test(reads_rfc8448_client_hello),
        cmocka_unit_test(reads_chrome_client_hello),
        cmocka_unit_test(damaged_client_hellos),
        cmocka_unit_test(client_hello_verdicts),
        cmocka_unit_test(client_extensions),
        cmocka_unit_test(client_flags),
        cmocka_unit_test(reads_ssl2_client_hello),
        cmocka_unit_test(ssl2_verdicts),
        cmocka_unit_test(damaged_ssl2),
        cmocka_unit_test(reads_server_hellos),
        cmocka_unit_test(server_hello_verdicts),
        cmocka_unit_test(damaged_server_hellos),
        cmocka_unit_test(reads_certificate_lists),
        cmocka_unit_test(damaged_certificate_lists),
        cmocka_unit_test(reads_server_key_exchanges),
        cmocka_unit_test(reads_certificate_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
