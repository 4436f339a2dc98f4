/* SPDX-License-Identifier: Apache-2.0 */
/* What the facts that SQL Server told of itself say: endpoints that do not fit, a packet size too
 * large, linked servers that will check a certificate. */
#include "diagnose/collected_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/moment.h"
#include "base/words.h"
#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "model/programs.h"
#include "model/thresholds.h"

#include "base/banned.h"

enum { SQL_2025 = 17 };

static const struct ak_collected *told_by(const struct ak_event_case *c)
{
    size_t at = 0;
    return ak_collected_next(c->evidence->collected, c->origin->host, c->origin->instance, &at);
}

static void raise(struct ak_match *m, enum ak_grade grade)
{
    m->grade = grade > m->grade ? grade : m->grade;
}

/* ---- endpoint-handshake (T5) ---- */

static const char *const endpoint_keys[] = {"name", "port", "auth", "algorithm", NULL};
static const char *const certificate_keys[] = {"name", "from", "until", NULL};

/* The endpoint of this port, else the only one. */
static const struct ak_collected_fact *endpoint_of(const struct ak_collected *c, uint16_t port)
{
    const struct ak_collected_fact *f, *only = NULL;
    uint64_t number;
    size_t count = 0;
    for (size_t at = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_ENDPOINT, &at)) != NULL;) {
        if (port != 0 && ak_collected_number(ak_collected_value(f, "port"), &number) &&
            number == port)
            return f;
        only = f;
        count++;
    }
    return count == 1 ? only : NULL;
}

enum { AES = 1, RC4 = 2, CLEAR = 4, NTLM = 1, KERBEROS = 2, CERTIFICATE = 4 };

static const struct {
    const char *word;
    unsigned bits;
} algorithms[] = {{"aes", AES}, {"rc4", RC4}, {"none", CLEAR}},
  ways[] = {{"ntlm", NTLM},
            {"kerberos", KERBEROS},
            {"negotiate", NTLM | KERBEROS},
            {"certificate", CERTIFICATE}};

/* "NTLM, CERTIFICATE", as the view lists what an endpoint allows; 0: not told, or another word. */
static unsigned bits_of(const char *list, bool algorithm)
{
    unsigned bits = 0;
    while (*list != '\0') {
        size_t size = strcspn(list, ", ");
        unsigned found = 0;
        struct ak_span word = {(const uint8_t *)list, size};
        for (size_t i = 0; algorithm && i < AK_COUNT(algorithms); i++)
            found |= ak_words_equal(word, algorithms[i].word) ? algorithms[i].bits : 0;
        for (size_t i = 0; !algorithm && i < AK_COUNT(ways); i++)
            found |= ak_words_equal(word, ways[i].word) ? ways[i].bits : 0;
        if (size != 0 && found == 0)
            return 0;
        bits |= found;
        list += size + strspn(list + size, ", ");
    }
    return bits;
}

static bool share_nothing(const struct ak_collected_fact *a, const struct ak_collected_fact *b,
                          const char *key)
{
    bool algorithm = strcmp(key, "algorithm") == 0;
    unsigned x = bits_of(ak_collected_value(a, key), algorithm);
    unsigned y = bits_of(ak_collected_value(b, key), algorithm);
    return x != 0 && y != 0 && (x & y) == 0;
}

bool ak_endpoints_disjoint(const struct ak_collected_fact *a, const struct ak_collected_fact *b)
{
    return share_nothing(a, b, "algorithm") || share_nothing(a, b, "auth");
}

/* The certificate that the endpoint proves itself with, when `now` is outside of its dates. */
static const struct ak_collected_fact *expired(const struct ak_collected *c,
                                               const struct ak_collected_fact *endpoint,
                                               int64_t now)
{
    int64_t from, until;
    const struct ak_collected_fact *f =
        ak_collected_certificate(c, ak_collected_value(endpoint, "certificate"));
    bool used = (bits_of(ak_collected_value(endpoint, "auth"), false) & CERTIFICATE) != 0;
    if (f == NULL || !used || now <= 0 || !ak_moment_parse(ak_collected_value(f, "from"), &from) ||
        !ak_moment_parse(ak_collected_value(f, "until"), &until))
        return NULL;
    return now < from || now > until ? f : NULL;
}

static bool match_expired(struct ak_match *m, const struct ak_collected *c,
                          const struct ak_collected_fact *endpoint, int64_t now)
{
    const struct ak_collected_fact *f = expired(c, endpoint, now);
    if (f == NULL)
        return false;
    ak_match_collected(m, c, endpoint, endpoint_keys);
    ak_match_collected(m, c, f, certificate_keys);
    return true;
}

static void match_both(struct ak_match *m, const struct ak_collected *a,
                       const struct ak_collected_fact *x, const struct ak_collected *b,
                       const struct ak_collected_fact *y)
{
    ak_match_collected(m, a, x, endpoint_keys);
    ak_match_collected(m, b, y, endpoint_keys);
}

/* The one other machine that told of an endpoint; NULL: none, or several. */
static const struct ak_collected *partner_of(const struct ak_collected_set *set,
                                             const struct ak_collected *own)
{
    const struct ak_collected *found = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct ak_collected *c = set->items[i];
        if (!c->of_sql || c == own || ak_event_same_host(c->host, own->host) ||
            endpoint_of(c, 0) == NULL)
            continue;
        if (found != NULL)
            return NULL;
        found = c;
    }
    return found;
}

static bool has_told_first(const struct ak_collected_set *set, const struct ak_collected *own,
                           const struct ak_collected *other)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i] == own || set->items[i] == other)
            return set->items[i] == own;
    return false;
}

/* Did the other node log what this one did not? Then it speaks. */
static bool logged_by(const struct ak_event_case *c, const char *host)
{
    static const uint32_t codes[] = {28047, 28048};
    const struct ak_event_group *g;
    for (size_t at = 0; (g = ak_event_book_at(c->book, at)) != NULL; at++)
        for (size_t i = 0; i < AK_COUNT(codes); i++)
            if (g->sample.provider == AK_LOG_SQL_SERVER && g->sample.code == codes[i] &&
                g->origin != NULL && g->origin->host[0] != '\0' &&
                ak_event_same_host(g->origin->host, host))
                return true;
    return false;
}

void ak_collected_endpoint_handshake(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_collected *own = told_by(c);
    const struct ak_collected_fact *endpoint = own != NULL ? endpoint_of(own, 0) : NULL;
    bool logged = m->grade != AK_GRADE_NONE;
    if (endpoint == NULL)
        return;
    int64_t now = c->tally->count != 0 ? c->tally->last : own->timed ? own->time : 0;
    if (match_expired(m, own, endpoint, now))
        raise(m, AK_GRADE_LIKELY);
    const struct ak_collected *other = partner_of(c->evidence->collected, own);
    const struct ak_collected_fact *theirs = other != NULL ? endpoint_of(other, 0) : NULL;
    if (theirs != NULL && ak_endpoints_disjoint(endpoint, theirs) &&
        (logged ||
         (!logged_by(c, other->host) && has_told_first(c->evidence->collected, own, other)))) {
        match_both(m, own, endpoint, other, theirs);
        raise(m, logged ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY);
    }
    if (m->grade == AK_GRADE_NONE)
        return;
    m->side = AK_CHANGE_BOTH;
    if (!logged)
        m->severity = AK_SEVERITY_WARNING;
}

static enum ak_answer weigh_endpoint(const struct ak_view *v, enum ak_answer answer,
                                     struct ak_match *m)
{
    const struct ak_collected *server = ak_collected_of_side(v, AK_SIDE_SERVER);
    const struct ak_collected *client = ak_collected_of_side(v, AK_SIDE_CLIENT);
    uint16_t port = v->c->end[AK_SIDE_SERVER].port;
    const struct ak_collected_fact *a = server != NULL ? endpoint_of(server, port) : NULL;
    const struct ak_collected_fact *b = client != NULL ? endpoint_of(client, 0) : NULL;
    bool disjoint = a != NULL && b != NULL && ak_endpoints_disjoint(a, b);
    bool dates =
        answer == AK_ANSWER_YES && ((a != NULL && expired(server, a, v->c->last_time) != NULL) ||
                                    (b != NULL && expired(client, b, v->c->last_time) != NULL));
    if (!disjoint && !dates)
        return answer;
    if (answer != AK_ANSWER_YES) {
        ak_match_begin(m);
        m->severity = AK_SEVERITY_ERROR;
        m->side = AK_CHANGE_BOTH;
        ak_match_end(m, v);
    }
    if (disjoint)
        match_both(m, server, a, client, b);
    if (dates && a != NULL)
        (void)match_expired(m, server, a, v->c->last_time);
    if (dates && b != NULL)
        (void)match_expired(m, client, b, v->c->last_time);
    raise(m, disjoint ? AK_GRADE_CERTAIN : AK_GRADE_LIKELY);
    return AK_ANSWER_YES;
}

/* ---- packet-size-too-large (X13) ---- */

static const char *const setting_keys[] = {"name", "in_use", NULL};
static const char *const connection_keys[] = {"transport", "encrypt", "packet", "count", NULL};

uint32_t ak_collected_packet_size(const struct ak_collected *c)
{
    uint64_t size;
    bool told = c != NULL && ak_collected_setting(c, "network packet size (B)", &size);
    return told && size <= UINT32_MAX ? (uint32_t)size : 0;
}

void ak_match_packet_size(struct ak_match *m, const struct ak_collected *c)
{
    const struct ak_collected_fact *f;
    for (size_t at = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_SETTING, &at)) != NULL;)
        if (strcmp(ak_collected_value(f, "name"), "network packet size (B)") == 0)
            ak_match_collected(m, c, f, setting_keys);
}

/* The largest of its encrypted connections over TCP; NULL: there are none. */
static const struct ak_collected_fact *encrypted(const struct ak_collected *c)
{
    const struct ak_collected_fact *f, *found = NULL;
    uint64_t size, largest = 0;
    bool on;
    for (size_t at = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_CONNECTION, &at)) != NULL;) {
        bool tcp = strcmp(ak_collected_value(f, "transport"), "TCP") == 0;
        if (!tcp || !ak_collected_flag(ak_collected_value(f, "encrypt"), &on) || !on)
            continue;
        if (!ak_collected_number(ak_collected_value(f, "packet"), &size))
            size = 0;
        if (found == NULL || size > largest) {
            largest = size;
            found = f;
        }
    }
    return found;
}

void ak_events_packet_size_too_large(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_collected *told = told_by(c);
    const int64_t most = ak_threshold_get(AK_THRESHOLD_PACKET_SIZE_MAXIMUM);
    uint64_t size = 0;
    if ((int64_t)ak_collected_packet_size(told) <= most)
        return;
    const struct ak_collected_fact *session = encrypted(told);
    ak_match_packet_size(m, told);
    m->severity = AK_SEVERITY_WARNING;
    m->grade = AK_GRADE_POSSIBLE; /* who takes this size, and encrypts, it does not tell */
    if (session == NULL)
        return;
    ak_match_collected(m, told, session, connection_keys);
    /* That should not be: the view, or what is known of the limit, is wrong. */
    bool beyond =
        ak_collected_number(ak_collected_value(session, "packet"), &size) && size > (uint64_t)most;
    m->grade = beyond ? AK_GRADE_POSSIBLE : AK_GRADE_LIKELY;
}

/* ---- linked-server-encrypt-default (X25) ---- */

static const char *const link_keys[] = {"name", "provider", "source", "encrypt", "trust", NULL};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Does the provider of this link encrypt and check the certificate unless it is told otherwise? */
static bool is_checked(const struct ak_collected *c, const struct ak_collected_fact *link)
{
    unsigned n[3] = {0, 0, 0};
    const char *provider = ak_collected_value(link, "provider");
    const char *encrypt = ak_collected_value(link, "encrypt");
    (void)ak_version_numbers(c->build, n);
    bool ours = begins(provider, "MSOLEDBSQL") || begins(provider, "SQLNCLI");
    bool newest = begins(provider, "MSOLEDBSQL19") || (n[0] >= SQL_2025 && ours);
    bool trusts = strcmp(ak_collected_value(link, "trust"), "yes") == 0;
    if (!newest || strcmp(encrypt, "optional") == 0)
        return false;
    return !trusts || strcmp(encrypt, "strict") == 0;
}

/* "tcp:sql02.example.test,1433", "SQL02\INST": the machine. */
static void target_of(const struct ak_collected_fact *link, char *out, size_t room)
{
    const char *source = ak_collected_value(link, "source");
    const char *colon = strchr(source, ':');
    source = colon != NULL ? colon + 1 : source;
    (void)snprintf(out, room, "%.*s", (int)strcspn(source, "\\,"), source);
}

/* 26018: it said that it uses a certificate of its own making. */
static const struct ak_event_group *own_certificate(const struct ak_event_case *c,
                                                    const char *machine)
{
    enum { SELF_GENERATED = 26018, LOADED = 26013 };
    const struct ak_event_group *g, *newest = NULL;
    for (size_t at = 0; (g = ak_event_book_at(c->book, at)) != NULL; at++) {
        bool tells = g->sample.provider == AK_LOG_SQL_SERVER &&
                     (g->sample.code == LOADED || g->sample.code == SELF_GENERATED);
        if (tells && g->origin != NULL && g->origin->host[0] != '\0' &&
            ak_event_same_host(g->origin->host, machine) &&
            (newest == NULL || g->last > newest->last))
            newest = g;
    }
    return newest != NULL && newest->sample.code == SELF_GENERATED ? newest : NULL;
}

static const struct ak_host *host_called(const struct ak_event_case *c, const char *machine)
{
    const struct ak_event_evidence *e = c->evidence;
    for (size_t i = 0; i < e->host_count; i++)
        if (e->hosts[i]->name[0] != '\0' && ak_event_same_host(e->hosts[i]->name, machine))
            return e->hosts[i];
    return NULL;
}

static const struct ak_sql_instance *without_certificate(const struct ak_host *host)
{
    for (size_t i = 0; host != NULL && i < host->instance_count; i++)
        if (host->instances[i].network_known && host->instances[i].certificate[0] == '\0')
            return &host->instances[i];
    return NULL;
}

static bool all_configured(const struct ak_host *host)
{
    for (size_t i = 0; host != NULL && i < host->instance_count; i++)
        if (!host->instances[i].network_known || host->instances[i].certificate[0] == '\0')
            return false;
    return host != NULL && host->instance_count != 0;
}

static void judge_link(const struct ak_event_case *c, const struct ak_collected *told,
                       const struct ak_collected_fact *link, struct ak_match *m)
{
    char machine[AK_EVENT_NAME];
    target_of(link, machine, sizeof machine);
    if (machine[0] == '\0' || ak_event_same_host(machine, told->host))
        return;
    const struct ak_event_group *g = own_certificate(c, machine);
    const struct ak_host *host = host_called(c, machine);
    const struct ak_sql_instance *bare = without_certificate(host);
    if (g == NULL && all_configured(host))
        return;
    ak_match_collected(m, told, link, link_keys);
    if (g != NULL)
        ak_match_event(c, m, g);
    if (bare != NULL) {
        ak_match_text(m, AK_FACT_OTHER_HOST, 0, 0, host->name);
        ak_match_text(m, AK_FACT_NO_CERTIFICATE, 0, 0, bare->name);
    }
    /* What 2025 makes of the older names, no page tells for every upgrade. */
    bool newest = begins(ak_collected_value(link, "provider"), "MSOLEDBSQL19");
    raise(m, g != NULL && newest         ? AK_GRADE_CERTAIN
             : g != NULL || bare != NULL ? AK_GRADE_LIKELY
                                         : AK_GRADE_POSSIBLE);
}

void ak_events_linked_server_encrypt_default(const struct ak_event_case *c, struct ak_match *m)
{
    const struct ak_collected *told = told_by(c);
    const struct ak_collected_fact *link;
    for (size_t at = 0;
         told != NULL && (link = ak_collected_fact_next(told, AK_COLLECTED_LINKED, &at)) != NULL;)
        if (is_checked(told, link))
            judge_link(c, told, link, m);
    if (m->grade == AK_GRADE_NONE)
        return;
    m->side = AK_CHANGE_HOST;
    m->severity = m->grade == AK_GRADE_POSSIBLE ? AK_SEVERITY_NOTE : AK_SEVERITY_WARNING;
    if (m->grade != AK_GRADE_CERTAIN)
        ak_match_lack(m, "server-log");
}

bool ak_collected_links_told(const struct ak_collected_set *set, const char *host, bool *checked)
{
    const struct ak_collected *c;
    bool told = false;
    *checked = false;
    for (size_t at = 0; (c = ak_collected_next(set, host, NULL, &at)) != NULL;) {
        const struct ak_collected_fact *f;
        bool missing = false;
        for (size_t k = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_MISSING, &k)) != NULL;)
            missing = missing || strcmp(ak_collected_value(f, "what"), "linked") == 0;
        told = told || (c->complete && !missing);
        for (size_t k = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_LINKED, &k)) != NULL;)
            *checked = *checked || is_checked(c, f);
    }
    return told;
}

bool ak_collected_calls(const struct ak_collected_set *set, const char *host, const char *server)
{
    const struct ak_collected *c;
    char machine[AK_EVENT_NAME];
    for (size_t at = 0; (c = ak_collected_next(set, host, NULL, &at)) != NULL;) {
        const struct ak_collected_fact *f;
        for (size_t k = 0; (f = ak_collected_fact_next(c, AK_COLLECTED_LINKED, &k)) != NULL;) {
            target_of(f, machine, sizeof machine);
            if (machine[0] != '\0' && server[0] != '\0' && ak_event_same_host(machine, server))
                return true;
        }
    }
    return false;
}

enum ak_answer ak_collected_weigh(const struct ak_view *v, const struct ak_rule *rule,
                                  enum ak_answer answer, struct ak_match *m)
{
    if (v->collected == NULL || v->collected->count == 0 ||
        strcmp(rule->id, "endpoint-handshake") != 0 || !ak_is_endpoint_over(v->c))
        return answer;
    return weigh_endpoint(v, answer, m);
}
