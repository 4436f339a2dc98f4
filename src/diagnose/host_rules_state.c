/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed since the machine started, its age, and its equals. */
#include <stdio.h>
#include <string.h>

#include "diagnose/host_rules.h"

#include "base/banned.h"

static const int64_t SECOND = INT64_C(1000000000);

/* ---- restart-pending ---- */

static void written(const struct ak_host *host, const char *key, const struct ak_setting *s,
                    struct ak_match *m)
{
    if (!s->present || s->written <= host->shutdown)
        return;
    m->count++;
    ak_match_text(m, AK_FACT_WRITTEN, 0, s->written / SECOND, key);
}

/* When a service has started, a hive does not tell; the machine started behind its last shutdown.
 */
void ak_look_restart_pending(const struct ak_host_case *c, struct ak_match *m)
{
    static const char *const roles[] = {"Client", "Server"};
    static const char *const nets[] = {".NETFramework\\v4.0.30319",
                                       "WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319"};
    const struct ak_host *host = c->host;
    if (host->shutdown == 0)
        return;
    ak_match_fact(m, AK_FACT_SHUT_DOWN, 0, host->shutdown / SECOND, 0);
    for (unsigned role = 0; role < AK_SCHANNEL_ROLES; role++)
        for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++) {
            const struct ak_host_protocol *x = &host->protocols[role][p];
            char key[80];
            (void)snprintf(key, sizeof key, "SCHANNEL\\Protocols\\%s\\%s",
                           ak_schannel_protocol_name((enum ak_schannel_protocol)p), roles[role]);
            written(host, key, x->enabled.present ? &x->enabled : &x->disabled_by_default, m);
        }
    for (size_t i = 0; i < host->algorithm_count; i++) {
        char key[80];
        (void)snprintf(key, sizeof key, "SCHANNEL\\%s\\%s", host->algorithms[i].kind,
                       host->algorithms[i].name);
        written(host, key, &host->algorithms[i].enabled, m);
    }
    for (unsigned b = 0; b < AK_BITNESSES; b++)
        written(host, nets[b], &host->dotnet.strong_crypto[b][1], m);
    if (m->count == 0)
        return;
    m->grade = AK_GRADE_LIKELY;
    ak_match_lack(m, "start-times");
}

/* ---- out-of-support ---- */

/* "2020-01-14" to the end of that day in seconds since 1970; 0 when it is no date. */
static int64_t end_of_day(const char *date)
{
    int part[3] = {0, 0, 0}, at = 0;
    for (const char *p = date; *p != '\0'; p++) {
        if (*p == '-')
            at++;
        else if (*p < '0' || *p > '9' || at > 2)
            return 0;
        else
            part[at] = part[at] * 10 + (*p - '0');
        if (at > 2 || part[at] > 9999)
            return 0;
    }
    if (at != 2)
        return 0;
    /* Days of the Gregorian calendar, with years that begin in March. */
    int64_t y = part[0] - (part[1] <= 2), m = (part[1] + 9) % 12;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + part[2] - 1 - 719468;
    return (days + 1) * 86400;
}

void ak_look_out_of_support(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_windows_release *r = c->host->release;
    int64_t now = c->now / SECOND;
    if (r == NULL || now == 0)
        return;
    int64_t end = end_of_day(r->support_end), paid = end_of_day(r->esu_end);
    if (end == 0 || now <= end)
        return;
    bool over = now > paid; /* 0: there are none */
    m->grade = ak_grade_cap(ak_grade_cap(AK_GRADE_CERTAIN, r->confidence), c->host->os_confidence);
    ak_match_system(m, c->host);
    ak_match_text(m, AK_FACT_SUPPORT_ENDED, 0, now,
                  over && paid != 0 ? r->esu_end : r->support_end);
    if (m->fact_count != 0)
        m->facts[m->fact_count - 1].b = over && paid != 0;
    if (!over)
        ak_match_text(m, AK_FACT_SUPPORT_PAID, 0, 0, r->esu_end);
    ak_match_lack(m, "server-os");
}

/* ---- cluster-nodes-differ ---- */

static bool is_node(const struct ak_host *host)
{
    for (size_t i = 0; i < host->instance_count; i++)
        if (ak_setting_is(&host->instances[i].hadr, 1) ||
            ak_setting_is(&host->instances[i].clustered, 1))
            return true;
    return false;
}

/* The first node of the evidence is what the others are held against. */
static const struct ak_host *first_node(const struct ak_host_case *c)
{
    for (size_t i = 0; i < c->host_count; i++)
        if (c->hosts[i] == c->host)
            return NULL;
        else if (is_node(c->hosts[i]))
            return c->hosts[i];
    return NULL;
}

static bool counts(const struct ak_host_suite *s)
{
    return s->code != 0 && s->removed == AK_WHY_OS_DEFAULT;
}

static bool has(const struct ak_host *host, uint16_t code)
{
    for (size_t i = 0; i < host->suite_count; i++)
        if (counts(&host->suites[i]) && host->suites[i].code == code)
            return true;
    return false;
}

enum { SHOWN = 4 }; /* of each side */

static void suites_only(const struct ak_host *a, const struct ak_host *b, enum ak_fact_kind kind,
                        struct ak_match *m)
{
    size_t shown = 0;
    for (size_t i = 0; i < a->suite_count; i++) {
        if (!counts(&a->suites[i]) || has(b, a->suites[i].code))
            continue;
        m->count++;
        if (shown++ < SHOWN)
            ak_match_text(m, kind, 0, 0, a->suites[i].name);
    }
}

static void versions_only(const struct ak_host *here, const struct ak_host *there,
                          struct ak_match *m)
{
    unsigned ours = ak_host_versions(here, AK_SCHANNEL_SERVER, false);
    unsigned theirs = ak_host_versions(there, AK_SCHANNEL_SERVER, false);
    char text[80];
    if (ours == theirs)
        return;
    m->count++;
    ak_versions_text(ours & ~theirs, text, sizeof text);
    if (text[0] != '\0')
        ak_match_text(m, AK_FACT_ONLY_HERE, 0, 0, text);
    ak_versions_text(theirs & ~ours, text, sizeof text);
    if (text[0] != '\0')
        ak_match_text(m, AK_FACT_ONLY_THERE, 0, 0, text);
}

void ak_look_cluster_nodes_differ(const struct ak_host_case *c, struct ak_match *m)
{
    const struct ak_host *other = is_node(c->host) ? first_node(c) : NULL;
    if (other == NULL || c->host->system == NULL || other->system == NULL)
        return;
    ak_match_text(m, AK_FACT_OTHER_HOST, 0, 0, other->name);
    versions_only(c->host, other, m);
    if (c->host->suites_origin != AK_LIST_UNKNOWN && other->suites_origin != AK_LIST_UNKNOWN) {
        suites_only(c->host, other, AK_FACT_ONLY_HERE, m);
        suites_only(other, c->host, AK_FACT_ONLY_THERE, m);
    }
    if (m->count == 0)
        return;
    m->grade = ak_grade_cap(AK_GRADE_LIKELY, c->host->os_confidence < other->os_confidence
                                                 ? c->host->os_confidence
                                                 : other->os_confidence);
    m->severity = AK_SEVERITY_WARNING;
    ak_match_lack(m, "both-sides-capture");
}

AK_HOST_RULE(restart_pending, "restart-pending", AK_SEVERITY_NOTE);
AK_HOST_RULE(out_of_support, "out-of-support", AK_SEVERITY_NOTE);
