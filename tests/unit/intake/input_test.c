/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/input.h"

#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "os/file_map.h"
#include "support/temporary.h"

enum { LARGE = 700 * 1000, ROOM = 2 * LARGE };

static uint8_t packed[ROOM], unpacked[ROOM];

/* Bytes that hardly compress, the same in every run. */
static const uint8_t *noise(void)
{
    static uint8_t bytes[LARGE];
    uint32_t x = 12345;
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24);
    }
    return bytes;
}

static size_t gzip(const void *bytes, size_t size, size_t at)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = packed + at;
    z.avail_out = (uInt)(sizeof packed - at);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t end = sizeof packed - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return end;
}

static size_t zstd(const void *bytes, size_t size, size_t at)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
    size_t n = ZSTD_compress2(context, packed + at, sizeof packed - at, bytes, size);
    assert_false(ZSTD_isError(n));
    (void)ZSTD_freeCCtx(context);
    return at + n;
}

/* Everything that comes out, in windows of `room` bytes; *size says how much was good. */
static enum ak_err read_all(const char *path, size_t room, size_t *size, struct ak_error *error)
{
    struct ak_input *in = ak_input_open(path, error);
    enum ak_err err = AK_ERR_NONE;
    size_t got = 1;
    *size = 0;
    assert_non_null(in);
    while (err == AK_ERR_NONE && got != 0) {
        size_t most = room < sizeof unpacked - *size ? room : sizeof unpacked - *size;
        err = ak_input_read(in, unpacked + *size, most, &got, error);
        *size += got;
    }
    if (err == AK_ERR_NONE) { /* the end stays the end */
        assert_int_equal(ak_input_read(in, unpacked + *size, 1, &got, error), AK_ERR_NONE);
        assert_int_equal(got, 0);
    }
    ak_input_close(in);
    return err;
}

static const size_t rooms[] = {1000000, 65536, 4097};

static void reads_it_whole(const struct temporary *t, size_t packed_size, const void *plain,
                           size_t size)
{
    const char *path = temporary_file(t, "in", packed, packed_size);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct ak_error error;
        size_t got;
        assert_int_equal(read_all(path, rooms[i], &got, &error), AK_ERR_NONE);
        assert_int_equal(got, size);
        if (size != 0)
            assert_memory_equal(unpacked, plain, size);
    }
}

static void reads_plain_files(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 4096, AK_READ_BLOCK, AK_READ_BLOCK + 1, LARGE};
    struct temporary t;
    temporary_open(&t);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memcpy(packed, noise(), sizes[i]);
        reads_it_whole(&t, sizes[i], noise(), sizes[i]);
    }
    temporary_close(&t);
}

static void almost_packed_files_are_plain(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {
        {"\x1f\x8b", 2}, {"\x1f\x8b\x07xyz", 6}, {"\x28\xb5\x2f", 3}, {"\x28\xb5\x2f\xfe", 4}};
    struct temporary t;
    temporary_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(packed, rows[i].bytes, rows[i].size);
        reads_it_whole(&t, rows[i].size, rows[i].bytes, rows[i].size);
    }
    temporary_close(&t);
}

static void reads_packed_files(void **state)
{
    (void)state;
    static uint8_t zeros[LARGE];
    struct temporary t;
    temporary_open(&t);
    reads_it_whole(&t, gzip("", 0, 0), "", 0);
    reads_it_whole(&t, gzip("abc", 3, 0), "abc", 3);
    reads_it_whole(&t, gzip(noise(), LARGE, 0), noise(), LARGE);
    reads_it_whole(&t, gzip(zeros, LARGE, 0), zeros, LARGE);
    reads_it_whole(&t, zstd("abc", 3, 0), "abc", 3);
    reads_it_whole(&t, zstd(noise(), LARGE, 0), noise(), LARGE);
    reads_it_whole(&t, zstd(zeros, LARGE, 0), zeros, LARGE);
    temporary_close(&t);
}

/* RFC 1952 2.2 and RFC 8878 3: members and frames follow each other. */
static void reads_several_members(void **state)
{
    (void)state;
    const uint8_t *bytes = noise();
    struct temporary t;
    temporary_open(&t);
    size_t end = gzip(bytes, 10, 0);
    end = gzip(bytes + 10, 300000, end);
    end = gzip("", 0, end);
    end = gzip(bytes + 300010, LARGE - 300010, end);
    reads_it_whole(&t, end, bytes, LARGE);
    end = zstd(bytes, 10, 0);
    end = zstd(bytes + 10, 300000, end);
    end = zstd(bytes + 300010, LARGE - 300010, end);
    reads_it_whole(&t, end, bytes, LARGE);
    temporary_close(&t);
}

/* Tapes and some tools fill up with zeros after the last member. */
static void padding_after_a_member_is_passed_over(void **state)
{
    (void)state;
    struct temporary t;
    temporary_open(&t);
    size_t end = gzip("abc", 3, 0);
    memset(packed + end, 0, 600);
    reads_it_whole(&t, end + 600, "abc", 3);
    temporary_close(&t);
}

static void an_early_end_is_told_after_what_was_good(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    size_t got;
    temporary_open(&t);
    for (int kind = 0; kind < 2; kind++) {
        size_t end = kind ? zstd(noise(), LARGE, 0) : gzip(noise(), LARGE, 0);
        const size_t cuts[] = {5, 20, end / 2, end - 1};
        for (size_t i = 0; i < 4; i++) {
            const char *path = temporary_file(&t, "cut", packed, cuts[i]);
            assert_int_equal(read_all(path, 65536, &got, &error), AK_ERR_FORMAT);
            assert_int_equal(error.code, AK_ERR_FORMAT);
            assert_string_equal(error.text, "the compressed data end early");
            assert_int_equal(error.offset, cuts[i]);
            assert_memory_equal(unpacked, noise(), got);
            if (i == 2)
                assert_true(got > LARGE / 4);
        }
    }
    temporary_close(&t);
}

static void damage_is_told_after_what_was_good(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    size_t got;
    temporary_open(&t);
    for (int kind = 0; kind < 2; kind++) {
        size_t end = kind ? zstd(noise(), LARGE, 0) : gzip(noise(), LARGE, 0);
        memset(packed + end - 4, 0x55, 4); /* of gzip the size, of zstd the checksum */
        const char *path = temporary_file(&t, "damaged", packed, end);
        assert_int_equal(read_all(path, 65536, &got, &error), AK_ERR_FORMAT);
        assert_string_equal(error.text, "the compressed data are damaged");
        assert_memory_equal(unpacked, noise(), got);
        assert_true(got > LARGE / 2);
        end = kind ? zstd(noise(), LARGE, 0) : gzip(noise(), LARGE, 0);
        memset(packed + 30, 0xff, 40); /* at its head */
        path = temporary_file(&t, "damaged", packed, end);
        assert_int_equal(read_all(path, 65536, &got, &error), AK_ERR_FORMAT);
    }
    temporary_close(&t);
}

/* A frame that wants a window of 2^31 bytes would make a small file cost gigabytes. */
static void a_greedy_zstd_header_is_refused(void **state)
{
    (void)state;
    static const uint8_t greedy[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00};
    struct temporary t;
    struct ak_error error;
    size_t got;
    temporary_open(&t);
    const char *path = temporary_file(&t, "greedy", greedy, sizeof greedy);
    assert_int_equal(read_all(path, 65536, &got, &error), AK_ERR_FORMAT);
    assert_int_equal(got, 0);
    temporary_close(&t);
}

static void every_prefix_ends_somehow(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    size_t got;
    temporary_open(&t);
    for (int kind = 0; kind < 2; kind++) {
        size_t end = kind ? zstd(noise(), 50, 0) : gzip(noise(), 50, 0);
        for (size_t n = 0; n <= end; n++) {
            const char *path = temporary_file(&t, "prefix", packed, n);
            enum ak_err err = read_all(path, 64, &got, &error);
            bool whole = n == end || n < (size_t)(kind ? 4 : 3);
            assert_int_equal(err, whole ? AK_ERR_NONE : AK_ERR_FORMAT);
        }
    }
    temporary_close(&t);
}

static void missing_files_are_errors(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    size_t got;
    temporary_open(&t);
    assert_null(ak_input_open(temporary_path(&t, "none"), &error));
    assert_int_equal(error.code, AK_ERR_OPEN);
    assert_int_equal(read_all(t.path, 100, &got, &error), AK_ERR_READ); /* a directory */
    ak_input_close(NULL);
    temporary_close(&t);
}

static void progress_counts_bytes_of_the_file(void **state)
{
    (void)state;
    struct temporary t;
    struct ak_error error;
    uint64_t done, size;
    size_t got = 1, end = gzip(noise(), LARGE, 0);
    temporary_open(&t);
    struct ak_input *in = ak_input_open(temporary_file(&t, "in", packed, end), &error);
    assert_non_null(in);
    ak_input_progress(in, &done, &size);
    assert_int_equal(done, 0);
    assert_int_equal(size, end);
    assert_int_equal(ak_input_read(in, unpacked, 10, &got, &error), AK_ERR_NONE);
    ak_input_progress(in, &done, &size);
    assert_true(done > 0 && done < end);
    while (got != 0)
        assert_int_equal(ak_input_read(in, unpacked, LARGE, &got, &error), AK_ERR_NONE);
    ak_input_progress(in, &done, &size);
    assert_int_equal(done, end);
    ak_input_close(in);
    temporary_close(&t);
}

/* A file of eight megabytes is shown or read, by turns, and nothing is lost or told twice. */
static void what_is_shown_goes_on_where_reading_stood(void **state)
{
    (void)state;
    enum { MANY = 13, SIZE = MANY * LARGE };
    struct temporary t;
    struct ak_error error;
    const uint8_t *shown;
    static uint8_t all[SIZE], again[SIZE];
    size_t size, got, done;
    temporary_open(&t);
    for (size_t i = 0; i < MANY; i++)
        memcpy(all + i * LARGE, noise() + i, LARGE - i);
    const char *path = temporary_file(&t, "large", all, SIZE);
    struct ak_input *in = ak_input_open(path, &error);
    assert_non_null(in);
    assert_int_equal(ak_input_read(in, again, 1000, &done, &error), AK_ERR_NONE);
    bool was_shown = false;
    do {
        assert_int_equal(ak_input_show(in, done, &shown, &size, &error), AK_ERR_NONE);
        if (size != 0)
            memcpy(again + done, shown, size);
        done += size;
        was_shown = was_shown || size != 0;
    } while (size != 0);
    do {
        assert_int_equal(ak_input_read(in, again + done, sizeof again - done, &got, &error),
                         AK_ERR_NONE);
        done += got;
        assert_int_equal(ak_input_show(in, done, &shown, &size, &error), AK_ERR_NONE);
        assert_int_equal(size, 0);
    } while (got != 0);
    assert_int_equal(done, SIZE);
    assert_memory_equal(again, all, SIZE);
    uint64_t progress, total;
    ak_input_progress(in, &progress, &total);
    assert_int_equal(progress, SIZE);
    ak_input_close(in);
    temporary_close(&t);
    if (!was_shown)
        skip();
}

int main(void)
{
    ak_file_map_allow();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_files),
        cmocka_unit_test(almost_packed_files_are_plain),
        cmocka_unit_test(reads_packed_files),
        cmocka_unit_test(reads_several_members),
        cmocka_unit_test(padding_after_a_member_is_passed_over),
        cmocka_unit_test(an_early_end_is_told_after_what_was_good),
        cmocka_unit_test(damage_is_told_after_what_was_good),
        cmocka_unit_test(a_greedy_zstd_header_is_refused),
        cmocka_unit_test(every_prefix_ends_somehow),
        cmocka_unit_test(missing_files_are_errors),
        cmocka_unit_test(progress_counts_bytes_of_the_file),
        cmocka_unit_test(what_is_shown_goes_on_where_reading_stood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
