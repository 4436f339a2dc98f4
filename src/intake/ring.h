/* Which files go on where another ends: the ring buffers of dumpcap and Wireshark, tcpdump -C and
 * -G, netsh and pktmon.
 *
 * Only names are compared here. Whether the times join is the reader's question.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_RING_H
#define AK_INTAKE_RING_H

#include <stdbool.h>

enum ak_ring_step {
    AK_RING_NO,
    AK_RING_MAYBE, /* the names count on: only if the times join closely */
    AK_RING_YES    /* dumpcap's next number: only if the times do not overlap */
};

/* Equal for the files of one series: the name with every number replaced by "#", and without a
 * number at its end or in brackets (tcpdump and Network Monitor number from the second file on).
 * A new string for ak_free; NULL when out of memory. */
char *ak_ring_series(const char *path);

/* Does `b` go on where `a` ends, by their names alone? Both are of one series. */
enum ak_ring_step ak_ring_follows(const char *a, const char *b);

#endif
