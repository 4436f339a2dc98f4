/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_table.h"

#include "base/attr.h"
#include "support/sqlcheck_told.h"

/* Reads a table: the names of its columns, dashes, rows. */
static void read_table(const char *const *rows, size_t count, struct sqlcheck_told *t,
                       struct ak_sqlcheck_instances *instances)
{
    struct ak_sqlcheck_table table;
    struct ak_sqlcheck_out out;
    memset(t, 0, sizeof *t);
    memset(instances, 0, sizeof *instances);
    ak_sqlcheck_out_init(&out, sqlcheck_told_item, t);
    ak_sqlcheck_table_init(&table);
    out.line = 1;
    assert_false(ak_sqlcheck_is_dashes(rows[0]));
    assert_true(ak_sqlcheck_is_dashes(rows[1]));
    ak_sqlcheck_table_begin(&table, rows[1], rows[0]);
    assert_true(table.open);
    for (size_t i = 2; i < count; i++)
        ak_sqlcheck_table_row(&table, rows[i], &out, instances);
    ak_sqlcheck_table_end(&table, &out);
    assert_false(table.open);
    ak_sqlcheck_table_end(&table, &out); /* nothing is open any more */
    ak_sqlcheck_table_release(&table);
    ak_sqlcheck_out_release(&out);
}

static void dashes(void **state)
{
    (void)state;
    assert_true(ak_sqlcheck_is_dashes("  ---  --"));
    assert_false(ak_sqlcheck_is_dashes("   "));
    assert_false(ak_sqlcheck_is_dashes(""));
    assert_false(ak_sqlcheck_is_dashes("--- x"));
}

/* Cells are told from each other by columns alone: texts with blanks, cells that are empty, a row
 * that is cut, one that is longer than the dashes. */
static void cells_lie_below_their_columns(void **state)
{
    static const char *const rows[] = {
        "  Registry List  Policy List",
        "  -------------  -----------",
        "  TLS_A (1.2)    TLS_P",
        "                 TLS_Q      TLS_NOT_A_CELL",
        "      TLS_B",
        "  TLS_THIRTEEN_LETTERS",
    };
    struct ak_sqlcheck_instances instances;
    struct sqlcheck_told t;
    (void)state;
    read_table(rows, AK_COUNT(rows), &t, &instances);
    assert_string_equal(t.text, "00010002|Functions=TLS_A,TLS_B,TLS_THIRTEEN_,\n"
                                "00010002|Functions=TLS_P,TLS_Q,TTERS\n");
}

static void a_table_of_protocols(void **state)
{
    static const char *const rows[] = {
        "Client/Server  TLS Version  Enabled in Reg       Disabled By Default",
        "-------------  -----------  -------------------  -------------------",
        "Client         TLS 1.1      False (0x00000000)   True  (0x00000001)",
        "Server         TLS 1.2      True  (0xFFFFFFFf)",
        "Server         TLS 1.3      True  (0x123456789)  (0x)",
        "Server         TLS 1.3      True  (1)            (0x1",
        "Server         DTLS 1.2     True  (0x00000001)",
        "Server         TLS \\1.2     True  (0x00000001)",
        "Neither        TLS 1.2      True  (0x00000001)",
    };
    struct ak_sqlcheck_instances instances;
    struct sqlcheck_told t;
    (void)state;
    read_table(rows, AK_COUNT(rows), &t, &instances);
    assert_string_equal(
        t.text, "Client|Enabled=0\nClient|DisabledByDefault=1\nServer|Enabled=4294967295\n");
    /* At the end the key above them, so that an empty table tells that nothing is configured. */
    assert_string_equal(strrchr(t.key, '\\'), "\\SCHANNEL");
    read_table(rows, 2, &t, &instances);
    assert_string_equal(strrchr(t.key, '\\'), "\\SCHANNEL");
}

static void drivers_and_services(void **state)
{
    static const char *const drivers[] = {
        "Name       Type    TLS 1.2  Path",
        "---------  ------  -------  -------------------------------",
        "SQLNCLI11  OLE DB  Yes      C:\\Windows\\system32\\sqlncli11",
    };
    static const char *const services[] = {
        "Service Type  Instance Name  32-bit", "------------  -------------  ------",
        "SQL           NARROW         True",   "SQL           WIDE           False",
        "SSRS          OTHER          True",
    };
    static const char *const other[] = {"Name  Type", "----  ----", "a     ODBC"};
    struct ak_sqlcheck_instances instances;
    struct sqlcheck_told t;
    (void)state;
    read_table(drivers, AK_COUNT(drivers), &t, &instances);
    assert_string_equal(t.text, "");
    assert_string_equal(t.key, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\SQLNCLI11");
    read_table(services, AK_COUNT(services), &t, &instances);
    assert_int_equal(instances.narrow_count, 1);
    assert_string_equal(instances.narrow[0], "NARROW");
    read_table(other, AK_COUNT(other), &t, &instances);
    assert_string_equal(t.key, "");
}

static void more_columns_than_are_kept(void **state)
{
    char dashes[4 * AK_SQLCHECK_COLUMNS] = "", names[4 * AK_SQLCHECK_COLUMNS] = "";
    const char *const rows[] = {names, dashes, names};
    struct ak_sqlcheck_instances instances;
    struct sqlcheck_told t;
    (void)state;
    for (size_t i = 0; i < 2 * AK_SQLCHECK_COLUMNS - 1; i++) {
        strcat(dashes, "- ");
        strcat(names, "x ");
    }
    read_table(rows, AK_COUNT(rows), &t, &instances);
    assert_string_equal(t.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dashes),
        cmocka_unit_test(cells_lie_below_their_columns),
        cmocka_unit_test(a_table_of_protocols),
        cmocka_unit_test(drivers_and_services),
        cmocka_unit_test(more_columns_than_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
