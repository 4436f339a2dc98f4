/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/rewriter.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/limits.h"
#include "rewrite/clear_message.h"
#include "rewrite/frame.h"
#include "rewrite/pseudonym.h"
#include "rewrite/tds_message.h"
#include "rewrite/tls_message.h"

#include "base/banned.h"

enum { REMEMBERED = 64, WORTH_REMEMBERING = 256, SSL2_HEADER = 5 };
enum layer { LAYER_TLS, LAYER_TDS, LAYERS };

/* Bytes of a stream that are not zero when written. Places count on beyond 32 bits. */
struct patch {
    uint64_t place;
    uint32_t size;
    uint32_t data; /* in the pool */
};

/* A piece of a message that is not yet whole. */
struct piece {
    uint64_t place;
    uint32_t size, offset;
};

struct pieces {
    struct piece *list;
    size_t count, room;
    bool broken; /* too many, or memory lacks */
};

struct direction {
    bool started;
    uint64_t last; /* the furthest place of a segment: others are near it */
    struct patch *patches;
    size_t count, room;
    struct pieces pieces[LAYERS];
};

struct talk {
    uint64_t id;
    unsigned client_direction;
    bool lost;
    struct direction direction[2];
};

/* Messages that many conversations share (certificates) are rewritten and kept once. */
struct remembered {
    uint64_t key[2]; /* of the message before it was rewritten */
    size_t size;
    uint32_t data;
};

struct ak_rewriter {
    bool changes;
    struct ak_pseudonyms *names; /* NULL: they stay */
    struct ak_index talks;
    struct ak_text pool, scratch;
    size_t patches;
    uint64_t lost;
    struct remembered remembered[REMEMBERED];
    struct ak_frame_copy copy;
};

struct ak_rewriter *ak_rewriter_new(bool changes, const char *key)
{
    struct ak_rewriter *w = ak_alloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->changes = changes;
    ak_text_init(&w->pool, AK_MAX_PATCH_BYTES);
    ak_text_init(&w->scratch, AK_MAX_HANDSHAKE_MESSAGE);
    ak_frame_copy_init(&w->copy);
    w->names = key != NULL ? ak_pseudonyms_new(key) : NULL;
    if ((key != NULL && w->names == NULL) || !ak_index_init(&w->talks, AK_MAX_NOTED)) {
        ak_rewriter_free(w);
        return NULL;
    }
    return w;
}

static void drop_pieces(struct talk *talk)
{
    for (size_t d = 0; d < 2; d++)
        for (size_t layer = 0; layer < LAYERS; layer++) {
            struct pieces *pieces = &talk->direction[d].pieces[layer];
            ak_free(pieces->list);
            memset(pieces, 0, sizeof *pieces);
        }
}

static void drop_patches(struct ak_rewriter *w, struct talk *talk)
{
    for (size_t d = 0; d < 2; d++) {
        struct direction *direction = &talk->direction[d];
        w->patches -= direction->count;
        ak_free(direction->patches);
        direction->patches = NULL;
        direction->count = direction->room = 0;
    }
}

void ak_rewriter_free(struct ak_rewriter *w)
{
    if (w == NULL)
        return;
    struct talk *talk;
    for (size_t at = 0; (talk = ak_index_each(&w->talks, &at)) != NULL;) {
        drop_pieces(talk);
        drop_patches(w, talk);
        ak_free(talk);
    }
    ak_index_release(&w->talks);
    ak_pseudonyms_free(w->names);
    ak_text_release(&w->pool);
    ak_text_release(&w->scratch);
    ak_frame_copy_release(&w->copy);
    ak_free(w);
}

uint64_t ak_rewriter_lost(const struct ak_rewriter *w)
{
    return w->lost;
}

static struct talk *find_talk(const struct ak_rewriter *w, uint64_t id)
{
    uint64_t hash = ak_hash_mix(0, id), at = hash;
    struct talk *talk;
    while ((talk = ak_index_next(&w->talks, hash, &at)) != NULL)
        if (talk->id == id)
            break;
    return talk;
}

static struct talk *make_talk(struct ak_rewriter *w, uint64_t id)
{
    struct talk *talk = ak_alloc(1, sizeof *talk);
    if (talk == NULL || !ak_index_add(&w->talks, ak_hash_mix(0, id), talk)) {
        ak_free(talk);
        return NULL;
    }
    talk->id = id;
    return talk;
}

static void lose(struct ak_rewriter *w, struct talk *talk)
{
    if (talk->lost)
        return;
    talk->lost = true;
    w->lost++;
    drop_patches(w, talk);
}

/* ---- places ---- */

static uint64_t place_of(const struct direction *d, uint32_t sequence)
{
    return d->last + (uint64_t)(int64_t)(int32_t)(sequence - (uint32_t)d->last);
}

static uint32_t payload_sequence(const struct ak_tcp_segment *tcp)
{
    return tcp->sequence + ((tcp->flags & AK_TCP_SYN) != 0);
}

static bool has_payload(const struct ak_tcp_segment *tcp)
{
    return tcp->payload_wire != 0 && !(tcp->flags & AK_TCP_RST);
}

/* The same steps in both readings, so that both find the same places. */
static void move_on(struct talk *talk, const struct ak_tap_segment *s)
{
    struct direction *d = &talk->direction[s->direction];
    talk->client_direction = s->side == AK_SIDE_CLIENT ? s->direction : !s->direction;
    if (!has_payload(s->tcp))
        return;
    uint32_t sequence = payload_sequence(s->tcp);
    if (!d->started) {
        d->started = true;
        d->last = UINT64_C(1) << 32 | sequence;
    }
    uint64_t place = place_of(d, sequence);
    if (place > d->last)
        d->last = place;
}

void ak_rewriter_segment(struct ak_rewriter *w, const struct ak_tap_segment *s)
{
    struct talk *talk = find_talk(w, s->conversation->id);
    if (talk == NULL)
        talk = make_talk(w, s->conversation->id);
    if (talk == NULL)
        w->lost++; /* frames of a talk that is not known are refused */
    else
        move_on(talk, s);
}

/* ---- patches ---- */

static uint32_t put_data(struct ak_rewriter *w, const void *bytes, size_t size)
{
    uint32_t at = (uint32_t)w->pool.size;
    ak_text_bytes(&w->pool, bytes, size);
    return at;
}

static bool has_room(struct direction *d)
{
    if (d->count < d->room)
        return true;
    size_t more = d->room != 0 ? d->room * 2 : 8;
    void *grown = ak_realloc(d->patches, more, sizeof *d->patches);
    if (grown == NULL)
        return false;
    d->patches = grown;
    d->room = more;
    return true;
}

/* What lies behind too many places of one talk stays zero. */
static void add_patch(struct ak_rewriter *w, struct talk *talk, struct direction *d, uint64_t place,
                      uint32_t size, uint32_t data)
{
    struct patch patch = {place, size, data};
    if (talk->lost || d->count >= AK_MAX_PATCHES_OF_ONE)
        return;
    if (w->pool.failed || w->patches >= AK_MAX_PATCHES || !has_room(d)) {
        lose(w, talk);
        return;
    }
    struct patch *before = d->count != 0 ? &d->patches[d->count - 1] : NULL;
    if (before != NULL && before->place + before->size == place &&
        before->data + before->size == data) {
        before->size += size;
        return;
    }
    d->patches[d->count++] = patch;
    w->patches++;
}

/* ---- pieces of messages ---- */

static void note_piece(struct pieces *pieces, uint64_t place, const struct ak_tap_part *part)
{
    struct piece piece = {place, (uint32_t)part->body.size, (uint32_t)part->offset};
    if (part->offset == 0) {
        pieces->count = 0;
        pieces->broken = false;
    }
    if (pieces->count == pieces->room) {
        size_t more = pieces->room != 0 ? pieces->room * 2 : 4;
        void *grown =
            more <= AK_MAX_PIECES ? ak_realloc(pieces->list, more, sizeof *pieces->list) : NULL;
        if (grown == NULL) {
            pieces->broken = true;
            return;
        }
        pieces->list = grown;
        pieces->room = more;
    }
    pieces->list[pieces->count++] = piece;
}

/* ---- messages ---- */

static void rewrite(struct ak_rewriter *w, const struct ak_tap_part *part, uint8_t *to)
{
    switch (part->kind) {
    case AK_TAP_TLS:
        ak_rewrite_tls(w->names, part->conversation->tls, part->side, part->type, part->body, to);
        break;
    case AK_TAP_TDS_PRELOGIN:
        ak_rewrite_prelogin(w->names, part->body, to);
        break;
    case AK_TAP_TDS_LOGIN:
        ak_rewrite_login7(w->names, part->body, to);
        break;
    case AK_TAP_TDS_RESPONSE:
        ak_rewrite_response(w->names, part->body, to);
        break;
    case AK_TAP_SSL2_HELLO:
        ak_rewrite_ssl2(w->names, part->side, part->body, to);
        break;
    default:
        break;
    }
}

/* Of the whole message in the pool. */
static uint32_t rewritten(struct ak_rewriter *w, const struct ak_tap_part *part)
{
    const struct ak_tls_seen *tls = part->conversation->tls;
    struct ak_hash_key first = {part->kind * 256u + part->type, part->side},
                       second = {tls != NULL ? tls->cipher_suite : 0,
                                 tls != NULL ? tls->version : 0};
    uint64_t key[2] = {ak_hash_bytes(first, part->body.bytes, part->body.size),
                       ak_hash_bytes(second, part->body.bytes, part->body.size)};
    struct remembered *known = &w->remembered[key[0] % REMEMBERED];
    bool worth = part->body.size >= WORTH_REMEMBERING;
    if (worth && known->size == part->body.size && known->key[0] == key[0] &&
        known->key[1] == key[1])
        return known->data;
    ak_text_clear(&w->scratch);
    if (!ak_text_reserve(&w->scratch, part->body.size)) {
        ak_text_fail(&w->pool);
        return 0;
    }
    memset(w->scratch.bytes, 0, part->body.size);
    rewrite(w, part, (uint8_t *)w->scratch.bytes);
    struct remembered entry = {{key[0], key[1]}, part->body.size, 0};
    entry.data = put_data(w, w->scratch.bytes, part->body.size);
    if (worth && !w->pool.failed)
        *known = entry;
    return entry.data;
}

static void whole_message(struct ak_rewriter *w, struct talk *talk, struct direction *d,
                          const struct ak_tap_part *part)
{
    struct pieces *pieces = &d->pieces[part->kind == AK_TAP_TLS ? LAYER_TLS : LAYER_TDS];
    size_t head = part->kind == AK_TAP_SSL2_HELLO ? SSL2_HEADER : 0;
    if (pieces->broken)
        lose(w, talk);
    if (talk->lost || part->body.size == 0 || pieces->count == 0)
        return;
    uint32_t data = rewritten(w, part);
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *p = &pieces->list[i];
        size_t from = head + p->offset;
        if (from <= part->body.size && p->size <= part->body.size - from)
            add_patch(w, talk, d, p->place, p->size, data + (uint32_t)from);
    }
    pieces->count = 0;
}

/* What is told at once with its place: a unit of clear talk, an NTLM message. */
static void placed_message(struct ak_rewriter *w, struct talk *talk, struct direction *d,
                           const struct ak_tap_part *part, uint64_t place)
{
    size_t size = part->body.size;
    ak_text_clear(&w->scratch);
    if (!ak_text_reserve(&w->scratch, size)) {
        lose(w, talk);
        return;
    }
    uint8_t *to = (uint8_t *)w->scratch.bytes;
    memset(to, 0, size);
    if (part->kind == AK_TAP_CLEAR)
        ak_rewrite_clear(w->names, part, to);
    else
        size = ak_rewrite_ntlm(w->names, part->body, to);
    if (size != 0)
        add_patch(w, talk, d, place, (uint32_t)size, put_data(w, to, size));
}

void ak_rewriter_part(struct ak_rewriter *w, const struct ak_tap_part *part)
{
    static const uint8_t unreadable = 0xff; /* no type of a handshake message */
    struct talk *talk = find_talk(w, part->conversation->id);
    if (talk == NULL || talk->lost)
        return;
    unsigned client = talk->client_direction;
    struct direction *d = &talk->direction[part->side == AK_SIDE_CLIENT ? client : !client];
    uint64_t place = place_of(d, part->place);
    uint32_t size = (uint32_t)part->body.size;
    switch (part->kind) {
    case AK_TAP_STRUCTURE:
        if (size != 0)
            add_patch(w, talk, d, place, size, put_data(w, part->body.bytes, size));
        break;
    case AK_TAP_MARK:
        add_patch(w, talk, d, place, 1, put_data(w, &unreadable, 1));
        break;
    case AK_TAP_CLEAR:
    case AK_TAP_NTLM:
        placed_message(w, talk, d, part, place);
        break;
    case AK_TAP_TLS_PART:
        note_piece(&d->pieces[LAYER_TLS], place, part);
        break;
    case AK_TAP_TDS_PART:
        note_piece(&d->pieces[LAYER_TDS], place, part);
        break;
    default:
        whole_message(w, talk, d, part);
        break;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct patch *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->size < y->size) - (x->size > y->size);
}

/* Of two patches of one byte the one that begins earlier counts, and of those the longer. */
static void cut_overlaps(struct ak_rewriter *w, struct direction *d)
{
    uint64_t end = 0;
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        struct patch p = d->patches[i];
        uint64_t old = end > p.place ? end - p.place : 0;
        if (old >= p.size)
            continue;
        p.place += old;
        p.data += (uint32_t)old;
        p.size -= (uint32_t)old;
        end = p.place + p.size;
        d->patches[kept++] = p;
    }
    w->patches -= d->count - kept;
    d->count = kept;
}

void ak_rewriter_end(struct ak_rewriter *w, const struct ak_conversation *c)
{
    struct talk *talk = find_talk(w, c->id);
    if (talk == NULL)
        return;
    drop_pieces(talk);
    for (size_t i = 0; i < 2; i++) {
        struct direction *d = &talk->direction[i];
        if (d->count > 1)
            qsort(d->patches, d->count, sizeof *d->patches, by_place);
        cut_overlaps(w, d);
    }
}

void ak_rewriter_rewind(struct ak_rewriter *w)
{
    struct talk *talk;
    for (size_t at = 0; (talk = ak_index_each(&w->talks, &at)) != NULL;)
        for (size_t i = 0; i < 2; i++) {
            talk->direction[i].started = false;
            talk->direction[i].last = 0;
        }
}

/* ---- writing ---- */

static void apply(const struct ak_rewriter *w, const struct direction *d, uint64_t place,
                  uint8_t *to, size_t size)
{
    size_t low = 0, high = d->count;
    while (low < high) { /* the first patch that ends behind the place */
        size_t middle = low + (high - low) / 2;
        if (d->patches[middle].place + d->patches[middle].size <= place)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < d->count && d->patches[low].place < place + size; low++) {
        const struct patch *p = &d->patches[low];
        uint64_t from = p->place > place ? p->place : place;
        uint64_t end = p->place + p->size < place + size ? p->place + p->size : place + size;
        memcpy(to + (from - place), w->pool.bytes + p->data + (from - p->place),
               (size_t)(end - from));
    }
}

static void give(const struct ak_rewriter *w, const struct ak_tap_segment *s,
                 struct ak_frame *frame)
{
    *frame = *s->frame;
    frame->bytes = (const uint8_t *)w->copy.bytes.bytes;
    frame->size = (uint32_t)w->copy.bytes.size;
    frame->wire_size = w->copy.wire_size;
    frame->link_type = w->copy.link_type;
}

bool ak_rewriter_frame(struct ak_rewriter *w, const struct ak_tap_segment *s,
                       struct ak_frame *frame)
{
    *frame = *s->frame;
    if (!w->changes && !s->reassembled)
        return true;
    struct talk *talk = w->changes ? find_talk(w, s->conversation->id) : NULL;
    if (w->changes && (talk == NULL || talk->lost))
        return false;
    if (!ak_frame_copy_take(&w->copy, s))
        return false;
    if (talk != NULL) {
        uint8_t *payload = (uint8_t *)w->copy.bytes.bytes + w->copy.payload;
        size_t size = w->copy.payload_size;
        move_on(talk, s);
        if (size != 0)
            memset(payload, 0, size);
        const struct direction *d = &talk->direction[s->direction];
        if (has_payload(s->tcp) && size != 0)
            apply(w, d, place_of(d, payload_sequence(s->tcp)), payload, size);
        ak_frame_clear_trailer(&w->copy);
        if (w->names != NULL)
            ak_frame_pseudonymize(&w->copy, w->names);
        ak_frame_make_checksums(&w->copy);
    }
    give(w, s, frame);
    return true;
}

void ak_rewriter_endpoint(const struct ak_rewriter *w, struct ak_endpoint *end)
{
    if (w->names == NULL)
        return;
    if (end->version == 4)
        ak_pseudonym_ipv4(w->names, end->address);
    else
        ak_pseudonym_ipv6(w->names, end->address);
}
