/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include <string.h>

#include "model/link_names.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/jsonl_case.h"
#include "report/words.h"
#include "report/would_block.h"

#include "base/banned.h"

/* ---- findings ---- */

static void write_evidence(const struct ak_finding *f, struct ak_json *j)
{
    struct ak_text words;
    ak_text_init(&words, 4096);
    ak_json_key(j, "evidence");
    ak_json_open(j, '[');
    for (size_t i = 0; i < f->fact_count; i++) {
        ak_text_clear(&words);
        ak_fact_words(&f->facts[i], AK_LANG_EN, &words);
        ak_json_separate(j);
        ak_json_open(j, '{');
        if (f->source != NULL) {
            bool other = f->facts[i].other && f->other_source != NULL;
            struct ak_place place =
                ak_source_place(other ? f->other_source : f->source, f->facts[i].frame);
            ak_json_member_text(j, "file", place.file);
            if (place.frame != 0)
                ak_json_member_u64(j, "frame", place.frame);
        }
        if (f->facts[i].after >= 0)
            ak_json_member_u64(j, "ms", (uint64_t)f->facts[i].after / 1000000);
        ak_json_member_text(j, "fact", ak_text_string(&words));
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_text_release(&words);
}

/* 0: for the side that must change; 1: for both; 2: for the other one. */
static int remedy_rank(const struct ak_remedy_words *remedy, const char *side)
{
    if (strcmp(remedy->side, side) == 0)
        return 0;
    return strcmp(remedy->side, "both") == 0 || strcmp(side, "both") == 0 ? 1 : 2;
}

size_t ak_remedies_of(const struct ak_finding *f, const struct ak_remedy_words *list[AK_REMEDIES],
                      size_t *fitting)
{
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    const char *side = ak_change_side_name(f->side);
    size_t count = 0;
    *fitting = 0;
    for (int rank = 0; words != NULL && rank <= 2; rank++) {
        for (size_t i = 0; i < words->remedy_count && count < AK_REMEDIES; i++)
            if (remedy_rank(&words->remedies[i], side) == rank)
                list[count++] = &words->remedies[i];
        if (rank < 2)
            *fitting = count;
    }
    return count;
}

static void write_remedy(const struct ak_finding *f, struct ak_json *j)
{
    const struct ak_remedy_words *list[AK_REMEDIES];
    size_t fitting, count = ak_remedies_of(f, list, &fitting);
    ak_json_key(j, "remedy");
    ak_json_open(j, '[');
    for (size_t i = 0; i < count; i++) {
        const struct ak_remedy_words *r = list[i];
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_text(j, "side", r->side);
        ak_json_member_text(j, "action", r->action[AK_LANG_EN]);
        ak_json_member_text(j, "restart", r->restart);
        ak_json_member_text(j, "risk", r->risk[AK_LANG_EN]);
        ak_json_member_text(j, "verify", r->verify);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_next(const struct ak_finding *f, struct ak_json *j)
{
    ak_json_key(j, "next");
    ak_json_open(j, '[');
    for (size_t i = 0; i < f->lack_count; i++) {
        const struct ak_next_words *next = ak_next_words_find(f->lacks[i]);
        if (next == NULL)
            continue;
        ak_json_separate(j);
        ak_json_text(j, next->text[AK_LANG_EN]);
    }
    ak_json_close(j, ']');
}

static void write_commands(const struct ak_next_words *next, struct ak_json *j)
{
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_word(j, "step", next->id);
    ak_json_member_word(j, "side", next->collect_side);
    ak_json_key(j, "commands");
    ak_json_open(j, '[');
    for (size_t k = 0; k < AK_NEXT_COMMANDS && next->commands[k][0] != '\0'; k++) {
        ak_json_separate(j);
        ak_json_text(j, next->commands[k]);
    }
    ak_json_close(j, ']');
    ak_json_close(j, '}');
}

/* What to type on Windows for what is lacking. */
static void write_collect(const struct ak_finding *f, struct ak_json *j)
{
    bool any = false;
    for (size_t i = 0; i < f->lack_count; i++) {
        const struct ak_next_words *next = ak_next_words_find(f->lacks[i]);
        if (next == NULL || next->commands[0][0] == '\0')
            continue;
        if (!any) {
            ak_json_key(j, "collect");
            ak_json_open(j, '[');
        }
        any = true;
        write_commands(next, j);
    }
    if (any)
        ak_json_close(j, ']');
}

static void write_rule_ids(const struct ak_finding *f, struct ak_json *j)
{
    if (f->explain_count != 0) {
        ak_json_key(j, "explains");
        ak_json_open(j, '[');
        for (size_t i = 0; i < f->explain_count; i++) {
            ak_json_separate(j);
            ak_json_text(j, f->explains[i]->id);
        }
        ak_json_close(j, ']');
    }
    if (f->rival_count == 0)
        return;
    ak_json_key(j, "rivals");
    ak_json_open(j, '[');
    for (size_t i = 0; i < f->rival_count; i++) {
        ak_json_separate(j);
        ak_json_text(j, f->rivals[i]);
    }
    ak_json_close(j, ']');
}

static void write_conversations(const struct ak_finding *f, struct ak_json *j)
{
    ak_json_key(j, "first");
    ak_json_time(j, f->first);
    ak_json_key(j, "last");
    ak_json_time(j, f->last);
    ak_json_member_u64(j, "clients", f->clients);
    ak_json_key(j, "samples");
    ak_json_open(j, '[');
    for (size_t i = 0; i < f->sample_count; i++) {
        ak_json_separate(j);
        ak_text_u64(j->out, f->samples[i]);
    }
    ak_json_close(j, ']');
}

/* Of events of a log. */
static void write_origin(const struct ak_finding *f, struct ak_json *j)
{
    ak_json_key(j, "first");
    ak_json_time(j, f->first);
    ak_json_key(j, "last");
    ak_json_time(j, f->last);
    if (f->clients != 0)
        ak_json_member_u64(j, "clients", f->clients);
    if (f->origin->instance[0] != '\0')
        ak_json_member_text(j, "instance", f->origin->instance);
}

static void write_host_name(const char *name, struct ak_json *j)
{
    ak_json_key(j, "host");
    ak_json_open(j, '{');
    ak_json_member_text(j, "name", name);
    ak_json_close(j, '}');
}

static void finding_akushu(const struct ak_finding *f, struct ak_json *j)
{
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "finding");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_word(j, "id", f->id);
    ak_json_member_word(j, "grade", ak_grade_name(f->grade));
    /* No rule was seen to be right about the logs of a machine that really failed so. */
    ak_json_member_word(j, "proved_on",
                        f->origin != NULL || f->certificate != NULL ? "synthetic"
                                                                    : f->rule->proved_on);
    ak_json_member_word(j, "severity", ak_severity_name(f->severity));
    ak_json_member_word(j, "side", ak_change_side_name(f->side));
    ak_json_member_text(j, "title", words ? words->title[AK_LANG_EN] : f->rule->id);
    write_rule_ids(f, j);
    ak_json_member_u64(j, "count", f->count);
    if (f->certificate != NULL)
        ak_json_member_u64(j, "certificate_id", f->certificate->found->id);
    if (f->certificate != NULL && f->host == NULL) {
        ; /* nothing tells whose it is */
    } else if (f->host != NULL) {
        ak_json_member_u64(j, "host_id", f->host->id);
        if (f->other_host != NULL)
            ak_json_member_u64(j, "server_host_id", f->other_host->id);
    } else if (f->origin != NULL) {
        write_origin(f, j);
    } else {
        write_conversations(f, j);
    }
    if (f->source != NULL)
        ak_jsonl_machines(f->machine, j);
    write_evidence(f, j);
    ak_jsonl_timeline(f->timeline, j);
    write_remedy(f, j);
    if (f->lack_count != 0)
        write_next(f, j);
    write_collect(f, j);
    ak_json_close(j, '}');
}

void ak_jsonl_finding(const struct ak_finding *f, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    char address[46];
    ak_endpoint_text(&f->server, address);
    ak_json_open(j, '{');
    finding_akushu(f, j);
    bool configured = f->host != NULL || f->certificate != NULL;
    if (!configured) {
        ak_json_key(j, "@timestamp");
        ak_json_time(j, f->first);
    }
    ak_json_key(j, "rule");
    ak_json_open(j, '{');
    ak_json_member_word(j, "id", f->rule->id);
    ak_json_close(j, '}');
    ak_json_event(j, "alert", configured ? "configuration" : "network");
    ak_json_ecs(j);
    if (f->host != NULL) {
        write_host_name(f->host->name, j);
    } else if (f->certificate != NULL) {
        ak_json_key(j, "file");
        ak_json_open(j, '{');
        ak_json_member_text(j, "path", f->certificate->found->file);
        ak_json_close(j, '}');
    } else if (f->origin != NULL) {
        write_host_name(f->origin->host, j);
    } else {
        ak_json_key(j, "server");
        ak_json_open(j, '{');
        ak_json_member_word(j, "ip", address);
        ak_json_member_u64(j, "port", f->server.port);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}

/* ---- summary ---- */

void ak_not_understood_each(const struct ak_summary *s, ak_not_understood_sink *sink, void *context)
{
    const struct ak_totals *t = s->totals;
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"frames of another network protocol than IP", t->other_frames},
        {"IP packets of another protocol than TCP", t->not_tcp},
        {"frames cut inside a header by the snapshot length", t->short_frames},
        {"frames whose headers contradict themselves", t->bad_frames},
        {"segments whose payload the snapshot length cut", t->cut_frames},
        {"IP fragments that could not be put together", t->fragments_dropped},
        {"conversations reported early because too many were open", t->evicted},
        {"segments not followed for want of memory", t->out_of_memory},
        {"frames that the kernel dropped because they came too fast",
         s->live != NULL ? s->live->kernel_drops : 0},
        {"frames that the interface dropped", s->live != NULL ? s->live->interface_drops : 0},
        {"packet blocks that contradict themselves", s->bad_blocks},
        {"compressed buffers of event traces", s->notes.compressed_buffers},
        {"events that the recorder lost", s->notes.lost_events},
        {"buffers that the recorder lost", s->notes.lost_buffers},
        {"packets that an event trace holds in a form that is not read", s->notes.unknown_packets},
        {"packets of event traces of which pieces are missing", s->notes.broken_packets},
        {"packets of event traces out of their order", s->notes.late_packets},
        {"files that could not be read", s->unreadable_files},
        {"files read only in part", s->partly_read_files},
        {"records of logs that contradict their format", s->bad_log_records},
        {"lines of logs too long to be read whole", s->cut_log_lines},
        {"certificates that could not be read, or were too many", s->lost_certificates},
        {"files written by akushu fix, which are no evidence", s->own_files},
        {"other files in directories, passed over", s->unknown_files},
        {"facts not kept for want of memory", s->lost_findings},
        {"conversations judged before the end because too many waited", s->early_judged},
        {"conversations not compared with other captures, too many",
         s->join != NULL ? ak_join_lost(s->join) : 0},
        {"lines written before a later capture could tell their other side", s->early_lines},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].count != 0)
            sink(context, rows[i].what, rows[i].count);
    uint64_t named = 0;
    for (size_t i = 0; i < t->unsupported_count; i++) {
        char what[96];
        const char *name = ak_link_type_name(t->unsupported[i].link_type);
        (void)snprintf(what, sizeof what, "frames of link type %u%s%s%s",
                       (unsigned)t->unsupported[i].link_type, name ? " (" : "", name ? name : "",
                       name ? ")" : "");
        named += t->unsupported[i].frames;
        sink(context, what, t->unsupported[i].frames);
    }
    if (t->unsupported_frames > named)
        sink(context, "frames of further link types", t->unsupported_frames - named);
}

static void write_passed_over(const struct ak_summary *s, struct ak_json *j)
{
    size_t listed = s->passed_over_listed;
    if (s->passed_over_count == 0)
        return;
    ak_json_key(j, "passed_over");
    ak_json_open(j, '[');
    for (size_t i = 0; i < listed; i++) {
        const struct ak_passed_over *p = &s->passed_over[i];
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_text(j, "file", p->file);
        ak_json_member_word(j, "what", p->what);
        ak_json_member_text(j, "why", p->why);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    if (listed < s->passed_over_count)
        ak_json_member_u64(j, "passed_over_unlisted", s->passed_over_count - listed);
}

static void write_not_understood(void *context, const char *what, uint64_t count)
{
    struct ak_json *j = context;
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_text(j, "what", what);
    ak_json_member_u64(j, "count", count);
    ak_json_close(j, '}');
}

static void write_totals(const struct ak_totals *t, struct ak_json *j)
{
    ak_json_key(j, "totals");
    ak_json_open(j, '{');
    ak_json_member_u64(j, "frames", t->frames);
    ak_json_member_u64(j, "bytes", t->bytes);
    if (t->filtered_frames != 0)
        ak_json_member_u64(j, "filtered_frames", t->filtered_frames);
    ak_json_member_u64(j, "tcp_segments", t->tcp_segments);
    if (t->late_segments != 0)
        ak_json_member_u64(j, "late_segments", t->late_segments);
    ak_json_member_u64(j, "conversations", t->conversations);
    ak_json_member_u64(j, "client_hello", t->client_hello);
    ak_json_member_u64(j, "server_hello", t->server_hello);
    ak_json_member_u64(j, "client_hello_messages", t->client_hello_messages);
    ak_json_member_u64(j, "server_hello_messages", t->server_hello_messages);
    ak_json_member_u64(j, "fatal_alerts", t->fatal_alerts);
    ak_json_member_u64(j, "resets", t->resets);
    if (t->browser_requests != 0) {
        ak_json_member_u64(j, "browser_requests", t->browser_requests);
        ak_json_member_u64(j, "browser_unanswered", t->browser_unanswered);
    }
    ak_json_close(j, '}');
}

static void write_live(const struct ak_live_totals *l, struct ak_json *j)
{
    ak_json_key(j, "watch");
    ak_json_open(j, '{');
    ak_json_member_text(j, "interface", l->interface);
    ak_json_key(j, "from");
    ak_json_time(j, l->from);
    ak_json_key(j, "to");
    ak_json_time(j, l->to);
    ak_json_member_u64(j, "seen", l->seen);
    ak_json_member_u64(j, "kernel_drops", l->kernel_drops);
    ak_json_member_u64(j, "interface_drops", l->interface_drops);
    ak_json_close(j, '}');
}

static void write_logs(const struct ak_summary *s, struct ak_json *j)
{
    ak_json_member_u64(j, "events", s->events);
    ak_json_key(j, "logs");
    ak_json_open(j, '[');
    for (size_t i = 0; i < s->log_count && i < AK_SUMMARY_LOGS; i++) {
        const struct ak_log_source *log = &s->logs[i];
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_text(j, "file", log->file);
        ak_json_member_word(j, "kind", log->kind);
        ak_json_member_u64(j, "records", log->records);
        ak_json_member_u64(j, "events", log->events);
        if (log->bad != 0)
            ak_json_member_u64(j, "bad", log->bad);
        if (log->cut_lines != 0)
            ak_json_member_u64(j, "cut_lines", log->cut_lines);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_joined_captures(const struct ak_joined_captures *c, struct ak_json *j)
{
    ak_json_open(j, '{');
    ak_json_member_text(j, "first", c->first->file);
    ak_json_member_text(j, "second", c->second->file);
    if (c->first_near != AK_SIDE_NONE)
        ak_json_member_word(j, "first_near", ak_side_name(c->first_near));
    ak_json_key(j, "offset_ms");
    ak_text_i64(j->out, c->offset / 1000000);
    if (c->spread >= 0)
        ak_json_member_u64(j, "spread_ms", ((uint64_t)c->spread + 999999) / 1000000);
    ak_json_member_u64(j, "connections", c->connections);
    ak_json_member_u64(j, "translated", c->translated);
    ak_json_member_u64(j, "forged_ends", c->forged);
    ak_json_member_u64(j, "client_bytes_lost_in", c->vanishing[AK_SIDE_CLIENT]);
    ak_json_member_u64(j, "server_bytes_lost_in", c->vanishing[AK_SIDE_SERVER]);
    ak_json_close(j, '}');
}

static void write_joined(const struct ak_join *join, struct ak_json *j)
{
    size_t count = join != NULL ? ak_join_captures(join) : 0;
    if (count == 0)
        return;
    ak_json_key(j, "joined");
    ak_json_open(j, '[');
    for (size_t i = 0; i < count; i++) {
        ak_json_separate(j);
        write_joined_captures(ak_join_captures_at(join, i), j);
    }
    ak_json_close(j, ']');
}

/* What recorders told of their captures. */
static void write_recording(const struct ak_capture_notes *n, struct ak_json *j)
{
    const struct {
        const char *key;
        uint64_t count;
    } rows[] = {{"duplicates", n->duplicates},
                {"dropped_packets", n->dropped_packets},
                {"other_events", n->other_events}};
    if (n->duplicates + n->dropped_packets + n->other_events == 0)
        return;
    ak_json_key(j, "recording");
    ak_json_open(j, '{');
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].count != 0) {
            ak_json_key_n(j, rows[i].key, strlen(rows[i].key));
            ak_text_u64(j->out, rows[i].count);
        }
    ak_json_close(j, '}');
}

void ak_jsonl_summary(const struct ak_summary *s, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "summary");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_word(j, "version", AKUSHU_VERSION);
    ak_json_member_u64(j, "files", s->files);
    if (s->joined_files != 0)
        ak_json_member_u64(j, "joined_files", s->joined_files);
    if (s->registry_files != 0) {
        ak_json_member_u64(j, "registry_files", s->registry_files);
        ak_json_member_u64(j, "hosts", s->hosts);
    }
    if (s->certificates != 0) {
        ak_json_member_u64(j, "certificate_files", s->certificate_files);
        ak_json_member_u64(j, "certificates", s->certificates);
    }
    if (s->log_count != 0)
        write_logs(s, j);
    write_joined(s->join, j);
    ak_jsonl_clocks(s->joined, j);
    write_totals(s->totals, j);
    write_recording(&s->notes, j);
    ak_json_key(j, "outcomes");
    ak_json_open(j, '{');
    for (int i = 0; i < 6; i++) {
        const char *name = ak_outcome_name((enum ak_outcome)i);
        ak_json_key_n(j, name, strlen(name));
        ak_text_u64(j->out, s->outcomes[i]);
    }
    ak_json_close(j, '}');
    ak_json_key(j, "findings");
    ak_json_open(j, '{');
    for (int i = 2; i >= 0; i--) {
        const char *name = ak_severity_name((enum ak_severity)i);
        ak_json_key_n(j, name, strlen(name));
        ak_text_u64(j->out, s->findings[i]);
    }
    ak_json_close(j, '}');
    if (s->would != NULL)
        ak_jsonl_would_totals(s->would, s->policy, j);
    if (s->live != NULL)
        write_live(s->live, j);
    write_passed_over(s, j);
    ak_json_key(j, "not_understood");
    ak_json_open(j, '[');
    ak_not_understood_each(s, write_not_understood, j);
    ak_json_close(j, ']');
    ak_json_close(j, '}');
    ak_json_event(j, "event", "network");
    ak_json_ecs(j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
