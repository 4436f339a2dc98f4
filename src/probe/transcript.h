/* The frames that an attempt's connection would have left in a capture.
 *
 * What was sent and received becomes TCP segments with the right addresses, ports, order and times,
 * so that the trace engine reads a check just as it reads a recording of it, and so that a check
 * can be written to a capture. Sequence numbers begin at fixed values; segments are cut at 1,460
 * bytes; TTLs, windows and checksums say nothing about the network. RFC 791, 8200, 9293.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_TRANSCRIPT_H
#define AK_PROBE_TRANSCRIPT_H

#include "codec/capture_file.h"
#include "observe/conversation.h"

/* Borrowed frames of link type AK_LINK_RAW, in order of time. */
typedef void ak_transcript_sink(void *context, const struct ak_frame *frame);

struct ak_transcript {
    struct ak_endpoint end[AK_SIDES];
    uint32_t sequence[AK_SIDES];
    bool finished[AK_SIDES];
    ak_transcript_sink *sink;
    void *context;
};

void ak_transcript_init(struct ak_transcript *t, const struct ak_endpoint *client,
                        const struct ak_endpoint *server, ak_transcript_sink *sink, void *context);
/* The SYN; and the two segments that complete the connection. Times: nanoseconds since 1970. */
void ak_transcript_begin(struct ak_transcript *t, int64_t time);
void ak_transcript_opened(struct ak_transcript *t, int64_t time);
/* The SYN was answered by a RST. */
void ak_transcript_refused(struct ak_transcript *t, int64_t time);
void ak_transcript_bytes(struct ak_transcript *t, enum ak_side by, const uint8_t *bytes,
                         size_t size, int64_t time);
/* A FIN; the second one of a connection is followed by its ACK. Twice from one side: ignored. */
void ak_transcript_fin(struct ak_transcript *t, enum ak_side by, int64_t time);
void ak_transcript_rst(struct ak_transcript *t, enum ak_side by, int64_t time);

#endif
