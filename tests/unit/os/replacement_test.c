/* A file appears whole or not at all. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "os/replacement.h"

#include <signal.h>
#include <sys/wait.h>

#include "support/temporary.h"

static size_t names_in(const struct temporary *t)
{
    char **names;
    size_t count;
    assert_int_equal(ak_directory_names(t->path, &names, &count, NULL), AK_ERR_NONE);
    ak_names_free(names, count);
    return count;
}

static bool exists(const char *path)
{
    int number;
    return ak_path_kind_of(path, &number) == AK_PATH_FILE;
}

static void it_appears_when_it_is_finished(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_replacement r;
    struct ak_error error;
    temporary_open(&t);
    const char *path = temporary_path(&t, "out");
    assert_int_equal(ak_replacement_open(&r, path, &error), AK_ERR_NONE);
    assert_int_equal(ak_file_write(&r.file, "abc", 3, &error), AK_ERR_NONE);
    assert_false(exists(path));
    assert_true(exists(r.temporary));
    assert_int_equal(ak_replacement_finish(&r, &error), AK_ERR_NONE);
    assert_true(exists(path));
    assert_int_equal(names_in(&t), 1);
    ak_replacement_abandon(&r);
    assert_true(exists(path));
    temporary_close(&t);
}

static void nothing_is_left_of_an_abandoned_one(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_replacement r;
    struct ak_error error;
    temporary_open(&t);
    assert_int_equal(ak_replacement_open(&r, temporary_path(&t, "out"), &error), AK_ERR_NONE);
    ak_replacement_abandon(&r);
    ak_replacement_abandon(&r);
    assert_int_equal(names_in(&t), 0);
    assert_int_equal(ak_replacement_open(&r, temporary_path(&t, "no/out"), &error), AK_ERR_OPEN);
    assert_int_equal(ak_replacement_open(&r, t.path, &error), AK_ERR_OPEN);
    temporary_close(&t);
}

static void a_device_is_written_to(void **state)
{
    (void)state;
    struct ak_replacement r;
    struct ak_error error;
    int number;
    assert_int_equal(ak_replacement_open(&r, "/dev/null", &error), AK_ERR_NONE);
    assert_null(r.temporary);
    assert_int_equal(ak_replacement_finish(&r, &error), AK_ERR_NONE);
    assert_int_equal(ak_path_kind_of("/dev/null", &number), AK_PATH_OTHER);
}

static void a_signal_takes_it_away(void **state)
{
    (void)state;
    struct temporary t;
    temporary_open(&t);
    const char *path = temporary_path(&t, "out");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ak_replacement r;
        if (ak_replacement_open(&r, path, NULL) != AK_ERR_NONE)
            _exit(1);
        (void)raise(SIGTERM);
        _exit(2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(names_in(&t), 0);
    temporary_close(&t);
}

static volatile sig_atomic_t came;

static void on_interrupt(int number)
{
    (void)number;
    came++;
}

/* Who waits for Ctrl-C (a watch that writes its metrics) still hears of it, during and after. */
static void a_signal_that_somebody_waits_for(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_replacement r;
    struct ak_error error;
    temporary_open(&t);
    const char *path = temporary_path(&t, "out");
    came = 0;
    assert_true(signal(SIGINT, on_interrupt) != SIG_ERR);
    assert_int_equal(ak_replacement_open(&r, path, &error), AK_ERR_NONE);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(came, 1);
    assert_true(exists(r.temporary));
    assert_int_equal(ak_replacement_finish(&r, &error), AK_ERR_NONE);
    assert_true(exists(path));
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(came, 2);
    assert_true(signal(SIGINT, SIG_DFL) == on_interrupt);
    /* Of nobody's signals nothing stays behind either. */
    assert_int_equal(ak_replacement_open(&r, path, &error), AK_ERR_NONE);
    ak_replacement_abandon(&r);
    assert_true(signal(SIGINT, SIG_DFL) == SIG_DFL);
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_appears_when_it_is_finished),
        cmocka_unit_test(nothing_is_left_of_an_abandoned_one),
        cmocka_unit_test(a_device_is_written_to),
        cmocka_unit_test(a_signal_takes_it_away),
        cmocka_unit_test(a_signal_that_somebody_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
