/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_needs.h"

#include "support/machine.h"

#define OFF(protocol, role)                                                                        \
    "[" MACHINE_SCHANNEL "\\Protocols\\" protocol "\\" role "]\n\"Enabled\"=dword:00000000\n"
#define ON(protocol, role)                                                                         \
    "[" MACHINE_SCHANNEL "\\Protocols\\" protocol "\\" role                                        \
    "]\n\"Enabled\"=dword:00000001\n\"DisabledByDefault\"=dword:00000000\n"
#define TERMINAL "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server]\n"
#define SQL                                                                                        \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL]\n"       \
    "\"MSSQLSERVER\"=\"MSSQL11.MSSQLSERVER\"\n"                                                    \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL "                                     \
    "Server\\MSSQL11.MSSQLSERVER\\Setup]\n"

static uint32_t lost(const char *before, const char *after)
{
    struct machine a = machine_of(before), b = machine_of(after);
    bool failed;
    uint32_t bits = ak_fix_needs_lost(a.host, b.host, b.registry, &failed);
    assert_false(failed);
    machine_end(&a);
    machine_end(&b);
    return bits;
}

static void remote_desktop_of_2008_r2(void **state)
{
    const uint32_t bit = 1u << AK_FIX_NEED_RDP_TLS10;
    (void)state;
    assert_true(lost(MACHINE_2008R2, MACHINE_2008R2 OFF("TLS 1.0", "Server")) & bit);
    assert_false(lost(MACHINE_2008R2, MACHINE_2008R2 OFF("TLS 1.0", "Client")) & bit);
    assert_false(lost(MACHINE_2008R2, MACHINE_2008R2 OFF("TLS 1.0", "Server") TERMINAL
                      "\"fDenyTSConnections\"=dword:00000001\n") &
                 bit);
    assert_false(
        lost(MACHINE_2008R2,
             MACHINE_2008R2 OFF(
                 "TLS 1.0",
                 "Server") "[HKEY_LOCAL_"
                           "MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component "
                           "Based Servicing\\Packages\\Package_for_KB3080079~31bf~amd64~~6.1.1.4]\n"
                           "\"CurrentState\"=dword:00000070\n") &
        bit);
}

static void a_host_that_talks_to_itself(void **state)
{
    const uint32_t bit = 1u << AK_FIX_NEED_SQL_SELF;
    static const char before[] = MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.4.7001.0\"\n";
    static const char after[] =
        MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.4.7001.0\"\n" OFF("TLS 1.0", "Server")
            ON("TLS 1.2", "Server") OFF("SSL 3.0", "Server");
    (void)state;
    assert_true(lost(before, after) & bit);
    assert_false(lost(before, before) & bit);
}

static void builds_without_tls12(void **state)
{
    const uint32_t bit = 1u << AK_FIX_NEED_SQL_BUILD;
    (void)state;
    assert_true(lost(MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.0.2100.60\"\n",
                     MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.0.2100.60\"\n" OFF("TLS 1.0", "Server")
                         OFF("TLS 1.1", "Server")) &
                bit);
    assert_false(lost(MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.4.7001.0\"\n",
                      MACHINE_2008R2 SQL "\"PatchLevel\"=\"11.4.7001.0\"\n" OFF("TLS 1.0", "Server")
                          OFF("TLS 1.1", "Server")) &
                 bit);
}

static void programs_without_a_version(void **state)
{
    (void)state;
    assert_true(
        lost(MACHINE_2008R2, MACHINE_2008R2 OFF("TLS 1.0", "Client") OFF("SSL 3.0", "Client")) &
        1u << AK_FIX_NEED_WINHTTP);
    assert_int_equal(lost(MACHINE_2008R2, MACHINE_2008R2 ON("TLS 1.2", "Client")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote_desktop_of_2008_r2),
        cmocka_unit_test(a_host_that_talks_to_itself),
        cmocka_unit_test(builds_without_tls12),
        cmocka_unit_test(programs_without_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
