/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "intake/intake_capture.h"

#include <zlib.h>

#include "support/intake_bench.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_capture),
        cmocka_unit_test(a_truncated_capture_is_read_in_part),
        cmocka_unit_test(a_capture_that_turns_bad_is_read_up_to_there),
        cmocka_unit_test(a_damaged_packed_capture_is_read_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
