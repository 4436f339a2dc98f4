/* A wire for tests: two hosts whose TCP segments become Ethernet frames for a trace.
 *
 * Plays scripts of support/script.h; behind ">" or "<" may also stand a bare segment: S, SA, A, F,
 * R, RA or KA; a number of milliseconds lets time pass ("5000"). Items joined by "+" share a
 * segment. Times start at 1,000,000 s, and each frame takes a millisecond.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_WIRE_H
#define AK_TESTS_SUPPORT_WIRE_H

#include "codec/packet.h"
#include "observe/conversation_copy.h"
#include "support/script.h"
#include "trace/trace.h"

enum { WIRE_KEPT = 80 };

struct wire {
    struct ak_trace *trace;
    struct ak_conversation *seen[WIRE_KEPT];
    size_t count;
    int64_t time;
    bool ipv6;
    uint16_t port[2];
    uint8_t host[2]; /* last byte of the address */
    uint8_t ttl[2];
    uint16_t window[2];
    uint32_t next[2];   /* sequence number of each side's next byte */
    size_t segment;     /* most payload bytes in a segment; 0: no limit */
    size_t snap_length; /* 0: no limit */
};

static inline void wire_keep(void *context, const struct ak_conversation *c)
{
    struct wire *w = context;
    assert_true(w->count < WIRE_KEPT);
    w->seen[w->count] = ak_conversation_copy(c);
    assert_non_null(w->seen[w->count]);
    w->count++;
}

static inline void wire_open(struct wire *w)
{
    memset(w, 0, sizeof *w);
    w->trace = ak_trace_new(7, wire_keep, w);
    assert_non_null(w->trace);
    static struct ak_source source = {"wire", 1, NULL, NULL, 0};
    ak_trace_file(w->trace, &source);
    w->time = INT64_C(1000000) * 1000000000;
    for (int side = 0; side < 2; side++) {
        w->port[side] = (uint16_t)(side ? 1433 : 50000);
        w->host[side] = (uint8_t)(side ? 9 : 5);
        w->ttl[side] = (uint8_t)(side ? 128 : 64);
        w->window[side] = 64240;
        w->next[side] = side ? 0x20000000 : 0x10000000;
    }
}

static inline void wire_close(struct wire *w)
{
    for (size_t i = 0; i < w->count; i++)
        ak_conversation_copy_free(w->seen[i]);
    ak_trace_free(w->trace);
}

static inline void wire_address(struct octets *o, const struct wire *w, unsigned side)
{
    if (w->ipv6)
        octets_hex(o, "20010db8 00*11");
    else
        octets_hex(o, "c00002");
    octets_be(o, w->host[side], 1);
}

/* Ethernet and IP before `size` bytes that follow. */
static inline void wire_headers(struct octets *o, const struct wire *w, unsigned side, size_t size,
                                unsigned id, unsigned fragment)
{
    octets_hex(o, w->ipv6 ? "02*12 86dd" : "02*12 0800");
    if (w->ipv6) {
        octets_hex(o, "60000000");
        octets_be(o, size, 2);
        octets_be(o, 6, 1);
        octets_be(o, w->ttl[side], 1);
    } else {
        octets_hex(o, "4500");
        octets_be(o, size + 20, 2);
        octets_be(o, id, 2);
        octets_be(o, fragment, 2);
        octets_be(o, w->ttl[side], 1);
        octets_hex(o, "06 0000");
    }
    wire_address(o, w, side);
    wire_address(o, w, !side);
}

static inline void wire_tcp(struct octets *o, const struct wire *w, unsigned side, uint8_t flags,
                            uint32_t sequence, uint32_t acknowledgement, struct ak_span payload)
{
    octets_be(o, w->port[side], 2);
    octets_be(o, w->port[!side], 2);
    octets_be(o, sequence, 4);
    octets_be(o, acknowledgement, 4);
    octets_be(o, 0x50, 1);
    octets_be(o, flags, 1);
    octets_be(o, w->window[side], 2);
    octets_be(o, 0, 4);
    if (payload.size != 0)
        octets_add(o, payload.bytes, payload.size);
}

static inline void wire_frame(struct wire *w, const struct octets *o)
{
    struct ak_frame frame = {o->at, (uint32_t)o->size, (uint32_t)o->size, w->time, 1};
    if (w->snap_length != 0 && o->size > w->snap_length)
        frame.size = (uint32_t)w->snap_length;
    struct ak_bytes copy = ak_bytes_copy(frame.bytes, frame.size);
    frame.bytes = copy.at;
    ak_trace_frame(w->trace, &frame);
    ak_bytes_free(&copy);
    w->time += 1000000;
}

/* One segment with numbers of the caller's own; the wire's counters stay. */
static inline void wire_raw(struct wire *w, unsigned side, uint8_t flags, uint32_t sequence,
                            uint32_t acknowledgement, struct ak_span payload)
{
    static struct octets o;
    o.size = 0;
    wire_headers(&o, w, side, 20 + payload.size, 0, 0);
    wire_tcp(&o, w, side, flags, sequence, acknowledgement, payload);
    wire_frame(w, &o);
}

static inline struct ak_span wire_nothing(void)
{
    struct ak_span none = {NULL, 0};
    return none;
}

/* The next segment of a side, in order. */
static inline void wire_segment(struct wire *w, unsigned side, uint8_t flags,
                                struct ak_span payload)
{
    uint32_t acknowledgement = flags & AK_TCP_ACK ? w->next[!side] : 0;
    wire_raw(w, side, flags, w->next[side], acknowledgement, payload);
    w->next[side] += (uint32_t)payload.size + ((flags & (AK_TCP_SYN | AK_TCP_FIN)) != 0);
}

static inline void wire_payload(struct wire *w, unsigned side, struct ak_span all)
{
    while (all.size != 0) {
        struct ak_span part = all;
        if (w->segment != 0 && part.size > w->segment)
            part.size = w->segment;
        wire_segment(w, side, AK_TCP_ACK | AK_TCP_PSH, part);
        all.bytes += part.size;
        all.size -= part.size;
    }
}

static inline void wire_word(void *player, char *word)
{
    static const struct {
        const char *name;
        uint8_t flags;
    } bare[] = {{"S", 2}, {"SA", 18}, {"A", 16}, {"F", 17}, {"R", 4}, {"RA", 20}};
    struct wire *w = player;
    if (word[0] != '<' && word[0] != '>') {
        w->time += (int64_t)strtoul(word, NULL, 10) * 1000000;
        return;
    }
    unsigned side = script_side(word);
    for (size_t i = 0; i < AK_COUNT(bare); i++)
        if (strcmp(bare[i].name, word + 1) == 0) {
            wire_segment(w, side, bare[i].flags, wire_nothing());
            return;
        }
    if (strcmp(word + 1, "KA") == 0)
        wire_raw(w, side, AK_TCP_ACK, w->next[side] - 1, w->next[!side], wire_nothing());
    else
        wire_payload(w, side, script_bytes(word));
}

static inline void wire_play(struct wire *w, const char *script)
{
    script_play(script, wire_word, w);
}

/* Hands out what is held and gives the conversation that is number `index` in that order. */
static inline const struct ak_conversation *wire_seen(struct wire *w, size_t index)
{
    ak_trace_flush(w->trace);
    assert_true(index < w->count);
    return w->seen[index];
}

static inline const struct ak_conversation *wire_only(struct wire *w)
{
    const struct ak_conversation *c = wire_seen(w, 0);
    assert_int_equal(w->count, 1);
    return c;
}

/* The three-way handshake with which most scripts begin. */
#define WIRE_CONNECT ">S <SA >A "

/* The item's bytes, valid until the next call. */
static inline struct ak_span wire_item(const char *name)
{
    static struct octets o;
    o.size = 0;
    octets_word(&o, name);
    return octets_span(&o);
}

#endif
