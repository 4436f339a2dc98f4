/* An event loop with TCP, UDP, names and timers: the only place that speaks to a network.
 *
 * On libuv. One loop belongs to one thread. Callbacks come only from ak_net_run. A link or socket
 * that was freed calls nothing any more. Nothing here knows what the bytes mean.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_NET_H
#define AK_OS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct ak_net_address {
    uint8_t version; /* 4 or 6 */
    uint8_t bytes[16];
    uint32_t scope; /* of a link-local IPv6 address; 0: none */
    uint16_t port;
};

/* How a link ended, or why it never opened. */
enum ak_net_end {
    AK_NET_END_FIN,         /* the other side sends no more */
    AK_NET_END_RST,         /* reset by the other side (after it was open) */
    AK_NET_END_REFUSED,     /* the SYN was answered by a RST */
    AK_NET_END_UNREACHABLE, /* no route, or an ICMP answer */
    AK_NET_END_TIMEOUT,     /* the system gave up waiting */
    AK_NET_END_OTHER
};

struct ak_net;

/* NULL with `error` set. */
struct ak_net *ak_net_new(struct ak_error *error);
/* Closes everything that is left; accepts NULL. Waits for a look-up that is under way. */
void ak_net_free(struct ak_net *net);
/* Monotonic nanoseconds, and nanoseconds since 1970 UTC; both read now. */
int64_t ak_net_clock(void);
int64_t ak_net_wall(void);
/* Until ak_net_stop, or until nothing is left that could call. */
void ak_net_run(struct ak_net *net);
void ak_net_stop(struct ak_net *net);
/* SIGINT and SIGTERM call this instead of ending the process; a second one ends it. NULL: no
 * longer. The loop does not go on for it. */
void ak_net_on_interrupt(struct ak_net *net, void (*interrupted)(void *context), void *context);
/* Reads standard input, throws away what comes, and calls this once when it ends. The loop does not
 * go on for it. At most one. */
void ak_net_on_input_end(struct ak_net *net, void (*ended)(void *context), void *context);

/* ---- timers ---- */

struct ak_net_timer;
/* Does not run yet. NULL: out of memory. The loop does not go on for a timer that does not run. */
struct ak_net_timer *ak_net_timer_new(struct ak_net *net, void (*due)(void *context),
                                      void *context);
/* Once, at this time of ak_net_clock; INT64_MAX: never. Replaces what was set. */
void ak_net_timer_set(struct ak_net_timer *timer, int64_t when);
void ak_net_timer_free(struct ak_net_timer *timer);

/* ---- TCP ---- */

struct ak_net_link;

struct ak_net_link_events {
    void *context;
    void (*opened)(void *context, struct ak_net_link *link); /* of ak_net_connect; may be NULL */
    void (*received)(void *context, struct ak_net_link *link, const uint8_t *bytes, size_t size);
    /* At most once. After FIN it can still send; after any other end it cannot. */
    void (*ended)(void *context, struct ak_net_link *link, enum ak_net_end end);
    /* All that was given to send has gone to the system. May be NULL. */
    void (*drained)(void *context, struct ak_net_link *link);
};

/* Begins to connect. Failures come through `ended`, later. NULL: out of memory
 * or out of sockets, with `error` set. Events are copied. */
struct ak_net_link *ak_net_connect(struct ak_net *net, const struct ak_net_address *to,
                                   const struct ak_net_link_events *events, struct ak_error *error);
/* Copies the bytes. False: too much waits already (AK_MAX_LINK_WAITING), or it has ended. */
bool ak_net_send(struct ak_net_link *link, const void *bytes, size_t size);
/* Takes in no more until told to go on: lets the receive window fill. */
void ak_net_pause(struct ak_net_link *link, bool pause);
/* A FIN after what waits to be sent. */
void ak_net_finish(struct ak_net_link *link);
/* A RST now (SO_LINGER 0), and frees it. */
void ak_net_reset(struct ak_net_link *link);
/* Hops (TTL) of what is sent from now on: a RST with others looks like that of a device on the
 * path.
 */
void ak_net_hops(struct ak_net_link *link, unsigned hops);
/* From now on its TCP hears nothing but a RST: what comes is dropped before it is acknowledged, as
 * if a device on the path had forgotten the connection. Linux alone; elsewhere nothing happens. */
void ak_net_deafen(struct ak_net_link *link);
/* Closes in the usual way, after what waits to be sent, and frees it; no more calls come. */
void ak_net_close(struct ak_net_link *link);
void ak_net_local(const struct ak_net_link *link, struct ak_net_address *out);
void ak_net_remote(const struct ak_net_link *link, struct ak_net_address *out);

struct ak_net_listener;
/* Listens; port 0 takes a free one, which ak_net_listener_address tells. A new link has no events
 * until ak_net_accept gives it some: called within `arrived`, else the link is reset. */
struct ak_net_listener *ak_net_listen(struct ak_net *net, const struct ak_net_address *at,
                                      void (*arrived)(void *context, struct ak_net_link *link),
                                      void *context, struct ak_error *error);
void ak_net_accept(struct ak_net_link *link, const struct ak_net_link_events *events);
void ak_net_listener_address(const struct ak_net_listener *listener, struct ak_net_address *out);
void ak_net_listener_free(struct ak_net_listener *listener);

/* ---- UDP ---- */

struct ak_net_udp;
typedef void ak_net_datagram(void *context, struct ak_net_udp *udp, const uint8_t *bytes,
                             size_t size, const struct ak_net_address *from);
/* `at` NULL: any free port of the family that `version` (4 or 6) names. */
struct ak_net_udp *ak_net_udp_new(struct ak_net *net, unsigned version,
                                  const struct ak_net_address *at, ak_net_datagram *arrived,
                                  void *context, struct ak_error *error);
bool ak_net_udp_send(struct ak_net_udp *udp, const struct ak_net_address *to, const void *bytes,
                     size_t size);
void ak_net_udp_address(const struct ak_net_udp *udp, struct ak_net_address *out);
void ak_net_udp_free(struct ak_net_udp *udp);

/* ---- names ---- */

enum { AK_NET_ADDRESSES = 16 };

/* All addresses of a name in the order that the system prefers (RFC 6724), with the port set; or
 * `error` (never NULL, code AK_ERR_NONE when found). `left_out`: more than AK_NET_ADDRESSES. */
typedef void ak_net_resolved(void *context, const struct ak_net_address *addresses, size_t count,
                             size_t left_out, const struct ak_error *error);
/* A text address needs no look-up but answers later all the same. False: out of memory. */
bool ak_net_resolve(struct ak_net *net, const char *host, uint16_t port, ak_net_resolved *resolved,
                    void *context);

#endif
