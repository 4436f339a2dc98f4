/* A word becomes what a server would be: a template, an export, a list of suites, another server.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "library/policy_word.h"

static void on_problem(void *context, const char *path, const char *text)
{
    (void)context;
    (void)path;
    (void)text;
}

static const struct ak_parties_listener listener = {NULL, on_problem};

static struct ak_policy *make(const char *word)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_policy *p = ak_alloc(1, sizeof *p);
    assert_non_null(p);
    if (ak_policy_make(word, &listener, p, &error) != AK_ERR_NONE)
        fail_msg("%s: %s", word, error.text);
    assert_string_equal(p->name, word);
    return p;
}

static void drop(struct ak_policy *p)
{
    ak_policy_release(p);
    ak_free(p);
}

static void write_file(char path[32], const char *text)
{
    (void)snprintf(path, 32, "/tmp/akushu-policy-XXXXXX");
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_int_equal(write(handle, text, strlen(text)), strlen(text));
    (void)close(handle);
}

static void templates(void **state)
{
    (void)state;
    struct ak_policy *p = make("tls12-only");
    assert_false(p->whole || p->lists_suites);
    assert_int_equal(p->versions[AK_PARTY_SSL30], AK_POLICY_OFF);
    assert_int_equal(p->versions[AK_PARTY_TLS10], AK_POLICY_OFF);
    assert_int_equal(p->versions[AK_PARTY_TLS11], AK_POLICY_OFF);
    assert_int_equal(p->versions[AK_PARTY_TLS12], AK_POLICY_ON);
    assert_int_equal(p->versions[AK_PARTY_TLS13], AK_POLICY_KEEPS);
    drop(p);
    p = make("tls12-compatible");
    assert_int_equal(p->versions[AK_PARTY_TLS12], AK_POLICY_ON);
    assert_int_equal(p->versions[AK_PARTY_TLS10], AK_POLICY_KEEPS);
    assert_false(p->lists_suites);
    drop(p);
    p = make("strict");
    assert_true(p->lists_suites);
    assert_int_equal(p->versions[AK_PARTY_TLS11], AK_POLICY_OFF);
    const struct ak_party_suite *gcm = ak_party_suite_find(&p->party, 0xc030);
    const struct ak_party_suite *rsa = ak_party_suite_find(&p->party, 0x009d);
    assert_true(gcm != NULL && gcm->on);
    assert_true(rsa == NULL || !rsa->on);
    assert_int_equal(p->dh_bits, 2048);
    drop(p);
}

static void an_export_changes_what_it_names(void **state)
{
    (void)state;
    char path[32];
    write_file(path, "Windows Registry Editor Version 5.00\r\n\r\n"
                     "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\"
                     "SCHANNEL\\Protocols\\TLS 1.0\\Server]\r\n\"Enabled\"=dword:00000000\r\n\r\n"
                     "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\"
                     "SCHANNEL\\Ciphers\\RC4 128/128]\r\n\"Enabled\"=dword:00000000\r\n");
    struct ak_policy *p = make(path);
    assert_int_equal(p->versions[AK_PARTY_TLS10], AK_POLICY_OFF);
    assert_int_equal(p->versions[AK_PARTY_TLS11], AK_POLICY_KEEPS);
    assert_int_equal(p->versions[AK_PARTY_TLS12], AK_POLICY_KEEPS);
    bool rc4 = false, aes = false;
    for (size_t i = 0; i < p->off_count; i++) {
        rc4 = rc4 || p->off[i] == 0x0005;
        aes = aes || p->off[i] == 0x002f;
    }
    assert_true(rc4 && !aes);
    /* Applied to a server that has both. */
    struct ak_party *server = ak_alloc(1, sizeof *server);
    assert_non_null(server);
    ak_party_init(server, "", AK_SIDE_SERVER, AK_STACK_OTHER);
    ak_party_version_range(server, AK_PARTY_TLS10, AK_PARTY_TLS12, "seen");
    assert_true(ak_party_suite_add(server, 0x0005, true) &&
                ak_party_suite_add(server, 0x002f, true));
    ak_policy_apply(p, server);
    assert_false(ak_party_version_on(server, AK_PARTY_TLS10));
    assert_true(ak_party_version_on(server, AK_PARTY_TLS11));
    assert_false(ak_party_suite_find(server, 0x0005)->on);
    assert_true(ak_party_suite_find(server, 0x002f)->on);
    ak_free(server);
    drop(p);
    (void)unlink(path);
}

static void a_list_leaves_nothing_else(void **state)
{
    (void)state;
    char path[32];
    write_file(path, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\nTLS_RSA_WITH_AES_128_CBC_SHA\n");
    struct ak_policy *p = make(path);
    assert_true(p->lists_suites && !p->whole);
    struct ak_party *server = ak_alloc(1, sizeof *server);
    assert_non_null(server);
    ak_party_init(server, "", AK_SIDE_SERVER, AK_STACK_OTHER);
    ak_party_version_range(server, AK_PARTY_TLS10, AK_PARTY_TLS11, "seen");
    assert_true(ak_party_suite_add(server, 0x0005, true));
    ak_policy_apply(p, server);
    assert_int_equal(server->suite_count, 2);
    assert_int_equal(server->suites[0].code, 0xc030);
    assert_true(ak_party_version_on(server, AK_PARTY_TLS11)); /* versions stay */
    assert_false(ak_party_version_on(server, AK_PARTY_TLS12));
    ak_free(server);
    drop(p);
    (void)unlink(path);
}

static void a_party_is_the_whole_server(void **state)
{
    (void)state;
    struct ak_policy *p = make("ws2022");
    assert_true(p->whole && !p->lists_suites);
    drop(p);
}

static void what_it_is_not_is_told(void **state)
{
    (void)state;
    char path[32];
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_policy *p = ak_alloc(1, sizeof *p);
    assert_non_null(p);
    assert_int_equal(ak_policy_make("no-such-policy", &listener, p, &error), AK_ERR_USAGE);
    ak_policy_release(p);
    write_file(path, "Windows Registry Editor Version 5.00\r\n\r\n"
                     "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Something]\r\n\"Else\"=dword:00000001\r\n");
    error.code = AK_ERR_NONE;
    assert_int_equal(ak_policy_make(path, &listener, p, &error), AK_ERR_USAGE);
    assert_non_null(strstr(error.text, "changes nothing"));
    ak_policy_release(p);
    ak_free(p);
    (void)unlink(path);
}

/* ---- hosts ---- */

static void on_conversation(void *context, const struct ak_conversation *c)
{
    (void)context;
    (void)c;
}

static void on_analysis_problem(void *context, enum ak_problem problem, const char *path,
                                const struct ak_error *error)
{
    (void)context;
    (void)problem;
    fail_msg("%s: %s", path, error->text);
}

static void a_host_is_seen_before_and_after(void **state)
{
    (void)state;
    char path[32];
    write_file(path,
               "Windows Registry Editor Version 5.00\r\n\r\n"
               "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n"
               "\"ProductName\"=\"Windows Server 2016 Standard\"\r\n\"CurrentBuild\"=\"14393\"\r\n"
               "\"InstallationType\"=\"Server\"\r\n"
               "\"CurrentMajorVersionNumber\"=dword:0000000a\r\n\r\n"
               "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\"
               "ComputerName]\r\n\"ComputerName\"=\"SQL01\"\r\n\r\n"
               "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\"
               "Interfaces\\{1}]\r\n\"IPAddress\"=hex(7):31,00,30,00,2e,00,30,00,2e,00,30,00,2e,"
               "00,35,00,00,00,00,00\r\n");
    struct ak_analysis_listener heard = {
        NULL, on_conversation, on_analysis_problem, NULL, NULL, NULL, NULL};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_analysis *a = ak_analysis_new(&heard);
    char *paths[] = {path};
    assert_non_null(a);
    assert_int_equal(ak_analysis_paths(a, paths, 1, &error), AK_ERR_NONE);
    assert_int_equal(ak_analysis_machines(a, &error), AK_ERR_NONE);
    assert_int_equal(ak_analysis_hosts(a), 1);
    struct ak_policy *p = make("tls12-only");
    assert_int_equal(ak_policy_hosts("tls12-only", p, a, &error), AK_ERR_NONE);
    assert_int_equal(p->host_count, 1);
    assert_string_equal(p->hosts[0].name, "SQL01");
    assert_int_equal(p->hosts[0].address_count, 1);
    assert_true(ak_party_version_on(&p->hosts[0].now, AK_PARTY_TLS10));
    assert_false(ak_party_version_on(&p->hosts[0].then, AK_PARTY_TLS10));
    assert_true(ak_party_version_on(&p->hosts[0].then, AK_PARTY_TLS12));
    struct ak_endpoint end = {.version = 4, .address = {10, 0, 0, 5}, .port = 1433};
    const char *names[] = {NULL, "sql01.corp.example"};
    assert_ptr_equal(ak_policy_host_of(p, &end, NULL, 0), &p->hosts[0]);
    end.address[3] = 6;
    assert_null(ak_policy_host_of(p, &end, names, 1));
    assert_ptr_equal(ak_policy_host_of(p, &end, names, 2), &p->hosts[0]);
    /* Twice is no more machines. */
    assert_int_equal(ak_analysis_machines(a, &error), AK_ERR_NONE);
    (void)ak_analysis_finish(a);
    assert_int_equal(ak_analysis_hosts(a), 1);
    drop(p);
    ak_analysis_free(a);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates),
        cmocka_unit_test(an_export_changes_what_it_names),
        cmocka_unit_test(a_list_leaves_nothing_else),
        cmocka_unit_test(a_party_is_the_whole_server),
        cmocka_unit_test(what_it_is_not_is_told),
        cmocka_unit_test(a_host_is_seen_before_and_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
