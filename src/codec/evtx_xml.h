/* Binary XML, in which EVTX stores events (libevtx, "Windows XML Event Log"; [MS-EVEN6] 2.2.12).
 *
 * A fragment is read in one pass, and its elements are told to an event record. Templates and names
 * are found by their offset in the chunk. Work is bounded by AK_MAX_EVENT_TOKENS, and by what is
 * left of a chunk's AK_MAX_CHUNK_TOKENS; long texts count as several tokens.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_EVTX_XML_H
#define AK_CODEC_EVTX_XML_H

#include "codec/event_record.h"

/* Reads the fragment that `fragment` is over; it must be a sub-reader of one over the whole chunk,
 * so that its offsets are those in the chunk. *budget is what is left of the chunk's tokens, and
 * sinks. The verdict is in its parse record. */
void ak_evtx_xml_read(struct ak_span chunk, struct ak_reader *fragment,
                      struct ak_event_record *record, unsigned *budget);

#endif
