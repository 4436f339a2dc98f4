/* Files of Solaris' snoop (RFC 1761). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SNOOP_H
#define AK_CODEC_SNOOP_H

#include "codec/capture_file.h"

bool ak_snoop_sniff(const uint8_t *bytes, size_t size);
/* One step; `link_type` is kept by the caller from the header on, `begun` likewise. */
enum ak_capture_step ak_snoop_next(bool *begun, uint32_t *link_type, const uint8_t *window,
                                   size_t size, size_t *used, size_t *need, struct ak_frame *frame,
                                   struct ak_error *error);

#endif
