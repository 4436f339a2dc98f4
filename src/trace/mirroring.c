/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/mirroring.h"

#include "base/alloc.h"
#include "base/utf16.h"
#include "codec/ntlmssp.h"
#include "trace/carve.h"
#include "trace/tls_session.h"

#include "base/banned.h"

enum { MIRRORING_PORT = 5022, SIGNATURE = 8 };

static struct ak_clear_seen *service_of(struct ak_dialogue *d)
{
    if (d->seen->clear == NULL)
        d->seen->clear = ak_alloc(1, sizeof *d->seen->clear);
    if (d->seen->clear != NULL)
        d->seen->clear->service = AK_SERVICE_MIRRORING;
    return d->seen->clear;
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

/* Whole records that follow each other from a ClientHello, a ServerHello, or an alert after one. */
static void find_tls(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
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
        return;
    }
}

void ak_mirroring_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    uint32_t *seen = &d->embedded_seen[side];
    if (d->seen->end[AK_SIDE_SERVER].port != MIRRORING_PORT || *seen >= AK_MAX_EMBEDDED)
        return;
    *seen += (uint32_t)bytes.size;
    find_ntlm(d, side, bytes);
    find_tls(d, side, bytes);
}
