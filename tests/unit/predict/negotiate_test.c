/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "model/sql_names.h"

/* A side of no particular stack: TLS 1.0 to 1.3, usual suites, an RSA certificate. */
static void usual(struct ak_party *party, enum ak_side role)
{
    static const uint16_t suites[] = {0x1302, 0x1301, 0xc030, 0xc02f, 0x009f, 0xc014, 0x002f};
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018};
    static const uint16_t schemes[] = {0x0804, 0x0401, 0x0403, 0x0501, 0x0201};
    ak_party_init(party, "usual", role, AK_STACK_OTHER);
    ak_party_version_range(party, AK_PARTY_TLS10, AK_PARTY_TLS13, "configuration");
    for (size_t i = 0; i < AK_COUNT(suites); i++)
        assert_true(ak_party_suite_add(party, suites[i], true));
    for (size_t i = 0; i < AK_COUNT(groups); i++)
        assert_true(ak_party_list_add(&party->groups, groups[i], true));
    for (size_t i = 0; i < AK_COUNT(schemes); i++)
        assert_true(ak_party_list_add(&party->schemes, schemes[i], true));
    party->extended_master_secret = AK_NEED_SUPPORTED;
    party->renegotiation_info = AK_NEED_SUPPORTED;
    party->dh_bits = 2048;
    party->dh_bits_known = true;
    if (role == AK_SIDE_SERVER)
        assert_non_null(
            ak_party_chain_add(party, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA));
}

static struct ak_party client, server;
static struct ak_negotiation n;

static void begin(void)
{
    usual(&client, AK_SIDE_CLIENT);
    usual(&server, AK_SIDE_SERVER);
}

static void only_suite(struct ak_party *party, uint16_t code)
{
    party->suite_count = 0;
    (void)ak_party_suite_add(party, code, true);
}

static void expect(enum ak_refusal refusal, enum ak_stage stage, enum ak_side by)
{
    ak_negotiate(&client, &server, &n);
    assert_false(n.established);
    assert_int_equal(n.refusal, refusal);
    assert_int_equal(n.stage, stage);
    assert_int_equal(n.ended_by, by);
}

static void expect_established(uint16_t version, uint16_t suite)
{
    ak_negotiate(&client, &server, &n);
    assert_true(n.established);
    assert_int_equal(n.version, version);
    assert_int_equal(n.suite, suite);
    assert_int_equal(n.stage, AK_STAGE_P5B);
    assert_int_equal(n.ended_by, AK_SIDE_NONE);
    assert_int_equal(n.client_status, 0);
}

static void agrees(void **state)
{
    (void)state;
    begin();
    expect_established(0x0304, 0x1302);
    assert_int_equal(n.group, 0x001d);
    assert_int_equal(n.scheme, 0x0804);
    assert_int_equal(n.confidence, AK_CONFIDENCE_LOW + 2);
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    expect_established(0x0303, 0xc030);
    assert_true(n.extended_master_secret);
}

/* RFC 5246 7.4.1.3: the server's choice, by its order or the client's. */
static void whose_order(void **state)
{
    (void)state;
    begin();
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    only_suite(&client, 0xc02f);
    (void)ak_party_suite_add(&client, 0xc030, true);
    expect_established(0x0303, 0xc02f);
    server.prefers_own_order = true;
    expect_established(0x0303, 0xc030);
    server.suites[2].last_resort = true; /* c030 */
    expect_established(0x0303, 0xc02f);
}

static void versions_apart(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS10, AK_PARTY_TLS11, "configuration");
    ak_party_version_range(&server, AK_PARTY_TLS12, AK_PARTY_TLS13, "configuration");
    expect(AK_REFUSAL_NO_COMMON_VERSION, AK_STAGE_P3, AK_SIDE_SERVER);
    assert_int_equal(n.alert, 70);
    assert_int_equal(n.client_status, 0x80090302);
    assert_string_equal(ak_refusal_rule(n.refusal), "no-common-version");
    server.ways[AK_WAY_REFUSAL] = 1; /* SQL Server closes */
    ak_negotiate(&client, &server, &n);
    assert_int_equal(n.close, AK_CLOSE_FIN);
    assert_int_equal(n.alert, 0);
    assert_int_equal(n.client_status, 0x2746);
}

/* S1b: without supported_versions the server answers with what it has, and the client refuses. */
static void server_too_old(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS12, AK_PARTY_TLS12, "configuration");
    ak_party_version_range(&server, AK_PARTY_TLS10, AK_PARTY_TLS10, "configuration");
    expect(AK_REFUSAL_NO_COMMON_VERSION, AK_STAGE_P4, AK_SIDE_CLIENT);
    assert_int_equal(n.version, 0x0301);
    ak_party_version_range(&client, AK_PARTY_TLS12, AK_PARTY_TLS13, "configuration");
    expect(AK_REFUSAL_NO_COMMON_VERSION, AK_STAGE_P3, AK_SIDE_SERVER);
}

static void named_versions(void **state)
{
    (void)state;
    begin();
    ak_party_version_range(&client, AK_PARTY_TLS10, AK_PARTY_TLS10, "os-default");
    client.versions[AK_PARTY_TLS12].state = AK_SWITCH_NAMED;
    expect_established(0x0301, 0xc014);
    assert_int_equal(n.hazards, AK_HAZARD_OLD_VERSION);
    client.names_versions = true;
    expect_established(0x0303, 0xc030);
}

static void suites_apart(void **state)
{
    (void)state;
    begin();
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    only_suite(&client, 0xc028);
    expect(AK_REFUSAL_NO_COMMON_SUITE, AK_STAGE_P3, AK_SIDE_SERVER);
    assert_int_equal(n.alert, 40);
    assert_int_equal(n.client_status, 0x80090326);
    (void)ak_party_suite_add(&client, 0x009f, true); /* near miss: one is common */
    expect_established(0x0303, 0x009f);
    /* A suite that only TLS 1.2 has is no help in TLS 1.1. */
    ak_party_version_range(&client, AK_PARTY_TLS11, AK_PARTY_TLS11, "configuration");
    (void)ak_party_suite_add(&client, 0x0035, true);
    expect(AK_REFUSAL_NO_COMMON_SUITE, AK_STAGE_P3, AK_SIDE_SERVER);
}

static void certificate_decides_the_suite(void **state)
{
    (void)state;
    begin();
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    server.chain_count = 0;
    (void)ak_party_chain_add(&server, AK_KEY_EC, 256, 0x0017, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
    expect(AK_REFUSAL_NO_COMMON_SUITE, AK_STAGE_P3, AK_SIDE_SERVER);
    (void)ak_party_suite_add(&client, 0xc02c, true);
    (void)ak_party_suite_add(&server, 0xc02c, true);
    expect_established(0x0303, 0xc02c);
    client.groups.count = 1; /* x25519 alone: not the curve of the certificate */
    expect(AK_REFUSAL_NO_COMMON_SUITE, AK_STAGE_P3, AK_SIDE_SERVER);
}

static void groups_apart(void **state)
{
    (void)state;
    begin();
    memset(&client.groups, 0, sizeof client.groups);
    (void)ak_party_list_add(&client.groups, 0x0019, true);
    expect(AK_REFUSAL_NO_COMMON_GROUP, AK_STAGE_P3, AK_SIDE_SERVER);
    assert_int_equal(n.version, 0x0304);
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    expect_established(0x0303, 0x009f); /* DHE needs none */
    only_suite(&client, 0xc030);
    expect(AK_REFUSAL_NO_COMMON_GROUP, AK_STAGE_P3, AK_SIDE_SERVER);
    (void)ak_party_list_add(&client.groups, 0x0018, true);
    expect_established(0x0303, 0xc030);
}

static void asks_again(void **state)
{
    (void)state;
    begin();
    memset(&server.groups, 0, sizeof server.groups);
    (void)ak_party_list_add(&server.groups, 0x0018, true);
    expect_established(0x0304, 0x1302);
    assert_true(n.hello_retry);
    assert_int_equal(n.group, 0x0018);
    (void)ak_party_list_add(&client.key_shares, 0x0018, true);
    expect_established(0x0304, 0x1302);
    assert_false(n.hello_retry);
}

static void schemes_apart(void **state)
{
    (void)state;
    begin();
    memset(&client.schemes, 0, sizeof client.schemes);
    (void)ak_party_list_add(&client.schemes, 0x0403, true);
    (void)ak_party_list_add(&client.chain_schemes, 0x0401, true);
    expect(AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, AK_STAGE_P3, AK_SIDE_SERVER);
    /* PKCS #1 signs no handshake of TLS 1.3 (RFC 8446 4.2.3), but one of TLS 1.2. */
    (void)ak_party_list_add(&client.schemes, 0x0401, true);
    expect(AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH, AK_STAGE_P3, AK_SIDE_SERVER);
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    expect_established(0x0303, 0xc030);
    assert_int_equal(n.scheme, 0x0401);
}

/* S4: a chain signed with SHA-512 that the client does not list. */
static void chain_hash(void **state)
{
    (void)state;
    begin();
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    server.chains[0].links[0].sign_hash = AK_SIGN_HASH_SHA512;
    expect_established(0x0303, 0xc030); /* nobody looks */
    client.ways[AK_WAY_CLIENT_CHAIN_CHECK] = 1;
    expect(AK_REFUSAL_CERTIFICATE_HASH_REFUSED, AK_STAGE_P4, AK_SIDE_CLIENT);
    server.ways[AK_WAY_CHAIN_CHECK] = 1; /* Windows before 10 and Server 2016 */
    expect(AK_REFUSAL_CERTIFICATE_HASH_REFUSED, AK_STAGE_P3, AK_SIDE_SERVER);
    server.chains[0].links[0].self_signed = true;
    expect_established(0x0303, 0xc030);
    server.chains[0].links[0].self_signed = false;
    ak_party_version_range(&client, AK_PARTY_TLS11, AK_PARTY_TLS11, "configuration");
    expect_established(0x0302, 0xc014); /* no signature_algorithms below TLS 1.2 */
}

static void key_sizes(void **state)
{
    (void)state;
    begin();
    client.bounds.rsa_min = 2049;
    expect(AK_REFUSAL_RSA_KEY_TOO_SHORT, AK_STAGE_P4, AK_SIDE_CLIENT);
    client.bounds.rsa_min = 2048;
    expect_established(0x0304, 0x1302);
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    only_suite(&client, 0x009f);
    server.dh_bits = 1024;
    client.bounds.dh_min = 1024;
    expect_established(0x0303, 0x009f);
    client.bounds.dh_min = 2048;
    expect(AK_REFUSAL_DH_GROUP_REFUSED, AK_STAGE_P4, AK_SIDE_CLIENT);
    assert_int_equal(n.dh_bits, 1024);
    server.dh_bits = 0; /* no DHE at all */
    expect(AK_REFUSAL_NO_COMMON_GROUP, AK_STAGE_P3, AK_SIDE_SERVER);
}

static void extensions(void **state)
{
    (void)state;
    begin();
    client.extended_master_secret = AK_NEED_NONE;
    server.extended_master_secret = AK_NEED_REQUIRED;
    expect_established(0x0304, 0x1302); /* part of TLS 1.3 */
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    expect(AK_REFUSAL_EMS_MISMATCH, AK_STAGE_P3, AK_SIDE_SERVER);
    client.extended_master_secret = AK_NEED_REQUIRED;
    server.extended_master_secret = AK_NEED_NONE;
    expect(AK_REFUSAL_EMS_MISMATCH, AK_STAGE_P4, AK_SIDE_CLIENT);
    server.extended_master_secret = AK_NEED_SUPPORTED;
    server.needs_certificate = true;
    expect(AK_REFUSAL_CLIENT_CERTIFICATE_REQUIRED, AK_STAGE_P5, AK_SIDE_SERVER);
    client.has_certificate = true;
    expect_established(0x0303, 0xc030);
}

/* Both sides' DHE, one with the fix of KB4557473. */
static void leading_zero(void **state)
{
    (void)state;
    begin();
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    client.dhe_zero = AK_DHE_ZERO_FAULTY;
    server.dhe_zero = AK_DHE_ZERO_FIXED;
    expect_established(0x0303, 0xc030);
    assert_int_equal(n.hazards, 0);
    only_suite(&client, 0x009f);
    expect_established(0x0303, 0x009f);
    assert_int_equal(n.hazards, AK_HAZARD_DHE_LEADING_ZERO);
    server.dhe_zero = AK_DHE_ZERO_FAULTY; /* alike: they agree on the wrong thing */
    expect_established(0x0303, 0x009f);
    assert_int_equal(n.hazards, 0);
}

/* MS-TDS 2.2.6.5: what the server makes of the client's byte. */
static void encryption_bytes(void **state)
{
    (void)state;
    static const struct {
        uint8_t client, server;
        enum ak_refusal refusal;
        bool tls, login_only;
    } rows[] = {
        {AK_TDS_ENCRYPTION_OFF, AK_TDS_ENCRYPTION_OFF, AK_REFUSAL_NONE, true, true},
        {AK_TDS_ENCRYPTION_ON, AK_TDS_ENCRYPTION_OFF, AK_REFUSAL_NONE, true, false},
        {AK_TDS_ENCRYPTION_OFF, AK_TDS_ENCRYPTION_ON, AK_REFUSAL_NONE, true, false},
        {AK_TDS_ENCRYPTION_REQ, AK_TDS_ENCRYPTION_OFF, AK_REFUSAL_NONE, true, false},
        {AK_TDS_ENCRYPTION_NOT_SUP, AK_TDS_ENCRYPTION_OFF, AK_REFUSAL_NONE, false, false},
        {AK_TDS_ENCRYPTION_OFF, AK_TDS_ENCRYPTION_NOT_SUP, AK_REFUSAL_NONE, false, false},
        {AK_TDS_ENCRYPTION_NOT_SUP, AK_TDS_ENCRYPTION_ON, AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT,
         false, false},
        {AK_TDS_ENCRYPTION_ON, AK_TDS_ENCRYPTION_NOT_SUP, AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT,
         false, false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        begin();
        client.sql.known = server.sql.known = true;
        client.sql.encryption = rows[i].client;
        server.sql.encryption = rows[i].server;
        server.sql.tls13_only_strict = true;
        ak_negotiate(&client, &server, &n);
        assert_int_equal(n.refusal, rows[i].refusal);
        assert_int_equal(n.established, rows[i].tls);
        assert_int_equal(n.no_tls, !rows[i].tls && rows[i].refusal == AK_REFUSAL_NONE);
        assert_int_equal((n.hazards & AK_HAZARD_LOGIN_ONLY) != 0, rows[i].login_only);
        if (rows[i].tls)
            assert_int_equal(n.version, 0x0303);
        if (rows[i].refusal != AK_REFUSAL_NONE)
            assert_int_equal(n.stage, AK_STAGE_P2);
    }
}

static void strict_forms(void **state)
{
    (void)state;
    begin();
    client.sql.known = server.sql.known = true;
    client.sql.strict = true;
    expect(AK_REFUSAL_STRICT_MISMATCH, AK_STAGE_P3, AK_SIDE_SERVER);
    server.sql.strict = server.sql.tls13_only_strict = true;
    expect_established(0x0304, 0x1302);
    assert_int_equal(n.hazards, 0);
    client.sql.strict = false;
    server.sql.strict_only = true;
    expect(AK_REFUSAL_STRICT_MISMATCH, AK_STAGE_P1, AK_SIDE_SERVER);
    server.sql.strict_only = server.sql.tls13_only_strict = false;
    client.sql.encryption = AK_TDS_ENCRYPTION_ON;
    expect_established(0x0304, 0x1302);
    assert_int_equal(n.hazards, AK_HAZARD_TLS13_IN_PRELOGIN);
}

static void nothing_to_offer(void **state)
{
    (void)state;
    begin();
    only_suite(&client, 0x1301);
    client.versions[AK_PARTY_TLS13].state = AK_SWITCH_OFF;
    expect(AK_REFUSAL_NOTHING_TO_OFFER, AK_STAGE_P0, AK_SIDE_CLIENT);
    assert_int_equal(n.client_status, 0x80090331);
    assert_null(ak_refusal_rule(n.refusal));
}

/* What nobody told never becomes a refusal, and the answer is worth little. */
static void unknown_parts(void **state)
{
    (void)state;
    begin();
    server.suites_known = false;
    server.suite_count = 0;
    server.chains_known = false;
    server.chain_count = 0;
    memset(&server.groups, 0, sizeof server.groups);
    memset(&server.schemes, 0, sizeof server.schemes);
    expect_established(0x0304, 0x1302);
    assert_int_equal(n.confidence, AK_CONFIDENCE_LOW);
}

static void weakest_part(void **state)
{
    (void)state;
    begin();
    server.confidence[AK_PARTY_PART_SUITES] = AK_CONFIDENCE_MEDIUM;
    client.confidence[AK_PARTY_PART_SQL] = AK_CONFIDENCE_LOW; /* not used */
    expect_established(0x0304, 0x1302);
    assert_int_equal(n.confidence, AK_CONFIDENCE_MEDIUM);
    assert_true(n.rests_on[AK_SIDE_SERVER] & 1u << AK_PARTY_PART_SUITES);
    assert_false(n.rests_on[AK_SIDE_CLIENT] & 1u << AK_PARTY_PART_SQL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees),
        cmocka_unit_test(whose_order),
        cmocka_unit_test(versions_apart),
        cmocka_unit_test(server_too_old),
        cmocka_unit_test(named_versions),
        cmocka_unit_test(suites_apart),
        cmocka_unit_test(certificate_decides_the_suite),
        cmocka_unit_test(groups_apart),
        cmocka_unit_test(asks_again),
        cmocka_unit_test(schemes_apart),
        cmocka_unit_test(chain_hash),
        cmocka_unit_test(key_sizes),
        cmocka_unit_test(extensions),
        cmocka_unit_test(leading_zero),
        cmocka_unit_test(encryption_bytes),
        cmocka_unit_test(strict_forms),
        cmocka_unit_test(nothing_to_offer),
        cmocka_unit_test(unknown_parts),
        cmocka_unit_test(weakest_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
