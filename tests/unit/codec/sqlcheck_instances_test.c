/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_instances.h"

#include "support/sqlcheck_told.h"

struct told_of {
    struct ak_sqlcheck_instances instances;
    struct ak_sqlcheck_out out;
    struct sqlcheck_told told;
};

static void begin(struct told_of *t, const char *title)
{
    ak_sqlcheck_instances_begin(&t->instances, &t->out, title);
}

static void line(struct told_of *t, const char *label, const char *text)
{
    assert_true(ak_sqlcheck_instances_line(&t->instances, label, text));
}

static int set_up(void **state)
{
    static struct told_of t;
    memset(&t, 0, sizeof t);
    ak_sqlcheck_out_init(&t.out, sqlcheck_told_item, &t.told);
    t.out.line = 1;
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    struct told_of *t = *state;
    ak_sqlcheck_out_release(&t->out);
    return 0;
}

static void one_after_the_other(void **state)
{
    struct told_of *t = *state;
    assert_false(ak_sqlcheck_instances_open(&t->instances));
    begin(t, "FIRST (Express Edition)");
    assert_true(ak_sqlcheck_instances_open(&t->instances));
    line(t, "Version", "14.0.1000.169 RTM");
    line(t, "Install Path", "C:\\P\\MSSQL14.FIRST\\MSSQL\\Binn");
    line(t, "ForceEncryption", "True");
    assert_false(ak_sqlcheck_instances_line(&t->instances, "SPN Service Account", "x"));
    assert_string_equal(t->told.text, ""); /* until the next one begins */
    begin(t, "SECOND (Standard Edition)");
    assert_string_equal(t->told.text,
                        "SQL|FIRST=MSSQL14.FIRST\nSetup|Version=14.0.1000.169\n"
                        "Setup|Edition=Express Edition\nSuperSocketNetLib|ForceEncryption=1\n");
    memset(&t->told, 0, sizeof t->told);
    line(t, "Install Path", "D:\\MSSQL15.SECOND\\MSSQL\\Binn");
    ak_sqlcheck_instances_end(&t->instances, &t->out);
    assert_false(ak_sqlcheck_instances_open(&t->instances));
    /* Nothing is left of the first one. */
    assert_string_equal(
        t->told.text,
        "SQL|SECOND=MSSQL15.SECOND\nSetup|Version=\nSetup|Edition=Standard Edition\n");
    memset(&t->told, 0, sizeof t->told);
    ak_sqlcheck_instances_end(&t->instances, &t->out);
    assert_string_equal(t->told.text, "");
}

static void a_narrow_one_lies_elsewhere(void **state)
{
    struct told_of *t = *state;
    ak_sqlcheck_instances_narrow(&t->instances, "OTHER");
    ak_sqlcheck_instances_narrow(&t->instances, "I1");
    begin(t, "I1");
    line(t, "Install Path", "C:\\MSSQL13.I1\\MSSQL\\Binn");
    line(t, "Always-On", "True");
    ak_sqlcheck_instances_end(&t->instances, &t->out);
    assert_string_equal(t->told.key, "HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\"
                                     "Microsoft SQL Server\\MSSQL13.I1\\MSSQLServer\\HADR");
    begin(t, "I2");
    line(t, "Install Path", "C:\\MSSQL13.I2\\MSSQL\\Binn");
    ak_sqlcheck_instances_end(&t->instances, &t->out);
    assert_string_equal(t->told.key,
                        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\"
                        "MSSQL13.I2\\MSSQLServer\\SuperSocketNetLib\\Tcp");
}

/* More of them than are kept, and names longer than are kept, are not told wrongly. */
static void bounds_of_names(void **state)
{
    struct told_of *t = *state;
    char name[AK_SQLCHECK_NAME + 8];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    for (size_t i = 0; i < AK_SQLCHECK_NARROW + 3; i++)
        ak_sqlcheck_instances_narrow(&t->instances, name);
    assert_int_equal(t->instances.narrow_count, AK_SQLCHECK_NARROW);
    begin(t, name);
    assert_false(ak_sqlcheck_instances_open(&t->instances));
    begin(t, "a\\b");
    assert_false(ak_sqlcheck_instances_open(&t->instances));
    name[AK_SQLCHECK_NAME - 1] = '\0';
    begin(t, name);
    assert_true(ak_sqlcheck_instances_open(&t->instances));
}

static void paths_without_an_id(void **state)
{
    static const char *const paths[] = {
        "",
        "C:\\MSSQL13.I1\\Binn",
        "C:\\MSSQL13\\MSSQL\\Binn",
        "C:\\SQL13.I1\\MSSQL\\Binn",
        "\\MSSQL\\",
        "C:\\MSSQL13.123456789012345678901234567890123456789012345678901234567890\\MSSQL\\",
    };
    struct told_of *t = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        begin(t, "I1");
        line(t, "Install Path", paths[i]);
        ak_sqlcheck_instances_end(&t->instances, &t->out);
        assert_string_equal(t->told.text, "");
    }
}

static void certificates_that_nobody_chose(void **state)
{
    static const char *const rows[][2] = {
        {"0A1B (hard-coded)", "SuperSocketNetLib|Certificate=0A1B\n"},
        {"0A1B (Thumbprint not hard-coded)", "SuperSocketNetLib|Certificate=\n"},
        {"Self-generated", "SuperSocketNetLib|Certificate=\n"},
        {"", ""},
    };
    struct told_of *t = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char want[256];
        memset(&t->told, 0, sizeof t->told);
        begin(t, "I1");
        line(t, "Install Path", "C:\\MSSQL13.I1\\MSSQL\\Binn");
        line(t, "Certificate", rows[i][0]);
        line(t, "Extended Protection", "Off");
        ak_sqlcheck_instances_end(&t->instances, &t->out);
        (void)snprintf(want, sizeof want,
                       "SQL|I1=MSSQL13.I1\nSetup|Version=\nSetup|Edition=\n%s"
                       "SuperSocketNetLib|ExtendedProtection=0\n",
                       rows[i][1]);
        assert_string_equal(t->told.text, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_narrow_one_lies_elsewhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_of_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_without_an_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(certificates_that_nobody_chose, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
