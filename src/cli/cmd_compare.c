/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "observe/conversation_copy.h"
#include "library/analysis.h"
#include "observe/fields.h"
#include "os/file.h"
#include "report/comparison.h"
#include "report/jsonl.h"

#include "base/banned.h"

enum { OUTPUT_MAXIMUM = 64 * 1024 * 1024, HEALTHY = 256 };

/* What to look for in one capture, and what was found: copies. */
struct search {
    const char *operand;
    char *path;
    uint64_t id; /* 0: the first that fits */
    struct ak_conversation *failed, *named;
    struct ak_conversation *healthy[HEALTHY]; /* the first of each server */
    size_t healthy_count;
    bool lost; /* memory lacked */
};

static void keep(struct search *s, struct ak_conversation **place, const struct ak_conversation *c)
{
    *place = ak_conversation_copy(c);
    s->lost = s->lost || *place == NULL;
}

static bool is_healthy(const struct ak_conversation *c)
{
    return c->outcome == AK_OUTCOME_ESTABLISHED && c->stage >= AK_STAGE_P6;
}

static bool is_failed(const struct ak_conversation *c)
{
    return c->outcome == AK_OUTCOME_FAILED || c->outcome == AK_OUTCOME_REFUSED ||
           c->outcome == AK_OUTCOME_UNANSWERED;
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct search *s = context;
    if (s->id != 0) {
        if (c->id == s->id)
            keep(s, &s->named, c);
        return;
    }
    if (is_failed(c) && s->failed == NULL)
        keep(s, &s->failed, c);
    if (!is_healthy(c) || s->healthy_count == HEALTHY)
        return;
    for (size_t i = 0; i < s->healthy_count; i++)
        if (ak_endpoint_same(&s->healthy[i]->end[AK_SIDE_SERVER], &c->end[AK_SIDE_SERVER]))
            return;
    keep(s, &s->healthy[s->healthy_count], c);
    s->healthy_count += s->healthy[s->healthy_count] != NULL;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    if (problem != AK_PROBLEM_NOT_KNOWN)
        ak_complain("%s: %s", path, error->text);
}

/* "trace.pcap#7": the path and the number. A file whose name really ends so is meant itself. */
static bool parse_operand(struct search *s, const char *operand)
{
    int number;
    const char *hash = strrchr(operand, '#');
    s->operand = operand;
    s->path = ak_memdup(operand, strlen(operand) + 1);
    if (s->path == NULL)
        return false;
    if (hash == NULL || ak_path_kind_of(operand, &number) != AK_PATH_MISSING)
        return true;
    char *end;
    s->id = strtoull(hash + 1, &end, 10);
    if (hash[1] < '0' || hash[1] > '9' || *end != '\0' || s->id == 0) {
        ak_complain("%s: FILE or FILE#NUMBER of a conversation is needed", operand);
        return false;
    }
    s->path[hash - operand] = '\0';
    return true;
}

static void end_search(struct search *s)
{
    ak_free(s->path);
    ak_conversation_copy_free(s->failed);
    ak_conversation_copy_free(s->named);
    for (size_t i = 0; i < s->healthy_count; i++)
        ak_conversation_copy_free(s->healthy[i]);
}

/* A healthy conversation with the same server, or else any. */
static struct ak_conversation *healthy_twin(const struct search *s, const struct ak_conversation *c)
{
    for (size_t i = 0; c != NULL && i < s->healthy_count; i++)
        if (ak_endpoint_same(&s->healthy[i]->end[AK_SIDE_SERVER], &c->end[AK_SIDE_SERVER]))
            return s->healthy[i];
    return s->healthy_count != 0 ? s->healthy[0] : NULL;
}

static bool record_of(struct ak_record *record, const struct ak_conversation *c)
{
    struct ak_text line;
    struct ak_jsonl *jsonl = ak_jsonl_new();
    bool good = ak_record_init(record, AK_KIND_CONVERSATION) && jsonl != NULL;
    ak_text_init(&line, OUTPUT_MAXIMUM);
    if (good)
        ak_jsonl_conversation(jsonl, c, &line);
    good = good && !line.failed && ak_record_read(record, line.bytes, line.size);
    ak_text_release(&line);
    ak_jsonl_free(jsonl);
    return good;
}

static int print(const struct ak_arguments *arguments, const struct ak_conversation *a,
                 const struct ak_conversation *b)
{
    struct ak_record left = {NULL, 0}, right = {NULL, 0};
    struct ak_text out;
    size_t differences = 0;
    struct ak_text_style style = {arguments->lang, false, false, ak_report_width(false)};
    ak_text_init(&out, OUTPUT_MAXIMUM);
    bool good = record_of(&left, a) && record_of(&right, b);
    if (good && arguments->format == AK_FORMAT_JSONL)
        differences = ak_comparison_json(&left, &right, &out);
    else if (good)
        differences = ak_comparison_text(&style, &left, &right, &out);
    if (!good)
        ak_complain("out of memory");
    good = good && ak_print(&out);
    ak_text_release(&out);
    ak_record_release(&left);
    ak_record_release(&right);
    return !good ? AK_EXIT_PARTLY : differences != 0 ? AK_EXIT_FINDINGS : AK_EXIT_NOTHING;
}

/* Which two: A healthy and B failed, unless numbers or the captures themselves say otherwise. */
static bool choose(struct search s[2], int count, const struct ak_conversation **a,
                   const struct ak_conversation **b)
{
    struct search *right = count == 2 ? &s[1] : &s[0];
    *b = right->id != 0 ? right->named : right->failed;
    if (*b == NULL && right->id == 0 && count == 2)
        *b = healthy_twin(right, NULL);
    *a = s[0].id != 0 ? s[0].named : healthy_twin(&s[0], *b);
    if (*a == NULL && s[0].id == 0 && count == 2)
        *a = s[0].failed;
    for (int i = 0; i < 2; i++)
        if ((i == 0 ? *a : *b) == NULL) {
            struct search *at = i == 0 ? &s[0] : right;
            if (at->id != 0)
                ak_complain("%s: there is no conversation %llu", at->path,
                            (unsigned long long)at->id);
            else
                ak_complain("%s: there is no %s conversation to compare; name one: %s#NUMBER "
                            "('akushu read --all' lists them)",
                            at->path, i == 0 ? "healthy" : "failed", at->path);
            return false;
        }
    return true;
}

int ak_command_compare(const struct ak_arguments *arguments)
{
    struct search s[2];
    struct ak_analysis *analysis[2] = {NULL, NULL};
    const struct ak_conversation *a, *b;
    int count = arguments->operand_count, status = AK_EXIT_USAGE;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    bool good = true;
    memset(s, 0, sizeof s);
    for (int i = 0; i < count && good; i++)
        good = parse_operand(&s[i], arguments->operands[i]);
    for (int i = 0; i < count && good; i++) {
        struct ak_analysis_listener listener = {
            &s[i], on_conversation, on_problem, NULL, NULL, NULL, NULL};
        analysis[i] = ak_analysis_new(&listener);
        good = analysis[i] != NULL &&
               ak_analysis_paths(analysis[i], &s[i].path, 1, &error) == AK_ERR_NONE && !s[i].lost;
        if (!good)
            ak_complain("out of memory");
        if (good && ak_analysis_summary(analysis[i])->unreadable_files != 0)
            good = false;
        status = AK_EXIT_PARTLY;
    }
    if (good)
        status = choose(s, count, &a, &b) ? print(arguments, a, b) : AK_EXIT_PARTLY;
    for (int i = 0; i < 2; i++) {
        end_search(&s[i]);
        ak_analysis_free(analysis[i]);
    }
    return status;
}
