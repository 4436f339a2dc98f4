/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "library/parties.h"

#include "support/temporary.h"

#include "base/alloc.h"
#include "base/attr.h"

static struct ak_named_party party; /* too large for a stack */

static void ignore(void *context, const char *path, const char *text)
{
    (void)context;
    (void)path;
    (void)text;
}

static enum ak_err make(const char *word, enum ak_side role, struct ak_error *error)
{
    struct ak_parties_listener listener = {NULL, ignore};
    return ak_named_party_make(word, role, &listener, &party, error);
}

static void names_of_systems_and_programs(void **state)
{
    struct ak_error error;
    (void)state;
    assert_int_equal(make("win7", AK_SIDE_CLIENT, &error), AK_ERR_NONE);
    assert_int_equal(party.party.role, AK_SIDE_CLIENT);
    assert_false(ak_party_version_on(&party.party, AK_PARTY_TLS12));
    assert_int_equal(make("ws2022", AK_SIDE_SERVER, &error), AK_ERR_NONE);
    assert_true(ak_party_version_on(&party.party, AK_PARTY_TLS12));
    assert_int_equal(make("odbc18@ws2019", AK_SIDE_CLIENT, &error), AK_ERR_NONE);
    assert_true(party.party.sql.known);
}

static void a_wrong_name_is_told(void **state)
{
    struct ak_error error;
    (void)state;
    assert_int_equal(make("ws2002", AK_SIDE_SERVER, &error), AK_ERR_USAGE);
    assert_non_null(strstr(error.text, "ws20")); /* what is most like it */
    assert_int_equal(make("odbc18", AK_SIDE_SERVER, &error),
                     AK_ERR_USAGE); /* drivers serve nobody */
    assert_int_equal(make("win7@win10", AK_SIDE_CLIENT, &error), AK_ERR_USAGE);
}

static void files_of_every_kind(void **state)
{
    static const char cnf[] = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                              "[c]\nMinProtocol = TLSv1.3\n";
    static const char reg[] =
        "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\"
        "SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server]\n"
        "\"Enabled\"=dword:00000000\n";
    struct temporary t;
    struct ak_error error;
    char word[600];
    (void)state;
    temporary_open(&t);
    assert_int_equal(
        make(temporary_file(&t, "openssl.cnf", cnf, strlen(cnf)), AK_SIDE_SERVER, &error),
        AK_ERR_NONE);
    assert_false(ak_party_version_on(&party.party, AK_PARTY_TLS12));
    assert_true(ak_party_version_on(&party.party, AK_PARTY_TLS13));
    (void)snprintf(word, sizeof word, "ws2019+%s",
                   temporary_file(&t, "change.reg", reg, strlen(reg)));
    assert_int_equal(make(word, AK_SIDE_SERVER, &error), AK_ERR_NONE);
    assert_false(ak_party_version_on(&party.party, AK_PARTY_TLS12));
    assert_true(ak_party_version_on(&party.party, AK_PARTY_TLS10));
    assert_int_not_equal(make(temporary_file(&t, "noise", "\1\2\3", 3), AK_SIDE_CLIENT, &error),
                         AK_ERR_NONE);
    assert_int_equal(
        make(AK_TEST_GOLDEN "/own-tds_tls12_full_encrypt/capture.pcap#1", AK_SIDE_CLIENT, &error),
        AK_ERR_NONE);
    assert_true(party.party.suites_known);
    assert_int_not_equal(
        make(AK_TEST_GOLDEN "/own-tds_tls12_full_encrypt/capture.pcap#99", AK_SIDE_CLIENT, &error),
        AK_ERR_NONE);
    temporary_close(&t);
}

static void certificates_by_word(void **state)
{
    struct ak_error error;
    (void)state;
    assert_int_equal(make("ws2022", AK_SIDE_SERVER, &error), AK_ERR_NONE);
    size_t before = party.party.chain_count;
    assert_int_equal(ak_party_certificate(&party.party, "ec256-sha384", &error), AK_ERR_NONE);
    assert_true(party.party.chain_count >= 1 && party.party.chain_count <= before + 1);
    const struct ak_party_link *link = &party.party.chains[party.party.chain_count - 1].links[0];
    assert_int_equal(link->key, AK_KEY_EC);
    assert_int_equal(link->sign_hash, AK_SIGN_HASH_SHA384);
    assert_int_not_equal(ak_party_certificate(&party.party, "rsa99-sha9", &error), AK_ERR_NONE);
}

static void what_is_missing_is_assumed(void **state)
{
    static struct ak_party client;
    struct ak_error error;
    (void)state;
    assert_int_equal(make("odbc17", AK_SIDE_CLIENT, &error), AK_ERR_NONE);
    client = party.party;
    assert_int_equal(make("ws2022", AK_SIDE_SERVER, &error), AK_ERR_NONE);
    unsigned assumed = ak_parties_match(&client, &party.party);
    assert_int_equal(assumed, AK_ASSUMED_CERTIFICATE | AK_ASSUMED_SQL_SERVER);
    assert_true(party.party.sql.known && party.party.chain_count == 1);
    assert_int_equal(ak_parties_match(&client, &party.party), 0); /* nothing is missing now */
}

static void survives_a_lack_of_memory(void **state)
{
    static const char *const words[] = {"odbc18@ws2019",
                                        AK_TEST_GOLDEN "/own-tds_tls12_full_encrypt/capture.pcap#1",
                                        AK_TEST_GOLDEN "/reg-two-healthy/server"};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(words); i++)
        for (unsigned long n = 1;; n += 1 + n / 8) {
            struct ak_error error;
            (void)ak_alloc_fail_after(n);
            (void)make(words[i], i == 2 ? AK_SIDE_SERVER : AK_SIDE_CLIENT, &error);
            if (ak_alloc_fail_after(0) < n)
                break;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_systems_and_programs),
        cmocka_unit_test(a_wrong_name_is_told),
        cmocka_unit_test(files_of_every_kind),
        cmocka_unit_test(certificates_by_word),
        cmocka_unit_test(what_is_missing_is_assumed),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
