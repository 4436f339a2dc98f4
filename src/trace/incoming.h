/* One frame on its way into the tracker: its headers, and where its conversation lies.
 *
 * Frames are looked at in batches before any of them is taken: first the headers of all, while
 * memory is asked for each one's place in the table, then for the conversations themselves. The
 * waits for memory overlap that would else follow each other.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_INCOMING_H
#define AK_TRACE_INCOMING_H

#include "codec/capture_file.h"
#include "codec/packet.h"
#include "trace/flow.h"

struct ak_incoming {
    const struct ak_frame *frame;
    bool plain; /* the rest is filled in */
    bool whole; /* the capture has all of the IP payload */
    uint8_t ttl;
    unsigned direction;
    const uint8_t *tcp; /* at least 20 bytes */
    uint32_t length;    /* of the IP payload on the wire, at least 20 */
    uint64_t hash;
    struct ak_flow *flow; /* that may have the key, or nobody (trace/flow.h) */
    struct ak_flow_key key;
};

/* Fills in all but `flow` of so many. Plain are: Ethernet, IPv4 without options or IPv6 without
 * extensions, not a fragment, TCP: what nearly every frame is. Not plain: any other, or one with a
 * fault; codec/packet.h then tells. Of the table it reads the key alone, so another thread may look
 * at frames while one takes them. */
void ak_incoming_look(struct ak_incoming *incoming, const struct ak_frame *frames, size_t count,
                      const struct ak_flow_table *table);

/* The same, and memory is asked for each one's place in the table. */
void ak_incoming_ask(struct ak_incoming *incoming, const struct ak_frame *frames, size_t count,
                     const struct ak_flow_table *table);

/* The same with the frames of a capture of which ak_capture_file_is_plain; how many there are, at
 * most `most`. They take *used bytes of the window. */
size_t ak_incoming_read(struct ak_incoming *incoming, struct ak_frame *frames, size_t most,
                        const struct ak_capture_file *file, struct ak_span window, size_t *used,
                        const struct ak_flow_table *table);

/* The headers of a plain one; false: its TCP header has a fault. Never another answer than
 * codec/packet.h gives layer by layer. */
bool ak_incoming_parse(const struct ak_incoming *incoming, struct ak_ip_packet *ip,
                       struct ak_tcp_segment *tcp);

#endif
