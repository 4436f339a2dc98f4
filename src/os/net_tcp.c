/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* what uv.h needs */
#include "os/net.h"

#include <string.h>
#ifdef __linux__
#include <linux/filter.h>
#endif

#include "base/alloc.h"
#include "base/limits.h"
#include "os/net_state.h"

#include "base/banned.h"

enum {
    READ_SIZE = 16 * 1024, /* each link its own: libuv may hold it while it waits (Windows) */
    BACKLOG = 511,
    LINGER_SECONDS = 5 /* for what waits to be sent when a link is closed */
};

struct ak_net_link {
    struct ak_net_object object;
    uv_tcp_t uv;
    struct ak_net_link_events events;
    struct ak_net_address local, remote;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    size_t waiting;
    int64_t due; /* while it lingers; or 0: tell `failure` now */
    int failure; /* of connecting or sending: libuv's number */
    bool open, accepted, paused, finishing, ended, freed, telling;
    uint8_t bytes[READ_SIZE];
};

struct ak_net_listener {
    struct ak_net_object object;
    uv_tcp_t uv;
    void (*arrived)(void *context, struct ak_net_link *link);
    void *context;
};

struct write {
    uv_write_t request;
    struct ak_net_link *link;
    size_t size;
};

/* ---- ends ---- */

/* A connection that fails by ECONNRESET had been open: a SYN's RST is ECONNREFUSED. */
static enum ak_net_end end_of(int number)
{
    switch (number) {
    case UV_EOF:
        return AK_NET_END_FIN;
    case UV_ECONNRESET:
    case UV_EPIPE:
    case UV_ECONNABORTED:
        return AK_NET_END_RST;
    case UV_ECONNREFUSED:
        return AK_NET_END_REFUSED;
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_EADDRNOTAVAIL:
    case UV_EACCES:
        return AK_NET_END_UNREACHABLE;
    case UV_ETIMEDOUT:
        return AK_NET_END_TIMEOUT;
    default:
        return AK_NET_END_OTHER;
    }
}

/* Freed by its user, or closed with the whole loop: calls nothing any more. */
static bool gone(const struct ak_net_link *link)
{
    return link->freed || uv_is_closing((const uv_handle_t *)&link->uv);
}

static void tell_end(struct ak_net_link *link, int number)
{
    if (link->ended || gone(link))
        return;
    link->ended = true;
    if (link->open)
        (void)uv_read_stop((uv_stream_t *)&link->uv);
    if (link->events.ended != NULL)
        link->events.ended(link->events.context, link, end_of(number));
}

static void close_now(struct ak_net_link *link)
{
    link->freed = true;
    ak_net_object_close((uv_handle_t *)&link->uv);
}

/* ---- receiving ---- */

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct ak_net_link *link = handle->data;
    (void)wanted;
    *buffer = uv_buf_init((char *)link->bytes, READ_SIZE);
}

/* An end of stream after a failed send is that failure: the system tells a RST only once. */
static void has_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct ak_net_link *link = stream->data;
    if (gone(link) || size == 0)
        return;
    if (size > 0)
        link->events.received(link->events.context, link, (const uint8_t *)buffer->base,
                              (size_t)size);
    else
        tell_end(link, size == UV_EOF && link->failure != 0 ? link->failure : (int)size);
}

static void begin_reading(struct ak_net_link *link)
{
    if (!link->open || link->paused || link->ended || link->freed)
        return;
    int failed = uv_read_start((uv_stream_t *)&link->uv, give_room, has_read);
    if (failed != 0 && failed != UV_EALREADY) {
        link->failure = failed;
        link->telling = true;
        ak_net_later(link->object.net, 0);
    }
}

void ak_net_pause(struct ak_net_link *link, bool pause)
{
    link->paused = pause;
    if (pause && link->open)
        (void)uv_read_stop((uv_stream_t *)&link->uv);
    else if (!pause)
        begin_reading(link);
}

/* ---- sending ---- */

static void has_written(uv_write_t *request, int failed)
{
    struct write *write = (struct write *)request;
    struct ak_net_link *link = write->link;
    link->waiting -= write->size;
    ak_free(write);
    if (gone(link))
        return;
    if (failed != 0)
        link->failure = failed;
    else if (link->waiting == 0 && link->events.drained != NULL)
        link->events.drained(link->events.context, link);
}

bool ak_net_send(struct ak_net_link *link, const void *bytes, size_t size)
{
    if (!link->open || link->finishing || link->failure != 0 || link->freed)
        return false;
    if (size > AK_MAX_LINK_WAITING || link->waiting > AK_MAX_LINK_WAITING - size)
        return false;
    if (size == 0)
        return true;
    struct write *write = ak_alloc(1, sizeof *write + size);
    if (write == NULL)
        return false;
    memcpy(write + 1, bytes, size);
    write->link = link;
    write->size = size;
    uv_buf_t buffer = uv_buf_init((char *)(write + 1), (unsigned)size);
    int failed = uv_write(&write->request, (uv_stream_t *)&link->uv, &buffer, 1, has_written);
    if (failed != 0) {
        link->failure = failed;
        ak_free(write);
        return false;
    }
    link->waiting += size;
    return true;
}

static void has_shut_down(uv_shutdown_t *request, int failed)
{
    struct ak_net_link *link = request->handle->data;
    (void)failed;
    if (link->freed)
        ak_net_object_close((uv_handle_t *)&link->uv);
}

static bool shut_down(struct ak_net_link *link)
{
    return uv_shutdown(&link->shutdown, (uv_stream_t *)&link->uv, has_shut_down) == 0;
}

void ak_net_finish(struct ak_net_link *link)
{
    if (link->finishing || link->freed)
        return;
    link->finishing = true;
    if (link->open)
        (void)shut_down(link);
}

/* ---- opening ---- */

static struct ak_net_link *new_link(struct ak_net *net, struct ak_error *error)
{
    struct ak_net_link *link = ak_alloc(1, sizeof *link);
    if (link == NULL) {
        ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    link->object.kind = AK_NET_KIND_LINK;
    link->object.net = net;
    link->due = INT64_MAX;
    int failed = uv_tcp_init(&net->loop, &link->uv);
    if (failed != 0) {
        ak_net_failed(error, failed, "no socket");
        ak_free(link);
        return NULL;
    }
    link->uv.data = link;
    return link;
}

static void address_of(const uv_tcp_t *uv, bool remote, struct ak_net_address *out)
{
    struct sockaddr_storage system;
    int size = sizeof system;
    memset(out, 0, sizeof *out);
    int failed = remote ? uv_tcp_getpeername(uv, (struct sockaddr *)&system, &size)
                        : uv_tcp_getsockname(uv, (struct sockaddr *)&system, &size);
    if (failed == 0)
        ak_net_from_system((struct sockaddr *)&system, out);
}

static void has_connected(uv_connect_t *request, int failed)
{
    struct ak_net_link *link = request->handle->data;
    if (gone(link))
        return;
    if (failed != 0) {
        link->failure = failed;
        tell_end(link, failed);
        return;
    }
    link->open = true;
    (void)uv_tcp_nodelay(&link->uv, 1);
    address_of(&link->uv, false, &link->local);
    begin_reading(link);
    if (link->events.opened != NULL)
        link->events.opened(link->events.context, link);
    if (link->finishing && !link->freed)
        (void)shut_down(link);
}

struct ak_net_link *ak_net_connect(struct ak_net *net, const struct ak_net_address *to,
                                   const struct ak_net_link_events *events, struct ak_error *error)
{
    struct sockaddr_storage system;
    struct ak_net_link *link = new_link(net, error);
    if (link == NULL)
        return NULL;
    link->events = *events;
    link->remote = *to;
    ak_net_to_system(to, &system);
    int failed =
        uv_tcp_connect(&link->connect, &link->uv, (struct sockaddr *)&system, has_connected);
    if (failed == UV_EMFILE || failed == UV_ENFILE || failed == UV_ENOBUFS || failed == UV_ENOMEM) {
        ak_net_failed(error, failed, "no socket");
        close_now(link);
        return NULL;
    }
    if (failed != 0) {
        link->failure = failed;
        link->telling = true;
        ak_net_later(net, 0);
    }
    return link;
}

/* ---- closing ---- */

void ak_net_reset(struct ak_net_link *link)
{
    static const struct linger at_once = {1, 0};
    uv_os_fd_t fd;
    if (link->freed)
        return;
    if (uv_fileno((uv_handle_t *)&link->uv, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_now(link);
}

void ak_net_hops(struct ak_net_link *link, unsigned hops)
{
    int value = (int)hops;
    uv_os_fd_t fd;
    if (link->freed || uv_fileno((uv_handle_t *)&link->uv, &fd) != 0)
        return;
    if (link->remote.version == 6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof value);
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_TTL, &value, sizeof value);
}

#ifdef __linux__
void ak_net_deafen(struct ak_net_link *link)
{
    enum { FLAGS = 13, RST = 0x04, ALL = 0x7fffffff };
    /* The filter of a socket sees packets from the TCP header on. */
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, RST, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, ALL),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {sizeof steps / sizeof steps[0], steps};
    uv_os_fd_t fd;
    if (!link->freed && uv_fileno((uv_handle_t *)&link->uv, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}
#else
void ak_net_deafen(struct ak_net_link *link)
{
    (void)link;
}
#endif

void ak_net_close(struct ak_net_link *link)
{
    if (link->freed)
        return;
    if (link->open && link->waiting != 0 && link->failure == 0 &&
        (link->finishing || shut_down(link))) {
        (void)uv_read_stop((uv_stream_t *)&link->uv);
        link->freed = true;
        link->due = ak_net_clock() + LINGER_SECONDS * INT64_C(1000000000);
        ak_net_later(link->object.net, link->due);
        return;
    }
    close_now(link);
}

void ak_net_link_due(uv_handle_t *handle)
{
    struct ak_net_link *link = handle->data;
    if (uv_is_closing(handle))
        return;
    if (link->freed && link->due <= ak_net_clock()) {
        ak_net_object_close(handle);
    } else if (link->freed) {
        ak_net_later(link->object.net, link->due);
    } else if (link->telling) {
        link->telling = false;
        tell_end(link, link->failure);
    }
}

void ak_net_local(const struct ak_net_link *link, struct ak_net_address *out)
{
    if (link->open)
        *out = link->local;
    else
        address_of(&link->uv, false, out);
}

void ak_net_remote(const struct ak_net_link *link, struct ak_net_address *out)
{
    *out = link->remote;
}

/* ---- listening ---- */

static void has_arrived(uv_stream_t *stream, int failed)
{
    struct ak_net_listener *listener = stream->data;
    struct ak_net_link *link = failed == 0 ? new_link(listener->object.net, NULL) : NULL;
    if (link == NULL)
        return;
    if (uv_accept(stream, (uv_stream_t *)&link->uv) != 0) {
        close_now(link);
        return;
    }
    link->open = true;
    (void)uv_tcp_nodelay(&link->uv, 1);
    address_of(&link->uv, false, &link->local);
    address_of(&link->uv, true, &link->remote);
    listener->arrived(listener->context, link);
    if (!link->accepted)
        ak_net_reset(link);
}

void ak_net_accept(struct ak_net_link *link, const struct ak_net_link_events *events)
{
    link->accepted = true;
    link->events = *events;
    begin_reading(link);
}

struct ak_net_listener *ak_net_listen(struct ak_net *net, const struct ak_net_address *at,
                                      void (*arrived)(void *context, struct ak_net_link *link),
                                      void *context, struct ak_error *error)
{
    struct sockaddr_storage system;
    struct ak_net_listener *listener = ak_alloc(1, sizeof *listener);
    if (listener == NULL) {
        ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    listener->object.kind = AK_NET_KIND_LISTENER;
    listener->object.net = net;
    listener->arrived = arrived;
    listener->context = context;
    (void)uv_tcp_init(&net->loop, &listener->uv);
    listener->uv.data = listener;
    ak_net_to_system(at, &system);
    int failed = uv_tcp_bind(&listener->uv, (struct sockaddr *)&system,
                             at->version == 6 ? UV_TCP_IPV6ONLY : 0);
    if (failed == 0)
        failed = uv_listen((uv_stream_t *)&listener->uv, BACKLOG, has_arrived);
    if (failed != 0) {
        ak_net_failed(error, failed, "cannot listen");
        ak_net_listener_free(listener);
        return NULL;
    }
    return listener;
}

void ak_net_listener_address(const struct ak_net_listener *listener, struct ak_net_address *out)
{
    address_of(&listener->uv, false, out);
}

void ak_net_listener_free(struct ak_net_listener *listener)
{
    if (listener != NULL)
        ak_net_object_close((uv_handle_t *)&listener->uv);
}
