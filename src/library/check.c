/* SPDX-License-Identifier: Apache-2.0 */
#include "library/check.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/alloc.h"
#include "base/upcase.h"
#include "library/check_state.h"
#include "model/sql_names.h"
#include "model/thresholds.h"
#include "os/address.h"
#include "os/file.h"

#include "base/banned.h"

enum { MILLISECOND = 1000000 };

/* ---- conversations and their judgement ---- */

bool ak_check_number(struct ak_check *k, struct ak_check_attempt *attempt)
{
    if (k->numbers == k->weight_room) {
        size_t room = k->weight_room != 0 ? k->weight_room * 2 : 64;
        uint8_t *grown = ak_realloc(k->weight, room, sizeof *grown);
        if (grown == NULL)
            return false;
        k->weight = grown;
        grown = ak_realloc(k->nodes, room, sizeof *grown);
        if (grown == NULL)
            return false;
        k->nodes = grown;
        grown = ak_realloc(k->alerts, room, sizeof *grown);
        if (grown == NULL)
            return false;
        k->alerts = grown;
        k->weight_room = room;
    }
    k->nodes[k->numbers] = (uint8_t)attempt->node;
    k->alerts[k->numbers] = 0;
    k->weight[k->numbers++] = attempt->judged ? AK_WEIGHT_JUDGED : AK_WEIGHT_NONE;
    attempt->number = k->base + k->numbers;
    k->report.connections++;
    return true;
}

/* What was ended because it had got as far as was wanted is no failure: handshakes that were
 * completed teach, the server's mere flight says nothing new. */
void ak_check_weigh(struct ak_check *k, const struct ak_check_attempt *attempt)
{
    const struct ak_probe_result *r = attempt->result;
    uint8_t *weight = &k->weight[attempt->number - k->base - 1];
    /* What this side broke off for reasons of its own is no client's failure. */
    int64_t least = ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS) * MILLISECOND;
    bool hasty = r->end == AK_PROBE_END_TIMEOUT && r->ended - r->began < least;
    /* The client would have gone on in clear: it is akushu that does not. */
    bool clear = r->end == AK_PROBE_END_DECLINED && r->has_encryption &&
                 k->setting->encryption == AK_TDS_ENCRYPTION_NOT_SUP &&
                 (r->encryption & 0x1f) == AK_TDS_ENCRYPTION_NOT_SUP;
    bool own = hasty || clear || r->end == AK_PROBE_END_STOPPED || r->end == AK_PROBE_END_NOTHING ||
               r->end == AK_PROBE_END_TOO_MUCH || r->end == AK_PROBE_END_NONSENSE ||
               (r->end == AK_PROBE_END_TIMEOUT && r->stage != AK_STAGE_P0 &&
                r->stage != AK_STAGE_P1 && r->stage != AK_STAGE_P3 && r->stage != AK_STAGE_P6);
    *weight = AK_WEIGHT_JUDGED;
    k->alerts[attempt->number - k->base - 1] = r->own_alert;
    if (!attempt->judged || own)
        *weight = AK_WEIGHT_NONE;
    else if (r->end == AK_PROBE_END_REACHED && r->login_error == 0)
        *weight = r->completed ? AK_WEIGHT_LEARNED : AK_WEIGHT_NONE;
}

void ak_check_tell(struct ak_check *k, bool before, const struct ak_check_attempt *attempt)
{
    if (before && k->listener.asking != NULL)
        k->listener.asking(k->listener.context, &k->report, attempt);
    if (!before && k->listener.answered != NULL)
        k->listener.answered(k->listener.context, &k->report, attempt);
}

/* TLS 1.3 hides the certificates and the alert that this side itself saw and sent. */
static void tell_hidden(const struct ak_check *k, struct ak_conversation *c)
{
    size_t at = c->id - k->base - 1;
    const struct ak_offer *offer = k->report.node[k->nodes[at]].offer;
    if (c->tls == NULL || c->tls->version != 0x0304)
        return;
    for (size_t i = 0; c->tls->chain_count == i && i < offer->chain_count; i++) {
        c->tls->chain[i] = ak_certificate_keep(offer->chain[i]);
        c->tls->chain_count++;
        c->tls->chain_sent++;
    }
    if (k->alerts[at] != 0 && c->alert_count < AK_MAX_ALERTS) {
        const struct ak_alert alert = {AK_SIDE_CLIENT, 2, k->alerts[at], c->last_frame};
        c->alert[c->alert_count++] = alert;
    }
}

static enum ak_weight weigh(void *context, struct ak_conversation *c)
{
    const struct ak_check *k = context;
    if (c->source != k->source || c->id <= k->base || c->id - k->base > k->numbers)
        return AK_WEIGHT_JUDGED; /* of a capture that is read beside the check */
    tell_hidden(k, c);
    return (enum ak_weight)k->weight[c->id - k->base - 1];
}

static void on_frame(void *context, uint64_t number, const struct ak_frame *frame)
{
    struct ak_check *k = context;
    ak_analysis_frame(k->analysis, frame);
    if (k->listener.frame != NULL)
        k->listener.frame(k->listener.context, number, frame);
}

/* ---- one address ---- */

static void after_ladders(struct ak_check *k);

static void lane_over(struct lane *lane)
{
    struct ak_check *k = lane->check;
    lane->over = true;
    for (size_t i = 0; i < k->report.node_count; i++)
        if (!k->lanes[i].over)
            return;
    after_ladders(k);
}

static void lane_next(struct lane *lane);

static void wake_others(struct ak_check *k)
{
    for (size_t i = 0; i < k->report.node_count && k->open < CHECK_AT_ONCE; i++)
        if (k->lanes[i].waiting && !k->lanes[i].over)
            lane_next(&k->lanes[i]);
}

/* The last call as the client is kept: what it saw is shown. */
static void keep(struct lane *lane)
{
    struct ak_check_node *node = &lane->check->report.node[lane->node];
    if (!lane->attempt.judged) {
        ak_call_free(lane->call);
        return;
    }
    if (lane->kept != NULL && ak_call_result(lane->kept)->has_server_hello &&
        !ak_call_result(lane->call)->has_server_hello) {
        ak_call_free(lane->call);
        return;
    }
    ak_call_free(lane->kept);
    lane->kept = lane->call;
    node->result = ak_call_result(lane->kept);
}

/* Whatever was asked of this address before was asked in the wrong language. */
static void forget(struct ak_check *k, size_t node)
{
    for (uint64_t i = 0; i < k->numbers; i++)
        if (k->nodes[i] == node)
            k->weight[i] = AK_WEIGHT_NONE;
    k->repeated.way = AK_PROBE_TLS;
    k->report.scheme = "tls";
}

static void on_done(void *context, struct ak_call *call)
{
    struct lane *lane = context;
    struct ak_check *k = lane->check;
    lane->attempt.result = ak_call_result(call);
    if (lane->attempt.judged)
        ak_ladder_session(lane->ladder, ak_call_session(call));
    lane->attempt.judged = ak_ladder_done(lane->ladder, lane->attempt.result, lane->attempt.number);
    ak_check_weigh(k, &lane->attempt);
    if (lane->attempt.purpose == AK_PURPOSE_FORM && ak_ladder_offer(lane->ladder)->not_tds)
        forget(k, lane->node);
    ak_check_tell(k, false, &lane->attempt);
    k->open--;
    keep(lane);
    lane->call = NULL;
    lane_next(lane);
    wake_others(k);
}

static void fail(struct ak_check *k, const struct ak_error *error)
{
    if (k->error.code == AK_ERR_NONE)
        k->error = *error;
}

static void begin(struct lane *lane, const struct ak_ladder_try *next)
{
    struct ak_check *k = lane->check;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_check_attempt attempt = {0,          lane->node,   next->purpose, next->part,
                                       next->code, next->judged, NULL};
    lane->attempt = attempt;
    lane->last_begun = ak_net_clock();
    if (!ak_check_number(k, &lane->attempt)) {
        (void)ak_error_set(&error, AK_ERR_MEMORY, "out of memory");
    } else {
        ak_check_tell(k, true, &lane->attempt);
        k->open++;
        lane->call = ak_call_begin(&k->caller, &lane->address, next->plan, lane->attempt.number,
                                   on_done, lane, &error);
        if (lane->call != NULL)
            return;
        k->open--;
    }
    fail(k, &error);
    lane_over(lane);
}

static void lane_next(struct lane *lane)
{
    struct ak_check *k = lane->check;
    struct ak_ladder_try next;
    if (lane->over || lane->call != NULL)
        return;
    lane->waiting = k->open >= CHECK_AT_ONCE;
    if (lane->waiting && !k->report.interrupted)
        return;
    int64_t due = lane->last_begun + k->setting->pace;
    if (lane->last_begun != 0 && ak_net_clock() < due && !k->report.interrupted) {
        ak_net_timer_set(lane->timer, due);
        return;
    }
    if (k->report.interrupted || !ak_ladder_next(lane->ladder, &next)) {
        lane_over(lane);
        return;
    }
    begin(lane, &next);
}

static void on_pace(void *context)
{
    lane_next(context);
}

/* ---- the whole ---- */

static void finish(struct ak_check *k)
{
    ak_net_stop(k->net);
}

static void after_ladders(struct ak_check *k)
{
    bool again = k->setting->repeat != 0 && !k->report.interrupted;
    if (!again || !ak_check_repeat(k, finish))
        finish(k);
}

static struct ak_ladder_setting ladder_setting(const struct ak_check *k)
{
    const struct ak_check_setting *s = k->setting;
    struct ak_ladder_setting out;
    uint8_t version, bytes[16];
    memset(&out, 0, sizeof out);
    struct ak_probe_plan *p = &out.plan;
    p->way = s->target.way;
    p->starttls = s->target.service;
    p->hello.extensions = s->extensions;
    p->hello.extension_count = s->extension_count;
    p->hello.server_name = s->server_name != NULL ? s->server_name : s->target.host;
    if (ak_address_parse(p->hello.server_name, &version, bytes))
        p->hello.server_name = NULL;
    p->hello.verify = s->verify;
    p->hello.verify_name = s->server_name != NULL ? s->server_name : s->target.host;
    p->hello.alpn = s->alpn != NULL ? s->alpn : s->target.alpn;
    p->encryption = s->encryption;
    p->instance = s->target.instance[0] != '\0' ? s->target.instance : NULL;
    p->name = s->target.host;
    p->login = s->login;
    p->abrupt = s->abrupt;
    p->limits = s->limits;
    if (s->proxy_host[0] != '\0') {
        p->proxy_host = s->target.host;
        p->proxy_port = s->target.port;
    }
    out.client = s->client;
    out.own_hello = s->own_hello;
    out.guessed = s->target.guessed && s->target.instance[0] == '\0' && s->target.port != 0;
    out.zero = s->zero;
    out.most = s->most;
    return out;
}

static void start_lanes(struct ak_check *k)
{
    const struct ak_ladder_setting setting = ladder_setting(k);
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    k->repeated = setting.plan;
    for (size_t i = 0; i < k->report.node_count; i++) {
        struct lane *lane = &k->lanes[i];
        lane->check = k;
        lane->node = i;
        lane->ladder = ak_ladder_new(&setting);
        lane->timer = ak_net_timer_new(k->net, on_pace, lane);
        if (lane->ladder == NULL || lane->timer == NULL) {
            (void)ak_error_set(&error, AK_ERR_MEMORY, "out of memory");
            fail(k, &error);
            finish(k);
            return;
        }
        struct ak_offer *offer = ak_ladder_offer(lane->ladder);
        offer->end = k->report.node[i].end;
        offer->source = k->source;
        k->report.node[i].offer = offer;
        ak_analysis_offer(k->analysis, offer);
    }
    for (size_t i = 0; i < k->report.node_count; i++)
        lane_next(&k->lanes[i]);
}

static void set_port(struct ak_check *k, uint16_t port)
{
    for (size_t i = 0; i < k->report.node_count; i++) {
        if (k->lanes[i].address.port == 0)
            k->lanes[i].address.port = port;
        k->report.node[i].end.port = k->lanes[i].address.port;
    }
}

static bool default_instance(const struct ak_target *t)
{
    return t->instance[0] == '\0' || ak_same_name(t->instance, "MSSQLSERVER");
}

/* The instance's port, as SQL Server Browser told it. */
static void after_browser(struct ak_check *k)
{
    enum { DAC = 1434 }; /* of the default instance, unless that was taken when it started */
    const struct ak_target *t = &k->setting->target;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    uint16_t port = t->dac && default_instance(t) ? DAC : 0;
    for (size_t i = 0; i < k->report.instance_count; i++)
        if (t->dac || ak_same_name(k->report.instance[i].name, t->instance))
            port = k->report.instance[i].port;
    if (port != 0) {
        set_port(k, port);
        start_lanes(k);
        return;
    }
    (void)ak_error_set(&error, AK_ERR_OPEN,
                       k->report.browser_answered
                           ? "SQL Server Browser knows no TCP port of this instance"
                           : "SQL Server Browser (UDP 1434) did not answer; name the port: "
                             "HOST,PORT");
    fail(k, &error);
    finish(k);
}

/* One name of several that has no address: the others are asked all the same. */
static void note_unresolved(struct ak_check *k, const struct ak_error *error)
{
    const struct ak_check_setting *s = k->setting;
    const char *host = k->resolved != 0 ? s->more[k->resolved - 1].host : s->target.host;
    if (k->report.unresolved[0] != '\0')
        return;
    if (s->more_count != 0)
        (void)snprintf(k->report.unresolved, sizeof k->report.unresolved, "%.140s: %.90s", host,
                       error->text);
    else
        (void)snprintf(k->report.unresolved, sizeof k->report.unresolved, "%s", error->text);
}

static void on_resolved(void *context, const struct ak_net_address *addresses, size_t count,
                        size_t left_out, const struct ak_error *error)
{
    struct ak_check *k = context;
    const struct ak_target *t = &k->setting->target;
    if (error->code != AK_ERR_NONE)
        note_unresolved(k, error);
    for (size_t i = 0; i < count; i++) {
        if (k->report.node_count == AK_CHECK_NODES) {
            left_out += count - i;
            break;
        }
        size_t at = k->report.node_count++;
        k->lanes[at].address = addresses[i];
        ak_endpoint_of_net(&addresses[i], &k->report.node[at].end);
    }
    k->report.left_out += left_out;
    if (k->resolved < k->setting->more_count) {
        const struct ak_target *next = &k->setting->more[k->resolved++];
        if (!ak_net_resolve(k->net, next->host, next->port != 0 ? next->port : t->port, on_resolved,
                            k))
            finish(k);
        return;
    }
    if (k->report.node_count == 0) {
        finish(k);
        return;
    }
    bool proxied = k->setting->proxy_host[0] != '\0' || k->setting->connect_host[0] != '\0';
    if (proxied || t->port != 0)
        start_lanes(k);
    else if (default_instance(t) && !t->dac) {
        set_port(k, 1433);
        start_lanes(k);
    } else if (!ak_check_ask_browser(k, after_browser))
        after_browser(k);
}

static void on_interrupt(void *context)
{
    struct ak_check *k = context;
    k->report.interrupted = true;
    for (size_t i = 0; i < k->report.node_count; i++) {
        if (k->lanes[i].call != NULL)
            ak_call_stop(k->lanes[i].call);
        else if (k->lanes[i].check != NULL)
            lane_next(&k->lanes[i]);
    }
    ak_check_repeat_stop(k);
    finish(k);
}

static void random_bytes(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    if (RAND_bytes(bytes, (int)size) != 1)
        memset(bytes, 0x5a, size); /* never on a working system; a hello needs no secret */
}

enum ak_err ak_check_run(struct ak_check *k, struct ak_error *error)
{
    const struct ak_check_setting *s = k->setting;
    bool elsewhere = s->connect_host[0] != '\0';
    const char *host = elsewhere                  ? s->connect_host
                       : s->proxy_host[0] != '\0' ? s->proxy_host
                                                  : s->target.host;
    uint16_t port = elsewhere                  ? s->connect_port
                    : s->proxy_host[0] != '\0' ? s->proxy_port
                                               : s->target.port;
    ak_analysis_live(k->analysis, k->source, weigh, k);
    k->base = ak_analysis_summary(k->analysis)->totals->conversations;
    ak_net_on_interrupt(k->net, on_interrupt, k);
    if (!ak_net_resolve(k->net, host, port, on_resolved, k))
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    ak_net_run(k->net);
    ak_net_on_interrupt(k->net, NULL, NULL);
    if (k->error.code != AK_ERR_NONE && error != NULL)
        *error = k->error;
    return k->error.code;
}

enum ak_weight ak_check_weight(const struct ak_check *k, uint64_t number)
{
    bool known = number > k->base && number - k->base <= k->numbers;
    return known ? (enum ak_weight)k->weight[number - k->base - 1] : AK_WEIGHT_NONE;
}

const struct ak_check_report *ak_check_report_of(const struct ak_check *k)
{
    return &k->report;
}

struct ak_check *ak_check_new(const struct ak_check_setting *setting, struct ak_analysis *analysis,
                              const struct ak_check_listener *listener, struct ak_error *error)
{
    struct ak_check *k = ak_alloc(1, sizeof *k);
    if (k == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    struct ak_hash_key key = {ak_random_seed(), ak_random_seed()};
    k->setting = setting;
    k->analysis = analysis;
    k->listener = *listener;
    k->report.name = setting->target.host;
    k->report.scheme = setting->target.scheme;
    k->report.client = setting->client->name;
    k->net = ak_net_new(error);
    k->caller.net = k->net;
    k->caller.certificates = ak_certificate_store_new(key);
    k->caller.source.random = random_bytes;
    k->caller.sink = on_frame;
    k->caller.sink_context = k;
    k->caller.wall = ak_net_wall() - ak_net_clock();
    k->source = ak_alloc(1, sizeof *k->source);
    if (k->net == NULL || k->caller.certificates == NULL || k->source == NULL) {
        if (k->net != NULL)
            (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        ak_check_free(k);
        return NULL;
    }
    (void)snprintf(k->name, sizeof k->name, "check of %s", setting->target.host);
    k->source->file = k->name;
    k->source->first_frame = 1;
    return k;
}

void ak_check_free(struct ak_check *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < AK_CHECK_NODES; i++) {
        struct lane *lane = &k->lanes[i];
        ak_call_free(lane->call);
        ak_call_free(lane->kept);
        ak_net_timer_free(lane->timer);
        ak_ladder_free(lane->ladder);
    }
    ak_check_repeat_release(k);
    ak_check_browser_release(k);
    ak_certificate_store_free(k->caller.certificates);
    ak_net_free(k->net);
    ak_free(k->weight);
    ak_free(k->nodes);
    ak_free(k->alerts);
    ak_free(k->source);
    ak_free(k);
}
