/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/collected_case.h"

#include <stdio.h>
#include <string.h>

#include "diagnose/case_join.h"
#include "model/programs.h"

#include "base/banned.h"

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool same_instance(const char *a, const char *b)
{
    struct ak_event x, y;
    memset(&x, 0, sizeof x);
    memset(&y, 0, sizeof y);
    x.file = y.file = "";
    (void)snprintf(x.instance, sizeof x.instance, "%s", a);
    (void)snprintf(y.instance, sizeof y.instance, "%s", b);
    return ak_event_same_origin(&x, &y);
}

const struct ak_collected *ak_collected_next(const struct ak_collected_set *set, const char *host,
                                             const char *instance, size_t *at)
{
    while (set != NULL && host[0] != '\0' && *at < set->count) {
        const struct ak_collected *c = set->items[(*at)++];
        if (c->of_sql && c->host[0] != '\0' && ak_event_same_host(c->host, host) &&
            (instance == NULL || same_instance(c->instance, instance)))
            return c;
    }
    return NULL;
}

const struct ak_collected_fact *ak_collected_fact_next(const struct ak_collected *c,
                                                       enum ak_collected_kind kind, size_t *at)
{
    while (*at < c->count) {
        const struct ak_collected_fact *f = &c->facts[(*at)++];
        if (f->kind == kind)
            return f;
    }
    return NULL;
}

const char *ak_collected_value(const struct ak_collected_fact *f, const char *key)
{
    const char *told = ak_collected_told(f, key);
    return told != NULL ? told : "";
}

bool ak_collected_setting(const struct ak_collected *c, const char *name, uint64_t *value)
{
    const struct ak_collected_fact *f;
    for (size_t at = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_SETTING, &at)) != NULL;)
        if (strcmp(ak_collected_value(f, "name"), name) == 0)
            return ak_collected_number(ak_collected_value(f, "in_use"), value);
    return false;
}

const struct ak_collected_fact *ak_collected_certificate(const struct ak_collected *c,
                                                         const char *name)
{
    const struct ak_collected_fact *f;
    for (size_t at = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_CERTIFICATE, &at)) != NULL;)
        if (name[0] != '\0' && strcmp(ak_collected_value(f, "name"), name) == 0)
            return f;
    return NULL;
}

void ak_match_collected(struct ak_match *m, const struct ak_collected *c,
                        const struct ak_collected_fact *f, const char *const *keys)
{
    char text[AK_FACT_TEXT];
    int n = snprintf(text, sizeof text, "%.60s: %s", file_name(c->file),
                     ak_collected_row(f->kind)->name);
    for (size_t i = 0; keys[i] != NULL && n >= 0 && (size_t)n < sizeof text; i++)
        n += i == 0 ? snprintf(text + n, sizeof text - (size_t)n, " %.60s",
                               ak_collected_value(f, keys[i]))
                    : snprintf(text + n, sizeof text - (size_t)n, "%s%s=%.40s",
                               i == 1 ? ": " : ", ", keys[i], ak_collected_value(f, keys[i]));
    ak_match_text(m, AK_FACT_COLLECTED, 0, 0, text);
}

/* ---- behind a conversation ---- */

/* The machine that told this address; "" none did. */
static const char *machine_at(const struct ak_collected_set *set, const struct ak_endpoint *end)
{
    char address[46];
    const struct ak_collected_fact *f;
    ak_endpoint_text(end, address);
    for (size_t i = 0; i < set->count; i++)
        for (size_t at = 0;
             (f = ak_collected_fact_next(set->items[i], AK_COLLECTED_ADDRESS, &at)) != NULL;)
            if (strcmp(ak_collected_value(f, "ip"), address) == 0)
                return set->items[i]->host;
    return "";
}

/* The machine whose log names this conversation's client at its moment. */
static const char *machine_of_log(const struct ak_met *met)
{
    for (size_t i = 0; i < met->event_count; i++)
        if (met->event[i].sole && met->event[i].event->client.version != 0)
            return met->event[i].alignment->clock->host;
    return "";
}

static const char *machine_of(const struct ak_view *v, enum ak_side side)
{
    const struct ak_met_host *host = v->met != NULL ? &v->met->side[side] : NULL;
    if (host != NULL && host->host != NULL && host->by >= AK_MET_BY_CERTIFICATE)
        return host->host->name;
    const char *name = machine_at(v->collected, &v->c->end[side]);
    if (name[0] != '\0' || v->met == NULL || side != AK_SIDE_SERVER)
        return name;
    return machine_of_log(v->met);
}

/* Not another version than the one on the wire. */
static bool may_be(const struct ak_collected *c, const struct ak_view *v, enum ak_side side)
{
    unsigned n[3];
    const struct ak_collected_fact *server;
    size_t at = 0;
    if (side != AK_SIDE_SERVER || v->tds == NULL || !v->tds->has_server_version ||
        (server = ak_collected_fact_next(c, AK_COLLECTED_SERVER, &at)) == NULL ||
        !ak_version_numbers(ak_collected_value(server, "build"), n))
        return true;
    return n[0] == v->tds->server_version[0] && n[2] == v->tds->server_build[0];
}

const struct ak_collected *ak_collected_of_side(const struct ak_view *v, enum ak_side side)
{
    const struct ak_collected *one, *found = NULL;
    if (v->collected == NULL || v->collected->count == 0)
        return NULL;
    const char *machine = machine_of(v, side);
    for (size_t at = 0; (one = ak_collected_next(v->collected, machine, NULL, &at)) != NULL;) {
        if (!may_be(one, v, side))
            continue;
        if (found != NULL)
            return NULL;
        found = one;
    }
    return found;
}
