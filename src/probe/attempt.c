/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attempt.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "model/thresholds.h"
#include "probe/attempt_state.h"

#include "base/banned.h"

/* A server that refuses behind the client's Finished does so at once: own choice. */
#define LAST_WORD INT64_C(1000000000)

/* connect -> [CONNECT] -> [STARTTLS | PRELOGIN] -> TLS -> [PRELOGIN inside] -> [LOGIN7] */

enum { MOST_SENT = 1024 * 1024 };

static const struct {
    enum ak_step step;
    enum ak_stage stage;
} stages[] = {
    {AK_STEP_FIRST_CLIENT_DATA, AK_STAGE_P1}, {AK_STEP_FIRST_SERVER_DATA, AK_STAGE_P2},
    {AK_STEP_CLIENT_HELLO, AK_STAGE_P3},      {AK_STEP_SERVER_HELLO, AK_STAGE_P4},
    {AK_STEP_CLIENT_DATA, AK_STAGE_P6},       {AK_STEP_LOGIN, AK_STAGE_P6},
    {AK_STEP_SERVER_RESPONSE, AK_STAGE_P7},
};

static void reach_stage(struct ak_attempt *a, enum ak_stage stage)
{
    if (stage > a->result.stage)
        a->result.stage = stage;
}

void ak_attempt_note(struct ak_attempt *a, enum ak_step step)
{
    if (a->result.step[step] != 0)
        return;
    a->result.step[step] = a->now != 0 ? a->now : 1;
    a->step_at = a->now;
    for (size_t i = 0; i < AK_COUNT(stages); i++)
        if (stages[i].step == step)
            reach_stage(a, stages[i].stage);
    bool server = a->result.step[AK_STEP_SERVER_FINISHED] != 0;
    bool client = a->result.step[AK_STEP_CLIENT_FINISHED] != 0;
    if (client)
        reach_stage(a, server ? AK_STAGE_P5B : AK_STAGE_P5);
}

static void close_politely(struct ak_attempt *a)
{
    if (a->plan.abrupt || !a->tls_begun)
        return;
    if (a->own != NULL)
        ak_own_close(a);
    if (a->openssl != NULL)
        ak_openssl_close(a);
}

void ak_attempt_finish(struct ak_attempt *a, enum ak_probe_end end, const char *reason)
{
    if (a->phase == AK_PHASE_OVER)
        return;
    a->result.end = end;
    a->result.ended = a->now;
    if (reason != NULL)
        (void)snprintf(a->result.reason, sizeof a->result.reason, "%s", reason);
    if (end == AK_PROBE_END_REACHED || end == AK_PROBE_END_STOPPED)
        close_politely(a);
    a->phase = AK_PHASE_OVER;
}

void ak_attempt_alert(struct ak_attempt *a, uint8_t level, uint8_t code)
{
    enum { WARNING = 1, CLOSE_NOTIFY = 0, USER_CANCELED = 90 };
    if (code == CLOSE_NOTIFY) {
        a->peer_closed = true;
        ak_attempt_finish(a, AK_PROBE_END_FIN, "the server sent close_notify");
        return;
    }
    bool tls13 = a->tls_version >= 0x0304;
    if (code == USER_CANCELED || (level == WARNING && !tls13))
        return;
    ak_attempt_note(a, AK_STEP_ALERT);
    a->result.alert.by = AK_SIDE_SERVER;
    a->result.alert.level = level;
    a->result.alert.code = code;
    ak_attempt_finish(a, AK_PROBE_END_ALERT, NULL);
}

bool ak_attempt_deep_enough(const struct ak_attempt *a, enum ak_probe_depth depth)
{
    return a->plan.depth <= depth;
}

void ak_attempt_consume(struct ak_attempt *a, size_t size)
{
    size = size < a->in.size ? size : a->in.size;
    if (size == 0)
        return;
    memmove(a->in.bytes, a->in.bytes + size, a->in.size - size);
    a->in.size -= size;
}

/* ---- phases ---- */

static bool uses_openssl(const struct ak_attempt *a)
{
    return a->plan.depth > AK_PROBE_FLIGHT && !a->plan.send_raw && a->plan.dhe_zero == NULL;
}

static void begin_tls(struct ak_attempt *a)
{
    a->wrap = a->unwrap.on = a->plan.way == AK_PROBE_TDS;
    bool good = a->plan.dhe_zero != NULL ? ak_dhe_begin(a)
                : uses_openssl(a)        ? ak_openssl_begin(a)
                                         : ak_own_begin(a);
    if (!good)
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "nothing to offer");
}

static void enter(struct ak_attempt *a, enum ak_probe_phase phase)
{
    if (phase == AK_PHASE_TLS && ak_attempt_deep_enough(a, AK_PROBE_ASK)) {
        ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
        return;
    }
    a->phase = phase;
    ak_tds_message_begin(&a->message);
    switch (phase) {
    case AK_PHASE_PROXY:
        ak_proxy_ask(a);
        break;
    case AK_PHASE_STARTTLS:
        ak_starttls_ask(a);
        break;
    case AK_PHASE_PRELOGIN:
        ak_prelogin_ask(a);
        break;
    case AK_PHASE_TLS:
        begin_tls(a);
        break;
    case AK_PHASE_INNER_PRELOGIN:
        ak_inner_prelogin_ask(a);
        break;
    case AK_PHASE_LOGIN:
        ak_login_ask(a);
        break;
    default:
        break;
    }
}

static enum ak_probe_phase before_tls(const struct ak_attempt *a)
{
    if (a->plan.way == AK_PROBE_TDS)
        return AK_PHASE_PRELOGIN;
    return a->plan.way == AK_PROBE_STARTTLS ? AK_PHASE_STARTTLS : AK_PHASE_TLS;
}

static enum ak_probe_phase behind_tls(const struct ak_attempt *a)
{
    bool tds = a->plan.way == AK_PROBE_TDS || a->plan.way == AK_PROBE_STRICT;
    if (!tds || ak_attempt_deep_enough(a, AK_PROBE_FINISH))
        return AK_PHASE_OVER;
    if (a->plan.way == AK_PROBE_STRICT)
        return AK_PHASE_INNER_PRELOGIN;
    return ak_attempt_deep_enough(a, AK_PROBE_INSIDE) ? AK_PHASE_OVER : AK_PHASE_LOGIN;
}

void ak_attempt_next(struct ak_attempt *a)
{
    enum ak_probe_phase next = AK_PHASE_OVER;
    switch (a->phase) {
    case AK_PHASE_CONNECT:
        if (!ak_attempt_deep_enough(a, AK_PROBE_CONNECT))
            next = a->plan.proxy_host != NULL ? AK_PHASE_PROXY : before_tls(a);
        break;
    case AK_PHASE_PROXY:
        next = before_tls(a);
        break;
    case AK_PHASE_STARTTLS:
    case AK_PHASE_PRELOGIN:
        next = AK_PHASE_TLS;
        break;
    case AK_PHASE_TLS:
        next = behind_tls(a);
        break;
    case AK_PHASE_INNER_PRELOGIN:
        next = ak_attempt_deep_enough(a, AK_PROBE_INSIDE) ? AK_PHASE_OVER : AK_PHASE_LOGIN;
        break;
    default:
        break;
    }
    if (next == AK_PHASE_OVER)
        ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
    else
        enter(a, next);
}

/* With login-only encryption the answer is clear; at its front the byte tells. */
static bool is_clear_answer(const struct ak_attempt *a)
{
    bool tls =
        a->in.bytes[0] >= AK_TLS_CHANGE_CIPHER_SPEC && a->in.bytes[0] <= AK_TLS_APPLICATION_DATA;
    return a->phase == AK_PHASE_LOGIN && a->login_only && !tls;
}

static bool read_tls(struct ak_attempt *a)
{
    struct ak_span run;
    size_t used;
    if (a->in.size == 0)
        return false;
    if (a->clear_answer || is_clear_answer(a)) {
        a->clear_answer = true;
        ak_text_bytes(&a->plain, a->in.bytes, a->in.size);
        ak_attempt_consume(a, a->in.size);
        ak_login_received(a);
        return false;
    }
    if (!ak_tls_unwrap(a, &run, &used))
        return false;
    if (a->own != NULL)
        ak_own_received(a, run);
    else if (a->openssl != NULL)
        ak_openssl_received(a, run);
    ak_attempt_consume(a, used);
    return true;
}

static bool read_phase(struct ak_attempt *a)
{
    switch (a->phase) {
    case AK_PHASE_PROXY:
        return ak_proxy_read(a);
    case AK_PHASE_STARTTLS:
        return ak_starttls_read(a);
    case AK_PHASE_PRELOGIN:
        return ak_prelogin_read(a);
    case AK_PHASE_TLS:
    case AK_PHASE_INNER_PRELOGIN:
    case AK_PHASE_LOGIN:
        return read_tls(a);
    default:
        return false;
    }
}

/* What a call may have left behind. */
static void settle(struct ak_attempt *a)
{
    if (a->out.failed || a->in.failed || a->plain.failed || a->message.body.failed)
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "out of memory");
    if (a->records > AK_MAX_PROBE_RECORDS)
        ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "too many TLS records");
    if (a->out.size != a->given && a->phase != AK_PHASE_CONNECT)
        ak_attempt_note(a, AK_STEP_FIRST_CLIENT_DATA);
}

/* ---- the caller's side ---- */

static int64_t limit_of(int64_t wished, enum ak_threshold usual)
{
    return wished != 0 ? wished : ak_threshold_get(usual) * 1000000;
}

struct ak_attempt *ak_attempt_new(const struct ak_probe_plan *plan,
                                  const struct ak_hello_source *source,
                                  struct ak_certificate_store *certificates, int64_t now)
{
    struct ak_attempt *a = ak_alloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->plan = *plan;
    if (plan->dhe_zero != NULL)
        a->dhe_form = plan->dhe_zero->form;
    a->source = *source;
    a->certificates = certificates;
    a->now = a->step_at = a->result.began = now;
    a->result.step[AK_STEP_SYN] = now != 0 ? now : 1;
    a->connect_limit = limit_of(plan->limits.connect, AK_THRESHOLD_PROBE_CONNECT_MS);
    a->step_limit = limit_of(plan->limits.step, AK_THRESHOLD_PROBE_STEP_MS);
    a->whole_limit = limit_of(plan->limits.whole, AK_THRESHOLD_PROBE_WHOLE_MS);
    ak_text_init(&a->out, MOST_SENT);
    ak_text_init(&a->in, AK_MAX_PROBE_RECEIVED);
    ak_text_init(&a->plain, AK_MAX_PROBE_RECEIVED);
    ak_text_init(&a->message.body, AK_MAX_TDS_MESSAGE);
    return a;
}

void ak_attempt_free(struct ak_attempt *a)
{
    if (a == NULL)
        return;
    ak_own_free(a->own);
    ak_openssl_free(a->openssl);
    ak_dhe_free(a->dhe);
    for (size_t i = 0; i < a->result.chain_count; i++)
        ak_certificate_drop(a->result.chain[i]);
    ak_text_release(&a->out);
    ak_text_release(&a->in);
    ak_text_release(&a->plain);
    ak_text_release(&a->message.body);
    ak_free(a);
}

void ak_attempt_opened(struct ak_attempt *a, int64_t now)
{
    if (a->phase != AK_PHASE_CONNECT)
        return;
    a->now = now;
    ak_attempt_note(a, AK_STEP_SYN_ACK);
    ak_attempt_next(a);
    settle(a);
}

void ak_attempt_received(struct ak_attempt *a, const uint8_t *bytes, size_t size, int64_t now)
{
    if (a->phase == AK_PHASE_OVER || size == 0)
        return;
    a->now = now;
    a->result.received += size;
    ak_attempt_note(a, AK_STEP_FIRST_SERVER_DATA);
    if (a->result.received > AK_MAX_PROBE_RECEIVED) {
        ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "the server sends on and on");
        return;
    }
    ak_text_bytes(&a->in, bytes, size);
    while (!a->in.failed && a->in.size != 0 && read_phase(a))
        continue;
    settle(a);
}

void ak_attempt_ended(struct ak_attempt *a, enum ak_probe_end end, int64_t now)
{
    if (a->phase == AK_PHASE_OVER)
        return;
    a->now = now;
    if (end == AK_PROBE_END_FIN)
        ak_attempt_note(a, AK_STEP_FIN);
    if (end == AK_PROBE_END_RST)
        ak_attempt_note(a, AK_STEP_RST);
    if (a->phase == AK_PHASE_LOGIN)
        ak_login_closed(a);
    ak_attempt_finish(a, end, NULL);
    settle(a);
}

void ak_attempt_last_word(struct ak_attempt *a)
{
    a->last_word = false;
    ak_attempt_next(a);
}

void ak_attempt_tick(struct ak_attempt *a, int64_t now)
{
    a->now = now > a->now ? now : a->now;
    if (now < ak_attempt_deadline(a))
        return;
    if (a->last_word)
        ak_attempt_last_word(a);
    else
        ak_attempt_finish(a, AK_PROBE_END_TIMEOUT, NULL);
    settle(a);
}

struct ak_span ak_attempt_outgoing(struct ak_attempt *a)
{
    struct ak_span span = {NULL, 0};
    if (a->given != 0) {
        memmove(a->out.bytes, a->out.bytes + a->given, a->out.size - a->given);
        a->out.size -= a->given;
        a->given = 0;
    }
    if (a->out.size == 0)
        return span;
    span.bytes = (const uint8_t *)a->out.bytes;
    span.size = a->given = a->out.size;
    a->result.sent += span.size;
    return span;
}

int64_t ak_attempt_deadline(const struct ak_attempt *a)
{
    if (a->phase == AK_PHASE_OVER)
        return INT64_MAX;
    int64_t whole = a->result.began + a->whole_limit;
    if (a->last_word)
        return a->step_at + LAST_WORD;
    int64_t step = a->phase == AK_PHASE_CONNECT ? a->result.began + a->connect_limit
                                                : a->step_at + a->step_limit;
    return step < whole ? step : whole;
}

bool ak_attempt_over(const struct ak_attempt *a, bool *abrupt)
{
    *abrupt = a->plan.abrupt;
    return a->phase == AK_PHASE_OVER;
}

const struct ak_probe_result *ak_attempt_result(const struct ak_attempt *a)
{
    return &a->result;
}

const char *ak_probe_end_name(enum ak_probe_end end)
{
    static const char *const names[] = {
        "reached",  "unreachable", "refused",  "timeout",  "fin",     "rst",    "alert",
        "declined", "rejected",    "nonsense", "too-much", "stopped", "nothing"};
    return (size_t)end < AK_COUNT(names) ? names[end] : "unknown";
}
