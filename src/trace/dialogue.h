/* What two sides say to each other on one TCP stream: TLS, TDS, TLS inside TDS, or neither.
 *
 * Fed in-order bytes of either direction, it finds the protocol by content, follows message
 * borders and writes what it learns into the conversation. It keeps no bytes except headers and
 * handshake messages that span segments. Layers: TCP bytes -> units (TLS record, TDS packet, SMP
 * frame) -> TLS records inside PRELOGIN packets -> handshake messages.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_DIALOGUE_H
#define AK_TRACE_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/pool.h"
#include "base/reader.h"
#include "base/text_shelf.h"
#include "codec/tds.h"
#include "codec/tls.h"
#include "observe/certificate.h"
#include "observe/conversation.h"
#include "observe/hello_shape.h"
#include "trace/tap.h"

/* What is being read at the border-following level of one direction. */
enum ak_unit {
    AK_UNIT_NONE,   /* collecting the next unit's header */
    AK_UNIT_RECORD, /* a TLS record straight on the stream */
    AK_UNIT_TDS,    /* a TDS packet */
    AK_UNIT_SMP,    /* an SMP frame's payload: TDS packets are not followed inside it */
    AK_UNIT_SSL2,   /* an SSL 2.0 record */
    AK_UNIT_CLEAR,  /* clear talk before TLS: preamble.h */
    AK_UNIT_OPAQUE  /* borders are lost or unknown: bytes are only counted */
};

/* One direction's TLS record layer. */
struct ak_record_half {
    uint8_t header_size;
    bool in_record;
    bool encrypted;   /* what follows cannot be read */
    bool opaque_body; /* this record's content is not handshake, alert or readable */
    struct ak_tls_record record;
    uint32_t left; /* of the record */
    uint32_t seen; /* bytes of the record so far */
    /* The handshake message under assembly. */
    bool message_skipped; /* larger than AK_MAX_HANDSHAKE_MESSAGE, or nothing in it matters */
    uint8_t message_header_size;
    uint8_t alert[2];
    uint8_t message_header[4];
    uint32_t message_size, message_seen;
    struct ak_text message;
    uint8_t header[AK_TLS_RECORD_HEADER];
};

/* What every segment touches comes first, here and in struct ak_dialogue. */
struct ak_dialogue_half {
    enum ak_unit unit;
    uint32_t left; /* of the unit */
    uint8_t header_size;
    bool lost;    /* after a hole or a late start: look for a border at each segment's start */
    bool resumed; /* a border was found so, and its unit has not begun yet */
    bool late;    /* the stream began before the capture */
    bool packet_is_tls;
    bool collecting; /* this TDS message is kept for parsing */
    struct ak_record_half tls;
    struct ak_text message;
    uint32_t packet_seen;
    struct ak_tds_packet packet;
    uint8_t header[AK_SMP_HEADER];
};

struct ak_dialogue_shared {
    struct ak_hello_store *hellos;
    struct ak_certificate_store *certificates;
    const struct ak_tap *tap; /* NULL: nobody listens */
};

struct ak_preamble;

/* A ClientHello in the middle of unknown bytes, believed when the other side answers in TLS. Its
 * bytes wait in the client's half[].message. */
struct ak_carved {
    bool waiting, whole;
    unsigned segments;
    uint32_t place; /* of the first byte in the stream */
    struct ak_when when;
};

struct ak_dialogue {
    struct ak_conversation *seen; /* borrowed from the flow */
    const struct ak_dialogue_shared *shared;
    bool decided;       /* the protocol is known */
    bool tds;           /* TDS on the stream */
    bool tls_started;   /* a TLS record was accepted */
    bool login_sent;    /* LOGIN7 or an old login in clear */
    bool response_read; /* the answer to a login in clear was parsed */
    bool preamble_over; /* it holds nothing that is known */
    uint8_t used_texts; /* that hold a buffer, or failed to get one */
    enum ak_side last_data_side;
    uint32_t place; /* in the stream, of the first byte that is being fed */
    uint64_t frame; /* of these bytes */
    int64_t time;
    const uint8_t *feed;
    struct ak_preamble *preamble; /* NULL until bytes are neither TLS nor TDS */
    struct ak_carved carved;
    struct ak_dialogue_half half[AK_SIDES];
    struct ak_dialogue_pool *pool;
    uint32_t embedded_seen[AK_SIDES]; /* bytes searched: mirroring.h */
    struct ak_when embedded_last;     /* likewise: the segment before, and the longest wait */
    struct ak_when stall_end;
    int64_t stall;
    enum ak_side stall_by;
};

/* Room of the dialogues. Buffers for messages that do not lie in one segment are lent while one is
 * put together: few are at one time, so they stay in the processor's caches. */
struct ak_dialogue_pool {
    struct ak_pool room;
    struct ak_text_shelf shelf;
};

void ak_dialogue_pool_init(struct ak_dialogue_pool *pool);
/* All dialogues are gone. */
void ak_dialogue_pool_release(struct ak_dialogue_pool *pool);
/* Memory that is kept for the next dialogues. */
size_t ak_dialogue_spare_bytes(const struct ak_dialogue_pool *pool);

/* NULL when out of memory. `late`: the stream began before the capture. */
struct ak_dialogue *ak_dialogue_new(struct ak_dialogue_pool *pool, struct ak_conversation *seen,
                                    const struct ak_dialogue_shared *shared, bool late);
/* Gives it back to its pool. NULL is allowed. */
void ak_dialogue_free(struct ak_dialogue *dialogue);
/* A text of the dialogue takes more bytes, and lets go of all that it took. */
void ak_dialogue_keep(struct ak_dialogue *dialogue, struct ak_text *text, struct ak_span bytes);
/* ak_dialogue_let_go, where there is any such text. */
void ak_dialogue_put_back(struct ak_dialogue *dialogue, struct ak_text *text);
static inline void ak_dialogue_let_go(struct ak_dialogue *dialogue, struct ak_text *text)
{
    if (AK_UNLIKELY(dialogue->used_texts != 0))
        ak_dialogue_put_back(dialogue, text);
}

/* The next bytes of one side, in order. They are borrowed for the call. */
void ak_dialogue_bytes(struct ak_dialogue *dialogue, enum ak_side side, struct ak_span bytes,
                       uint64_t frame, int64_t time);
/* `size` bytes of one side that the capture does not hold. */
void ak_dialogue_gap(struct ak_dialogue *dialogue, enum ak_side side, uint64_t size);
/* The stream has ended: what still waits is decided. */
void ak_dialogue_end(struct ak_dialogue *dialogue);
/* The two sides were named the wrong way round. */
void ak_dialogue_swap(struct ak_dialogue *dialogue);

/* Who speaks first bytes like these? AK_SIDE_NONE: cannot tell. */
enum ak_side ak_dialogue_speaker(struct ak_span bytes);

/* Data of the application from one side: CLIENT_DATA, or SERVER_RESPONSE once the client spoke. */
void ak_dialogue_data(struct ak_dialogue *dialogue, enum ak_side side);
/* What was taken for data was talk before TLS. */
void ak_dialogue_forget_data(struct ak_dialogue *dialogue);
/* Marks a step's first occurrence. */
void ak_dialogue_step(struct ak_dialogue *dialogue, enum ak_step step);
void ak_dialogue_letter(struct ak_dialogue *dialogue, enum ak_side side, enum ak_letter letter,
                        uint8_t detail);
/* For the tap: what these bytes are, which lie in those being fed, or right before them. */
void ak_dialogue_tell(const struct ak_dialogue *dialogue, enum ak_side side, enum ak_tap_kind kind,
                      const uint8_t *first, size_t size, size_t offset);
/* For the tap: a message is whole. */
void ak_dialogue_tell_message(const struct ak_dialogue *dialogue, enum ak_side side,
                              enum ak_tap_kind kind, uint8_t type, struct ak_span body);
static inline bool ak_dialogue_is_tapped(const struct ak_dialogue *dialogue)
{
    return AK_UNLIKELY(dialogue->shared->tap != NULL);
}
/* Place in the stream of a byte that is being fed. */
static inline uint32_t ak_dialogue_place(const struct ak_dialogue *dialogue, const uint8_t *byte)
{
    return dialogue->place + (uint32_t)(byte - dialogue->feed);
}
/* The TLS and TDS parts of the observation, made on first use; NULL when out of memory. */
struct ak_tls_seen *ak_dialogue_tls(struct ak_dialogue *dialogue);
struct ak_tds_seen *ak_dialogue_tds(struct ak_dialogue *dialogue);

#endif
