/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/policy_option.h"
#include "cli/read_output.h"
#include "cli/watch_log.h"
#include "library/watch.h"
#include "os/live_capture.h"
#include "os/net.h"
#include "os/process.h"
#include "os/replacement.h"
#include "report/messages.h"
#include "report/watch_view.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

enum {
    BATCH = 512,               /* frames that are handed over at once */
    ARENA = 1024 * 1024,       /* their bytes: more than one frame of the largest size */
    WAIT = 100,                /* milliseconds for frames */
    FLUSH = 64 * 1024,         /* lines that wait to be written */
    OUTPUT = 64 * 1024 * 1024, /* ... at most */
    BUFFER = 64 * 1024 * 1024, /* of the kernel, unless told otherwise */
    METRICS_EVERY = 5,         /* seconds */
    WOULD_ROWS = 200,
    FILTER = 4096
};

struct watching {
    const struct ak_arguments *a;
    struct ak_text_style style, screen_style;
    struct ak_policy policy;
    struct ak_watch *watch;
    struct ak_live *live;
    struct ak_watch_log log;
    struct ak_text out, screen;
    struct ak_jsonl *jsonl;
    bool has_screen, has_log, told_output, told_metrics, alternate;
    struct ak_frame frames[BATCH];
    size_t frame_count, used;
    uint8_t *arena;
    uint32_t link_type;
    const struct ak_finding **findings; /* sorted for the view */
    size_t finding_count, finding_room;
    uint64_t frames_before;
    int64_t rated, drawn, measured;
    uint64_t rate;
};

/* ---- what the watch tells ---- */

static void write_log(struct watching *w)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (!w->has_log) {
        ak_text_clear(&w->out);
        return;
    }
    if (ak_watch_log_write(&w->log, &w->out, ak_net_wall(), &error) == AK_ERR_NONE) {
        w->told_output = false;
        return;
    }
    if (!w->told_output && !w->log.broken)
        ak_complain("%s: %s", w->log.path, error.text);
    w->told_output = true;
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct watching *w = context;
    if (!w->has_log || w->a->format != AK_FORMAT_JSONL)
        return;
    ak_jsonl_conversation(w->jsonl, c, &w->out);
    if (w->out.size > FLUSH)
        write_log(w);
}

static void on_finding(void *context, const struct ak_finding *finding, bool first)
{
    struct watching *w = context;
    if (!w->has_log)
        return;
    if (w->a->format == AK_FORMAT_JSONL)
        ak_jsonl_finding(finding, &w->out);
    else
        ak_text_watch_finding(&w->style, finding, first, &w->out);
}

static void on_would(void *context, const struct ak_would_row *row)
{
    struct watching *w = context;
    if (!w->has_log)
        return;
    if (w->a->format == AK_FORMAT_JSONL)
        ak_jsonl_would_block(row, w->policy.name, &w->out);
    else
        ak_text_would_line(&w->style, row, w->policy.name, &w->out);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    const struct watching *w = context;
    if (!w->a->quiet && problem != AK_PROBLEM_NOT_KNOWN)
        ak_complain("%s: %s", path, ak_tr(w->a->lang, error->text));
}

/* ---- frames ---- */

static void hand_over(struct watching *w)
{
    if (w->frame_count != 0)
        ak_watch_frames(w->watch, w->frames, w->frame_count);
    w->frame_count = w->used = 0;
}

/* libpcap's bytes are good for the call alone; frames are understood faster in batches. */
static void on_frame(void *context, int64_t time, const uint8_t *bytes, uint32_t size,
                     uint32_t wire_size)
{
    struct watching *w = context;
    if (size > ARENA)
        size = ARENA; /* cannot be: the snapshot length is shorter */
    if (w->frame_count == BATCH || size > ARENA - w->used)
        hand_over(w);
    struct ak_frame *frame = &w->frames[w->frame_count++];
    if (size != 0)
        memcpy(w->arena + w->used, bytes, size);
    frame->bytes = w->arena + w->used;
    frame->size = size;
    frame->wire_size = wire_size;
    frame->time = time;
    frame->link_type = w->link_type;
    w->used += size;
}

/* ---- once a second ---- */

static int by_view(const void *a, const void *b)
{
    return ak_watch_view_order(*(const struct ak_finding *const *)a,
                               *(const struct ak_finding *const *)b);
}

static void sort_findings(struct watching *w)
{
    const struct ak_analysis *analysis = ak_watch_analysis(w->watch);
    size_t count = ak_analysis_findings(analysis);
    if (count > w->finding_room) {
        const struct ak_finding **grown =
            ak_realloc(w->findings, 2 * count, sizeof(struct ak_finding *));
        if (grown == NULL)
            return; /* the view stays as it was */
        w->findings = grown;
        w->finding_room = 2 * count;
    }
    for (size_t i = 0; i < count; i++)
        w->findings[i] = ak_analysis_finding(analysis, i);
    w->finding_count = count;
    if (count > 1)
        qsort(w->findings, count, sizeof(struct ak_finding *), by_view);
}

static struct ak_watch_view view_of(const struct watching *w, int64_t now)
{
    const struct ak_analysis *analysis = ak_watch_analysis(w->watch);
    struct ak_watch_view v = {.summary = ak_analysis_summary(analysis),
                              .tally = ak_watch_tally(w->watch),
                              .findings = w->findings,
                              .finding_count = w->finding_count,
                              .would = ak_watch_would(w->watch),
                              .open = ak_analysis_open(analysis),
                              .rate = w->rate,
                              .now = now};
    return v;
}

static void draw(struct watching *w, int64_t now)
{
    struct ak_watch_view v = view_of(w, now);
    unsigned columns = ak_terminal_columns(1);
    w->screen_style.width = columns != 0 ? columns : 80;
    ak_text_add(&w->screen, w->alternate ? "\033[H" : "\033[?1049h\033[H");
    w->alternate = true;
    ak_text_watch(&w->screen_style, &v, ak_terminal_lines(1), &w->screen);
    ak_text_add(&w->screen, "\033[J");
    (void)fwrite(w->screen.bytes, 1, w->screen.size, stdout);
    (void)fflush(stdout);
    ak_text_clear(&w->screen);
}

/* Written beside and renamed: whoever reads it finds a whole one. */
static void write_metrics(struct watching *w, int64_t now)
{
    const char *path = w->a->watch.metrics;
    struct ak_watch_view v = view_of(w, now);
    struct ak_text text;
    struct ak_replacement file;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    ak_text_init(&text, OUTPUT);
    ak_metrics(&v, &text);
    enum ak_err err = text.failed ? ak_error_set(&error, AK_ERR_MEMORY, "out of memory")
                                  : ak_replacement_open(&file, path, &error);
    if (err == AK_ERR_NONE) {
        err = ak_file_write(&file.file, text.bytes, text.size, &error);
        if (err == AK_ERR_NONE)
            err = ak_replacement_finish(&file, &error);
        else
            ak_replacement_abandon(&file);
    }
    if (err != AK_ERR_NONE && !w->told_metrics)
        ak_complain("%s: %s", path, error.text);
    w->told_metrics = err != AK_ERR_NONE;
    ak_text_release(&text);
}

static void count(struct watching *w, int64_t now)
{
    struct ak_live_counts counts;
    uint64_t frames = ak_analysis_summary(ak_watch_analysis(w->watch))->totals->frames;
    ak_live_count(w->live, &counts);
    ak_watch_drops(w->watch, counts.seen, counts.kernel_drops, counts.interface_drops);
    if (now > w->rated)
        w->rate = (uint64_t)((double)(frames - w->frames_before) * 1e9 / (double)(now - w->rated));
    w->rated = now;
    w->frames_before = frames;
}

static void go_on(struct watching *w, bool last)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int64_t now = ak_net_wall();
    if (ak_signal_reopen() && w->has_log && !last) {
        write_log(w);
        if (ak_watch_log_reopen(&w->log, &error) != AK_ERR_NONE)
            ak_complain("%s: %s", w->log.path, error.text);
    }
    if (!ak_watch_clock(w->watch, now) && !last)
        return;
    count(w, now);
    write_log(w);
    bool metrics =
        w->a->watch.metrics != NULL && (last || now - w->measured >= METRICS_EVERY * SECOND);
    if (w->has_screen || metrics)
        sort_findings(w);
    if (w->has_screen && !last)
        draw(w, now);
    if (!metrics)
        return;
    w->measured = now;
    write_metrics(w, now);
}

/* ---- the end ---- */

static void report(struct watching *w, size_t findings)
{
    const struct ak_analysis *analysis = ak_watch_analysis(w->watch);
    const struct ak_summary *summary = ak_analysis_summary(analysis);
    const struct ak_would_block *would = ak_watch_would(w->watch);
    const struct ak_would_row *row;
    bool text = w->a->format == AK_FORMAT_TEXT;
    struct ak_text *out = &w->out;
    if (text)
        ak_text_summary(&w->style, summary, out);
    for (size_t i = 0; i < findings; i++) {
        const struct ak_finding *f = ak_analysis_finding(analysis, i);
        if (text)
            ak_text_finding(&w->style, f, out);
        else
            ak_jsonl_finding(f, out);
        if (out->size > FLUSH)
            write_log(w);
    }
    if (would != NULL && text)
        ak_text_would_block(&w->style, would, w->policy.name, WOULD_ROWS, out);
    for (size_t i = 0; would != NULL && !text && (row = ak_would_block_row(would, i)) != NULL &&
                       row->would != AK_WOULD_WORK;
         i++) {
        ak_jsonl_would_block(row, w->policy.name, out);
        if (out->size > FLUSH)
            write_log(w);
    }
    if (!text)
        ak_jsonl_summary(summary, out);
    write_log(w);
}

/* The log may be a file: the summary stands on the terminal all the same. */
static void show_end(struct watching *w)
{
    if (!w->has_screen)
        return;
    if (w->alternate)
        (void)fputs("\033[?1049l", stdout);
    sort_findings(w);
    struct ak_watch_view v = view_of(w, ak_net_wall());
    ak_text_watch(&w->screen_style, &v, 0, &w->screen);
    (void)fwrite(w->screen.bytes, 1, w->screen.size, stdout);
    (void)fflush(stdout);
    ak_text_clear(&w->screen);
}

static int exit_status(const struct watching *w, bool broke)
{
    static const int level[] = {[AK_FAIL_ON_NOTE] = 0,
                                [AK_FAIL_ON_WARNING] = 1,
                                [AK_FAIL_ON_ERROR] = 2,
                                [AK_FAIL_ON_NEVER] = 3};
    const struct ak_analysis *analysis = ak_watch_analysis(w->watch);
    const struct ak_summary *s = ak_analysis_summary(analysis);
    for (int i = level[w->a->fail_on]; i < 3; i++)
        if (s->findings[i] != 0)
            return AK_EXIT_FINDINGS;
    if (s->would != NULL && s->would->each[AK_WOULD_FAIL] != 0 && w->a->fail_on != AK_FAIL_ON_NEVER)
        return AK_EXIT_FINDINGS;
    bool partly = broke || ak_analysis_partly(analysis) || s->live->kernel_drops != 0 ||
                  s->live->interface_drops != 0 || w->log.lost != 0;
    return partly ? AK_EXIT_PARTLY : AK_EXIT_NOTHING;
}

static int watch_it(struct watching *w)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    const int64_t start = ak_net_clock(), most = (int64_t)w->a->seconds * SECOND;
    bool broke = false;
    size_t read;
    while (!ak_signal_stop() && !broke && !w->log.broken &&
           (most == 0 || ak_net_clock() - start < most)) {
        broke = ak_live_read(w->live, WAIT, on_frame, w, &read, &error) != AK_ERR_NONE;
        hand_over(w);
        go_on(w, false);
    }
    /* What the kernel still holds came before the end, too: all that it saw is read or dropped. */
    ak_live_stop(w->live);
    do {
        broke = broke || ak_live_read(w->live, 2 * WAIT, on_frame, w, &read, &error) != AK_ERR_NONE;
        hand_over(w);
    } while (!broke && read != 0);
    if (broke)
        ak_complain("%s: %s", w->a->operands[0], error.text);
    go_on(w, true);
    size_t findings = ak_watch_finish(w->watch);
    show_end(w);
    report(w, findings);
    if (w->a->watch.metrics != NULL) {
        sort_findings(w);
        write_metrics(w, ak_net_wall());
    }
    if (ak_watch_log_close(&w->log, &error) != AK_ERR_NONE)
        ak_complain("%s: %s", w->log.path, error.text);
    return exit_status(w, broke);
}

/* ---- setting up ---- */

/* "tcp", "port", "1433" as one text. */
static bool filter_text(const struct ak_arguments *a, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 1; i < a->operand_count; i++) {
        int n = snprintf(out + used, room - used, "%s%s", i > 1 ? " " : "", a->operands[i]);
        if (n < 0 || (size_t)n >= room - used)
            return false;
        used += (size_t)n;
    }
    return true;
}

static int open_capture(struct watching *w, struct ak_error *error)
{
    const struct ak_arguments *a = w->a;
    char filter[FILTER];
    struct ak_live_setting setting = {
        .interface = a->operands[0],
        .filter = a->operand_count > 1 ? filter : NULL,
        .buffer = a->watch.buffer != 0 ? a->watch.buffer : (size_t)BUFFER,
        .promiscuous = !a->watch.not_promiscuous,
    };
    if (!filter_text(a, filter, sizeof filter)) {
        ak_complain("watch: the filter is too long");
        return AK_EXIT_USAGE;
    }
    w->live = ak_live_open(&setting, error);
    if (w->live == NULL) {
        ak_complain("%s: %s", a->operands[0], ak_tr(a->lang, error->text));
        return error->code == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
    }
    w->link_type = ak_live_link_type(w->live);
    if (a->watch.keep_privileges || ak_privileges_drop(a->watch.user_name, error) == AK_ERR_NONE)
        return AK_EXIT_NOTHING;
    ak_complain("watch: %s", error->text);
    return error->code == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
}

static int open_output(struct watching *w, struct ak_error *error)
{
    const struct ak_arguments *a = w->a;
    bool terminal = ak_is_terminal(1) && !a->quiet;
    bool to_file = a->output != NULL && strcmp(a->output, "-") != 0;
    w->has_screen = terminal && (to_file || a->format == AK_FORMAT_TEXT);
    w->has_log = to_file || !w->has_screen;
    w->log.path = to_file ? a->output : "-";
    w->log.most_bytes = a->watch.rotate_bytes;
    w->log.seconds = a->watch.rotate_seconds;
    w->log.keep = a->watch.has_keep ? a->watch.keep : 7;
    w->style.lang = w->screen_style.lang = a->lang;
    w->style.color = !to_file && ak_report_color(a);
    w->style.width = ak_report_width(to_file);
    w->screen_style.color = w->has_screen && ak_report_color(a);
    if (!w->has_log)
        return AK_EXIT_NOTHING;
    if (ak_watch_log_open(&w->log, ak_net_wall(), error) == AK_ERR_NONE)
        return AK_EXIT_NOTHING;
    ak_complain("%s: %s", w->log.path, error->text);
    return AK_EXIT_PARTLY;
}

static int make_watch(struct watching *w, struct ak_error *error)
{
    const struct ak_arguments *a = w->a;
    struct ak_watch_listener listener = {w, on_conversation, on_finding, on_would, on_problem};
    char *with[AK_CHOSEN_PROGRAMS];
    for (size_t i = 0; i < a->check.with_count; i++)
        with[i] = (char *)(uintptr_t)a->check.with[i];
    struct ak_watch_setting setting = {
        .interface = a->operands[0],
        .start = ak_net_wall(),
        .memory = a->max_memory,
        .filter = a->filtered ? &a->filter : NULL,
        .with = with,
        .with_count = a->check.with_count,
        .policy_word = a->would_block,
        .policy = a->would_block != NULL ? &w->policy : NULL,
    };
    w->rated = setting.start;
    w->watch = ak_watch_new(&setting, &listener, error);
    if (w->watch != NULL)
        return AK_EXIT_NOTHING;
    ak_complain("watch: %s", error->text);
    return AK_EXIT_PARTLY;
}

static int set_up(struct watching *w)
{
    const struct ak_arguments *a = w->a;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int status = AK_EXIT_NOTHING;
    ak_text_init(&w->out, OUTPUT);
    ak_text_init(&w->screen, OUTPUT);
    w->arena = ak_alloc(1, ARENA);
    w->jsonl = ak_jsonl_new();
    if (w->arena == NULL || w->jsonl == NULL) {
        ak_complain("out of memory");
        return AK_EXIT_PARTLY;
    }
    if (a->would_block != NULL)
        status = ak_policy_argument(a->would_block, &w->policy);
    if (status == AK_EXIT_NOTHING) /* the last thing that needs privileges: then they go */
        status = open_capture(w, &error);
    if (status == AK_EXIT_NOTHING)
        status = open_output(w, &error);
    if (status == AK_EXIT_NOTHING)
        status = make_watch(w, &error);
    return status;
}

static void tear_down(struct watching *w)
{
    ak_live_close(w->live);
    ak_watch_free(w->watch);
    ak_policy_release(&w->policy);
    ak_jsonl_free(w->jsonl);
    ak_text_release(&w->out);
    ak_text_release(&w->screen);
    ak_free(w->findings);
    ak_free(w->arena);
    ak_free(w);
}

static void print_interface(void *context, const char *name, const char *about)
{
    (void)context;
    (void)printf("%-16s%s%s\n", name, about[0] != '\0' ? " " : "", about);
}

int ak_command_watch(const struct ak_arguments *a)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (a->list) {
        if (ak_live_interfaces(print_interface, NULL, &error) == AK_ERR_NONE)
            return AK_EXIT_NOTHING;
        ak_complain("watch: %s", error.text);
        return AK_EXIT_PARTLY;
    }
    struct watching *w = ak_alloc(1, sizeof *w);
    if (w == NULL) {
        ak_complain("out of memory");
        return AK_EXIT_PARTLY;
    }
    w->a = a;
    w->log.file.handle = -1;
    int status = set_up(w);
    if (status == AK_EXIT_NOTHING) {
        ak_signals_catch();
        if (!a->quiet && !w->has_screen)
            ak_complain(ak_tr(a->lang, N_("watching %s; Ctrl-C ends")), a->operands[0]);
        status = watch_it(w);
    }
    tear_down(w);
    return status;
}
