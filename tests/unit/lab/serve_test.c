/* The lab on loopback: addresses, every n-th connection, two nodes, when it ends, what it tells,
 * and a connection whose TCP no longer hears. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "lab/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STORY = 256, SHORT_MS = 300, LONG_MS = 20000 };

/* PRELOGIN that asks for no encryption. */
static const uint8_t prelogin[] = {0x12, 1, 0,  26, 0, 0,    0, 0, 0, 0, 11, 0, 6,
                                   1,    0, 17, 0,  1, 0xff, 9, 0, 0, 0, 0,  0, 2};

struct lab {
    pid_t child;
    int told; /* its address, then stories of STORY bytes */
    struct ak_net_address at;
};

static void on_listening(void *context, const struct ak_net_address *at, const struct ak_text *pem)
{
    const int *to = context;
    bool good = pem->size > 500 && memcmp(pem->bytes, "-----BEGIN CERTIFICATE", 22) == 0;
    if (!good || write(*to, at, sizeof *at) != (ssize_t)sizeof *at)
        _exit(3);
}

static void on_told(void *context, const struct ak_net_address *from, const char *story)
{
    const int *to = context;
    char text[STORY] = "";
    (void)snprintf(text, sizeof text, "%s", story);
    if (from->port == 0 || write(*to, text, sizeof text) != (ssize_t)sizeof text)
        _exit(4);
}

static void begin_lab(struct lab *lab, struct ak_lab_run_plan plan)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    lab->child = fork();
    assert_true(lab->child >= 0);
    if (lab->child == 0) {
        static const uint8_t here[] = {127, 0, 0, 1};
        (void)close(ends[0]);
        plan.at.version = 4;
        memcpy(plan.at.bytes, here, sizeof here);
        plan.context = &ends[1];
        plan.listening = on_listening;
        plan.told = on_told;
        _exit(ak_lab_run(&plan, &error) == AK_ERR_NONE ? 0 : 1);
    }
    (void)close(ends[1]);
    lab->told = ends[0];
    assert_int_equal(read(lab->told, &lab->at, sizeof lab->at), sizeof lab->at);
}

static void next_story(struct lab *lab, char story[STORY])
{
    assert_int_equal(read(lab->told, story, STORY), STORY);
}

/* It ends by itself, or is asked to. */
static void end_lab(struct lab *lab, int number)
{
    int status;
    if (number != 0)
        assert_int_equal(kill(lab->child, number), 0);
    assert_int_equal(waitpid(lab->child, &status, 0), lab->child);
    assert_int_equal(status, 0);
    (void)close(lab->told);
}

static int connect_to(const struct lab *lab, uint8_t last)
{
    struct sockaddr_in there;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&there, 0, sizeof there);
    there.sin_family = AF_INET;
    there.sin_port = htons(lab->at.port);
    there.sin_addr.s_addr = htonl(0x7f000000u + last);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

/* The last byte of the answer; -1: closed instead. */
static int ask(int fd)
{
    uint8_t answer[100];
    assert_int_equal(send(fd, prelogin, sizeof prelogin, MSG_NOSIGNAL), sizeof prelogin);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, LONG_MS), 1);
    ssize_t n = recv(fd, answer, sizeof answer, 0);
    return n > 8 ? answer[n - 1] : -1;
}

static const struct ak_lab_settings healthy = {.certificate = {.key = "ec256"}};
static const struct ak_lab_settings closes = {
    .stop = AK_LAB_STEP_PRELOGIN, .stop_how = AK_LAB_CLOSE_RST, .certificate = {.key = "ec256"}};

static void each_connection_is_told(void **state)
{
    struct lab lab;
    char story[STORY];
    (void)state;
    begin_lab(&lab, (struct ak_lab_run_plan){.settings = &closes});
    assert_int_not_equal(lab.at.port, 0);
    int fd = connect_to(&lab, 1);
    assert_int_equal(ask(fd), -1);
    next_story(&lab, story);
    assert_non_null(strstr(story, "PRELOGIN 9.0.0 asks encryption 2; stops here; closes with RST"));
    (void)close(fd);
    end_lab(&lab, SIGTERM);
}

static void every_third_meets_the_fault(void **state)
{
    struct lab lab;
    (void)state;
    begin_lab(&lab, (struct ak_lab_run_plan){.settings = &closes, .others = &healthy, .one_in = 3});
    for (int i = 0; i < 7; i++) {
        int fd = connect_to(&lab, 1);
        assert_int_equal(ask(fd) == -1, i % 3 == 0);
        (void)close(fd);
    }
    end_lab(&lab, SIGTERM);
}

static void two_nodes_differ_by_address(void **state)
{
    struct lab lab;
    (void)state;
    begin_lab(&lab,
              (struct ak_lab_run_plan){.settings = &closes, .others = &healthy, .two_nodes = true});
    for (int i = 0; i < 4; i++) {
        int fd = connect_to(&lab, (uint8_t)(1 + i % 2));
        assert_int_equal(ask(fd) == -1, i % 2 == 1);
        (void)close(fd);
    }
    end_lab(&lab, SIGTERM);
}

static void it_ends_after_one_connection_or_its_time(void **state)
{
    struct lab lab;
    char story[STORY];
    (void)state;
    begin_lab(&lab, (struct ak_lab_run_plan){.settings = &healthy, .once = true});
    int fd = connect_to(&lab, 1);
    assert_int_not_equal(ask(fd), -1);
    (void)close(fd);
    next_story(&lab, story);
    end_lab(&lab, 0);
    /* Connections that are open then are told as well. */
    begin_lab(&lab,
              (struct ak_lab_run_plan){.settings = &healthy, .nanoseconds = INT64_C(500000000)});
    fd = connect_to(&lab, 1);
    assert_int_not_equal(ask(fd), -1);
    next_story(&lab, story);
    assert_non_null(strstr(story, "replies encryption 2"));
    end_lab(&lab, 0);
    (void)close(fd);
}

/* ---- ak_net_deafen ---- */

struct deaf {
    struct ak_net *net;
    struct ak_net_link *link;
    int client, asked;
    size_t heard;
    enum ak_net_end end;
    bool ended;
    struct ak_net_timer *timer;
};

/* Bytes that the other side's TCP has not acknowledged. */
static int unheard(int fd)
{
    int bytes = -1;
    assert_int_equal(ioctl(fd, SIOCOUTQ, &bytes), 0);
    return bytes;
}

static void deaf_received(void *context, struct ak_net_link *link, const uint8_t *bytes,
                          size_t size)
{
    struct deaf *d = context;
    (void)bytes;
    d->heard += size;
    assert_int_equal(unheard(d->client), 0);
    ak_net_deafen(link);
    assert_int_equal(send(d->client, "more", 4, MSG_NOSIGNAL), 4);
    ak_net_timer_set(d->timer, ak_net_clock() + INT64_C(1000000) * SHORT_MS);
}

static void deaf_ended(void *context, struct ak_net_link *link, enum ak_net_end end)
{
    struct deaf *d = context;
    d->end = end;
    d->ended = true;
    ak_net_close(link);
    ak_net_stop(d->net);
}

static void deaf_arrived(void *context, struct ak_net_link *link)
{
    struct deaf *d = context;
    const struct ak_net_link_events events = {d, NULL, deaf_received, deaf_ended, NULL};
    d->link = link;
    ak_net_accept(link, &events);
}

/* What was sent is neither heard nor acknowledged; then the client resets. */
static void deaf_due(void *context)
{
    static const struct linger at_once = {1, 0};
    struct deaf *d = context;
    d->asked++;
    assert_int_equal(unheard(d->client), 4);
    assert_int_equal(setsockopt(d->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(d->client);
}

static void a_deaf_connection_hears_only_a_reset(void **state)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_net_address at = {.version = 4, .bytes = {127, 0, 0, 1}};
    struct deaf d;
    struct lab lab;
    (void)state;
    memset(&d, 0, sizeof d);
    d.net = ak_net_new(&error);
    assert_non_null(d.net);
    d.timer = ak_net_timer_new(d.net, deaf_due, &d);
    struct ak_net_listener *listener = ak_net_listen(d.net, &at, deaf_arrived, &d, &error);
    assert_true(d.timer != NULL && listener != NULL);
    ak_net_listener_address(listener, &lab.at);
    d.client = connect_to(&lab, 1);
    assert_int_equal(send(d.client, "word", 4, MSG_NOSIGNAL), 4);
    ak_net_run(d.net);
    assert_int_equal(d.heard, 4);
    assert_int_equal(d.asked, 1);
    assert_true(d.ended && d.end == AK_NET_END_RST);
    ak_net_timer_free(d.timer);
    ak_net_free(d.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_connection_is_told),
        cmocka_unit_test(every_third_meets_the_fault),
        cmocka_unit_test(two_nodes_differ_by_address),
        cmocka_unit_test(it_ends_after_one_connection_or_its_time),
        cmocka_unit_test(a_deaf_connection_hears_only_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
