/* Names of ring buffers, as the tools that write them make them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "intake/ring.h"

static void assert_series(const char *path, const char *series)
{
    char *got = ak_ring_series(path);
    assert_non_null(got);
    assert_string_equal(got, series);
    ak_free(got);
}

static void series_of_names(void **state)
{
    (void)state;
    assert_series("d1/net_00012_20261122101500.pcapng", "d1/net_#_#.pcapng");
    assert_series("trace.pcap", "trace.pcap");
    assert_series("trace.pcap17", "trace.pcap");
    assert_series("/a/PktMon3.pcapng", "/a/PktMon#.pcapng");
    assert_series("net(2).cap", "net.cap");
    assert_series("net(2", "net(");
    assert_series("7", "");
    assert_series("", "");
}

static void steps_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        enum ak_ring_step step;
    } cases[] = {
        /* dumpcap -b: a counter and the time of opening */
        {"n_00001_20261122100000.pcapng", "n_00002_20261122110000.pcapng", AK_RING_YES},
        {"n_00009_20261122100000.pcapng.gz", "n_00010_20261122110000.pcapng.gz", AK_RING_YES},
        {"n_00001_20261122100000.pcapng", "n_00003_20261122110000.pcapng", AK_RING_MAYBE},
        {"n_00002_20261122100000.pcapng", "n_00001_20261122110000.pcapng", AK_RING_NO},
        {"x/n_99999_20261122100000", "x/n_100000_20261122110000", AK_RING_YES},
        /* tcpdump -C, and with -W */
        {"t.pcap", "t.pcap1", AK_RING_MAYBE},
        {"t.pcap1", "t.pcap2", AK_RING_MAYBE},
        {"t.pcap", "t.pcap7", AK_RING_NO},
        {"t.pcap09", "t.pcap00", AK_RING_MAYBE},
        {"t.pcap5", "t.pcap3", AK_RING_NO},
        /* tcpdump -G */
        {"t-2026-11-22_09-59-00.pcap", "t-2026-11-22_10-00-00.pcap", AK_RING_MAYBE},
        {"t-2026-11-22_10-00-00.pcap", "t-2026-11-22_09-59-00.pcap", AK_RING_NO},
        {"t20261122095900.pcap", "t20261122100000.pcap", AK_RING_MAYBE},
        /* pktmon, netsh, Network Monitor */
        {"PktMon1.pcapng", "PktMon2.pcapng", AK_RING_MAYBE},
        {"net.cap", "net(1).cap", AK_RING_MAYBE},
        /* names that only differ */
        {"dh512.pcap", "dh1024.pcap", AK_RING_NO},
        {"tls10-a1.pcap", "tls12-a2.pcap", AK_RING_NO},
        {"same1.pcap", "same1.pcap", AK_RING_NO},
        {"n12345678901234567890123.pcap", "n12345678901234567890124.pcap", AK_RING_NO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (ak_ring_follows(cases[i].a, cases[i].b) != cases[i].step)
            fail_msg("%s, %s", cases[i].a, cases[i].b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_of_names),
        cmocka_unit_test(steps_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
