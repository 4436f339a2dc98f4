/* SPDX-License-Identifier: Apache-2.0 */
#include "library/handover_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

bool ak_handover_is_chosen(const struct ak_handover *h, uint64_t id)
{
    return id < h->chosen_size && (h->chosen[id / 8] & 1u << id % 8) != 0;
}

void ak_handover_choose(struct ak_handover *h, uint64_t id)
{
    if (id < h->chosen_size)
        h->chosen[id / 8] |= (uint8_t)(1u << id % 8);
}

static int by_finding_id(const void *a, const void *b)
{
    const struct ak_finding *x = *(const struct ak_finding *const *)a;
    const struct ak_finding *y = *(const struct ak_finding *const *)b;
    return strcmp(x->id, y->id);
}

size_t ak_handover_find(const struct ak_handover *h, const char *id)
{
    size_t low = 0, high = h->finding_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(h->findings[middle]->id, id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

bool ak_handover_take_findings(struct ak_handover *h)
{
    while (ak_analysis_finding(h->analysis, h->finding_count) != NULL)
        h->finding_count++;
    h->findings = ak_alloc(h->finding_count + 1, sizeof(struct ak_finding *));
    h->wanted = ak_alloc(h->finding_count + 1, sizeof *h->wanted);
    if (h->findings == NULL || h->wanted == NULL)
        return false;
    for (size_t i = 0; i < h->finding_count; i++)
        h->findings[i] = ak_analysis_finding(h->analysis, i);
    qsort(h->findings, h->finding_count, sizeof(struct ak_finding *), by_finding_id);
    return true;
}

/* Marks what one word of --finding names; false: nothing. */
static bool want_named(struct ak_handover *h, const char *name)
{
    bool any = false;
    for (size_t i = 0; i < h->finding_count; i++)
        if (strcmp(h->findings[i]->id, name) == 0 || strcmp(h->findings[i]->rule->id, name) == 0)
            any = h->wanted[i] = true;
    return any;
}

void ak_handover_want(struct ak_handover *h)
{
    const struct ak_handover_options *o = h->options;
    for (size_t i = 0; i < o->finding_count; i++)
        if (!want_named(h, o->findings[i]) && h->result.unknown == NULL)
            h->result.unknown = o->findings[i];
    for (size_t i = 0; i < h->finding_count && o->finding_count == 0; i++)
        h->wanted[i] = o->everything || h->findings[i]->severity >= o->least;
    for (size_t i = 0; i < h->finding_count; i++)
        h->result.findings += h->wanted[i];
}

bool ak_handover_is_wanted(const struct ak_handover *h, const struct ak_finding *finding)
{
    size_t at = ak_handover_find(h, finding->id);
    return at != SIZE_MAX && h->wanted[at];
}

bool ak_handover_is_whole(const struct ak_handover *h, const struct ak_endpoint *server)
{
    for (size_t i = 0; i < h->whole_count; i++)
        if (ak_endpoint_same(&h->whole[i], server))
            return true;
    return false;
}

static int by_end(const void *a, const void *b)
{
    const struct ak_endpoint *x = a, *y = b;
    int address = memcmp(x->address, y->address, sizeof x->address);
    if (address != 0)
        return address;
    return x->port != y->port ? (x->port < y->port ? -1 : 1) : x->version - y->version;
}

/* The servers of wanted findings, in order; NULL when out of memory. */
static struct ak_endpoint *wanted_servers(const struct ak_handover *h, size_t *count)
{
    struct ak_endpoint *servers = ak_alloc(h->finding_count + 1, sizeof *servers);
    *count = 0;
    for (size_t i = 0; servers != NULL && i < h->finding_count; i++)
        if (h->wanted[i])
            servers[(*count)++] = h->findings[i]->server;
    if (*count > 1)
        qsort(servers, *count, sizeof *servers, by_end);
    return servers;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Digests of the clients and names in the conversations of wanted findings, in order; NULL when out
 * of memory. */
static uint64_t *wanted_digests(const struct ak_handover *h, size_t *count)
{
    uint64_t *digests = ak_alloc(2 * h->noted_count + 1, sizeof *digests);
    *count = 0;
    for (size_t i = 0; digests != NULL && i < h->noted_count; i++)
        if (ak_handover_is_wanted(h, h->noted[i].finding)) {
            digests[(*count)++] = h->noted[i].client;
            digests[(*count)++] = h->noted[i].name;
        }
    if (*count > 1)
        qsort(digests, *count, sizeof *digests, by_number);
    return digests;
}

static bool has_digest(const uint64_t *digests, size_t count, uint64_t digest)
{
    return digest != 0 && digests != NULL &&
           bsearch(&digest, digests, count, sizeof *digests, by_number) != NULL;
}

/* What the chosen ones taught about servers, clients and names of wanted findings. */
static void choose_witnesses(struct ak_handover *h)
{
    size_t count, digest_count;
    struct ak_endpoint *servers = wanted_servers(h, &count);
    uint64_t *digests = wanted_digests(h, &digest_count);
    for (size_t i = 0; servers != NULL && i < h->witness_count; i++) {
        const struct ak_handover_witness *w = &h->witnesses[i];
        if (bsearch(&w->server, servers, count, sizeof *servers, by_end) != NULL ||
            (w->wide && (has_digest(digests, digest_count, w->client) ||
                         has_digest(digests, digest_count, w->name))))
            ak_handover_choose(h, w->id);
    }
    ak_free(servers);
    ak_free(digests);
}

enum ak_err ak_handover_choose_first(struct ak_handover *h, struct ak_error *error)
{
    uint64_t conversations = ak_analysis_summary(h->analysis)->totals->conversations;
    if (conversations >= AK_MAX_CHOOSABLE)
        return ak_error_set(error, AK_ERR_UNSUPPORTED, "too many conversations to choose from");
    h->chosen_size = conversations + 1;
    h->chosen = ak_alloc((size_t)(h->chosen_size / 8 + 1), 1);
    if (h->chosen == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    if (h->options->everything)
        memset(h->chosen, 0xff, (size_t)(h->chosen_size / 8 + 1));
    for (size_t i = 0; i < h->noted_count; i++)
        if (ak_handover_is_wanted(h, h->noted[i].finding))
            ak_handover_choose(h, h->noted[i].id);
    choose_witnesses(h);
    return AK_ERR_NONE;
}
