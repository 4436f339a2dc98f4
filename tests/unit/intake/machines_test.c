/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/machines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define BUILD(n)                                                                                   \
    "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"          \
    "\"CurrentBuild\"=\"" n "\"\n"
#define NAME(n)                                                                                    \
    "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\"          \
    "ComputerName]\n\"ComputerName\"=\"" n "\"\n"

struct heard {
    unsigned hosts, problems;
    char names[256];
};

static void on_host(void *context, const struct ak_host *host)
{
    struct heard *h = context;
    h->hosts++;
    size_t n = strlen(h->names);
    (void)snprintf(h->names + n, sizeof h->names - n, "%s/%u/%zu ", host->name,
                   (unsigned)host->build, host->source_count);
}

static void on_problem(void *context, const char *path, const struct ak_error *error)
{
    (void)path;
    (void)error;
    ((struct heard *)context)->problems++;
}

static void add(struct ak_machines *m, const char *path, const char *text)
{
    uint8_t *bytes = ak_memdup(text, strlen(text));
    assert_non_null(bytes);
    struct ak_span span = {bytes, strlen(text)};
    assert_int_equal(ak_machines_add(m, path, ak_registry_sniff(span), bytes, strlen(text)),
                     AK_ERR_NONE);
}

static void assert_hosts(struct ak_machines *m, const char *names)
{
    struct heard heard = {0, 0, ""};
    struct ak_machines_listener listener = {&heard, on_problem, on_host};
    assert_int_equal(ak_machines_finish(m, &listener), AK_ERR_NONE);
    assert_string_equal(heard.names, names);
    assert_int_equal(heard.problems, 0);
    ak_machines_free(m);
}

static void files_of_a_folder_are_one_machine(void **state)
{
    (void)state;
    struct ak_machines *m = ak_machines_new(NULL);
    assert_non_null(m);
    add(m, "a/one.reg", BUILD("17763"));
    add(m, "a/two.reg", NAME("SQL01"));
    add(m, "b/one.reg", BUILD("20348"));
    assert_hosts(m, "SQL01/17763/2 /20348/1 ");
}

static void a_second_export_of_the_same_keys_is_another_machine(void **state)
{
    (void)state;
    struct ak_machines *m = ak_machines_new(NULL);
    assert_non_null(m);
    add(m, "client.reg", BUILD("19045"));
    add(m, "server.reg", BUILD("20348"));
    assert_hosts(m, "/19045/1 /20348/1 ");
}

static void told_to_be_one_they_are_one(void **state)
{
    (void)state;
    struct ak_machines *m = ak_machines_new(NULL);
    assert_non_null(m);
    ak_machines_one(m, ak_windows_find("ws2022"));
    add(m, "x/a.reg", NAME("A"));
    add(m, "y/b.reg", NAME("B"));
    assert_hosts(m, "B/0/2 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_a_folder_are_one_machine),
        cmocka_unit_test(a_second_export_of_the_same_keys_is_another_machine),
        cmocka_unit_test(told_to_be_one_they_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
