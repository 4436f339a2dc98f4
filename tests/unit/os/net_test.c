/* Links, listeners, datagrams, names, timers and interrupts on loopback. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "os/net.h"

enum { LOG = 64 };
static const int64_t second = INT64_C(1000000000);

/* One side of a talk: what happened, a letter each, and what it does when something happens. */
struct side {
    struct ak_net *net;
    struct ak_net_link *link;
    char log[LOG];
    size_t received;
    enum ak_net_end end;
    void (*when_open)(struct side *side);
    void (*when_received)(struct side *side);
    void (*when_ended)(struct side *side);
};

struct place {
    struct ak_net *net;
    struct ak_net_listener *listener;
    struct ak_net_timer *limit;
    struct ak_net_address address;
    struct side client, server;
    bool late;
};

static void note(struct side *side, char letter)
{
    size_t n = strlen(side->log);
    if (n + 1 < LOG && (n == 0 || side->log[n - 1] != letter || letter != 'r'))
        side->log[n] = letter;
}

static void on_opened(void *context, struct ak_net_link *link)
{
    struct side *side = context;
    assert_ptr_equal(link, side->link);
    note(side, 'o');
    if (side->when_open != NULL)
        side->when_open(side);
}

static void on_received(void *context, struct ak_net_link *link, const uint8_t *bytes, size_t size)
{
    struct side *side = context;
    assert_ptr_equal(link, side->link);
    assert_non_null(bytes);
    side->received += size;
    note(side, 'r');
    if (side->when_received != NULL)
        side->when_received(side);
}

static void on_ended(void *context, struct ak_net_link *link, enum ak_net_end end)
{
    struct side *side = context;
    assert_ptr_equal(link, side->link);
    side->end = end;
    note(side, 'e');
    if (side->when_ended != NULL)
        side->when_ended(side);
}

static void on_drained(void *context, struct ak_net_link *link)
{
    struct side *side = context;
    assert_ptr_equal(link, side->link);
    note(side, 'd');
}

static struct ak_net_link_events events_of(struct side *side)
{
    struct ak_net_link_events events = {side, on_opened, on_received, on_ended, on_drained};
    return events;
}

static void arrived(void *context, struct ak_net_link *link)
{
    struct place *place = context;
    struct ak_net_link_events events = events_of(&place->server);
    place->server.link = link;
    ak_net_accept(link, &events);
    if (place->server.when_open != NULL)
        place->server.when_open(&place->server);
}

static void too_late(void *context)
{
    struct place *place = context;
    place->late = true;
    ak_net_stop(place->net);
}

static void begin(struct place *place)
{
    const struct ak_net_address any = {.version = 4, .bytes = {127, 0, 0, 1}};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    memset(place, 0, sizeof *place);
    place->net = place->client.net = place->server.net = ak_net_new(&error);
    assert_non_null(place->net);
    place->listener = ak_net_listen(place->net, &any, arrived, place, &error);
    assert_non_null(place->listener);
    ak_net_listener_address(place->listener, &place->address);
    assert_int_not_equal(place->address.port, 0);
    place->limit = ak_net_timer_new(place->net, too_late, place);
    ak_net_timer_set(place->limit, ak_net_clock() + 20 * second);
}

static void connect_client(struct place *place)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_net_link_events events = events_of(&place->client);
    place->client.link = ak_net_connect(place->net, &place->address, &events, &error);
    assert_non_null(place->client.link);
}

static void end(struct place *place)
{
    assert_false(place->late);
    ak_net_free(place->net);
}

static void stop(struct side *side)
{
    ak_net_stop(side->net);
}

static void close_and_stop(struct side *side)
{
    ak_net_close(side->link);
    ak_net_stop(side->net);
}

static void send_hello(struct side *side)
{
    assert_true(ak_net_send(side->link, "hello", 5));
}

static void finish(struct side *side)
{
    ak_net_finish(side->link);
}

static void reset(struct side *side)
{
    ak_net_hops(side->link, 99);
    ak_net_reset(side->link);
}

static void answer_and_close(struct side *side)
{
    assert_true(ak_net_send(side->link, "well", 4));
    ak_net_close(side->link);
}

static void talks_and_ends_with_fin(void **state)
{
    struct place place;
    struct ak_net_address address;
    (void)state;
    begin(&place);
    place.client.when_open = send_hello;
    place.server.when_received = answer_and_close;
    place.client.when_ended = close_and_stop;
    connect_client(&place);
    ak_net_remote(place.client.link, &address);
    assert_int_equal(address.port, place.address.port);
    ak_net_run(place.net);
    assert_string_equal(place.client.log, "odre");
    assert_int_equal(place.client.received, 4);
    assert_int_equal(place.client.end, AK_NET_END_FIN);
    assert_int_equal(place.server.received, 5);
    end(&place);
}

/* After the other side's FIN there is still an answer. */
static void sends_after_fin(void **state)
{
    struct place place;
    (void)state;
    begin(&place);
    place.client.when_open = finish;
    place.server.when_ended = answer_and_close;
    place.client.when_ended = close_and_stop;
    connect_client(&place);
    ak_net_run(place.net);
    assert_int_equal(place.server.end, AK_NET_END_FIN);
    assert_int_equal(place.client.received, 4);
    assert_false(place.late);
    end(&place);
}

static void tells_a_reset(void **state)
{
    struct place place;
    (void)state;
    begin(&place);
    place.client.when_open = send_hello;
    place.server.when_received = reset;
    place.client.when_ended = stop;
    connect_client(&place);
    ak_net_run(place.net);
    assert_int_equal(place.client.end, AK_NET_END_RST);
    assert_false(ak_net_send(place.client.link, "x", 1));
    ak_net_close(place.client.link);
    end(&place);
}

static void tells_a_refusal(void **state)
{
    struct place place;
    (void)state;
    begin(&place);
    ak_net_listener_free(place.listener);
    place.client.when_ended = close_and_stop;
    ak_net_timer_set(place.limit, INT64_MAX);
    /* The listener is gone once the loop has turned. */
    ak_net_run(place.net);
    ak_net_timer_set(place.limit, ak_net_clock() + 20 * second);
    connect_client(&place);
    ak_net_run(place.net);
    assert_string_equal(place.client.log, "e");
    assert_int_equal(place.client.end, AK_NET_END_REFUSED);
    end(&place);
}

/* What the system refuses at once is told later all the same. */
static void tells_an_unreachable_address(void **state)
{
    struct place place;
    (void)state;
    begin(&place);
    /* A link-local address needs an interface: refused without a packet. */
    const struct ak_net_address nowhere = {
        .version = 6, .bytes = {0xfe, 0x80, [15] = 1}, .port = 9};
    place.address = nowhere;
    place.client.when_ended = close_and_stop;
    connect_client(&place);
    assert_string_equal(place.client.log, "");
    ak_net_run(place.net);
    assert_string_equal(place.client.log, "e");
    assert_int_not_equal(place.client.end, AK_NET_END_FIN);
    end(&place);
}

static void ignore(void *context, struct ak_net_link *link)
{
    (void)context;
    (void)link;
}

static void resets_what_nobody_accepts(void **state)
{
    struct place place;
    struct ak_error error;
    (void)state;
    begin(&place);
    const struct ak_net_address at = {.version = 4, .bytes = {127, 0, 0, 1}};
    struct ak_net_listener *deaf = ak_net_listen(place.net, &at, ignore, NULL, &error);
    assert_non_null(deaf);
    ak_net_listener_address(deaf, &place.address);
    place.client.when_ended = close_and_stop;
    connect_client(&place);
    ak_net_run(place.net);
    assert_int_equal(place.client.end, AK_NET_END_RST);
    end(&place);
}

/* ---- pausing ---- */

static void pause_at_once(struct side *side)
{
    ak_net_pause(side->link, true);
}

static void fill(struct side *side)
{
    static const uint8_t bytes[64 * 1024];
    while (ak_net_send(side->link, bytes, sizeof bytes))
        continue;
}

static void go_on(void *context)
{
    struct place *place = context;
    assert_int_equal(place->server.received, 0);
    ak_net_pause(place->server.link, false);
}

static void stop_when_all_is_there(struct side *side)
{
    if (side->received >= AK_MAX_LINK_WAITING)
        ak_net_stop(side->net);
}

static void pauses_and_bounds_what_waits(void **state)
{
    struct place place;
    (void)state;
    begin(&place);
    place.server.when_open = pause_at_once;
    place.server.when_received = stop_when_all_is_there;
    place.client.when_open = fill;
    struct ak_net_timer *timer = ak_net_timer_new(place.net, go_on, &place);
    connect_client(&place);
    ak_net_timer_set(timer, ak_net_clock() + second / 20);
    ak_net_run(place.net);
    assert_true(place.server.received >= AK_MAX_LINK_WAITING);
    ak_net_timer_free(timer);
    ak_net_close(place.server.link);
    ak_net_close(place.client.link);
    end(&place);
}

/* ---- timers ---- */

struct ticks {
    struct ak_net *net;
    struct ak_net_timer *timer;
    int64_t due, came;
    unsigned count;
};

static void tick(void *context)
{
    struct ticks *ticks = context;
    ticks->came = ak_net_clock();
    assert_true(ticks->came >= ticks->due);
    if (++ticks->count == 3) {
        ak_net_timer_free(ticks->timer);
        return;
    }
    ticks->due = ticks->came + second / 1000 + 1;
    ak_net_timer_set(ticks->timer, ticks->due);
}

static void counts_time(void **state)
{
    struct ticks ticks = {NULL, NULL, 0, 0, 0};
    (void)state;
    ticks.net = ak_net_new(NULL);
    assert_non_null(ticks.net);
    ticks.timer = ak_net_timer_new(ticks.net, tick, &ticks);
    ak_net_run(ticks.net); /* a timer that does not run holds nothing up */
    ak_net_timer_set(ticks.timer, ak_net_clock() + 3600 * second);
    ak_net_timer_set(ticks.timer, INT64_MAX);
    ak_net_run(ticks.net);
    assert_int_equal(ticks.count, 0);
    ak_net_timer_set(ticks.timer, ticks.due = ak_net_clock() + second / 500);
    ak_net_run(ticks.net);
    assert_int_equal(ticks.count, 3);
    assert_true(ak_net_wall() > INT64_C(1600000000) * second);
    ak_net_free(ticks.net);
}

/* ---- datagrams ---- */

struct post {
    struct ak_net *net;
    size_t server, client;
};

static void echo(void *context, struct ak_net_udp *udp, const uint8_t *bytes, size_t size,
                 const struct ak_net_address *from)
{
    struct post *post = context;
    post->server++;
    assert_true(ak_net_udp_send(udp, from, bytes, size));
}

static void answered(void *context, struct ak_net_udp *udp, const uint8_t *bytes, size_t size,
                     const struct ak_net_address *from)
{
    struct post *post = context;
    (void)from;
    (void)bytes;
    assert_int_equal(size, post->client == 0 ? 0 : 3);
    if (++post->client == 2) {
        ak_net_udp_free(udp);
        ak_net_stop(post->net);
    }
}

static void sends_datagrams(void **state)
{
    struct post post = {NULL, 0, 0};
    struct ak_net_address at = {.version = 4, .bytes = {127, 0, 0, 1}};
    (void)state;
    post.net = ak_net_new(NULL);
    struct ak_net_udp *server = ak_net_udp_new(post.net, 4, &at, echo, &post, NULL);
    struct ak_net_udp *client = ak_net_udp_new(post.net, 4, NULL, answered, &post, NULL);
    assert_non_null(server);
    assert_non_null(client);
    ak_net_udp_address(server, &at);
    assert_true(ak_net_udp_send(client, &at, NULL, 0));
    assert_true(ak_net_udp_send(client, &at, "abc", 3));
    assert_false(ak_net_udp_send(client, &at, "", AK_MAX_DATAGRAM + 1));
    ak_net_run(post.net);
    assert_int_equal(post.server, 2);
    assert_int_equal(post.client, 2);
    struct ak_error error;
    assert_null(ak_net_udp_new(post.net, 4, &at, echo, &post, &error)); /* in use */
    assert_int_equal(error.code, AK_ERR_OPEN);
    ak_net_free(post.net);
}

/* ---- names ---- */

struct answers {
    size_t count, found;
    struct ak_net_address first;
    char text[240];
};

static void on_resolved(void *context, const struct ak_net_address *addresses, size_t count,
                        size_t left_out, const struct ak_error *error)
{
    struct answers *answers = context;
    answers->count++;
    answers->found += count;
    assert_int_equal(left_out, 0);
    assert_int_equal(error->code == AK_ERR_NONE, count != 0);
    if (count != 0)
        answers->first = addresses[0];
    memcpy(answers->text, error->text, sizeof answers->text);
}

static void resolves_names(void **state)
{
    static const char *const wrong[] = {"", "no.such.name.invalid.", "a..b"};
    struct answers answers;
    char very_long[600];
    (void)state;
    struct ak_net *net = ak_net_new(NULL);
    memset(&answers, 0, sizeof answers);
    assert_true(ak_net_resolve(net, "192.0.2.7", 1433, on_resolved, &answers));
    assert_int_equal(answers.count, 0);
    ak_net_run(net);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.found, 1);
    assert_int_equal(answers.first.bytes[3], 7);
    assert_int_equal(answers.first.port, 1433);
    assert_true(ak_net_resolve(net, "::1", 1, on_resolved, &answers));
    ak_net_run(net);
    assert_int_equal(answers.first.version, 6);
    memset(very_long, 'a', sizeof very_long);
    very_long[sizeof very_long - 1] = '\0';
    memset(&answers, 0, sizeof answers);
    assert_true(ak_net_resolve(net, very_long, 1, on_resolved, &answers));
    assert_int_equal(answers.count, 0);
    ak_net_run(net);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.found, 0);
    assert_string_not_equal(answers.text, "");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_true(ak_net_resolve(net, wrong[i], 1, on_resolved, &answers));
        ak_net_run(net);
        assert_int_equal(answers.count, 2 + i);
    }
    assert_int_equal(answers.found, 0);
    /* Freed while look-ups are under way: they tell nobody. */
    assert_true(ak_net_resolve(net, "192.0.2.7", 1433, on_resolved, &answers));
    assert_true(ak_net_resolve(net, very_long, 1, on_resolved, &answers));
    ak_net_free(net);
    assert_int_equal(answers.count, 4);
}

/* ---- interrupts ---- */

struct interrupts {
    struct ak_net *net;
    struct ak_net_timer *timer;
    unsigned count;
};

static void interrupted(void *context)
{
    struct interrupts *interrupts = context;
    interrupts->count++;
    ak_net_stop(interrupts->net);
}

static void interrupt(void *context)
{
    (void)context;
    (void)raise(SIGINT);
}

static void takes_interrupts(void **state)
{
    struct interrupts interrupts = {NULL, NULL, 0};
    struct sigaction now;
    (void)state;
    interrupts.net = ak_net_new(NULL);
    interrupts.timer = ak_net_timer_new(interrupts.net, interrupt, NULL);
    ak_net_on_interrupt(interrupts.net, interrupted, &interrupts);
    ak_net_run(interrupts.net); /* signals alone hold nothing up */
    assert_int_equal(interrupts.count, 0);
    ak_net_timer_set(interrupts.timer, ak_net_clock());
    ak_net_timer_set(interrupts.timer, ak_net_clock());
    struct ak_net_timer *stay = ak_net_timer_new(interrupts.net, interrupt, NULL);
    ak_net_timer_set(stay, ak_net_clock() + 3600 * second);
    ak_net_run(interrupts.net);
    assert_int_equal(interrupts.count, 1);
    assert_int_equal(sigaction(SIGINT, NULL, &now), 0);
    assert_true(now.sa_handler == SIG_DFL); /* a second one ends the process */
    ak_net_on_interrupt(interrupts.net, interrupted, &interrupts);
    ak_net_on_interrupt(interrupts.net, NULL, NULL);
    assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
    assert_true(now.sa_handler == SIG_DFL);
    ak_net_free(interrupts.net);
}

/* ---- standard input ---- */

static void tells_the_end_of_input(void **state)
{
    int ends[2], saved = dup(0);
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct interrupts input = {NULL, NULL, 0};
        assert_int_equal(pipe(ends), 0);
        int other = open(way == 1 ? "/dev/null" : "/proc/self/cmdline", O_RDONLY);
        assert_int_equal(dup2(way == 0 ? ends[0] : other, 0), 0);
        (void)close(ends[0]);
        input.net = ak_net_new(NULL);
        ak_net_on_input_end(input.net, interrupted, &input);
        if (way == 0)
            ak_net_run(input.net); /* the input alone holds nothing up */
        assert_int_equal(input.count, 0);
        assert_int_equal(write(ends[1], "some", 4), way == 0 ? 4 : -1);
        (void)close(ends[1]);
        struct ak_net_timer *stay = ak_net_timer_new(input.net, too_late, NULL);
        ak_net_timer_set(stay, ak_net_clock() + 3600 * second);
        ak_net_run(input.net);
        assert_int_equal(input.count, 1);
        ak_net_free(input.net);
        (void)close(other);
    }
    assert_int_equal(dup2(saved, 0), 0);
    (void)close(saved);
}

/* ---- what is left behind ---- */

static size_t open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static void close_later(struct side *side)
{
    static const uint8_t bytes[256 * 1024];
    assert_true(ak_net_send(side->link, bytes, sizeof bytes));
    ak_net_close(side->link);
}

static void leaves_no_socket_open(void **state)
{
    struct place place;
    (void)state;
    begin(&place); /* the first loop opens what libuv keeps */
    end(&place);
    size_t before = open_files();
    for (unsigned way = 0; way < 4; way++) {
        begin(&place);
        place.client.when_open = way == 0 ? reset : way == 1 ? close_and_stop : send_hello;
        place.server.when_received = way == 3 ? close_later : close_and_stop;
        place.client.when_ended = close_and_stop;
        place.server.when_ended = close_and_stop;
        connect_client(&place);
        ak_net_run(place.net);
        end(&place);
        assert_int_equal(open_files(), before);
    }
    begin(&place); /* freed before it could connect */
    connect_client(&place);
    end(&place);
    assert_string_equal(place.client.log, "");
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_and_ends_with_fin),
        cmocka_unit_test(sends_after_fin),
        cmocka_unit_test(tells_a_reset),
        cmocka_unit_test(tells_a_refusal),
        cmocka_unit_test(tells_an_unreachable_address),
        cmocka_unit_test(resets_what_nobody_accepts),
        cmocka_unit_test(pauses_and_bounds_what_waits),
        cmocka_unit_test(counts_time),
        cmocka_unit_test(sends_datagrams),
        cmocka_unit_test(resolves_names),
        cmocka_unit_test(takes_interrupts),
        cmocka_unit_test(tells_the_end_of_input),
        cmocka_unit_test(leaves_no_socket_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
