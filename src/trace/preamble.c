/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/preamble.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/utf16.h"

#include "base/banned.h"

struct ak_preamble *ak_preamble_new(void)
{
    return ak_alloc(1, sizeof(struct ak_preamble));
}

void ak_preamble_free(struct ak_preamble *preamble)
{
    if (preamble == NULL)
        return;
    for (int side = 0; side < AK_SIDES; side++)
        memset(preamble->half[side].bytes, 0, AK_CLEAR_WINDOW);
    ak_free(preamble);
}

void ak_preamble_lost(struct ak_preamble *p, enum ak_side side)
{
    p->half[side].size = 0;
    p->half[side].skip = 0;
    p->half[side].to_line_end = false;
}

bool ak_preamble_ready(const struct ak_preamble *p, enum ak_side side)
{
    const struct ak_preamble_half *half = &p->half[side];
    return half->through && half->skip == 0 && !half->to_line_end;
}

size_t ak_preamble_take(struct ak_preamble *p, enum ak_side side, uint8_t *out)
{
    struct ak_preamble_half *half = &p->half[side];
    size_t size = half->size;
    memcpy(out, half->bytes, size);
    memset(half, 0, sizeof *half);
    return size;
}

bool ak_preamble_undecided(const struct ak_preamble *p, enum ak_side side)
{
    return p->state.row == NULL && !p->half[side].through;
}

void ak_preamble_swap(struct ak_preamble *p)
{
    struct ak_preamble_half half = p->half[0];
    p->half[0] = p->half[1];
    p->half[1] = half;
}

/* ---- what was learnt ---- */

static struct ak_clear_seen *seen_of(struct ak_dialogue *d)
{
    if (d->seen->clear == NULL)
        d->seen->clear = ak_alloc(1, sizeof *d->seen->clear);
    return d->seen->clear;
}

static char *address_text(const struct ak_clear_address *address)
{
    char text[AK_MAX_WIRE_TEXT];
    size_t n;
    if (address->version != 0 && address->bytes.size != 0) {
        struct ak_endpoint end = {address->version, {0}, address->port};
        memcpy(end.address, address->bytes.bytes, address->bytes.size);
        ak_endpoint_text(&end, text);
        n = strlen(text);
    } else {
        n = ak_utf8_copy(address->bytes, text, sizeof text);
    }
    return n != 0 ? ak_memdup(text, n + 1) : NULL;
}

static void replace_text(char **slot, char *text)
{
    ak_free(*slot);
    *slot = text;
}

static void note_service(struct ak_dialogue *d)
{
    const struct ak_clear_state *state = &d->preamble->state;
    enum ak_service service = ak_clear_service(state);
    if (service == AK_SERVICE_NONE || seen_of(d) == NULL)
        return;
    d->seen->clear->service = service;
    if (state->starttls > d->seen->clear->starttls || state->starttls == AK_STARTTLS_ASKED)
        d->seen->clear->starttls = state->starttls;
}

static void note_proxy(struct ak_dialogue *d, const struct ak_clear_unit *unit)
{
    enum ak_proxy_kind kind = ak_clear_proxy(&d->preamble->state);
    struct ak_clear_seen *seen = seen_of(d);
    ak_dialogue_step(d, AK_STEP_PROXY_REQUEST);
    if (seen == NULL)
        return;
    bool passed =
        seen->proxy != AK_PROXY_NONE && (seen->proxy_granted || seen->proxy == AK_PROXY_HEADER);
    if (passed && seen->behind_count < AK_MAX_CLEAR_LAYERS)
        seen->behind[seen->behind_count++] = seen->proxy;
    seen->proxy = kind;
    seen->proxy_answered = seen->proxy_granted = false;
    if (unit->target.bytes.size != 0) {
        replace_text(&seen->proxy_host, address_text(&unit->target));
        seen->proxy_port = unit->target.port;
    }
    if (unit->source.bytes.size != 0) {
        replace_text(&seen->proxy_client, address_text(&unit->source));
        seen->proxy_client_port = unit->source.port;
    }
}

static void note_proxy_answer(struct ak_dialogue *d, const struct ak_clear_unit *unit, bool granted)
{
    struct ak_clear_seen *seen = seen_of(d);
    ak_dialogue_step(d, AK_STEP_PROXY_ANSWER);
    if (seen == NULL)
        return;
    seen->proxy = ak_clear_proxy(&d->preamble->state);
    seen->proxy_answered = true;
    seen->proxy_granted = granted;
    seen->proxy_code = unit->code;
}

static void note_answer(struct ak_dialogue *d, const struct ak_clear_unit *unit)
{
    struct ak_clear_seen *seen = d->seen->clear;
    ak_dialogue_step(d, unit->answer[0] != '\0' ? AK_STEP_STARTTLS_ANSWER : AK_STEP_STARTTLS);
    if (seen == NULL)
        return;
    memcpy(seen->starttls_answer, unit->answer, sizeof seen->starttls_answer);
    seen->rdp_selected = unit->rdp_protocol;
    seen->starttls = d->preamble->state.starttls;
}

/* ---- what it means ---- */

/* What was said so far was not the application's data after all. */
static void only_talk(struct ak_dialogue *d)
{
    d->preamble->quiet = true;
    ak_dialogue_forget_data(d);
}

static void next_layer(struct ak_preamble *p, bool both)
{
    memset(&p->state, 0, sizeof p->state);
    p->quiet = false;
    p->last = ++p->layers >= AK_MAX_CLEAR_LAYERS;
    p->half[AK_SIDE_CLIENT].through = true;
    p->half[AK_SIDE_SERVER].through |= both;
}

static void tls_follows(struct ak_preamble *p)
{
    p->last = true;
    p->half[AK_SIDE_CLIENT].through = p->half[AK_SIDE_SERVER].through = true;
}

static enum ak_preamble_result take_unit(struct ak_dialogue *d, enum ak_side side,
                                         const struct ak_clear_unit *unit)
{
    struct ak_preamble *p = d->preamble;
    note_service(d);
    switch (unit->event) {
    case AK_CLEAR_ASK:
        only_talk(d);
        ak_dialogue_step(d, AK_STEP_STARTTLS);
        if (d->seen->clear != NULL)
            d->seen->clear->rdp_requested = unit->rdp_protocol;
        break;
    case AK_CLEAR_ACCEPT:
        only_talk(d);
        note_answer(d, unit);
        tls_follows(p);
        return AK_PREAMBLE_NEXT;
    case AK_CLEAR_REFUSE:
        note_answer(d, unit);
        break;
    case AK_CLEAR_TARGET:
        note_proxy(d, unit);
        only_talk(d);
        if (ak_clear_proxy(&p->state) == AK_PROXY_CONNECT)
            ak_preamble_lost(p, AK_SIDE_SERVER); /* the body of a refusal before */
        break;
    case AK_CLEAR_HEADER:
        note_proxy(d, unit);
        only_talk(d);
        next_layer(p, false);
        return AK_PREAMBLE_NEXT;
    case AK_CLEAR_GRANT:
        note_proxy_answer(d, unit, true);
        next_layer(p, true);
        return AK_PREAMBLE_NEXT;
    case AK_CLEAR_DENY:
        note_proxy_answer(d, unit, false);
        only_talk(d);
        break;
    case AK_CLEAR_END:
        return AK_PREAMBLE_DEAD;
    case AK_CLEAR_TEXT:
        if (side == AK_SIDE_CLIENT && p->state.starttls == AK_STARTTLS_REFUSED)
            p->quiet = false; /* refused, and it goes on in clear */
        break;
    default:
        break;
    }
    return AK_PREAMBLE_MORE;
}

/* ---- units ---- */

/* TLS may begin here although nobody said so: the answer was lost, or the client did not wait. */
static bool tls_may_begin(const struct ak_preamble *p, const struct ak_preamble_half *half)
{
    bool expected = ak_clear_is_text(&p->state) || p->state.starttls >= AK_STARTTLS_ASKED;
    return expected && (half->bytes[0] == AK_TLS_HANDSHAKE || half->bytes[0] == AK_TLS_ALERT);
}

static bool tls_begins(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_preamble *p = d->preamble;
    struct ak_tls_record record;
    struct ak_preamble_half *half = &p->half[side];
    if (!ak_tls_record_parse(half->bytes, &record))
        return false;
    half->through = true;
    p->last = true;
    ak_dialogue_forget_data(d);
    if (p->state.starttls == AK_STARTTLS_ASKED && side == AK_SIDE_SERVER &&
        record.type == AK_TLS_HANDSHAKE) {
        p->state.starttls = AK_STARTTLS_ACCEPTED;
        note_service(d);
    }
    return true;
}

static void consume(struct ak_preamble_half *half, const struct ak_clear_unit *unit)
{
    size_t size = unit->size < half->size ? unit->size : half->size;
    half->skip = unit->size - size;
    half->to_line_end = unit->to_line_end;
    memmove(half->bytes, half->bytes + size, half->size - size);
    half->size -= size;
    half->place += (uint32_t)size;
    memset(half->bytes + half->size, 0, size);
}

/* Of a last unit also what follows it: the beginning of a dialogue may be known by that. */
static void tell_unit(const struct ak_dialogue *d, enum ak_side side,
                      const struct ak_clear_unit *unit)
{
    const struct ak_preamble *p = d->preamble;
    const struct ak_preamble_half *half = &p->half[side];
    bool all = unit->event == AK_CLEAR_END || unit->size > half->size;
    struct ak_tap_part part;
    if (d->shared->tap->part == NULL)
        return;
    memset(&part, 0, sizeof part);
    part.kind = AK_TAP_CLEAR;
    part.conversation = d->seen;
    part.side = side;
    part.place = half->place;
    part.body.bytes = half->bytes;
    part.body.size = all ? half->size : unit->size;
    part.state = &p->state;
    part.unit = unit;
    d->shared->tap->part(d->shared->tap->context, &part);
}

/* Understands what is in half->bytes as far as it goes. */
static enum ak_preamble_result read_units(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_preamble *p = d->preamble;
    struct ak_preamble_half *half = &p->half[side];
    while (half->size != 0) {
        struct ak_span bytes = {half->bytes, half->size};
        bool server = side == AK_SIDE_SERVER;
        enum ak_verdict verdict = AK_VERDICT_PARSED;
        struct ak_clear_unit unit;
        if (p->state.row == NULL)
            verdict = ak_clear_detect(&p->state, server, bytes);
        if (verdict == AK_VERDICT_PARSED && tls_may_begin(p, half)) {
            if (half->size < AK_TLS_RECORD_HEADER)
                return AK_PREAMBLE_MORE;
            if (tls_begins(d, side))
                return AK_PREAMBLE_NEXT;
        }
        if (verdict == AK_VERDICT_PARSED)
            verdict = ak_clear_read(&p->state, server, bytes, &unit);
        if (verdict == AK_VERDICT_SHORT)
            return AK_PREAMBLE_MORE;
        if (verdict != AK_VERDICT_PARSED)
            return AK_PREAMBLE_DEAD;
        if (ak_dialogue_is_tapped(d))
            tell_unit(d, side, &unit);
        enum ak_preamble_result result = take_unit(d, side, &unit);
        consume(half, &unit);
        if (result != AK_PREAMBLE_MORE)
            return result;
    }
    return AK_PREAMBLE_MORE;
}

/* Passes over what does not matter of a long unit. */
static bool pass_over(const struct ak_dialogue *d, enum ak_side side, struct ak_reader *r)
{
    struct ak_preamble_half *half = &d->preamble->half[side];
    if (half->skip != 0) {
        size_t n = half->skip < r->left ? half->skip : r->left;
        ak_read_skip(r, n, "rest of a unit");
        half->skip -= n;
        return true;
    }
    if (!half->to_line_end)
        return false;
    struct ak_span rest = ak_reader_rest(r);
    const uint8_t *end = memchr(rest.bytes, '\n', rest.size);
    if (end != NULL && ak_dialogue_is_tapped(d))
        ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, end, 1, 0);
    ak_read_skip(r, end != NULL ? (size_t)(end - rest.bytes) + 1 : rest.size, "rest of a line");
    half->to_line_end = end == NULL;
    return true;
}

enum ak_preamble_result ak_preamble_bytes(struct ak_dialogue *d, enum ak_side side,
                                          struct ak_reader *r)
{
    struct ak_preamble *p = d->preamble;
    struct ak_preamble_half *half = &p->half[side];
    enum ak_preamble_result result = AK_PREAMBLE_MORE;
    size_t before = r->left;
    while (r->left != 0 && result == AK_PREAMBLE_MORE) {
        if (pass_over(d, side, r)) {
            result = ak_preamble_ready(p, side) ? AK_PREAMBLE_NEXT : AK_PREAMBLE_MORE;
            continue;
        }
        size_t room = AK_CLEAR_WINDOW - half->size;
        struct ak_span part = ak_read_span(r, room < r->left ? room : r->left, "clear talk");
        if (half->size == 0)
            half->place = ak_dialogue_place(d, part.bytes);
        memcpy(half->bytes + half->size, part.bytes, part.size);
        half->size += part.size;
        result = read_units(d, side);
    }
    while (result == AK_PREAMBLE_NEXT && r->left != 0 && pass_over(d, side, r))
        continue;
    half->seen += before - r->left;
    if (result == AK_PREAMBLE_MORE && half->seen > AK_MAX_CLEAR_TALK && !p->quiet)
        return AK_PREAMBLE_DEAD;
    return result;
}
