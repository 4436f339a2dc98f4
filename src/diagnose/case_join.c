/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_join.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "diagnose/meeting.h"
#include "diagnose/predicates.h"

#include "base/banned.h"

static const int64_t FURTHEST = INT64_C(54000000000000);  /* 15 hours, as in clock.c */
static const int64_t LONGEST_END = INT64_C(120000000000); /* a close may follow so much later */

static const int64_t LATEST = INT64_C(8000000000000000000); /* sums of times stay in range */

struct talk {
    const struct ak_conversation *c;
    uint32_t capture; /* while it is judged, its own says that */
    bool witness;     /* it worked, and is not judged */
};

struct ak_case {
    struct ak_event_ledger *ledger;
    struct talk *talk; /* sorted by last_time */
    size_t talk_count;
    bool all;
    struct ak_case_hosts hosts;
    struct ak_case_parties *room; /* NULL: no hosts */
    struct ak_alignment *alignments;
    size_t alignment_count;
};

static int by_end(const void *a, const void *b)
{
    const struct ak_conversation *x = ((const struct talk *)a)->c;
    const struct ak_conversation *y = ((const struct talk *)b)->c;
    if (x->last_time != y->last_time)
        return x->last_time < y->last_time ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* How far a moment lies outside of a span; 0: inside. */
static int64_t away(const struct ak_moment_span *span, int64_t time)
{
    return time < span->from ? span->from - time : time > span->to ? time - span->to : 0;
}

/* ---- the clocks ---- */

/* Conversations of one capture, at most so many: those that worked take the places that are left.
 */
static size_t talks_of(const struct ak_case *j, uint32_t capture,
                       const struct ak_conversation *list[AK_MAX_CLOCK_TALKS])
{
    size_t count = 0;
    for (int witness = 0; witness < 2; witness++)
        for (size_t i = 0; i < j->talk_count && count < AK_MAX_CLOCK_TALKS; i++)
            if (j->talk[i].capture == capture && j->talk[i].witness == (witness != 0))
                list[count++] = j->talk[i].c;
    return count;
}

struct pairing {
    const struct ak_case *joined;
    const struct ak_conversation *talk[AK_MAX_CLOCK_TALKS];
    size_t talks;
    int64_t first, last; /* ends of these */
    struct ak_clock_pair *pairs;
    size_t count, used; /* pairs; events that have one */
};

static void pair_event(struct pairing *p, const struct ak_ledger_event *e,
                       const struct ak_clock *clock, uint32_t number)
{
    struct ak_moment_span span;
    bool named = e->client.version != 0;
    for (size_t i = 0; i < p->talks && p->count < AK_MAX_CLOCK_PAIRS; i++) {
        if (distance(p->talk[i]->last_time, e->time) > FURTHEST ||
            !ak_may_meet(e, clock, p->talk[i], &span))
            continue;
        int64_t time = e->time;
        /* A span is no moment: the event may lie anywhere in it. */
        int64_t moment = !clock->local && away(&span, time) == 0 ? time : span.to;
        struct ak_clock_pair pair = {time, moment, number, (uint32_t)i, named};
        p->pairs[p->count++] = pair;
    }
}

/* Numbers of pairs are dense, as ak_clock_estimate asks: below the number of pairs. */
static void make_pairs(struct pairing *p, size_t clock_number, bool worked)
{
    const struct ak_clock *clock = ak_event_ledger_clock(p->joined->ledger, clock_number);
    size_t at = ak_event_ledger_from(p->joined->ledger, clock_number, p->first - FURTHEST);
    for (; at < clock->first + clock->count && p->used < AK_MAX_CLOCK_EVENTS; at++) {
        size_t before = p->count;
        const struct ak_ledger_event *e = ak_event_ledger_at(p->joined->ledger, at);
        if (e->time > p->last + FURTHEST)
            break;
        if ((e->code == AK_EVENT_WORKED) != worked)
            continue;
        pair_event(p, e, clock, (uint32_t)p->used);
        p->used += p->count > before;
    }
}

/* Conversations without a pair take no number. */
static void number_talks(struct pairing *p)
{
    uint32_t number[AK_MAX_CLOCK_TALKS], next = 0;
    memset(number, 0xff, sizeof number);
    for (size_t i = 0; i < p->count; i++) {
        uint32_t *n = &number[p->pairs[i].talk];
        if (*n == UINT32_MAX)
            *n = next++;
        p->pairs[i].talk = *n;
    }
}

static bool add_alignment(struct ak_case *j, const struct ak_alignment *a)
{
    if (j->alignment_count == AK_MAX_ALIGNMENTS)
        return true;
    struct ak_alignment *grown = ak_realloc(j->alignments, j->alignment_count + 1, sizeof *grown);
    if (grown == NULL)
        return false;
    j->alignments = grown;
    j->alignments[j->alignment_count++] = *a;
    return true;
}

static bool align(struct ak_case *j, struct pairing *p, size_t clock_number, uint32_t capture)
{
    struct ak_alignment a;
    memset(&a, 0, sizeof a);
    a.clock = ak_event_ledger_clock(j->ledger, clock_number);
    a.clock_number = (uint16_t)clock_number;
    a.capture = capture;
    a.source = p->talk[0]->source;
    p->count = p->used = 0;
    make_pairs(p, clock_number, false);
    number_talks(p);
    if (!ak_clock_estimate(p->pairs, p->count, a.clock->local, &a.estimate))
        return false;
    /* Handshakes that worked come in crowds: they are asked when failures do not tell. */
    if (a.estimate.state == AK_CLOCK_UNKNOWN) {
        p->count = p->used = 0;
        make_pairs(p, clock_number, false);
        make_pairs(p, clock_number, true);
        number_talks(p);
        if (!ak_clock_estimate(p->pairs, p->count, a.clock->local, &a.estimate))
            return false;
    }
    return add_alignment(j, &a);
}

static bool align_capture(struct ak_case *j, struct pairing *p, uint32_t capture)
{
    p->talks = talks_of(j, capture, p->talk);
    p->first = p->last = p->talks != 0 ? p->talk[0]->last_time : 0;
    for (size_t i = 1; i < p->talks; i++) {
        int64_t end = p->talk[i]->last_time;
        p->first = end < p->first ? end : p->first;
        p->last = end > p->last ? end : p->last;
    }
    for (size_t i = 0; p->talks != 0 && i < ak_event_ledger_clocks(j->ledger); i++)
        if (ak_event_ledger_clock(j->ledger, i)->count != 0 && !align(j, p, i, capture))
            return false;
    return true;
}

static bool align_all(struct ak_case *j)
{
    struct pairing *p = ak_alloc(1, sizeof *p);
    uint32_t last = 0;
    for (size_t i = 0; i < j->talk_count; i++)
        last = j->talk[i].capture > last ? j->talk[i].capture : last;
    bool good = p != NULL;
    if (good) {
        p->joined = j;
        p->pairs = ak_alloc(AK_MAX_CLOCK_PAIRS, sizeof *p->pairs);
        good = p->pairs != NULL;
    }
    for (uint32_t c = 0; good && c <= last && c < AK_MAX_ALIGNMENTS; c++)
        good = align_capture(j, p, c);
    if (p != NULL)
        ak_free(p->pairs);
    ak_free(p);
    return good;
}

/* Is there but one address of this side, in all that failed? */
static bool is_one(const struct ak_case *j, enum ak_side side)
{
    const struct ak_conversation *first = NULL;
    for (size_t i = 0; i < j->talk_count; i++) {
        if (j->talk[i].witness)
            continue;
        if (first == NULL)
            first = j->talk[i].c;
        struct ak_endpoint a = first->end[side], b = j->talk[i].c->end[side];
        a.port = b.port = 0;
        if (!ak_endpoint_same(&a, &b))
            return false;
    }
    return first != NULL;
}

static void take_talk(struct ak_case *j, const struct ak_conversation *c, bool witness)
{
    struct talk t = {c, c->capture, witness};
    if (c->first_time >= 0 && c->last_time >= c->first_time && c->last_time < LATEST)
        j->talk[j->talk_count++] = t;
}

static bool take_talks(struct ak_case *j, const struct ak_case_parts *parts)
{
    j->talk = ak_alloc(parts->talk_count + parts->witness_count + 1, sizeof *j->talk);
    if (j->talk == NULL)
        return false;
    for (size_t i = 0; i < parts->talk_count; i++)
        take_talk(j, parts->talks[i], false);
    for (size_t i = 0; i < parts->witness_count; i++)
        take_talk(j, parts->witnesses[i], true);
    if (j->talk_count > 1)
        qsort(j->talk, j->talk_count, sizeof *j->talk, by_end);
    return true;
}

static bool take_hosts(struct ak_case *j, const struct ak_case_parts *parts)
{
    j->hosts.hosts = parts->hosts;
    j->hosts.count = parts->host_count;
    j->hosts.roles = parts->roles;
    j->hosts.one[AK_SIDE_CLIENT] = is_one(j, AK_SIDE_CLIENT);
    j->hosts.one[AK_SIDE_SERVER] = is_one(j, AK_SIDE_SERVER);
    if (parts->host_count != 0)
        j->room = ak_alloc(1, sizeof *j->room);
    return parts->host_count == 0 || j->room != NULL;
}

struct ak_case *ak_case_new(const struct ak_case_parts *parts)
{
    struct ak_case *j = ak_alloc(1, sizeof *j);
    if (j == NULL)
        return NULL;
    j->ledger = parts->ledger;
    j->all = parts->all;
    if (!take_talks(j, parts) || !take_hosts(j, parts) ||
        (ak_event_ledger_count(j->ledger) != 0 && !align_all(j))) {
        ak_case_free(j);
        return NULL;
    }
    return j;
}

void ak_case_free(struct ak_case *j)
{
    if (j == NULL)
        return;
    ak_free(j->talk);
    ak_free(j->room);
    ak_free(j->alignments);
    ak_free(j);
}

size_t ak_case_alignments(const struct ak_case *j)
{
    return j != NULL ? j->alignment_count : 0;
}

const struct ak_alignment *ak_case_alignment(const struct ak_case *j, size_t index)
{
    return &j->alignments[index];
}

/* ---- what belongs to a conversation ---- */

/* The first conversation that may be over at this time. */
static size_t talk_from(const struct ak_case *j, int64_t time)
{
    size_t from = 0, to = j->talk_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (j->talk[middle].c->last_time < time)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* NULL: it was judged before all was read. */
static const struct talk *find_talk(const struct ak_case *j, const struct ak_conversation *c)
{
    size_t at = talk_from(j, c->last_time);
    while (at < j->talk_count && j->talk[at].c->last_time == c->last_time && j->talk[at].c != c)
        at++;
    return at < j->talk_count && j->talk[at].c == c ? &j->talk[at] : NULL;
}

/* May it be about another conversation of the same capture? */
static bool is_of_another(const struct ak_case *j, const struct ak_met_event *met,
                          const struct talk *self)
{
    size_t at = talk_from(j, met->time - AK_CLOCK_TOLERANCE), looked = 0;
    for (; at < j->talk_count && j->talk[at].c->last_time <= met->time + LONGEST_END; at++) {
        const struct ak_conversation *other = j->talk[at].c;
        struct ak_moment_span span;
        if (++looked > AK_MAX_MEETING_RIVALS)
            return true;
        if (other != self->c && j->talk[at].capture == self->capture &&
            ak_may_meet(met->event, met->alignment->clock, other, &span) &&
            away(&span, met->time) <= AK_CLOCK_TOLERANCE)
            return true;
    }
    return false;
}

/* One record may lie in a log and in its export: that is no second event. */
static bool is_rival(const struct ak_met_event *a, const struct ak_met_event *b)
{
    return a->event->provider == b->event->provider && a->event->code == b->event->code &&
           (a->event->time != b->event->time || a->event->file == b->event->file);
}

static void take(struct ak_met *met, const struct ak_met_event *e)
{
    size_t at = met->event_count;
    if (at == AK_MET_EVENTS)
        return;
    while (at > 0 && met->event[at - 1].time > e->time) {
        met->event[at] = met->event[at - 1];
        at--;
    }
    met->event[at] = *e;
    met->event_count++;
}

static void meet_log(const struct ak_case *j, const struct ak_alignment *a,
                     const struct ak_conversation *c, struct ak_met *met)
{
    int64_t earliest = c->first_time - AK_CLOCK_TOLERANCE - a->estimate.offset;
    int64_t latest = c->last_time + AK_CLOCK_TOLERANCE - a->estimate.offset;
    size_t at = ak_event_ledger_from(j->ledger, a->clock_number, earliest);
    for (; at < a->clock->first + a->clock->count; at++) {
        struct ak_ledger_event *e = ak_event_ledger_at(j->ledger, at);
        struct ak_moment_span span;
        if (e->time > latest)
            return;
        struct ak_met_event found = {e, a, e->time + a->estimate.offset, false};
        if (ak_may_meet(e, a->clock, c, &span) && away(&span, found.time) <= AK_CLOCK_TOLERANCE)
            take(met, &found);
    }
}

/* An event in the log of another machine is not about this conversation. */
static bool is_foreign(const struct ak_case *j, const struct ak_met *met,
                       const struct ak_met_event *e, const struct ak_conversation *c)
{
    enum ak_side side = ak_meeting_side(e->event, c);
    if (side == AK_SIDE_NONE)
        return false;
    enum ak_side said = ak_roles_of(&j->hosts.roles, e->event->file);
    if (said != AK_SIDE_NONE)
        return said != side;
    const struct ak_host *host = met->side[side].host;
    const char *name = e->alignment->clock->host;
    return host != NULL && met->side[side].by >= AK_MET_BY_CERTIFICATE && host->name[0] != '\0' &&
           name[0] != '\0' && !ak_event_same_host(name, host->name);
}

static void leave_out_foreign(const struct ak_case *j, const struct ak_conversation *c,
                              struct ak_met *met)
{
    size_t kept = 0;
    for (size_t i = 0; i < met->event_count; i++)
        if (!is_foreign(j, met, &met->event[i], c))
            met->event[kept++] = met->event[i];
    met->event_count = kept;
}

/* ---- handshakes that worked elsewhere ---- */

static const int64_t NEAR = INT64_C(3600000000000);

/* Is this the log of the side's machine? */
static bool is_log_of(const struct ak_case *j, const struct ak_met *met, enum ak_side side,
                      const struct ak_clock *clock)
{
    const struct ak_met_host *host = &met->side[side];
    if (ak_roles_of(&j->hosts.roles, clock->file) == side)
        return true;
    return host->host != NULL && host->by >= AK_MET_BY_CERTIFICATE && host->host->name[0] != '\0' &&
           clock->host[0] != '\0' && ak_event_same_host(host->host->name, clock->host);
}

static bool is_role(const struct ak_ledger_event *e, enum ak_side side)
{
    return e->role == (side == AK_SIDE_CLIENT ? AK_EVENT_ROLE_CLIENT : AK_EVENT_ROLE_SERVER);
}

static void look_for_worked(const struct ak_case *j, const struct ak_alignment *a,
                            const struct ak_view *v, enum ak_side side, struct ak_met *met)
{
    int64_t earliest = v->c->first_time - NEAR - a->estimate.offset;
    int64_t latest = v->c->last_time + NEAR - a->estimate.offset;
    size_t at = ak_event_ledger_from(j->ledger, a->clock_number, earliest), looked = 0;
    for (; at < a->clock->first + a->clock->count && looked < AK_MAX_MEETING_RIVALS; at++) {
        const struct ak_ledger_event *e = ak_event_ledger_at(j->ledger, at);
        if (e->time > latest)
            return;
        looked++;
        if (e->code != AK_EVENT_WORKED || !is_role(e, side) ||
            (side == AK_SIDE_SERVER &&
             (v->hello == NULL || !ak_offers_version(v->hello, e->version))))
            continue;
        if (met->worked[side] == NULL || e->version > met->worked[side]->version)
            met->worked[side] = e;
    }
}

/* That a client could do better an hour ago does not hang on its clock; what a server took does. */
static void find_worked(const struct ak_case *j, const struct ak_alignment *a,
                        const struct ak_view *v, struct ak_met *met)
{
    bool known = a->estimate.state != AK_CLOCK_UNKNOWN;
    if ((known || !a->clock->local) && is_log_of(j, met, AK_SIDE_CLIENT, a->clock))
        look_for_worked(j, a, v, AK_SIDE_CLIENT, met);
    if (known && is_log_of(j, met, AK_SIDE_SERVER, a->clock))
        look_for_worked(j, a, v, AK_SIDE_SERVER, met);
}

void ak_case_meet(const struct ak_case *j, const struct ak_view *v, struct ak_met *met)
{
    const struct ak_conversation *c = v->c;
    const struct talk *self = find_talk(j, c);
    memset(met, 0, sizeof *met);
    if (j->hosts.count != 0) {
        ak_case_hosts_meet(&j->hosts, c, v->server, met->side);
        struct ak_view known = *v;
        known.met = met; /* whose certificate it is, the machine tells */
        ak_case_predict(&known, met->side, j->room, &met->forecast);
    }
    for (size_t i = 0; self != NULL && i < j->alignment_count; i++) {
        const struct ak_alignment *a = &j->alignments[i];
        if (a->capture != self->capture)
            continue;
        if (a->estimate.state != AK_CLOCK_UNKNOWN)
            meet_log(j, a, c, met);
        find_worked(j, a, v, met);
    }
    leave_out_foreign(j, c, met);
    for (size_t i = 0; i < met->event_count; i++) {
        bool alone = j->all && !is_of_another(j, &met->event[i], self);
        for (size_t k = 0; k < met->event_count; k++)
            alone = alone && (k == i || !is_rival(&met->event[i], &met->event[k]));
        met->event[i].sole = alone;
    }
    const struct ak_met_event *refused = ak_met_find(met, AK_LOG_SCHANNEL, AK_EVENT_REFUSED);
    if (refused != NULL && refused->sole && met->forecast.rule != NULL)
        met->forecast.grade = met->forecast.logged;
}

const struct ak_met_event *ak_met_find(const struct ak_met *met, enum ak_log_provider provider,
                                       uint32_t code)
{
    for (size_t i = 0; met != NULL && i < met->event_count; i++)
        if (met->event[i].event->provider == (uint8_t)provider && met->event[i].event->code == code)
            return &met->event[i];
    return NULL;
}
