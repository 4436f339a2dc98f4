/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void names_are_checked(void **state)
{
    (void)state;
    assert_true(ak_program_fix_allowed("openssl:mssql-exporter.service"));
    assert_true(ak_program_fix_allowed("java:app_1@x"));
    assert_false(ak_program_fix_allowed("openssl:"));
    assert_false(ak_program_fix_allowed("openssl:a b"));
    assert_false(ak_program_fix_allowed("openssl:../x"));
    assert_false(ak_program_fix_allowed("openssl:a;reboot"));
    assert_false(ak_program_fix_allowed("ruby:app"));
    assert_false(ak_program_fix_allowed("app"));
}

static void file_of(const struct ak_program_fix *fix, const char *ending, struct ak_text *out)
{
    struct ak_text name;
    bool found = false;
    ak_text_init(&name, 256);
    for (size_t i = 0; i < ak_program_fix_files(fix) && !found; i++) {
        ak_text_clear(&name);
        ak_text_clear(out);
        ak_program_fix_file(fix, i, &name, out);
        size_t size = strlen(ending);
        found = name.size >= size && strcmp(ak_text_string(&name) + name.size - size, ending) == 0;
    }
    assert_true(found);
    assert_false(out->failed);
    ak_text_release(&name);
}

static void a_unit_has_its_drop_in_and_its_way_back(void **state)
{
    struct ak_program_fix fix = {"tls12-only", "openssl:web.service", "2031-05-04", AK_LANG_EN};
    struct ak_text out;
    (void)state;
    ak_text_init(&out, 65536);
    file_of(&fix, ".openssl.cnf", &out);
    assert_non_null(strstr(ak_text_string(&out), "MinProtocol = TLSv1.2"));
    file_of(&fix, ".dropin.conf", &out);
    assert_non_null(strstr(ak_text_string(&out), "OPENSSL_CONF=/etc/akushu/"));
    file_of(&fix, ".apply.sh", &out);
    assert_non_null(strstr(ak_text_string(&out), "OnCalendar=2031-05-04"));
    file_of(&fix, ".undo.sh", &out);
    assert_non_null(strstr(ak_text_string(&out), "rm -f '/etc/systemd/system/web.service.d/"));
    ak_text_release(&out);
}

static void java_has_properties(void **state)
{
    struct ak_program_fix fix = {"tls12-only", "java:app", NULL, AK_LANG_JA};
    struct ak_text out;
    (void)state;
    ak_text_init(&out, 65536);
    assert_int_equal(ak_program_fix_files(&fix), 1);
    file_of(&fix, ".java.security", &out);
    assert_non_null(strstr(ak_text_string(&out), "jdk.tls.disabledAlgorithms="));
    ak_text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(a_unit_has_its_drop_in_and_its_way_back),
        cmocka_unit_test(java_has_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
