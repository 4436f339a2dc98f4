/* What people read of a check: each line when there is something to say, and only then. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "observe/offer.h"
#include "report/text_parts.h"

enum { ROOM = 64 * 1024, MS = 1000000 };

static struct ak_text out;
static struct ak_check_report report;
static struct ak_offer offer;
static struct ak_probe_result result;
static const struct ak_text_style english = {AK_LANG_EN, false, false, 400};

/* One address that completed TLS 1.2. */
static void begin(void)
{
    memset(&report, 0, sizeof report);
    memset(&offer, 0, sizeof offer);
    memset(&result, 0, sizeof result);
    report.name = "sql01";
    report.scheme = "tds";
    report.client = "openssl-3.0";
    report.node_count = 1;
    report.node[0].end.version = 4;
    report.node[0].end.address[0] = 192;
    report.node[0].end.address[2] = 2;
    report.node[0].end.address[3] = 9;
    report.node[0].end.port = 1433;
    report.node[0].offer = &offer;
    report.node[0].result = &result;
    offer.attempts = 3;
    offer.worked = 1;
    offer.cause = AK_HELLO_PARTS;
    result.end = AK_PROBE_END_REACHED;
    result.stage = AK_STAGE_P5B;
    result.has_server_hello = result.completed = result.server_ems = true;
    result.version = 0x0303;
    result.suite = 0xc030;
    result.began = 1000;
    result.ended = 1000 + 5 * MS;
}

static const char *text(void)
{
    ak_text_clear(&out);
    ak_text_check(&english, &report, &out);
    return ak_text_string(&out);
}

static void has(const char *words)
{
    if (strstr(text(), words) == NULL)
        fail_msg("no \"%s\" in: %s", words, text());
}

static void lacks(const char *words)
{
    if (strstr(text(), words) != NULL)
        fail_msg("\"%s\" in: %s", words, text());
}

static void the_head_and_the_least(void **state)
{
    static const char *const absent[] = {
        "Server ",      "Accepts",  "Refuses",     "Certificate", "Login", "SQL Browser",
        "Leading zero", "Repeated", "Interrupted", "not asked",   "DH of", "ALPN"};
    (void)state;
    begin();
    has("Checked sql01 (tds) as openssl-3.0");
    has("192.0.2.9:1433");
    has("TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    has("Connections  3");
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        lacks(absent[i]);
}

static void what_the_server_is(void **state)
{
    (void)state;
    begin();
    result.has_reply = result.has_encryption = true;
    result.version_major = 16;
    result.build = 4135;
    result.encryption = 1;
    has("SQL Server 16.0.4135, answers encryption \"on\"");
    offer.encryption_off = AK_TRIED_REFUSED;
    has(", encryption is forced");
    offer.encryption_off = AK_TRIED_ACCEPTED;
    has(", encryption is not forced");
    result.dh_bits = 1024;
    result.server_ems = false;
    (void)strcpy(result.alpn, "h2");
    has(", DH of 1024 bits, ALPN h2, without extended master secret");
    result.has_server_hello = false;
    lacks("DH of");
}

static void versions_and_what_they_were_asked_with(void **state)
{
    (void)state;
    begin();
    offer.version[ak_offer_version_at(0x0303)].tried = AK_TRIED_ACCEPTED;
    offer.version[ak_offer_version_at(0x0301)].tried = AK_TRIED_REFUSED;
    offer.version[ak_offer_version_at(0x0302)].tried = AK_TRIED_REFUSED;
    has("Accepts      TLS 1.2\n");
    has("Refuses      TLS 1.0, TLS 1.1\n");
    offer.rare = true;
    has("Accepts      TLS 1.2\n");
    has("Refuses      TLS 1.0, TLS 1.1 (with the usual cipher suites; with rare ones they were not "
        "tried)\n");
}

static void logins_and_their_errors(void **state)
{
    (void)state;
    begin();
    result.login_acknowledged = true;
    (void)strcpy(result.routing_server, "elsewhere\x1b[2J");
    result.routing_port = 1434;
    has("accepted; sends clients on to elsewhere");
    lacks("\x1b"); /* names of the wire reach no terminal as they are */
    result.login_acknowledged = false;
    result.routing_server[0] = '\0';
    result.login_error = 18456;
    result.login_state = 1;
    (void)strcpy(result.login_text, "Login failed");
    has("refused by SQL Server: error 18456, state 1: Login failed");
}

static void who_was_not_answered(void **state)
{
    (void)state;
    begin();
    report.node[0].result = NULL;
    offer.attempts = 0;
    has("192.0.2.9:1433  not asked\n");
    offer.attempts = 1;
    report.interrupted = true;
    has("192.0.2.9:1433  interrupted\n");
    has("Interrupted: what was found until then stands above.");
    lacks("not asked");
    report.node[0].offer = NULL;
    has("not asked");
}

static void other_addresses_and_instances(void **state)
{
    (void)state;
    begin();
    report.left_out = 4;
    report.instance_count = 2;
    (void)strcpy(report.instance[0].name, "LAB");
    (void)strcpy(report.instance[0].version, "16.0.1000.6");
    report.instance[0].port = 51433;
    (void)strcpy(report.instance[1].name, "OTHER");
    report.instance[1].port = 51434;
    has("4 more addresses were not asked");
    has("LAB 16.0.1000.6,51433; OTHER,51434");
    offer.failed = 2;
    result.end = AK_PROBE_END_RST;
    has("(it also worked: 1 of 3)");
    offer.zero = AK_ZERO_KEEPS;
    offer.zero_connections = 2;
    has("(2 connections)");
}

static void repetitions_have_an_interval(void **state)
{
    (void)state;
    begin();
    report.repetition.made = 200;
    report.repetition.failed = 1;
    report.repetition.ends[AK_PROBE_END_FIN] = 1;
    report.repetition.step[AK_CHECK_CONNECT].count = 200;
    report.repetition.step[AK_CHECK_CONNECT].least = 1 * MS;
    report.repetition.step[AK_CHECK_CONNECT].median = 2 * MS;
    report.repetition.step[AK_CHECK_CONNECT].p95 = report.repetition.step[AK_CHECK_CONNECT].p99 =
        3 * MS;
    report.repetition.step[AK_CHECK_CONNECT].most = 4 * MS;
    report.repetition.share[0].suite = 0x009e;
    report.repetition.share[0].failed = 1;
    report.repetition.share[0].made = 100;
    report.repetition.share_count = 1;
    /* Clopper-Pearson of 1 in 200. */
    has("Repeated 200 times: 1 failed, 0.50 % (95 % interval: 0.01 to 2.75 %)");
    has("1.0       2.0       3.0       3.0       4.0");
    has("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: 1 of 100 failed");
    lacks("first answer");
}

static void one_line_an_address(void **state)
{
    (void)state;
    begin();
    ak_text_clear(&out);
    ak_text_check_brief(&english, &report, &out);
    const char *line = ak_text_string(&out);
    assert_non_null(strstr(line, "sql01 (192.0.2.9:1433)"));
    assert_non_null(strstr(line, ", TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"));
    report.node[0].result = NULL;
    offer.attempts = 1;
    ak_text_clear(&out);
    ak_text_check_brief(&english, &report, &out);
    assert_non_null(strstr(ak_text_string(&out), "interrupted"));
}

static int begin_output(void **state)
{
    (void)state;
    ak_text_init(&out, ROOM);
    return 0;
}

static int end_output(void **state)
{
    (void)state;
    ak_text_release(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_and_the_least),
        cmocka_unit_test(what_the_server_is),
        cmocka_unit_test(versions_and_what_they_were_asked_with),
        cmocka_unit_test(logins_and_their_errors),
        cmocka_unit_test(who_was_not_answered),
        cmocka_unit_test(other_addresses_and_instances),
        cmocka_unit_test(repetitions_have_an_interval),
        cmocka_unit_test(one_line_an_address),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
