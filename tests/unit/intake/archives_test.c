/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/archives.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "support/intake_bench.h"
#include "support/zip_builder.h"

static const char *zip_at(struct temporary *t, const char *name, const struct zip_file *files,
                          size_t count)
{
    static struct zip_bytes z;
    zip_build(&z, files, count);
    return temporary_file(t, name, z.at, z.size);
}

static void members_are_read_like_files(void **state)
{
    const struct capture *c = one_syn();
    const struct zip_file files[] = {
        {.name = "z.pcap", .bytes = c->bytes, .size = c->size, .method = 8},
        {.name = "sub/a.pcap", .bytes = c->bytes, .size = c->size},
        {.name = "sub/", .bytes = ""},
        {.name = "readme", .bytes = "words", .size = 5},
        {.name = "empty", .bytes = ""},
        {.name = "secret", .bytes = "0123456789abcdef", .size = 16, .flags = 1},
        {.name = "inner.zip", .bytes = "PK\3\4and so on", .size = 13},
        {.name = "inner.docx",
         .bytes = "PK\3\4--------------------------[Content_Types].xml.",
         .size = 50},
    };
    struct bench b;
    (void)state;
    set_up(&b);
    take(&b, zip_at(&b.t, "case.zip", files, AK_COUNT(files)));
    /* What cannot be read is told first, then the members in byte order. */
    assert_string_equal(b.log, "unreadable:secret unknown:empty unknown:inner.docx "
                               "unreadable:inner.zip unknown:readme 99@a.pcap 99@z.pcap ");
    assert_int_equal(ak_intake_files(b.intake), 2);
    tear_down(&b);
}

static void an_archive_may_lie_in_a_folder(void **state)
{
    const struct capture *c = one_syn();
    const struct zip_file file = {.name = "in.pcap", .bytes = c->bytes, .size = c->size};
    const struct zip_file twice[] = {file, file};
    const struct zip_file document = {.name = "[Content_Types].xml", .bytes = ""};
    struct bench b;
    (void)state;
    set_up(&b);
    (void)temporary_file(&b.t, "a.pcap", c->bytes, c->size);
    (void)zip_at(&b.t, "b.zip", &file, 1);
    (void)zip_at(&b.t, "c.zip", twice, 2);
    (void)zip_at(&b.t, "d.xlsx", &document, 1);
    (void)temporary_file(&b.t, "e.zip", "PK\3\4", 4);
    take(&b, b.t.path);
    assert_string_equal(b.log, "unknown:d.xlsx unreadable:e.zip 99@a.pcap 99@in.pcap 99@in.pcap "
                               "99@in.pcap#2 ");
    assert_string_equal(b.error.text, "a damaged zip archive: its directory is not there");
    tear_down(&b);
}

static void files_of_a_ring_in_an_archive_are_one(void **state)
{
    const struct capture *c = one_syn();
    const struct zip_file files[] = {
        {.name = "ring_00002_20260101000010.pcap", .bytes = c->bytes, .size = c->size},
        {.name = "ring_00001_20260101000000.pcap", .bytes = c->bytes, .size = c->size},
    };
    struct bench b;
    (void)state;
    set_up(&b);
    take(&b, zip_at(&b.t, "case.zip", files, AK_COUNT(files)));
    assert_int_equal(ak_intake_files(b.intake), 2);
    assert_int_equal(ak_intake_joined(b.intake), 1);
    tear_down(&b);
}

/* One reason for an archive that gives more than it may; what lies beside it is read. */
static void a_bomb_is_told_once(void **state)
{
    static uint8_t zeros[60000];
    const struct capture *c = one_syn();
    const struct zip_file files[] = {
        {.name = "a.pcap", .bytes = zeros, .size = sizeof zeros, .method = 8, .claims = 1},
        {.name = "b.pcap", .bytes = c->bytes, .size = c->size},
    };
    struct ak_archives *a = ak_archives_new();
    struct ak_file_list list;
    struct temporary t;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    char bytes[4096];
    size_t got = 1;
    (void)state;
    temporary_open(&t);
    ak_archives_allow(a, 8192);
    ak_file_list_init(&list);
    const char *path = zip_at(&t, "bomb.zip", files, AK_COUNT(files));
    assert_int_equal(ak_file_list_append(&list, path, true, true), AK_ERR_NONE);
    assert_int_equal(ak_archives_unfold(a, &list, NULL, NULL), AK_ERR_NONE);
    assert_int_equal(list.count, 2);
    assert_false(ak_archives_refused(a, list.entries[1].path));
    struct ak_input *in = ak_archives_open(a, list.entries[0].path, &error);
    assert_non_null(in);
    enum ak_err err = AK_ERR_NONE;
    while (err == AK_ERR_NONE && got != 0)
        err = ak_input_read(in, bytes, sizeof bytes, &got, &error);
    ak_input_close(in);
    assert_int_equal(err, AK_ERR_UNSUPPORTED);
    assert_true(ak_archives_refused(a, list.entries[1].path));
    assert_false(ak_archives_refused(a, path));
    ak_file_list_release(&list);
    ak_archives_free(a);
    ak_archives_free(NULL);
    temporary_close(&t);
}

static void what_is_not_there_cannot_be_opened(void **state)
{
    const struct zip_file file = {.name = "here", .bytes = "x", .size = 1};
    struct ak_archives *a = ak_archives_new();
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_file_list list;
    struct temporary t;
    char path[400];
    (void)state;
    temporary_open(&t);
    ak_file_list_init(&list);
    assert_int_equal(ak_file_list_append(&list, zip_at(&t, "case.zip", &file, 1), true, true),
                     AK_ERR_NONE);
    assert_int_equal(ak_archives_unfold(a, &list, NULL, NULL), AK_ERR_NONE);
    (void)snprintf(path, sizeof path, "%s.LOG1", list.entries[0].path);
    assert_null(ak_archives_open(a, path, &error));
    assert_string_equal(error.text, "not in the archive");
    assert_null(ak_archives_open(a, temporary_path(&t, "none"), &error));
    assert_null(ak_archives_open(NULL, list.entries[0].path, &error));
    (void)remove(temporary_path(&t, "case.zip"));
    ak_file_list_release(&list);
    ak_archives_free(a);
    temporary_close(&t);
}

static void ignore(void *context, const char *path, bool evidence, const struct ak_error *error)
{
    (void)context;
    (void)path;
    (void)evidence;
    (void)error;
}

static void survives_want_of_memory(void **state)
{
    const struct zip_file files[] = {{.name = "b", .bytes = "x", .size = 1},
                                     {.name = "b", .bytes = "x", .size = 1}};
    struct temporary t;
    (void)state;
    temporary_open(&t);
    const char *path = zip_at(&t, "case.zip", files, AK_COUNT(files));
    for (unsigned long n = 1, made = 1; n <= made; n++) {
        struct ak_file_list list;
        struct ak_error error;
        ak_file_list_init(&list);
        assert_int_equal(ak_file_list_append(&list, path, true, true), AK_ERR_NONE);
        (void)ak_alloc_fail_after(n);
        struct ak_archives *a = ak_archives_new();
        enum ak_err err = a != NULL ? ak_archives_unfold(a, &list, ignore, NULL) : AK_ERR_MEMORY;
        struct ak_input *in = err == AK_ERR_NONE && list.count == 2
                                  ? ak_archives_open(a, list.entries[0].path, &error)
                                  : NULL;
        made = ak_alloc_fail_after(0);
        assert_true(err == AK_ERR_NONE || err == AK_ERR_MEMORY);
        ak_input_close(in);
        ak_file_list_release(&list);
        ak_archives_free(a);
    }
    temporary_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_like_files),
        cmocka_unit_test(an_archive_may_lie_in_a_folder),
        cmocka_unit_test(files_of_a_ring_in_an_archive_are_one),
        cmocka_unit_test(a_bomb_is_told_once),
        cmocka_unit_test(what_is_not_there_cannot_be_opened),
        cmocka_unit_test(survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
