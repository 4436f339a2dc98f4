/* Capture files other than pcap and pcapng: Windows event traces (ETL), Network Monitor, snoop,
 * ERF. The same steps as codec/capture_file.h, which hands over to it.
 *
 * Formats whose frames stand in another order than in time, or whose tables stand at the end, keep
 * what they need (bounded) and give it back when the input ends.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_FOREIGN_H
#define AK_CODEC_FOREIGN_H

#include "codec/capture_file.h"

struct ak_foreign;

/* AK_CAPTURE_UNKNOWN unless it is one of these. AK_CAPTURE_SNIFF bytes decide. */
enum ak_capture_format ak_foreign_sniff(const uint8_t *bytes, size_t size);

/* NULL when out of memory. */
struct ak_foreign *ak_foreign_new(enum ak_capture_format format);
void ak_foreign_free(struct ak_foreign *foreign);

/* `file` gets what is noted. A frame may be borrowed from the window or from `foreign`, until the
 * next step. With `at_end` the window is all that is left of the file: what was kept comes out, and
 * MORE says that there is nothing left. */
enum ak_capture_step ak_foreign_next(struct ak_foreign *foreign, struct ak_capture_file *file,
                                     const uint8_t *window, size_t size, size_t *used, size_t *need,
                                     struct ak_frame *frame, struct ak_error *error);

#endif
