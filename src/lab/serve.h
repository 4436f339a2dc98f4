/* Runs the lab: listeners, links and time around responders. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_SERVE_H
#define AK_LAB_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "lab/settings.h"
#include "os/net.h"

struct ak_lab_run_plan {
    const struct ak_lab_settings *settings; /* what connections meet ... */
    const struct ak_lab_settings *others;   /* ... and what those meet that it spares; NULL: none */
    unsigned one_in;                        /* 0: all */
    bool two_nodes; /* `others` at the first address, `settings` at the next */
    struct ak_net_address at;
    const char *password; /* NULL: any */
    const char *instance; /* answer SQL Browser's questions for it; NULL: none */
    bool once, until_input_ends;
    int64_t nanoseconds; /* 0: no limit */
    void *context;
    /* It listens: its address, and the certificate that a client must trust, in PEM. */
    void (*listening)(void *context, const struct ak_net_address *at, const struct ak_text *pem);
    /* A connection is over: one line without any password. */
    void (*told)(void *context, const struct ak_net_address *from, const char *story);
};

/* Until it is interrupted, the time is over or the input ends. */
enum ak_err ak_lab_run(const struct ak_lab_run_plan *plan, struct ak_error *error);

#endif
