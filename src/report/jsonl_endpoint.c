/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include <stdio.h>
#include <string.h>

#include "base/statistic.h"
#include "model/tls_names.h"
#include "report/json.h"
#include "report/jsonl_shared.h"

#include "base/banned.h"

static const char *suite_name(uint16_t code)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    return suite != NULL ? suite->name : NULL;
}

static void write_tls(struct ak_json *j, uint16_t version, uint16_t suite, uint16_t group)
{
    ak_json_member_code(j, "version", version, ak_tls_version_name(version));
    ak_json_member_code(j, "cipher", suite, suite_name(suite));
    ak_json_member_code(j, "curve", group, ak_tls_group_name(group));
}

static void write_times(struct ak_json *j, const struct ak_probe_result *r)
{
    static const struct {
        const char *key;
        enum ak_step step;
    } rows[] = {{"connected", AK_STEP_SYN_ACK},
                {"prelogin_reply", AK_STEP_PRELOGIN_REPLY},
                {"starttls_answer", AK_STEP_STARTTLS_ANSWER},
                {"server_hello", AK_STEP_SERVER_HELLO},
                {"finished", AK_STEP_SERVER_FINISHED},
                {"login_answered", AK_STEP_SERVER_RESPONSE}};
    ak_json_key(j, "nanoseconds");
    ak_json_open(j, '{');
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (r->step[rows[i].step] < r->began)
            continue;
        ak_json_key_n(j, rows[i].key, strlen(rows[i].key));
        ak_text_i64(j->out, r->step[rows[i].step] - r->began);
    }
    ak_json_member_u64(j, "ended", (uint64_t)(r->ended - r->began));
    ak_json_close(j, '}');
}

static void write_result(struct ak_json *j, const struct ak_probe_result *r)
{
    ak_json_member_word(j, "end", ak_probe_end_name(r->end));
    ak_json_member_word(j, "stage", ak_stage_name(r->stage));
    if (r->end == AK_PROBE_END_ALERT)
        ak_json_member_u64(j, "alert", r->alert.code);
    if (r->reason[0] != '\0')
        ak_json_member_text(j, "reason", r->reason);
    write_times(j, r);
    if (r->has_reply) {
        char build[32];
        (void)snprintf(build, sizeof build, "%u.%u.%u", r->version_major, r->version_minor,
                       r->build);
        ak_json_member_word(j, "server_build", build);
    }
    if (r->has_encryption && ak_encryption_name(r->encryption) != NULL)
        ak_json_member_word(j, "encryption", ak_encryption_name(r->encryption));
    if (r->has_server_hello)
        write_tls(j, r->version, r->suite, r->group);
    if (r->login_acknowledged)
        ak_json_member_bool(j, "login", true);
    if (r->login_error != 0)
        ak_json_member_u64(j, "login_error", (uint64_t)r->login_error);
}

static void write_versions(struct ak_json *j, const struct ak_offer *offer)
{
    ak_json_key(j, "versions");
    ak_json_open(j, '[');
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++) {
        const struct ak_offer_version *v = &offer->version[i];
        if (v->tried == AK_TRIED_NOT)
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "version", ak_tls_version_name(ak_offer_version_code(i)));
        ak_json_member_word(j, "tried", ak_tried_name((enum ak_tried)v->tried));
        ak_json_key(j, "ciphers");
        ak_json_open(j, '[');
        for (size_t k = 0; k < v->suite_count; k++) {
            ak_json_separate(j);
            ak_json_text(j, suite_name(v->suites[k]) != NULL ? suite_name(v->suites[k]) : "?");
        }
        ak_json_close(j, ']');
        ak_json_member_bool(j, "complete", v->suites_complete);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_parts(struct ak_json *j, const struct ak_offer *offer)
{
    const struct ak_offer_proof *p = &offer->proof;
    ak_json_key(j, "widened");
    ak_json_open(j, '[');
    for (int i = 0; i < AK_HELLO_PARTS; i++) {
        if (offer->widened[i] == AK_TRIED_NOT)
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "part", ak_hello_part_name((enum ak_hello_part)i));
        ak_json_member_word(j, "tried", ak_tried_name((enum ak_tried)offer->widened[i]));
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    if (offer->cause != AK_HELLO_PARTS)
        ak_json_member_word(j, "decides", ak_hello_part_name((enum ak_hello_part)offer->cause));
    if (!p->found)
        return;
    ak_json_key(j, "proof");
    ak_json_open(j, '{');
    ak_json_member_word(j, "part", ak_hello_part_name((enum ak_hello_part)p->part));
    if (p->code != 0) {
        ak_json_key(j, "code");
        ak_json_code(j, p->code);
    }
    ak_json_member_bool(j, "completed", p->completed);
    write_tls(j, p->version, p->suite, p->group);
    ak_json_close(j, '}');
}

static void write_repetition(struct ak_json *j, const struct ak_check_report *report)
{
    const struct ak_check_repetition *r = &report->repetition;
    struct ak_interval interval = ak_interval_of(r->failed, r->made, 0.95);
    ak_json_key(j, "repetition");
    ak_json_open(j, '{');
    ak_json_member_u64(j, "made", r->made);
    ak_json_member_u64(j, "failed", r->failed);
    ak_json_key(j, "failed_interval_95");
    ak_text_format(j->out, "\"%.6f-%.6f\"", interval.low, interval.high);
    ak_json_key(j, "steps");
    ak_json_open(j, '[');
    for (int i = 0; i < AK_CHECK_STEPS; i++) {
        const struct ak_check_step *s = &r->step[i];
        if (s->count == 0)
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "step", ak_check_step_name((enum ak_check_step_kind)i));
        ak_json_member_u64(j, "count", s->count);
        ak_json_member_u64(j, "least", (uint64_t)s->least);
        ak_json_member_u64(j, "median", (uint64_t)s->median);
        ak_json_member_u64(j, "p95", (uint64_t)s->p95);
        ak_json_member_u64(j, "p99", (uint64_t)s->p99);
        ak_json_member_u64(j, "most", (uint64_t)s->most);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
    ak_json_close(j, '}');
}

static void write_endpoint(struct ak_json *j, const struct ak_check_report *report,
                           const struct ak_check_node *node)
{
    const struct ak_offer *offer = node->offer;
    ak_json_member_text(j, "name", report->name);
    ak_json_member_text(j, "scheme", report->scheme);
    ak_json_member_text(j, "client", report->client);
    ak_json_member_u64(j, "connections", offer->attempts);
    ak_json_member_u64(j, "worked", offer->worked);
    ak_json_member_u64(j, "failed", offer->failed);
    if (node->result != NULL)
        write_result(j, node->result);
    else if (offer->attempts != 0)
        ak_json_member_word(j, "end", ak_probe_end_name(AK_PROBE_END_STOPPED));
    if (offer->encryption_off != AK_TRIED_NOT)
        ak_json_member_bool(j, "encryption_forced", offer->encryption_off == AK_TRIED_REFUSED);
    if (offer->tds7 != AK_TRIED_NOT)
        ak_json_member_word(j, "tds7", ak_tried_name((enum ak_tried)offer->tds7));
    if (offer->strict != AK_TRIED_NOT)
        ak_json_member_word(j, "strict", ak_tried_name((enum ak_tried)offer->strict));
    if (offer->rare)
        ak_json_member_bool(j, "rare_suites", true);
    write_versions(j, offer);
    write_parts(j, offer);
    if (offer->zero != AK_ZERO_NOT_TRIED) {
        ak_json_member_word(j, "leading_zero",
                            ak_zero_verdict_name((enum ak_zero_verdict)offer->zero));
        ak_json_member_u64(j, "leading_zero_connections", offer->zero_connections);
    }
    if (report->repetition.made != 0)
        write_repetition(j, report);
}

static const struct ak_certificate *leaf_of(const struct ak_check_node *node)
{
    if (node->result != NULL && node->result->chain_count != 0)
        return node->result->chain[0];
    return node->offer->chain_count != 0 ? node->offer->chain[0] : NULL;
}

void ak_jsonl_check(const struct ak_check_report *report, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    struct ak_jsonl_shared shared;
    ak_jsonl_shared_init(&shared);
    for (size_t i = 0; i < report->node_count; i++) {
        const struct ak_check_node *node = &report->node[i];
        char address[46];
        if (node->offer == NULL)
            continue;
        json.comma = false;
        ak_json_open(j, '{');
        ak_json_key(j, "akushu");
        ak_json_open(j, '{');
        ak_json_member_word(j, "kind", "endpoint");
        ak_json_member_u64(j, "schema", 1);
        ak_json_key(j, "endpoint");
        ak_json_open(j, '{');
        write_endpoint(j, report, node);
        ak_json_close(j, '}');
        ak_json_close(j, '}');
        ak_json_event(j, "event", "network");
        ak_json_ecs(j);
        ak_json_key(j, "server");
        ak_json_open(j, '{');
        ak_endpoint_text(&node->end, address);
        ak_json_member_word(j, "ip", address);
        ak_json_member_u64(j, "port", node->end.port);
        ak_json_close(j, '}');
        if (leaf_of(node) != NULL) {
            ak_json_key(j, "tls");
            ak_json_open(j, '{');
            ak_json_key(j, "server");
            ak_json_open(j, '{');
            ak_jsonl_certificate(&shared, leaf_of(node), j);
            ak_json_close(j, '}');
            ak_json_close(j, '}');
        }
        ak_json_close(j, '}');
        ak_text_char(out, '\n');
    }
    ak_jsonl_shared_release(&shared);
}
