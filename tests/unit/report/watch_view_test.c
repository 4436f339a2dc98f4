/* The screen fits its columns and lines, and the metrics are Prometheus' text format. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/watch_view.h"
#include "report/wrap.h"

enum { FINDINGS = 40 };

struct work {
    struct ak_totals totals;
    struct ak_live_totals live;
    struct ak_summary summary;
    struct ak_tally tally;
    struct ak_finding findings[FINDINGS];
    const struct ak_finding *list[FINDINGS];
    struct ak_watch_view view;
    struct ak_text out;
};

static struct work work;

static int set_up(void **state)
{
    struct work *w = &work;
    memset(w, 0, sizeof *w);
    w->totals.frames = 123456;
    w->totals.evicted = 1;
    w->live.interface = "eth\"0\\";
    w->live.from = INT64_C(1700000000) * 1000000000;
    w->live.seen = 123460;
    w->live.kernel_drops = 4;
    w->summary.totals = &w->totals;
    w->summary.live = &w->live;
    w->tally.outcomes[AK_OUTCOME_FAILED] = 7;
    w->tally.versions[4].connections = 99;
    w->tally.versions[4].clients = 3;
    w->tally.versions[4].last = w->live.from;
    for (size_t i = 0; i < FINDINGS; i++) {
        struct ak_finding *f = &w->findings[i];
        f->rule = ak_rule_find(i % 2 != 0 ? "no-common-version" : "closed-by-server");
        f->grade = AK_GRADE_LIKELY;
        f->severity = i == 5 ? AK_SEVERITY_NOTE : AK_SEVERITY_ERROR;
        f->server.version = 6;
        memset(f->server.address, 0xfd, 16);
        f->server.port = 65535;
        f->count = 1000 + i;
        f->last = w->live.from + (int64_t)i * 1000000000;
        (void)snprintf(f->id, sizeof f->id, "f-%016zx", i);
        w->list[i] = f;
    }
    w->view.summary = &w->summary;
    w->view.tally = &w->tally;
    w->view.findings = w->list;
    w->view.finding_count = FINDINGS;
    w->view.open = 5;
    w->view.now = w->live.from + INT64_C(3661) * 1000000000;
    ak_text_init(&w->out, 1024 * 1024);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct work *w = *state;
    ak_text_release(&w->out);
    return 0;
}

static size_t lines_of(struct work *w, size_t *widest)
{
    size_t lines = 0;
    char line[1024];
    *widest = 0;
    for (const char *p = ak_text_string(&w->out); *p != '\0'; lines++) {
        size_t n = strcspn(p, "\n");
        assert_true(n < sizeof line);
        memcpy(line, p, n);
        line[n] = '\0';
        size_t columns = ak_text_columns(line);
        *widest = columns > *widest ? columns : *widest;
        p += n + (p[n] == '\n');
    }
    return lines;
}

static void the_screen_fits(void **state)
{
    struct work *w = *state;
    for (enum ak_lang lang = AK_LANG_EN; lang < AK_LANG_COUNT; lang++) {
        struct ak_text_style style = {lang, false, false, 80};
        size_t widest;
        ak_text_clear(&w->out);
        ak_text_watch(&style, &w->view, 24, &w->out);
        assert_true(lines_of(w, &widest) <= 24);
        assert_true(widest <= 80);
        const char *text = ak_text_string(&w->out);
        assert_non_null(strstr(text, "1:01:01"));
        assert_non_null(strstr(text, "no-common-version"));
        assert_non_null(strstr(text, "TLS 1.2"));
        assert_null(strchr(text, '\033'));
    }
}

static void the_worst_and_latest_come_first(void **state)
{
    struct work *w = *state;
    assert_true(ak_watch_view_order(&w->findings[0], &w->findings[5]) < 0); /* a note is last */
    assert_true(ak_watch_view_order(&w->findings[7], &w->findings[6]) < 0);
    assert_true(ak_watch_view_order(&w->findings[6], &w->findings[7]) > 0);
    assert_int_equal(ak_watch_view_order(&w->findings[6], &w->findings[6]), 0);
}

static void metrics_are_well_formed(void **state)
{
    struct work *w = *state;
    ak_metrics(&w->view, &w->out);
    assert_false(w->out.failed);
    const char *text = ak_text_string(&w->out);
    static const char *const wanted[] = {
        "interface=\"eth\\\"0\\\\\"} 1\n",
        "\nakushu_frames_total 123456\n",
        "\nakushu_kernel_seen_frames_total 123460\n",
        "\nakushu_kernel_dropped_frames_total 4\n",
        "\nakushu_connections_open 5\n",
        "\nakushu_connections_total{outcome=\"failed\"} 7\n",
        "\nakushu_handshakes_total{version=\"1.2\"} 99\n",
        "\nakushu_clients{version=\"1.2\"} 3\n",
        "\nakushu_findings{rule=\"no-common-version\",severity=\"note\",grade=\"likely\"} 1\n",
        "\nakushu_findings{rule=\"no-common-version\",severity=\"error\",grade=\"likely\"} 19\n",
        "\nakushu_start_timestamp_seconds 1700000000.000\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("missing: %s", wanted[i]);
    /* Each name has its HELP and TYPE before its values, and each line is one of the three. */
    char family[128] = "";
    for (const char *p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
        size_t n = strcspn(p, "{ \n");
        if (strncmp(p, "# TYPE ", 7) == 0)
            (void)snprintf(family, sizeof family, "%.*s", (int)strcspn(p + 7, " "), p + 7);
        else if (*p != '#')
            assert_true(strlen(family) == n && strncmp(p, family, n) == 0);
    }
    assert_null(strstr(text, "would_block"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_screen_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_worst_and_latest_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_are_well_formed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
