/* A command of the program, called with a line of words and its output kept. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_COMMAND_H
#define AK_TESTS_SUPPORT_COMMAND_H

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/options.h"

enum { COMMAND_WORDS = 24, COMMAND_LINE = 1024 };

struct command {
    struct ak_arguments a;
    char room[COMMAND_LINE];
    char *argv[COMMAND_WORDS];
    bool parsed;
    int status;
    char out[256 * 1024], err[16 * 1024];
};

/* What goes to a stream goes to a file of its own; what is returned leads back. */
struct command_stream {
    FILE *file;
    int kept, fd;
};

static inline struct command_stream command_take(FILE *stream, int fd)
{
    struct command_stream s = {tmpfile(), -1, fd};
    (void)fflush(stream);
    s.kept = dup(fd);
    assert_true(s.file != NULL && s.kept >= 0 && dup2(fileno(s.file), fd) == fd);
    return s;
}

static inline void command_give(struct command_stream *s, FILE *stream, char *text, size_t size)
{
    (void)fflush(stream);
    assert_true(dup2(s->kept, s->fd) == s->fd);
    (void)close(s->kept);
    rewind(s->file);
    text[fread(text, 1, size - 1, s->file)] = '\0';
    (void)fclose(s->file);
}

static inline int command_split(struct command *c, const char *line)
{
    int argc = 0;
    assert_true(strlen(line) + 8 < sizeof c->room);
    (void)snprintf(c->room, sizeof c->room, "akushu %s", line);
    for (char *p = c->room; *p != '\0';) {
        assert_true(argc + 1 < COMMAND_WORDS);
        c->argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p == ' ')
            *p++ = '\0';
    }
    c->argv[argc] = NULL;
    return argc;
}

/* The line's arguments, English; then `call`, unless it is NULL or the line is wrong. */
static inline void command_run(struct command *c, const char *line,
                               int (*call)(const struct ak_arguments *a))
{
    memset(c, 0, sizeof *c);
    int argc = command_split(c, line);
    struct command_stream out = command_take(stdout, 1), err = command_take(stderr, 2);
    optind = 0; /* glibc: begin anew */
    c->parsed = ak_arguments_parse(argc, c->argv, &c->a);
    c->status = AK_EXIT_USAGE;
    if (c->parsed && call != NULL)
        c->status = call(&c->a);
    command_give(&err, stderr, c->err, sizeof c->err);
    command_give(&out, stdout, c->out, sizeof c->out);
}

static inline size_t command_count(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += strlen(word))
        n++;
    return n;
}

#endif
