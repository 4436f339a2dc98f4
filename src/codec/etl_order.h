/* Packets of an event trace put in order: by time (the buffers of each processor are written by
 * themselves, and a circular trace begins in its middle), pieces joined, and those away that were
 * recorded again at another layer of the network stack.
 *
 * The same packet is told by pktmon's own number of it; without one by its IP packet, checksums
 * aside, which all layers see alike: seen at a place where this packet was not seen yet, within
 * AK_THRESHOLD_LAYER_DUPLICATE_MS, it is the same one; at the same place it was sent again.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ETL_ORDER_H
#define AK_CODEC_ETL_ORDER_H

#include "codec/capture_file.h"
#include "codec/etl_packet.h"

struct ak_etl_order;

/* NULL when out of memory. */
struct ak_etl_order *ak_etl_order_new(void);
void ak_etl_order_free(struct ak_etl_order *order);

/* Keeps a copy. False: out of memory. `time` in nanoseconds; `thread` told the pieces apart. */
bool ak_etl_order_add(struct ak_etl_order *order, const struct ak_etl_part *part, int64_t time,
                      uint64_t thread);
/* As much is kept as may be: take some. */
bool ak_etl_order_full(const struct ak_etl_order *order);
/* The earliest whole packet, borrowed until the next call; false: none is left. */
bool ak_etl_order_take(struct ak_etl_order *order, struct ak_capture_notes *notes,
                       struct ak_frame *frame);

#endif
