/* Frames of a network interface while they pass: libpcap, which on Linux reads them from a ring
 * that it shares with the kernel (TPACKET_V3).
 *
 * Frames wait in the kernel's buffer until they are read. Those that find it full are dropped by
 * the kernel and counted there; nothing is lost uncounted.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_LIVE_CAPTURE_H
#define AK_OS_LIVE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ak_live_setting {
    const char *interface;
    const char *filter; /* as tcpdump takes it; NULL: every frame */
    size_t buffer;      /* bytes of the kernel's buffer */
    bool promiscuous;   /* also frames for others */
};

struct ak_live;

/* Needs the right to open packet sockets; nothing else here does, so privileges may be dropped
 * afterwards. NULL with `error` set: AK_ERR_USAGE for the filter's fault or no such interface. */
struct ak_live *ak_live_open(const struct ak_live_setting *setting, struct ak_error *error);
/* Accepts NULL. */
void ak_live_close(struct ak_live *live);

/* As files call it (LINKTYPE_). */
uint32_t ak_live_link_type(const struct ak_live *live);

/* `time`: nanoseconds since 1970; `bytes` are borrowed for the call. */
typedef void ak_live_sink(void *context, int64_t time, const uint8_t *bytes, uint32_t size,
                          uint32_t wire_size);
/* Waits until frames are there, at most so long or until a signal comes, and hands out some of
 * those that are. *count is their number. An error when the interface has gone. */
enum ak_err ak_live_read(struct ak_live *live, int milliseconds, ak_live_sink *sink, void *context,
                         size_t *count, struct ak_error *error);

/* No more frames are taken; those that wait can still be read. */
void ak_live_stop(struct ak_live *live);

struct ak_live_counts {
    uint64_t seen;            /* behind the filter, those dropped by the kernel included */
    uint64_t kernel_drops;    /* the buffer was full */
    uint64_t interface_drops; /* told by the interface; not in `seen` */
};
/* Since it was opened. To be called now and then: libpcap counts in 32 bits. */
void ak_live_count(struct ak_live *live, struct ak_live_counts *counts);

/* One call for each interface that could be opened, with what the system says of it ("" when
 * nothing). */
enum ak_err ak_live_interfaces(void (*each)(void *context, const char *name, const char *about),
                               void *context, struct ak_error *error);

#endif
