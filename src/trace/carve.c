/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/carve.h"

#include "base/banned.h"

enum { HANDSHAKE_HEADER = 4 };
/* Version, random, an empty session, a suite: RFC 5246 7.4.1.2 and 7.4.1.3. */
static const size_t least_hello = 38;

/* A record of one handshake message of this type, as far as the first bytes tell. */
static bool begins_message(struct ak_span s, uint8_t type, struct ak_tls_record *record)
{
    const uint8_t *p = s.bytes;
    if (s.size < AK_TLS_RECORD_HEADER + HANDSHAKE_HEADER + 2 || p[0] != AK_TLS_HANDSHAKE ||
        p[AK_TLS_RECORD_HEADER] != type || !ak_tls_record_parse(p, record))
        return false;
    size_t whole = record->length, size = (size_t)p[6] << 16 | ak_be16(p + 7);
    bool version = p[9] == 3 && p[10] <= 4;
    bool fits = type == AK_TLS_CLIENT_HELLO ? size + HANDSHAKE_HEADER == whole
                                            : size + HANDSHAKE_HEADER <= whole;
    return version && fits && size >= least_hello;
}

bool ak_carve_asks(struct ak_span s)
{
    struct ak_client_hello hello;
    struct ak_tls_record record;
    struct ak_parse parse;
    size_t front = AK_TLS_RECORD_HEADER + HANDSHAKE_HEADER;
    if (!begins_message(s, AK_TLS_CLIENT_HELLO, &record) ||
        s.size - AK_TLS_RECORD_HEADER < record.length)
        return false;
    struct ak_span body = {s.bytes + front, record.length - HANDSHAKE_HEADER};
    return ak_client_hello_parse(body, &hello, &parse) == AK_VERDICT_PARSED &&
           hello.bad_extensions == 0;
}

bool ak_carve_answers(struct ak_span s)
{
    struct ak_tls_record record;
    const uint8_t *p = s.bytes;
    if (begins_message(s, AK_TLS_SERVER_HELLO, &record))
        return true;
    return s.size >= AK_TLS_RECORD_HEADER + 2 && p[0] == AK_TLS_ALERT &&
           ak_tls_record_parse(p, &record) && record.length == 2 && p[5] >= 1 && p[5] <= 2;
}

void ak_carve_drop(struct ak_dialogue *d)
{
    struct ak_carved *carved = &d->carved;
    uint64_t frame = d->frame;
    int64_t time = d->time;
    if (!carved->waiting)
        return;
    carved->waiting = false;
    ak_dialogue_let_go(d, &d->half[AK_SIDE_CLIENT].message);
    d->frame = carved->when.frame;
    d->time = carved->when.time;
    ak_dialogue_data(d, AK_SIDE_CLIENT);
    for (unsigned i = 0; i < carved->segments; i++)
        ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_AP, 0);
    d->frame = frame;
    d->time = time;
}

static enum ak_carve_result hold(struct ak_dialogue *d, struct ak_span bytes)
{
    struct ak_carved *carved = &d->carved;
    struct ak_text *kept = &d->half[AK_SIDE_CLIENT].message;
    ak_dialogue_keep(d, kept, bytes);
    carved->segments++;
    struct ak_span all = {(const uint8_t *)kept->bytes, kept->size};
    if (!carved->whole && !kept->failed) {
        size_t record = AK_TLS_RECORD_HEADER + (size_t)ak_be16(all.bytes + 3);
        carved->whole = ak_carve_asks(all);
        if (carved->whole || all.size < record)
            return AK_CARVE_HELD;
    } else if (!kept->failed) {
        return AK_CARVE_HELD; /* what follows it without waiting */
    }
    ak_carve_drop(d); /* damaged, or too much: its letters are written here, also for this one */
    return AK_CARVE_HELD;
}

bool ak_carve_may_ask(enum ak_side side, struct ak_span s)
{
    struct ak_tls_record record;
    return side == AK_SIDE_CLIENT && begins_message(s, AK_TLS_CLIENT_HELLO, &record);
}

enum ak_carve_result ak_carve_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_carved *carved = &d->carved;
    if (!carved->waiting) {
        if (!ak_carve_may_ask(side, bytes))
            return AK_CARVE_PLAIN;
        carved->waiting = true;
        carved->whole = false;
        carved->segments = 0;
        carved->place = ak_dialogue_place(d, bytes.bytes);
        carved->when.frame = d->frame;
        carved->when.time = d->time;
        ak_dialogue_let_go(d, &d->half[AK_SIDE_CLIENT].message);
        return hold(d, bytes);
    }
    if (side == AK_SIDE_CLIENT)
        return hold(d, bytes);
    if (carved->whole && ak_carve_answers(bytes)) {
        carved->waiting = false;
        return AK_CARVE_FOUND;
    }
    ak_carve_drop(d);
    return AK_CARVE_PLAIN;
}
