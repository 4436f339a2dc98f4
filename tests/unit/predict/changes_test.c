/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/sql_names.h"
#include "predict/party_text.h"

static struct ak_party client, server, scratch;
static struct ak_change changes[16];
static size_t count;

static void begin(void)
{
    assert_true(ak_party_default(&client, AK_SIDE_CLIENT, "openssl-1.1.1"));
    assert_true(ak_party_default(&server, AK_SIDE_SERVER, "openssl-1.1.1"));
    (void)ak_party_chain_add(&server, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
}

static void ask(void)
{
    count = ak_negotiate_changes(&client, &server, &scratch, changes, 16);
    for (size_t i = 0; i < count; i++) {
        assert_true(changes[i].result.established);
        assert_true(i == 0 || changes[i - 1].cost <= changes[i].cost);
    }
}

/* The first change of this kind and side, or NULL. */
static const struct ak_change *find(enum ak_change_kind kind, enum ak_side side, unsigned code)
{
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == kind && changes[i].side == side && changes[i].code == code)
            return &changes[i];
    return NULL;
}

static void nothing_to_change(void **state)
{
    (void)state;
    begin();
    ask();
    assert_int_equal(count, 0);
}

static void a_version(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS10, AK_PARTY_TLS11, "configuration");
    ak_party_version_range(&server, AK_PARTY_TLS12, AK_PARTY_TLS13, "configuration");
    ask();
    assert_true(count >= 3);
    /* New versions on the client come before old ones on the server. */
    assert_int_equal(changes[0].kind, AK_CHANGE_VERSION);
    assert_int_equal(changes[0].side, AK_SIDE_CLIENT);
    assert_false(changes[0].weakens);
    assert_non_null(find(AK_CHANGE_VERSION, AK_SIDE_CLIENT, 0x0303));
    const struct ak_change *old = find(AK_CHANGE_VERSION, AK_SIDE_SERVER, 0x0302);
    assert_non_null(old);
    assert_true(old->weakens);
    /* What the software lacks is no change of a setting. */
    client.versions[AK_PARTY_TLS12].state = client.versions[AK_PARTY_TLS13].state =
        AK_SWITCH_ABSENT;
    ask();
    assert_null(find(AK_CHANGE_VERSION, AK_SIDE_CLIENT, 0x0303));
}

static void a_suite(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS12, AK_PARTY_TLS12, "configuration");
    client.suite_count = server.suite_count = 0;
    (void)ak_party_suite_add(&client, 0xc028, true);
    (void)ak_party_suite_add(&server, 0xc030, true);
    (void)ak_party_suite_add(&server, 0x002f, true);
    ask();
    assert_int_equal(changes[0].kind, AK_CHANGE_SUITE);
    assert_false(changes[0].weakens);
    assert_non_null(find(AK_CHANGE_SUITE, AK_SIDE_CLIENT, 0xc030));
    assert_non_null(find(AK_CHANGE_SUITE, AK_SIDE_SERVER, 0xc028));
    assert_true(find(AK_CHANGE_SUITE, AK_SIDE_CLIENT, 0x002f)->weakens);
    assert_null(find(AK_CHANGE_VERSION, AK_SIDE_CLIENT, 0x0304)); /* has no suite for it */
    client.suites_complete = true;
    ask();
    assert_null(find(AK_CHANGE_SUITE, AK_SIDE_CLIENT, 0xc030));
}

static void a_certificate(void **state)
{
    (void)state;
    begin();
    server.chains[0].links[0].sign_hash = AK_SIGN_HASH_SHA512;
    client.ways[AK_WAY_CLIENT_CHAIN_CHECK] = 1;
    memset(&client.chain_schemes, 0, sizeof client.chain_schemes);
    (void)ak_party_list_add(&client.chain_schemes, 0x0401, true);
    ask();
    const struct ak_change *reissue = NULL;
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == AK_CHANGE_CERTIFICATE)
            reissue = &changes[i];
    assert_non_null(reissue);
    assert_true(reissue->installs);
    assert_int_equal(reissue->bits, 2048);
    assert_non_null(find(AK_CHANGE_SCHEME, AK_SIDE_CLIENT, 0x0601));
}

static void a_dh_group(void **state)
{
    (void)state;
    begin();
    client.suite_count = 0;
    (void)ak_party_suite_add(&client, 0x009f, true);
    client.suites_complete = true;
    ak_party_version_range(&client, AK_PARTY_TLS12, AK_PARTY_TLS12, "configuration");
    server.dh_bits = 1024;
    client.bounds.dh_min = 2048;
    ask();
    assert_int_equal(changes[0].kind, AK_CHANGE_DH_BITS);
    assert_int_equal(changes[0].bits, 2048);
    const struct ak_change *lower = find(AK_CHANGE_BOUND_DH, AK_SIDE_CLIENT, 0);
    assert_non_null(lower);
    assert_true(lower->weakens);
}

static void an_encryption_setting(void **state)
{
    (void)state;
    begin();
    client.sql.known = server.sql.known = true;
    client.sql.encryption = AK_TDS_ENCRYPTION_NOT_SUP;
    server.sql.encryption = AK_TDS_ENCRYPTION_ON;
    ask();
    assert_non_null(find(AK_CHANGE_ENCRYPTION, AK_SIDE_CLIENT, AK_TDS_ENCRYPTION_ON));
    assert_null(find(AK_CHANGE_ENCRYPTION, AK_SIDE_SERVER, AK_TDS_ENCRYPTION_NOT_SUP));
}

static void keeps_the_least(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS10, AK_PARTY_TLS11, "configuration");
    ak_party_version_range(&server, AK_PARTY_TLS12, AK_PARTY_TLS13, "configuration");
    ask();
    enum ak_change_kind kind = changes[0].kind;
    uint16_t code = changes[0].code;
    assert_int_equal(ak_negotiate_changes(&client, &server, &scratch, changes, 1), 1);
    assert_int_equal(changes[0].kind, kind);
    assert_int_equal(changes[0].code, code);
    assert_int_equal(ak_negotiate_changes(&client, &server, &scratch, changes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_change), cmocka_unit_test(a_version),
        cmocka_unit_test(a_suite),           cmocka_unit_test(a_certificate),
        cmocka_unit_test(a_dh_group),        cmocka_unit_test(an_encryption_setting),
        cmocka_unit_test(keeps_the_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
