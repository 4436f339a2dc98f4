/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "base/alloc.h"
#include "observe/hello_shape.h"
#include "predict/party_client.h"
#include "support/parser_check.h"
#include "support/random.h"

static struct ak_party party;
static uint32_t seed = 1;
static const struct ak_hello_source source = {&seed, ak_test_random};

/* One record with one message: its body. */
static struct ak_span body_of(const struct ak_text *text)
{
    struct ak_tls_record record;
    const uint8_t *at = (const uint8_t *)text->bytes;
    assert_true(text->size > 9 && ak_tls_record_parse(at, &record));
    assert_int_equal(record.length, text->size - 5);
    assert_int_equal(at[5], AK_TLS_CLIENT_HELLO);
    struct ak_span body = {at + 9, text->size - 9};
    assert_int_equal((size_t)at[6] << 16 | (size_t)at[7] << 8 | at[8], body.size);
    return body;
}

static struct ak_client_hello parsed(const struct ak_text *text)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    assert_int_equal(ak_client_hello_parse(body_of(text), &hello, &parse), AK_VERDICT_PARSED);
    assert_int_equal(hello.bad_extensions, 0);
    assert_int_equal(hello.session_id.size, 32);
    return hello;
}

static void offer(struct ak_party *p, enum ak_party_version_at low, enum ak_party_version_at high)
{
    ak_party_init(p, "test", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(p, low, high, "offered");
    static const uint16_t suites[] = {0x1301, 0xc02f, 0x009f, 0x002f, 0x000a};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        (void)ak_party_suite_add(p, suites[i], true);
}

static struct ak_text built(const struct ak_hello_plan *plan)
{
    struct ak_text text;
    ak_text_init(&text, 1 << 20);
    assert_true(ak_hello_build(plan, &source, &text));
    return text;
}

/* ---- every observed client ---- */

/* The field of a csv line; quotes are passed. */
static void csv_field(const char *line, size_t wanted, char *out, size_t room)
{
    bool quoted = false;
    size_t field = 0, n = 0;
    for (; *line != '\0' && *line != '\n'; line++) {
        if (*line == '"')
            quoted = !quoted;
        else if (*line == ',' && !quoted)
            field++;
        else if (field == wanted && n + 1 < room)
            out[n++] = *line;
    }
    out[n] = '\0';
}

static bool same_ja3(struct ak_hello_store *store, const struct ak_hello_plan *plan,
                     const char *ja3)
{
    struct ak_text text = built(plan);
    struct ak_client_hello hello = parsed(&text);
    struct ak_hello_shape *shape = ak_hello_shape_of(store, &hello);
    assert_non_null(shape);
    bool same = strcmp(shape->ja3, ja3) == 0;
    ak_hello_shape_drop(shape);
    ak_text_release(&text);
    return same;
}

/* Of drafts of TLS 1.3 nobody takes any more nothing is offered. */
static bool is_draft(const struct ak_client_profile *client)
{
    for (size_t i = 0; i < client->version_count; i++)
        if (client->versions[i] >> 8 == 0x7f)
            return true;
    return false;
}

static void a_profile(struct ak_hello_store *store, const struct ak_client_profile *client,
                      const char *ja3, unsigned *own, unsigned *told)
{
    static const uint8_t formats[] = {0, 1, 2};
    ak_party_of_client(client, client->id, &party);
    struct ak_hello_plan plan = {.client = &party,
                                 .extensions = client->extensions,
                                 .extension_count = client->extension_count,
                                 .no_extensions = client->extension_count == 0,
                                 .server_name = "sql01.example",
                                 .alpn = NULL};
    for (size_t i = 0; i < client->extension_count; i++)
        if (client->extensions[i] == 16)
            plan.alpn = "h2,http/1.1";
    if (same_ja3(store, &plan, ja3)) {
        *own += 1;
        return;
    }
    plan.point_formats = formats;
    for (plan.point_format_count = 3; plan.point_format_count != 0;
         plan.point_format_count = plan.point_format_count == 3 ? 1 : 0) {
        if (same_ja3(store, &plan, ja3)) {
            *told += 1;
            return;
        }
    }
    fail_msg("%s: another JA3 than %s", client->id, ja3);
}

static void every_observed_client_keeps_its_ja3(void **state)
{
    char line[8192], id[128], ja3[64], kind[32];
    unsigned own = 0, told = 0;
    struct ak_hash_key key = {1, 2};
    (void)state;
    FILE *file = fopen(AK_TEST_GOLDEN "/../../data/clients.csv", "r");
    struct ak_hello_store *store = ak_hello_store_new(key);
    assert_true(file != NULL && store != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        csv_field(line, 0, id, sizeof id);
        csv_field(line, 2, kind, sizeof kind);
        csv_field(line, 25, ja3, sizeof ja3);
        const struct ak_client_profile *client = ak_client_profile_find(id);
        if (client != NULL && strcmp(kind, "observed") == 0 && strlen(ja3) == 32 &&
            !is_draft(client))
            a_profile(store, client, ja3, &own, &told);
    }
    (void)fclose(file);
    ak_hello_store_free(store);
    print_message("JA3: %u profiles by their own point formats, %u by told ones\n", own, told);
    assert_true(own >= 164 && own + told >= 177);
}

/* ---- parts ---- */

static void versions_decide_suites_and_fields(void **state)
{
    struct ak_hello_plan plan = {.client = &party};
    (void)state;
    offer(&party, AK_PARTY_TLS10, AK_PARTY_TLS10);
    struct ak_text text = built(&plan);
    struct ak_client_hello hello = parsed(&text);
    assert_int_equal(hello.legacy_version, 0x0301);
    assert_int_equal(hello.cipher_suites.size, 6); /* 002f, 000a, 00ff: the others are of 1.2 */
    assert_false(hello.has_supported_versions || hello.has_signature_algorithms);
    assert_true(hello.extended_master_secret);
    ak_text_release(&text);
    offer(&party, AK_PARTY_TLS13, AK_PARTY_TLS13);
    text = built(&plan);
    hello = parsed(&text);
    assert_int_equal(hello.legacy_version, 0x0303);
    assert_int_equal(hello.cipher_suites.size, 2);
    assert_int_equal(hello.supported_versions.size, 2);
    assert_int_equal(hello.key_shares.size, 2 + 2 + 32);
    assert_true(hello.has_groups && hello.has_signature_algorithms);
    ak_text_release(&text);
}

static void ssl3_has_no_extensions_and_its_record_version(void **state)
{
    struct ak_hello_plan plan = {.client = &party};
    (void)state;
    offer(&party, AK_PARTY_SSL30, AK_PARTY_SSL30);
    struct ak_text text = built(&plan);
    struct ak_client_hello hello = parsed(&text);
    assert_false(hello.has_extensions);
    assert_int_equal(text.bytes[2], 0);
    assert_int_equal(hello.legacy_version, 0x0300);
    ak_text_release(&text);
}

static void ssl2_alone_is_sent_in_its_format(void **state)
{
    struct ak_hello_plan plan = {.client = &party};
    struct ak_client_hello hello;
    struct ak_parse parse;
    (void)state;
    offer(&party, AK_PARTY_SSL20, AK_PARTY_SSL20);
    struct ak_text text = built(&plan);
    struct ak_span span = {(const uint8_t *)text.bytes, text.size};
    assert_int_equal(ak_ssl2_client_hello_parse(span, &hello, &parse), AK_VERDICT_PARSED);
    assert_int_equal(hello.legacy_version, 2);
    assert_int_equal(hello.cipher_suites.size, 21);
    ak_text_release(&text);
}

static void old_clients_asked_for_tls_in_that_format(void **state)
{
    struct ak_hello_plan plan = {.client = &party, .ssl2_format = true};
    struct ak_client_hello hello;
    struct ak_parse parse;
    (void)state;
    for (int both = 0; both < 2; both++) {
        offer(&party, both ? AK_PARTY_SSL20 : AK_PARTY_SSL30, AK_PARTY_TLS10);
        struct ak_text text = built(&plan);
        struct ak_span span = {(const uint8_t *)text.bytes, text.size};
        assert_int_equal(ak_ssl2_client_hello_parse(span, &hello, &parse), AK_VERDICT_PARSED);
        assert_int_equal(hello.legacy_version, 0x0301);
        assert_int_equal(hello.cipher_suites.size, (both ? 21 : 0) + 15);
        ak_text_release(&text);
    }
}

static void nothing_to_offer_is_said(void **state)
{
    struct ak_hello_plan plan = {.client = &party};
    struct ak_text text;
    (void)state;
    ak_text_init(&text, 65536);
    ak_party_init(&party, "none", AK_SIDE_CLIENT, AK_STACK_OTHER);
    assert_false(ak_hello_build(&plan, &source, &text));
    ak_party_version_range(&party, AK_PARTY_TLS12, AK_PARTY_TLS12, "offered");
    (void)ak_party_suite_add(&party, 0x1301, true);
    (void)ak_party_suite_add(&party, 0x00ff, true);
    assert_false(ak_hello_build(&plan, &source, &text));
    assert_false(text.failed);
    (void)ak_party_suite_add(&party, 0xc02f, true);
    assert_true(ak_hello_build(&plan, &source, &text));
    ak_text_release(&text);
}

static void names_alpn_and_signalling_follow_the_plan(void **state)
{
    struct ak_hello_plan plan = {.client = &party, .server_name = "192.0.2.1", .alpn = "tds/8.0"};
    (void)state;
    offer(&party, AK_PARTY_TLS12, AK_PARTY_TLS13);
    struct ak_text text = built(&plan);
    struct ak_client_hello hello = parsed(&text);
    assert_false(hello.has_server_name);
    ak_assert_text(hello.alpn, "\x07tds/8.0");
    assert_int_equal(hello.cipher_suites.bytes[hello.cipher_suites.size - 1], 0xff);
    ak_text_release(&text);
    plan.server_name = "sql01.example";
    plan.no_signalling = plan.no_key_share = true;
    text = built(&plan);
    hello = parsed(&text);
    ak_assert_text(hello.server_name, "sql01.example");
    assert_int_not_equal(hello.cipher_suites.bytes[hello.cipher_suites.size - 1], 0xff);
    assert_int_equal(hello.key_shares.size, 0);
    ak_text_release(&text);
}

static void a_changed_client_gets_what_its_lists_need(void **state)
{
    static const uint16_t order[] = {23, 0, 10};
    struct ak_hello_plan plan = {.client = &party, .extensions = order, .extension_count = 3};
    (void)state;
    offer(&party, AK_PARTY_TLS12, AK_PARTY_TLS13);
    party.extended_master_secret = AK_NEED_NONE;
    struct ak_text text = built(&plan);
    struct ak_client_hello hello = parsed(&text);
    assert_false(hello.extended_master_secret);
    assert_true(hello.has_groups && hello.has_signature_algorithms && hello.has_supported_versions);
    assert_true(hello.key_shares.size != 0);
    ak_text_release(&text);
}

static void padding_leaves_no_hello_of_256_to_511_bytes(void **state)
{
    static const uint16_t order[] = {0, 10, 13, 21, 43, 51};
    char name[200];
    struct ak_hello_plan plan = {
        .client = &party, .extensions = order, .extension_count = 6, .server_name = name};
    (void)state;
    offer(&party, AK_PARTY_TLS12, AK_PARTY_TLS13);
    for (size_t size = 1; size < sizeof name; size += 9) {
        memset(name, 'a', size);
        name[size] = '\0';
        struct ak_text text = built(&plan);
        (void)parsed(&text);
        assert_true(text.size - 5 < 256 || text.size - 5 >= 512);
        ak_text_release(&text);
    }
}

/* ---- key shares that a server accepts ---- */

static void feed(SSL *ssl, const struct ak_text *text, uint8_t *answer, size_t *size)
{
    (void)BIO_write(SSL_get_rbio(ssl), text->bytes, (int)text->size);
    (void)SSL_accept(ssl);
    int got = BIO_read(SSL_get_wbio(ssl), answer, 4096);
    *size = got > 0 ? (size_t)got : 0;
}

static void openssl_takes_each_key_share(void **state)
{
    static const uint16_t groups[] = {0x17, 0x18, 0x19, 0x1d, 0x1e, 0x100, 0x101, 0x104};
    static const char *const names = "P-256:P-384:P-521:X25519:X448:ffdhe2048:ffdhe3072:ffdhe8192";
    (void)state;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        uint8_t answer[4096];
        size_t size;
        struct ak_hello_plan plan = {.client = &party};
        offer(&party, AK_PARTY_TLS13, AK_PARTY_TLS13);
        (void)ak_party_list_add(&party.groups, groups[i], true);
        struct ak_text text = built(&plan);
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
        assert_int_equal(SSL_CTX_set1_groups_list(ctx, names), 1);
        EVP_PKEY *key = EVP_RSA_gen(2048);
        X509 *certificate = X509_new();
        (void)X509_set_pubkey(certificate, key);
        (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
        (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        (void)X509_sign(certificate, key, EVP_sha256());
        (void)SSL_CTX_use_certificate(ctx, certificate);
        (void)SSL_CTX_use_PrivateKey(ctx, key);
        SSL *ssl = SSL_new(ctx);
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        feed(ssl, &text, answer, &size);
        assert_true(size > 100);
        assert_int_equal(answer[0], 22);
        assert_int_equal(answer[5], AK_TLS_SERVER_HELLO);
        struct ak_server_hello hello;
        struct ak_parse parse;
        struct ak_span body = {answer + 9, (size_t)answer[7] << 8 | answer[8]};
        assert_int_equal(ak_server_hello_parse(body, &hello, &parse), AK_VERDICT_PARSED);
        assert_false(hello.hello_retry);
        assert_int_equal(hello.key_share_group, groups[i]);
        SSL_free(ssl);
        X509_free(certificate);
        EVP_PKEY_free(key);
        SSL_CTX_free(ctx);
        ak_text_release(&text);
    }
}

static void memory_that_fails_is_said(void **state)
{
    struct ak_hello_plan plan = {.client = &party};
    (void)state;
    offer(&party, AK_PARTY_TLS10, AK_PARTY_TLS13);
    for (unsigned long n = 1; n < 12; n++) {
        struct ak_text text;
        ak_text_init(&text, 65536);
        (void)ak_alloc_fail_after(n);
        bool good = ak_hello_build(&plan, &source, &text);
        (void)ak_alloc_fail_after(0);
        assert_true(good != text.failed);
        ak_text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_observed_client_keeps_its_ja3),
        cmocka_unit_test(versions_decide_suites_and_fields),
        cmocka_unit_test(ssl3_has_no_extensions_and_its_record_version),
        cmocka_unit_test(ssl2_alone_is_sent_in_its_format),
        cmocka_unit_test(old_clients_asked_for_tls_in_that_format),
        cmocka_unit_test(nothing_to_offer_is_said),
        cmocka_unit_test(names_alpn_and_signalling_follow_the_plan),
        cmocka_unit_test(a_changed_client_gets_what_its_lists_need),
        cmocka_unit_test(padding_leaves_no_hello_of_256_to_511_bytes),
        cmocka_unit_test(openssl_takes_each_key_share),
        cmocka_unit_test(memory_that_fails_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
