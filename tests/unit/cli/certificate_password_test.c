/* Which password opens PKCS #12 files, and who is asked for one. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "cli/certificate_password.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "support/command.h"
#include "support/temporary.h"

static struct command c;
static struct ak_certificate_password p;

static bool begin(const char *line)
{
    memset(&p, 0, sizeof p);
    command_run(&c, line, NULL);
    assert_true(c.parsed);
    struct command_stream err = command_take(stderr, 2);
    bool good = ak_certificate_password_begin(&p, &c.a);
    command_give(&err, stderr, c.err, sizeof c.err);
    return good;
}

static void of_a_file_or_a_variable(void **state)
{
    struct temporary folder;
    char line[400];
    (void)state;
    temporary_open(&folder);
    const char *path = temporary_file(&folder, "word", "of a file\n", 10);
    (void)snprintf(line, sizeof line, "read x --certificate-password-file=%s", path);
    assert_true(begin(line));
    assert_string_equal(ak_certificate_password_for(&p, "a.pfx"), "of a file");
    assert_string_equal(ak_certificate_password_for(&p, "b.pfx"), "of a file");
    ak_certificate_password_wipe(&p);
    assert_null(ak_certificate_password_for(&p, "a.pfx"));
    for (size_t i = 0; i < sizeof p.text; i++)
        assert_int_equal(p.text[i], 0);
    temporary_close(&folder);
    assert_false(begin(line));
    assert_non_null(strstr(c.err, path));
    assert_int_equal(setenv("AKUSHU_TEST_WORD", "of the environment", 1), 0);
    assert_true(begin("read x --certificate-password-env=AKUSHU_TEST_WORD"));
    assert_string_equal(ak_certificate_password_for(&p, "a.pfx"), "of the environment");
    assert_int_equal(unsetenv("AKUSHU_TEST_WORD"), 0);
    assert_false(begin("read x --certificate-password-env=AKUSHU_TEST_WORD"));
    assert_null(ak_certificate_password_for(&p, "a.pfx"));
}

/* No option and no terminal: a script is never asked. */
static void a_script_is_not_asked(void **state)
{
    (void)state;
    assert_true(begin("read x"));
    struct command_stream err = command_take(stderr, 2); /* a file */
    assert_null(ak_certificate_password_for(&p, "a.pfx"));
    command_give(&err, stderr, c.err, sizeof c.err);
    assert_string_equal(c.err, "");
    assert_false(p.asked);
}

/* ---- somebody sits there ---- */

/* In a session of its own, whose terminal is `name`: what two files are told. */
static int asked_twice(const char *name, const char *first, const char *second)
{
    if (setsid() < 0)
        return 10;
    int terminal = open(name, O_RDWR);
    if (terminal < 0 || dup2(terminal, 2) != 2)
        return 11;
    const char *told[2];
    for (size_t i = 0; i < 2; i++) {
        const char *want = i == 0 ? first : second;
        told[i] = ak_certificate_password_for(&p, i == 0 ? "a.pfx" : "b.pfx");
        if ((told[i] == NULL) != (want == NULL) || (want != NULL && strcmp(told[i], want) != 0))
            return 1 + (int)i;
    }
    return 0;
}

/* The other end of the terminal: answers the first question, and keeps all that is shown. */
static void answer(int terminal, const char *text, char *shown, size_t room)
{
    size_t size = 0;
    bool answered = false;
    ssize_t n;
    while (size + 1 < room && (n = read(terminal, shown + size, room - 1 - size)) > 0) {
        size += (size_t)n;
        shown[size] = '\0';
        if (!answered && strstr(shown, "a.pfx: ") != NULL) {
            answered = true;
            assert_true(write(terminal, text, strlen(text)) == (ssize_t)strlen(text));
        }
    }
}

static int with_terminal(const char *line, const char *text, const char *want, char *shown,
                         size_t room)
{
    int status = -1, terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    assert_true(begin(line));
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(20); /* asked again: it would wait for ever */
        _exit(asked_twice(ptsname(terminal), want, want));
    }
    shown[0] = '\0';
    if (text != NULL)
        answer(terminal, text, shown, room);
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void somebody_is_asked_once(void **state)
{
    char shown[1024];
    (void)state;
    assert_int_equal(with_terminal("read x", "geheim\n", "geheim", shown, sizeof shown), 0);
    assert_int_equal(command_count(shown, "Password of"), 1);
    assert_null(strstr(shown, "geheim"));
    /* Ctrl-C: no password, and no second question. */
    assert_int_equal(with_terminal("read x", "\003", NULL, shown, sizeof shown), 0);
    assert_int_equal(command_count(shown, "Password of"), 1);
    assert_int_equal(with_terminal("read x --quiet", NULL, NULL, shown, sizeof shown), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_file_or_a_variable),
        cmocka_unit_test(a_script_is_not_asked),
        cmocka_unit_test(somebody_is_asked_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
