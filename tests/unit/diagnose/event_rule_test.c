/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/event_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/text.h"

static struct ak_event event_of(enum ak_log_provider provider, uint32_t code, const char *host,
                                const char *instance)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.file = "file";
    e.provider = provider;
    e.code = code;
    e.time = code;
    e.weight = AK_LOG_WEIGHT_FAULT;
    (void)snprintf(e.host, sizeof e.host, "%s", host);
    (void)snprintf(e.instance, sizeof e.instance, "%s", instance);
    return e;
}

static struct ak_event status(struct ak_event e, uint32_t code)
{
    e.has_status = true;
    e.status = code;
    return e;
}

static struct ak_event alert(struct ak_event e, uint8_t code, uint32_t state)
{
    e.has_alert = true;
    e.alert = code;
    e.has_state = state != 0;
    e.state = state;
    return e;
}

static void write_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                        const struct ak_match *m)
{
    ak_text_format(context, "%s %s %s %s\\%s x%d;", rule->id, ak_grade_name(m->grade),
                   ak_change_side_name(m->side), c->origin->host, c->origin->instance,
                   (int)c->tally->count);
}

static void expect(const struct ak_event *events, size_t count, const char *expected)
{
    struct ak_event_book *book = ak_event_book_new(1);
    struct ak_text out;
    ak_text_init(&out, 65536);
    for (size_t i = 0; i < count; i++)
        assert_true(ak_event_book_add(book, &events[i]));
    ak_event_book_finish(book);
    ak_event_rules_apply(book, &(struct ak_event_evidence){NULL, NULL, 0}, write_match, &out);
    assert_string_equal(ak_text_string(&out), expected);
    ak_text_release(&out);
    ak_event_book_free(book);
}

#define SQL AK_LOG_SQL_SERVER
#define SCH AK_LOG_SCHANNEL

static void causes_at_the_start(void **state)
{
    (void)state;
    struct ak_event key[] = {status(event_of(SQL, 26010, "A", ""), 0x8009030d),
                             event_of(SQL, 33565, "A", "")};
    expect(key, 2, "private-key-unusable certain server A\\ x2;");
    expect(key, 1, "private-key-unusable likely server A\\ x1;");
    expect(key + 1, 1, "private-key-unusable likely server A\\ x1;");
    key[0].status = 0x80092004;
    expect(key, 1, "server-certificate-not-loaded likely server A\\ x1;");
    key[0].status = 0x80090331;
    expect(key, 1, "");
    /* of two instances they are not one cause */
    key[0].status = 0x8009030d;
    struct ak_event apart[] = {key[0], event_of(SQL, 33565, "A", "X")};
    expect(apart, 2,
           "private-key-unusable likely server A\\ x1;private-key-unusable likely server A\\X x1;");
    struct ak_event none[] = {status(event_of(SQL, 17182, "A", "X"), 0x80090331),
                              event_of(SQL, 26017, "A", "X"),
                              alert(event_of(SCH, 36871, "a.example.com", ""), 0, 10013)};
    expect(none, 3, "no-usable-protocol likely server A\\X x2;");
    expect(none + 2, 1, "no-usable-protocol possible server a.example.com\\ x1;");
    none[0].status = 0xd;
    expect(none, 2, "server-certificate-not-loaded likely server A\\X x2;");
    /* no message beside it: only these codes tell of the certificate */
    expect(none, 1, "");
    none[0].has_detail = true;
    none[0].detail = 0x38;
    expect(none, 1, "server-certificate-not-loaded likely server A\\X x1;");
    none[0].detail = 0x80;
    none[0].status = 0x80092004;
    expect(none, 1, "server-certificate-not-loaded likely server A\\X x1;");
    none[0].status = 0x80090304;
    expect(none, 1, "");
    none[0].status = 0x8009030d;
    expect(none, 1, "");
    struct ak_event service = status(event_of(AK_LOG_SERVICES, 7024, "A", "X"), 0x80092004);
    expect(&service, 1, "server-certificate-not-loaded possible server A\\X x1;");
    service.status = 5;
    expect(&service, 1, "");
    struct ak_event library = event_of(SQL, 26011, "A", "");
    expect(&library, 1, "no-usable-protocol possible server A\\ x1;");
}

static void causes_of_connections(void **state)
{
    (void)state;
    struct ak_event e = alert(event_of(SCH, 36888, "A", ""), 70, 105);
    expect(&e, 1, "no-common-version likely both A\\ x1;");
    e = alert(event_of(SCH, 36888, "A", ""), 40, 1205);
    expect(&e, 1, "no-common-suite possible both A\\ x1;");
    e = alert(event_of(SCH, 36888, "A", ""), 40, 1207);
    expect(&e, 1, "");
    e = event_of(SCH, 36873, "A", "");
    expect(&e, 1, "no-suite-for-version likely client A\\ x1;");
    e = alert(event_of(SCH, 36887, "A", ""), 48, 0);
    expect(&e, 1, "certificate-untrusted likely server A\\ x1;");
    e = event_of(SQL, 17806, "A", "");
    expect(&e, 1, "kerberos-not-tls certain server A\\ x1;");
    e = event_of(SQL, 18452, "A", "");
    expect(&e, 1, "kerberos-not-tls likely server A\\ x1;");
    e = status(event_of(SQL, 28047, "A", ""), 0x80090331);
    expect(&e, 1, "endpoint-handshake likely server A\\ x1;");
    e.has_state = true;
    e.state = 85;
    expect(&e, 1, "endpoint-handshake certain server A\\ x1;");
    e = status(event_of(AK_LOG_SQL_AGENT, 298, "A", ""), 10054);
    expect(&e, 1, "self-connection-impossible possible host A\\ x1;");
    e.status = 18456;
    expect(&e, 1, "");
}

static void slow_logins_are_told_by_their_longest_step(void **state)
{
    (void)state;
    struct ak_event e = event_of(SQL, 17830, "A", "");
    e.has_times = true;
    e.login_ms[AK_LOGIN_TOTAL] = 15000;
    e.login_ms[AK_LOGIN_SSL] = 14000;
    e.login_ms[AK_LOGIN_SSL_CALLS] = 13000;
    expect(&e, 1, "slow-connect likely server A\\ x1;");
    e.login_ms[AK_LOGIN_SSL_CALLS] = 0;
    e.login_ms[AK_LOGIN_SSL_READS] = 13000;
    expect(&e, 1, "slow-connect likely network A\\ x1;");
    e.login_ms[AK_LOGIN_ENQUEUED] = 8000;
    expect(&e, 1, "accept-starvation possible server A\\ x1;");
    e.login_ms[AK_LOGIN_TOTAL] = 4999;
    expect(&e, 1, "");
    struct ak_event worker[] = {event_of(SQL, 17883, "A", ""), event_of(SQL, 17197, "A", "")};
    expect(worker, 1, "");
    expect(worker, 2, "accept-starvation possible server A\\ x2;");
}

static void origins_are_joined(void **state)
{
    (void)state;
    struct ak_event_book *book = ak_event_book_new(1);
    struct ak_event e = event_of(SQL, 17806, "SQL01", "");
    assert_true(ak_event_book_add(book, &e));
    e = event_of(SQL, 17806, "sql01.example.com", "");
    e.file = "other";
    assert_true(ak_event_book_add(book, &e));
    e = event_of(SQL, 18456, "", "");
    e.file = "text";
    e.by_line = true;
    assert_true(ak_event_book_add(book, &e));
    e = event_of(SQL, 17663, "sql01", "");
    e.file = "text";
    e.by_line = true;
    assert_true(ak_event_book_add(book, &e));
    ak_event_book_finish(book);
    assert_int_equal(ak_event_book_origins(book), 1);
    assert_int_equal(ak_event_book_count(book), 3);
    assert_int_equal(ak_event_book_at(book, 1)->count, 2);
    ak_event_book_free(book);
}

static void kinds_are_bounded(void **state)
{
    (void)state;
    struct ak_event_book *book = ak_event_book_new(1);
    for (uint32_t i = 0; i < AK_MAX_EVENT_GROUPS + 10; i++) {
        struct ak_event e = event_of(SQL, 18456, "A", "");
        e.has_state = true;
        e.state = i;
        assert_int_equal(ak_event_book_add(book, &e), i < AK_MAX_EVENT_GROUPS);
    }
    ak_event_book_finish(book);
    assert_int_equal(ak_event_book_count(book), AK_MAX_EVENT_GROUPS);
    ak_event_book_free(book);
    book = ak_event_book_new(1); /* nothing came */
    ak_event_book_finish(book);
    assert_int_equal(ak_event_book_count(book), 0);
    ak_event_book_free(book);
    ak_event_book_free(NULL);
}

/* One failed login as a log tells it. */
static struct ak_event failure(const char *file, int64_t time, uint8_t client, bool severity)
{
    struct ak_event e = event_of(AK_LOG_SQL_SERVER, 18456, "SQL01", "");
    e.file = file;
    e.time = time;
    e.by_line = true;
    e.has_severity = severity;
    e.client.version = 4;
    e.client.address[0] = 192;
    e.client.address[3] = client;
    return e;
}

enum { ERRORLOG = 1, RING = 0 };
#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

static void one_failure_in_two_logs_counts_once(void **state)
{
    (void)state;
    struct ak_event events[] = {
        failure("ERRORLOG", DAY, 5, ERRORLOG),
        failure("ERRORLOG", DAY + 10 * SECOND, 5, ERRORLOG),
        failure("ERRORLOG", DAY + 20 * SECOND, 6, ERRORLOG),
        failure("sql.txt", DAY + SECOND, 5, RING),
        failure("sql.txt", DAY + 9 * SECOND, 5, RING),
        failure("sql.txt", DAY + 20 * SECOND, 7, RING),  /* another client */
        failure("sql.txt", DAY + 100 * SECOND, 5, RING), /* another time */
    };
    expect(events, AK_COUNT(events), "login-refused certain server SQL01\\ x5;");
    /* A log in local time: five hours behind. */
    for (size_t i = 0; i < 3; i++) {
        events[i].local = true;
        events[i].time -= 5 * 3600 * SECOND;
    }
    expect(events, AK_COUNT(events), "login-refused certain server SQL01\\ x5;");
    /* Two failures of a second are two, each of them once. */
    struct ak_event same[] = {
        failure("ERRORLOG", DAY, 5, ERRORLOG), failure("ERRORLOG", DAY + 1, 5, ERRORLOG),
        failure("sql.txt", DAY, 5, RING),      failure("sql.txt", DAY + 1, 5, RING),
        failure("sql.txt", DAY + 2, 5, RING),
    };
    expect(same, AK_COUNT(same), "login-refused certain server SQL01\\ x3;");
    /* Another machine, another instance. */
    struct ak_event others[] = {failure("ERRORLOG", DAY, 5, ERRORLOG),
                                failure("sql.txt", DAY, 5, RING)};
    (void)snprintf(others[1].instance, sizeof others[1].instance, "X");
    expect(others, AK_COUNT(others),
           "login-refused certain server SQL01\\ x1;login-refused certain server SQL01\\X x1;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_at_the_start),
        cmocka_unit_test(causes_of_connections),
        cmocka_unit_test(slow_logins_are_told_by_their_longest_step),
        cmocka_unit_test(origins_are_joined),
        cmocka_unit_test(kinds_are_bounded),
        cmocka_unit_test(one_failure_in_two_logs_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
