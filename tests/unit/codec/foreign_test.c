/* snoop and ERF, and what tells the formats apart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/foreign.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "codec/erf.h"
#include "codec/snoop.h"
#include "support/capture_run.h"

/* RFC 1761: a frame of 3 bytes of 60, one second after the other. */
#define SNOOP(link)                                                                                \
    "'snoop' 000000 00000002 " link " 0000003c 00000003 0000001c 00000000 0000000a 0000000b "      \
    "aabbcc 00 "                                                                                   \
    "0000003c 00000003 0000001c 00000000 0000000b 00000000 aabbcc 00"
/* 2020-05-16T14:47:12.5Z, Ethernet in 8 bytes, padded to 16; then IPv4. */
#define ERF_ETHERNET(second) "00000080 " second " 02 04 0028 0000 0014 0000 aa*20 00*2 "
#define ERF_IPV4(second) "00000080 " second " 16 04 0020 0000 000f 45*15 00 "

static struct capture_run run_of(const char *hex, size_t step)
{
    struct ak_bytes b = ak_hex(hex);
    struct capture_run run;
    capture_run(ak_bytes_span(&b), step, &run);
    ak_bytes_free(&b);
    return run;
}

static void reads_snoop(void **state)
{
    (void)state;
    for (size_t step = 0; step < 200; step += 99) {
        struct capture_run run = run_of(SNOOP("00000004"), step);
        assert_int_equal(run.end, AK_CAPTURE_MORE);
        assert_int_equal(run.frames, 2);
        assert_int_equal(run.bytes, 6);
        assert_int_equal(run.wire_size, 60);
        assert_int_equal(run.link_type, 1);
        assert_true(run.first == INT64_C(10000011000) && run.last == INT64_C(11000000000));
    }
    assert_int_equal(run_of(SNOOP("00000008"), 0).link_type, 10);
    assert_true(run_of(SNOOP("00000099"), 0).link_type > 0xffff);
}

static void snoop_with_impossible_lengths_ends(void **state)
{
    (void)state;
    struct capture_run run = run_of("'snoop' 000000 00000002 00000004 0000003c 00000099 0000001c "
                                    "00000000 0000000a 0000000b aabbcc 00",
                                    0);
    assert_int_equal(run.end, AK_CAPTURE_BAD);
    assert_int_equal(run.frames, 0);
}

static void reads_erf(void **state)
{
    (void)state;
    const char *file = ERF_ETHERNET("0000c05e") ERF_IPV4("0100c05e") ERF_ETHERNET("0200c05e");
    struct ak_bytes b = ak_hex(file);
    assert_int_equal(ak_foreign_sniff(b.at, b.size), AK_CAPTURE_ERF);
    ak_bytes_free(&b);
    for (size_t step = 0; step < 200; step += 99) {
        struct capture_run run = run_of(file, step);
        assert_int_equal(run.end, AK_CAPTURE_MORE);
        assert_int_equal(run.frames, 3);
        assert_int_equal(run.bytes, 20 + 15 + 20);
        assert_int_equal(run.wire_size, 20);
        assert_int_equal(run.link_type, 1);
        assert_true(run.first == INT64_C(1589641216500000000));
    }
}

/* Records must follow each other without contradiction. */
static void other_bytes_are_no_erf(void **state)
{
    (void)state;
    static const char *const rows[] = {
        ERF_ETHERNET("0000c05e") "ff*64",                  /* no second record */
        ERF_ETHERNET("0000c05e") ERF_ETHERNET("ffffc05e"), /* half a day later: near enough */
        ERF_ETHERNET("0000c05e") ERF_ETHERNET("0000c15e"), /* eighteen hours */
        ERF_ETHERNET("0000c05e") ERF_ETHERNET("0000c45e"), /* three days */
        ERF_ETHERNET("00000000") ERF_ETHERNET("00000000"), /* 1970 */
        "00000080 0000c05e 03 04 0028 0000 0014 0000 aa*20 00*2 ", /* ATM */
    };
    static const bool sniffed[] = {false, true, true, false, false, false};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_bytes b = ak_hex(rows[i]);
        assert_int_equal(ak_erf_sniff(b.at, b.size), sniffed[i]);
        ak_bytes_free(&b);
    }
}

static void run_any(struct ak_span bytes, void *context)
{
    struct capture_run run;
    (void)context;
    capture_run(bytes, 0, &run);
    assert_true(run.frames <= 3);
}

static void survives_damage(void **state)
{
    (void)state;
    static const char *const files[] = {SNOOP("00000004"), SNOOP("0000001a"),
                                        ERF_ETHERNET("0000c05e") ERF_IPV4("0100c05e")
                                            ERF_ETHERNET("0200c05e") "00*32"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct ak_bytes b = ak_hex(files[i]);
        ak_each_damage(ak_bytes_span(&b), run_any, NULL);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_snoop),     cmocka_unit_test(snoop_with_impossible_lengths_ends),
        cmocka_unit_test(reads_erf),       cmocka_unit_test(other_bytes_are_no_erf),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
