/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* what uv.h needs */
#include "os/net.h"

#include <string.h>

#include "base/alloc.h"
#include "os/file.h"
#include "os/net_state.h"

#include "base/banned.h"

struct ak_net_timer {
    struct ak_net_object object;
    uv_timer_t uv;
    void (*due)(void *context);
    void *context;
    int64_t when;
};

/* ---- shared with the other files ---- */

enum ak_err ak_net_failed(struct ak_error *error, int number, const char *what)
{
    return ak_error_set(error, number == UV_ENOMEM ? AK_ERR_MEMORY : AK_ERR_OPEN, "%s: %s", what,
                        uv_strerror(number));
}

static void free_object(uv_handle_t *handle)
{
    ak_free(handle->data);
}

void ak_net_object_close(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, free_object);
}

void ak_net_to_system(const struct ak_net_address *address, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (address->version == 6) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        in6.sin6_port = htons(address->port);
        in6.sin6_scope_id = address->scope;
        memcpy(&in6.sin6_addr, address->bytes, 16);
        memcpy(out, &in6, sizeof in6);
        return;
    }
    struct sockaddr_in in = {.sin_family = AF_INET};
    in.sin_port = htons(address->port);
    memcpy(&in.sin_addr, address->bytes, 4);
    memcpy(out, &in, sizeof in);
}

void ak_net_from_system(const struct sockaddr *system, struct ak_net_address *out)
{
    memset(out, 0, sizeof *out);
    if (system->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, system, sizeof in6);
        out->version = 6;
        out->port = ntohs(in6.sin6_port);
        out->scope = in6.sin6_scope_id;
        memcpy(out->bytes, &in6.sin6_addr, 16);
    } else if (system->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, system, sizeof in);
        out->version = 4;
        out->port = ntohs(in.sin_port);
        memcpy(out->bytes, &in.sin_addr, 4);
    }
}

/* ---- the loop ---- */

static void look_at_link(uv_handle_t *handle, void *unused)
{
    const struct ak_net_object *object = handle->data;
    (void)unused;
    if (object != NULL && object->kind == AK_NET_KIND_LINK)
        ak_net_link_due(handle);
}

static void later_due(uv_timer_t *timer)
{
    struct ak_net *net = timer->loop->data;
    uv_walk(&net->loop, look_at_link, NULL);
    ak_net_lookups_due(net);
}

static uint64_t milliseconds_until(int64_t when)
{
    int64_t now = ak_net_clock();
    return when <= now ? 0 : (uint64_t)(when - now + 999999) / 1000000u;
}

void ak_net_later(struct ak_net *net, int64_t when)
{
    uint64_t wait = milliseconds_until(when);
    uv_update_time(&net->loop);
    if (!uv_is_active((uv_handle_t *)&net->later) || uv_timer_get_due_in(&net->later) > wait)
        (void)uv_timer_start(&net->later, later_due, wait, 0);
}

struct ak_net *ak_net_new(struct ak_error *error)
{
    struct ak_net *net = ak_alloc(1, sizeof *net);
    if (net == NULL) {
        ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    int failed = uv_loop_init(&net->loop);
    if (failed != 0) {
        ak_net_failed(error, failed, "no event loop");
        ak_free(net);
        return NULL;
    }
    net->loop.data = net;
    (void)uv_timer_init(&net->loop, &net->later);
    for (size_t i = 0; i < 2 && failed == 0; i++) {
        failed = uv_signal_init(&net->loop, &net->signals[i]);
        if (failed == 0)
            uv_unref((uv_handle_t *)&net->signals[i]);
    }
    if (failed != 0) {
        ak_net_failed(error, failed, "no signals");
        ak_net_free(net);
        return NULL;
    }
    ak_ignore_broken_pipe();
    return net;
}

static void close_any(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (handle->data != NULL)
        ak_net_object_close(handle);
    else if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void ak_net_free(struct ak_net *net)
{
    if (net == NULL)
        return;
    AK_BUG_ON(net->running);
    ak_net_lookups_cancel(net);
    uv_walk(&net->loop, close_any, NULL);
    (void)uv_run(&net->loop, UV_RUN_DEFAULT);
    AK_BUG_ON(uv_loop_close(&net->loop) != 0);
    ak_free(net);
}

int64_t ak_net_clock(void)
{
    return (int64_t)uv_hrtime();
}

int64_t ak_net_wall(void)
{
    uv_timeval64_t now;
    if (uv_gettimeofday(&now) != 0)
        return 0;
    return now.tv_sec * 1000000000 + (int64_t)now.tv_usec * 1000;
}

void ak_net_run(struct ak_net *net)
{
    AK_BUG_ON(net->running);
    net->running = true;
    (void)uv_run(&net->loop, UV_RUN_DEFAULT);
    net->running = false;
}

void ak_net_stop(struct ak_net *net)
{
    uv_stop(&net->loop);
}

/* ---- interrupts ---- */

static void stop_signals(struct ak_net *net)
{
    for (size_t i = 0; i < 2; i++)
        (void)uv_signal_stop(&net->signals[i]);
}

/* Without handles the system's own way is back: the next signal ends the process. */
static void signal_came(uv_signal_t *signal, int number)
{
    struct ak_net *net = signal->loop->data;
    (void)number;
    stop_signals(net);
    net->interrupted(net->interrupt_context);
}

void ak_net_on_interrupt(struct ak_net *net, void (*interrupted)(void *context), void *context)
{
    static const int numbers[2] = {SIGINT, SIGTERM};
    net->interrupted = interrupted;
    net->interrupt_context = context;
    if (interrupted == NULL) {
        stop_signals(net);
        return;
    }
    for (size_t i = 0; i < 2; i++)
        (void)uv_signal_start(&net->signals[i], signal_came, numbers[i]);
}

/* ---- standard input ---- */

static void input_ended(struct ak_net *net)
{
    void (*ended)(void *context) = net->input_ended;
    net->input_ended = NULL;
    if (ended != NULL)
        ended(net->input_context);
}

static void input_came(uv_poll_t *poll, int failed, int events)
{
    char bytes[4096];
    struct ak_file input = {.handle = 0, .standard = true};
    size_t size = 0;
    (void)events;
    if (failed == 0 && ak_file_read(&input, bytes, sizeof bytes, &size, NULL) == AK_ERR_NONE &&
        size != 0)
        return;
    (void)uv_poll_stop(poll);
    input_ended(poll->loop->data);
}

static void input_is_file(uv_timer_t *timer)
{
    input_ended(timer->loop->data);
}

/* A file cannot be waited for: its end is told at once, but not from within this call. */
void ak_net_on_input_end(struct ak_net *net, void (*ended)(void *context), void *context)
{
    net->input_ended = ended;
    net->input_context = context;
    if (uv_poll_init(&net->loop, &net->input, 0) == 0) {
        uv_unref((uv_handle_t *)&net->input);
        if (uv_poll_start(&net->input, UV_READABLE | UV_DISCONNECT, input_came) == 0)
            return;
    }
    (void)uv_timer_init(&net->loop, &net->at_once);
    (void)uv_timer_start(&net->at_once, input_is_file, 0, 0);
}

/* ---- timers ---- */

struct ak_net_timer *ak_net_timer_new(struct ak_net *net, void (*due)(void *context), void *context)
{
    struct ak_net_timer *timer = ak_alloc(1, sizeof *timer);
    if (timer == NULL)
        return NULL;
    timer->object.kind = AK_NET_KIND_TIMER;
    timer->object.net = net;
    timer->due = due;
    timer->context = context;
    (void)uv_timer_init(&net->loop, &timer->uv);
    timer->uv.data = timer;
    return timer;
}

/* libuv counts whole milliseconds from a clock that it rounds down: it may come a little early. */
static void timer_due(uv_timer_t *uv)
{
    struct ak_net_timer *timer = uv->data;
    if (ak_net_clock() < timer->when)
        ak_net_timer_set(timer, timer->when);
    else
        timer->due(timer->context);
}

void ak_net_timer_set(struct ak_net_timer *timer, int64_t when)
{
    timer->when = when;
    if (when == INT64_MAX) {
        (void)uv_timer_stop(&timer->uv);
        return;
    }
    uv_update_time(timer->uv.loop);
    (void)uv_timer_start(&timer->uv, timer_due, milliseconds_until(when), 0);
}

void ak_net_timer_free(struct ak_net_timer *timer)
{
    if (timer != NULL)
        ak_net_object_close((uv_handle_t *)&timer->uv);
}
