/* A server of the lab in a process of its own, on loopback. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_LAB_PROCESS_H
#define AK_TESTS_SUPPORT_LAB_PROCESS_H

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/scenario.h"
#include "lab/serve.h"

struct lab {
    pid_t child;
    int told; /* a port, then a byte for each connection */
    struct ak_net_address at;
};

static inline void lab_listening(void *context, const struct ak_net_address *at,
                                 const struct ak_text *pem)
{
    const int *to = context;
    (void)pem;
    if (write(*to, at, sizeof *at) != (ssize_t)sizeof *at)
        _exit(3);
}

static inline void lab_told(void *context, const struct ak_net_address *from, const char *story)
{
    const int *to = context;
    (void)from;
    (void)story;
    if (write(*to, ".", 1) != 1)
        _exit(3);
}

static inline void lab_serve(const char *name, const char *instance, int to)
{
    const struct ak_lab_scenario *s = ak_lab_scenario_find(name);
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (s == NULL)
        _exit(4);
    struct ak_lab_run_plan plan = {.settings = &s->broken,
                                   .others = s->one_in != 0 || s->two_nodes ? &s->fixed : NULL,
                                   .one_in = s->one_in,
                                   .two_nodes = s->two_nodes,
                                   .at = {.version = 4, .bytes = {127, 0, 0, 1}},
                                   .instance = instance,
                                   .nanoseconds = 60 * INT64_C(1000000000),
                                   .context = &to,
                                   .listening = lab_listening,
                                   .told = lab_told};
    _exit(ak_lab_run(&plan, &error) == AK_ERR_NONE ? 0 : 1);
}

/* False: it cannot listen. */
static inline bool lab_begin(struct lab *lab, const char *name, const char *instance)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    lab->child = fork();
    assert_true(lab->child >= 0);
    if (lab->child == 0) {
        (void)close(ends[0]);
        lab_serve(name, instance, ends[1]);
    }
    (void)close(ends[1]);
    lab->told = ends[0];
    if (read(lab->told, &lab->at, sizeof lab->at) == (ssize_t)sizeof lab->at)
        return true;
    (void)close(lab->told);
    assert_int_equal(waitpid(lab->child, NULL, 0), lab->child);
    return false;
}

/* How many connections it saw. */
static inline size_t lab_end(struct lab *lab)
{
    char bytes[256];
    size_t count = 0;
    ssize_t n;
    int status;
    assert_int_equal(kill(lab->child, SIGTERM), 0);
    while ((n = read(lab->told, bytes, sizeof bytes)) > 0)
        count += (size_t)n;
    (void)close(lab->told);
    assert_int_equal(waitpid(lab->child, &status, 0), lab->child);
    assert_int_equal(status, 0);
    return count;
}

#endif
