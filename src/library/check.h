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
#include "probe/check_report.h"

struct ak_check_setting {
    struct ak_target target;
    const struct ak_target *more; /* other nodes of the same service: checked beside it */
    size_t more_count;
    const struct ak_party *client;
    bool own_hello;             /* the client was named: its own hello goes first */
    const uint16_t *extensions; /* of that hello */
    size_t extension_count;
    const char *server_name; /* NULL: the target's host */
    const char *alpn;        /* NULL: the target's */
    uint8_t encryption;      /* PRELOGIN */
    const struct ak_probe_login *login;
    char connect_host[256]; /* connected to instead of the target; "": the target itself */
    uint16_t connect_port;
    char proxy_host[256]; /* "": none */
    uint16_t proxy_port;
    unsigned most;                /* connections to one address; 0: AK_MAX_CHECK_ATTEMPTS */
    int64_t pace;                 /* least nanoseconds between connections to one address */
    unsigned repeat, concurrency; /* 0: no repetition */
    struct ak_verify_plan verify;
    bool zero, abrupt;
    struct ak_probe_limits limits;
};

struct ak_check_listener {
    void *context;
    void (*asking)(void *context, const struct ak_check_report *so_far,
                   const struct ak_check_attempt *attempt);
    void (*answered)(void *context, const struct ak_check_report *so_far,
                     const struct ak_check_attempt *attempt);
    /* Each frame of the transcript, with the number of its attempt; may be NULL. */
    void (*frame)(void *context, uint64_t number, const struct ak_frame *frame);
};

struct ak_check;

/* Before ak_analysis_finish, which the caller does when the check has run: offers and judged
 * conversations are then in the analysis. `setting` is borrowed. NULL with `error` set. */
struct ak_check *ak_check_new(const struct ak_check_setting *setting, struct ak_analysis *analysis,
                              const struct ak_check_listener *listener, struct ak_error *error);
enum ak_err ak_check_run(struct ak_check *check, struct ak_error *error);
const struct ak_check_report *ak_check_report_of(const struct ak_check *check);
/* What the attempt of this number is worth, as far as it is known. */
enum ak_weight ak_check_weight(const struct ak_check *check, uint64_t number);
/* After the analysis was freed: findings borrow nothing of it, but offers live here. */
void ak_check_free(struct ak_check *check);

#endif
