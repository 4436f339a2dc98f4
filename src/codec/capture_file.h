/* Capture files (pcap, pcapng; others through codec/foreign.h) as a machine that is fed windows of
 * bytes and yields frames.
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

#include "base/attr.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reader.h"

enum ak_capture_format {
    AK_CAPTURE_UNKNOWN,
    AK_CAPTURE_PCAP,
    AK_CAPTURE_PCAPNG,
    AK_CAPTURE_ETL,
    AK_CAPTURE_NETMON,
    AK_CAPTURE_SNOOP,
    AK_CAPTURE_ERF
};

/* Bytes from a file's begin that tell its format, where there are so many. */
enum { AK_CAPTURE_SNIFF = 4096 };

/* What a recorder tells of its own recording, and what of it was not read. */
struct ak_capture_notes {
    uint64_t duplicates;         /* packets recorded at several layers: all but one */
    uint64_t dropped_packets;    /* the system threw them away, says its recorder */
    uint64_t lost_events;        /* the recorder lost them, by its own count */
    uint64_t lost_buffers;       /* likewise */
    uint64_t compressed_buffers; /* of event traces: not read */
    uint64_t packet_events;      /* of event traces */
    uint64_t other_events;       /* records of the recorder that are no packets */
    uint64_t unknown_packets;    /* of a kind that is not read */
    uint64_t broken_packets;     /* pieces of packets whose other pieces are missing */
    uint64_t late_packets;       /* handed over behind later ones */
};

/* Who owned a connection, by the recorder's own word. Addresses of 4 or 16 bytes. */
struct ak_process_note {
    uint8_t version;
    uint8_t local[16], remote[16];
    uint16_t local_port, remote_port;
    uint32_t id;
    char *path; /* owned by what holds the note */
};

struct ak_foreign;

struct ak_frame {
    const uint8_t *bytes; /* borrowed from the window, or the file's state, until the next step */
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

/* The comment of each pcapng section that is one of several captures in a file: it goes on with
 * nothing before it, whatever its times say. */
#define AK_PCAPNG_APART "akushu: a capture of its own"

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
    bool section_apart;  /* likewise, by one that begins a capture of its own: AK_PCAPNG_APART */
    struct ak_capture_interface *interfaces; /* owned */
    size_t interface_count, interface_room;
    struct ak_foreign *foreign; /* owned: state of the other formats */
    bool at_end;                /* see ak_capture_file_end */
    struct ak_capture_notes notes;
    struct ak_process_note *processes; /* owned, with their paths: Network Monitor's table */
    size_t process_count;
};

void ak_capture_notes_add(struct ak_capture_notes *to, const struct ak_capture_notes *from);

void ak_capture_file_init(struct ak_capture_file *file);
void ak_capture_file_release(struct ak_capture_file *file);

/* Format by the first bytes (4 decide pcap, 12 pcapng, AK_CAPTURE_SNIFF the others). */
enum ak_capture_format ak_capture_sniff(const uint8_t *bytes, size_t size);

/* One step over window[0..size). `*used` bytes are done with (0 with MORE and BAD). */
enum ak_capture_step ak_capture_file_next(struct ak_capture_file *file, const uint8_t *window,
                                          size_t size, size_t *used, size_t *need,
                                          struct ak_frame *frame, struct ak_error *error);
/* Nothing follows the window. True: there may be more to give (formats that keep frames until the
 * end, files too short to tell their format before), go on with the steps until MORE comes again.
 */
bool ak_capture_file_end(struct ak_capture_file *file);

/* What a pcap file's records have in common. */
struct ak_pcap_form {
    size_t header;
    int64_t unit; /* nanoseconds in one of the fraction */
    uint32_t link_type;
    bool big_endian;
};

static inline struct ak_pcap_form ak_pcap_form_of(const struct ak_capture_file *file)
{
    struct ak_pcap_form form = {file->record_header, file->nanoseconds ? 1 : 1000, file->link_type,
                                file->big_endian};
    return form;
}

/* The frame of the record at p. Inline: where the next one is becomes known only when this one's
 * header has come from memory, and meanwhile the caller can do something else. */
static AK_ALWAYS_INLINE bool ak_pcap_frame(const struct ak_pcap_form *form, const uint8_t *p,
                                           size_t left, struct ak_frame *frame)
{
    const bool big = form->big_endian;
    if (left < form->header)
        return false;
    const uint32_t captured = big ? ak_be32(p + 8) : ak_le32(p + 8);
    if (captured > AK_MAX_FRAME || left - form->header < captured)
        return false;
    const uint32_t seconds = big ? ak_be32(p) : ak_le32(p);
    const uint32_t fraction = big ? ak_be32(p + 4) : ak_le32(p + 4);
    frame->bytes = p + form->header;
    frame->size = captured;
    frame->wire_size = big ? ak_be32(p + 12) : ak_le32(p + 12);
    frame->time = (int64_t)seconds * 1000000000 + (int64_t)fraction * form->unit;
    frame->link_type = form->link_type;
    return true;
}

/* The frames lie in records that ak_pcap_frame reads, from the window's start on. */
static inline bool ak_capture_file_is_plain(const struct ak_capture_file *file)
{
    return file->format == AK_CAPTURE_PCAP && file->skip == 0 && !file->section_began;
}

/* Many at once: the frames that follow each other and lie whole in the window, at most `most`; how
 * many. Their bytes take *used of the window. 0: ak_capture_file_next tells what comes, which may
 * be a frame. */
size_t ak_capture_file_frames(struct ak_capture_file *file, const uint8_t *window, size_t size,
                              size_t *used, struct ak_frame *frames, size_t most);

#endif
