/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_host.h"

#include <stdio.h>

#include "model/sql_names.h"
#include "predict/negotiate.h"
#include "support/host.h"

static struct ak_party client, server;

static void make(const char *client_system, const char *client_text, const char *server_system,
                 const char *server_text)
{
    struct ak_host *c = host_of(client_system, client_text),
                   *s = host_of(server_system, server_text);
    assert_true(ak_party_of_host(c, AK_SIDE_CLIENT, "c", &client));
    assert_true(ak_party_of_host(s, AK_SIDE_SERVER, "s", &server));
    (void)ak_party_chain_add(&server, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
    host_end(c);
    host_end(s);
}

static void a_system_that_is_not_known_is_no_party(void **state)
{
    (void)state;
    struct ak_host *h =
        host_of(NULL, KEY(SCHANNEL "Protocols\\TLS 1.2\\Client") "\"Enabled\"=dword:00000001\r\n");
    assert_false(ak_party_of_host(h, AK_SIDE_CLIENT, "x", &client));
    host_end(h);
}

static void registry_values_reach_the_negotiation(void **state)
{
    (void)state;
    struct ak_negotiation n;
    make("win10_22h2", "", "ws2022", "");
    ak_negotiate(&client, &server, &n);
    assert_true(n.established && n.version == 0x0303);
    make("win10_22h2", KEY(SCHANNEL "Protocols\\TLS 1.2\\Client") "\"Enabled\"=dword:00000000\r\n",
         "ws2022",
         KEY(SCHANNEL
             "Protocols\\TLS 1.0\\Server") "\"Enabled\"=dword:00000000\r\n"
                                           "\r\n" KEY(
                                               SCHANNEL
                                               "Protocols\\TLS 1.1\\Server") "\"Enabled\"=dword:"
                                                                             "00000000\r\n");
    ak_negotiate(&client, &server, &n);
    assert_int_equal(n.refusal, AK_REFUSAL_NO_COMMON_VERSION);
}

static void callers_that_name_a_version_get_more(void **state)
{
    (void)state;
    struct ak_negotiation n;
    make("win7_2008r2", "", "ws2022", "");
    ak_negotiate(&client, &server, &n);
    assert_int_equal(n.version, 0x0301);
    client.names_versions = true;
    ak_negotiate(&client, &server, &n);
    assert_int_equal(n.version, 0x0303);
    assert_true(n.hazards & AK_HAZARD_DHE_LEADING_ZERO);
}

static void key_sizes_are_those_that_are_set(void **state)
{
    (void)state;
    make(
        "ws2022",
        KEY(SCHANNEL
            "KeyExchangeAlgorithms\\Diffie-Hellman") "\"ClientMinKeyBitLength\"=dword:00000c00\r\n",
        "win81_2012r2", "");
    assert_int_equal(client.bounds.dh_min, 3072);
    assert_int_equal(client.bounds.rsa_min, 1024);
    assert_int_equal(server.dh_bits, 1024);
    assert_int_equal(server.confidence[AK_PARTY_PART_KEY_SIZES], AK_CONFIDENCE_MEDIUM);
}

static void an_instance_speaks_for_sql_server(void **state)
{
    (void)state;
    struct ak_sql_instance instance;
    memset(&instance, 0, sizeof instance);
    make("ws2022", "", "ws2022", "");
    ak_party_sql_server(&server, NULL);
    assert_true(server.sql.known && !server.sql.strict && !server.sql.strict_only);
    (void)snprintf(instance.version, sizeof instance.version, "16.0.1000.6");
    instance.network_known = true;
    instance.force_strict.present = instance.force_strict.number = true;
    instance.force_strict.value = 1;
    ak_party_sql_server(&server, &instance);
    assert_true(server.sql.strict && server.sql.strict_only);
    assert_int_equal(ak_sql_instance_major(&instance), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_that_is_not_known_is_no_party),
        cmocka_unit_test(registry_values_reach_the_negotiation),
        cmocka_unit_test(callers_that_name_a_version_get_more),
        cmocka_unit_test(key_sizes_are_those_that_are_set),
        cmocka_unit_test(an_instance_speaks_for_sql_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
