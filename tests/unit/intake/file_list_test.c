/* What is found below a path, and in which order. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/file_list.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "support/temporary.h"

static void on_problem(void *context, const char *path, bool evidence, const struct ak_error *error)
{
    unsigned *problems = context;
    assert_true(evidence);
    assert_non_null(path);
    assert_true(error->text[0] != '\0');
    ++*problems;
}

static void assert_names(const struct ak_file_list *list, const char *const *names, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(list->entries[i].path, '/');
        assert_string_equal(slash != NULL ? slash + 1 : list->entries[i].path, names[i]);
    }
}

static void walks_and_sorts(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file_list list;
    unsigned problems = 0;
    temporary_open(&t);
    (void)temporary_file(&t, "b.pcap2", "", 0);
    (void)temporary_file(&t, "a.pcap", "", 0);
    (void)temporary_file(&t, "b.pcap", "", 0);
    (void)temporary_file(&t, "b.pcap1", "", 0);
    (void)temporary_file(&t, "b.pcap-x", "", 0);
    ak_file_list_init(&list);
    assert_int_equal(ak_file_list_add(&list, "-", on_problem, &problems), AK_ERR_NONE);
    assert_int_equal(ak_file_list_add(&list, t.path, on_problem, &problems), AK_ERR_NONE);
    assert_int_equal(ak_file_list_add(&list, temporary_path(&t, "missing"), on_problem, &problems),
                     AK_ERR_NONE);
    assert_int_equal(problems, 1);
    static const char *const found[] = {"-", "a.pcap", "b.pcap", "b.pcap-x", "b.pcap1", "b.pcap2"};
    assert_names(&list, found, 6);
    assert_true(list.entries[0].named);
    assert_null(list.entries[0].series);
    assert_false(list.entries[1].named);
    ak_file_list_sort(&list);
    static const char *const sorted[] = {"-", "a.pcap", "b.pcap", "b.pcap1", "b.pcap2", "b.pcap-x"};
    assert_names(&list, sorted, 6);
    ak_file_list_release(&list);
    ak_file_list_sort(&list);
    temporary_close(&t);
}

struct told {
    char text[400];
};

static void on_told(void *context, const char *path, bool evidence, const struct ak_error *error)
{
    struct told *told = context;
    const char *slash = strrchr(path, '/');
    size_t n = strlen(told->text);
    (void)snprintf(told->text + n, sizeof told->text - n, "%s%s: %s\n", slash + 1,
                   evidence ? "!" : "", error->text);
}

static void what_is_passed_over_is_told(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_file_list list;
    struct told told = {""};
    temporary_open(&t);
    (void)temporary_file(&t, "a", "", 0);
    assert_int_equal(mkdir(temporary_path(&t, "b"), 0700), 0);
    assert_int_equal(symlink("..", temporary_path(&t, "b/back")), 0);
    assert_int_equal(symlink("nowhere", temporary_path(&t, "c")), 0);
    assert_int_equal(mkfifo(temporary_path(&t, "d"), 0600), 0);
    ak_file_list_init(&list);
    assert_int_equal(ak_file_list_add(&list, t.path, on_told, &told), AK_ERR_NONE);
    assert_int_equal(list.count, 1);
    assert_string_equal(told.text, "back: a link back to a folder above it\n"
                                   "c!: cannot open: No such file or directory\n"
                                   "d: a device, pipe or socket: read only when named\n");
    ak_file_list_release(&list);
    temporary_close(&t);
}

static void so_many_and_no_more(void **state)
{
    (void)state;
    struct ak_file_list list;
    ak_file_list_init(&list);
    for (size_t i = 0; i < AK_MAX_FILES + 2; i++)
        assert_int_equal(ak_file_list_append(&list, "f", false, false), AK_ERR_NONE);
    assert_int_equal(list.count, AK_MAX_FILES);
    assert_int_equal(list.left_out, 2);
    ak_file_list_release(&list);
}

static void wants_memory(void **state)
{
    (void)state;
    struct temporary t;
    temporary_open(&t);
    (void)temporary_file(&t, "a1", "", 0);
    (void)temporary_file(&t, "a2", "", 0);
    unsigned long most = 100;
    for (unsigned long n = 1; n <= most; n++) {
        struct ak_file_list list;
        unsigned problems = 0;
        ak_file_list_init(&list);
        (void)ak_alloc_fail_after(n);
        enum ak_err err = ak_file_list_add(&list, t.path, on_problem, &problems);
        most = ak_alloc_fail_after(0);
        assert_true(err == AK_ERR_MEMORY || problems != 0 || n > most || list.count == 2);
        ak_file_list_release(&list);
    }
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_and_sorts),
        cmocka_unit_test(what_is_passed_over_is_told),
        cmocka_unit_test(so_many_and_no_more),
        cmocka_unit_test(wants_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
