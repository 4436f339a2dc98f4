/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "support/parser_check.h"
#include "support/sqlcheck_told.h"

/* The layout is that of the tool's samples; names and numbers are our own. */
#define HEAD                                                                                       \
    "------ Start of Report ------\r\n\r\nSQL Server Connectivity Check v1.0.1487.0, run on x\r\n" \
    "\r\n"
#define TAIL "------ End of Report ------\r\n"

static void assert_told(const char *report, const char *want)
{
    struct sqlcheck_told t;
    struct ak_span span = {(const uint8_t *)report, strlen(report)};
    memset(&t, 0, sizeof t);
    assert_true(ak_sqlcheck_text_is(span));
    assert_int_equal(ak_sqlcheck_text_read(span, sqlcheck_told_item, &t, NULL), AK_ERR_NONE);
    assert_string_equal(t.text, want);
    assert_int_equal(t.bad, 0);
}

static void windows_is_told(void **state)
{
    (void)state;
    assert_told(HEAD "NETBIOS Name:               SQL01   \r\n"
                     "FQDN:                       SQL01.example.test\r\n"
                     "Windows Name and Edition:   Windows Server 2016 Standard (1607)\r\n"
                     "Windows Version:            10.0.14393.4583\r\n"
                     "Windows Build:              14393\r\n"
                     "CLR 4.0 Strong Crypto:      1\r\n"
                     "CLR 4.0 Strong Crypto x86:  Not set\r\n"
                     "CLR 2.0 Strong Crypto:      \r\n"
                     "CLR 2.0 Strong Crypto x86:  0\r\n\r\n" TAIL,
                "ComputerName|ComputerName=SQL01\n"
                "CurrentVersion|ProductName=Windows Server 2016 Standard\n"
                "CurrentVersion|UBR=4583\n"
                "CurrentVersion|CurrentBuild=14393\n"
                "v4.0.30319|SchUseStrongCrypto=1\n"
                "v2.0.50727|SchUseStrongCrypto=0\n");
    assert_told(HEAD "Windows Version:            Microsoft Windows NT 6.2.9200.0\r\n" TAIL, "");
}

static void both_tables_of_protocols(void **state)
{
    (void)state;
    assert_told(HEAD
                "    Client/Server  TLS Version  Default  Enabled in Reg         Disabled By "
                "Default    Effective Value\r\n"
                "    -------------  -----------  -------  ---------------------  "
                "---------------------  ---------------\r\n"
                "    Client         SSL 2.0      Enabled  False (0x00000000) ok  True  "
                "(0x00000001) ok  Disabled       \r\n"
                "    Client         TLS 1.0      Enabled                                        "
                "        Enabled        \r\n"
                "    Server         TLS 1.2      Enabled  True  (0xFFFFFFFF) ok                 "
                "        Enabled        \r\n"
                "    Neither        TLS 1.2      Enabled  True  (0xFFFFFFFF) ok\r\n\r\n"
                "    Server         TLS 1.1      Enabled  True  (0x00000001)\r\n" TAIL,
                "Client|Enabled=0\nClient|DisabledByDefault=1\nServer|Enabled=4294967295\n");
    assert_told(HEAD
                "    Client/Server  TLS Version  Setting            Registry             \n"
                "    -------------  -----------  -----------------  ---------------------\n"
                "    Client         SSL 2.0      DisabledByDefault  True  (0x00000001) ok\n"
                "    Client         SSL 2.0      Enabled            False (0x00000000) ok\n"
                "    Client         SSL 3.0      Enabled                                 \n"
                "    Client         SSL 3.0      Other              True  (0x00000001) ok\n"
                "    Client         SSL 3.0                         True  (0x00000001) ok\n\n" TAIL,
                "Client|DisabledByDefault=1\nClient|Enabled=0\n");
}

static void lists_and_drivers(void **state)
{
    (void)state;
    assert_told(HEAD "    Registry List           Policy List           \r\n"
                     "    ----------------------  ----------------------\r\n"
                     "    TLS_A (TLS 1.2)         TLS_C                 \r\n"
                     "    TLS_B                   TLS_A (TLS 1.2)       \r\n"
                     "    TLS_D                                         \r\n\r\n" TAIL,
                "00010002|Functions=TLS_A,TLS_B,TLS_D,\n00010002|Functions=TLS_C,TLS_A\n");
    assert_told(HEAD "    Registry List  Policy List\r\n    -------------  -----------\r\n"
                     "                              \r\n\r\n" TAIL,
                "");
    assert_told(
        HEAD
        "    Name                           Type    Version      TLS 1.2  Path            \r\n"
        "    -----------------------------  ------  -----------  -------  ----------------\r\n"
        "    SQLNCLI11                      OLE DB  11.0.7507.2  Yes      C:\\x\\SysWOW64\\y\r\n"
        "    ODBC Driver 17 for SQL Server  ODBC    2017.1.1.1   Yes      C:\\x\\system32 \r\n"
        "    odd\\name                       ODBC    1            Yes      C:\\x          \r\n"
        "    Other                          JDBC    1            Yes      C:\\x           \r\n"
        "\r\n    Name   Type    Version\r\n    -----  ------  -------\r\n"
        "    Excel  ODBC    1      \r\n\r\n" TAIL,
        "ODBC Drivers|ODBC Driver 17 for SQL Server=Installed\n");
}

#define INSTANCE(certificate)                                                                      \
    HEAD "    Service Type  Instance Name  32-bit\r\n    ------------  -------------  ------\r\n"  \
         "    SQL           I1             True  \r\n\r\n"                                         \
         "Details for SQL Server Instance: I1 (Standard Edition)\r\n\r\n"                          \
         "Version:                    13.0.5026.0 SP 2 Patch Level: 13.2.5865.1\r\n"               \
         "Clustered:                  False\r\nAlways-On:                  True\r\n"               \
         "Certificate:                " certificate "\r\n"                                         \
         "ForceEncryption:            True\r\nForceStrict:                Not supported\r\n"       \
         "Hidden Instance:            False\r\nExtended Protection:        On ()\r\n"              \
         "TCP Enabled:                True\r\nListen on all IPs:          True\r\n"                \
         "TCP Port(s):                1433\r\nDynamic TCP Port(s):        \r\n"                    \
         "Install Path:               c:\\P\\MSSQL13.I1\\MSSQL\\Binn\r\n\r\n" TAIL

#define TOLD(certificate)                                                                          \
    "SQL|I1=MSSQL13.I1\nSetup|PatchLevel=13.2.5865.1\nSetup|Version=13.0.5026.0\n"                 \
    "Setup|Edition=Standard Edition\nSetup|SQLCluster=0\n" certificate                             \
    "SuperSocketNetLib|ForceEncryption=1\nSuperSocketNetLib|HideInstance=0\nTcp|Enabled=1\n"       \
    "IPAll|TcpPort=1433\nIPAll|TcpDynamicPorts=\nHADR|HADR_Enabled=1\n"

static void instances_are_told(void **state)
{
    (void)state;
    assert_told(INSTANCE("AB12 (Thumbprint is hard-coded)"),
                TOLD("SuperSocketNetLib|Certificate=AB12\n"));
    assert_told(INSTANCE("AB12; problems: expired)"), TOLD("SuperSocketNetLib|Certificate=AB12\n"));
    assert_told(INSTANCE("AB12 (Certifcate not hard-coded)"),
                TOLD("SuperSocketNetLib|Certificate=\n"));
    assert_told(INSTANCE("Self-generated certificate"), TOLD("SuperSocketNetLib|Certificate=\n"));
    assert_told(INSTANCE(""), TOLD(""));
    /* Without the path nothing says where it stands in the registry. */
    assert_told(HEAD "Details for SQL Server Instance: I1 (E)\r\n\r\nVersion:   1.2 SP 0\r\n" TAIL,
                "");
}

static void what_is_no_report(void **state)
{
    static const char *const rows[] = {"", "-", "SQL Server Connectivity Check",
                                       "x SQL Server Connectivity Check v1"};
    struct sqlcheck_told t;
    (void)state;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_span span = {(const uint8_t *)rows[i], strlen(rows[i])};
        struct ak_error error;
        assert_false(ak_sqlcheck_text_is(span));
        assert_int_equal(ak_sqlcheck_text_read(span, sqlcheck_told_item, &t, &error),
                         AK_ERR_FORMAT);
    }
    static const char cut[] = HEAD "NETBIOS Name:  A\r\nWindows Bui";
    struct ak_span span = {(const uint8_t *)cut, sizeof cut - 1};
    assert_int_equal(ak_sqlcheck_text_read(span, sqlcheck_told_item, &t, NULL), AK_ERR_NONE);
    assert_string_equal(t.text, "ComputerName|ComputerName=A\n");
    assert_int_equal(t.bad, 1);
}

static void in_utf16_too(void **state)
{
    static const char text[] = HEAD "NETBIOS Name:  A\r\n" TAIL;
    struct ak_text wide;
    struct sqlcheck_told t;
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    (void)state;
    memset(&t, 0, sizeof t);
    ak_text_init(&wide, 65536);
    ak_text_bytes(&wide, "\xff\xfe", 2);
    ak_utf8_to_utf16le(span, &wide);
    struct ak_span bytes = {(const uint8_t *)wide.bytes, wide.size};
    assert_true(ak_sqlcheck_text_is(bytes));
    assert_int_equal(ak_sqlcheck_text_read(bytes, sqlcheck_told_item, &t, NULL), AK_ERR_NONE);
    assert_string_equal(t.text, "ComputerName|ComputerName=A\n");
    ak_text_release(&wide);
}

static bool any_item(void *context, const struct ak_reg_text_item *item)
{
    (void)context;
    assert_true(item->kind == AK_REG_TEXT_BAD || item->kind == AK_REG_TEXT_KEY ||
                item->kind == AK_REG_TEXT_VALUE);
    return true;
}

static void try_damaged(struct ak_span bytes, void *context)
{
    (void)ak_sqlcheck_text_read(bytes, any_item, context, NULL);
}

static void damage_is_survived(void **state)
{
    static const char text[] = INSTANCE("AB12");
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    (void)state;
    ak_each_damage(span, try_damaged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_is_told),    cmocka_unit_test(both_tables_of_protocols),
        cmocka_unit_test(lists_and_drivers),  cmocka_unit_test(instances_are_told),
        cmocka_unit_test(what_is_no_report),  cmocka_unit_test(in_utf16_too),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
