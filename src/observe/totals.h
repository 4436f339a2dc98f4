/* What was counted over all captures, and what could not be understood. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_TOTALS_H
#define AK_OBSERVE_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "codec/capture_file.h" /* ak_capture_notes */

enum { AK_UNSUPPORTED_LINKS = 16 };

/* What was counted, over all files. */
struct ak_totals {
    uint64_t frames, bytes;   /* captured */
    uint64_t filtered_frames; /* left out: not of the wanted time, hosts or ports */
    uint64_t tcp_segments;
    uint64_t late_segments; /* of conversations that had been handed out: trace/departed.h */
    uint64_t conversations;
    uint64_t client_hello, server_hello;                   /* conversations with one */
    uint64_t client_hello_messages, server_hello_messages; /* retry requests included */
    uint64_t fatal_alerts;                                 /* in clear */
    uint64_t resets;                                       /* RST packets */
    uint64_t browser_requests, browser_unanswered;         /* to SQL Server Browser */
    uint64_t other_frames;                                 /* not IP */
    uint64_t not_tcp;                                      /* IP, but another protocol */
    uint64_t short_frames; /* the capture cut them inside a header */
    uint64_t bad_frames;   /* headers that contradict themselves */
    uint64_t cut_frames;   /* snapshot length cut payload away */
    uint64_t fragments, fragments_dropped;
    uint64_t unsupported_frames;
    uint64_t evicted;        /* conversations reported early: too many open */
    uint64_t cut_handshakes; /* conversations whose handshake lost bytes to the snaplen */
    uint64_t out_of_memory;  /* frames not followed for want of memory */
    struct {
        uint32_t link_type;
        uint64_t frames;
    } unsupported[AK_UNSUPPORTED_LINKS];
    size_t unsupported_count;
};

/* What a live capture counted beside that, since it was opened. */
struct ak_live_totals {
    const char *interface;
    int64_t from, to;         /* nanoseconds since 1970 */
    uint64_t seen;            /* by the kernel, behind the filter; those dropped included */
    uint64_t kernel_drops;    /* no room in the buffer: nobody read fast enough */
    uint64_t interface_drops; /* told by the interface or its driver; not in `seen` */
};

#endif
