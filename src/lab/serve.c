/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/serve.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/ssrp.h"
#include "lab/responder.h"
#include "lab/tds_answer.h"

#include "base/banned.h"

enum { PEM_MAXIMUM = 16 * 1024, BROKEN = 0, SPARED = 1 };
static const int64_t second = INT64_C(1000000000);

struct run {
    const struct ak_lab_run_plan *plan;
    struct ak_net *net;
    struct ak_lab_authority authority;
    struct ak_lab_server *servers[2]; /* BROKEN, SPARED (may be NULL) */
    struct ak_net_listener *listeners[2];
    struct ak_net_udp *browser;
    struct ak_net_timer *limit;
    struct ak_net_address at;
    struct talk *talks;
    unsigned long count;
};

struct talk {
    struct run *run;
    struct ak_net_link *link;
    struct ak_responder *responder;
    struct ak_net_timer *timer;
    struct ak_net_address from;
    unsigned hops;
    struct talk *next, *previous;
};

/* ---- one connection ---- */

static void forget(struct talk *talk)
{
    if (talk->previous != NULL)
        talk->previous->next = talk->next;
    else
        talk->run->talks = talk->next;
    if (talk->next != NULL)
        talk->next->previous = talk->previous;
    ak_net_timer_free(talk->timer);
    ak_responder_free(talk->responder);
    ak_free(talk);
}

/* The link is closed or reset already. */
static void over(struct talk *talk)
{
    struct run *run = talk->run;
    run->plan->told(run->plan->context, &talk->from, ak_responder_story(talk->responder));
    forget(talk);
    if (run->plan->once)
        ak_net_stop(run->net);
}

/* Does what the responder wants; afterwards the talk may be gone. */
static void obey(struct talk *talk)
{
    const struct ak_span out = ak_responder_outgoing(talk->responder);
    if (out.size != 0)
        (void)ak_net_send(talk->link, out.bytes, out.size);
    ak_net_timer_set(talk->timer, ak_responder_deadline(talk->responder));
    switch (ak_responder_wants(talk->responder)) {
    case AK_RESPONDER_FIN:
        ak_net_finish(talk->link);
        break;
    case AK_RESPONDER_RST:
        if (talk->hops != 0)
            ak_net_hops(talk->link, talk->hops);
        ak_net_reset(talk->link);
        over(talk);
        break;
    case AK_RESPONDER_DEAF:
        ak_net_deafen(talk->link);
        break;
    case AK_RESPONDER_GOES_ON:
    case AK_RESPONDER_SILENT:
        break;
    }
}

static void due(void *context)
{
    struct talk *talk = context;
    ak_responder_tick(talk->responder, ak_net_clock());
    obey(talk);
}

static void received(void *context, struct ak_net_link *link, const uint8_t *bytes, size_t size)
{
    struct talk *talk = context;
    (void)link;
    ak_responder_received(talk->responder, bytes, size, ak_net_clock());
    obey(talk);
}

static void ended(void *context, struct ak_net_link *link, enum ak_net_end end)
{
    struct talk *talk = context;
    (void)end;
    ak_net_close(link);
    over(talk);
}

/* ---- arrivals ---- */

static struct ak_lab_server *choose(struct run *run, const struct ak_net_link *link)
{
    const struct ak_lab_run_plan *plan = run->plan;
    struct ak_net_address here;
    unsigned long number = run->count++;
    if (run->servers[SPARED] == NULL)
        return run->servers[BROKEN];
    if (plan->two_nodes) {
        ak_net_local(link, &here);
        bool first = memcmp(here.bytes, run->at.bytes, sizeof here.bytes) == 0;
        return run->servers[first ? SPARED : BROKEN];
    }
    return run->servers[number % plan->one_in == 0 ? BROKEN : SPARED];
}

static void arrived(void *context, struct ak_net_link *link)
{
    struct run *run = context;
    const struct ak_net_link_events events = {NULL, NULL, received, ended, NULL};
    struct talk *talk = ak_alloc(1, sizeof *talk);
    if (talk == NULL)
        return; /* the link is reset */
    talk->run = run;
    talk->link = link;
    talk->hops = run->plan->settings->foreign_hops;
    talk->timer = ak_net_timer_new(run->net, due, talk);
    talk->responder = ak_responder_new(choose(run, link), ak_net_clock());
    talk->next = run->talks;
    if (talk->next != NULL)
        talk->next->previous = talk;
    run->talks = talk;
    if (talk->timer == NULL || talk->responder == NULL) {
        forget(talk);
        return;
    }
    ak_net_remote(link, &talk->from);
    struct ak_net_link_events mine = events;
    mine.context = talk;
    ak_net_accept(link, &mine);
    obey(talk);
}

static void asked(void *context, struct ak_net_udp *udp, const uint8_t *bytes, size_t size,
                  const struct ak_net_address *from)
{
    static const struct ak_lab_build build = {16, 0, 4135};
    struct run *run = context;
    const struct ak_span request = {bytes, size};
    struct ak_text out;
    ak_text_init(&out, PEM_MAXIMUM);
    ak_ssrp_lab_answer(&out, request, run->plan->instance, build, run->at.port);
    if (out.size != 0 && !out.failed)
        (void)ak_net_udp_send(udp, from, out.bytes, out.size);
    ak_text_release(&out);
}

/* ---- the run ---- */

static void stop(void *context)
{
    struct run *run = context;
    ak_net_stop(run->net);
}

static enum ak_err make_servers(struct run *run, struct ak_error *error)
{
    const struct ak_lab_run_plan *plan = run->plan;
    const struct ak_lab_settings *settings[2] = {plan->settings, plan->others};
    enum ak_err err = ak_lab_authority_make(&run->authority, error);
    for (size_t i = 0; i < 2 && err == AK_ERR_NONE && settings[i] != NULL; i++) {
        run->servers[i] = ak_lab_server_new(settings[i], &run->authority, plan->password,
                                            ak_net_wall() / second, error);
        if (run->servers[i] == NULL)
            err = error->code;
    }
    return err;
}

static enum ak_err listen_all(struct run *run, struct ak_error *error)
{
    run->listeners[0] = ak_net_listen(run->net, &run->plan->at, arrived, run, error);
    if (run->listeners[0] == NULL)
        return error->code;
    ak_net_listener_address(run->listeners[0], &run->at);
    for (size_t i = 0; i < 2 && run->servers[i] != NULL; i++)
        ak_lab_server_at(run->servers[i], run->at.port);
    if (run->plan->two_nodes) {
        struct ak_net_address next = run->at;
        next.bytes[next.version == 6 ? 15 : 3]++;
        run->listeners[1] = ak_net_listen(run->net, &next, arrived, run, error);
        if (run->listeners[1] == NULL)
            return error->code;
    }
    if (run->plan->instance != NULL) {
        struct ak_net_address browser = run->at;
        browser.port = AK_SSRP_PORT;
        run->browser = ak_net_udp_new(run->net, browser.version, &browser, asked, run, error);
        if (run->browser == NULL)
            return error->code;
    }
    return AK_ERR_NONE;
}

static enum ak_err tell_listening(struct run *run, struct ak_error *error)
{
    struct ak_text pem;
    ak_text_init(&pem, PEM_MAXIMUM);
    bool good = ak_lab_keys_anchor(ak_lab_server_keys(run->servers[BROKEN]), &pem);
    if (good)
        run->plan->listening(run->plan->context, &run->at, &pem);
    ak_text_release(&pem);
    return good ? AK_ERR_NONE : ak_error_set(error, AK_ERR_MEMORY, "out of memory");
}

static enum ak_err go(struct run *run, struct ak_error *error)
{
    const struct ak_lab_run_plan *plan = run->plan;
    run->net = ak_net_new(error);
    if (run->net == NULL)
        return error->code;
    ak_net_on_interrupt(run->net, stop, run);
    enum ak_err err = make_servers(run, error);
    if (err == AK_ERR_NONE)
        err = listen_all(run, error);
    if (err == AK_ERR_NONE)
        err = tell_listening(run, error);
    if (err != AK_ERR_NONE)
        return err;
    if (plan->until_input_ends)
        ak_net_on_input_end(run->net, stop, run);
    if (plan->nanoseconds != 0) {
        run->limit = ak_net_timer_new(run->net, stop, run);
        if (run->limit == NULL)
            return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        ak_net_timer_set(run->limit, ak_net_clock() + plan->nanoseconds);
    }
    ak_net_run(run->net);
    return AK_ERR_NONE;
}

enum ak_err ak_lab_run(const struct ak_lab_run_plan *plan, struct ak_error *error)
{
    struct run run = {.plan = plan};
    enum ak_err err = go(&run, error);
    while (run.talks != NULL) {
        plan->told(plan->context, &run.talks->from, ak_responder_story(run.talks->responder));
        forget(run.talks);
    }
    ak_net_free(run.net);
    ak_lab_server_free(run.servers[BROKEN]);
    ak_lab_server_free(run.servers[SPARED]);
    ak_lab_authority_release(&run.authority);
    return err;
}
