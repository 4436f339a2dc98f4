/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/meeting.h"

#include <string.h>

#include "base/attr.h"
#include "diagnose/predicates.h"

#include "base/banned.h"

/* ---- what must be so of the conversation ---- */

static bool server_refused_hello(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    if (c->outcome != AK_OUTCOME_FAILED || c->stage != AK_STAGE_P3 ||
        c->closed_by != AK_SIDE_SERVER || c->tls == NULL)
        return false;
    return e->version == 0 || c->tls->hello == NULL || ak_offers_version(c->tls->hello, e->version);
}

/* SQL Server closes without passing Schannel's alert on: a close with no alert may be any. */
static bool sent_it(const struct ak_ledger_event *e, const struct ak_conversation *c,
                    enum ak_side side)
{
    const struct ak_alert *alert = ak_fatal_alert(c, side);
    if (alert != NULL)
        return alert->code == e->alert;
    return c->outcome == AK_OUTCOME_FAILED && c->closed_by == side && c->close != AK_CLOSE_TIMEOUT;
}

static bool alert_sent(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    return e->has_alert && c->tls != NULL &&
           (sent_it(e, c, AK_SIDE_SERVER) || sent_it(e, c, AK_SIDE_CLIENT));
}

/* What was received was on the wire. */
static bool alert_received(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    const struct ak_alert *client = ak_fatal_alert(c, AK_SIDE_CLIENT);
    const struct ak_alert *server = ak_fatal_alert(c, AK_SIDE_SERVER);
    return e->has_alert && ((client != NULL && client->code == e->alert) ||
                            (server != NULL && server->code == e->alert));
}

static bool client_left(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->closed_by == AK_SIDE_CLIENT && c->close != AK_CLOSE_TIMEOUT && c->tls != NULL &&
           (c->stage == AK_STAGE_P4 || c->stage == AK_STAGE_P5 || c->stage == AK_STAGE_P5B);
}

static bool before_tls(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->stage <= AK_STAGE_P3 && c->outcome != AK_OUTCOME_ESTABLISHED;
}

static bool handshake_died(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->tls != NULL && (c->outcome == AK_OUTCOME_FAILED || c->stage == AK_STAGE_P5B);
}

/* A handshake that both logs and wire saw succeed, with the same version and suite. */
static bool handshake_worked(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    return c->outcome == AK_OUTCOME_ESTABLISHED && c->tls != NULL && e->version != 0 &&
           c->tls->version == e->version &&
           (e->cipher_suite == 0 || c->tls->cipher_suite == e->cipher_suite);
}

static bool login_came(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->stage >= AK_STAGE_P6;
}

/* Of endpoints for mirroring nothing is known but that the connection went on a while. */
static bool no_handshake(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->outcome != AK_OUTCOME_ESTABLISHED && c->stage >= AK_STAGE_P1;
}

static bool took_long(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    (void)e;
    return c->stage <= AK_STAGE_P6;
}

struct row {
    enum ak_log_provider provider;
    uint32_t code;
    bool names; /* the message names its client */
    bool (*fits)(const struct ak_ledger_event *e, const struct ak_conversation *c);
    enum ak_side side; /* whose log it is */
};

static const struct row rows[] = {
    {AK_LOG_SCHANNEL, 36870, false, server_refused_hello, AK_SIDE_SERVER},
    {AK_LOG_SCHANNEL, 36871, false, server_refused_hello, AK_SIDE_SERVER},
    {AK_LOG_SCHANNEL, 36874, false, server_refused_hello, AK_SIDE_SERVER},
    {AK_LOG_SCHANNEL, AK_EVENT_WORKED, false, handshake_worked, AK_SIDE_NONE},
    {AK_LOG_SCHANNEL, 36881, false, client_left, AK_SIDE_CLIENT},
    {AK_LOG_SCHANNEL, 36882, false, client_left, AK_SIDE_CLIENT},
    {AK_LOG_SCHANNEL, 36884, false, client_left, AK_SIDE_CLIENT},
    {AK_LOG_SCHANNEL, 36887, false, alert_received, AK_SIDE_NONE},
    {AK_LOG_SCHANNEL, 36888, false, alert_sent, AK_SIDE_NONE},
    {AK_LOG_SQL_SERVER, 17189, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17194, true, handshake_died, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17806, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17807, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17809, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17819, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17821, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17830, true, took_long, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17835, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 17836, true, before_tls, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 18452, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 18456, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 18470, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 18486, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 18487, true, login_came, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 28047, true, no_handshake, AK_SIDE_SERVER},
    {AK_LOG_SQL_SERVER, 28048, true, no_handshake, AK_SIDE_SERVER},
};

static const struct row *row_of(uint32_t provider, uint32_t code)
{
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].code == code && rows[i].provider == provider)
            return &rows[i];
    return NULL;
}

bool ak_may_meet_any(enum ak_log_provider provider, uint32_t code)
{
    return row_of(provider, code) != NULL;
}

/* ---- who ---- */

static bool same_address(const struct ak_endpoint *a, const struct ak_endpoint *b)
{
    return a->version == b->version &&
           memcmp(a->address, b->address, a->version == 4 ? 4 : 16) == 0;
}

static bool names_client(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    const struct ak_endpoint *client = &c->end[AK_SIDE_CLIENT];
    if (e->client_local)
        return same_address(client, &c->end[AK_SIDE_SERVER]) ||
               (client->version == 4 && client->address[0] == 127);
    return e->client.version != 0 && same_address(&e->client, client);
}

static bool listens(const struct ak_clock *clock, uint16_t port)
{
    for (size_t i = 0; i < clock->port_count; i++)
        if (clock->port[i] == port)
            return true;
    return clock->port_count == 0;
}

/* ---- when ---- */

/* Both Finished: the later one. */
static int64_t end_of_handshake(const struct ak_conversation *c)
{
    int64_t client = c->step[AK_STEP_CLIENT_FINISHED].time;
    int64_t server = c->step[AK_STEP_SERVER_FINISHED].time;
    return client > server ? client : server;
}

static int64_t end_of_talk(const struct ak_conversation *c)
{
    static const enum ak_step ends[] = {AK_STEP_ALERT, AK_STEP_FIN, AK_STEP_RST};
    for (size_t i = 0; i < AK_COUNT(ends); i++)
        if (c->step[ends[i]].frame != 0)
            return c->step[ends[i]].time;
    return c->last_time;
}

bool ak_may_meet(const struct ak_ledger_event *e, const struct ak_clock *clock,
                 const struct ak_conversation *c, struct ak_moment_span *span)
{
    const struct row *row = row_of(e->provider, e->code);
    if (row == NULL || c->direction_guessed || !row->fits(e, c))
        return false;
    if (row->names && (!names_client(e, c) || !listens(clock, c->end[AK_SIDE_SERVER].port)))
        return false;
    const struct ak_when *hello = &c->step[AK_STEP_CLIENT_HELLO];
    span->from = row->names || hello->frame == 0 ? c->first_time : hello->time;
    span->to = row->names                     ? c->last_time
               : row->code == AK_EVENT_WORKED ? end_of_handshake(c)
                                              : end_of_talk(c);
    if (span->to < span->from)
        span->to = span->from;
    return true;
}

enum ak_side ak_meeting_side(const struct ak_ledger_event *e, const struct ak_conversation *c)
{
    const struct row *row = row_of(e->provider, e->code);
    if (row == NULL || row->side != AK_SIDE_NONE)
        return row != NULL ? row->side : AK_SIDE_NONE;
    if (e->role != AK_EVENT_ROLE_UNKNOWN)
        return e->role == AK_EVENT_ROLE_CLIENT ? AK_SIDE_CLIENT : AK_SIDE_SERVER;
    if (e->code == AK_EVENT_WORKED)
        return AK_SIDE_NONE;
    const struct ak_alert *client = ak_fatal_alert(c, AK_SIDE_CLIENT);
    const struct ak_alert *server = ak_fatal_alert(c, AK_SIDE_SERVER);
    enum ak_side sender = client != NULL   ? AK_SIDE_CLIENT
                          : server != NULL ? AK_SIDE_SERVER
                                           : c->closed_by;
    enum { SENT = 36888 };
    if (sender == AK_SIDE_NONE || e->code == SENT)
        return sender;
    return sender == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
}
