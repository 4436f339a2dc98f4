/* SPDX-License-Identifier: Apache-2.0 */
#include "library/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "library/handover_state.h"
#include "report/messages.h"

#include "base/banned.h"

enum { BLOCK = 1024 * 1024, OUTPUT_MAXIMUM = 8 * 1024 * 1024 };

/* ---- while the analysis runs ---- */

/* An array with room for one more element, or NULL: then it is still valid as it was. */
static void *one_more(void *array, size_t *room, size_t count, size_t size, size_t most)
{
    if (count < *room)
        return array;
    size_t more = *room != 0 ? *room * 2 : 64;
    void *grown = count < most ? ak_realloc(array, more, size) : NULL;
    if (grown != NULL)
        *room = more;
    return grown;
}

static const struct ak_hash_key digest_key = {1, 2};

static uint64_t client_of(const struct ak_conversation *c)
{
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT];
    client.port = 0;
    return ak_endpoint_hash(digest_key, &client);
}

/* 0: none. */
static uint64_t name_of(const struct ak_conversation *c)
{
    const char *name = c->tls != NULL ? c->tls->server_name : NULL;
    return name != NULL ? ak_hash_bytes(digest_key, name, strlen(name)) | 1 : 0;
}

static struct ak_handover_note note_of(const struct ak_conversation *c,
                                       const struct ak_finding *finding)
{
    struct ak_handover_note n = {c->id, finding,      0,         c->close, c->closed_by,
                                 0,     client_of(c), name_of(c)};
    for (size_t i = c->alert_count; c->close == AK_CLOSE_ALERT && i-- > 0;)
        if (c->alert[i].level == 2 && c->alert[i].by == c->closed_by) {
            n.frame = c->alert[i].frame;
            n.alert = c->alert[i].code;
        }
    uint64_t fin = c->step[AK_STEP_FIN].frame, rst = c->step[AK_STEP_RST].frame;
    if (c->close == AK_CLOSE_FIN || c->close == AK_CLOSE_TIMEOUT)
        n.frame = fin != 0 ? fin : rst;
    if (c->close == AK_CLOSE_RST)
        n.frame = rst;
    return n;
}

static void on_noted(void *context, const struct ak_finding *finding,
                     const struct ak_conversation *c)
{
    struct ak_handover *h = context;
    struct ak_handover_note *grown =
        one_more(h->noted, &h->noted_room, h->noted_count, sizeof *grown, AK_MAX_NOTED);
    if (grown == NULL) {
        h->unnoted++;
        return;
    }
    h->noted = grown;
    h->noted[h->noted_count++] = note_of(c, finding);
}

/* What is forgotten here comes back when the findings are checked. */
static void on_news(void *context, const struct ak_conversation *c, bool wide)
{
    struct ak_handover *h = context;
    struct ak_handover_witness witness = {c->id, c->end[AK_SIDE_SERVER], wide, client_of(c),
                                          name_of(c)};
    struct ak_handover_witness *grown =
        one_more(h->witnesses, &h->witness_room, h->witness_count, sizeof *grown, AK_MAX_WITNESSES);
    if (grown == NULL)
        return;
    h->witnesses = grown;
    h->witnesses[h->witness_count++] = witness;
}

struct ak_handover *ak_handover_new(struct ak_analysis *analysis,
                                    const struct ak_handover_options *options)
{
    struct ak_handover *h = ak_alloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->options = options;
    h->analysis = analysis;
    h->file.file.handle = -1;
    ak_text_init(&h->out, OUTPUT_MAXIMUM);
    ak_text_init(&h->comment, 2 * AK_PCAPNG_COMMENT);
    h->rewrites = options->strip || options->key != NULL;
    h->rewriter = ak_rewriter_new(h->rewrites, options->key);
    if (h->rewriter == NULL) {
        ak_handover_free(h);
        return NULL;
    }
    struct ak_diagnosis_listener listener = {h, on_noted, on_news};
    ak_analysis_listen(analysis, &listener);
    return h;
}

void ak_handover_free(struct ak_handover *h)
{
    if (h == NULL)
        return;
    ak_replacement_abandon(&h->file);
    ak_rewriter_free(h->rewriter);
    ak_text_release(&h->out);
    ak_text_release(&h->comment);
    ak_free(h->noted);
    ak_free(h->witnesses);
    ak_free(h->chosen);
    ak_free(h->findings);
    ak_free(h->wanted);
    ak_free(h->whole);
    ak_free(h);
}

/* ---- reading the inputs again ---- */

static void no_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context;
    (void)problem;
    (void)path;
    (void)error;
}

/* Conversations borrow from what names their files: whoever keeps some asks for it in *kept (NULL:
 * nobody does) and frees it behind them. */
static enum ak_err read_again(struct ak_handover *h, ak_conversation_sink *sink,
                              const struct ak_tap *tap, struct ak_intake **kept,
                              struct ak_error *error)
{
    const struct ak_handover_options *o = h->options;
    struct ak_intake_listener listener = {h, no_problem, NULL, NULL, NULL, NULL, NULL, NULL};
    uint64_t identity[2];
    struct ak_trace *trace = ak_trace_new(ak_random_seed(), sink, h);
    struct ak_intake *intake = trace != NULL ? ak_intake_new(trace, &listener) : NULL;
    enum ak_err err = AK_ERR_MEMORY;
    if (intake != NULL) {
        if (o->filter != NULL)
            ak_trace_filter(trace, o->filter);
        if (tap != NULL)
            ak_trace_tap(trace, tap);
        if (o->separate)
            ak_intake_separate(intake);
        if (h->file.temporary != NULL && ak_path_identity(h->file.temporary, identity))
            ak_intake_leave_out(intake, identity);
        err = ak_intake_paths(intake, o->paths, o->path_count, error);
        if (err == AK_ERR_NONE && tap != NULL)
            ak_trace_section(trace);
    }
    ak_trace_free(trace);
    if (kept != NULL)
        *kept = intake;
    else
        ak_intake_free(intake);
    return err == AK_ERR_MEMORY ? ak_error_set(error, AK_ERR_MEMORY, "out of memory") : err;
}

/* ---- do the chosen ones say the same alone? ---- */

static void check_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_handover *h = context;
    if (ak_handover_is_chosen(h, c->id))
        ak_diagnosis_add(h->check, c);
}

static void take_server(struct ak_handover *h, const struct ak_endpoint *server)
{
    if (ak_handover_is_whole(h, server) || h->whole_count == AK_MAX_WHOLE_SERVERS)
        return;
    if (h->whole == NULL)
        h->whole = ak_alloc(AK_MAX_WHOLE_SERVERS, sizeof *h->whole);
    if (h->whole != NULL)
        h->whole[h->whole_count++] = *server;
}

/* The same evidence: what a finding counts or compares may need more conversations than it names.
 */
static bool same_facts(const struct ak_finding *a, const struct ak_finding *b)
{
    if (a->fact_count != b->fact_count)
        return false;
    for (size_t i = 0; i < a->fact_count; i++) {
        const struct ak_fact *x = &a->facts[i], *y = &b->facts[i];
        if (x->kind != y->kind || x->a != y->a || x->b != y->b || strcmp(x->text, y->text) != 0)
            return false;
    }
    return true;
}

static bool same_finding(const struct ak_finding *a, const struct ak_finding *b)
{
    return a->grade == b->grade && a->count == b->count && a->severity == b->severity &&
           same_facts(a, b);
}

/* Findings that are other, gone or new among the chosen ones: their servers are taken whole. */
static void compare_findings(struct ak_handover *h)
{
    size_t count = ak_diagnosis_finish(h->check);
    bool *met = ak_alloc(h->finding_count + 1, sizeof *met);
    for (size_t i = 0; i < count; i++) {
        const struct ak_finding *f = ak_diagnosis_finding(h->check, i);
        size_t at = ak_handover_find(h, f->id);
        bool same = at != SIZE_MAX && (!h->wanted[at] || same_finding(h->findings[at], f));
        if (!same)
            take_server(h, &f->server);
        else if (met != NULL)
            met[at] = true;
    }
    for (size_t i = 0; met != NULL && i < h->finding_count; i++)
        if (h->wanted[i] && !met[i])
            take_server(h, &h->findings[i]->server);
    ak_free(met);
}

static void add_of_whole_servers(void *context, const struct ak_conversation *c)
{
    struct ak_handover *h = context;
    if (ak_handover_is_whole(h, &c->end[AK_SIDE_SERVER]))
        ak_handover_choose(h, c->id);
}

static enum ak_err settle_choice(struct ak_handover *h, struct ak_error *error)
{
    if (h->options->everything)
        return AK_ERR_NONE;
    h->check = ak_diagnosis_new(0);
    if (h->check == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    ak_diagnosis_join(h->check);
    struct ak_intake *kept = NULL;
    enum ak_err err = read_again(h, check_conversation, NULL, &kept, error);
    if (err == AK_ERR_NONE)
        compare_findings(h);
    ak_diagnosis_free(h->check);
    ak_intake_free(kept);
    h->check = NULL;
    if (err == AK_ERR_NONE && h->whole_count != 0)
        err = read_again(h, add_of_whole_servers, NULL, NULL, error);
    return err;
}

/* ---- what is to change ---- */

static void gather_part(void *context, const struct ak_tap_part *part)
{
    struct ak_handover *h = context;
    if (ak_handover_is_chosen(h, part->conversation->id))
        ak_rewriter_part(h->rewriter, part);
}

static void gather_segment(void *context, const struct ak_tap_segment *segment)
{
    struct ak_handover *h = context;
    if (ak_handover_is_chosen(h, segment->conversation->id))
        ak_rewriter_segment(h->rewriter, segment);
}

static void ignore_capture(void *context, int64_t until)
{
    (void)context;
    (void)until;
}

static void gather_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_handover *h = context;
    if (ak_handover_is_chosen(h, c->id))
        ak_rewriter_end(h->rewriter, c);
}

static enum ak_err gather(struct ak_handover *h, struct ak_error *error)
{
    struct ak_tap tap = {h, ignore_capture, gather_segment, gather_part};
    enum ak_err err = read_again(h, gather_conversation, &tap, NULL, error);
    ak_rewriter_rewind(h->rewriter);
    h->result.unplaced = ak_rewriter_lost(h->rewriter);
    return err;
}

/* ---- writing ---- */

static void flush_output(struct ak_handover *h)
{
    if (h->out.failed && h->error.code == AK_ERR_NONE)
        (void)ak_error_set(&h->error, AK_ERR_MEMORY, "out of memory");
    if (h->error.code == AK_ERR_NONE && h->out.size != 0)
        (void)ak_file_write(&h->file.file, h->out.bytes, h->out.size, &h->error);
    ak_text_clear(&h->out);
}

/* The interface of a link type in this section; more types than fit share the last one's number,
 * which no capture has. */
static uint32_t interface_of(struct ak_handover *h, uint32_t link_type)
{
    for (size_t i = 0; i < h->link_count; i++)
        if (h->links[i] == link_type)
            return (uint32_t)i;
    if (h->link_count == AK_MAX_WRITTEN_LINKS)
        return AK_MAX_WRITTEN_LINKS - 1;
    ak_pcapng_interface(&h->out, link_type);
    h->links[h->link_count] = link_type;
    return (uint32_t)h->link_count++;
}

static void end_section(void *context, int64_t until)
{
    struct ak_handover *h = context;
    if (h->in_section && until != INT64_MIN)
        ak_pcapng_statistics(&h->out, 0, until);
    h->in_section = false;
    h->link_count = 0;
}

static int by_id(const void *a, const void *b)
{
    const struct ak_handover_note *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return strcmp(x->finding->id, y->finding->id);
}

static const struct ak_handover_note *notes_of(const struct ak_handover *h, uint64_t id)
{
    size_t low = 0, high = h->noted_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->noted[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return &h->noted[low];
}

static void verdict_words(struct ak_handover *h, const struct ak_finding *f)
{
    char id[20];
    struct ak_endpoint server = f->server;
    const struct ak_rule_words *words = ak_rule_words_find(f->rule->id);
    ak_rewriter_endpoint(h->rewriter, &server);
    ak_finding_id(f->rule, &server, f->side, id);
    ak_text_format(&h->comment, "akushu: %s (%s): %s [%s]", f->rule->id, ak_grade_name(f->grade),
                   words != NULL ? words->title[h->options->lang] : "", id);
}

static void close_words(struct ak_handover *h, const struct ak_handover_note *n)
{
    enum ak_lang lang = h->options->lang;
    const char *client = ak_tr(lang, N_("akushu: here the client closed"));
    const char *server = ak_tr(lang, N_("akushu: here the server closed"));
    ak_text_add(&h->comment, n->by == AK_SIDE_CLIENT ? client : server);
    ak_text_format(&h->comment, " (%s", ak_close_name(n->close));
    if (n->close == AK_CLOSE_ALERT)
        ak_text_format(&h->comment, " %u", n->alert);
    ak_text_char(&h->comment, ')');
}

static void new_line(struct ak_text *text)
{
    if (text->size != 0)
        ak_text_char(text, '\n');
}

/* The verdict stands at the conversation's first frame, and who closed at the frame that did. */
static const char *comment_of(struct ak_handover *h, const struct ak_tap_segment *s)
{
    const struct ak_conversation *c = s->conversation;
    const struct ak_handover_note *end = h->noted + h->noted_count, *closed = NULL;
    ak_text_clear(&h->comment);
    for (const struct ak_handover_note *n = notes_of(h, c->id); n < end && n->id == c->id; n++) {
        if (!ak_handover_is_wanted(h, n->finding))
            continue;
        if (s->number == c->first_frame) {
            new_line(&h->comment);
            verdict_words(h, n->finding);
        }
        if (s->number == n->frame && n->by != AK_SIDE_NONE)
            closed = n;
    }
    if (closed != NULL) {
        new_line(&h->comment);
        close_words(h, closed);
    }
    return h->comment.size != 0 ? ak_text_string(&h->comment) : NULL;
}

static void write_segment(void *context, const struct ak_tap_segment *s)
{
    struct ak_handover *h = context;
    struct ak_frame frame;
    if (!ak_handover_is_chosen(h, s->conversation->id) || h->error.code != AK_ERR_NONE)
        return;
    if (!ak_rewriter_frame(h->rewriter, s, &frame))
        return;
    if (!h->in_section)
        ak_pcapng_section(&h->out, "akushu " AKUSHU_VERSION, ak_analysis_several(h->analysis));
    h->in_section = true;
    uint32_t interface = interface_of(h, frame.link_type);
    ak_pcapng_packet(&h->out, interface, &frame, comment_of(h, s));
    h->result.frames++;
    if (h->out.size > BLOCK)
        flush_output(h);
}

static void count_written(void *context, const struct ak_conversation *c)
{
    struct ak_handover *h = context;
    h->result.conversations += ak_handover_is_chosen(h, c->id);
}

static enum ak_err write_all(struct ak_handover *h, struct ak_error *error)
{
    struct ak_tap tap = {h, end_section, write_segment, NULL};
    enum ak_err err = ak_replacement_open(&h->file, h->options->output, error);
    if (err != AK_ERR_NONE)
        return err;
    if (h->noted_count > 1)
        qsort(h->noted, h->noted_count, sizeof *h->noted, by_id);
    err = read_again(h, count_written, &tap, NULL, error);
    flush_output(h);
    if (err == AK_ERR_NONE && h->error.code != AK_ERR_NONE) {
        *error = h->error;
        err = h->error.code;
    }
    if (err == AK_ERR_NONE)
        return ak_replacement_finish(&h->file, error);
    ak_replacement_abandon(&h->file);
    return err;
}

enum ak_err ak_handover_write(struct ak_handover *h, struct ak_handover_result *result,
                              struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    if (!ak_handover_take_findings(h))
        err = ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    if (err == AK_ERR_NONE)
        ak_handover_want(h);
    bool any = h->result.findings != 0 || h->options->everything;
    if (err == AK_ERR_NONE && any && h->result.unknown == NULL) {
        err = ak_handover_choose_first(h, error);
        if (err == AK_ERR_NONE)
            err = settle_choice(h, error);
        if (err == AK_ERR_NONE && h->rewrites)
            err = gather(h, error);
        if (err == AK_ERR_NONE)
            err = write_all(h, error);
    }
    h->result.unnoted = h->unnoted;
    h->result.browser = ak_analysis_summary(h->analysis)->totals->browser_requests;
    *result = h->result;
    return err;
}
