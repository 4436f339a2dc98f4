/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_hosts.h"

#include <string.h>

#include "base/attr.h"
#include "diagnose/host_rules.h"
#include "model/programs.h"
#include "observe/event.h"

#include "base/banned.h"

const char *ak_met_by_name(enum ak_met_by by)
{
    static const char *const names[] = {"nothing",     "elimination", "name",
                                        "certificate", "address",     "user"};
    return names[by];
}

enum ak_side ak_roles_of(const struct ak_roles *roles, const char *file)
{
    size_t best = 0;
    enum ak_side side = AK_SIDE_NONE;
    for (int i = 0; i < AK_SIDES; i++) {
        const char *folder = roles->folder[i];
        size_t n = folder != NULL ? strlen(folder) : 0;
        while (n > 1 && folder[n - 1] == '/')
            n--;
        bool below = n != 0 && strncmp(file, folder, n) == 0 &&
                     (file[n] == '/' || file[n] == '\0' || folder[n - 1] == '/');
        if (below && n > best) {
            best = n;
            side = (enum ak_side)i;
        }
    }
    return side;
}

/* ---- what a machine has of a side ---- */

static bool has_address(const struct ak_host *host, const struct ak_endpoint *end)
{
    struct ak_endpoint address = *end;
    address.port = 0;
    for (size_t i = 0; i < host->address_count; i++)
        if (ak_endpoint_same(&host->address[i], &address))
            return true;
    return false;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The thumbprint in an instance's Certificate value. */
static bool is_thumbprint(const char *text, const uint8_t sha1[20])
{
    for (size_t i = 0; i < 20; i++) {
        int high = hex(text[2 * i]), low = high >= 0 ? hex(text[2 * i + 1]) : -1;
        if (low < 0 || (high << 4 | low) != sha1[i])
            return false;
    }
    return text[40] == '\0';
}

static bool uses_certificate(const struct ak_host *host, const struct ak_certificate *leaf)
{
    for (size_t i = 0; leaf != NULL && i < host->instance_count; i++)
        if (is_thumbprint(host->instances[i].certificate, leaf->sha1))
            return true;
    return false;
}

static const struct ak_certificate *leaf_of(const struct ak_conversation *c,
                                            const struct ak_server_known *known)
{
    if (c->tls != NULL && c->tls->chain_count != 0)
        return c->tls->chain[0];
    return known != NULL && known->leaf_count == 1 ? known->leaf[0] : NULL;
}

static bool is_called(const struct ak_host *host, const char *name)
{
    return name != NULL && name[0] != '\0' && host->name[0] != '\0' &&
           ak_event_same_host(host->name, name);
}

static bool has_name(const struct ak_host *host, const struct ak_conversation *c, enum ak_side side)
{
    if (side == AK_SIDE_CLIENT)
        return c->tds != NULL && is_called(host, c->tds->host);
    return c->tls != NULL && is_called(host, c->tls->server_name);
}

/* ---- versions ---- */

static bool is_version(const struct ak_sql_instance *instance, const struct ak_tds_seen *tds)
{
    unsigned n[3];
    const char *text = instance->patch_level[0] != '\0' ? instance->patch_level : instance->version;
    if (text[0] == '\0' || !ak_version_numbers(text, n))
        return true;
    /* Setup writes 13.2.5026 for build 13.0.5026: the second number is the service pack's there. */
    return n[0] == tds->server_version[0];
}

const struct ak_sql_instance *ak_case_instance(const struct ak_host *host,
                                               const struct ak_conversation *c)
{
    const struct ak_sql_instance *only = NULL;
    size_t fitting = 0;
    for (size_t i = 0; i < host->instance_count; i++)
        if (c->tds == NULL || !c->tds->has_server_version ||
            is_version(&host->instances[i], c->tds)) {
            only = &host->instances[i];
            fitting++;
        }
    return fitting == 1 ? only : ak_talk_instance(host);
}

bool ak_case_runs_another(const struct ak_host *host, const struct ak_conversation *c)
{
    if (c->tds == NULL || !c->tds->has_server_version || host->instance_count == 0)
        return false;
    for (size_t i = 0; i < host->instance_count; i++)
        if (is_version(&host->instances[i], c->tds))
            return false;
    return true;
}

/* ---- who it is ---- */

enum ak_side ak_case_role(const struct ak_host *host, const struct ak_roles *roles)
{
    return host->source_count != 0 ? ak_roles_of(roles, host->sources[0].file) : AK_SIDE_NONE;
}

static enum ak_side said(const struct ak_case_hosts *h, const struct ak_host *host)
{
    return ak_case_role(host, &h->roles);
}

/* The user said that it is a server, but a trace may show several: then its address tells, or
 * nothing is sure. */
static enum ak_met_by how_said(const struct ak_case_hosts *h, const struct ak_host *host,
                               const struct ak_conversation *c, enum ak_side side)
{
    bool tds = c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8;
    if (h->one[side] || has_address(host, &c->end[side]))
        return AK_MET_BY_USER;
    return host->address_count == 0 && (tds || side == AK_SIDE_CLIENT) ? AK_MET_BY_ELIMINATION
                                                                       : AK_MET_BY_NOTHING;
}

static enum ak_met_by how(const struct ak_case_hosts *h, const struct ak_host *host,
                          const struct ak_conversation *c, const struct ak_server_known *known,
                          enum ak_side side)
{
    enum ak_side role = said(h, host);
    if (role != AK_SIDE_NONE)
        return role == side ? how_said(h, host, c, side) : AK_MET_BY_NOTHING;
    if (side == AK_SIDE_SERVER && ak_case_runs_another(host, c))
        return AK_MET_BY_NOTHING;
    if (has_address(host, &c->end[side]))
        return AK_MET_BY_ADDRESS;
    if (host->address_count != 0)
        return AK_MET_BY_NOTHING;
    if (side == AK_SIDE_SERVER && uses_certificate(host, leaf_of(c, known)))
        return AK_MET_BY_CERTIFICATE;
    return has_name(host, c, side) ? AK_MET_BY_NAME : AK_MET_BY_NOTHING;
}

/* The one that fits best; two that fit equally well are none. */
static struct ak_met_host best_of(const struct ak_case_hosts *h, const struct ak_conversation *c,
                                  const struct ak_server_known *known, enum ak_side side)
{
    struct ak_met_host best = {NULL, AK_MET_BY_NOTHING};
    bool tie = false;
    for (size_t i = 0; i < h->count; i++) {
        struct ak_met_host one = {h->hosts[i], how(h, h->hosts[i], c, known, side)};
        tie = one.by == best.by ? true : one.by > best.by ? false : tie;
        if (one.by > best.by)
            best = one;
    }
    struct ak_met_host none = {NULL, AK_MET_BY_NOTHING};
    return best.by == AK_MET_BY_NOTHING || tie ? none : best;
}

static bool may_be_left(const struct ak_case_hosts *h, const struct ak_host *host,
                        const struct ak_conversation *c, enum ak_side side)
{
    if (host->address_count != 0 || said(h, host) == (enum ak_side)(1 - side))
        return false;
    if (side == AK_SIDE_CLIENT)
        return true;
    return host->instance_count != 0 && !ak_case_runs_another(host, c) &&
           (c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8);
}

/* The machine that is left: of one side there is but one address, and but one machine may have it.
 */
static struct ak_met_host left_over(const struct ak_case_hosts *h, const struct ak_conversation *c,
                                    enum ak_side side, const struct ak_host *other)
{
    struct ak_met_host left = {NULL, AK_MET_BY_NOTHING};
    for (size_t i = 0; h->one[side] && i < h->count; i++) {
        if (h->hosts[i] == other || !may_be_left(h, h->hosts[i], c, side))
            continue;
        struct ak_met_host none = {NULL, AK_MET_BY_NOTHING};
        if (left.host != NULL)
            return none;
        left.host = h->hosts[i];
        left.by = AK_MET_BY_ELIMINATION;
    }
    return left;
}

static bool is_loop(const struct ak_conversation *c)
{
    struct ak_endpoint client = c->end[AK_SIDE_CLIENT], server = c->end[AK_SIDE_SERVER];
    client.port = server.port = 0;
    return ak_endpoint_same(&client, &server);
}

void ak_case_hosts_meet(const struct ak_case_hosts *h, const struct ak_conversation *c,
                        const struct ak_server_known *known, struct ak_met_host side[AK_SIDES])
{
    side[AK_SIDE_SERVER] = best_of(h, c, known, AK_SIDE_SERVER);
    side[AK_SIDE_CLIENT] = best_of(h, c, known, AK_SIDE_CLIENT);
    if (side[AK_SIDE_SERVER].host == NULL)
        side[AK_SIDE_SERVER] =
            left_over(h, c, AK_SIDE_SERVER, is_loop(c) ? NULL : side[AK_SIDE_CLIENT].host);
    if (is_loop(c) && side[AK_SIDE_CLIENT].by <= side[AK_SIDE_SERVER].by)
        side[AK_SIDE_CLIENT] = side[AK_SIDE_SERVER];
    else if (side[AK_SIDE_CLIENT].host == NULL && side[AK_SIDE_SERVER].host != NULL)
        side[AK_SIDE_CLIENT] = left_over(h, c, AK_SIDE_CLIENT, side[AK_SIDE_SERVER].host);
}
