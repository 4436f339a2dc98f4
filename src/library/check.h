/* A check of one server: every address of its name, asked as a named client would, and when that
 * fails until one cause is left. Conversations go through the same trace engine and rules as those
 * of a capture.
 *
 * One check at a time; _run returns when it is over or interrupted, and what was found until then
 * is whole.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_CHECK_H
#define AK_LIBRARY_CHECK_H

#include "library/analysis.h"
#include "library/target.h"
#include "os/net.h"
#include "probe/ladder.h"

enum { AK_CHECK_NODES = AK_NET_ADDRESSES, AK_CHECK_INSTANCES = 32 };
enum { AK_CHECK_BUCKETS = 14, AK_CHECK_SHARES = 48 };

struct ak_check_setting {
    struct ak_target target;
    const struct ak_party *client;
    bool own_hello;             /* the client was named: its own hello goes first */
    const uint16_t *extensions; /* of that hello */
    size_t extension_count;
    const char *server_name; /* NULL: the target's host */
    const char *alpn;        /* NULL: the target's */
    uint8_t encryption;      /* PRELOGIN */
    const struct ak_probe_login *login;
    char proxy_host[256]; /* "": none */
    uint16_t proxy_port;
    unsigned most;                /* connections to one address; 0: AK_MAX_CHECK_ATTEMPTS */
    int64_t pace;                 /* least nanoseconds between connections to one address */
    unsigned repeat, concurrency; /* 0: no repetition */
    bool zero, abrupt;
    struct ak_probe_limits limits;
};

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
    struct ak_net_address address;
    const struct ak_offer *offer;
    /* The last attempt as the client: what it saw. NULL: none was made. */
    const struct ak_probe_result *result;
};

struct ak_check_instance {
    char name[64], version[32];
    uint16_t port;
};

struct ak_check_report {
    const struct ak_target *target;
    char unresolved[240]; /* why the name gave no address; "" */
    size_t left_out;      /* addresses beyond AK_CHECK_NODES */
    struct ak_check_node node[AK_CHECK_NODES];
    size_t node_count;
    bool browser_asked, browser_answered;
    struct ak_check_instance instance[AK_CHECK_INSTANCES]; /* what SQL Server Browser named */
    size_t instance_count;
    bool interrupted;
    unsigned connections;
    struct ak_check_repetition repetition;
};

struct ak_check_listener {
    void *context;
    void (*asking)(void *context, const struct ak_check_report *so_far,
                   const struct ak_check_attempt *attempt);
    void (*answered)(void *context, const struct ak_check_report *so_far,
                     const struct ak_check_attempt *attempt);
    /* Each frame of the transcript; may be NULL. */
    void (*frame)(void *context, const struct ak_frame *frame);
};

struct ak_check;

/* Before ak_analysis_finish, which the caller does when the check has run: offers and judged
 * conversations are then in the analysis. `setting` is borrowed. NULL with `error` set. */
struct ak_check *ak_check_new(const struct ak_check_setting *setting, struct ak_analysis *analysis,
                              const struct ak_check_listener *listener, struct ak_error *error);
enum ak_err ak_check_run(struct ak_check *check, struct ak_error *error);
const struct ak_check_report *ak_check_report_of(const struct ak_check *check);
/* After the analysis was freed: findings borrow nothing of it, but offers live here. */
void ak_check_free(struct ak_check *check);

/* Upper border of a bucket of the histograms in milliseconds; 0: no border (the last one). */
unsigned ak_check_bucket_ms(size_t bucket);

#endif
