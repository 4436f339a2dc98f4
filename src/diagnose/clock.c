/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

static const int64_t QUARTER = INT64_C(900000000000);
static const int64_t FURTHEST = INT64_C(54000000000000); /* 15 hours: no zone is further from UTC */
enum { FEW = 3 };                                        /* pairs that one named event stands for */

/* A run of pairs, sorted by difference, that lie within twice the tolerance. */
struct window {
    size_t from, to; /* pairs[from .. to-1] */
    size_t agree;
    bool named;
};

struct search {
    const struct ak_clock_pair *pairs;
    size_t count;
    uint32_t *of_event, *of_talk; /* how often each is in the window */
    size_t events, talks, named;  /* different ones in it; pairs whose event names the client */
    bool local;
};

static int64_t difference(const struct ak_clock_pair *p)
{
    return p->talk_time - p->event_time;
}

static int by_difference(const void *a, const void *b)
{
    const struct ak_clock_pair *x = a, *y = b;
    if (difference(x) != difference(y))
        return difference(x) < difference(y) ? -1 : 1;
    if (x->talk != y->talk)
        return x->talk < y->talk ? -1 : 1;
    return (x->event > y->event) - (x->event < y->event);
}

static int64_t distance(int64_t a)
{
    return a < 0 ? -a : a;
}

/* The nearest whole quarter of an hour. */
static int64_t zone_of(int64_t offset)
{
    int64_t half = offset < 0 ? -QUARTER / 2 : QUARTER / 2;
    return (offset + half) / QUARTER * QUARTER;
}

static int64_t middle(const struct search *s, const struct window *w)
{
    return difference(&s->pairs[w->from + (w->to - w->from) / 2]);
}

static bool is_zone(int64_t offset)
{
    return distance(offset - zone_of(offset)) <= AK_CLOCK_TOLERANCE && distance(offset) <= FURTHEST;
}

/* ---- the windows, one after the other ---- */

static void enter(struct search *s, const struct ak_clock_pair *p)
{
    s->events += s->of_event[p->event]++ == 0;
    s->talks += s->of_talk[p->talk]++ == 0;
    s->named += p->named;
}

static void leave(struct search *s, const struct ak_clock_pair *p)
{
    s->events -= --s->of_event[p->event] == 0;
    s->talks -= --s->of_talk[p->talk] == 0;
    s->named -= p->named;
}

static void advance(struct search *s, struct window *w)
{
    int64_t until = difference(&s->pairs[w->from]) + 2 * (int64_t)AK_CLOCK_TOLERANCE;
    while (w->to < s->count && difference(&s->pairs[w->to]) <= until)
        enter(s, &s->pairs[w->to++]);
    w->agree = s->events < s->talks ? s->events : s->talks;
    w->named = s->named != 0;
}

/* Events that come at whole quarters of an hour fit at every zone. */
static bool is_regular(const struct search *s, const struct window *w)
{
    for (size_t i = w->from + 1; i < w->to; i++) {
        int64_t apart = s->pairs[i].talk_time - s->pairs[w->from].talk_time;
        if (distance(apart - zone_of(apart)) > 2 * (int64_t)AK_CLOCK_TOLERANCE)
            return false;
    }
    return true;
}

/* Pairs that these clocks need before they are believed to be so far apart. */
static bool is_enough(const struct search *s, const struct window *w)
{
    enum { MANY = 3, SOME = 2 };
    int64_t offset = middle(s, w);
    if (!s->local && distance(offset) <= AK_CLOCK_TOLERANCE)
        return w->agree >= 1;
    if (s->local && is_zone(offset))
        return (w->agree >= SOME && !is_regular(s, w)) || (w->named && s->count <= FEW);
    return w->agree >= MANY && !is_regular(s, w);
}

/* A log in local time is first believed to be whole quarters of an hour away. */
static bool is_simple(const struct search *s, int64_t offset)
{
    return s->local ? is_zone(offset) : distance(offset) <= AK_CLOCK_TOLERANCE;
}

/* The best window that is simple or not; none: agree is 0. Away from `not_at`, if that is set. */
static struct window best_of(struct search *s, bool simple, const int64_t *not_at)
{
    struct window w = {0, 0, 0, false}, best = {0, 0, 0, false};
    for (; w.from < s->count; leave(s, &s->pairs[w.from++])) {
        advance(s, &w);
        int64_t at = middle(s, &w);
        if (is_simple(s, at) != simple ||
            (not_at != NULL && distance(at - *not_at) <= 2 * (int64_t)AK_CLOCK_TOLERANCE))
            continue;
        bool nearer = best.agree != 0 && distance(at) < distance(middle(s, &best));
        if (w.agree > best.agree || (w.agree == best.agree && nearer))
            best = w;
    }
    return best;
}

/* ---- the answer ---- */

static void tell(const struct search *s, const struct window *w, size_t next,
                 struct ak_clock_estimate *out)
{
    int64_t offset = middle(s, w);
    bool simple = is_simple(s, offset);
    out->state = !simple ? AK_CLOCK_DIFFERS : s->local ? AK_CLOCK_ZONE : AK_CLOCK_AGREES;
    out->zone = out->state == AK_CLOCK_AGREES ? 0 : zone_of(offset);
    out->drift = offset - out->zone;
    out->offset = simple ? out->zone : offset;
    out->spread = (difference(&s->pairs[w->to - 1]) - difference(&s->pairs[w->from])) / 2;
    out->pairs = w->agree;
    out->next = next;
}

static void answer(struct search *s, struct ak_clock_estimate *out)
{
    struct window simple = best_of(s, true, NULL), other = best_of(s, false, NULL);
    bool believed = simple.agree != 0 && is_enough(s, &simple);
    /* A wrong clock must be shown by far more than what a right one would explain. */
    if (believed && other.agree <= 2 * simple.agree) {
        int64_t at = middle(s, &simple);
        struct window rival = s->local ? best_of(s, true, &at) : other;
        if (!s->local || rival.agree < simple.agree)
            tell(s, &simple, rival.agree, out);
        return;
    }
    if (other.agree == 0 || !is_enough(s, &other) || other.agree <= 2 * simple.agree)
        return;
    int64_t at = middle(s, &other);
    struct window rival = best_of(s, false, &at);
    if (other.agree >= 2 * rival.agree)
        tell(s, &other, rival.agree > simple.agree ? rival.agree : simple.agree, out);
}

bool ak_clock_estimate(struct ak_clock_pair *pairs, size_t count, bool local,
                       struct ak_clock_estimate *out)
{
    struct search s = {pairs, count, NULL, NULL, 0, 0, 0, local};
    memset(out, 0, sizeof *out);
    if (count == 0)
        return true;
    qsort(pairs, count, sizeof *pairs, by_difference);
    s.of_event = ak_alloc(count, sizeof *s.of_event);
    s.of_talk = ak_alloc(count, sizeof *s.of_talk);
    bool good = s.of_event != NULL && s.of_talk != NULL;
    if (good)
        answer(&s, out);
    ak_free(s.of_event);
    ak_free(s.of_talk);
    return good;
}
