/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/etl.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/limits.h"
#include "support/capture_run.h"

/* Made by tests/tools/mkforeign.py from clients-fail-alert40-tsql, whose 13 frames hold 1,515
 * bytes.
 */
#define NETSH "syn-etl-netsh-alert40/capture.etl"
#define PKTMON "syn-etl-pktmon-alert40/capture.etl"
#define ORIGINAL "clients-fail-alert40-tsql/capture.pcap"

enum { BUFFER = 4096, HEADER = 72, EVENT = 80 };

static void same_as_original(const char *name, uint64_t duplicates)
{
    struct ak_bytes pcap = capture_run_load(ORIGINAL), etl = capture_run_load(name);
    struct capture_run want, got;
    capture_run(ak_bytes_span(&pcap), 0, &want);
    static const size_t steps[] = {0, 1, 7, 100, 4096, 65536};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        capture_run(ak_bytes_span(&etl), steps[i], &got);
        assert_int_equal(got.end, AK_CAPTURE_MORE);
        assert_int_equal(got.frames, 13);
        assert_int_equal(got.bytes, want.bytes);
        assert_true(got.hash == want.hash);
        assert_true(llabs(got.first - want.first) < 1000);
        assert_true(llabs(got.last - want.last) < 1000);
        assert_int_equal(got.link_type, 1);
        assert_int_equal(got.notes.duplicates, duplicates);
        assert_int_equal(got.bad_blocks, 0);
        assert_true(got.until >= want.last && got.until - want.last < 1000);
    }
    ak_bytes_free(&pcap);
    ak_bytes_free(&etl);
}

/* Three layers, pieces of 200 bytes, two processors, a circular file, counts of 2,246,095 Hz. */
static void netsh_gives_the_packets_of_the_original(void **state)
{
    (void)state;
    struct ak_bytes etl = capture_run_load(NETSH);
    assert_true(ak_etl_sniff(etl.at, etl.size));
    assert_false(ak_etl_sniff(etl.at, HEADER + 32));
    ak_bytes_free(&etl);
    same_as_original(NETSH, 26);
}

static void pktmon_gives_the_packets_of_the_original(void **state)
{
    (void)state;
    same_as_original(PKTMON, 39);
}

static struct capture_run run_of(const struct ak_bytes *bytes, size_t size)
{
    struct capture_run run;
    struct ak_span span = {bytes->at, size};
    capture_run(span, 0, &run);
    return run;
}

static void what_is_cut_off_is_told_after_the_packets(void **state)
{
    (void)state;
    struct ak_bytes b = capture_run_load(PKTMON);
    struct capture_run run = run_of(&b, 2 * BUFFER + 2000);
    assert_int_equal(run.end, AK_CAPTURE_BAD);
    assert_string_equal(run.error.text, "the event trace ends inside a buffer (truncated)");
    assert_true(run.frames > 0 && run.frames < 13);
    run = run_of(&b, 2 * BUFFER);
    assert_int_equal(run.end, AK_CAPTURE_MORE);
    assert_true(run.frames > 0 && run.frames < 13);
    ak_bytes_free(&b);
}

static void compressed_buffers_are_counted(void **state)
{
    (void)state;
    struct ak_bytes b = capture_run_load(PKTMON);
    b.at[BUFFER + 52] |= 0x40;
    struct capture_run run = run_of(&b, b.size);
    assert_int_equal(run.end, AK_CAPTURE_MORE);
    assert_int_equal(run.notes.compressed_buffers, 1);
    assert_true(run.frames > 0 && run.frames <= 13);
    ak_bytes_free(&b);
}

static void damaged_buffers_do_not_hide_the_others(void **state)
{
    (void)state;
    struct ak_bytes b = capture_run_load(PKTMON);
    b.at[BUFFER + HEADER + 2] = 0; /* the type of its first record */
    struct capture_run run = run_of(&b, b.size);
    assert_int_equal(run.end, AK_CAPTURE_MORE);
    assert_int_equal(run.bad_blocks, 1);
    assert_true(run.frames > 0);
    b.at[BUFFER + HEADER + 2] = 19;
    memset(b.at + BUFFER, 0, 4); /* a buffer that was never written */
    run = run_of(&b, b.size);
    assert_int_equal(run.end, AK_CAPTURE_MORE);
    assert_int_equal(run.bad_blocks, 0);
    memset(b.at + BUFFER, 0xff, 4);
    run = run_of(&b, b.size);
    assert_int_equal(run.end, AK_CAPTURE_BAD);
    assert_string_equal(run.error.text, "a buffer header names an impossible length");
    ak_bytes_free(&b);
}

static void packets_of_an_unknown_kind_are_counted(void **state)
{
    (void)state;
    struct ak_bytes b = capture_run_load(PKTMON);
    uint8_t *event = b.at + BUFFER + HEADER + EVENT;
    event[14] = 4; /* HTTP */
    struct capture_run run = run_of(&b, b.size);
    assert_int_equal(run.notes.unknown_packets, 1);
    event[14] = 1;
    event[32] ^= 1; /* the logged length */
    run = run_of(&b, b.size);
    assert_int_equal(run.bad_blocks, 1);
    ak_bytes_free(&b);
}

static void run_any(struct ak_span bytes, void *context)
{
    struct capture_run run;
    (void)context;
    capture_run(bytes, 0, &run);
    assert_true(run.frames <= 13 * 3 * 8);
}

/* The first two buffers: header, and events of every kind. */
static void survives_damage(void **state)
{
    (void)state;
    static const char *const names[] = {NETSH, PKTMON};
    for (size_t i = 0; i < 2; i++) {
        struct ak_bytes b = capture_run_load(names[i]);
        for (size_t size = 0; size <= 2 * BUFFER; size += size < 600 ? 1 : 61) {
            struct ak_span span = {b.at, size};
            run_any(span, NULL);
        }
        for (size_t at = 0; at < 2 * BUFFER; at += at < 460 ? 3 : 53)
            for (unsigned bit = 0; bit < 8; bit += 2) {
                struct ak_span span = {b.at, 2 * BUFFER};
                b.at[at] ^= (uint8_t)(1u << bit);
                run_any(span, NULL);
                b.at[at] ^= (uint8_t)(1u << bit);
            }
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(netsh_gives_the_packets_of_the_original),
        cmocka_unit_test(pktmon_gives_the_packets_of_the_original),
        cmocka_unit_test(what_is_cut_off_is_told_after_the_packets),
        cmocka_unit_test(compressed_buffers_are_counted),
        cmocka_unit_test(damaged_buffers_do_not_hide_the_others),
        cmocka_unit_test(packets_of_an_unknown_kind_are_counted),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
