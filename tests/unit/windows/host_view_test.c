/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/host_view.h"

#include "support/host.h"

#define TLS12_CLIENT KEY(SCHANNEL "Protocols\\TLS 1.2\\Client")
#define ON "\"Enabled\"=dword:00000001\r\n"
#define OFF "\"Enabled\"=dword:00000000\r\n"
#define DEFAULT "\"DisabledByDefault\"=dword:00000000\r\n"
#define NOT_DEFAULT "\"DisabledByDefault\"=dword:00000001\r\n"

static void assert_client12(const char *system, const char *values, enum ak_protocol_state state,
                            enum ak_why why)
{
    char text[512];
    (void)snprintf(text, sizeof text, TLS12_CLIENT "%s", values);
    struct ak_host *h = host_of(system, text);
    const struct ak_host_protocol *p =
        &h->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12];
    if (p->state != state || p->why != why)
        fail_msg("%s, %s: %s (%s)", system, values, ak_protocol_state_name(p->state),
                 ak_why_name(p->why));
    host_end(h);
}

/* The precedence model, on a system where TLS 1.2 is off by default and on one where it is on. */
static void two_values_decide_a_protocol(void **state)
{
    (void)state;
    assert_client12("win7_2008r2", "", AK_PROTOCOL_STATE_ON_REQUEST, AK_WHY_OS_DEFAULT);
    assert_client12("win7_2008r2", ON DEFAULT, AK_PROTOCOL_STATE_ON, AK_WHY_REGISTRY);
    assert_client12("win7_2008r2", "\"Enabled\"=dword:ffffffff\r\n" DEFAULT, AK_PROTOCOL_STATE_ON,
                    AK_WHY_REGISTRY);
    assert_client12("win7_2008r2", ON, AK_PROTOCOL_STATE_ON_REQUEST, AK_WHY_INCOMPLETE);
    assert_client12("win7_2008r2", DEFAULT, AK_PROTOCOL_STATE_ON_REQUEST, AK_WHY_INCOMPLETE);
    assert_client12("win7_2008r2", OFF DEFAULT, AK_PROTOCOL_STATE_OFF, AK_WHY_REGISTRY);
    assert_client12("ws2022", "", AK_PROTOCOL_STATE_ON, AK_WHY_OS_DEFAULT);
    assert_client12("ws2022", ON, AK_PROTOCOL_STATE_ON, AK_WHY_OS_DEFAULT);
    assert_client12("ws2022", NOT_DEFAULT, AK_PROTOCOL_STATE_ON_REQUEST, AK_WHY_REGISTRY);
    assert_client12("ws2022", ON NOT_DEFAULT, AK_PROTOCOL_STATE_ON_REQUEST, AK_WHY_REGISTRY);
    assert_client12("ws2022", OFF, AK_PROTOCOL_STATE_OFF, AK_WHY_REGISTRY);
    assert_client12("ws2022", "\"Enabled\"=\"0\"\r\n", AK_PROTOCOL_STATE_ON, AK_WHY_OS_DEFAULT);
}

static void what_a_system_cannot_do_no_key_brings(void **state)
{
    (void)state;
    struct ak_host *h =
        host_of("win10_1809_2019", KEY(SCHANNEL "Protocols\\TLS 1.3\\Server") ON DEFAULT);
    const struct ak_host_protocol *p =
        &h->protocols[AK_SCHANNEL_SERVER][AK_SCHANNEL_PROTOCOL_TLS13];
    assert_int_equal(p->state, AK_PROTOCOL_STATE_OFF);
    assert_int_equal(p->why, AK_WHY_NOT_SUPPORTED);
    assert_true(p->enabled.present);
    host_end(h);
}

static void an_unknown_system_is_not_guessed_from_an_export(void **state)
{
    (void)state;
    struct ak_host *h = host_of(NULL, TLS12_CLIENT ON DEFAULT);
    assert_null(h->system);
    assert_int_equal(h->os_origin, AK_OS_UNKNOWN);
    assert_int_equal(h->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state,
                     AK_PROTOCOL_STATE_ON);
    assert_int_equal(h->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS11].state,
                     AK_PROTOCOL_STATE_UNKNOWN);
    host_end(h);
}

#define CURRENT KEY("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion")

static void the_build_names_the_system(void **state)
{
    (void)state;
    static const struct {
        const char *build, *kind, *id;
        unsigned confidence;
    } rows[] = {{"17763", "Server", "win10_1809_2019", AK_CONFIDENCE_HIGH},
                {"26100", "Client", "win11_24h2", AK_CONFIDENCE_HIGH},
                {"26100", "Server Core", "ws2025", AK_CONFIDENCE_HIGH},
                {"7601", "Server", "win7_2008r2", AK_CONFIDENCE_HIGH},
                {"26120", "Client", "win11_24h2", AK_CONFIDENCE_LOW}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       CURRENT "\"CurrentBuild\"=\"%s\"\r\n\"InstallationType\"=\"%s\"\r\n",
                       rows[i].build, rows[i].kind);
        struct ak_host *h = host_of(NULL, text);
        assert_non_null(h->system);
        assert_string_equal(h->system->id, rows[i].id);
        assert_int_equal(h->os_confidence, rows[i].confidence);
        host_end(h);
    }
}

static void server_2016_is_fixed_from_its_revision(void **state)
{
    (void)state;
    struct ak_host *h =
        host_of(NULL, CURRENT "\"CurrentBuild\"=\"14393\"\r\n\"UBR\"=dword:00000dd5\r\n");
    assert_true(h->dhe_fix_known && !h->dhe_fixed); /* 3541 */
    host_end(h);
    h = host_of(NULL, CURRENT "\"CurrentBuild\"=\"14393\"\r\n\"UBR\"=dword:00000dd6\r\n");
    assert_true(h->dhe_fix_known && h->dhe_fixed);
    host_end(h);
    h = host_of(NULL, CURRENT "\"CurrentBuild\"=\"14393\"\r\n");
    assert_false(h->dhe_fix_known);
    host_end(h);
}

static unsigned counted(const struct ak_host *h)
{
    unsigned n = 0;
    for (size_t i = 0; i < h->suite_count; i++)
        n += h->suites[i].removed == AK_WHY_OS_DEFAULT;
    return n;
}

static void a_policy_list_goes_before_the_local_one(void **state)
{
    (void)state;
    struct ak_host *h = host_of(
        "ws2022",
        KEY(SSL_POLICY) "\"Functions\"=\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "
                        "TLS_RSA_WITH_NULL_SHA,TLS_NO_SUCH\"\r\n\r\n" KEY(
                            SSL_LOCAL "00010002") "\"Functions\"=hex(7):54,00,00,00,00,00\r\n");
    assert_int_equal(h->suites_origin, AK_LIST_POLICY);
    assert_int_equal(h->suite_count, 3);
    assert_int_equal(h->suites[0].code, 0xc030);
    assert_int_equal(h->suites[1].removed, AK_WHY_ON_REQUEST);
    assert_int_equal(h->suites[2].removed, AK_WHY_UNKNOWN);
    assert_int_equal(counted(h), 1);
    assert_int_equal(h->oddity_count, 1);
    assert_int_equal(h->oddities[0].kind, AK_ODDITY_UNKNOWN_SUITE);
    host_end(h);
}

static void algorithms_and_fips_take_suites_away(void **state)
{
    (void)state;
    struct ak_host *h = host_of("win81_2012r2", "");
    unsigned all = counted(h);
    host_end(h);
    h = host_of("win81_2012r2", KEY(SCHANNEL "Ciphers\\RC4 128/128") OFF
                "\r\n" KEY(SCHANNEL "KeyExchangeAlgorithms\\Diffie-Hellman") OFF);
    assert_int_equal(h->algorithm_count, 2);
    assert_true(counted(h) < all);
    for (size_t i = 0; i < h->suite_count; i++)
        if (strstr(h->suites[i].name, "RC4") != NULL || strstr(h->suites[i].name, "_DHE_") != NULL)
            assert_int_equal(h->suites[i].removed, AK_WHY_ALGORITHM_OFF);
    host_end(h);
    h = host_of("ws2022", KEY("SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy") ON);
    bool x25519_removed = false;
    for (size_t i = 0; i < h->group_count; i++)
        x25519_removed = x25519_removed || (h->groups[i].code == 0x001d && h->groups[i].removed);
    assert_true(x25519_removed);
    host_end(h);
}

static void before_10_the_suites_name_the_curves(void **state)
{
    (void)state;
    struct ak_host *h = host_of("win7_2008r2", "");
    assert_int_equal(h->group_count, 2);
    assert_int_equal(h->groups[0].code, 0x0017);
    assert_int_equal(h->groups[1].code, 0x0018);
    host_end(h);
}

#define NET(bits) KEY("SOFTWARE\\" bits "Microsoft\\.NETFramework\\v4.0.30319")

static void net_framework_offers_by_target(void **state)
{
    (void)state;
    struct ak_host *h = host_of(
        "win7_2008r2",
        KEY("SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full") "\"Release\"=dword:"
                                                                       "0006041f\r\n"
                                                                       "\r\n" KEY(
                                                                           "SOFTWARE\\Micros"
                                                                           "oft\\NET "
                                                                           "Framework "
                                                                           "Setup\\NDP\\v3."
                                                                           "5") "\"Install\""
                                                                                "=dword:"
                                                                                "00000001\r"
                                                                                "\n"
                                                                                "\"SP\"="
                                                                                "dword:"
                                                                                "00000001\r"
                                                                                "\n\r\n" NET(
                                                                                    "") "\"S"
                                                                                        "chU"
                                                                                        "seS"
                                                                                        "tro"
                                                                                        "ngC"
                                                                                        "ryp"
                                                                                        "to"
                                                                                        "\"="
                                                                                        "dwo"
                                                                                        "rd:"
                                                                                        "000"
                                                                                        "000"
                                                                                        "01"
                                                                                        "\r"
                                                                                        "\n");
    assert_int_equal(h->dotnet.installed_count, 2);
    assert_string_equal(h->dotnet.installed[0].version, "3.5");
    assert_string_equal(h->dotnet.installed[0].service_pack, "1");
    assert_string_equal(h->dotnet.installed[1].version, "4.6.1");
    assert_true(h->dotnet.installed[1].exact);
    const struct ak_dotnet_default(*d)[AK_DOTNET_TARGETS] = h->dotnet.defaults;
    uint16_t upto12 =
        AK_SCHANNEL_VERSION_TLS10 | AK_SCHANNEL_VERSION_TLS11 | AK_SCHANNEL_VERSION_TLS12;
    assert_int_equal(d[AK_64_BIT][AK_DOTNET_TARGET_45].offered, upto12);
    assert_int_equal(d[AK_32_BIT][AK_DOTNET_TARGET_45].offered,
                     AK_SCHANNEL_VERSION_SSL30 | AK_SCHANNEL_VERSION_TLS10);
    assert_int_equal(d[AK_32_BIT][AK_DOTNET_TARGET_46].offered, upto12);
    assert_false(d[AK_64_BIT][AK_DOTNET_TARGET_47].runs);
    /* The operating system chooses, and on 7 it does not choose what is off by default. */
    assert_true(d[AK_64_BIT][AK_DOTNET_TARGET_48].system);
    assert_int_equal(d[AK_64_BIT][AK_DOTNET_TARGET_48].offered,
                     AK_SCHANNEL_VERSION_SSL30 | AK_SCHANNEL_VERSION_TLS10);
    host_end(h);
}

static void oddities_are_told_with_what_was_meant(void **state)
{
    (void)state;
    struct ak_host *h =
        host_of("ws2022", KEY(SCHANNEL "Protocols\\TLS1.2\\Client") ON
                "\r\n" TLS12_CLIENT "\"DisableByDefault\"=dword:00000000\r\n@=\"x\"\r\n\r\n" KEY(
                    SCHANNEL "Ciphers\\AES 128/128") ON
                "\r\n" KEY("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet  "
                           "Settings") "\"a\"=dword:00000001\r\n");
    static const struct {
        unsigned kind;
        const char *meant;
    } rows[] = {{AK_ODDITY_ENABLED_ONE, "0xffffffff"},
                {AK_ODDITY_MISSPELT_KEY, "TLS 1.2"},
                {AK_ODDITY_MISSPELT_VALUE, "DisabledByDefault"},
                {AK_ODDITY_UNNAMED_VALUE, ""},
                {AK_ODDITY_DEAD_KEY, "Internet Settings"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        bool found = false;
        for (size_t i = 0; i < h->oddity_count; i++)
            found = found || (h->oddities[i].kind == rows[r].kind &&
                              strcmp(h->oddities[i].meant, rows[r].meant) == 0);
        if (!found)
            fail_msg("%s, meant %s", ak_oddity_name((enum ak_oddity)rows[r].kind), rows[r].meant);
    }
    host_end(h);
}

static void nothing_odd_in_what_windows_writes(void **state)
{
    (void)state;
    struct ak_host *h = host_of("ws2022", TLS12_CLIENT ON DEFAULT
                                "\r\n" KEY(SCHANNEL "Protocols\\SSL 2.0\\Client") NOT_DEFAULT);
    assert_int_equal(h->oddity_count, 0);
    host_end(h);
}

static void sql_server_is_found_with_its_ports(void **state)
{
    (void)state;
    struct ak_host *h = host_of(
        NULL,
        KEY("SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance "
            "Names\\SQL") "\"MSSQLSERVER\"=\"MSSQL15.MSSQLSERVER\"\r\n"
                          "\r\n" KEY(
                              "SOFTWARE\\Microsoft\\Microsoft "
                              "SQL "
                              "Server\\MSSQL15."
                              "MSSQLSERVER\\Setup") "\"Version\"="
                                                    "\"15.0.2000."
                                                    "5\"\r\n"
                                                    "\r\n" KEY(
                                                        "SOFTWARE"
                                                        "\\Micros"
                                                        "oft\\Mic"
                                                        "rosoft "
                                                        "SQL "
                                                        "Server\\"
                                                        "MSSQL15."
                                                        "MSSQLSER"
                                                        "VER\\MSS"
                                                        "QLServer"
                                                        "\\SuperS"
                                                        "ocketNet"
                                                        "Lib") "\"ForceEncryption\"=dword:"
                                                               "00000001\r\n"
                                                               "\r\n" KEY(
                                                                   "SOFTWARE\\Microsoft\\Micros"
                                                                   "oft SQL "
                                                                   "Server\\MSSQL15."
                                                                   "MSSQLSERVER\\MSSQLServer\\S"
                                                                   "uperSocketNetLib\\Tcp\\IPAl"
                                                                   "l") "\"TcpPort\"="
                                                                        "\"1433\"\r\n"
                                                                        "\r\n" KEY(
                                                                            "SOFTWARE\\ODBC\\OD"
                                                                            "BCINST.INI\\ODBC "
                                                                            "Drivers") "\"ODBC "
                                                                                       "Driver "
                                                                                       "17 for "
                                                                                       "SQL "
                                                                                       "Server"
                                                                                       "\"="
                                                                                       "\"Insta"
                                                                                       "lled\""
                                                                                       "\r\n\"O"
                                                                                       "ther\"="
                                                                                       "\"Insta"
                                                                                       "lled\""
                                                                                       "\r\n");
    assert_int_equal(h->instance_count, 1);
    assert_string_equal(h->instances[0].version, "15.0.2000.5");
    assert_string_equal(h->instances[0].tcp_port, "1433");
    assert_int_equal(h->instances[0].force_encryption.value, 1);
    assert_int_equal(h->driver_count, 1);
    host_end(h);
}

#define INTERFACE(id) KEY("SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\" id)

static void check_addresses(const char *text, const char *expected)
{
    char seen[256] = "", one[46];
    struct ak_host *h = host_of("ws2022", text);
    for (size_t i = 0; i < h->address_count; i++) {
        ak_endpoint_text(&h->address[i], one);
        (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", one);
    }
    assert_string_equal(seen, expected);
    host_end(h);
}

/* As set, or as the DHCP server gave them: what the other one left behind does not count. */
static void interfaces_have_addresses(void **state)
{
    (void)state;
    check_addresses(INTERFACE("{A}") "\"IPAddress\"=\"192.0.2.9\"\r\n" INTERFACE(
                        "{B}") "\"EnableDHCP\"=dword:00000001\r\n\"IPAddress\"=\"192.0.2.10\"\r\n"
                               "\"DhcpIPAddress\"=\"192.0.2.11\"\r\n",
                    "192.0.2.9 192.0.2.11 ");
    check_addresses(
        INTERFACE("{A}") "\"IPAddress\"=hex(7):31,00,2e,00,32,00,2e,00,33,00,2e,00,34,00,"
                         "00,00,35,00,2e,00,36,00,2e,00,37,00,2e,00,38,00,00,00,00,00\r\n",
        "1.2.3.4 5.6.7.8 ");
    static const char *const none[] = {"0.0.0.0",   "127.0.0.1", "169.254.1.1", "1.2.3",
                                       "1.2.3.4.5", "1.2.3.256", "1..2.3",      "0001.2.3.4",
                                       "fe80::1",   ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, INTERFACE("{A}") "\"IPAddress\"=\"%s\"\r\n", none[i]);
        check_addresses(text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_values_decide_a_protocol),
        cmocka_unit_test(what_a_system_cannot_do_no_key_brings),
        cmocka_unit_test(an_unknown_system_is_not_guessed_from_an_export),
        cmocka_unit_test(the_build_names_the_system),
        cmocka_unit_test(server_2016_is_fixed_from_its_revision),
        cmocka_unit_test(a_policy_list_goes_before_the_local_one),
        cmocka_unit_test(algorithms_and_fips_take_suites_away),
        cmocka_unit_test(before_10_the_suites_name_the_curves),
        cmocka_unit_test(net_framework_offers_by_target),
        cmocka_unit_test(oddities_are_told_with_what_was_meant),
        cmocka_unit_test(nothing_odd_in_what_windows_writes),
        cmocka_unit_test(sql_server_is_found_with_its_ports),
        cmocka_unit_test(interfaces_have_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
