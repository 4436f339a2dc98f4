/* SPDX-License-Identifier: Apache-2.0 */
#include "library/watch.h"

#include "base/alloc.h"
#include "base/index.h"
#include "base/limits.h"
#include "library/policy_word.h"
#include "os/file.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

enum {
    BEHIND = 1,  /* seconds: frames reach us so late at most */
    JUDGE = 5,   /* ... a conversation waits so long for what others tell */
    SILENT = 60, /* ... a handshake may rest */
    LOST = 4 * 3600,
    AGAIN = 60 /* ... between two tellings of one finding */
};

/* A finding that was told, or is to be. */
struct noted {
    const struct ak_finding *finding;
    int64_t told_at;
    bool first, changed;
};

struct ak_watch {
    struct ak_watch_listener listener;
    struct ak_analysis *analysis;
    struct ak_source source;
    struct ak_tallying *tallying;
    struct ak_would_block *would;
    struct ak_live_totals totals;
    struct ak_index index; /* of noted[], by finding */
    struct noted **noted;  /* owned */
    size_t noted_count, noted_room;
    int64_t ticked;
};

/* ---- what the analysis tells ---- */

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_watch *w = context;
    if (w->tallying == NULL || c->source != &w->source)
        return; /* of the evidence */
    ak_tallying_add(w->tallying, c);
    if (w->would != NULL && !c->told)
        ak_would_block_add(w->would, c);
    if (w->listener.conversation != NULL)
        w->listener.conversation(w->listener.context, c);
}

static void on_open(void *context, const struct ak_conversation *c)
{
    struct ak_watch *w = context;
    ak_tallying_open(w->tallying, c);
    if (w->would != NULL)
        ak_would_block_add(w->would, c);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct ak_watch *w = context;
    w->listener.problem(w->listener.context, problem, path, error);
}

static void on_noted(void *context, const struct ak_finding *finding,
                     const struct ak_conversation *c)
{
    struct ak_watch *w = context;
    uint64_t hash = (uint64_t)(uintptr_t)finding * UINT64_C(0x9e3779b97f4a7c15), at = hash;
    struct noted *n;
    (void)c;
    while ((n = ak_index_next(&w->index, hash, &at)) != NULL && n->finding != finding)
        ;
    if (n != NULL) {
        n->changed = true;
        return;
    }
    if (w->noted_count == w->noted_room) {
        size_t room = w->noted_room != 0 ? 2 * w->noted_room : 16;
        struct noted **grown = ak_realloc(w->noted, room, sizeof(struct noted *));
        if (grown == NULL)
            return; /* its next conversation tries again */
        w->noted = grown;
        w->noted_room = room;
    }
    n = ak_alloc(1, sizeof *n);
    if (n == NULL || !ak_index_add(&w->index, hash, n)) {
        ak_free(n);
        return;
    }
    n->finding = finding;
    n->first = n->changed = true;
    w->noted[w->noted_count++] = n;
}

static void on_news(void *context, const struct ak_conversation *c, bool wide)
{
    (void)context;
    (void)c;
    (void)wide;
}

/* ---- beginning ---- */

static enum ak_err begin(struct ak_watch *w, const struct ak_watch_setting *s,
                         struct ak_error *error)
{
    struct ak_analysis_listener listener = {w, on_conversation, on_problem, NULL, NULL, NULL, NULL};
    struct ak_diagnosis_listener heard = {w, on_noted, on_news};
    w->analysis = ak_analysis_new(&listener);
    w->tallying = ak_tallying_new(ak_random_seed());
    if (w->analysis == NULL || w->tallying == NULL || !ak_index_init(&w->index, AK_MAX_FINDINGS))
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    if (s->memory != 0)
        ak_analysis_limit(w->analysis, s->memory);
    ak_analysis_listen(w->analysis, &heard);
    enum ak_err err = AK_ERR_NONE;
    if (s->with_count != 0)
        err = ak_analysis_paths(w->analysis, s->with, s->with_count, error);
    if (err == AK_ERR_NONE)
        err = ak_analysis_machines(w->analysis, error);
    if (err == AK_ERR_NONE && s->policy != NULL) {
        err = ak_policy_hosts(s->policy_word, s->policy, w->analysis, error);
        w->would = ak_would_block_new(s->policy, ak_random_seed());
        if (err == AK_ERR_NONE && w->would == NULL)
            err = ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    }
    if (err == AK_ERR_NONE && s->filter != NULL)
        ak_analysis_filter(w->analysis, s->filter);
    return err;
}

struct ak_watch *ak_watch_new(const struct ak_watch_setting *s,
                              const struct ak_watch_listener *listener, struct ak_error *error)
{
    struct ak_watch *w = ak_alloc(1, sizeof *w);
    if (w == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    w->listener = *listener;
    w->source.file = s->interface;
    w->totals.interface = s->interface;
    w->totals.from = w->totals.to = w->ticked = s->start;
    if (begin(w, s, error) != AK_ERR_NONE) {
        ak_watch_free(w);
        return NULL;
    }
    ak_analysis_live(w->analysis, &w->source, NULL, NULL);
    if (w->would != NULL)
        ak_would_block_time(w->would, s->start);
    ak_analysis_tell(w->analysis, &w->totals,
                     w->would != NULL ? ak_would_block_totals(w->would) : NULL,
                     s->policy != NULL ? s->policy->name : NULL);
    return w;
}

void ak_watch_free(struct ak_watch *w)
{
    if (w == NULL)
        return;
    ak_would_block_free(w->would);
    ak_analysis_free(w->analysis);
    ak_tallying_free(w->tallying);
    for (size_t i = 0; i < w->noted_count; i++)
        ak_free(w->noted[i]);
    ak_free(w->noted);
    ak_index_release(&w->index);
    ak_free(w);
}

/* ---- going on ---- */

void ak_watch_frames(struct ak_watch *w, const struct ak_frame *frames, size_t count)
{
    ak_analysis_frames(w->analysis, frames, count);
}

static void tell_findings(struct ak_watch *w, int64_t now)
{
    for (size_t i = 0; i < w->noted_count; i++) {
        struct noted *n = w->noted[i];
        if (!n->changed || (!n->first && now - n->told_at < AGAIN * SECOND))
            continue;
        w->listener.finding(w->listener.context, n->finding, n->first);
        n->first = n->changed = false;
        n->told_at = now;
    }
}

static void tell_would(struct ak_watch *w)
{
    const struct ak_would_row *row;
    ak_would_block_judge(w->would);
    while ((row = ak_would_block_news(w->would)) != NULL)
        w->listener.would(w->listener.context, row);
}

bool ak_watch_clock(struct ak_watch *w, int64_t now)
{
    static const struct ak_patience patience = {JUDGE * SECOND, SILENT * SECOND, LOST * SECOND};
    if (now < w->ticked) /* somebody set the clock back */
        w->ticked = now;
    if (now - w->ticked < SECOND)
        return false;
    w->ticked = now;
    w->totals.to = now;
    ak_analysis_tick(w->analysis, now - BEHIND * SECOND, &patience, on_open, w);
    if (w->would != NULL) {
        ak_would_block_time(w->would, now);
        tell_would(w);
    }
    tell_findings(w, now);
    return true;
}

void ak_watch_drops(struct ak_watch *w, uint64_t seen, uint64_t kernel, uint64_t interface)
{
    w->totals.seen = seen;
    w->totals.kernel_drops = kernel;
    w->totals.interface_drops = interface;
}

size_t ak_watch_finish(struct ak_watch *w)
{
    size_t findings = ak_analysis_finish(w->analysis);
    if (w->would != NULL)
        tell_would(w);
    return findings;
}

const struct ak_analysis *ak_watch_analysis(const struct ak_watch *w)
{
    return w->analysis;
}

const struct ak_tally *ak_watch_tally(const struct ak_watch *w)
{
    return ak_tallying_numbers(w->tallying);
}

const struct ak_live_totals *ak_watch_totals(const struct ak_watch *w)
{
    return &w->totals;
}

const struct ak_would_block *ak_watch_would(const struct ak_watch *w)
{
    return w->would;
}
