/* What works now is negotiated again with the server as a policy would make it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "observe/conversation_copy.h"
#include "library/analysis.h"
#include "predict/party_text.h"
#include "predict/would_block.h"

struct work {
    struct ak_policy policy;
    struct ak_would_block *block;
    struct ak_conversation *first; /* a copy */
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct work *w = context;
    ak_would_block_add(w->block, c);
    if (w->first == NULL)
        w->first = ak_conversation_copy(c);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    (void)problem;
    fail_msg("%s: %s", path, error->text);
}

/* Versions below TLS 1.2 off; `on`: and TLS 1.2 on. */
static struct work *begin(bool on)
{
    struct work *w = ak_alloc(1, sizeof *w);
    assert_non_null(w);
    for (unsigned at = AK_PARTY_SSL20; at < AK_PARTY_TLS12; at++)
        w->policy.versions[at] = AK_POLICY_OFF;
    w->policy.versions[AK_PARTY_TLS12] = on ? AK_POLICY_ON : AK_POLICY_KEEPS;
    w->block = ak_would_block_new(&w->policy, 1);
    assert_non_null(w->block);
    return w;
}

static struct ak_analysis *read_case(struct work *w, const char *name)
{
    struct ak_analysis_listener listener = {w, on_conversation, on_problem, NULL, NULL, NULL, NULL};
    struct ak_error error;
    char path[1024];
    (void)snprintf(path, sizeof path, AK_TEST_GOLDEN "/%s/capture.pcap", name);
    char *paths[] = {path};
    struct ak_analysis *a = ak_analysis_new(&listener);
    assert_non_null(a);
    assert_int_equal(ak_analysis_paths(a, paths, 1, &error), AK_ERR_NONE);
    (void)ak_analysis_finish(a);
    ak_would_block_judge(w->block);
    return a;
}

static void end(struct work *w, struct ak_analysis *a)
{
    ak_conversation_copy_free(w->first);
    ak_would_block_free(w->block);
    ak_analysis_free(a); /* after what borrows shapes */
    ak_free(w);
}

static void counts_who_would_fail(void **state)
{
    (void)state;
    struct work *w = begin(true);
    struct ak_analysis *a = read_case(w, "own-tls-mix-400");
    const struct ak_would_totals *t = ak_would_block_totals(w->block);
    assert_int_equal(t->judged, 368);
    assert_int_equal(t->each[AK_WOULD_FAIL], 35);
    assert_int_equal(t->each[AK_WOULD_WORK], 333);
    assert_int_equal(t->each[AK_WOULD_UNSURE], 0);
    assert_int_equal(t->failed_already, 30);
    assert_int_equal(t->without_tls, 2);
    assert_int_equal(t->not_kept + t->unseen, 0);
    /* Those that would fail come first, and are news once. */
    size_t fails = t->rows[AK_WOULD_FAIL];
    assert_int_equal(fails, 2);
    for (size_t i = 0; i < ak_would_block_count(w->block); i++) {
        const struct ak_would_row *r = ak_would_block_row(w->block, i);
        assert_true((r->would == AK_WOULD_FAIL) == (i < fails));
        assert_true((r->version < 0x0303) == (i < fails));
        if (i < fails)
            assert_int_equal(r->then.refusal, AK_REFUSAL_NO_COMMON_VERSION);
        assert_true(r->first <= r->last && r->last <= t->last);
    }
    assert_null(ak_would_block_row(w->block, ak_would_block_count(w->block)));
    for (size_t i = 0; i < fails; i++)
        assert_non_null(ak_would_block_news(w->block));
    assert_null(ak_would_block_news(w->block));
    end(w, a);
}

/* The server chose TLS 1.0 though TLS 1.2 was offered. */
static void tells_what_is_unsure(void **state)
{
    (void)state;
    struct work *w = begin(true);
    struct ak_analysis *a = read_case(w, "clients-ok-tls10-tsql");
    /* Its build is known to have TLS 1.2, and the policy switches it on. */
    assert_int_equal(ak_would_block_row(w->block, 0)->would, AK_WOULD_WORK);
    ak_would_block_free(w->block);
    w->block = ak_would_block_new(&w->policy, 1);
    w->first->tds->has_server_version = false;
    ak_would_block_add(w->block, w->first);
    ak_would_block_judge(w->block);
    const struct ak_would_row *r = ak_would_block_row(w->block, 0);
    assert_int_equal(r->would, AK_WOULD_UNSURE);
    assert_int_equal(r->unsure, AK_UNSURE_VERSION);
    assert_true(r->program_of_hello);
    assert_non_null(strstr(r->program, "FreeTDS"));
    assert_null(ak_would_block_news(w->block));
    /* An old build: certain to fail. */
    w->first->tds->has_server_version = true;
    w->first->tds->server_version[0] = 9;
    w->first->tds->server_version[1] = 0;
    w->first->tds->server_build[0] = 5000;
    ak_would_block_free(w->block);
    w->block = ak_would_block_new(&w->policy, 1);
    ak_would_block_add(w->block, w->first);
    ak_would_block_judge(w->block);
    assert_int_equal(ak_would_block_row(w->block, 0)->would, AK_WOULD_FAIL);
    assert_true(ak_would_block_row(w->block, 0)->build_too_old);
    end(w, a);
}

static void without_the_version_it_fails(void **state)
{
    (void)state;
    struct work *w = begin(false);
    struct ak_analysis *a = read_case(w, "clients-ok-tls10-tsql");
    const struct ak_would_row *r = ak_would_block_row(w->block, 0);
    assert_int_equal(r->would, AK_WOULD_FAIL);
    assert_int_equal(r->then.client_status, 0x2746); /* SQL Server closes without an alert */
    /* Another one at another time is the same row. */
    w->first->id = 77;
    w->first->first_time += 1000;
    w->first->end[AK_SIDE_CLIENT].port++;
    ak_would_block_add(w->block, w->first);
    ak_would_block_judge(w->block);
    assert_int_equal(ak_would_block_count(w->block), 1);
    r = ak_would_block_row(w->block, 0);
    assert_int_equal(r->count, 2);
    assert_int_equal(r->last - r->first, 1000);
    assert_int_not_equal(r->sample, 77);
    assert_int_equal(ak_would_block_totals(w->block)->last_fail, r->last);
    end(w, a);
}

/* The registry of the server knows better than the wire. */
static void a_host_is_known_by_address_or_name(void **state)
{
    (void)state;
    for (int by_name = 0; by_name < 2; by_name++) {
        struct work *w = begin(false);
        struct ak_policy_host *host = ak_alloc(1, sizeof *host);
        assert_non_null(host);
        w->policy.hosts = host;
        w->policy.host_count = 1;
        ak_party_init(&host->now, "host", AK_SIDE_SERVER, AK_STACK_SCHANNEL);
        ak_party_version_range(&host->now, AK_PARTY_TLS10, AK_PARTY_TLS12, "registry");
        host->then = host->now;
        ak_party_version_set(&host->then, AK_PARTY_TLS10, AK_SWITCH_OFF, "registry");
        if (by_name) {
            memcpy(host->name, "LOCALHOST", 10);
        } else {
            static const uint8_t loopback[4] = {127, 0, 0, 1};
            host->addresses[0].version = 4;
            memcpy(host->addresses[0].address, loopback, 4);
            host->address_count = 1;
        }
        struct ak_analysis *a = read_case(w, "clients-ok-tls10-tsql");
        const struct ak_would_row *r = ak_would_block_row(w->block, 0);
        assert_true(r->by_registry);
        assert_int_equal(r->would, AK_WOULD_WORK); /* that machine has TLS 1.2 */
        assert_int_equal(r->then.version, 0x0303);
        struct work kept = *w;
        end(w, a);
        ak_policy_release(&kept.policy);
    }
}

static void rows_are_bounded(void **state)
{
    (void)state;
    struct work *w = begin(true);
    struct ak_analysis *a = read_case(w, "clients-ok-tls12-encon-ted");
    for (uint32_t i = 0; i < AK_MAX_WOULD_ROWS + 5; i++) {
        struct ak_endpoint *client = &w->first->end[AK_SIDE_CLIENT];
        client->address[0] = 10;
        client->address[1] = (uint8_t)(i >> 16);
        client->address[2] = (uint8_t)(i >> 8);
        client->address[3] = (uint8_t)i;
        ak_would_block_add(w->block, w->first);
    }
    ak_would_block_judge(w->block);
    assert_int_equal(ak_would_block_count(w->block), AK_MAX_WOULD_ROWS);
    const struct ak_would_totals *t = ak_would_block_totals(w->block);
    assert_int_equal(t->not_kept, 6);
    assert_int_equal(t->judged, AK_MAX_WOULD_ROWS);
    end(w, a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_who_would_fail),
        cmocka_unit_test(tells_what_is_unsure),
        cmocka_unit_test(without_the_version_it_fails),
        cmocka_unit_test(a_host_is_known_by_address_or_name),
        cmocka_unit_test(rows_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
