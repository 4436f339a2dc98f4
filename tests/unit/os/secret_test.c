/* A password that is asked for on a terminal: of a child process that has one of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 600
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/secret.h"

enum { ROOM = 16, SHOWN = 256 };

struct asked {
    char secret[ROOM]; /* what the child got */
    char shown[SHOWN]; /* what stood on the terminal */
    int code;          /* enum ak_err */
    bool echo_after;
};

/* The child: a session of its own whose terminal is the pseudo terminal. */
static void ask(const char *terminal, int answer)
{
    struct asked a;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct termios mode;
    memset(&a, 0, sizeof a);
    (void)setsid();
    int fd = open(terminal, O_RDWR);
    if (fd < 0)
        _exit(2);
    a.code = ak_secret_prompt("Password: ", a.secret, sizeof a.secret, &error);
    a.echo_after =
        tcgetattr(fd, &mode) == 0 && (mode.c_lflag & ECHO) != 0 && (mode.c_lflag & ISIG) != 0;
    ssize_t told = write(answer, &a, sizeof a);
    _exit(told == (ssize_t)sizeof a ? 0 : 1);
}

/* Types when the question stands there, then waits for the child's answer. */
static struct asked type(const char *line, size_t size)
{
    struct asked a;
    char shown[SHOWN] = "";
    int answer[2], status;
    size_t at = 0;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    assert_int_equal(pipe(answer), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        ask(ptsname(master), answer[1]);
    (void)close(answer[1]);
    while (strstr(shown, "Password: ") == NULL) {
        ssize_t n = read(master, shown + at, sizeof shown - 1 - at);
        assert_true(n > 0);
        at += (size_t)n;
        shown[at] = '\0';
    }
    assert_int_equal(write(master, line, size), size);
    memset(&a, 0, sizeof a);
    assert_int_equal(read(answer[0], &a, sizeof a), sizeof a);
    (void)fcntl(master, F_SETFL, O_NONBLOCK);
    ssize_t n = read(master, shown + at, sizeof shown - 1 - at);
    shown[at + (n > 0 ? (size_t)n : 0)] = '\0';
    memcpy(a.shown, shown, sizeof shown);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(master);
    (void)close(answer[0]);
    return a;
}

static void a_line_is_read_and_not_shown(void **state)
{
    (void)state;
    struct asked a = type("s3cret w0rd\n", 12);
    assert_int_equal(a.code, AK_ERR_NONE);
    assert_string_equal(a.secret, "s3cret w0rd");
    assert_null(strstr(a.shown, "s3cret"));
    assert_true(a.echo_after);
    a = type("\n", 1);
    assert_int_equal(a.code, AK_ERR_NONE);
    assert_string_equal(a.secret, "");
    a = type("\x04", 1); /* the end of input: an empty line */
    assert_int_equal(a.code, AK_ERR_NONE);
    assert_string_equal(a.secret, "");
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    struct asked a = type("123456789012345\n", 16);
    assert_int_equal(a.code, AK_ERR_NONE);
    assert_string_equal(a.secret, "123456789012345");
    a = type("1234567890123456\n", 17);
    assert_int_equal(a.code, AK_ERR_USAGE);
    assert_true(a.echo_after);
}

/* The terminal must show again what is typed after it. */
static void an_interrupt_gives_the_terminal_back(void **state)
{
    (void)state;
    struct asked a = type("abc\x03", 4);
    assert_int_equal(a.code, AK_ERR_USAGE);
    assert_true(a.echo_after);
    assert_null(strstr(a.shown, "abc"));
}

static void without_a_terminal_it_says_so(void **state)
{
    int status;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char secret[ROOM];
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        (void)setsid();
        enum ak_err err = ak_secret_prompt("Password: ", secret, sizeof secret, &error);
        _exit(err == AK_ERR_OPEN && error.text[0] != '\0' ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read_and_not_shown),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(an_interrupt_gives_the_terminal_back),
        cmocka_unit_test(without_a_terminal_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
