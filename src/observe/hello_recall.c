/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/hello_recall.h"

#include <string.h>

#include "base/alloc.h"
#include "observe/hello_shape.h"

#include "base/banned.h"

enum {
    PLACES = 256,
    LONGEST = 2048,                   /* of a body that is kept */
    SESSION = 34,                     /* where its session id's length stands */
    RUNS = AK_CLIENT_HELLO_LOOSE + 1, /* of bytes that must be the same */
    STRIKES = 4                       /* misses in a row that free a place */
};

struct memory {
    struct ak_hello_said said; /* its spans lie in body */
    uint32_t size;
    uint32_t runs, strikes;
    struct run {
        uint16_t at, size;
    } run[RUNS];
    uint8_t body[];
};

struct ak_hello_recall {
    struct ak_hash_key key;
    struct memory *memory[PLACES]; /* NULL: free */
};

struct ak_hello_recall *ak_hello_recall_new(struct ak_hash_key key)
{
    struct ak_hello_recall *recall = ak_alloc(1, sizeof *recall);
    if (recall != NULL)
        recall->key = key;
    return recall;
}

static void forget(struct memory *m)
{
    if (m == NULL)
        return;
    ak_hello_shape_drop(m->said.shape);
    ak_free(m);
}

void ak_hello_recall_free(struct ak_hello_recall *recall)
{
    if (recall == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++)
        forget(recall->memory[i]);
    ak_free(recall);
}

/* The place of bodies of this length that begin their suites like this one; false: too short, or
 * too long. */
static bool place_of(const struct ak_hello_recall *recall, struct ak_span body, size_t *place)
{
    uint64_t suites;
    if (body.size <= SESSION || body.size > LONGEST)
        return false;
    size_t session = body.bytes[SESSION], at = SESSION + 1 + session;
    if (at + sizeof suites > body.size)
        return false;
    memcpy(&suites, body.bytes + at, sizeof suites);
    *place =
        ak_hash_fold(suites ^ recall->key.k0, (body.size << 8 | session) ^ recall->key.k1) % PLACES;
    return true;
}

static bool is_like(const struct memory *m, struct ak_span body)
{
    if (m->size != body.size)
        return false;
    for (size_t i = 0; i < m->runs; i++)
        if (memcmp(m->body + m->run[i].at, body.bytes + m->run[i].at, m->run[i].size) != 0)
            return false;
    return true;
}

bool ak_hello_recall(const struct ak_hello_recall *recall, struct ak_span body,
                     struct ak_hello_said *said)
{
    size_t place;
    if (!AK_MEMO || !place_of(recall, body, &place))
        return false;
    struct memory *m = recall->memory[place];
    if (m == NULL || !is_like(m, body))
        return false;
    m->strikes = 0;
    *said = m->said;
    said->random = body.bytes + (m->said.random - m->body);
    if (said->server_name.size != 0)
        said->server_name.bytes = body.bytes + (m->said.server_name.bytes - m->body);
    (void)ak_hello_shape_keep(said->shape);
    return true;
}

/* All but the loose spans, which come in their order. */
static void make_runs(struct memory *m, const struct ak_span *loose, size_t count)
{
    size_t from = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t to = i < count ? (size_t)(loose[i].bytes - m->body) : m->size;
        if (to > from) {
            struct run run = {(uint16_t)from, (uint16_t)(to - from)};
            m->run[m->runs++] = run;
        }
        if (i < count)
            from = to + loose[i].size;
    }
}

void ak_hello_remember(struct ak_hello_recall *recall, struct ak_span body,
                       const struct ak_client_hello *hello, const struct ak_hello_said *said)
{
    struct ak_span loose[AK_CLIENT_HELLO_LOOSE];
    size_t place;
    if (!AK_MEMO || said->shape == NULL || !place_of(recall, body, &place))
        return;
    struct memory **slot = &recall->memory[place];
    if (*slot != NULL && ++(*slot)->strikes < STRIKES)
        return;
    struct memory *m = ak_alloc(1, sizeof *m + body.size);
    if (m == NULL)
        return;
    size_t count = ak_client_hello_loose(hello, loose);
    m->size = (uint32_t)body.size;
    memcpy(m->body, body.bytes, body.size);
    for (size_t i = 0; i < count; i++)
        loose[i].bytes = m->body + (loose[i].bytes - body.bytes);
    make_runs(m, loose, count);
    m->said = *said;
    m->said.random = m->body + (said->random - body.bytes);
    if (said->server_name.size != 0)
        m->said.server_name.bytes = m->body + (said->server_name.bytes - body.bytes);
    (void)ak_hello_shape_keep(m->said.shape);
    forget(*slot);
    *slot = m;
}
