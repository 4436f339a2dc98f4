/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include "base/alloc.h"
#include "support/json_check.h"
#include "support/report.h"

static const char *line_of(const struct ak_finding *f)
{
    ak_text_clear(&out);
    ak_jsonl_finding(f, &out);
    const char *line = text();
    assert_json(line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    return line;
}

/* ---- findings ---- */

static struct ak_finding rich(void)
{
    struct ak_finding f = finding_of("no-common-version");
    f.count = 214;
    f.clients = 3;
    f.last += 1500000000;
    f.samples[0] = 1;
    f.samples[1] = 5;
    f.sample_count = 2;
    f.facts[0].kind = AK_FACT_ALERT;
    f.facts[0].frame = 24;
    f.facts[0].after = 12345678;
    f.facts[0].a = AK_SIDE_SERVER;
    f.facts[0].b = 70;
    f.facts[1].kind = AK_FACT_NAME;
    f.facts[1].after = -1;
    memcpy(f.facts[1].text, "\x1b", 2);
    f.fact_count = 2;
    f.explains[0] = ak_rule_find("closed-by-server");
    f.explain_count = 1;
    f.rivals[0] = "no-common-suite";
    f.rival_count = 1;
    f.lacks[0] = "server-offer";
    f.lacks[1] = "no-such-step";
    f.lack_count = 2;
    return f;
}

static void a_finding(void **state)
{
    (void)state;
    struct ak_finding f = rich();
    static const char *const texts[] = {
        "akushu.title",          "akushu.remedy[0].action", "akushu.remedy[0].restart",
        "akushu.remedy[0].risk", "akushu.remedy[0].verify", "akushu.next[0]",
    };
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.kind", "\"finding\""},
        {"akushu.id", "\"f-0123456789abcdef\""},
        {"akushu.grade", "\"likely\""},
        {"akushu.proved_on", "\"lab\""},
        {"akushu.severity", "\"error\""},
        {"akushu.side", "\"server\""},
        {"akushu.explains", "[\"closed-by-server\"]"},
        {"akushu.rivals", "[\"no-common-suite\"]"},
        {"akushu.count", "214"},
        {"akushu.clients", "3"},
        {"akushu.samples", "[1,5]"},
        {"akushu.first", "\"2023-11-14T22:13:20.000000000Z\""},
        {"akushu.last", "\"2023-11-14T22:13:21.500000000Z\""},
        {"akushu.evidence[0].file", "\"a.pcap\""},
        {"akushu.evidence[0].frame", "24"},
        {"akushu.evidence[0].ms", "12"},
        {"akushu.evidence[0].fact", "\"the server sent TLS alert 70 (protocol_version)\""},
        {"akushu.evidence[1].frame", NULL},
        {"akushu.evidence[1].ms", NULL},
        {"akushu.evidence[1].fact",
         "\"the client asked for \\u001b, which the certificate does not carry\""},
        {"akushu.evidence[2]", NULL},
        {"akushu.next[1]", NULL}, /* an unknown step is left out */
        {"@timestamp", "\"2023-11-14T22:13:20.000000000Z\""},
        {"rule.id", "\"no-common-version\""},
        {"event.kind", "\"alert\""},
        {"server.ip", "\"192.0.2.9\""},
        {"server.port", "1433"},
    };
    const char *line = line_of(&f);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        assert_non_null(json_at(line, texts[i]));
    assert_json_at(line, "akushu.remedy[0].side", "\"server\"");
}

static void the_least_finding(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("closed-by-server");
    f.server.version = 6;
    memset(f.server.address, 0, 16);
    f.server.address[15] = 1;
    const char *line = line_of(&f);
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.count", "1"},     {"akushu.samples", "[]"}, {"akushu.evidence", "[]"},
        {"akushu.explains", NULL}, {"akushu.rivals", NULL},  {"akushu.next", NULL},
        {"server.ip", "\"::1\""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
}

/* File names and what servers call themselves are the enemy's. */
static void hostile_names_are_escaped(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("certificate-name-mismatch");
    static const struct ak_source hostile = {"a\"\\\n\x1b]0;x\x07\xe2\x80\xae.pcap", 1, NULL, NULL,
                                             0};
    f.source = &hostile;
    f.facts[0].kind = AK_FACT_NAME;
    f.facts[0].frame = 3;
    memcpy(f.facts[0].text, "\xe2\x81\xa6s\"\r\n\xc2\x85", 10);
    f.fact_count = 1;
    const char *line = line_of(&f);
    assert_json_at(line, "akushu.evidence[0].file",
                   "\"a\\\"\\\\\\u000a\\u001b]0;x\\u0007\\u202e.pcap\"");
    assert_json_at(
        line, "akushu.evidence[0].fact",
        "\"the client asked for \\u2066s\\\"\\u000d\\u000a\\u0085, which the certificate "
        "does not carry\"");
    assert_has_not("\x1b");
    assert_has_not("\xe2\x80\xae");
}

/* Those for the side that must change, those for both, the others. */
static void remedies_are_ordered_by_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_rule_count; i++)
        for (int side = AK_CHANGE_CLIENT; side <= AK_CHANGE_NETWORK; side++) {
            const struct ak_remedy_words *list[AK_REMEDIES];
            struct ak_finding f = finding_of("no-answer");
            size_t fitting = 99;
            f.rule = ak_rules[i];
            f.severity = f.rule->severity;
            f.side = (enum ak_change_side)side;
            size_t count = ak_remedies_of(&f, list, &fitting);
            const struct ak_rule_words *words = ak_rule_words_find(f.rule->id);
            assert_true(count <= AK_REMEDIES && fitting <= count);
            assert_true(count == words->remedy_count || count == AK_REMEDIES);
            unsigned last = 0;
            for (size_t k = 0; k < count; k++) {
                bool both = strcmp(list[k]->side, "both") == 0 || f.side == AK_CHANGE_BOTH;
                bool own = strcmp(list[k]->side, ak_change_side_name(f.side)) == 0;
                unsigned rank = own ? 0 : both ? 1 : 2;
                assert_true(rank >= last);
                assert_int_equal(rank < 2, k < fitting);
                last = rank;
            }
        }
}

/* ---- the summary ---- */

static const char *summary_line(const struct ak_summary *s)
{
    ak_text_clear(&out);
    ak_jsonl_summary(s, &out);
    const char *line = text();
    assert_json(line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    return line;
}

static void the_summary(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
    } rows[] = {
        {"akushu.kind", "\"summary\""},
        {"akushu.files", "2"},
        {"akushu.totals.frames", "100"},
        {"akushu.totals.resets", "4"},
        {"akushu.outcomes.established", "1"},
        {"akushu.outcomes.incomplete", "6"},
        {"akushu.findings.error", "9"},
        {"akushu.findings.note", "7"},
        {"akushu.not_understood[0].what", "\"frames of another network protocol than IP\""},
        {"akushu.not_understood[0].count", "3"},
        {"akushu.not_understood[1].what", "\"files read only in part\""},
        {"akushu.not_understood[2].what", "\"frames of link type 127 (RADIOTAP)\""},
        {"akushu.not_understood[3].what", "\"frames of link type 3000\""},
        {"akushu.not_understood[4].what", "\"frames of further link types\""},
        {"akushu.not_understood[4].count", "1"},
        {"akushu.not_understood[5]", NULL},
        {"event.kind", "\"event\""},
        {"ecs.version", "\"8.11\""},
    };
    struct ak_totals totals;
    memset(&totals, 0, sizeof totals);
    totals.frames = 100;
    totals.resets = 4;
    totals.other_frames = 3;
    totals.unsupported_frames = 8;
    totals.unsupported_count = 2;
    totals.unsupported[0].link_type = 127;
    totals.unsupported[0].frames = 5;
    totals.unsupported[1].link_type = 3000;
    totals.unsupported[1].frames = 2;
    struct ak_summary s = {.totals = &totals,
                           .files = 2,
                           .outcomes = {1, 2, 3, 4, 5, 6},
                           .findings = {7, 8, 9},
                           .partly_read_files = 1};
    const char *line = summary_line(&s);
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_json_at(line, rows[i].path, rows[i].value);
}

static void sum_up(void *context, const char *what, uint64_t count)
{
    uint64_t *sum = context;
    assert_true(strlen(what) > 10);
    *sum += count;
}

/* Each counter once: their sum is that of different powers of two. */
static void nothing_given_up_is_silent(void **state)
{
    (void)state;
    struct ak_totals t;
    memset(&t, 0, sizeof t);
    struct ak_summary s = {.totals = &t};
    uint64_t sum = 0;
    assert_json_at(summary_line(&s), "akushu.not_understood", "[]");
    ak_not_understood_each(&s, sum_up, &sum);
    assert_int_equal(sum, 0);
    uint64_t *const counters[] = {
        &t.other_frames,       &t.not_tcp,       &t.short_frames,      &t.bad_frames,
        &t.cut_frames,         &t.evicted,       &t.fragments_dropped, &t.out_of_memory,
        &t.unsupported_frames, &s.bad_blocks,    &s.unreadable_files,  &s.partly_read_files,
        &s.unknown_files,      &s.lost_findings, &s.early_judged,      &s.own_files,
    };
    for (size_t i = 0; i < AK_COUNT(counters); i++)
        *counters[i] = UINT64_C(1) << i;
    ak_not_understood_each(&s, sum_up, &sum);
    assert_int_equal(sum, (UINT64_C(1) << AK_COUNT(counters)) - 1);
}

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct ak_finding f = rich();
        struct ak_text line;
        ak_text_init(&line, 65536);
        (void)ak_alloc_fail_after(n);
        ak_jsonl_finding(&f, &line);
        const char *words = ak_text_string(&line);
        if (!line.failed) /* whole, or known not to be */
            assert_json(words);
        made = ak_alloc_fail_after(0);
        ak_text_release(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding),
        cmocka_unit_test(the_least_finding),
        cmocka_unit_test(hostile_names_are_escaped),
        cmocka_unit_test(remedies_are_ordered_by_side),
        cmocka_unit_test(the_summary),
        cmocka_unit_test(nothing_given_up_is_silent),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
