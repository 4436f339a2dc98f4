/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/dialogue.h"

#include "base/alloc.h"
#include "trace/carve.h"
#include "trace/mirroring.h"
#include "trace/preamble.h"
#include "trace/tds_session.h"
#include "trace/tls_session.h"

#include "base/banned.h"

void ak_dialogue_step(struct ak_dialogue *d, enum ak_step step)
{
    struct ak_when *when = &d->seen->step[step];
    const struct ak_when now = {d->frame, d->time}, before = *when;
    const uint64_t first = 0 - (uint64_t)(before.frame == 0); /* no branch: it cannot be foretold */
    when->frame = before.frame | (now.frame & first);
    when->time = (int64_t)(((uint64_t)now.time & first) | ((uint64_t)before.time & ~first));
}

void ak_dialogue_data(struct ak_dialogue *d, enum ak_side side)
{
    if (side == AK_SIDE_CLIENT) {
        ak_dialogue_step(d, AK_STEP_CLIENT_DATA);
        return;
    }
    d->seen->last_server_data.frame = d->frame;
    d->seen->last_server_data.time = d->time;
    if (d->seen->step[AK_STEP_CLIENT_DATA].frame != 0)
        ak_dialogue_step(d, AK_STEP_SERVER_RESPONSE);
}

void ak_dialogue_forget_data(struct ak_dialogue *d)
{
    static const struct ak_when never;
    d->seen->step[AK_STEP_CLIENT_DATA] = never;
    d->seen->step[AK_STEP_SERVER_RESPONSE] = never;
    d->seen->last_server_data = never;
}

void ak_dialogue_letter(struct ak_dialogue *d, enum ak_side side, enum ak_letter letter,
                        uint8_t detail)
{
    ak_letters_add(&d->seen->letters, side, letter, detail);
}

struct ak_tls_seen *ak_dialogue_tls(struct ak_dialogue *d)
{
    if (d->seen->tls == NULL) {
        d->seen->tls = d->seen->tls_room;
        if (d->seen->tls != NULL)
            memset(d->seen->tls, 0, sizeof *d->seen->tls);
        else
            d->seen->tls = ak_alloc(1, sizeof *d->seen->tls);
    }
    if (d->seen->tls != NULL && d->seen->protocol == AK_PROTOCOL_UNKNOWN)
        d->seen->protocol = d->tds ? AK_PROTOCOL_TDS : AK_PROTOCOL_TLS;
    return d->seen->tls;
}

struct ak_tds_seen *ak_dialogue_tds(struct ak_dialogue *d)
{
    if (d->seen->tds == NULL)
        d->seen->tds = ak_alloc(1, sizeof *d->seen->tds);
    d->tds = true;
    d->seen->protocol = AK_PROTOCOL_TDS;
    return d->seen->tds;
}

/* ---- the tap ---- */

void ak_dialogue_tell(const struct ak_dialogue *d, enum ak_side side, enum ak_tap_kind kind,
                      const uint8_t *first, size_t size, size_t offset)
{
    const struct ak_tap *tap = d->shared->tap;
    if (tap == NULL || tap->part == NULL)
        return;
    struct ak_tap_part part;
    memset(&part, 0, sizeof part);
    part.kind = kind;
    part.conversation = d->seen;
    part.side = side;
    part.place = ak_dialogue_place(d, first);
    part.body.bytes = first;
    part.body.size = size;
    part.offset = offset;
    tap->part(tap->context, &part);
}

void ak_dialogue_tell_message(const struct ak_dialogue *d, enum ak_side side, enum ak_tap_kind kind,
                              uint8_t type, struct ak_span body)
{
    const struct ak_tap *tap = d->shared->tap;
    if (tap == NULL || tap->part == NULL)
        return;
    struct ak_tap_part part;
    memset(&part, 0, sizeof part);
    part.kind = kind;
    part.conversation = d->seen;
    part.side = side;
    part.type = type;
    part.body = body;
    tap->part(tap->context, &part);
}

/* A unit's header without its first byte, which was told before: the bytes before the place where
 * reading stands. */
static void tell_header(const struct ak_dialogue *d, enum ak_side side, const uint8_t *end)
{
    const struct ak_tap *tap = d->shared->tap;
    if (tap->part == NULL)
        return;
    struct ak_tap_part part;
    memset(&part, 0, sizeof part);
    part.kind = AK_TAP_STRUCTURE;
    part.conversation = d->seen;
    part.side = side;
    part.body.bytes = d->half[side].header + 1;
    part.body.size = d->half[side].header_size - 1u;
    part.place = ak_dialogue_place(d, end) - (uint32_t)part.body.size;
    tap->part(tap->context, &part);
}

/* ---- who speaks ---- */

enum ak_side ak_dialogue_speaker(struct ak_span s)
{
    struct ak_tls_record record;
    const uint8_t *p = s.bytes;
    if (s.size >= 6 && ak_tls_record_parse(p, &record) && record.type == AK_TLS_HANDSHAKE &&
        record.length != 0) {
        if (p[5] == AK_TLS_CLIENT_HELLO || p[5] == AK_TLS_CLIENT_KEY_EXCHANGE)
            return AK_SIDE_CLIENT;
        if (p[5] == AK_TLS_SERVER_HELLO || p[5] == AK_TLS_CERTIFICATE ||
            p[5] == AK_TLS_SERVER_KEY_EXCHANGE)
            return AK_SIDE_SERVER;
    }
    struct ak_tds_packet packet;
    if (s.size >= 9 && ak_tds_packet_parse(p, &packet) && packet.length > AK_TDS_HEADER) {
        /* The VERSION option comes first, and its data have 6 bytes (MS-TDS 2.2.6.5): other bytes
         * behind such a header say nothing. */
        if (packet.type == AK_TDS_PRELOGIN && p[8] == 0)
            return s.size >= 13 && ak_be16(p + 11) != 6 ? AK_SIDE_NONE : AK_SIDE_CLIENT;
        if (packet.type == AK_TDS_PRELOGIN) { /* TLS inside */
            struct ak_span inner = {p + 8, s.size - 8};
            return inner.size >= 6 && inner.bytes[0] == AK_TLS_HANDSHAKE
                       ? ak_dialogue_speaker(inner)
                       : AK_SIDE_NONE;
        }
        if (packet.length == s.size && packet.type == AK_TDS_RESPONSE)
            return AK_SIDE_SERVER;
        if (packet.length == s.size && packet.last)
            return AK_SIDE_CLIENT;
    }
    return AK_SIDE_NONE;
}

/* ---- units ---- */

static bool is_record_type(uint8_t first)
{
    return first >= AK_TLS_CHANGE_CIPHER_SPEC && first <= AK_TLS_HEARTBEAT;
}

/* Bytes needed to know the unit that starts with `first`; 0: nothing known starts so. */
static uint8_t header_need(const struct ak_dialogue *d, uint8_t first)
{
    if (is_record_type(first))
        return AK_TLS_RECORD_HEADER;
    if (first == 0x53 && d->tds)
        return AK_SMP_HEADER;
    if (first & 0x80 && (!d->decided || (d->seen->tls && d->seen->tls->ssl2_hello)))
        return 5; /* SSL 2.0: length(2) type(1) version(2) */
    if (first >= AK_TDS_SQL_BATCH && first <= AK_TDS_PRELOGIN && (d->tds || !d->decided) &&
        first != 5) /* no TDS packet: SOCKS5, which may begin with 3 bytes */
        return AK_TDS_HEADER;
    return 0;
}

static void feed(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r);

/* Bytes that were kept until now, and their place in the stream. */
static void feed_kept(struct ak_dialogue *d, enum ak_side side, struct ak_span kept, uint32_t place)
{
    const uint8_t *now = d->feed;
    uint32_t now_place = d->place;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(kept.bytes, kept.size, &parse);
    d->feed = kept.bytes;
    d->place = place;
    feed(d, side, &r);
    d->feed = now;
    d->place = now_place;
}

/* Neither TLS nor TDS begins with the header's bytes, which end before `end`: clear talk before
 * them? */
static bool go_clear(struct ak_dialogue *d, enum ak_side side, uint32_t end)
{
    struct ak_dialogue_half *half = &d->half[side];
    if (d->decided || d->preamble_over || half->lost)
        return false;
    if (d->preamble == NULL)
        d->preamble = ak_preamble_new();
    if (d->preamble == NULL || d->preamble->last)
        return false;
    uint8_t header[AK_SMP_HEADER];
    size_t size = half->header_size;
    memcpy(header, half->header, size);
    half->header_size = 0;
    half->unit = AK_UNIT_CLEAR;
    struct ak_span kept = {header, size};
    feed_kept(d, side, kept, end - (uint32_t)size);
    return true;
}

/* `again`: at the next segment a unit may begin. */
static void go_opaque(struct ak_dialogue *d, enum ak_side side, bool again)
{
    struct ak_dialogue_half *half = &d->half[side];
    half->header_size = 0;
    half->lost = again;
    half->unit = again ? AK_UNIT_NONE : AK_UNIT_OPAQUE;
}

/* The clear talk is none that is known. */
static void end_clear(struct ak_dialogue *d, bool again)
{
    d->preamble_over = true;
    for (int s = 0; s < AK_SIDES; s++)
        if (d->half[s].unit == AK_UNIT_CLEAR)
            go_opaque(d, (enum ak_side)s, again || d->half[s].late);
}

/* Bytes that may begin clear talk, as nearly any few may, and nothing else: once what follows them
 * cannot decide any more they count as unknown ones, whatever they are. */
static bool is_undecided(const struct ak_dialogue *d, enum ak_side side)
{
    return d->half[side].unit == AK_UNIT_CLEAR && ak_preamble_undecided(d->preamble, side);
}

static bool begin_record(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    struct ak_tls_record record;
    if (!ak_tls_record_parse(half->header, &record))
        return false;
    d->decided = true;
    half->unit = AK_UNIT_RECORD;
    half->left = record.length;
    ak_tls_record_begin(d, side, &record, false);
    return true;
}

static bool begin_tds(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    if (!ak_tds_packet_parse(half->header, &half->packet))
        return false;
    if (!d->decided) {
        /* What may open a TDS conversation: PRELOGIN, LOGIN7, an old login (MS-TDS 3.2.5). */
        uint8_t type = half->packet.type;
        bool opens = type == AK_TDS_PRELOGIN || type == AK_TDS_LOGIN7 ||
                     (type == AK_TDS_OLD_LOGIN && half->packet.length == 512);
        bool mid = half->resumed && half->packet.length > AK_TDS_HEADER;
        if (!opens && !mid)
            return false;
        d->decided = true;
    }
    half->unit = AK_UNIT_TDS;
    half->left = half->packet.length - (uint32_t)AK_TDS_HEADER;
    ak_tds_packet_begin(d, side);
    return true;
}

static bool begin_ssl2(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    const uint8_t *p = half->header;
    uint8_t type = side == AK_SIDE_CLIENT ? 1 : 4;
    uint32_t length = ak_be16(p) & 0x7fffu;
    bool version = (p[3] == 0 && p[4] == 2) || (p[3] == 3 && p[4] <= 4) || side != AK_SIDE_CLIENT;
    if (p[2] != type || !version || length < 9 || length > 1024)
        return false;
    d->decided = true;
    half->unit = AK_UNIT_SSL2;
    half->left = length - 3;
    ak_dialogue_let_go(d, &half->message);
    ak_dialogue_keep(d, &half->message, (struct ak_span){p, 5});
    return true;
}

static bool begin_smp(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    struct ak_smp smp;
    if (!ak_smp_parse(half->header, &smp))
        return false;
    half->unit = AK_UNIT_SMP;
    half->left = smp.length - (uint32_t)AK_SMP_HEADER;
    ak_tds_smp_frame(d, side, &smp);
    return true;
}

static bool begin_unit(struct ak_dialogue *d, enum ak_side side)
{
    uint8_t first = d->half[side].header[0];
    if (is_record_type(first))
        return begin_record(d, side);
    if (first == 0x53)
        return begin_smp(d, side);
    if (first & 0x80)
        return begin_ssl2(d, side);
    return begin_tds(d, side);
}

static void end_unit(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    enum ak_unit unit = half->unit;
    half->unit = AK_UNIT_NONE;
    half->header_size = 0;
    if (unit == AK_UNIT_RECORD) {
        ak_tls_record_end(d, side, false);
    } else if (unit == AK_UNIT_TDS) {
        ak_tds_packet_end(d, side);
    } else if (unit == AK_UNIT_SSL2) {
        struct ak_span record = {(const uint8_t *)half->message.bytes, half->message.size};
        if (ak_dialogue_is_tapped(d))
            ak_dialogue_tell_message(d, side, AK_TAP_SSL2_HELLO, 0, record);
        ak_tls_ssl2_record(d, side, record);
        ak_dialogue_let_go(d, &half->message);
    }
}

static void unit_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span part)
{
    struct ak_dialogue_half *half = &d->half[side];
    half->left -= (uint32_t)part.size;
    if (part.size == 0)
        return;
    if (half->unit == AK_UNIT_RECORD)
        ak_tls_record_bytes(d, side, part);
    else if (half->unit == AK_UNIT_TDS)
        ak_tds_packet_bytes(d, side, part);
    else if (half->unit == AK_UNIT_SSL2) {
        if (ak_dialogue_is_tapped(d))
            ak_dialogue_tell(d, side, AK_TAP_TDS_PART, part.bytes, part.size,
                             half->message.size - 5);
        ak_dialogue_keep(d, &half->message, part);
    }
}

/* After a hole or a late start: does a unit begin exactly here? */
static bool border_here(const struct ak_dialogue *d, struct ak_span s)
{
    struct ak_tls_record record;
    struct ak_tds_packet packet;
    if (s.size >= AK_TLS_RECORD_HEADER && ak_tls_record_parse(s.bytes, &record) &&
        record.length != 0)
        return true;
    if (s.size < AK_TDS_HEADER || !ak_tds_packet_parse(s.bytes, &packet))
        return false;
    /* Eight bytes are weak evidence: demand that the packet fills the segment, or known TDS. */
    return d->tds || packet.length == s.size ||
           (packet.type == AK_TDS_PRELOGIN && s.size > 8 && (s.bytes[8] == 0 || s.bytes[8] == 22));
}

static void plain_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    static const char *const verbs[] = {"GET ", "POST", "HTTP", "PUT ", "HEAD", "CONN", "OPTI"};
    bool verb = false;
    if (!d->decided && bytes.size >= 4 && !d->seen->http)
        for (size_t i = 0; i < AK_COUNT(verbs); i++)
            verb |= memcmp(bytes.bytes, verbs[i], 4) == 0;
    d->seen->http |= verb;
    if (ak_dialogue_is_tapped(d) && verb)
        ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, bytes.bytes, 4, 0);
    ak_dialogue_letter(d, side, AK_LETTER_AP, 0);
    if (d->half[side].unit != AK_UNIT_CLEAR || !d->preamble->quiet)
        ak_dialogue_data(d, side);
}

static void collect_header(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r)
{
    struct ak_dialogue_half *half = &d->half[side];
    uint8_t need;
    if (AK_LIKELY(half->header_size == 0 && r->left >= AK_TLS_RECORD_HEADER &&
                  is_record_type(*r->at) && !ak_dialogue_is_tapped(d))) {
        memcpy(half->header, ak_reader_take(r, AK_TLS_RECORD_HEADER, "record header"),
               AK_TLS_RECORD_HEADER);
        half->header_size = need = AK_TLS_RECORD_HEADER;
    } else {
        half->header[half->header_size++] = ak_read_u8(r, "unit header");
        need = header_need(d, half->header[0]);
        if (ak_dialogue_is_tapped(d) && need != 0 && half->header_size == 1)
            ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, r->at - 1, 1, 0);
        if (need != 0 && half->header_size < need)
            return;
    }
    if (need != 0 && begin_unit(d, side)) {
        if (ak_dialogue_is_tapped(d))
            tell_header(d, side, r->at);
        half->resumed = false;
        if (half->left == 0)
            end_unit(d, side);
        return;
    }
    if (!go_clear(d, side, ak_dialogue_place(d, r->at)))
        go_opaque(d, side, d->decided || half->late);
}

static void clear_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r);

/* Records that lie whole in the segment, in a conversation in which TLS was seen before: most of
 * what there is. Returns what follows them. */
static AK_ALWAYS_INLINE struct ak_span pass_records(struct ak_dialogue *d, enum ak_side side,
                                                    struct ak_span bytes)
{
    struct ak_dialogue_half *half = &d->half[side];
    AK_ONCE(half);
    if (!d->decided || d->seen->tls == NULL || d->seen->protocol == AK_PROTOCOL_UNKNOWN ||
        ak_dialogue_is_tapped(d))
        return bytes;
    while (bytes.size >= AK_TLS_RECORD_HEADER && half->unit == AK_UNIT_NONE &&
           half->header_size == 0 && !half->lost) {
        struct ak_tls_record record;
        if (!ak_tls_record_parse(bytes.bytes, &record) ||
            bytes.size - AK_TLS_RECORD_HEADER < record.length)
            break;
        struct ak_span body = {bytes.bytes + AK_TLS_RECORD_HEADER, record.length};
        bytes.bytes += AK_TLS_RECORD_HEADER + record.length;
        bytes.size -= AK_TLS_RECORD_HEADER + record.length;
        half->resumed = false;
        ak_tls_whole_record(d, side, &record, body);
    }
    return bytes;
}

static void feed(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r)
{
    struct ak_dialogue_half *half = &d->half[side];
    while (r->left != 0 && half->unit != AK_UNIT_OPAQUE && !half->lost) {
        if (half->unit == AK_UNIT_NONE) {
            struct ak_span rest = pass_records(d, side, ak_reader_rest(r));
            if (rest.size != r->left)
                ak_read_skip(r, r->left - rest.size, "records");
            else
                collect_header(d, side, r);
            continue;
        }
        if (half->unit == AK_UNIT_CLEAR) {
            clear_bytes(d, side, r);
            continue;
        }
        size_t part = half->left < r->left ? half->left : r->left;
        unit_bytes(d, side, ak_read_span(r, part, "unit"));
        if (half->left == 0)
            end_unit(d, side);
    }
}

/* The clear talk of one side is over: the next protocol begins, maybe with bytes held back. */
static void leave_clear(struct ak_dialogue *d, enum ak_side side)
{
    uint8_t held[AK_CLEAR_WINDOW];
    uint32_t place = d->preamble->half[side].place;
    struct ak_span kept = {held, ak_preamble_take(d->preamble, side, held)};
    d->half[side].unit = AK_UNIT_NONE;
    feed_kept(d, side, kept, place);
    memset(held, 0, sizeof held);
}

static void clear_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r)
{
    enum ak_preamble_result result = ak_preamble_bytes(d, side, r);
    if (result == AK_PREAMBLE_DEAD) {
        end_clear(d, d->decided);
    } else if (result == AK_PREAMBLE_NEXT) {
        if (ak_preamble_ready(d->preamble, side))
            ak_dialogue_letter(d, side, AK_LETTER_AP, 0);
        for (int s = 0; s < AK_SIDES; s++)
            if (d->half[s].unit == AK_UNIT_CLEAR && ak_preamble_ready(d->preamble, (enum ak_side)s))
                leave_clear(d, (enum ak_side)s);
    }
}

/* TLS after unknown bytes: what the client sent is read now, as of its own frame. */
static void carve(struct ak_dialogue *d)
{
    struct ak_text *place = &d->half[AK_SIDE_CLIENT].message, kept = *place;
    struct ak_when now = {d->frame, d->time};
    struct ak_span bytes = {(const uint8_t *)kept.bytes, kept.size};
    ak_text_init(place, kept.maximum); /* it may be needed for what is read */
    ak_dialogue_forget_data(d);
    for (int side = 0; side < AK_SIDES; side++) {
        d->half[side].unit = AK_UNIT_NONE;
        d->half[side].header_size = 0;
    }
    d->frame = d->carved.when.frame;
    d->time = d->carved.when.time;
    feed_kept(d, AK_SIDE_CLIENT, bytes, d->carved.place);
    ak_dialogue_let_go(d, &kept);
    d->frame = now.frame;
    d->time = now.time;
}

/* A segment of a stream of unknown bytes; false: TLS begins with it. */
static bool opaque_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    switch (ak_carve_bytes(d, side, bytes)) {
    case AK_CARVE_PLAIN:
        plain_bytes(d, side, bytes);
        ak_mirroring_bytes(d, side, bytes);
        return true;
    case AK_CARVE_HELD:
        return true;
    case AK_CARVE_FOUND:
        break;
    }
    carve(d);
    return false;
}

void ak_dialogue_end(struct ak_dialogue *d)
{
    /* The server's way is in the capture (its SYN ACK is) and it never said a word: nothing speaks
     * against the hello. */
    bool silent = d->seen->step[AK_STEP_SYN_ACK].frame != 0 &&
                  d->seen->step[AK_STEP_FIRST_SERVER_DATA].frame == 0;
    if (d->carved.waiting && d->carved.whole && silent) {
        d->carved.waiting = false;
        carve(d);
    }
    ak_carve_drop(d);
}

static AK_NOINLINE void feed_rest(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_parse parse;
    struct ak_reader rest = ak_reader_of(bytes.bytes, bytes.size, &parse);
    feed(d, side, &rest);
}

/* Bytes of a side that is at its beginning, or of which something is not known. */
static AK_NOINLINE void any_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_dialogue_half *half = &d->half[side];
    bool answer = d->carved.waiting && half->unit == AK_UNIT_NONE && half->header_size == 0;
    if (answer)
        half->unit = AK_UNIT_OPAQUE;
    if (is_undecided(d, side) && (d->decided || ak_carve_may_ask(side, bytes)))
        end_clear(d, false);
    if (half->unit == AK_UNIT_OPAQUE && opaque_bytes(d, side, bytes))
        return;
    if (half->late && half->unit == AK_UNIT_CLEAR && border_here(d, bytes)) {
        ak_preamble_lost(d->preamble, side);
        half->unit = AK_UNIT_NONE;
    }
    if (half->late && half->unit == AK_UNIT_NONE && half->header_size == 0 && !half->lost)
        half->resumed = border_here(d, bytes);
    if (half->lost) {
        if (!border_here(d, bytes)) {
            if (!d->decided)
                plain_bytes(d, side, bytes);
            return;
        }
        half->unit = AK_UNIT_NONE;
        half->header_size = 0;
        half->lost = false;
        half->resumed = true;
    }
    feed_rest(d, side, bytes);
    if (half->unit == AK_UNIT_OPAQUE || half->unit == AK_UNIT_CLEAR || (half->lost && !d->decided))
        plain_bytes(d, side, bytes);
    if (half->unit == AK_UNIT_OPAQUE || (is_undecided(d, side) && !half->late))
        ak_mirroring_bytes(d, side, bytes); /* its first bytes are unknown ones */
}

void ak_dialogue_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes,
                       uint64_t frame, int64_t time)
{
    struct ak_dialogue_half *half = &d->half[side];
    AK_ONCE(half);
    d->frame = frame;
    d->time = time;
    d->feed = bytes.bytes;
    ak_dialogue_step(d, side == AK_SIDE_CLIENT ? AK_STEP_FIRST_CLIENT_DATA
                                               : AK_STEP_FIRST_SERVER_DATA);
    if (AK_LIKELY(d->decided && half->unit <= AK_UNIT_TDS &&
                  !(half->lost | half->late | d->carved.waiting))) {
        bytes = pass_records(d, side, bytes);
        if (bytes.size != 0)
            feed_rest(d, side, bytes);
        return;
    }
    any_bytes(d, side, bytes);
}

void ak_dialogue_gap(struct ak_dialogue *d, enum ak_side side, uint64_t size)
{
    struct ak_dialogue_half *half = &d->half[side];
    if (is_undecided(d, side))
        end_clear(d, false);
    if (half->unit == AK_UNIT_OPAQUE) {
        ak_carve_drop(d);
        return;
    }
    if (half->unit == AK_UNIT_CLEAR) {
        ak_preamble_lost(d->preamble, side);
        d->seen->hole |= d->preamble->quiet;
        return;
    }
    bool skippable = half->unit == AK_UNIT_RECORD && size <= half->left &&
                     (half->tls.record.type == AK_TLS_APPLICATION_DATA || half->tls.encrypted);
    if (skippable) { /* ciphertext is not read anyway, and its end is known */
        half->left -= (uint32_t)size;
        half->tls.left -= (uint32_t)size;
        half->tls.seen += (uint32_t)size;
        if (half->left == 0)
            end_unit(d, side);
        return;
    }
    half->unit = AK_UNIT_NONE;
    half->header_size = 0;
    half->lost = true;
    ak_dialogue_let_go(d, &half->message);
    ak_tls_session_lost(d, side);
    const struct ak_tls_seen *tls = d->seen->tls;
    if (tls == NULL || !tls->finished[AK_SIDE_CLIENT] || !tls->finished[AK_SIDE_SERVER])
        d->seen->hole = true;
}

void ak_dialogue_swap(struct ak_dialogue *d)
{
    struct ak_dialogue_half half = d->half[0];
    d->half[0] = d->half[1];
    d->half[1] = half;
    if (d->preamble != NULL)
        ak_preamble_swap(d->preamble);
    if (d->last_data_side != AK_SIDE_NONE)
        d->last_data_side = d->last_data_side == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
}
