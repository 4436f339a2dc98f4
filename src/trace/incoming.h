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
    unsigned direction;
    uint64_t hash;
    struct ak_flow *flow; /* that may have the key, or nobody (trace/flow.h) */
    struct ak_ip_packet ip;
    struct ak_tcp_segment tcp;
    struct ak_flow_key key;
};

/* Ethernet, IPv4 without options or IPv6 without extensions, not a fragment, TCP: what nearly
 * every frame is. False: any other, or one with a fault; codec/packet.h then tells. Both agree on
 * every frame that is plain. What is zero of every plain packet is left as it is: the structs are
 * zeroed once. */
bool ak_packet_plain(const struct ak_frame *frame, struct ak_ip_packet *ip,
                     struct ak_tcp_segment *tcp);

/* Fills in all but `flow` of so many, which were zeroed once. Of the table it reads the key alone,
 * so another thread may look at frames while one takes them. */
void ak_incoming_look(struct ak_incoming *incoming, const struct ak_frame *frames, size_t count,
                      const struct ak_flow_table *table);

#endif
