/* Records of the Extensible Record Format (ERF) of Endace: as a file of their own, and in pcap.
 *
 * The format as Endace published it ("ERF Types Reference Guide"), for types that carry Ethernet,
 * HDLC or IP. A file has no header: it is told by records that follow each other without
 * contradiction.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_ERF_H
#define AK_CODEC_ERF_H

#include "base/reader.h"
#include "codec/capture_file.h"

struct ak_erf_record {
    uint32_t size; /* of the whole record */
    uint32_t wire_size;
    int64_t time;
    uint32_t link_type; /* of what follows; AK_ERF_OTHER: a type without packets, or not read */
};

#define AK_ERF_OTHER UINT32_MAX

/* Takes the headers off; the reader then stands at the packet. False: short, or no such record. */
bool ak_erf_record(struct ak_reader *r, struct ak_erf_record *record);

/* Are these records, at least two of them or one that is the whole file? */
bool ak_erf_sniff(const uint8_t *bytes, size_t size);
enum ak_capture_step ak_erf_next(const uint8_t *window, size_t size, size_t *used, size_t *need,
                                 struct ak_frame *frame, struct ak_error *error);

#endif
