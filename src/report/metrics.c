/* SPDX-License-Identifier: Apache-2.0 */
#include "report/watch_view.h"

#include <string.h>

#include "model/tls_names.h"

#include "base/banned.h"

/* HELP and TYPE of one metric: once, before its first value. */
static void family(struct ak_text *out, const char *name, const char *type, const char *help)
{
    ak_text_format(out, "# HELP akushu_%s %s\n# TYPE akushu_%s %s\n", name, help, name, type);
}

static void value(struct ak_text *out, const char *name, uint64_t number)
{
    ak_text_format(out, "akushu_%s %llu\n", name, (unsigned long long)number);
}

static void one(struct ak_text *out, const char *name, const char *type, const char *help,
                uint64_t number)
{
    family(out, name, type, help);
    value(out, name, number);
}

/* A label's value, in quotes: backslash, quote and line end are escaped. */
static void quoted(struct ak_text *out, const char *text)
{
    ak_text_char(out, '"');
    for (; *text != '\0'; text++)
        if (*text == '\n')
            ak_text_add(out, "\\n");
        else if (*text == '\\' || *text == '"')
            ak_text_format(out, "\\%c", *text);
        else
            ak_text_char(out, *text);
    ak_text_char(out, '"');
}

static void labelled(struct ak_text *out, const char *name, const char *label, const char *text,
                     uint64_t number)
{
    ak_text_format(out, "akushu_%s{%s=", name, label);
    quoted(out, text);
    ak_text_format(out, "} %llu\n", (unsigned long long)number);
}

/* Seconds since 1970, with milliseconds. */
static void moment(struct ak_text *out, const char *name, const char *help, int64_t time)
{
    family(out, name, "gauge", help);
    ak_text_format(out, "akushu_%s %lld.%03lld\n", name, (long long)(time / 1000000000),
                   (long long)(time / 1000000 % 1000));
}

static void capture(const struct ak_watch_view *v, struct ak_text *out)
{
    const struct ak_live_totals *l = v->summary->live;
    const struct ak_totals *t = v->summary->totals;
    family(out, "build_info", "gauge", "version, and what is watched");
    ak_text_add(out, "akushu_build_info{version=\"" AKUSHU_VERSION "\",interface=");
    quoted(out, l->interface);
    ak_text_add(out, "} 1\n");
    moment(out, "start_timestamp_seconds", "when the watch began", l->from);
    moment(out, "written_timestamp_seconds", "when this was written", v->now);
    one(out, "frames_total", "counter", "frames read", t->frames);
    one(out, "captured_bytes_total", "counter", "bytes of them", t->bytes);
    one(out, "kernel_seen_frames_total", "counter",
        "frames that the kernel had for this capture, those that it dropped included", l->seen);
    one(out, "kernel_dropped_frames_total", "counter",
        "frames that the kernel dropped because the buffer was full", l->kernel_drops);
    one(out, "interface_dropped_frames_total", "counter",
        "frames that the interface or its driver dropped", l->interface_drops);
    one(out, "evicted_connections_total", "counter",
        "connections reported early because of the memory limit", t->evicted);
    one(out, "connections_open", "gauge", "connections that are open now", v->open);
}

static void connections(const struct ak_watch_view *v, struct ak_text *out)
{
    static const char *const versions[AK_TALLY_VERSIONS] = {"SSL 2.0", "SSL 3.0", "1.0",  "1.1",
                                                            "1.2",     "1.3",     "other"};
    family(out, "connections_total", "counter", "connections that are over, by outcome");
    for (unsigned i = 0; i < AK_TALLY_OUTCOMES; i++)
        labelled(out, "connections_total", "outcome", ak_outcome_name((enum ak_outcome)i),
                 v->tally->outcomes[i]);
    family(out, "protocol_connections_total", "counter", "connections that are over, by protocol");
    for (unsigned i = 0; i < AK_TALLY_PROTOCOLS; i++)
        labelled(out, "protocol_connections_total", "protocol",
                 ak_protocol_name((enum ak_protocol)i), v->tally->protocols[i]);
    family(out, "handshakes_total", "counter", "established TLS connections, by version");
    for (unsigned i = 0; i < AK_TALLY_VERSIONS; i++)
        labelled(out, "handshakes_total", "version", versions[i],
                 v->tally->versions[i].connections);
    family(out, "clients", "gauge", "addresses that established one, by version");
    for (unsigned i = 0; i < AK_TALLY_VERSIONS; i++)
        labelled(out, "clients", "version", versions[i], v->tally->versions[i].clients);
}

struct cell {
    uint64_t findings[3][4]; /* by severity and grade */
    uint64_t connections;
    int64_t last;
};

static void findings(const struct ak_watch_view *v, struct ak_text *out)
{
    family(out, "findings", "gauge", "findings so far, one for each rule, server and side");
    for (size_t r = 0; r < ak_rule_count; r++) {
        struct cell c;
        memset(&c, 0, sizeof c);
        for (size_t i = 0; i < v->finding_count; i++)
            if (v->findings[i]->rule == ak_rules[r])
                c.findings[v->findings[i]->severity][v->findings[i]->grade]++;
        for (unsigned s = 0; s < 3; s++)
            for (unsigned g = 0; g < 4; g++)
                if (c.findings[s][g] != 0)
                    ak_text_format(
                        out, "akushu_findings{rule=\"%s\",severity=\"%s\",grade=\"%s\"} %llu\n",
                        ak_rules[r]->id, ak_severity_name((enum ak_severity)s),
                        ak_grade_name((enum ak_grade)g), (unsigned long long)c.findings[s][g]);
    }
    family(out, "finding_connections_total", "counter", "connections of findings, by rule");
    for (size_t r = 0; r < ak_rule_count; r++) {
        uint64_t count = 0;
        for (size_t i = 0; i < v->finding_count; i++)
            count += v->findings[i]->rule == ak_rules[r] ? v->findings[i]->count : 0;
        if (count != 0)
            labelled(out, "finding_connections_total", "rule", ak_rules[r]->id, count);
    }
}

static void would_block(const struct ak_watch_view *v, struct ak_text *out)
{
    if (v->would == NULL)
        return;
    const struct ak_would_totals *t = ak_would_block_totals(v->would);
    family(out, "would_block_connections", "gauge",
           "connections that work now, by what they would meet under the policy");
    for (unsigned i = 0; i < AK_WOULDS; i++) {
        ak_text_add(out, "akushu_would_block_connections{policy=");
        quoted(out, v->summary->policy);
        ak_text_format(out, ",would=\"%s\"} %llu\n", ak_would_name((enum ak_would)i),
                       (unsigned long long)t->each[i]);
    }
    one(out, "would_block_not_judged_total", "counter",
        "connections not judged: begun before, not seen to the end, or no room",
        t->unseen + t->not_kept);
    if (t->last_fail != INT64_MIN)
        moment(out, "would_block_last_failure_timestamp_seconds",
               "beginning of the last connection that would fail", t->last_fail);
}

static void on_not_understood(void *context, const char *what, uint64_t count)
{
    labelled(context, "not_understood", "what", what, count);
}

void ak_metrics(const struct ak_watch_view *v, struct ak_text *out)
{
    capture(v, out);
    connections(v, out);
    findings(v, out);
    would_block(v, out);
    family(out, "not_understood", "gauge", "what was not understood or given up, by kind");
    ak_not_understood_each(v->summary, on_not_understood, out);
}
