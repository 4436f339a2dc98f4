/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/fragments.h"

#include "base/alloc.h"
#include "base/limits.h"

#include "base/banned.h"

struct piece {
    uint32_t from, to;
};

struct datagram {
    bool used;
    uint8_t version, protocol, ttl;
    uint8_t source[16], destination[16];
    uint32_t id;
    uint32_t total; /* 0: the last fragment has not come */
    uint64_t age;
    size_t pieces;
    struct piece piece[AK_MAX_FRAGMENTS];
    uint8_t *bytes; /* AK_MAX_DATAGRAM, allocated on first use */
};

struct ak_fragments {
    uint64_t clock;
    struct datagram slot[AK_MAX_FRAGMENTED_DATAGRAMS];
};

struct ak_fragments *ak_fragments_new(void)
{
    return ak_alloc(1, sizeof(struct ak_fragments));
}

void ak_fragments_free(struct ak_fragments *fragments)
{
    if (fragments == NULL)
        return;
    for (size_t i = 0; i < AK_MAX_FRAGMENTED_DATAGRAMS; i++)
        ak_free(fragments->slot[i].bytes);
    ak_free(fragments);
}

static size_t address_size(uint8_t version)
{
    return version == 6 ? 16 : 4;
}

static struct datagram *find(struct ak_fragments *f, const struct ak_ip_packet *p,
                             uint64_t *dropped)
{
    struct datagram *oldest = &f->slot[0];
    size_t n = address_size(p->version);
    for (size_t i = 0; i < AK_MAX_FRAGMENTED_DATAGRAMS; i++) {
        struct datagram *d = &f->slot[i];
        if (d->used && d->id == p->fragment_id && d->version == p->version &&
            (p->version == 6 || d->protocol == p->protocol) &&
            memcmp(d->source, p->source, n) == 0 && memcmp(d->destination, p->destination, n) == 0)
            return d;
        if (oldest->used && (!d->used || d->age < oldest->age))
            oldest = d;
    }
    *dropped += oldest->used;
    if (oldest->bytes == NULL)
        oldest->bytes = ak_alloc(1, AK_MAX_DATAGRAM);
    if (oldest->bytes == NULL)
        return NULL;
    oldest->used = true;
    oldest->version = p->version;
    oldest->protocol = p->protocol;
    oldest->ttl = p->ttl;
    oldest->id = p->fragment_id;
    oldest->total = 0;
    oldest->pieces = 0;
    memcpy(oldest->source, p->source, n);
    memcpy(oldest->destination, p->destination, n);
    return oldest;
}

static bool complete(const struct datagram *d)
{
    if (d->total == 0)
        return false;
    uint32_t reached = 0;
    for (size_t round = 0; round < d->pieces; round++) {
        uint32_t before = reached;
        for (size_t i = 0; i < d->pieces; i++)
            if (d->piece[i].from <= reached && d->piece[i].to > reached)
                reached = d->piece[i].to;
        if (reached >= d->total)
            return true;
        if (reached == before)
            return false;
    }
    return reached >= d->total;
}

bool ak_fragments_add(struct ak_fragments *f, struct ak_ip_packet *packet, uint64_t *dropped)
{
    uint64_t end = (uint64_t)packet->fragment_offset + packet->payload_wire;
    bool cut = packet->payload.size < packet->payload_wire; /* snaplen: cannot be completed */
    if (end > AK_MAX_DATAGRAM || cut) {
        ++*dropped;
        return false;
    }
    struct datagram *d = find(f, packet, dropped);
    if (d == NULL || d->pieces == AK_MAX_FRAGMENTS)
        return false;
    d->age = ++f->clock;
    if (packet->fragment_offset == 0) {
        d->protocol = packet->protocol;
        d->ttl = packet->ttl;
    }
    if (!packet->more_fragments)
        d->total = (uint32_t)end;
    if (packet->payload.size != 0)
        memcpy(d->bytes + packet->fragment_offset, packet->payload.bytes, packet->payload.size);
    d->piece[d->pieces].from = packet->fragment_offset;
    d->piece[d->pieces].to = (uint32_t)end;
    d->pieces++;
    if (!complete(d))
        return false;
    d->used = false;
    packet->protocol = d->protocol;
    packet->ttl = d->ttl;
    packet->fragment = false;
    packet->payload.bytes = d->bytes;
    packet->payload.size = d->total;
    packet->payload_wire = d->total;
    return true;
}
