/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "codec/tls_vectors.h"
#include "codec/x509_vectors.h"
#include "support/parser_check.h"

static void assert_address(const char *hex, const char *text)
{
    struct ak_bytes b = ak_hex(hex);
    struct ak_endpoint endpoint = {b.size == 4 ? 4 : 6, {0}, 1433};
    struct ak_bytes out = ak_bytes_copy("12345678901234567890123456789012345678901234567", 46);
    memcpy(endpoint.address, b.at, b.size);
    ak_endpoint_text(&endpoint, (char *)out.at);
    assert_string_equal((const char *)out.at, text);
    ak_bytes_free(&out);
    ak_bytes_free(&b);
}

static void writes_ipv4(void **state)
{
    (void)state;
    assert_address("c0000201", "192.0.2.1");
    assert_address("00000000", "0.0.0.0");
    assert_address("ffffffff", "255.255.255.255");
    assert_address("0a640901", "10.100.9.1");
}

/* RFC 5952 sections 1, 2 and 4. */
static void writes_ipv6(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } rows[] = {
        {"2001 0db8 0000 0000 0001 0000 0000 0001", "2001:db8::1:0:0:1"}, /* 4.2.3: the first run */
        {"2001 0db8 0000 0000 0000 0000 0002 0001", "2001:db8::2:1"},     /* 4.2.1 */
        {"2001 0db8 0000 0001 0001 0001 0001 0001", "2001:db8:0:1:1:1:1:1"}, /* 4.2.2: one stays */
        {"2001 0000 0000 0001 0000 0000 0000 0001", "2001:0:0:1::1"}, /* 4.2.3: the longest */
        {"2001 0db8 0000 0000 0000 0000 0000 0001", "2001:db8::1"},   /* 4.1: leading zeros */
        {"2001 0db8 aaaa bbbb cccc dddd eeee aaaa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
        {"2001 0db8 AAAA 0000 0000 0000 0000 0000", "2001:db8:aaaa::"}, /* 4.3: lower case */
        {"0000 0000 0000 0000 0000 0000 0000 0000", "::"},
        {"0000 0000 0000 0000 0000 0000 0000 0001", "::1"},
        {"0001 0000 0000 0000 0000 0000 0000 0000", "1::"},
        {"0000 0000 0001 0002 0003 0004 0005 0006", "::1:2:3:4:5:6"},
        {"0001 0002 0003 0004 0005 0006 0000 0000", "1:2:3:4:5:6::"},
        {"0000 0001 0002 0003 0004 0005 0006 0000", "0:1:2:3:4:5:6:0"},
        {"0000 0001 0000 0001 0000 0001 0000 0001", "0:1:0:1:0:1:0:1"},
        {"fe80 0000 0000 0000 0202 b3ff fe1e 8329", "fe80::202:b3ff:fe1e:8329"},
        {"ffff ffff ffff ffff ffff ffff ffff ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_address(rows[i].hex, rows[i].text);
}

static void every_value_has_a_name(void **state)
{
    (void)state;
    for (int i = AK_PROTOCOL_UNKNOWN; i <= AK_PROTOCOL_TLS; i++)
        assert_non_null(ak_protocol_name((enum ak_protocol)i));
    for (int i = AK_OUTCOME_ESTABLISHED; i <= AK_OUTCOME_INCOMPLETE; i++)
        assert_non_null(ak_outcome_name((enum ak_outcome)i));
    for (int i = AK_STAGE_P0; i <= AK_STAGE_P7; i++)
        assert_non_null(ak_stage_name((enum ak_stage)i));
    for (int i = AK_CLOSE_NONE; i <= AK_CLOSE_TIMEOUT; i++)
        assert_non_null(ak_close_name((enum ak_close)i));
    for (int i = 0; i < AK_STEPS; i++)
        assert_non_null(ak_step_name((enum ak_step)i));
    assert_string_equal(ak_protocol_name(AK_PROTOCOL_TDS8), "tds8");
    assert_string_equal(ak_outcome_name(AK_OUTCOME_PLAINTEXT), "plaintext");
    assert_string_equal(ak_outcome_name(AK_OUTCOME_INCOMPLETE), "incomplete");
    assert_string_equal(ak_stage_name(AK_STAGE_P5B), "P5b");
    assert_string_equal(ak_stage_name(AK_STAGE_P7), "P7");
    assert_string_equal(ak_side_name(AK_SIDE_CLIENT), "client");
    assert_string_equal(ak_side_name(AK_SIDE_SERVER), "server");
    assert_string_equal(ak_side_name(AK_SIDE_NONE), "none");
    assert_string_equal(ak_close_name(AK_CLOSE_TIMEOUT), "timeout");
    assert_string_equal(ak_step_name(AK_STEP_SYN), "SYN");
    assert_string_equal(ak_step_name(AK_STEP_RST), "RST");
    assert_string_equal(ak_step_name(AK_STEP_LOGIN), "login");
}

static void encryption_flags_do_not_hide_the_value(void **state)
{
    (void)state;
    static const struct {
        uint8_t raw;
        const char *name;
    } rows[] = {
        {0, "off"},   {1, "on"},     {2, "not_sup"}, {3, "req"},        {0x80, "off"},
        {0x81, "on"}, {0x83, "req"}, {0x21, "on"},   {0x42, "not_sup"}, {0xe1, "on"},
        {4, NULL},    {0x1f, NULL},  {0x9f, NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        const char *name = ak_encryption_name(rows[i].raw);
        if (rows[i].name == NULL)
            assert_null(name);
        else
            assert_string_equal(name, rows[i].name);
    }
}

static void ends_differ_in_each_part(void **state)
{
    (void)state;
    const struct ak_hash_key key = {1, 2}, other = {1, 3};
    const struct ak_endpoint a = {.version = 4, .address = {192, 0, 2, 9}, .port = 1433};
    struct ak_endpoint b[4] = {a, a, a, a};
    b[1].version = 6;
    b[2].address[15] = 1; /* behind the four bytes of IPv4: still another end */
    b[3].port = 1434;
    for (size_t i = 0; i < AK_COUNT(b); i++) {
        bool same = i == 0;
        assert_int_equal(ak_endpoint_same(&a, &b[i]), same);
        assert_int_equal(ak_endpoint_hash(key, &a) == ak_endpoint_hash(key, &b[i]), same);
    }
    assert_true(ak_endpoint_hash(key, &a) != ak_endpoint_hash(other, &a));
}

/* LeakSanitizer is the judge: everything a conversation owns goes, what is shared stays. */
static void releases_what_it_owns(void **state)
{
    (void)state;
    const struct ak_hash_key key = {1, 2};
    struct ak_hello_store *hellos = ak_hello_store_new(key);
    struct ak_certificate_store *certificates = ak_certificate_store_new(key);
    struct ak_bytes b = ak_hex(RFC8448_CLIENT_HELLO);
    struct ak_client_hello hello;
    struct ak_parse parse;
    struct ak_conversation c;
    struct ak_span der = {x509_ec, sizeof x509_ec};
    memset(&c, 0, sizeof c);
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(&b), &hello, &parse), AK_VERDICT_PARSED);
    c.tls = ak_alloc(1, sizeof *c.tls);
    c.tds = ak_alloc(1, sizeof *c.tds);
    assert_non_null(c.tls);
    assert_non_null(c.tds);
    c.tls->hello = ak_hello_shape_of(hellos, &hello);
    c.tls->chain[0] = ak_certificate_of(certificates, der);
    c.tls->chain[1] = ak_certificate_of(certificates, der);
    c.tls->chain_count = 2;
    c.tls->server_name = ak_memdup("a", 2);
    c.tls->server_alpn = ak_memdup("b", 2);
    char **const texts[] = {&c.tds->instance, &c.tds->host,         &c.tds->application,
                            &c.tds->library,  &c.tds->login_server, &c.tds->database,
                            &c.tds->language, &c.tds->error_text,   &c.tds->routing_server,
                            &c.tds->program};
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        *texts[i] = ak_memdup("x", 2);
    struct ak_hello_shape *shape = ak_hello_shape_keep(c.tls->hello);
    ak_hello_store_free(hellos);
    ak_certificate_store_free(certificates);
    ak_conversation_release(&c);
    assert_null(c.tls);
    assert_null(c.tds);
    ak_conversation_release(&c); /* nothing left: harmless */
    assert_int_equal(shape->references, 1);
    ak_hello_shape_drop(shape);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_ipv4),
        cmocka_unit_test(writes_ipv6),
        cmocka_unit_test(every_value_has_a_name),
        cmocka_unit_test(encryption_flags_do_not_hide_the_value),
        cmocka_unit_test(ends_differ_in_each_part),
        cmocka_unit_test(releases_what_it_owns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
