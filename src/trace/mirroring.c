/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/mirroring.h"

#include "base/alloc.h"
#include "base/utf16.h"
#include "codec/ntlmssp.h"
#include "codec/spnego.h"
#include "model/thresholds.h"
#include "trace/carve.h"
#include "trace/tls_session.h"

#include "base/banned.h"

enum { SIGNATURE = 8 };

static struct ak_clear_seen *service_of(struct ak_dialogue *d)
{
    if (d->seen->clear == NULL)
        d->seen->clear = ak_alloc(1, sizeof *d->seen->clear);
    if (d->seen->clear != NULL)
        d->seen->clear->service = AK_SERVICE_MIRRORING;
    return d->seen->clear;
}

/* Waits count from the first segment, the service is named by a later one. */
static void note_wait(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_when now = {d->frame, d->time};
    int64_t wait = d->embedded_last.frame != 0 ? d->time - d->embedded_last.time : 0;
    if (wait >= ak_threshold_get(AK_THRESHOLD_ENDPOINT_STALL_MS) * 1000000 && wait > d->stall) {
        d->stall = wait;
        d->stall_end = now;
        d->stall_by = side;
    }
    d->embedded_last = now;
}

static void tell_wait(struct ak_dialogue *d, bool over)
{
    static const struct ak_when never;
    struct ak_clear_seen *seen = d->seen->clear;
    if (seen == NULL || seen->service != AK_SERVICE_MIRRORING)
        return;
    seen->stall = d->stall;
    seen->stall_end = d->stall_end;
    seen->stall_by = d->stall_by;
    seen->endpoint_last = over ? never : d->embedded_last;
}

static void keep(char **slot, struct ak_span text, bool unicode)
{
    char utf8[AK_MAX_WIRE_TEXT];
    if (*slot != NULL || text.size == 0)
        return;
    size_t n = unicode ? ak_utf16le_to_utf8(text, utf8, sizeof utf8)
                       : ak_utf8_copy(text, utf8, sizeof utf8);
    *slot = ak_memdup(utf8, n + 1);
}

static void note_ntlm(struct ak_dialogue *d, const struct ak_ntlm *ntlm)
{
    struct ak_clear_seen *seen = service_of(d);
    if (seen == NULL)
        return;
    if (ntlm->type == AK_NTLM_CHALLENGE) {
        keep(&seen->ntlm_server, ntlm->dns_computer, true);
        keep(&seen->ntlm_server, ntlm->domain, ntlm->unicode);
    } else if (ntlm->type == AK_NTLM_AUTHENTICATE) {
        keep(&seen->ntlm_domain, ntlm->domain, ntlm->unicode);
        keep(&seen->ntlm_user, ntlm->user, ntlm->unicode);
        keep(&seen->ntlm_workstation, ntlm->workstation, ntlm->unicode);
    }
}

static void find_ntlm(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    while (bytes.size >= SIGNATURE) {
        const uint8_t *at = memchr(bytes.bytes, 'N', bytes.size - SIGNATURE + 1);
        if (at == NULL)
            return;
        bytes.size -= (size_t)(at - bytes.bytes);
        bytes.bytes = at;
        struct ak_ntlm ntlm;
        struct ak_parse parse;
        if (ak_ntlm_parse(bytes, &ntlm, &parse) == AK_VERDICT_PARSED) {
            if (ak_dialogue_is_tapped(d))
                ak_dialogue_tell(d, side, AK_TAP_NTLM, bytes.bytes, bytes.size, 0);
            note_ntlm(d, &ntlm);
        }
        bytes.bytes++;
        bytes.size--;
    }
}

static void note_token(struct ak_dialogue *d, const struct ak_spnego *token)
{
    struct ak_clear_seen *seen = service_of(d);
    if (seen == NULL)
        return;
    struct ak_gss_seen *gss = &seen->gss;
    struct ak_when now = {d->frame, d->time};
    if (gss->first.frame == 0)
        gss->first = now;
    gss->offered |= token->mechanisms;
    if (token->chosen != AK_GSS_NONE)
        gss->chosen = token->chosen;
    if (token->kerberos != AK_KERBEROS_NONE)
        gss->kerberos = token->kerberos;
    if (token->has_state) {
        gss->has_state = true;
        gss->state = token->state;
    }
    bool rejects = token->has_state && token->state == AK_SPNEGO_REJECT;
    if (rejects || token->kerberos == AK_KERBEROS_ERROR)
        gss->refused = now;
    if (token->kerberos == AK_KERBEROS_ERROR)
        gss->error = token->kerberos_error;
}

/* SPNEGO and Kerberos tokens; NTLM messages in them are found for themselves. */
static void find_tokens(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    while (bytes.size != 0) {
        struct ak_spnego token;
        struct ak_parse parse;
        size_t used = 1;
        bool may = bytes.bytes[0] == AK_SPNEGO_FIRST || bytes.bytes[0] == AK_SPNEGO_LATER;
        if (may && ak_spnego_parse(bytes, &token, &parse) == AK_VERDICT_PARSED) {
            used = token.structure;
            if (ak_dialogue_is_tapped(d))
                ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, bytes.bytes, used, 0);
            note_token(d, &token);
        }
        bytes.bytes += used;
        bytes.size -= used;
    }
}

/* Whole records that follow each other from a ClientHello, a ServerHello, or an alert after one. */
static bool find_tls(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    for (; bytes.size != 0; bytes.bytes++, bytes.size--) {
        if (bytes.bytes[0] != AK_TLS_HANDSHAKE && bytes.bytes[0] != AK_TLS_ALERT)
            continue;
        bool begins = side == AK_SIDE_CLIENT ? ak_carve_asks(bytes)
                                             : d->seen->tls != NULL && ak_carve_answers(bytes);
        struct ak_tls_record record;
        if (!begins || !ak_tls_record_parse(bytes.bytes, &record) ||
            bytes.size - AK_TLS_RECORD_HEADER < record.length)
            continue;
        (void)service_of(d);
        struct ak_span whole = {bytes.bytes, AK_TLS_RECORD_HEADER + (size_t)record.length};
        ak_tls_wrapped_bytes(d, side, whole);
        d->half[side].lost = false;
        d->seen->hole = true;
        return true;
    }
    return false;
}

void ak_mirroring_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    uint32_t *seen = &d->embedded_seen[side];
    if (d->seen->end[AK_SIDE_SERVER].port != AK_MIRRORING_PORT || *seen >= AK_MAX_EMBEDDED)
        return;
    *seen += (uint32_t)bytes.size;
    note_wait(d, side);
    find_ntlm(d, side, bytes);
    find_tokens(d, side, bytes);
    bool tls = find_tls(d, side, bytes);
    tell_wait(d, tls || *seen >= AK_MAX_EMBEDDED);
}
