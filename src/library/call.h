/* One attempt on a real connection: probe/attempt driven by os/net, everything that passes told to
 * a transcript.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_CALL_H
#define AK_LIBRARY_CALL_H

#include "os/net.h"
#include "probe/attempt.h"
#include "probe/transcript.h"

/* What all calls share. */
struct ak_caller {
    struct ak_net *net;
    struct ak_certificate_store *certificates;
    struct ak_hello_source source;
    /* Frames in order of time, of all calls; `number` tells whose. */
    void (*sink)(void *context, uint64_t number, const struct ak_frame *frame);
    void *sink_context;
    int64_t wall; /* nanoseconds since 1970 at clock 0: frames never go back in time */
};

struct ak_call;

/* `number`: for the sink. `done` comes from the loop, once, also after ak_call_stop; there the call
 * may be freed. NULL: out of memory or of sockets, with `error` set. */
struct ak_call *ak_call_begin(const struct ak_caller *caller, const struct ak_net_address *to,
                              const struct ak_probe_plan *plan, uint64_t number,
                              void (*done)(void *context, struct ak_call *call), void *context,
                              struct ak_error *error);
/* The user wants no more: ends at once, as STOPPED. */
void ak_call_stop(struct ak_call *call);
const struct ak_probe_result *ak_call_result(const struct ak_call *call);
/* As ak_attempt_session. */
void *ak_call_session(const struct ak_call *call);
/* Its client's and its server's address; the client's port is 0 when none was ever given. */
const struct ak_endpoint *ak_call_end(const struct ak_call *call, enum ak_side side);
/* Accepts NULL. */
void ak_call_free(struct ak_call *call);

void ak_endpoint_of_net(const struct ak_net_address *address, struct ak_endpoint *out);

#endif
