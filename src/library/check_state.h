/* What a check remembers while it runs: shared by its parts (flow, SQL Server Browser, repetition).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_CHECK_STATE_H
#define AK_LIBRARY_CHECK_STATE_H

#include "library/call.h"
#include "library/check.h"

enum { CHECK_AT_ONCE = 4, BROWSER_TRIES = 2 };

/* One address with its ladder and the connection that is open to it. */
struct lane {
    struct ak_check *check;
    size_t node;
    struct ak_net_address address;
    struct ak_ladder *ladder;
    struct ak_call *call; /* NULL: none is open */
    struct ak_call *kept; /* the last one as the client */
    struct ak_check_attempt attempt;
    struct ak_net_timer *timer; /* until the next connection may be made */
    int64_t last_begun;
    bool waiting, over;
};

/* One of the connections that repetition keeps open. */
struct runner {
    struct ak_check *check;
    struct ak_call *call;
    struct ak_check_attempt attempt;
};

struct browser {
    struct ak_net_udp *udp;
    struct ak_net_timer *timer;
    unsigned tries;
    bool over;
    void (*go_on)(struct ak_check *k);
};

struct ak_check {
    const struct ak_check_setting *setting;
    struct ak_analysis *analysis;
    struct ak_check_listener listener;
    struct ak_caller caller;
    struct ak_net *net;
    struct ak_check_report report;
    struct lane lanes[AK_CHECK_NODES];
    unsigned open;    /* connections */
    uint64_t base;    /* conversations of what was read before */
    uint64_t numbers; /* connections */
    uint8_t *weight;  /* enum ak_weight of each */
    uint8_t *nodes;   /* its address */
    size_t weight_room;
    struct browser browser;
    struct runner *runners;
    int64_t *times[AK_CHECK_STEPS];
    uint64_t begun; /* repetitions */
    void (*repeated_go_on)(struct ak_check *k);
    struct ak_probe_plan repeated;
    char name[AK_MAX_CHECK_NAME];
    struct ak_source *source;
    struct ak_error error; /* the first that stopped something */
};

/* Numbers a connection that begins now. False: out of memory. */
bool ak_check_number(struct ak_check *k, struct ak_check_attempt *attempt);
/* When its result is there: what its conversation counts for. */
void ak_check_weigh(struct ak_check *k, const struct ak_check_attempt *attempt);
void ak_check_tell(struct ak_check *k, bool before, const struct ak_check_attempt *attempt);

/* Asks SQL Server Browser at the first address; `go_on` is called when it answered or did not. */
bool ak_check_ask_browser(struct ak_check *k, void (*go_on)(struct ak_check *k));
void ak_check_browser_release(struct ak_check *k);

/* Makes the repetitions; `go_on` when the last one is over. False: out of memory. */
bool ak_check_repeat(struct ak_check *k, void (*go_on)(struct ak_check *k));
/* Ends those that are open. */
void ak_check_repeat_stop(struct ak_check *k);
void ak_check_repeat_release(struct ak_check *k);

#endif
