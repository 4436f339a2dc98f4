/* What the files of os/net share: every handle of libuv begins with its object. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_NET_STATE_H
#define AK_OS_NET_STATE_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* what uv.h needs */
#endif
#include <uv.h>

#include "os/net.h"

/* First member of each object that owns a handle; the handle's `data` points to it. Such an object
 * lives until libuv has closed the handle, so callbacks may free what called them. */
struct ak_net_object {
    enum ak_net_kind {
        AK_NET_KIND_TIMER,
        AK_NET_KIND_LINK,
        AK_NET_KIND_LISTENER,
        AK_NET_KIND_UDP
    } kind;
    struct ak_net *net;
};

struct ak_net_lookup {
    uv_getaddrinfo_t request;
    struct ak_net *net;
    ak_net_resolved *resolved;
    void *context;
    uint16_t port;
    int refused; /* libuv's error at once: told later all the same */
    struct ak_net_lookup *next, *previous;
};

struct ak_net {
    uv_loop_t loop;
    uv_timer_t later; /* what must be told later, and links that linger */
    uv_signal_t signals[2];
    void (*interrupted)(void *context);
    void *interrupt_context;
    uv_poll_t input;
    uv_timer_t at_once; /* tells the end of an input that is a file */
    void (*input_ended)(void *context);
    void *input_context;
    struct ak_net_lookup *lookups;
    bool running;
};

/* Closes the handle and frees its object after that. */
void ak_net_object_close(uv_handle_t *handle);
/* Looks at links and look-ups again at this time of ak_net_clock, if that is sooner. */
void ak_net_later(struct ak_net *net, int64_t when);
/* What is due of a link; of all look-ups. */
void ak_net_link_due(uv_handle_t *handle);
void ak_net_lookups_due(struct ak_net *net);
void ak_net_lookups_cancel(struct ak_net *net);

void ak_net_to_system(const struct ak_net_address *address, struct sockaddr_storage *out);
void ak_net_from_system(const struct sockaddr *system, struct ak_net_address *out);
enum ak_err ak_net_failed(struct ak_error *error, int number, const char *what);

#endif
