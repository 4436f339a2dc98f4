/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/intake.h"

#include <zlib.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "support/temporary.h"

/* A capture of SYNs to given ports. */
struct capture {
    uint8_t bytes[64 * 1024];
    size_t size;
};

static void put(struct capture *c, const void *bytes, size_t size)
{
    assert_true(size <= sizeof c->bytes - c->size);
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void begin(struct capture *c)
{
    static const uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                     0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    c->size = 0;
    put(c, head, sizeof head);
}

static void syn(struct capture *c, uint8_t port)
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

static const struct capture *one_syn(void)
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

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void note(struct bench *b, const char *what, const char *name)
{
    size_t n = strlen(b->log);
    (void)snprintf(b->log + n, sizeof b->log - n, "%s%s ", what, base_name(name));
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    char port[16];
    (void)snprintf(port, sizeof port, "%u@", c->end[AK_SIDE_SERVER].port);
    note(context, port, c->source->file);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    static const char *const names[] = {"unreadable:", "partly:", "unknown:", "blocks:"};
    struct bench *b = context;
    b->error = *error;
    note(b, names[problem], path);
}

static void on_progress(void *context, const char *path, uint64_t done, uint64_t total)
{
    struct bench *b = context;
    assert_non_null(path);
    assert_true(total == 0 || done <= total);
    b->progress++;
}

static void set_up(struct bench *b)
{
    struct ak_intake_listener listener = {b, on_problem, on_progress, NULL, NULL, NULL, NULL, NULL};
    memset(b, 0, sizeof *b);
    temporary_open(&b->t);
    b->trace = ak_trace_new(1, on_conversation, b);
    b->intake = ak_intake_new(b->trace, &listener);
    assert_non_null(b->intake);
}

static void tear_down(struct bench *b)
{
    ak_trace_free(b->trace);
    ak_intake_free(b->intake);
    temporary_close(&b->t);
}

static void take(struct bench *b, const char *path)
{
    struct ak_error error;
    assert_int_equal(ak_intake_paths(b->intake, (char *[]){(char *)(uintptr_t)path}, 1, &error),
                     AK_ERR_NONE);
}

static void reads_a_capture(void **state)
{
    (void)state;
    struct bench b;
    set_up(&b);
    take(&b, temporary_file(&b.t, "a.pcap", one_syn()->bytes, one_syn()->size));
    assert_string_equal(b.log, "99@a.pcap ");
    assert_int_equal(ak_intake_files(b.intake), 1);
    assert_int_equal(b.progress, 0);
    tear_down(&b);
}

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
         "policy file, certificate or log (ERRORLOG, EVTX, events as XML; each also in gzip or "
         "zstd)"},
        {"short", "\xd4\xc3", 2, "unreadable:short ",
         "not a capture (pcap, pcapng, ETL, Network Monitor, snoop, ERF), hive, registry export, "
         "policy file, certificate or log (ERRORLOG, EVTX, events as XML; each also in gzip or "
         "zstd)"},
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

static void a_truncated_capture_is_read_in_part(void **state)
{
    (void)state;
    static struct capture c;
    begin(&c);
    syn(&c, 1);
    syn(&c, 2);
    for (size_t size = 24; size < c.size; size++) {
        struct bench b;
        set_up(&b);
        take(&b, temporary_file(&b.t, "cut", c.bytes, size));
        bool whole = size == 24 || size == 24 + 70;
        const char *seen = size < 24 + 70 ? "" : "1@cut ";
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "%s%s", whole ? "" : "partly:cut ", seen);
        assert_string_equal(b.log, wanted);
        if (!whole)
            assert_string_equal(b.error.text, "the file ends inside a frame (truncated)");
        assert_int_equal(ak_intake_files(b.intake), 1);
        tear_down(&b);
    }
}

static void a_capture_that_turns_bad_is_read_up_to_there(void **state)
{
    (void)state;
    static struct capture c;
    static const uint8_t bad[16] = {0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0};
    struct bench b;
    begin(&c);
    syn(&c, 1);
    put(&c, bad, sizeof bad);
    syn(&c, 2);
    set_up(&b);
    take(&b, temporary_file(&b.t, "bad", c.bytes, c.size));
    assert_string_equal(b.log, "partly:bad 1@bad ");
    assert_int_equal(b.error.code, AK_ERR_FORMAT);
    assert_int_equal(b.error.offset, 24 + 70);
    tear_down(&b);
}

/* What came before the damage of a packed file was good. */
static void a_damaged_packed_capture_is_read_in_part(void **state)
{
    (void)state;
    static struct capture c;
    static uint8_t packed[sizeof c.bytes];
    z_stream z;
    struct bench b;
    begin(&c);
    for (unsigned i = 0; i < 200; i++)
        syn(&c, (uint8_t)i);
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = c.bytes;
    z.avail_in = (uInt)c.size;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t size = sizeof packed - z.avail_out;
    (void)deflateEnd(&z);
    set_up(&b);
    take(&b, temporary_file(&b.t, "whole.gz", packed, size));
    assert_null(strstr(b.log, "partly"));
    b.log[0] = '\0';
    take(&b, temporary_file(&b.t, "half.gz", packed, size / 2));
    assert_non_null(strstr(b.log, "1@half.gz "));
    assert_non_null(strstr(b.log, "partly:half.gz "));
    assert_null(strstr(b.log, "199@half.gz "));
    assert_string_equal(b.error.text, "the compressed data end early");
    tear_down(&b);
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
    assert_string_equal(b.log, "unreadable:dangling 99@Z 99@x 99@b.pcap unknown:notes.txt "
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
    struct ak_intake_listener listener = {&b, on_problem, NULL, NULL, NULL, NULL, NULL, NULL};
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
        cmocka_unit_test(reads_a_capture),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(a_truncated_capture_is_read_in_part),
        cmocka_unit_test(a_capture_that_turns_bad_is_read_up_to_there),
        cmocka_unit_test(a_damaged_packed_capture_is_read_in_part),
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
