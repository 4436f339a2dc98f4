/* A frame's bytes as a copy that may be changed, with the places of its headers.
 *
 * A datagram that came in fragments is put together behind the link header of its last fragment,
 * without IP options and extension headers. One from inside a tunnel comes without all that lay
 * around it, as raw IP.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_FRAME_H
#define AK_REWRITE_FRAME_H

#include "base/text.h"
#include "rewrite/pseudonym.h"
#include "trace/tap.h"

struct ak_frame_copy {
    struct ak_text bytes;
    uint32_t link_type;
    uint8_t version; /* of IP: 4 or 6 */
    size_t ip, tcp;  /* where the headers begin */
    size_t payload;  /* where the payload begins, at most bytes.size */
    size_t payload_size;
    bool whole; /* no byte of the datagram was cut away: checksums can be made */
    uint32_t wire_size;
};

void ak_frame_copy_init(struct ak_frame_copy *copy);
void ak_frame_copy_release(struct ak_frame_copy *copy);
/* False when out of memory. */
bool ak_frame_copy_take(struct ak_frame_copy *copy, const struct ak_tap_segment *segment);
/* Zeroes what follows the datagram in the frame: padding, trailers, check sums. */
void ak_frame_clear_trailer(struct ak_frame_copy *copy);
/* Hardware addresses and IP addresses become pseudonyms; IP options, extension headers and TCP
 * options that can hold addresses become empty. */
void ak_frame_pseudonymize(struct ak_frame_copy *copy, struct ak_pseudonyms *pseudonyms);
/* Checksums of IP and TCP anew; that of TCP is zero when bytes of it are missing. */
void ak_frame_make_checksums(struct ak_frame_copy *copy);

#endif
