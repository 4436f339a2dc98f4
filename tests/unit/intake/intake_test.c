/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/intake.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "support/intake_bench.h"

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
        const char *log, *text;
    } rows[] = {
        {"none", NULL, 0, "unreadable:none ", "cannot open: No such file or directory"},
        {"empty", "", 0, "unreadable:empty ", "the file is empty"},
        {"text", "just some words", 15, "unreadable:text ",
         "not a capture (pcap, pcapng, ETL, Network Monitor, snoop, ERF), hive, registry export, "
         "policy file, report of SQLCHECK, certificate or log (ERRORLOG, EVTX, events as XML; each "
         "also in gzip, zstd "
         "or zip)"},
        {"short", "\xd4\xc3", 2, "unreadable:short ",
         "not a capture (pcap, pcapng, ETL, Network Monitor, snoop, ERF), hive, registry export, "
         "policy file, report of SQLCHECK, certificate or log (ERRORLOG, EVTX, events as XML; each "
         "also in gzip, zstd "
         "or zip)"},
        {"packed", "\x1f\x8b\x08", 3, "unreadable:packed ", "the compressed data end early"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct bench b;
        set_up(&b);
        if (rows[i].bytes != NULL)
            (void)temporary_file(&b.t, rows[i].name, rows[i].bytes, rows[i].size);
        take(&b, temporary_path(&b.t, rows[i].name));
        assert_string_equal(b.log, rows[i].log);
        assert_string_equal(b.error.text, rows[i].text);
        assert_int_equal(ak_intake_files(b.intake), 0);
        tear_down(&b);
    }
}

static void directories_are_walked_in_order(void **state)
{
    (void)state;
    const struct capture *c = one_syn();
    struct bench b;
    set_up(&b);
    (void)temporary_file(&b.t, "b.pcap", c->bytes, c->size);
    (void)temporary_file(&b.t, "Z", c->bytes, c->size);
    (void)temporary_file(&b.t, "notes.txt", "words", 5);
    (void)temporary_file(&b.t, "zero", "", 0);
    temporary_directory(&b.t, "a");
    (void)temporary_file(&b.t, "a/x", c->bytes, c->size);
    assert_int_equal(symlink("nowhere", temporary_path(&b.t, "dangling")), 0);
    assert_int_equal(mkfifo(temporary_path(&b.t, "pipe"), 0600), 0); /* would block */
    take(&b, b.t.path);
    assert_string_equal(b.log,
                        "unreadable:dangling unknown:pipe 99@Z 99@x 99@b.pcap unknown:notes.txt "
                        "unknown:zero ");
    assert_int_equal(ak_intake_files(b.intake), 3);
    tear_down(&b);
}

static void a_slash_at_the_end_is_not_doubled(void **state)
{
    (void)state;
    struct bench b;
    char path[600];
    set_up(&b);
    (void)temporary_file(&b.t, "notes.txt", "words", 5);
    (void)snprintf(path, sizeof path, "%s/", b.t.path);
    take(&b, path);
    assert_string_equal(b.log, "unknown:notes.txt ");
    tear_down(&b);
}

static void directories_have_a_depth(void **state)
{
    (void)state;
    struct bench b;
    char path[64] = "d";
    set_up(&b);
    temporary_directory(&b.t, path);
    for (unsigned i = 0; i < AK_MAX_DIRECTORY_DEPTH + 2; i++) {
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%u", i);
        temporary_directory(&b.t, path);
    }
    take(&b, b.t.path);
    assert_string_equal(b.log, "unreadable:6 ");
    assert_int_equal(b.error.code, AK_ERR_UNSUPPORTED);
    tear_down(&b);
}

static void one_bad_file_does_not_stop_the_rest(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    take(&b, temporary_path(&b.t, "none"));
    take(&b, temporary_file(&b.t, "a", one_syn()->bytes, one_syn()->size));
    take(&b, temporary_file(&b.t, "text", "words", 5));
    take(&b, temporary_file(&b.t, "b", one_syn()->bytes, one_syn()->size));
    assert_string_equal(b.log, "unreadable:none 99@a unreadable:text 99@b ");
    assert_int_equal(ak_intake_files(b.intake), 2);
    tear_down(&b);
}

/* A SYN at a second after the epoch, from port 50000 + `port` to `port`. */
static const struct capture *syn_at(uint8_t port, uint8_t second)
{
    static struct capture c[4];
    static unsigned next;
    struct capture *out = &c[next++ % 4];
    begin(out);
    syn(out, port);
    out->bytes[24] = second;
    return out;
}

static void files_of_a_ring_are_one_capture(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    const struct capture *first = syn_at(9, 1), *again = syn_at(9, 2), *late = syn_at(9, 90);
    /* The same SYN again, as a retry: one conversation if the files are joined. */
    (void)temporary_file(&b.t, "n_00001_20261122100000.pcap", first->bytes, first->size);
    (void)temporary_file(&b.t, "n_00002_20261122100001.pcap", again->bytes, again->size);
    (void)temporary_file(&b.t, "n_00003_20261122100002.pcap", first->bytes, 24);
    (void)temporary_file(&b.t, "n_00004_20261122100003.pcap", late->bytes, late->size);
    take(&b, b.t.path);
    assert_string_equal(b.log, "9@n_00001_20261122100000.pcap ");
    assert_int_equal(ak_intake_files(b.intake), 4);
    assert_int_equal(ak_intake_joined(b.intake), 3);
    tear_down(&b);
}

static void times_must_join(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    const struct capture *first = syn_at(9, 5), *early = syn_at(9, 1), *late = syn_at(9, 90);
    (void)temporary_file(&b.t, "t.pcap", first->bytes, first->size);
    (void)temporary_file(&b.t, "t.pcap1", early->bytes, early->size); /* counts on, but older */
    (void)temporary_file(&b.t, "t.pcap2", late->bytes, late->size);   /* after a long pause */
    take(&b, b.t.path);
    assert_string_equal(b.log, "9@t.pcap1 9@t.pcap 9@t.pcap2 ");
    assert_int_equal(ak_intake_joined(b.intake), 0);
    tear_down(&b);
}

static void separate_files_stay_so(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    const struct capture *first = syn_at(9, 1), *again = syn_at(9, 2);
    (void)temporary_file(&b.t, "n_00001_20261122100000.pcap", first->bytes, first->size);
    (void)temporary_file(&b.t, "n_00002_20261122100001.pcap", again->bytes, again->size);
    ak_intake_separate(b.intake);
    take(&b, b.t.path);
    assert_string_equal(b.log, "9@n_00001_20261122100000.pcap 9@n_00002_20261122100001.pcap ");
    tear_down(&b);
}

static void want_of_memory_is_an_error(void **state)
{
    (void)state;
    struct temporary t;
    temporary_open(&t);
    const char *path = temporary_file(&t, "a", one_syn()->bytes, one_syn()->size);
    (void)path;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct bench b;
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        set_up(&b);
        (void)ak_alloc_fail_after(n);
        enum ak_err err = ak_intake_paths(b.intake, (char *[]){t.path}, 1, &error);
        made = ak_alloc_fail_after(0);
        assert_int_equal(err, error.code);
        if (err == AK_ERR_NONE && b.log[0] == '\0')
            assert_true(ak_trace_totals_of(b.trace)->out_of_memory != 0 || n > made);
        tear_down(&b);
    }
    temporary_close(&t);
}

static void cannot_be_made_without_memory(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    struct ak_intake_listener listener = {.context = &b, .problem = on_problem};
    for (unsigned long n = 1; n <= 2; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_intake *intake = ak_intake_new(b.trace, &listener);
        if (ak_alloc_fail_after(0) != 0)
            assert_null(intake);
        ak_intake_free(intake);
    }
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(directories_are_walked_in_order),
        cmocka_unit_test(a_slash_at_the_end_is_not_doubled),
        cmocka_unit_test(directories_have_a_depth),
        cmocka_unit_test(one_bad_file_does_not_stop_the_rest),
        cmocka_unit_test(files_of_a_ring_are_one_capture),
        cmocka_unit_test(times_must_join),
        cmocka_unit_test(separate_files_stay_so),
        cmocka_unit_test(want_of_memory_is_an_error),
        cmocka_unit_test(cannot_be_made_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
