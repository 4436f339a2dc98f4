/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"

static struct ak_party party;

static void begins_empty(void **state)
{
    (void)state;
    char longest[2 * AK_MAX_PARTY_NAME];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    ak_party_init(&party, longest, AK_SIDE_SERVER, AK_STACK_JSSE);
    assert_int_equal(strlen(party.name), AK_MAX_PARTY_NAME - 1);
    assert_false(party.suites_known);
    assert_false(party.groups.known);
    for (size_t i = 0; i < AK_PARTY_VERSIONS; i++) {
        assert_int_equal(party.versions[i].state, AK_SWITCH_ABSENT);
        assert_non_null(party.versions[i].why);
    }
    for (int i = 0; i < AK_WAYS; i++)
        assert_int_equal(party.ways[i], ak_stack_way(AK_STACK_JSSE, (enum ak_way)i));
}

static void versions(void **state)
{
    (void)state;
    ak_party_init(&party, "x", AK_SIDE_CLIENT, AK_STACK_OTHER);
    ak_party_version_range(&party, AK_PARTY_TLS11, AK_PARTY_TLS12, "configuration");
    assert_int_equal(party.versions[AK_PARTY_TLS13].state, AK_SWITCH_ABSENT);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS11));
    ak_party_version_range(&party, AK_PARTY_TLS12, AK_PARTY_TLS12, "policy");
    assert_int_equal(party.versions[AK_PARTY_TLS11].state, AK_SWITCH_OFF);
    assert_string_equal(party.versions[AK_PARTY_TLS11].why, "policy");
    ak_party_version_set(&party, AK_PARTY_TLS11, AK_SWITCH_NAMED, "os-default");
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    party.names_versions = true;
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS11));
    ak_party_version_set(&party, AK_PARTY_VERSIONS, AK_SWITCH_ON, "x"); /* no such place */
    assert_false(ak_party_version_on(&party, AK_PARTY_VERSIONS));
    assert_int_equal(ak_party_version_of(0x7f1c), AK_PARTY_TLS13); /* a draft */
    assert_int_equal(ak_party_version_of(0xfeff), AK_PARTY_VERSIONS);
    for (int at = 0; at < AK_PARTY_VERSIONS; at++)
        assert_int_equal(ak_party_version_of(ak_party_version_code((enum ak_party_version_at)at)),
                         at);
}

static void suites_have_a_bound(void **state)
{
    (void)state;
    ak_party_init(&party, "x", AK_SIDE_CLIENT, AK_STACK_OTHER);
    for (uint16_t code = 1; code <= AK_MAX_PARTY_SUITES; code++)
        assert_true(ak_party_suite_add(&party, code, false));
    assert_true(ak_party_suite_add(&party, 7, true)); /* there already: switched on */
    assert_true(ak_party_suite_find(&party, 7)->on);
    assert_false(ak_party_suite_add(&party, AK_MAX_PARTY_SUITES + 1, true));
    assert_int_equal(party.suites_left_out, 1);
    assert_null(ak_party_suite_find(&party, 0xfefe));
}

static void suites_have_versions(void **state)
{
    (void)state;
    struct ak_party_suite gcm = {.code = 0xc030, .on = true}, cbc = {.code = 0x002f, .on = true};
    assert_true(ak_party_suite_fits(&gcm, AK_PARTY_TLS12));
    assert_false(ak_party_suite_fits(&gcm, AK_PARTY_TLS11));
    assert_false(ak_party_suite_fits(&gcm, AK_PARTY_TLS13));
    assert_true(ak_party_suite_fits(&cbc, AK_PARTY_TLS10));
    cbc.versions = 1u << AK_PARTY_TLS12;
    assert_false(ak_party_suite_fits(&cbc, AK_PARTY_TLS10));
    cbc.on = false;
    assert_false(ak_party_suite_fits(&cbc, AK_PARTY_TLS12));
    struct ak_party_suite scsv = {.code = 0x00ff, .on = true};
    assert_false(ak_party_suite_fits(&scsv, AK_PARTY_TLS12));
}

static void lists(void **state)
{
    (void)state;
    ak_party_init(&party, "x", AK_SIDE_CLIENT, AK_STACK_OTHER);
    for (uint16_t code = 0; code < AK_MAX_PARTY_CODES; code++)
        assert_true(ak_party_list_add(&party.groups, code, true));
    assert_false(ak_party_list_add(&party.groups, 0x7777, true));
    assert_false(ak_party_list_add_for(&party.groups, 0x7777, 1));
    assert_int_equal(party.groups.left_out, 2);
    assert_true(ak_party_list_add_for(&party.schemes, 0x0403, 1u << AK_PARTY_TLS13));
    assert_true(ak_party_list_add_for(&party.schemes, 0x0403, 1u << AK_PARTY_TLS12));
    assert_int_equal(party.schemes.count, 1);
    assert_int_equal(ak_party_list_find(&party.schemes, 0x0403)->versions,
                     1u << AK_PARTY_TLS13 | 1u << AK_PARTY_TLS12);
    party.schemes.entries[0].on = false;
    assert_false(ak_party_list_has(&party.schemes, 0x0403));
}

static void scheme_parts(void **state)
{
    (void)state;
    static const struct {
        uint16_t scheme;
        uint8_t key, hash;
        uint16_t curve;
        bool pss, pss_only;
    } rows[] = {
        {0x0401, AK_KEY_RSA, AK_SIGN_HASH_SHA256, 0, false, false},
        {0x0503, AK_KEY_EC, AK_SIGN_HASH_SHA384, 0x18, false, false},
        {0x0203, AK_KEY_EC, AK_SIGN_HASH_SHA1, 0, false, false},
        {0x0101, AK_KEY_RSA, AK_SIGN_HASH_MD5, 0, false, false},
        {0x0302, AK_KEY_DSA, AK_SIGN_HASH_SHA224, 0, false, false},
        {0x0804, AK_KEY_RSA, AK_SIGN_HASH_SHA256, 0, true, false},
        {0x080b, AK_KEY_RSA, AK_SIGN_HASH_SHA512, 0, true, true},
        {0x0807, AK_KEY_ED25519, AK_SIGN_HASH_OTHER, 0, false, false},
    };
    struct ak_scheme_parts parts;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_true(ak_scheme_parts_of(rows[i].scheme, &parts));
        assert_int_equal(parts.key, rows[i].key);
        assert_int_equal(parts.hash, rows[i].hash);
        assert_int_equal(parts.curve, rows[i].curve);
        assert_int_equal(parts.pss, rows[i].pss);
        assert_int_equal(parts.pss_only, rows[i].pss_only);
    }
    static const uint16_t none[] = {0, 0x0001, 0x0400, 0x0404, 0x0701, 0x080c, 0x0904, 0xffff};
    for (size_t i = 0; i < AK_COUNT(none); i++)
        assert_false(ak_scheme_parts_of(none[i], &parts));
}

static void group_sizes(void **state)
{
    (void)state;
    assert_int_equal(ak_group_bits(0x0017), 256);
    assert_int_equal(ak_group_bits(0x0101), 3072);
    assert_int_equal(ak_group_bits(0x4242), 0);
    assert_true(ak_group_is_ffdhe(0x0104));
    assert_false(ak_group_is_ffdhe(0x001d));
}

static void chains_have_a_bound(void **state)
{
    (void)state;
    ak_party_init(&party, "x", AK_SIDE_SERVER, AK_STACK_OTHER);
    for (unsigned i = 0; i < AK_MAX_PARTY_CHAINS; i++)
        assert_non_null(
            ak_party_chain_add(&party, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA));
    assert_null(ak_party_chain_add(&party, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA));
    assert_true(party.chains_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_empty),
        cmocka_unit_test(versions),
        cmocka_unit_test(suites_have_a_bound),
        cmocka_unit_test(suites_have_versions),
        cmocka_unit_test(lists),
        cmocka_unit_test(scheme_parts),
        cmocka_unit_test(group_sizes),
        cmocka_unit_test(chains_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
