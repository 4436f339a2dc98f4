/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "support/parser_check.h"

static void patterns_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pattern;
        bool fits;
    } rows[] = {
        {"The certificate [Cert Hash(sha1) \"AB\"] was successfully loaded for encryption.",
         "The certificate [Cert Hash(*was successfully loaded for encryption", true},
        {"The certificate [Cert Hash(sha1) \"AB\"] was not", "The certificate [*loaded", false},
        {"xThe certificate", "The certificate", false},
        {"abc", "abc*c", false},
        {"abcc", "abc*c", true},
        {"", "a", false},
        {"", "", true},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_message_fits(rows[i].text, rows[i].pattern), rows[i].fits);
    assert_int_equal(
        ak_message_number("A self-generated certificate was successfully loaded for encryption."),
        26018);
    assert_int_equal(ak_message_number("A self-made certificate"), 0);
}

static void addresses_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address; /* NULL: none */
    } rows[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"::1", "::1"},
        {"fe80::1%5", "fe80::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::", "::"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"10.0.0", NULL},
        {"10.0.0.256", NULL},
        {"10.0.0.1.2", NULL},
        {"1:2:3", NULL},
        {"1::2::3", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"12345::", NULL},
        {":", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_endpoint end;
        char text[46];
        memset(&end, 0, sizeof end);
        bool good = ak_message_address(rows[i].text, strlen(rows[i].text), &end);
        assert_int_equal(good, rows[i].address != NULL);
        if (!good)
            continue;
        ak_endpoint_text(&end, text);
        assert_string_equal(text, rows[i].address);
    }
}

/* In memory that ends where the text does. */
static struct ak_event read_message(enum ak_log_provider provider, uint32_t code, const char *text)
{
    struct ak_event e;
    size_t size = strlen(text) + 1;
    char *exact = malloc(size);
    assert_non_null(exact);
    memcpy(exact, text, size);
    memset(&e, 0, sizeof e);
    e.provider = provider;
    e.code = code;
    ak_message_read(&e, exact);
    free(exact);
    return e;
}

static void messages_tell_their_codes(void **state)
{
    (void)state;
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17182,
                                     "failed with error 0x80090331, status code 0x80. Reason: x");
    assert_true(e.has_status && e.has_detail);
    assert_int_equal(e.status, 0x80090331u);
    assert_int_equal(e.detail, 0x80);
    e = read_message(AK_LOG_SQL_SERVER, 17190,
                     "failed with error code: 1, state: 1, error number: -2146893802.");
    assert_int_equal(e.status, 0x80090016u);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "message:  0x2746. [CLIENT: 10.1.2.3]");
    assert_int_equal(e.status, 10054);
    assert_int_equal(e.client.version, 4);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x. [クライアント: <local machine>]");
    assert_true(e.client_local);
    assert_int_equal(e.client.version, 0);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x [CLIENT: nobody]");
    assert_false(e.client_local);
    assert_int_equal(e.client.version, 0);
    e = read_message(AK_LOG_SQL_SERVER, 28047,
                     "'(80090331) 0x80090331(x 12 y). State 56.'.  [CLIENT: 10.1.2.9]");
    assert_int_equal(e.status, 0x80090331u);
    assert_int_equal(e.state, 56);
    e = read_message(AK_LOG_SQL_SERVER, 26022, "[ 'any' <ipv4> 1433] accept sockets 1.");
    assert_int_equal(e.port, 1433);
    e = read_message(AK_LOG_SQL_SERVER, 26022, "[ 'any' <ipv4> 99999]");
    assert_int_equal(e.port, 0);
    e = read_message(AK_LOG_SQL_SERVER, 17069, "SQL Server 2019 (KB5017593) - 15.0.4261.1 (X64)");
    assert_string_equal(e.build, "15.0.4261.1");
    e = read_message(AK_LOG_SQL_SERVER, 17663, "Server name is 'SQL01\\INST'.");
    assert_string_equal(e.host, "SQL01");
    assert_string_equal(e.instance, "INST");
    e = read_message(AK_LOG_SQL_SERVER, 17111, "'C:\\x\\MSSQL15.SALES\\MSSQL\\Log\\ERRORLOG'");
    assert_string_equal(e.instance, "SALES");
    e = read_message(AK_LOG_SQL_SERVER, 26013,
                     "[Cert Hash(sha1) \"0123456789012345678901234567890123456789\"] x");
    assert_string_equal(e.thumbprint, "0123456789012345678901234567890123456789");
    e = read_message(AK_LOG_SQL_SERVER, 26013, "[Cert Hash(sha1) \"0123\"] x");
    assert_string_equal(e.thumbprint, "");
    e = read_message(AK_LOG_SQL_AGENT, 298, "SQLServer Error: 10054, x [SQLSTATE 08001]");
    assert_int_equal(e.status, 10054);
    e = read_message(AK_LOG_SQL_AGENT, 100, "version 13.0.4001.0 (X64): Process ID 1");
    assert_string_equal(e.build, "13.0.4001.0");
    assert_false(e.has_status);
}

/* More than eight digits are no code; the search goes on behind them, if there is anything. */
static void codes_that_are_too_long(void **state)
{
    (void)state;
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17194, "0x123456789");
    assert_false(e.has_status);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "0x123456789abc 0x12345678");
    assert_int_equal(e.status, 0x12345678);
}

/* Sixteen numbers, none larger than the total: anything else is no account of a login's time. */
static void times_of_logins_are_checked(void **state)
{
    (void)state;
    static const char good[] = "code 0x2746: 100, 1, 2, 3, 40, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
                               "15 [CLIENT: 10.0.0.1]";
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17830, good);
    assert_true(e.has_times);
    assert_int_equal(e.status, 10054);
    assert_int_equal(e.login_ms[AK_LOGIN_TOTAL], 100);
    assert_int_equal(e.login_ms[AK_LOGIN_SSL], 40);
    assert_int_equal(e.login_ms[AK_LOGIN_USER_CODE], 15);
    e = read_message(AK_LOG_SQL_SERVER, 17830,
                     "code 0x2746: 100, 1, 2, 300, 4, 5, 6, 7, 8, 9, 1, "
                     "1, 1, 1, 1, 1");
    assert_false(e.has_times);
    assert_int_equal(e.login_ms[AK_LOGIN_TOTAL], 0);
    e = read_message(AK_LOG_SQL_SERVER, 17830, "code 0x2746: 100, 1");
    assert_false(e.has_times);
}

static void survive(struct ak_span bytes, void *context)
{
    static const uint32_t codes[] = {17069, 17111, 17182, 17190, 17194, 17663, 17806,
                                     17830, 18456, 26014, 26022, 28047, 33565};
    char text[512];
    (void)context;
    size_t n = ak_utf8_copy(bytes, text, sizeof text);
    assert_true(n < sizeof text);
    (void)ak_message_number(text);
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        (void)read_message(AK_LOG_SQL_SERVER, codes[i], text);
    (void)read_message(AK_LOG_SQL_AGENT, 298, text);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char text[] = "S 'A\\B' [ x <ipv4> 1 0x80 \\MSSQL1.X\\MSSQL\\L -1 1.2.3.4 State 5 "
                               "[Cert Hash(s) \"AB\"] [C: ::1]";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(messages_tell_their_codes),
        cmocka_unit_test(codes_that_are_too_long),
        cmocka_unit_test(times_of_logins_are_checked),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
