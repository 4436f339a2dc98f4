/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_client.h"

#include <string.h>

#include "base/banned.h"

enum { EXTENDED_MASTER_SECRET = 23, RENEGOTIATION_INFO = 0xff01, RENEGOTIATION_SCSV = 0x00ff };

static bool has(const uint16_t *codes, size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static void list(struct ak_party_list *to, const uint16_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)ak_party_list_add(to, codes[i], true);
    to->complete = true;
}

static enum ak_stack stack_of(const struct ak_client_profile *client)
{
    static const struct {
        const char *prefix;
        enum ak_stack stack;
    } rows[] = {{"openssl", AK_STACK_OPENSSL}, {"java", AK_STACK_JSSE},
                {"jtds", AK_STACK_JSSE},       {"freetds", AK_STACK_GNUTLS},
                {"firefox", AK_STACK_NSS},     {"thunderbird", AK_STACK_NSS},
                {"tedious", AK_STACK_OPENSSL}, {"tor_", AK_STACK_NSS}};
    if (client->schannel[0] != '\0')
        return AK_STACK_SCHANNEL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strncmp(client->id, rows[i].prefix, strlen(rows[i].prefix)) == 0)
            return rows[i].stack;
    return AK_STACK_OTHER;
}

static uint16_t limit(int32_t bits)
{
    return bits > 0 && bits <= UINT16_MAX ? (uint16_t)bits : 0;
}

static bool takes(const struct ak_client_profile *c, uint16_t version)
{
    if (c->version_count != 0 && version >= 0x0301)
        return has(c->versions, c->version_count, version);
    return version <= c->highest &&
           (version >= c->lowest || (version == 0x0002 && c->lowest == 0x0200));
}

void ak_party_of_client(const struct ak_client_profile *c, const char *name, struct ak_party *party)
{
    ak_party_init(party, name, AK_SIDE_CLIENT, stack_of(c));
    for (unsigned at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (takes(c, ak_party_version_code((enum ak_party_version_at)at)))
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_ON, "offered");
    for (size_t i = 0; i < c->suite_count; i++)
        (void)ak_party_suite_add(party, c->suites[i], true);
    party->suites_complete = true;
    /* A hello without these extensions says nothing, which is a fact too: the list is known and
     * empty only to those who need it; RFC 5246 7.4.1.4.1 and RFC 8422 5.1 say what then holds. */
    list(&party->groups, c->groups, c->group_count);
    list(&party->schemes, c->schemes, c->scheme_count);
    bool ems = has(c->extensions, c->extension_count, EXTENDED_MASTER_SECRET);
    bool renegotiation = has(c->extensions, c->extension_count, RENEGOTIATION_INFO) ||
                         has(c->suites, c->suite_count, RENEGOTIATION_SCSV);
    party->extended_master_secret = ems ? AK_NEED_SUPPORTED : AK_NEED_NONE;
    party->renegotiation_info = renegotiation ? AK_NEED_SUPPORTED : AK_NEED_NONE;
    party->bounds.dh_min = limit(c->min_dh);
    party->bounds.dh_max = limit(c->max_dh);
    party->bounds.rsa_min = limit(c->min_rsa);
    party->bounds.rsa_max = limit(c->max_rsa);
    for (unsigned i = 0; i < AK_PARTY_PARTS; i++)
        if (c->confidence < party->confidence[i])
            party->confidence[i] = c->confidence;
}
