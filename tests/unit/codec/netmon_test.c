/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/netmon.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "support/capture_run.h"

#define CASE "syn-netmon-alert40/capture.cap" /* tests/tools/mkforeign.py */
#define ORIGINAL "clients-fail-alert40-tsql/capture.pcap"

/* 2026-11-22 01:10:03.500, one frame of 4 bytes, 1.5 ms later. */
#define START "ea07 0b00 0000 1600 0100 0a00 0300 f401"
#define TABLES "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"

static const int64_t begin = INT64_C(1795309803500000000);

static void one_frame(const char *hex, enum ak_capture_step end, int64_t time, uint32_t link)
{
    struct ak_bytes b = ak_hex(hex);
    struct capture_run run;
    assert_true(ak_netmon_sniff(b.at, b.size));
    for (size_t step = 0; step < 3; step++) {
        capture_run(ak_bytes_span(&b), step * 50, &run);
        assert_int_equal(run.end, end);
        assert_int_equal(run.frames, link != UINT32_MAX);
        if (run.frames != 0) {
            assert_int_equal(run.bytes, 4);
            assert_int_equal(run.wire_size, 60);
            assert_int_equal(run.link_type, link);
            assert_true(run.first == time);
        }
    }
    ak_bytes_free(&b);
}

static void reads_every_version(void **state)
{
    (void)state;
    one_frame("'RTSS' 01 01 0100" START "48000000 04000000" TABLES /* 72 bytes */
              "00*8 4c000000 02000000 3c00 0400 aabbccdd",
              AK_CAPTURE_MORE, begin + 2000000, 1);
    one_frame("'GMBU' 00 02 0900" START "48000000 04000000" TABLES
              "00*8 4c000000 dc05000000000000 3c000000 04000000 aabbccdd",
              AK_CAPTURE_MORE, begin + 1500000, 101);
    one_frame("'GMBU' 01 02 0100" START "48000000 04000000" TABLES
              "00*8 4c000000 dc05000000000000 3c000000 04000000 aabbccdd 71e0",
              AK_CAPTURE_MORE, begin + 1500000, 113);
    one_frame("'GMBU' 03 02 0100" START "48000000 04000000" TABLES
              "00*8 4c000000 dc05000000000000 3c000000 04000000 aabbccdd 0100 ffffffff"
              "0080 3ed5 deb1 9d01 00",
              AK_CAPTURE_MORE, 0, 1);
}

static void times_before_the_begin_are_read(void **state)
{
    (void)state;
    one_frame("'GMBU' 00 02 0100" START "48000000 04000000" TABLES
              "00*8 4c000000 18fcffffffffffff 3c000000 04000000 aabbccdd",
              AK_CAPTURE_MORE, begin - 1000000, 1);
}

static void metadata_is_no_frame(void **state)
{
    (void)state;
    one_frame("'GMBU' 01 02 0100" START "48000000 04000000" TABLES
              "00*8 4c000000 dc05000000000000 3c000000 04000000 aabbccdd fbff",
              AK_CAPTURE_MORE, 0, UINT32_MAX);
}

static void other_versions_are_not_known(void **state)
{
    (void)state;
    static const char *const rows[] = {"'GMBU' 00 03 0100 00*8", "'RTSS' 00 02 0100 00*8",
                                       "'GMBX' 00 02 0100 00*8"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_bytes b = ak_hex(rows[i]);
        assert_false(ak_netmon_sniff(b.at, b.size));
        ak_bytes_free(&b);
    }
}

/* Frames in reversed order in the file, metadata, and a table of processes. */
static void gives_the_packets_of_the_original(void **state)
{
    (void)state;
    struct ak_bytes pcap = capture_run_load(ORIGINAL), cap = capture_run_load(CASE);
    struct capture_run want, got;
    capture_run(ak_bytes_span(&pcap), 0, &want);
    for (size_t step = 0; step < 400; step += 133) {
        capture_run(ak_bytes_span(&cap), step, &got);
        assert_int_equal(got.end, AK_CAPTURE_MORE);
        assert_int_equal(got.frames, 13);
        assert_true(got.hash == want.hash);
        assert_true(got.first == want.first && got.last == want.last);
        assert_int_equal(got.notes.other_events, 1);
        assert_int_equal(got.processes, 1);
        assert_int_equal(got.process.id, 4242);
        assert_int_equal(got.process.local_port, 35392);
        assert_int_equal(got.process.remote_port, 27192);
        assert_memory_equal(got.process.local, "\x7f\0\0\1", 4);
        assert_string_equal(got.path, "C:\\Program Files\\Contoso\\orders.exe");
    }
    ak_bytes_free(&pcap);
    ak_bytes_free(&cap);
}

static void run_any(struct ak_span bytes, void *context)
{
    struct capture_run run;
    (void)context;
    capture_run(bytes, 0, &run);
    assert_true(run.frames <= 14);
}

static void survives_damage(void **state)
{
    (void)state;
    struct ak_bytes b = capture_run_load(CASE);
    ak_each_damage(ak_bytes_span(&b), run_any, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_version),
        cmocka_unit_test(times_before_the_begin_are_read),
        cmocka_unit_test(metadata_is_no_frame),
        cmocka_unit_test(other_versions_are_not_known),
        cmocka_unit_test(gives_the_packets_of_the_original),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
