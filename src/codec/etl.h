/* Windows event traces (ETL), as netsh trace and pktmon write them: the container, and the packets
 * in it.
 *
 * The layout is not published as a whole; it was taken from the structures of Windows' own headers
 * (evntrace.h: TRACE_LOGFILE_HEADER; evntcons.h: EVENT_HEADER) and held against recorded traces.
 * The file is read buffer by buffer; packets are kept until they can be put in order
 * (codec/etl_order.h). Compressed buffers are counted and passed over.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ETL_H
#define AK_CODEC_ETL_H

#include "codec/capture_file.h"

struct ak_etl;

/* AK_CAPTURE_SNIFF bytes decide: a buffer's header, and the header of the trace behind it. */
bool ak_etl_sniff(const uint8_t *bytes, size_t size);

/* NULL when out of memory. */
struct ak_etl *ak_etl_new(void);
void ak_etl_free(struct ak_etl *etl);

/* As ak_foreign_next. */
enum ak_capture_step ak_etl_next(struct ak_etl *etl, struct ak_capture_file *file,
                                 const uint8_t *window, size_t size, size_t *used, size_t *need,
                                 struct ak_frame *frame, struct ak_error *error);

#endif
