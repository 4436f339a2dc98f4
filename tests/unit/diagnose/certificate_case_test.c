/* Who uses a certificate that was found: each source by itself, and which of two is believed.
 * What follows from it is certificate_rule_test's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/certificate_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "support/case.h"

enum { FOUND = 4, HOSTS = 2, SECONDS = 1700000000 };
#define OURS "aa00000000000000000000000000000000000000"

struct bench {
    struct ak_certificate certificate[FOUND];
    struct ak_found_certificate found[FOUND];
    const struct ak_found_certificate *list[FOUND];
    struct ak_host host[HOSTS];
    const struct ak_host *hosts[HOSTS];
    struct ak_sql_instance instance[HOSTS];
    struct ak_event_book *book;
    struct ak_certificate_evidence e;
    struct ak_certificate_case cases[FOUND];
};

static struct bench *b;

/* One certificate in the store of SQL01, which SQL Server could pick; nobody names it. */
static int begin(void **state)
{
    static struct bench room;
    (void)state;
    b = &room;
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < FOUND; i++) {
        struct ak_x509 *x = &b->certificate[i].facts;
        b->certificate[i].readable = true;
        b->certificate[i].sha1[0] = b->certificate[i].sha256[0] = (uint8_t)(0xaa + i);
        (void)snprintf(x->subject, sizeof x->subject, "CN=%c", (char)('a' + i));
        (void)snprintf(x->issuer, sizeof x->issuer, "CN=%c", (char)('b' + i));
        b->found[i].certificate = &b->certificate[i];
        b->found[i].place = AK_CERT_PLACE_MY;
        b->found[i].host = &b->host[0];
        b->found[i].position = 1;
        b->found[i].properties.has_key = true;
        b->list[i] = &b->found[i];
        x->server_usage = true;
        x->not_before = SECONDS - 1000;
        x->not_after = SECONDS + 1000;
    }
    (void)snprintf(b->certificate[0].facts.subject_cn, 8, "sql01");
    for (size_t i = 0; i < HOSTS; i++) {
        (void)snprintf(b->host[i].name, sizeof b->host[i].name, "SQL0%zu", i + 1);
        b->instance[i].network_known = true;
        b->host[i].instances = &b->instance[i];
        b->host[i].instance_count = 1;
        b->hosts[i] = &b->host[i];
    }
    b->e.found = b->list;
    b->e.count = 1;
    b->e.hosts = b->hosts;
    b->e.host_count = HOSTS;
    b->e.now = SECONDS * INT64_C(1000000000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ak_event_book_free(b->book);
    return 0;
}

static void says(uint32_t code, const char *thumbprint, const char *host)
{
    struct ak_event e;
    memset(&e, 0, sizeof e);
    e.file = "ERRORLOG";
    e.provider = AK_LOG_SQL_SERVER;
    e.code = code;
    (void)snprintf(e.host, sizeof e.host, "%s", host);
    (void)snprintf(e.thumbprint, sizeof e.thumbprint, "%s", thumbprint);
    b->book = ak_event_book_new(1);
    assert_non_null(b->book);
    assert_true(ak_event_book_add(b->book, &e));
    ak_event_book_finish(b->book);
    b->e.events = b->book;
}

static void assert_use(enum ak_cert_use use)
{
    ak_certificate_cases(&b->e, b->cases);
    assert_string_equal(ak_cert_use_name(b->cases[0].use), ak_cert_use_name(use));
}

static void configured(const char *thumbprint)
{
    (void)snprintf(b->instance[0].certificate, sizeof b->instance[0].certificate, "%s", thumbprint);
}

/* ---- configured ---- */

static void by_the_thumbprint_of_an_instance(void **state)
{
    (void)state;
    configured("AA 00 000000000000000000000000000000000000"); /* as MMC copies it */
    assert_use(AK_CERT_USE_CONFIGURED);
    assert_ptr_equal(b->cases[0].instance, &b->instance[0]);
    assert_ptr_equal(b->cases[0].host, &b->host[0]);
    configured("ab00000000000000000000000000000000000000");
    assert_use(AK_CERT_USE_NONE);
    /* In the store of another machine it does not serve this one. */
    configured(OURS);
    b->found[0].host = &b->host[1];
    assert_use(AK_CERT_USE_NONE);
    b->found[0].host = NULL; /* a file may be of either */
    assert_use(AK_CERT_USE_CONFIGURED);
    assert_ptr_equal(b->cases[0].host, &b->host[0]);
}

/* ---- what SQL Server could pick ---- */

static void a_candidate(void **state)
{
    (void)state;
    assert_use(AK_CERT_USE_CANDIDATE);
    assert_ptr_equal(b->cases[0].instance, &b->instance[0]);
    b->e.now = 0; /* no time is known: it may be valid */
    b->certificate[0].facts.not_after = 5;
    assert_use(AK_CERT_USE_CANDIDATE);
    b->e.now = 6 * INT64_C(1000000000);
    assert_use(AK_CERT_USE_NONE);
}

static void what_is_no_candidate(void **state)
{
    static bool *flags[3];
    (void)state;
    flags[0] = &b->found[0].properties.has_key;
    flags[1] = &b->certificate[0].facts.server_usage;
    flags[2] = &b->instance[0].network_known; /* perhaps one is configured */
    for (size_t i = 0; i < AK_COUNT(flags); i++) {
        *flags[i] = false;
        assert_use(AK_CERT_USE_NONE);
        *flags[i] = true;
        assert_use(AK_CERT_USE_CANDIDATE);
    }
    b->found[0].properties.archived = true;
    assert_use(AK_CERT_USE_NONE);
    b->found[0].properties.archived = false;
    b->found[0].place = AK_CERT_PLACE_AUTHORITY;
    assert_use(AK_CERT_USE_NONE);
    b->found[0].place = AK_CERT_PLACE_MY;
    b->certificate[0].readable = false;
    assert_use(AK_CERT_USE_NONE);
}

/* ---- names ---- */

static void names_of_a_machine(void **state)
{
    static const struct {
        const char *names, *cn; /* names parted by '|' */
        bool fits;
    } rows[] = {{"", "sql01", true},
                {"", "SQL01.example.com", true},
                {"", "sql011", false},
                {"", "*.example.com", true},
                {"", "", false},
                {"DNS:sql01", "web", true},
                {"DNS:web|DNS:sql01.example.com", "web", true},
                {"DNS:web", "sql01", false},     /* a name there: the subject does not count */
                {"IP:192.0.2.9", "sql01", true}, /* none there */
                {"IP:192.0.2.9|DNS:web", "sql01", false}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        static struct ak_x509 x;
        memset(&x, 0, sizeof x);
        (void)snprintf(x.subject_cn, sizeof x.subject_cn, "%s", rows[i].cn);
        (void)snprintf(x.names, sizeof x.names, "%s", rows[i].names);
        x.name_count = rows[i].names[0] != '\0';
        for (char *p = x.names; (p = strchr(p, '|')) != NULL; x.name_count++)
            *p = '\0';
        assert_int_equal(ak_certificate_names_machine(&x, "SQL01"), rows[i].fits);
    }
}

static void sql_servers_own(void **state)
{
    static struct ak_x509 x;
    (void)state;
    assert_false(ak_certificate_is_fallback(&x));
    (void)snprintf(x.subject_cn, sizeof x.subject_cn, "SSL_Self_Signed_Fallback");
    assert_true(ak_certificate_is_fallback(&x));
}

/* ---- logs ---- */

static void what_was_loaded(void **state)
{
    (void)state;
    configured("bb00000000000000000000000000000000000000");
    says(26013, OURS, "sql02.example"); /* another machine than that of the store */
    assert_use(AK_CERT_USE_LOADED);
    assert_non_null(b->cases[0].loaded);
    assert_null(b->cases[0].refused);
    assert_ptr_equal(b->cases[0].host, &b->host[0]);
    b->found[0].host = NULL; /* a file: the log tells whose */
    ak_certificate_cases(&b->e, b->cases);
    assert_ptr_equal(b->cases[0].host, &b->host[1]);
}

static void what_was_refused(void **state)
{
    static const uint32_t codes[] = {26014, 26015, 33555, 33565};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(codes); i++) {
        (void)end(NULL);
        (void)begin(NULL);
        says(codes[i], OURS, "SQL01");
        assert_use(AK_CERT_USE_CONFIGURED);
        assert_non_null(b->cases[0].refused);
    }
    (void)end(NULL);
    (void)begin(NULL);
    says(26014, "ac00000000000000000000000000000000000000", "SQL01");
    assert_use(AK_CERT_USE_CANDIDATE);
    (void)end(NULL);
    (void)begin(NULL);
    says(17187, OURS, "SQL01"); /* another message */
    assert_use(AK_CERT_USE_CANDIDATE);
}

/* On this machine SQL Server made one of its own: it picked none. */
static void who_made_its_own(void **state)
{
    (void)state;
    says(26018, "", "SQL01");
    assert_use(AK_CERT_USE_NONE);
    (void)end(NULL);
    (void)begin(NULL);
    says(26018, "", "SQL02");
    assert_use(AK_CERT_USE_CANDIDATE);
}

/* ---- the wire ---- */

static void what_a_server_showed(void **state)
{
    struct ak_hash_key key = {1, 2};
    struct ak_knowledge *knowledge = ak_knowledge_new(key);
    static struct known k;
    bool news = false;
    (void)state;
    assert_non_null(knowledge);
    known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tls(&k);
    known_server_hello(&k, 0x0303, 0xc02f);
    known_leaf(&k);
    k.leaf.sha256[0] = 0xaa;
    assert_true(ak_knowledge_add(knowledge, &k.c, &news));
    b->e.knowledge = knowledge;
    assert_use(AK_CERT_USE_SHOWN);
    assert_non_null(b->cases[0].server);
    assert_int_equal(b->cases[0].server->end.port, 1433);
    configured(OURS); /* says more */
    assert_use(AK_CERT_USE_CONFIGURED);
    assert_non_null(b->cases[0].server);
    configured("");
    b->certificate[0].sha256[0] = 0xab;
    assert_use(AK_CERT_USE_CANDIDATE);
    ak_knowledge_free(knowledge);
}

/* ---- a file beside ---- */

static void given(void **state)
{
    (void)state;
    b->found[0].place = AK_CERT_PLACE_FILE;
    b->found[0].host = NULL;
    b->e.host_count = 0;
    assert_use(AK_CERT_USE_GIVEN);
    b->certificate[0].facts.is_authority = true;
    assert_use(AK_CERT_USE_NONE);
    b->certificate[0].facts.is_authority = false;
    b->found[0].position = 2; /* the rest of a chain */
    assert_use(AK_CERT_USE_NONE);
    b->found[0].position = 1;
    b->e.host_count = HOSTS;
    assert_use(AK_CERT_USE_GIVEN);
    (void)snprintf(b->instance[1].certificate, sizeof b->instance[1].certificate, "bb");
    assert_use(AK_CERT_USE_NONE); /* a machine is told another */
    b->found[0].host = &b->host[0];
    assert_use(AK_CERT_USE_GIVEN); /* but not this one's */
}

/* ---- several of them ---- */

static void found_twice(void **state)
{
    (void)state;
    b->e.count = 3;
    b->found[1] = b->found[0];
    b->found[2] = b->found[0];
    b->found[2].host = &b->host[1];
    configured(OURS);
    b->instance[1] = b->instance[0];
    ak_certificate_cases(&b->e, b->cases);
    assert_false(b->cases[0].repeated);
    assert_true(b->cases[1].repeated);
    assert_false(b->cases[2].repeated); /* of another machine */
}

static void chains(void **state)
{
    (void)state;
    b->e.count = FOUND; /* a by b by c by d by e */
    ak_certificate_cases(&b->e, b->cases);
    assert_ptr_equal(b->cases[0].issuer, &b->found[1]);
    for (size_t i = 0; i < FOUND; i++)
        assert_ptr_equal(ak_certificate_chain(&b->e, &b->found[0], i), &b->found[i]);
    assert_null(ak_certificate_chain(&b->e, &b->found[0], FOUND));
    b->certificate[2].facts.self_issued = true; /* a root: nobody checks its signature */
    assert_non_null(ak_certificate_chain(&b->e, &b->found[0], 1));
    assert_null(ak_certificate_chain(&b->e, &b->found[0], 2));
    assert_null(ak_certificate_chain(&b->e, &b->found[0], 3));
    assert_ptr_equal(ak_certificate_chain(&b->e, &b->found[2], 0), &b->found[2]);
    b->certificate[2].facts.self_issued = false;
    b->certificate[1].readable = false;
    assert_null(ak_certificate_chain(&b->e, &b->found[0], 1));
}

/* Two that issued each other: a chain ends. */
static void a_chain_in_a_circle(void **state)
{
    (void)state;
    b->e.count = 2;
    (void)snprintf(b->certificate[1].facts.issuer, 8, "CN=a");
    size_t n = 0;
    while (n < 1000 && ak_certificate_chain(&b->e, &b->found[0], n) != NULL)
        n++;
    assert_int_equal(n, AK_MAX_CHAIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_the_thumbprint_of_an_instance),
        TEST(a_candidate),
        TEST(what_is_no_candidate),
        TEST(names_of_a_machine),
        TEST(sql_servers_own),
        TEST(what_was_loaded),
        TEST(what_was_refused),
        TEST(who_made_its_own),
        TEST(what_a_server_showed),
        TEST(given),
        TEST(found_twice),
        TEST(chains),
        TEST(a_chain_in_a_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
