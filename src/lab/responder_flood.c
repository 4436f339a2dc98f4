/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/tds.h"
#include "lab/responder_state.h"

#include "base/banned.h"

/* Packets of an answer that never has its last one; or the records of a ServerHello and of a
 * Certificate message whose length is the largest that three bytes hold. */
void ak_responder_flood(struct ak_responder *r, int64_t now)
{
    enum { PIECE = 4096, CERTIFICATE_PIECES = 16 * 256, EVERY_MS = 2 };
    static const uint8_t hello[] = {
        AK_TLS_HANDSHAKE, 3, 3, 0, 49, AK_TLS_SERVER_HELLO, 0, 0, 45, 3, 3,
        /* random */
        'a', 'k', 'u', 's', 'h', 'u', ' ', 'l', 'a', 'b', ':', ' ', 'a', ' ', 'f', 'l', 'o', 'o',
        'd', ' ', 'o', 'f', ' ', 'b', 'y', 't', 'e', 's', '.', '.', '.', '.',
        /* no session, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, renegotiation_info */
        0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0};
    uint8_t piece[PIECE] = {AK_TDS_RESPONSE, 0, PIECE >> 8, PIECE & 0xff};
    if (r->server->settings->flood == AK_LAB_FLOOD_CERTIFICATE) {
        static const uint8_t head[] = {AK_TLS_HANDSHAKE,
                                       3,
                                       3,
                                       (PIECE - 5) >> 8,
                                       (PIECE - 5) & 0xff,
                                       AK_TLS_CERTIFICATE,
                                       0xff,
                                       0xff,
                                       0xff,
                                       0xff,
                                       0xff,
                                       0xfc,
                                       0xff,
                                       0xff,
                                       0xf9};
        memset(piece, 0x30, sizeof piece);
        memcpy(piece, head, r->floods == 0 ? sizeof head : AK_TLS_RECORD_HEADER);
        if (r->floods == 0)
            ak_text_bytes(&r->out, hello, sizeof hello);
    }
    r->phase = AK_PHASE_FLOOD;
    r->deadline = now + EVERY_MS * AK_MILLISECOND;
    if (r->floods++ == CERTIFICATE_PIECES && r->server->settings->flood == AK_LAB_FLOOD_CERTIFICATE)
        ak_responder_end(r, AK_LAB_CLOSE_SILENT);
    else
        ak_text_bytes(&r->out, piece, sizeof piece);
}

/* Holds back what is outgoing, but for one byte when it is due. */
void ak_responder_drip(struct ak_responder *r, int64_t now)
{
    const int64_t apart = (int64_t)r->server->settings->drip_ms * AK_MILLISECOND;
    if (apart == 0)
        return;
    ak_text_bytes(&r->held, r->out.bytes, r->out.size);
    ak_text_clear(&r->out);
    if (r->held.size == 0 || now < r->next_drop)
        return;
    ak_text_bytes(&r->out, r->held.bytes, 1);
    memmove(r->held.bytes, r->held.bytes + 1, --r->held.size);
    r->next_drop = now + apart;
}
