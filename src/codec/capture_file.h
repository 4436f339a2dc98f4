/* Capture files (pcap, pcapng) as a machine that is fed windows of bytes and yields frames.
 *
 * pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng. The caller keeps one window of
 * the file in memory, asks for the next step, and drops `used` bytes after each step. Nothing is
 * copied: a frame borrows the window until the next step.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_CAPTURE_FILE_H
#define AK_CODEC_CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ak_capture_format { AK_CAPTURE_UNKNOWN, AK_CAPTURE_PCAP, AK_CAPTURE_PCAPNG };

struct ak_frame {
    const uint8_t *bytes; /* borrowed from the window */
    uint32_t size;        /* captured bytes */
    uint32_t wire_size;   /* bytes that were on the wire, >= size unless the file lies */
    int64_t time;         /* nanoseconds since 1970-01-01 UTC */
    uint32_t link_type;   /* LINKTYPE_ value */
};

enum ak_capture_step {
    AK_CAPTURE_FRAME, /* `frame` is filled */
    AK_CAPTURE_OTHER, /* something without a frame was passed over */
    AK_CAPTURE_MORE,  /* the window is too small: `need` bytes from its start are wanted */
    AK_CAPTURE_BAD    /* the file cannot be followed any further; error tells why */
};

struct ak_capture_interface {
    uint32_t link_type;
    uint32_t snap_length;
    uint64_t ticks_per_second; /* 0: a power of two, see shift */
    unsigned shift;
    int64_t offset_seconds;
};

struct ak_capture_file {
    enum ak_capture_format format;
    bool big_endian;
    bool nanoseconds;
    uint32_t record_header; /* 16, or 24 for Kuznetzov's variant */
    uint32_t link_type;
    uint64_t skip;       /* bytes still to be passed over */
    uint64_t offset;     /* of the window's start in the file */
    uint64_t bad_blocks; /* pcapng packets that named no interface or lied about their size */
    int64_t last_time;   /* for simple packet blocks, which have none */
    int64_t until;       /* the latest end that statistics blocks name; INT64_MIN: none */
    bool section_began;  /* set by a section header; for the caller to clear */
    struct ak_capture_interface *interfaces; /* owned */
    size_t interface_count, interface_room;
};

void ak_capture_file_init(struct ak_capture_file *file);
void ak_capture_file_release(struct ak_capture_file *file);

/* Format by the first bytes (at least 4 are needed, 12 decide pcapng). */
enum ak_capture_format ak_capture_sniff(const uint8_t *bytes, size_t size);

/* One step over window[0..size). `*used` bytes are done with (0 with MORE and BAD). */
enum ak_capture_step ak_capture_file_next(struct ak_capture_file *file, const uint8_t *window,
                                          size_t size, size_t *used, size_t *need,
                                          struct ak_frame *frame, struct ak_error *error);

/* Many at once: the frames that follow each other and lie whole in the window, at most `most`; how
 * many. Their bytes take *used of the window. 0: ak_capture_file_next tells what comes, which may
 * be a frame. */
size_t ak_capture_file_frames(struct ak_capture_file *file, const uint8_t *window, size_t size,
                              size_t *used, struct ak_frame *frames, size_t most);

#endif
