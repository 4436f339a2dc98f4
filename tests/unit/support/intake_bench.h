/* An intake on its own: small captures of SYNs, files of a temporary folder, and what happened as
 * one line of words. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_INTAKE_BENCH_H
#define AK_TESTS_SUPPORT_INTAKE_BENCH_H

#include "intake/intake.h"
#include "support/temporary.h"

/* A capture of SYNs to given ports. */
struct capture {
    uint8_t bytes[64 * 1024];
    size_t size;
};

static inline void put(struct capture *c, const void *bytes, size_t size)
{
    assert_true(size <= sizeof c->bytes - c->size);
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static inline void begin(struct capture *c)
{
    static const uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                     0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    c->size = 0;
    put(c, head, sizeof head);
}

static inline void syn(struct capture *c, uint8_t port)
{
    static const uint8_t record[16] = {0, 0, 0, 1, 0, 0, 0, 0, 54, 0, 0, 0, 54, 0, 0, 0};
    uint8_t frame[54] = {2,  2, 2, 2, 2, 2,  2, 2, 2, 2,   2, 2, 8, 0,   0x45, 0, 0,
                         40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 5, 192, 0,    2, 9};
    frame[34] = 0xc3;
    frame[37] = port;
    frame[46] = 0x50;
    frame[47] = 2;
    put(c, record, sizeof record);
    put(c, frame, sizeof frame);
}

static inline const struct capture *one_syn(void)
{
    static struct capture c;
    begin(&c);
    syn(&c, 99);
    return &c;
}

struct bench {
    struct temporary t;
    struct ak_trace *trace;
    struct ak_intake *intake;
    char log[2048]; /* what happened: "99@name " a conversation, "unreadable:name " a problem */
    struct ak_error error;
    unsigned progress;
};

static inline const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static inline void note(struct bench *b, const char *what, const char *name)
{
    size_t n = strlen(b->log);
    (void)snprintf(b->log + n, sizeof b->log - n, "%s%s ", what, base_name(name));
}

static inline void on_conversation(void *context, const struct ak_conversation *c)
{
    char port[16];
    (void)snprintf(port, sizeof port, "%u@", c->end[AK_SIDE_SERVER].port);
    note(context, port, c->source->file);
}

static inline void on_problem(void *context, enum ak_problem problem, const char *path,
                              const struct ak_error *error)
{
    static const char *const names[] = {"unreadable:", "partly:", "unknown:", "blocks:"};
    struct bench *b = context;
    b->error = *error;
    note(b, names[problem], path);
}

static inline void on_progress(void *context, const char *path, uint64_t done, uint64_t total)
{
    struct bench *b = context;
    assert_non_null(path);
    assert_true(total == 0 || done <= total);
    b->progress++;
}

static inline void set_up(struct bench *b)
{
    struct ak_intake_listener listener = {
        .context = b, .problem = on_problem, .progress = on_progress};
    memset(b, 0, sizeof *b);
    temporary_open(&b->t);
    b->trace = ak_trace_new(1, on_conversation, b);
    b->intake = ak_intake_new(b->trace, &listener);
    assert_non_null(b->intake);
}

static inline void tear_down(struct bench *b)
{
    ak_trace_free(b->trace);
    ak_intake_free(b->intake);
    temporary_close(&b->t);
}

static inline void take(struct bench *b, const char *path)
{
    struct ak_error error;
    assert_int_equal(ak_intake_paths(b->intake, (char *[]){(char *)(uintptr_t)path}, 1, &error),
                     AK_ERR_NONE);
}

#endif
