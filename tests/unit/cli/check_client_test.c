/* From options to what a check asks, as whom, and with which password. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/check_client.h"

#include <stdlib.h>

#include "model/sql_names.h"
#include "support/command.h"

static struct command c;
static struct ak_check_subject *s;

static int make(const struct ak_arguments *a)
{
    return ak_check_subject_make(a, s);
}

static const struct ak_check_setting *subject(const char *line)
{
    command_run(&c, line, make);
    if (!c.parsed || c.status != AK_EXIT_NOTHING)
        fail_msg("%s: %s", line, c.err);
    return &s->setting;
}

static void refused(const char *line, const char *says)
{
    command_run(&c, line, make);
    assert_true(c.parsed);
    assert_int_equal(c.status, AK_EXIT_USAGE);
    assert_non_null(strstr(c.err, says));
}

static void by_default_a_driver_of_today(void **state)
{
    (void)state;
    const struct ak_check_setting *k = subject("check sql01");
    assert_string_equal(k->target.host, "sql01");
    assert_int_equal(k->target.way, AK_PROBE_TDS);
    assert_string_equal(k->client->name, "openssl-3.0");
    assert_false(k->own_hello);
    assert_false(ak_party_version_on(k->client, AK_PARTY_TLS11));
    assert_true(ak_party_version_on(k->client, AK_PARTY_TLS12));
    assert_true(ak_party_version_on(k->client, AK_PARTY_TLS13));
    assert_int_equal(k->client->bounds.rsa_min, 2048);
    assert_int_equal(k->client->bounds.dh_min, 2048);
    assert_int_equal(k->encryption, AK_TDS_ENCRYPTION_ON);
    assert_true(k->pace == 50000000 && k->concurrency == 4 && k->repeat == 0);
    assert_false(k->verify.dates || k->verify.name || k->verify.trust);
    assert_null(k->login);
}

static void the_client_may_be_named(void **state)
{
    (void)state;
    const struct ak_check_setting *k = subject("check sql01 --as=ws2008r2");
    assert_true(k->own_hello);
    assert_true(ak_party_version_on(k->client, AK_PARTY_TLS10));
    assert_false(ak_party_version_on(k->client, AK_PARTY_TLS13));
    k = subject("check sql01 --with=tedious-19");
    assert_true(k->own_hello);
    assert_string_equal(k->client->name, "tedious-19");
    refused("check sql01 --as=nonsense", "nonsense");
}

static void encryption_decides_the_way(void **state)
{
    static const struct {
        const char *line;
        enum ak_probe_way way;
        uint8_t encryption;
        bool dates;
    } rows[] = {
        {"check sql01 --encrypt=optional", AK_PROBE_TDS, AK_TDS_ENCRYPTION_OFF, false},
        {"check sql01 --encrypt=mandatory", AK_PROBE_TDS, AK_TDS_ENCRYPTION_ON, false},
        {"check sql01 --encrypt=unsupported", AK_PROBE_TDS, AK_TDS_ENCRYPTION_NOT_SUP, false},
        {"check sql01 --encrypt=strict", AK_PROBE_STRICT, AK_TDS_ENCRYPTION_ON, true},
        {"check sql01 --verify", AK_PROBE_TDS, AK_TDS_ENCRYPTION_ON, true},
        {"check https://sql01 --encrypt=strict", AK_PROBE_TLS, AK_TDS_ENCRYPTION_ON, false}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        const struct ak_check_setting *k = subject(rows[i].line);
        assert_int_equal(k->target.way, rows[i].way);
        assert_int_equal(k->encryption, rows[i].encryption);
        assert_int_equal(k->verify.dates, rows[i].dates);
        assert_int_equal(k->verify.name, rows[i].dates);
    }
    assert_string_equal(subject("check sql01 --encrypt=strict")->target.alpn, "tds/8.0");
    assert_false(s->setting.verify.trust); /* a strict client trusts by its own means */
}

static void other_ways_to_the_server(void **state)
{
    (void)state;
    const struct ak_check_setting *k = subject("check sql01 --proxy=http://proxy:3128");
    assert_string_equal(k->proxy_host, "proxy");
    assert_int_equal(k->proxy_port, 3128);
    assert_int_equal(k->target.port, 1433);
    k = subject("check sql01:1444 --connect-to=127.0.0.1:9 --pace=7 --timeout=3 --repeat=8 "
                "--concurrency=2 --connections=5");
    assert_string_equal(k->connect_host, "127.0.0.1");
    assert_true(k->connect_port == 9 && k->target.port == 1444);
    assert_true(k->pace == 7000000 && k->limits.whole == INT64_C(3000000000));
    assert_true(k->repeat == 8 && k->concurrency == 2 && k->most == 5);
    k = subject("check sql01 sql02:1500");
    assert_int_equal(k->more_count, 1);
    assert_string_equal(k->more[0].host, "sql02");
    refused("check sql01 --proxy=proxy", "HOST:PORT is needed");
    refused("check sql01 --connect-to=proxy\\\\X:5", "--connect-to");
}

static void passwords_come_and_go(void **state)
{
    char path[] = "/tmp/akushu-password-XXXXXX", line[200];
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0 && write(fd, "of a file\r\nsecond line\n", 23) == 23);
    (void)close(fd);
    assert_int_equal(setenv("AKUSHU_TEST_PASSWORD", "of the environment", 1), 0);
    const struct ak_check_setting *k =
        subject("check sql01 --user=sa --password-env=AKUSHU_TEST_PASSWORD --database=db");
    assert_string_equal(k->login->password, "of the environment");
    assert_string_equal(k->login->user, "sa");
    assert_string_equal(k->login->database, "db");
    assert_string_equal(k->login->server, "sql01");
    ak_check_subject_wipe(s);
    for (size_t i = 0; i < sizeof s->password; i++)
        assert_int_equal(s->password[i], 0);
    (void)snprintf(line, sizeof line, "check sql01 --user=sa --password-file=%s", path);
    assert_string_equal(subject(line)->login->password, "of a file");
    assert_null(strstr(c.out, "of a file"));
    assert_int_equal(unlink(path), 0);
    refused(line, path);
    refused("check https://web --user=sa --password-env=AKUSHU_TEST_PASSWORD", "only SQL Server");
    assert_int_equal(unsetenv("AKUSHU_TEST_PASSWORD"), 0);
    refused("check sql01 --user=sa --password-env=AKUSHU_TEST_PASSWORD", "not set");
    char long_one[600];
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    assert_int_equal(setenv("AKUSHU_TEST_PASSWORD", long_one, 1), 0);
    refused("check sql01 --user=sa --password-env=AKUSHU_TEST_PASSWORD", "longer than");
}

static int begin(void **state)
{
    (void)state;
    s = calloc(1, sizeof *s);
    return s == NULL;
}

static int end(void **state)
{
    (void)state;
    free(s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_a_driver_of_today), cmocka_unit_test(the_client_may_be_named),
        cmocka_unit_test(encryption_decides_the_way),   cmocka_unit_test(other_ways_to_the_server),
        cmocka_unit_test(passwords_come_and_go),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
