/* SPDX-License-Identifier: Apache-2.0 */
#include "library/call.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

struct ak_call {
    const struct ak_caller *caller;
    uint64_t number;
    struct ak_attempt *attempt;
    struct ak_net_link *link; /* NULL: closed */
    struct ak_net_timer *timer;
    struct ak_transcript transcript;
    void (*done)(void *context, struct ak_call *call);
    void *context;
    bool over;
};

void ak_endpoint_of_net(const struct ak_net_address *address, struct ak_endpoint *out)
{
    memset(out, 0, sizeof *out);
    out->version = address->version;
    memcpy(out->address, address->bytes, sizeof out->address);
    out->port = address->port;
}

static int64_t wall(const struct ak_call *c, int64_t clock)
{
    return c->caller->wall + clock;
}

/* The connection is closed as the attempt wishes; the call itself lives on. */
static void hang_up(struct ak_call *c, bool abrupt, int64_t now)
{
    if (c->link == NULL)
        return;
    if (abrupt) {
        ak_transcript_rst(&c->transcript, AK_SIDE_CLIENT, wall(c, now));
        ak_net_reset(c->link);
    } else {
        if (ak_attempt_result(c->attempt)->step[AK_STEP_SYN_ACK] != 0)
            ak_transcript_fin(&c->transcript, AK_SIDE_CLIENT, wall(c, now));
        ak_net_close(c->link);
    }
    c->link = NULL;
}

/* After anything that happened: sends what is to be sent, waits as long as is to be waited. */
static void go_on(struct ak_call *c)
{
    bool abrupt;
    int64_t now = ak_net_clock();
    struct ak_span out = ak_attempt_outgoing(c->attempt);
    if (out.size != 0 && c->link != NULL) {
        ak_transcript_bytes(&c->transcript, AK_SIDE_CLIENT, out.bytes, out.size, wall(c, now));
        (void)ak_net_send(c->link, out.bytes, out.size);
    }
    if (!ak_attempt_over(c->attempt, &abrupt)) {
        ak_net_timer_set(c->timer, ak_attempt_deadline(c->attempt));
        return;
    }
    hang_up(c, abrupt, now);
    if (!c->over) {
        c->over = true;
        ak_net_timer_set(c->timer, INT64_MAX);
        c->done(c->context, c);
    }
}

static void on_opened(void *context, struct ak_net_link *link)
{
    struct ak_call *c = context;
    int64_t now = ak_net_clock();
    (void)link;
    ak_transcript_opened(&c->transcript, wall(c, now));
    ak_attempt_opened(c->attempt, now);
    go_on(c);
}

static void on_received(void *context, struct ak_net_link *link, const uint8_t *bytes, size_t size)
{
    struct ak_call *c = context;
    int64_t now = ak_net_clock();
    (void)link;
    ak_transcript_bytes(&c->transcript, AK_SIDE_SERVER, bytes, size, wall(c, now));
    ak_attempt_received(c->attempt, bytes, size, now);
    go_on(c);
}

static void on_ended(void *context, struct ak_net_link *link, enum ak_net_end end)
{
    static const enum ak_probe_end ends[] = {[AK_NET_END_FIN] = AK_PROBE_END_FIN,
                                             [AK_NET_END_RST] = AK_PROBE_END_RST,
                                             [AK_NET_END_REFUSED] = AK_PROBE_END_REFUSED,
                                             [AK_NET_END_UNREACHABLE] = AK_PROBE_END_UNREACHABLE,
                                             [AK_NET_END_TIMEOUT] = AK_PROBE_END_TIMEOUT,
                                             [AK_NET_END_OTHER] = AK_PROBE_END_UNREACHABLE};
    struct ak_call *c = context;
    int64_t now = ak_net_clock();
    (void)link;
    if (end == AK_NET_END_FIN)
        ak_transcript_fin(&c->transcript, AK_SIDE_SERVER, wall(c, now));
    else if (end == AK_NET_END_RST)
        ak_transcript_rst(&c->transcript, AK_SIDE_SERVER, wall(c, now));
    else if (end == AK_NET_END_REFUSED)
        ak_transcript_refused(&c->transcript, wall(c, now));
    if (end != AK_NET_END_FIN) { /* nothing can be said on it any more */
        ak_net_close(c->link);
        c->link = NULL;
    }
    ak_attempt_ended(c->attempt, ends[end], now);
    go_on(c);
}

static void on_due(void *context)
{
    struct ak_call *c = context;
    ak_attempt_tick(c->attempt, ak_net_clock());
    go_on(c);
}

static void on_frame(void *context, const struct ak_frame *frame)
{
    const struct ak_call *c = context;
    c->caller->sink(c->caller->sink_context, c->number, frame);
}

static bool connect_to(struct ak_call *c, const struct ak_net_address *to, struct ak_error *error)
{
    const struct ak_net_link_events events = {c, on_opened, on_received, on_ended, NULL};
    struct ak_net_address local;
    struct ak_endpoint ends[AK_SIDES];
    c->link = ak_net_connect(c->caller->net, to, &events, error);
    if (c->link == NULL)
        return false;
    memset(&local, 0, sizeof local);
    ak_net_local(c->link, &local);
    ak_endpoint_of_net(&local, &ends[AK_SIDE_CLIENT]);
    ak_endpoint_of_net(to, &ends[AK_SIDE_SERVER]);
    ends[AK_SIDE_CLIENT].version = to->version;
    ak_transcript_init(&c->transcript, &ends[AK_SIDE_CLIENT], &ends[AK_SIDE_SERVER], on_frame, c);
    return true;
}

struct ak_call *ak_call_begin(const struct ak_caller *caller, const struct ak_net_address *to,
                              const struct ak_probe_plan *plan, uint64_t number,
                              void (*done)(void *context, struct ak_call *call), void *context,
                              struct ak_error *error)
{
    struct ak_call *c = ak_alloc(1, sizeof *c);
    int64_t now = ak_net_clock();
    if (c == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    c->caller = caller;
    c->number = number;
    c->done = done;
    c->context = context;
    c->timer = ak_net_timer_new(caller->net, on_due, c);
    c->attempt = ak_attempt_new(plan, &caller->source, caller->certificates, now);
    if (c->timer == NULL || c->attempt == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        ak_call_free(c);
        return NULL;
    }
    if (!connect_to(c, to, error)) {
        ak_call_free(c);
        return NULL;
    }
    ak_transcript_begin(&c->transcript, wall(c, now));
    ak_net_timer_set(c->timer, ak_attempt_deadline(c->attempt));
    return c;
}

void ak_call_stop(struct ak_call *c)
{
    ak_attempt_ended(c->attempt, AK_PROBE_END_STOPPED, ak_net_clock());
    go_on(c);
}

const struct ak_probe_result *ak_call_result(const struct ak_call *c)
{
    return ak_attempt_result(c->attempt);
}

void *ak_call_session(const struct ak_call *c)
{
    return ak_attempt_session(c->attempt);
}

const struct ak_endpoint *ak_call_end(const struct ak_call *c, enum ak_side side)
{
    return &c->transcript.end[side];
}

void ak_call_free(struct ak_call *c)
{
    if (c == NULL)
        return;
    if (c->link != NULL)
        ak_net_close(c->link);
    ak_net_timer_free(c->timer);
    ak_attempt_free(c->attempt);
    ak_free(c);
}
