/* A listener to what the trace reads while it reads: segments of conversations, and the place of
 * every byte that was understood in its stream.
 *
 * A trace without a tap does nothing for it. Places are TCP sequence numbers. All is borrowed for
 * the call.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_TAP_H
#define AK_TRACE_TAP_H

#include "codec/capture_file.h"
#include "codec/packet.h"
#include "codec/starttls.h"
#include "observe/conversation.h"

/* A segment that counts, before its payload is read. */
struct ak_tap_segment {
    const struct ak_conversation *conversation;
    enum ak_side side;  /* the sender's */
    unsigned direction; /* 0 or 1: stays when sides are named anew */
    uint64_t number;    /* of the frame in its capture */
    const struct ak_frame *frame;
    const struct ak_ip_packet *ip;
    bool reassembled; /* ip and tcp lie in a datagram whose last fragment is in the frame */
    bool inner;       /* ... in a tunnel, or behind a link layer that only the trace takes off */
    const struct ak_tcp_segment *tcp;
};

enum ak_tap_kind {
    AK_TAP_STRUCTURE, /* headers and single bytes that decide something */
    AK_TAP_MARK,      /* likewise one byte that says no more than that what follows is unreadable */
    AK_TAP_TLS_PART,  /* a piece of a TLS handshake message's body; `offset` in the body */
    AK_TAP_TLS,       /* that message is whole: type and `body` */
    AK_TAP_TDS_PART,  /* the same for a TDS message in clear, or a ClientHello of SSL 2.0 */
    AK_TAP_TDS_PRELOGIN,
    AK_TAP_TDS_LOGIN,
    AK_TAP_TDS_RESPONSE,
    AK_TAP_SSL2_HELLO, /* the body begins after the 5 bytes of the unit's header */
    AK_TAP_CLEAR,      /* a unit of clear talk, or its front: `state` after it, and `unit` */
    AK_TAP_NTLM        /* an NTLM message, and what follows it in its segment */
};

struct ak_tap_part {
    enum ak_tap_kind kind;
    const struct ak_conversation *conversation;
    enum ak_side side;
    uint32_t place;      /* sequence number of the first byte; not for whole messages */
    size_t offset;       /* of a piece in its message */
    uint8_t type;        /* of a handshake message */
    struct ak_span body; /* the bytes there, or the whole message */
    const struct ak_clear_state *state; /* of clear talk */
    const struct ak_clear_unit *unit;
};

struct ak_tap {
    void *context;
    /* A capture begins; the one before it was followed until then (INT64_MIN: there was none). */
    void (*capture)(void *context, int64_t until);
    void (*segment)(void *context, const struct ak_tap_segment *segment);
    /* NULL: not wanted. */
    void (*part)(void *context, const struct ak_tap_part *part);
};

#endif
