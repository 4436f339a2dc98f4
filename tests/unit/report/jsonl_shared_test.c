/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_shared.h"

#include "base/alloc.h"
#include "support/json_check.h"
#include "support/report.h"

static struct ak_jsonl_shared shared;

static int begin(void **state)
{
    ak_jsonl_shared_init(&shared);
    return begin_output(state);
}

static int end(void **state)
{
    ak_jsonl_shared_release(&shared);
    return end_output(state);
}

/* The members as an object. */
static const char *hello_object(const struct ak_hello_shape *h)
{
    struct ak_json json = {&out, false}, *j = &json;
    ak_text_clear(&out);
    ak_json_open(j, '{');
    ak_json_key(j, "client");
    ak_json_open(j, '{');
    ak_jsonl_tls_client(&shared, h, j);
    ak_json_close(j, '}');
    ak_jsonl_offers(&shared, h, j);
    ak_json_close(j, '}');
    assert_json(text());
    return text();
}

static const char *certificate_object(const struct ak_certificate *c)
{
    struct ak_json json = {&out, false}, *j = &json;
    ak_text_clear(&out);
    ak_json_open(j, '{');
    ak_jsonl_certificate(&shared, c, j);
    ak_json_close(j, '}');
    assert_json(text());
    return text();
}

static struct known usual(void)
{
    struct known k;
    known_begin(&k, AK_PROTOCOL_TLS, AK_OUTCOME_FAILED, AK_STAGE_P4, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    known_tls(&k);
    known_leaf(&k);
    return k;
}

static void a_hello(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0a0a, 0x1301, 0xfe77, 0x002f, 0xfafa};
    static const struct {
        const char *path, *value; /* NULL: must be absent */
    } rows[] = {
        {"client.ja3", "\"0123456789abcdef0123456789abcdef\""},
        {"client.supported_ciphers",
         "[\"TLS_AES_128_GCM_SHA256\",\"0xfe77\",\"TLS_RSA_WITH_AES_128_CBC_SHA\"]"},
        {"offered_versions", "[\"1.3\",\"1.2\"]"},
        {"offered_groups", "[\"x25519\",\"secp256r1\"]"},
        {"offered_signature_algorithms[2]", "\"rsa_pss_rsae_sha256\""},
        {"offered_signature_algorithms[3]", NULL},
        {"offered_protocols", "\"h2,\\\"x\\\"\""},
        {"ja4", "\"t13d0304h2_x\""},
    };
    struct known k = usual();
    k.hello.cipher_suites = (struct ak_u16_list){suites, AK_COUNT(suites)};
    k.hello.alpn = "h2,\"x\"";
    memcpy(k.hello.ja3, "0123456789abcdef0123456789abcdef", 33);
    memcpy(k.hello.ja4, "t13d0304h2_x", 13);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(hello_object(&k.hello), rows[i].path, rows[i].value);
}

static void an_old_hello(void **state)
{
    (void)state;
    struct known k = usual();
    known_old_hello(&k, 0x0301);
    k.hello.has_groups = k.hello.has_signature_algorithms = false;
    k.hello.cipher_suites.count = 0;
    const char *object = hello_object(&k.hello);
    assert_json_at(object, "client.supported_ciphers", "[]");
    assert_json_at(object, "offered_versions", "[\"1.0\"]");
    assert_json_at(object, "offered_groups", NULL);
    assert_json_at(object, "offered_signature_algorithms", NULL);
    assert_json_at(object, "offered_protocols", NULL);
}

/* A hello may list 32,767 suites: the line stays whole and the list is cut. */
static void lists_without_end(void **state)
{
    (void)state;
    static uint16_t codes[32767];
    char last[64], behind[64];
    struct known k = usual();
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        codes[i] = 0xc02f;
    struct ak_u16_list all = {codes, AK_COUNT(codes)};
    k.hello.cipher_suites = k.hello.groups = k.hello.signature_algorithms = all;
    k.hello.supported_versions = all;
    const char *object = hello_object(&k.hello);
    static const char *const lists[] = {"client.supported_ciphers", "offered_versions",
                                        "offered_groups", "offered_signature_algorithms"};
    for (size_t i = 0; i < AK_COUNT(lists); i++) {
        (void)snprintf(last, sizeof last, "%s[%u]", lists[i], AK_MAX_HELLO_LIST - 1);
        (void)snprintf(behind, sizeof behind, "%s[%u]", lists[i], AK_MAX_HELLO_LIST);
        assert_non_null(json_at(object, last));
        assert_json_at(object, behind, NULL);
    }
}

static void a_certificate(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"hash.sha1", "\"00A1FF0000000000000000000000000000000000\""},
        {"hash.sha256", "\"0B00000000000000000000000000000000000000000000000000000000000000\""},
        {"x509.subject.common_name", "[\"sql01.example\"]"},
        {"x509.subject.distinguished_name", "\"CN=sql01.example\""},
        {"x509.issuer.common_name", NULL},
        {"x509.issuer.distinguished_name", "\"CN=Root\""},
        {"x509.serial_number", "\"0a01\""},
        {"x509.not_before", "\"2023-11-14T21:56:40.000000000Z\""},
        {"x509.not_after", "\"2023-11-14T22:30:00.000000000Z\""},
        {"x509.signature_algorithm", "\"sha256WithRSAEncryption\""},
        {"x509.public_key_algorithm", "\"rsa\""},
        {"x509.public_key_size", "2048"},
        {"x509.public_key_curve", NULL},
        {"x509.alternative_names", NULL},
    };
    struct known k = usual();
    k.leaf.sha1[1] = 0xa1;
    k.leaf.sha1[2] = 0xff;
    k.leaf.sha256[0] = 0x0b;
    memcpy(k.leaf.facts.serial, "0a01", 5);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(certificate_object(&k.leaf), rows[i].path, rows[i].value);
    k.leaf.facts.key_type = AK_KEY_EC;
    memcpy(k.leaf.facts.curve, "prime256v1", 11);
    assert_json_at(certificate_object(&k.leaf), "x509.public_key_curve", "\"prime256v1\"");
    k.leaf.readable = false;
    assert_json_at(certificate_object(&k.leaf), "x509", NULL);
    assert_non_null(json_at(text(), "hash.sha1"));
}

/* Whoever makes a certificate chooses its names. */
static void hostile_names_are_escaped(void **state)
{
    (void)state;
    static const char evil[] = "a\"b\\\x1b[2J\n\x7f\xe2\x80\xae"
                               "\xc2\x9b";
    static const char escaped[] = "\"a\\\"b\\\\\\u001b[2J\\u000a\\u007f\\u202e\\u009b\"";
    struct known k = usual();
    struct ak_x509 *x = &k.leaf.facts;
    memcpy(x->subject, evil, sizeof evil);
    memcpy(x->subject_cn, evil, sizeof evil);
    memcpy(x->issuer, evil, sizeof evil);
    memcpy(x->issuer_cn, evil, sizeof evil);
    memcpy(x->names, "DNS:", 4);
    memcpy(x->names + 4, evil, sizeof evil);
    memcpy(x->names + 4 + sizeof evil, "IP:::1", 7);
    x->name_count = 2;
    const char *object = certificate_object(&k.leaf);
    assert_json_at(object, "x509.subject.distinguished_name", escaped);
    assert_json_at(object, "x509.subject.common_name[0]", escaped);
    assert_json_at(object, "x509.issuer.distinguished_name", escaped);
    assert_json_at(object, "x509.issuer.common_name[0]", escaped);
    assert_json_at(object, "x509.alternative_names[0]", escaped);
    assert_json_at(object, "x509.alternative_names[1]", "\"::1\"");
    assert_json_at(object, "x509.alternative_names[2]", NULL);
}

/* Others of the same place must not show through; what has no id is never remembered. */
static void remembered_parts_are_the_right_ones(void **state)
{
    (void)state;
    static const uint32_t ids[] = {7, 7 + AK_JSONL_PARTS, 0, 0};
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < AK_COUNT(ids); i++) {
            struct known k = usual();
            char wanted[32];
            k.hello.id = k.leaf.id = ids[i];
            (void)snprintf(k.hello.ja3, sizeof k.hello.ja3, "ja3-%u", i);
            (void)snprintf(k.hello.ja4, sizeof k.hello.ja4, "ja4-%u", i);
            (void)snprintf(k.leaf.facts.serial, sizeof k.leaf.facts.serial, "%u", i);
            (void)snprintf(wanted, sizeof wanted, "\"ja3-%u\"", i);
            assert_json_at(hello_object(&k.hello), "client.ja3", wanted);
            (void)snprintf(wanted, sizeof wanted, "\"ja4-%u\"", i);
            assert_json_at(text(), "ja4", wanted);
            (void)snprintf(wanted, sizeof wanted, "\"%u\"", i);
            assert_json_at(certificate_object(&k.leaf), "x509.serial_number", wanted);
        }
}

static void remembered_parts_are_not_made_again(void **state)
{
    (void)state;
    struct known k = usual();
    k.hello.id = k.leaf.id = 9;
    (void)hello_object(&k.hello);
    (void)certificate_object(&k.leaf);
    memcpy(k.hello.ja3, "changed", 8);
    memcpy(k.leaf.facts.serial, "changed", 8);
    (void)hello_object(&k.hello);
    assert_has_not("changed");
    (void)certificate_object(&k.leaf);
    assert_has_not("changed");
}

#ifdef AK_TORTURE
/* A part that memory lacked for spoils its own line and no later one. */
static void want_of_memory_is_said(void **state)
{
    (void)state;
    unsigned spoilt = 0;
    for (unsigned long n = 1; n < 12; n++) {
        struct ak_jsonl_shared fresh;
        struct known k = usual();
        k.hello.id = 1;
        ak_jsonl_shared_init(&fresh);
        for (int round = 0; round < 2; round++) {
            struct ak_json json = {&out, false}, *j = &json;
            ak_text_clear(&out); /* has room: only the part needs memory */
            (void)ak_alloc_fail_after(round == 0 ? n : 0);
            ak_json_open(j, '{');
            ak_jsonl_offers(&fresh, &k.hello, j);
            ak_json_close(j, '}');
            (void)ak_alloc_fail_after(0);
            assert_true(round == 0 || !out.failed);
            spoilt += out.failed;
            if (!out.failed)
                assert_json_at(text(), "offered_groups[1]", "\"secp256r1\"");
        }
        ak_jsonl_shared_release(&fresh);
    }
    assert_true(spoilt > 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello),
        cmocka_unit_test(an_old_hello),
        cmocka_unit_test(lists_without_end),
        cmocka_unit_test(a_certificate),
        cmocka_unit_test(hostile_names_are_escaped),
        cmocka_unit_test(remembered_parts_are_the_right_ones),
        cmocka_unit_test(remembered_parts_are_not_made_again),
#ifdef AK_TORTURE
        cmocka_unit_test(want_of_memory_is_said),
#endif
    };
    return cmocka_run_group_tests(tests, begin, end);
}
