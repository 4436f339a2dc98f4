/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/timeline.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"

#include "base/banned.h"

static void add(struct ak_timeline *t, const struct ak_moment *moment)
{
    size_t at = t->count;
    if (at == AK_TIMELINE_MOMENTS) {
        t->left_out++;
        return;
    }
    for (; at > 0 && t->moment[at - 1].time > moment->time; at--)
        t->moment[at] = t->moment[at - 1];
    t->moment[at] = *moment;
    t->count++;
}

/* ---- the wire ---- */

static enum ak_side alert_of(const struct ak_conversation *c, uint64_t frame, int64_t *code)
{
    for (size_t i = 0; i < c->alert_count; i++)
        if (c->alert[i].frame == frame) {
            *code = c->alert[i].code;
            return c->alert[i].by;
        }
    return AK_SIDE_NONE;
}

static enum ak_side sender_of(const struct ak_conversation *c, enum ak_step step)
{
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_tcp_seen *tcp = &c->tcp[side];
        uint64_t frame = step == AK_STEP_RST ? tcp->rst.frame : tcp->fin.frame;
        if (frame != 0 && frame == c->step[step].frame)
            return (enum ak_side)side;
    }
    return AK_SIDE_NONE;
}

static void add_step(struct ak_timeline *t, const struct ak_conversation *c, enum ak_step step)
{
    const struct ak_when *when = &c->step[step];
    if (when->frame == 0)
        return;
    struct ak_place place = ak_source_place(c->source, when->frame);
    struct ak_moment m = {.kind = AK_MOMENT_STEP,
                          .time = when->time,
                          .logged = when->time,
                          .file = place.file,
                          .machine = "",
                          .place = place.frame,
                          .a = step,
                          .b = AK_SIDE_NONE};
    if (step == AK_STEP_ALERT)
        m.b = alert_of(c, when->frame, &m.c);
    if (step == AK_STEP_FIN || step == AK_STEP_RST)
        m.b = sender_of(c, step);
    add(t, &m);
}

static void add_wire(struct ak_timeline *t, const struct ak_conversation *c)
{
    static const enum ak_step steps[] = {
        AK_STEP_SYN,          AK_STEP_PRELOGIN,        AK_STEP_PRELOGIN_REPLY,
        AK_STEP_CLIENT_HELLO, AK_STEP_HELLO_RETRY,     AK_STEP_SERVER_HELLO,
        AK_STEP_CERTIFICATE,  AK_STEP_CLIENT_FINISHED, AK_STEP_SERVER_FINISHED,
        AK_STEP_LOGIN,        AK_STEP_ALERT,           AK_STEP_FIN,
        AK_STEP_RST};
    for (size_t i = 0; i < AK_COUNT(steps); i++)
        add_step(t, c, steps[i]);
}

/* ---- logs ---- */

static void add_event(struct ak_timeline *t, const struct ak_met_event *met)
{
    const struct ak_ledger_event *e = met->event;
    struct ak_moment m = {.kind = AK_MOMENT_EVENT,
                          .time = met->time,
                          .logged = e->time,
                          .file = e->file,
                          .machine = met->alignment->clock->host,
                          .place = e->place,
                          .by_line = e->by_line,
                          .a = e->provider,
                          .b = e->code};
    add(t, &m);
}

/* ---- machines ---- */

static void add_host_moment(struct ak_timeline *t, const struct ak_host *host,
                            enum ak_moment_kind kind, int64_t time, uint16_t source,
                            const char *key)
{
    struct ak_moment m = {.kind = kind, .time = time, .logged = time, .machine = host->name};
    if (source < host->source_count)
        m.file = host->sources[source].file;
    (void)snprintf(m.text, sizeof m.text, "%s", key);
    add(t, &m);
}

static bool speaks_of(const struct ak_case_forecast *f, const char *rule)
{
    return f->contradicts || (f->rule != NULL && strcmp(f->rule, rule) == 0);
}

static bool has_times(const struct ak_met *met, const char *rule)
{
    const struct ak_case_forecast *f = &met->forecast;
    return speaks_of(f, rule) && (f->pending != NULL || f->later != NULL || f->latest != NULL);
}

static void add_host(struct ak_timeline *t, const struct ak_met *met)
{
    const struct ak_case_forecast *f = &met->forecast;
    const struct ak_host *host = met->side[AK_SIDE_SERVER].host;
    if (host->shutdown != 0)
        add_host_moment(t, host, AK_MOMENT_SHUT_DOWN, host->shutdown, UINT16_MAX, "");
    if (f->pending != NULL)
        add_host_moment(t, host, AK_MOMENT_WRITTEN, f->pending->written, f->pending->source,
                        f->pending_key);
    else if (f->latest != NULL)
        add_host_moment(t, host, AK_MOMENT_WRITTEN, f->latest->written, f->latest->source,
                        f->latest_key);
    if (f->later != NULL)
        add_host_moment(t, host, AK_MOMENT_WRITTEN, f->later->written, f->later->source,
                        f->later_key);
}

struct ak_timeline *ak_timeline_new(const struct ak_conversation *c, const struct ak_met *met,
                                    const char *rule, bool *failed)
{
    if (met == NULL || (met->event_count == 0 && !has_times(met, rule)))
        return NULL;
    struct ak_timeline *t = ak_alloc(1, sizeof *t);
    if (t == NULL) {
        *failed = true;
        return NULL;
    }
    add_wire(t, c);
    for (size_t i = 0; i < met->event_count; i++)
        add_event(t, &met->event[i]);
    if (met->side[AK_SIDE_SERVER].host != NULL && speaks_of(&met->forecast, rule))
        add_host(t, met);
    return t;
}
