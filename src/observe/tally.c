/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/tally.h"

#include <string.h>

#include "base/alloc.h"
#include "base/index.h"
#include "base/limits.h"

#include "base/banned.h"

struct client {
    struct ak_endpoint end; /* port 0 */
    uint8_t versions;       /* bits of places */
};

struct ak_tallying {
    struct ak_tally numbers;
    struct ak_hash_key key;
    struct ak_index clients;
};

struct ak_tallying *ak_tallying_new(uint64_t seed)
{
    struct ak_tallying *t = ak_alloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->key.k0 = seed;
    t->key.k1 = ~seed;
    if (!ak_index_init(&t->clients, AK_MAX_SERVERS)) {
        ak_tallying_free(t);
        return NULL;
    }
    return t;
}

void ak_tallying_free(struct ak_tallying *t)
{
    struct client *c;
    if (t == NULL)
        return;
    for (size_t at = 0; t->clients.room != 0 && (c = ak_index_each(&t->clients, &at)) != NULL;)
        ak_free(c);
    ak_index_release(&t->clients);
    ak_free(t);
}

uint16_t ak_tally_version_code(unsigned place)
{
    static const uint16_t codes[AK_TALLY_VERSIONS] = {0x0002, 0x0300, 0x0301, 0x0302,
                                                      0x0303, 0x0304, 0};
    return codes[place];
}

static unsigned place_of(uint16_t version)
{
    unsigned place = 0;
    while (place + 1 < AK_TALLY_VERSIONS && ak_tally_version_code(place) != version)
        place++;
    return place;
}

static struct client *client_of(struct ak_tallying *t, const struct ak_conversation *c)
{
    struct ak_endpoint end = c->end[AK_SIDE_CLIENT];
    end.port = 0;
    uint64_t hash = ak_endpoint_hash(t->key, &end), at = hash;
    struct client *client;
    while ((client = ak_index_next(&t->clients, hash, &at)) != NULL)
        if (ak_endpoint_same(&client->end, &end))
            return client;
    client = ak_alloc(1, sizeof *client);
    if (client == NULL || !ak_index_add(&t->clients, hash, client)) {
        ak_free(client);
        return NULL;
    }
    client->end = end;
    return client;
}

void ak_tallying_open(struct ak_tallying *t, const struct ak_conversation *c)
{
    if (c->tls == NULL)
        return;
    unsigned place = place_of(c->tls->version);
    struct ak_tally_version *v = &t->numbers.versions[place];
    struct client *client = client_of(t, c);
    v->connections++;
    v->last = c->first_time > v->last ? c->first_time : v->last;
    if (client == NULL) {
        t->numbers.clients_more = true;
    } else if (!(client->versions >> place & 1)) {
        client->versions |= (uint8_t)(1u << place);
        v->clients++;
    }
}

void ak_tallying_add(struct ak_tallying *t, const struct ak_conversation *c)
{
    t->numbers.outcomes[c->outcome]++;
    t->numbers.protocols[c->protocol]++;
    if (c->outcome == AK_OUTCOME_ESTABLISHED && !c->told)
        ak_tallying_open(t, c);
}

const struct ak_tally *ak_tallying_numbers(const struct ak_tallying *t)
{
    return &t->numbers;
}
