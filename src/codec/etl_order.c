/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl_order.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/hash.h"
#include "base/limits.h"
#include "codec/encapsulation.h"
#include "codec/packet.h"
#include "model/thresholds.h"

#include "base/banned.h"

enum { PENDING = 64, SETS = 1 << 14, WAYS = 4, PLACES = 8, IPV4_CHECKSUM = 10 };

struct kept {
    int64_t time;
    uint64_t number; /* in the file */
    uint64_t thread;
    struct ak_etl_part part; /* its bytes are those below */
    size_t size;
    uint8_t bytes[];
};

/* A packet that was handed out, and where it was seen. */
struct sight {
    uint64_t digest[2];
    int64_t time;
    uint32_t place[PLACES];
    uint8_t places; /* 0: free */
};

struct ak_etl_order {
    struct kept **heap; /* the earliest first */
    size_t count, room;
    uint64_t numbers;
    size_t bytes;                  /* kept */
    int64_t last;                  /* time of the packet handed out last */
    struct kept *pending[PENDING]; /* packets whose later pieces have not come */
    struct kept *out;
    struct sight *sights; /* SETS * WAYS, allocated on first use */
    int64_t window;
};

struct ak_etl_order *ak_etl_order_new(void)
{
    struct ak_etl_order *o = ak_alloc(1, sizeof *o);
    if (o != NULL) {
        o->last = INT64_MIN;
        o->window = ak_threshold_get(AK_THRESHOLD_LAYER_DUPLICATE_MS) * 1000000;
    }
    return o;
}

void ak_etl_order_free(struct ak_etl_order *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->count; i++)
        ak_free(o->heap[i]);
    for (size_t i = 0; i < PENDING; i++)
        ak_free(o->pending[i]);
    ak_free(o->heap);
    ak_free(o->out);
    ak_free(o->sights);
    ak_free(o);
}

/* ---- by time ---- */

static bool earlier(const struct kept *a, const struct kept *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static bool make_room(struct ak_etl_order *o)
{
    if (o->count < o->room)
        return true;
    size_t room = o->room != 0 ? o->room * 2 : 256;
    void *grown = ak_realloc(o->heap, room, sizeof *o->heap);
    if (grown == NULL)
        return false;
    o->heap = grown;
    o->room = room;
    return true;
}

bool ak_etl_order_add(struct ak_etl_order *o, const struct ak_etl_part *part, int64_t time,
                      uint64_t thread)
{
    if (!make_room(o))
        return false;
    struct kept *k = ak_alloc(1, sizeof *k + part->bytes.size);
    if (k == NULL)
        return false;
    k->time = time;
    k->number = o->numbers++;
    k->thread = thread;
    k->part = *part;
    k->size = part->bytes.size;
    if (k->size != 0)
        memcpy(k->bytes, part->bytes.bytes, k->size);
    o->bytes += sizeof *k + k->size;
    size_t at = o->count++;
    for (; at != 0 && earlier(k, o->heap[(at - 1) / 2]); at = (at - 1) / 2)
        o->heap[at] = o->heap[(at - 1) / 2];
    o->heap[at] = k;
    return true;
}

bool ak_etl_order_full(const struct ak_etl_order *o)
{
    return o->bytes > AK_MAX_ETL_KEPT;
}

static struct kept *pop(struct ak_etl_order *o)
{
    struct kept *first = o->heap[0], *last = o->heap[--o->count];
    size_t at = 0;
    for (size_t child = 1; child < o->count; child = 2 * at + 1) {
        if (child + 1 < o->count && earlier(o->heap[child + 1], o->heap[child]))
            child++;
        if (!earlier(o->heap[child], last))
            break;
        o->heap[at] = o->heap[child];
        at = child;
    }
    o->heap[at] = last;
    o->bytes -= sizeof *first + first->size;
    return first;
}

/* ---- pieces ---- */

static struct kept **pending_of(struct ak_etl_order *o, const struct kept *k)
{
    for (size_t i = 0; i < PENDING; i++) {
        struct kept *p = o->pending[i];
        if (p != NULL && p->thread == k->thread && p->part.place == k->part.place)
            return &o->pending[i];
    }
    return NULL;
}

static struct kept **free_place(struct ak_etl_order *o, struct ak_capture_notes *notes)
{
    struct kept **oldest = &o->pending[0];
    for (size_t i = 0; i < PENDING; i++) {
        if (o->pending[i] == NULL)
            return &o->pending[i];
        if (earlier(o->pending[i], *oldest))
            oldest = &o->pending[i];
    }
    notes->broken_packets++;
    ak_free(*oldest);
    *oldest = NULL;
    return oldest;
}

/* Puts the piece behind the others; NULL when the packet becomes too large or memory lacks. */
static struct kept *joined(struct kept *front, const struct kept *piece)
{
    if (piece->size > AK_MAX_FRAME - front->size)
        return NULL;
    struct kept *grown = ak_realloc(front, 1, sizeof *front + front->size + piece->size);
    if (grown == NULL)
        return NULL;
    if (piece->size != 0)
        memcpy(grown->bytes + grown->size, piece->bytes, piece->size);
    grown->size += piece->size;
    grown->part.last = piece->part.last;
    return grown;
}

/* The whole packet that the piece completes, or NULL. Takes the piece. */
static struct kept *complete(struct ak_etl_order *o, struct kept *k, struct ak_capture_notes *notes)
{
    struct kept **place = pending_of(o, k);
    if (k->part.first) {
        if (place != NULL) { /* its end was lost */
            notes->broken_packets++;
            ak_free(*place);
            *place = NULL;
        }
        if (k->part.last)
            return k;
        if (place == NULL)
            place = free_place(o, notes);
        *place = k;
        return NULL;
    }
    struct kept *whole = place != NULL ? joined(*place, k) : NULL;
    ak_free(k);
    if (whole == NULL) {
        notes->broken_packets++;
        if (place != NULL) {
            ak_free(*place);
            *place = NULL;
        }
        return NULL;
    }
    *place = whole->part.last ? NULL : whole;
    return whole->part.last ? whole : NULL;
}

/* ---- the same packet again ---- */

static bool ip_of(const struct kept *k, struct ak_ip_packet *ip, size_t *front)
{
    struct ak_span bytes = {k->bytes, k->size}, rest;
    struct ak_layers layers = {0, 0};
    uint16_t protocol;
    enum ak_network network = ak_link_parse(k->part.link_type, bytes, &rest, &protocol);
    if (network == AK_NETWORK_OTHER || network == AK_NETWORK_UNSUPPORTED)
        network = ak_layers_link(k->part.link_type, network, &rest, &protocol, &layers);
    if (network != AK_NETWORK_IP)
        return false;
    *front = k->size - rest.size;
    return ak_ip_parse(rest, UINT32_MAX, ip) == AK_VERDICT_PARSED;
}

/* Every layer sees the same but for checksums, which the adapter fills in. */
static bool digest_ip(const struct kept *k, uint64_t digest[2])
{
    struct ak_ip_packet ip;
    size_t front;
    if (!ip_of(k, &ip, &front) || ip.payload.bytes == NULL)
        return false;
    const uint8_t *header = k->bytes + front;
    size_t header_size = (size_t)(ip.payload.bytes - header);
    size_t checksum = ip.protocol == 6 ? 16 : ip.protocol == 17 ? 6 : SIZE_MAX;
    if (ip.fragment_offset != 0)
        checksum = SIZE_MAX;
    for (unsigned n = 0; n < 2; n++) {
        const struct ak_hash_key key = {n, UINT64_C(0x5851f42d4c957f2d)};
        uint64_t sum = 0;
        size_t hole = ip.version == 4 ? IPV4_CHECKSUM : header_size;
        size_t behind = hole + 2 < header_size ? hole + 2 : header_size;
        sum = ak_hash_mix(sum, ak_hash_bytes(key, header, hole));
        sum = ak_hash_mix(sum, ak_hash_bytes(key, header + behind, header_size - behind));
        size_t size = ip.payload.size;
        size_t cut = checksum < size ? checksum : size;
        size_t from = cut + 2 < size ? cut + 2 : size;
        sum = ak_hash_mix(sum, ak_hash_bytes(key, ip.payload.bytes, cut));
        digest[n] = ak_hash_mix(sum, ak_hash_bytes(key, ip.payload.bytes + from, size - from));
    }
    return true;
}

static void digest_group(const struct kept *k, uint64_t digest[2])
{
    const uint8_t group[] = {'g', (uint8_t)k->part.number, (uint8_t)(k->part.number >> 8)};
    const struct ak_hash_key key = {k->part.group, 1}, other = {k->part.group, 2};
    digest[0] = ak_hash_bytes(key, group, sizeof group);
    digest[1] = ak_hash_bytes(other, group, sizeof group);
}

static struct sight *sight_of(struct ak_etl_order *o, const uint64_t digest[2], bool *known)
{
    struct sight *set = &o->sights[(size_t)(digest[0] % SETS) * WAYS], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        *known =
            set[i].places != 0 && set[i].digest[0] == digest[0] && set[i].digest[1] == digest[1];
        if (*known)
            return &set[i];
        if (oldest->places != 0 && (set[i].places == 0 || set[i].time < oldest->time))
            oldest = &set[i];
    }
    return oldest;
}

static bool seen_at(const struct sight *s, uint32_t place)
{
    for (size_t i = 0; i < s->places; i++)
        if (s->place[i] == place)
            return true;
    return s->places == PLACES;
}

/* `always`: whenever and wherever it is seen, it is the same packet. */
static bool again(struct ak_etl_order *o, const struct kept *k, const uint64_t digest[2],
                  bool always)
{
    bool known;
    struct sight *s = sight_of(o, digest, &known);
    if (known && always)
        return true;
    if (known && k->time - s->time <= o->window && !seen_at(s, k->part.place)) {
        s->place[s->places++] = k->part.place;
        return true;
    }
    s->digest[0] = digest[0];
    s->digest[1] = digest[1];
    s->time = k->time;
    s->place[0] = k->part.place;
    s->places = 1;
    return false;
}

static bool duplicate(struct ak_etl_order *o, const struct kept *k)
{
    uint64_t digest[2];
    if (o->sights == NULL)
        o->sights = ak_alloc((size_t)SETS * WAYS, sizeof *o->sights);
    if (o->sights == NULL)
        return false;
    if (k->part.has_group) {
        digest_group(k, digest);
        if (again(o, k, digest, true))
            return true;
    }
    return digest_ip(k, digest) && again(o, k, digest, false);
}

/* ---- frames ---- */

/* NDIS does not tell how long a packet was that it cut: its IP header does. */
static uint32_t wire_size(const struct kept *k)
{
    struct ak_ip_packet ip;
    size_t front, size = k->size > k->part.wire_size ? k->size : k->part.wire_size;
    if (k->part.wire_size != 0 || !ip_of(k, &ip, &front))
        return (uint32_t)size;
    const uint8_t *header = k->bytes + front;
    size_t total = ip.version == 4 ? ak_be16(header + 2) : ak_be16(header + 4);
    if (total != 0)
        total += front + (ip.version == 6 ? 40 : 0);
    return (uint32_t)(total > size ? total : size);
}

static void make_frame(struct kept *k, struct ak_frame *frame)
{
    frame->bytes = k->bytes;
    frame->size = (uint32_t)k->size;
    frame->time = k->time;
    frame->link_type = k->part.link_type;
    frame->wire_size = wire_size(k);
}

bool ak_etl_order_take(struct ak_etl_order *o, struct ak_capture_notes *notes,
                       struct ak_frame *frame)
{
    ak_free(o->out);
    o->out = NULL;
    while (o->count != 0) {
        struct kept *k = complete(o, pop(o), notes);
        if (k == NULL)
            continue;
        notes->dropped_packets += k->part.dropped;
        if (duplicate(o, k)) {
            notes->duplicates++;
            ak_free(k);
            continue;
        }
        notes->late_packets += k->time < o->last;
        o->last = k->time > o->last ? k->time : o->last;
        make_frame(k, frame);
        o->out = k;
        return true;
    }
    for (size_t i = 0; i < PENDING; i++) {
        notes->broken_packets += o->pending[i] != NULL;
        ak_free(o->pending[i]);
        o->pending[i] = NULL;
    }
    return false;
}
