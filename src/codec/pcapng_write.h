/* pcapng as it is written: section, interface, packet with a comment, statistics.
 *
 * draft-ietf-opsawg-pcapng; the mirror of capture_file.h. Little-endian, times in nanoseconds. Each
 * call appends one block; what does not fit sets the text's `failed`.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_PCAPNG_WRITE_H
#define AK_CODEC_PCAPNG_WRITE_H

#include <stdint.h>

#include "base/text.h"
#include "codec/capture_file.h"

enum { AK_PCAPNG_COMMENT = 2048 }; /* bytes of a comment; the rest is cut */

/* Interfaces are counted from 0 again after it. `application` says who wrote the section; `apart`:
 * a comment says that it is a capture of its own (AK_PCAPNG_APART). */
void ak_pcapng_section(struct ak_text *out, const char *application, bool apart);
void ak_pcapng_interface(struct ak_text *out, uint32_t link_type);
/* A frame too large for a reader's block (AK_MAX_FRAME) is cut like one with a snapshot length;
 * times before 1970 become 1970. `comment` is UTF-8, or NULL. */
void ak_pcapng_packet(struct ak_text *out, uint32_t interface, const struct ak_frame *frame,
                      const char *comment);
/* Until when the interface was listened to. */
void ak_pcapng_statistics(struct ak_text *out, uint32_t interface, int64_t end);

#endif
