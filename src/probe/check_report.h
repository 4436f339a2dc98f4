/* What a check found: every address with what was seen there, and the statistics of repetitions. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_CHECK_REPORT_H
#define AK_PROBE_CHECK_REPORT_H

#include "probe/ladder.h"

enum { AK_CHECK_NODES = 16, AK_CHECK_INSTANCES = 32 };
enum { AK_CHECK_BUCKETS = 14, AK_CHECK_SHARES = 48 };

/* One connection, before (result NULL) and after it was made. */
struct ak_check_attempt {
    uint64_t number; /* its conversation's */
    size_t node;
    enum ak_purpose purpose;
    enum ak_hello_part part;
    uint16_t code;
    bool judged;
    const struct ak_probe_result *result;
};

/* Times of one step over all repetitions, in nanoseconds. */
struct ak_check_step {
    uint64_t count;
    int64_t least, median, p95, p99, most;
    uint64_t histogram[AK_CHECK_BUCKETS]; /* see ak_check_bucket_ms */
};

enum ak_check_step_kind {
    AK_CHECK_CONNECT, /* SYN to SYN ACK */
    AK_CHECK_ASK,     /* then the PRELOGIN reply, or the answer to STARTTLS */
    AK_CHECK_HELLO,   /* then the ServerHello */
    AK_CHECK_FINISH,  /* then the server's Finished */
    AK_CHECK_STEPS
};

/* Repetitions with one thing in common: a suite, an address, a server's build. */
struct ak_check_share {
    uint16_t suite; /* 0: of an address */
    size_t node;
    uint64_t made, failed;
};

struct ak_check_repetition {
    uint64_t made, failed;
    uint64_t ends[AK_PROBE_END_NOTHING + 1]; /* failures by enum ak_probe_end */
    struct ak_check_step step[AK_CHECK_STEPS];
    struct ak_check_share share[AK_CHECK_SHARES];
    size_t share_count;
};

struct ak_check_node {
    struct ak_endpoint end;
    const struct ak_offer *offer;
    /* The last attempt as the client: what it saw. NULL: none was made. */
    const struct ak_probe_result *result;
};

struct ak_check_instance {
    char name[64], version[32];
    uint16_t port;
};

struct ak_check_report {
    const char *name, *scheme, *client; /* as asked for: host, way, whose hello; borrowed */
    char unresolved[240];               /* why the name gave no address; "" */
    size_t left_out;                    /* addresses beyond AK_CHECK_NODES */
    struct ak_check_node node[AK_CHECK_NODES];
    size_t node_count;
    bool browser_asked, browser_answered;
    struct ak_check_instance instance[AK_CHECK_INSTANCES]; /* what SQL Server Browser named */
    size_t instance_count;
    bool interrupted;
    unsigned connections;
    struct ak_check_repetition repetition;
};

/* Upper border of a bucket of the histograms in milliseconds; 0: no border (the last one). */
unsigned ak_check_bucket_ms(size_t bucket);

const char *ak_check_step_name(enum ak_check_step_kind kind);

#endif
