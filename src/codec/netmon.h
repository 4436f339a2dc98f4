/* Files of Microsoft Network Monitor, versions 1.x and 2.x, with the table of processes.
 *
 * The frames are found through the file's own table, which stands at its end, so the whole file is
 * kept (bounded). Layout: the help of Network Monitor 3.x ("Capture File Format") and STRUCT.H of
 * 1.x. Times are those of each frame where the file has them (2.3); else the file's begin, which is
 * the recording machine's local time without a zone and is taken as UTC.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_NETMON_H
#define AK_CODEC_NETMON_H

#include "codec/capture_file.h"

struct ak_netmon;

bool ak_netmon_sniff(const uint8_t *bytes, size_t size);

/* NULL when out of memory. */
struct ak_netmon *ak_netmon_new(void);
void ak_netmon_free(struct ak_netmon *netmon);

/* As ak_foreign_next: keeps the windows, and has frames at the end. `file` gets the processes. */
enum ak_capture_step ak_netmon_next(struct ak_netmon *netmon, struct ak_capture_file *file,
                                    const uint8_t *window, size_t size, size_t *used, size_t *need,
                                    struct ak_frame *frame, struct ak_error *error);

#endif
