/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/case_join.h"
#include "diagnose/collected_rules.h"

#define SECOND INT64_C(1000000000)
#define NOW (INT64_C(1767575700) * SECOND) /* 2026-01-05 */

enum { MACHINES = 3 };

/* What some machines told, and the looks of the rules at it. */
struct case_of {
    struct ak_collected *told[MACHINES];
    const struct ak_collected *items[MACHINES];
    struct ak_collected_set set;
    struct ak_event_book *book;
    struct ak_event_tally tally;
};

static void begin(struct case_of *k)
{
    memset(k, 0, sizeof *k);
    k->set.items = k->items;
    k->book = ak_event_book_new(1);
    assert_non_null(k->book);
}

static void end(struct case_of *k)
{
    for (size_t i = 0; i < k->set.count; i++)
        ak_collected_free(k->told[i]);
    ak_event_book_free(k->book);
}

static struct ak_collected *add(struct case_of *k, const char *host, const char *build)
{
    struct ak_collected *c = ak_collected_new("case/sql.txt");
    assert_non_null(c);
    (void)snprintf(c->host, sizeof c->host, "%s", host);
    (void)snprintf(c->build, sizeof c->build, "%s", build);
    c->of_sql = c->complete = c->timed = true;
    c->time = NOW;
    k->told[k->set.count] = c;
    k->items[k->set.count++] = c;
    return c;
}

/* Keys and values in turn, ended by NULL. */
static void tell(struct ak_collected *c, enum ak_collected_kind kind, const char *const *pairs)
{
    const struct ak_collected_row *row = ak_collected_row(kind);
    struct ak_collected_fact *f = ak_collected_add(c, kind);
    assert_non_null(f);
    for (; pairs[0] != NULL; pairs += 2) {
        size_t i = 0;
        while (i < AK_COLLECTED_KEYS && strcmp(row->key[i].name, pairs[0]) != 0)
            i++;
        assert_true(i < AK_COLLECTED_KEYS);
        f->value[i] = pairs[1];
    }
}
#define TELL(c, kind, ...) tell(c, kind, (const char *const[]){__VA_ARGS__, NULL})

static void log_event(struct case_of *k, const char *host, uint32_t code, uint32_t state)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.file = host;
    e.by_line = true;
    e.provider = AK_LOG_SQL_SERVER;
    e.code = code;
    e.time = NOW;
    e.has_state = state != 0;
    e.state = state;
    (void)snprintf(e.host, sizeof e.host, "%s", host);
    assert_true(ak_event_book_add(k->book, &e));
}

struct heard {
    const char *rule;
    const char *host; /* NULL: whoever */
    struct ak_match m;
    size_t count;
};

static void on_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                     const struct ak_match *m)
{
    struct heard *h = context;
    if (strcmp(rule->id, h->rule) != 0 ||
        (h->host != NULL && strcmp(c->origin->host, h->host) != 0))
        return;
    h->m = *m;
    h->count++;
}

/* The grade of this rule; facts in *heard. */
static enum ak_grade ask(struct case_of *k, const char *rule, struct heard *h)
{
    struct ak_event_evidence evidence = {&k->set, NULL, 0};
    memset(h, 0, sizeof *h);
    h->rule = rule;
    for (size_t i = 0; i < k->set.count; i++)
        log_event(k, k->told[i]->host, 17069, 0);
    ak_event_book_finish(k->book);
    ak_event_rules_apply(k->book, &evidence, on_match, h);
    return h->m.grade;
}

/* ---- endpoints ---- */

static struct ak_collected *endpoint(struct case_of *k, const char *host, const char *auth,
                                     const char *algorithm)
{
    struct ak_collected *c = add(k, host, "15.0.4261.1");
    TELL(c, AK_COLLECTED_ENDPOINT, "name", "Hadr", "port", "5022", "auth", auth, "algorithm",
         algorithm, "certificate", "hadr");
    return c;
}

static void check_disjoint(const char *auth, const char *algorithm, const char *other_auth,
                           const char *other_algorithm, bool expected)
{
    struct case_of k;
    begin(&k);
    (void)endpoint(&k, "SQL01", auth, algorithm);
    (void)endpoint(&k, "SQL02", other_auth, other_algorithm);
    assert_int_equal(ak_endpoints_disjoint(&k.told[0]->facts[0], &k.told[1]->facts[0]), expected);
    end(&k);
}

static void endpoints_are_compared(void **state)
{
    (void)state;
    check_disjoint("NEGOTIATE", "AES", "NEGOTIATE", "RC4", true);
    check_disjoint("NEGOTIATE", "AES, RC4", "NEGOTIATE", "RC4", false);
    check_disjoint("NEGOTIATE", "NONE, AES", "KERBEROS", "NONE", false);
    check_disjoint("NEGOTIATE", "NONE", "NEGOTIATE", "AES", true);
    check_disjoint("NTLM", "AES", "KERBEROS", "AES", true);
    check_disjoint("NTLM", "AES", "NEGOTIATE", "AES", false);
    check_disjoint("NTLM, CERTIFICATE", "AES", "CERTIFICATE", "AES", false);
    /* What is not told, or is a word of a version to come, says nothing. */
    check_disjoint("NTLM", "", "NTLM", "AES", false);
    check_disjoint("NTLM", "CHACHA", "NTLM", "AES", false);
}

static void two_endpoints_without_a_common_algorithm(void **state)
{
    (void)state;
    struct case_of k;
    struct heard h;
    begin(&k);
    (void)endpoint(&k, "SQL01", "NEGOTIATE", "AES");
    (void)endpoint(&k, "SQL02", "NEGOTIATE", "RC4");
    assert_int_equal(ask(&k, "endpoint-handshake", &h), AK_GRADE_LIKELY);
    assert_int_equal(h.count, 1); /* not once for each node */
    assert_int_equal(h.m.severity, AK_SEVERITY_WARNING);
    end(&k);

    begin(&k);
    (void)endpoint(&k, "SQL01", "NEGOTIATE", "AES");
    (void)endpoint(&k, "SQL02", "NEGOTIATE", "RC4");
    log_event(&k, "SQL02", 28047, 22); /* the second one logged it: it speaks */
    assert_int_equal(ask(&k, "endpoint-handshake", &h), AK_GRADE_CERTAIN);
    assert_int_equal(h.count, 1);
    assert_int_equal(h.m.severity, AK_SEVERITY_ERROR);
    end(&k);

    begin(&k); /* which two of three talk is not known */
    (void)endpoint(&k, "SQL01", "NEGOTIATE", "AES");
    (void)endpoint(&k, "SQL02", "NEGOTIATE", "RC4");
    (void)endpoint(&k, "SQL03", "NEGOTIATE", "RC4");
    assert_int_equal(ask(&k, "endpoint-handshake", &h), AK_GRADE_NONE);
    end(&k);
}

static void check_dates(const char *auth, const char *until, enum ak_grade expected)
{
    struct case_of k;
    struct heard h;
    begin(&k);
    struct ak_collected *c = endpoint(&k, "SQL01", auth, "AES");
    TELL(c, AK_COLLECTED_CERTIFICATE, "name", "hadr", "from", "2025-01-01T00:00:00Z", "until",
         until);
    assert_int_equal(ask(&k, "endpoint-handshake", &h), expected);
    end(&k);
}

static void certificate_of_the_endpoint(void **state)
{
    (void)state;
    check_dates("CERTIFICATE", "2026-01-04T00:00:00Z", AK_GRADE_LIKELY);
    check_dates("CERTIFICATE", "2026-01-06T00:00:00Z", AK_GRADE_NONE);
    check_dates("NEGOTIATE", "2026-01-04T00:00:00Z", AK_GRADE_NONE); /* not used */
    check_dates("CERTIFICATE", "nonsense", AK_GRADE_NONE);
}

/* ---- packet size ---- */

static enum ak_grade packet(const char *in_use, const char *encrypt, const char *size)
{
    struct case_of k;
    struct heard h;
    begin(&k);
    struct ak_collected *c = add(&k, "SQL01", "15.0.4261.1");
    TELL(c, AK_COLLECTED_SETTING, "name", "network packet size (B)", "in_use", in_use);
    TELL(c, AK_COLLECTED_CONNECTION, "transport", "TCP", "encrypt", encrypt, "packet", size);
    enum ak_grade grade = ask(&k, "packet-size-too-large", &h);
    end(&k);
    return grade;
}

static void packet_size(void **state)
{
    (void)state;
    assert_int_equal(packet("16384", "TRUE", "8000"), AK_GRADE_LIKELY);
    assert_int_equal(packet("16383", "TRUE", "8000"), AK_GRADE_NONE);
    assert_int_equal(packet("32767", "FALSE", "8000"), AK_GRADE_POSSIBLE);
    /* An encrypted connection that has such packets speaks against the limit. */
    assert_int_equal(packet("32767", "TRUE", "32767"), AK_GRADE_POSSIBLE);
    assert_int_equal(packet("", "TRUE", "8000"), AK_GRADE_NONE);
}

/* ---- linked servers ---- */

static enum ak_grade link_of(const char *build, const char *provider, const char *encrypt,
                             const char *trust, uint32_t logged)
{
    struct case_of k;
    struct heard h;
    begin(&k);
    struct ak_collected *c = add(&k, "SQL01", build);
    TELL(c, AK_COLLECTED_LINKED, "name", "OLD", "provider", provider, "source",
         "tcp:sql02.example.test\\X,1433", "encrypt", encrypt, "trust", trust);
    if (logged != 0)
        log_event(&k, "SQL02", logged, 0);
    enum ak_grade grade = ask(&k, "linked-server-encrypt-default", &h);
    end(&k);
    return grade;
}

static void linked_servers(void **state)
{
    (void)state;
    enum { LOADED = 26013, SELF_GENERATED = 26018 };
    const char *new = "17.0.1000.7", *old = "16.0.1000.6";
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "", "", SELF_GENERATED), AK_GRADE_CERTAIN);
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "", "", 0), AK_GRADE_POSSIBLE);
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "", "", LOADED), AK_GRADE_POSSIBLE);
    assert_int_equal(link_of(new, "SQLNCLI11", "", "", SELF_GENERATED), AK_GRADE_LIKELY);
    assert_int_equal(link_of(old, "SQLNCLI11", "", "", SELF_GENERATED), AK_GRADE_NONE);
    assert_int_equal(link_of(new, "MSDASQL", "", "", SELF_GENERATED), AK_GRADE_NONE);
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "optional", "", SELF_GENERATED), AK_GRADE_NONE);
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "mandatory", "yes", SELF_GENERATED),
                     AK_GRADE_NONE);
    assert_int_equal(link_of(old, "MSOLEDBSQL19", "strict", "yes", SELF_GENERATED),
                     AK_GRADE_CERTAIN);
}

static void who_calls(void **state)
{
    (void)state;
    struct case_of k;
    bool checked = true;
    begin(&k);
    struct ak_collected *c = add(&k, "SQL01", "16.0.1000.6");
    TELL(c, AK_COLLECTED_LINKED, "name", "A", "provider", "SQLNCLI11", "source", "SQL02\\X");
    assert_true(ak_collected_calls(&k.set, "sql01.example.test", "SQL02"));
    assert_false(ak_collected_calls(&k.set, "SQL02", "SQL01"));
    assert_false(ak_collected_calls(&k.set, "SQL01", ""));
    assert_false(ak_collected_calls(NULL, "SQL01", "SQL02"));
    assert_true(ak_collected_links_told(&k.set, "SQL01", &checked));
    assert_false(checked);
    assert_false(ak_collected_links_told(&k.set, "SQL02", &checked));
    TELL(c, AK_COLLECTED_MISSING, "what", "linked", "why", "permission");
    assert_false(ak_collected_links_told(&k.set, "SQL01", &checked));
    end(&k);
}

/* ---- behind a conversation ---- */

static void address(struct ak_endpoint *to, uint8_t last)
{
    memset(to, 0, sizeof *to);
    to->version = 4;
    to->address[0] = 192;
    to->address[2] = 2;
    to->address[3] = last;
    to->port = 5022;
}

static void found_by_address(void **state)
{
    (void)state;
    struct case_of k;
    struct ak_conversation talk;
    struct ak_tds_seen tds;
    struct ak_view v;
    memset(&talk, 0, sizeof talk);
    memset(&tds, 0, sizeof tds);
    memset(&v, 0, sizeof v);
    v.c = &talk;
    v.collected = NULL;
    address(&talk.end[AK_SIDE_SERVER], 9);
    address(&talk.end[AK_SIDE_CLIENT], 5);
    assert_null(ak_collected_of_side(&v, AK_SIDE_SERVER));
    begin(&k);
    v.collected = &k.set;
    (void)add(&k, "SQL01", "15.0.4261.1");
    struct ak_collected *machine = add(&k, "SQL01", "");
    machine->of_sql = false;
    TELL(machine, AK_COLLECTED_ADDRESS, "ip", "192.0.2.9");
    TELL(k.told[0], AK_COLLECTED_SERVER, "build", "15.0.4261.1");
    assert_ptr_equal(ak_collected_of_side(&v, AK_SIDE_SERVER), k.told[0]);
    assert_null(ak_collected_of_side(&v, AK_SIDE_CLIENT));
    /* Another version is on the wire. */
    v.tds = &tds;
    tds.has_server_version = true;
    tds.server_version[0] = 13;
    assert_null(ak_collected_of_side(&v, AK_SIDE_SERVER));
    tds.server_version[0] = 15;
    tds.server_build[0] = 4261;
    assert_ptr_equal(ak_collected_of_side(&v, AK_SIDE_SERVER), k.told[0]);
    /* Two instances that both may be it are none. */
    (void)snprintf(add(&k, "SQL01", "")->instance, sizeof k.told[0]->instance, "X");
    assert_null(ak_collected_of_side(&v, AK_SIDE_SERVER));
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_compared),
        cmocka_unit_test(two_endpoints_without_a_common_algorithm),
        cmocka_unit_test(certificate_of_the_endpoint),
        cmocka_unit_test(packet_size),
        cmocka_unit_test(linked_servers),
        cmocka_unit_test(who_calls),
        cmocka_unit_test(found_by_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
