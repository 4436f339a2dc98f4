/* The one line of `check --monitor` and its state. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include "support/case.h"

static struct ak_check_report report;
static struct ak_probe_result results[3];
static struct ak_offer offers[3];
static struct ak_text out;

static const int64_t ms = 1000000;

static void node(size_t i, enum ak_probe_end end, enum ak_stage stage)
{
    struct ak_probe_result *r = &results[i];
    memset(r, 0, sizeof *r);
    r->end = end;
    r->stage = stage;
    r->began = 100 * ms;
    r->ended = 130 * ms;
    if (stage > AK_STAGE_P0)
        r->step[AK_STEP_SYN_ACK] = 101 * ms;
    if (stage > AK_STAGE_P3)
        r->step[AK_STEP_SERVER_HELLO] = 110 * ms;
    if (end == AK_PROBE_END_REACHED)
        r->step[AK_STEP_SERVER_FINISHED] = 125 * ms;
    report.node[i].result = r;
    report.node[i].offer = &offers[i];
    report.node_count = i + 1;
}

static void begin(void)
{
    memset(&report, 0, sizeof report);
    report.name = "sql01";
    report.scheme = "tds";
    report.client = "openssl-3.0";
    report.connections = 3;
}

/* "key=number" with s or nothing behind it, and up to four fields behind ";". */
static const char *datum(const char *p)
{
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
    if (n == 0 || p[n] != '=')
        return NULL;
    p += n + 1;
    n = strspn(p, "0123456789.");
    if (n == 0)
        return NULL;
    p += n;
    p += *p == 's';
    p += strspn(p, ";0123456789.");
    return p;
}

/* One line: text without "|", then "|" and the data (monitoring-plugins.org, guidelines). */
static int line(uint64_t notes, uint64_t warnings, uint64_t errors, const char *start)
{
    const uint64_t findings[3] = {notes, warnings, errors};
    ak_text_clear(&out);
    int state = ak_monitor_check(&report, findings, &out);
    const char *text = ak_text_string(&out), *bar = strchr(text, '|');
    if (strncmp(text, start, strlen(start)) != 0)
        fail_msg("%s", text);
    assert_non_null(bar);
    assert_null(strchr(bar + 1, '|'));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    for (const char *p = bar + 1; *p != '\n';) {
        assert_int_equal(*p, ' ');
        const char *end = datum(p + 1);
        if (end == NULL)
            fail_msg("no datum: %s", p);
        p = end;
    }
    return state;
}

static void assert_in(const char *part)
{
    if (strstr(ak_text_string(&out), part) == NULL)
        fail_msg("'%s' is not in: %s", part, ak_text_string(&out));
}

static void a_healthy_server_is_ok(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    assert_int_equal(line(3, 0, 0, "AKUSHU OK - sql01: works (1 of 1 addresses)|"), 0);
    assert_in(" connect=0.001000s hello=0.010000s handshake=0.025000s");
    assert_in(" connections=3 addresses=1;;;0;1\n");
}

static void warnings_and_failed_repetitions_warn(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    assert_int_equal(line(0, 1, 0, "AKUSHU WARNING - sql01: works"), 1);
    report.repetition.made = 1000;
    report.repetition.failed = 4;
    assert_int_equal(line(0, 0, 0, "AKUSHU WARNING - sql01: works"), 1);
}

static void errors_and_refusals_are_critical(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    assert_int_equal(line(0, 0, 1, "AKUSHU CRITICAL - sql01: works"), 2);
    node(0, AK_PROBE_END_ALERT, AK_STAGE_P3);
    results[0].alert.code = 70;
    assert_int_equal(line(0, 0, 1, "AKUSHU CRITICAL - sql01: the server sent an alert 70 "), 2);
    assert_in("after the ClientHello (30.0 ms) (0 of 1 addresses)|");
    node(0, AK_PROBE_END_REFUSED, AK_STAGE_P0);
    assert_int_equal(line(0, 0, 0, "AKUSHU CRITICAL - sql01: port closed"), 2);
}

static void a_refused_login_is_critical(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P7);
    results[0].login_error = 18456;
    assert_int_equal(
        line(1, 0, 0, "AKUSHU CRITICAL - sql01: works, login refused: error 18456 (0 of 1"), 2);
}

/* The address that fails is the one that is told. */
static void one_bad_address_of_three_is_critical(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    node(1, AK_PROBE_END_TIMEOUT, AK_STAGE_P3);
    node(2, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    assert_int_equal(line(0, 0, 0, "AKUSHU CRITICAL - sql01: no answer in time, after the "), 2);
    assert_in("(2 of 3 addresses)|");
    assert_in(" addresses=2;;;0;3\n");
}

static void a_name_without_address_is_critical(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_REACHED, AK_STAGE_P5B);
    (void)snprintf(report.unresolved, sizeof report.unresolved, "sql02: not known");
    assert_int_equal(line(0, 0, 0, "AKUSHU CRITICAL - sql01: works, sql02: not known (1 of 1"), 2);
}

static void what_was_not_asked_is_unknown(void **state)
{
    (void)state;
    begin();
    (void)snprintf(report.unresolved, sizeof report.unresolved, "name not known");
    assert_int_equal(line(0, 0, 0, "AKUSHU UNKNOWN - sql01: name not known (0 of 0"), 3);
    begin();
    assert_int_equal(line(0, 0, 0, "AKUSHU UNKNOWN - sql01: not asked"), 3);
    begin();
    node(0, AK_PROBE_END_STOPPED, AK_STAGE_P3);
    report.interrupted = true;
    assert_int_equal(line(0, 0, 0, "AKUSHU UNKNOWN - sql01: interrupted"), 3);
}

/* Words of a server or a library must not end the text or begin the data. */
static void reasons_keep_the_grammar(void **state)
{
    (void)state;
    begin();
    node(0, AK_PROBE_END_NONSENSE, AK_STAGE_P2);
    (void)snprintf(results[0].reason, sizeof results[0].reason, "a|b\nc\x1b[2J");
    assert_int_equal(line(0, 0, 0, "AKUSHU CRITICAL - sql01: "), 2);
    assert_null(strchr(ak_text_string(&out), '\x1b'));
    begin();
    (void)snprintf(report.unresolved, sizeof report.unresolved, "x|y\nz");
    assert_int_equal(line(0, 0, 0, "AKUSHU UNKNOWN - sql01: "), 3);
}

static int open_out(void **state)
{
    (void)state;
    ak_text_init(&out, 65536);
    return 0;
}

static int close_out(void **state)
{
    (void)state;
    ak_text_release(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_server_is_ok),
        cmocka_unit_test(warnings_and_failed_repetitions_warn),
        cmocka_unit_test(errors_and_refusals_are_critical),
        cmocka_unit_test(a_refused_login_is_critical),
        cmocka_unit_test(one_bad_address_of_three_is_critical),
        cmocka_unit_test(a_name_without_address_is_critical),
        cmocka_unit_test(what_was_not_asked_is_unknown),
        cmocka_unit_test(reasons_keep_the_grammar),
    };
    return cmocka_run_group_tests(tests, open_out, close_out);
}
