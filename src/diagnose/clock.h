/* How far the clock of a log is from the clock of a capture, told by moments that both may show.
 *
 * A pair is an event of the log and a conversation that it may be about. Most pairs are wrong: what
 * belongs together is the offset at which many of them agree, and no other offset nearly as many.
 * Whole quarters of an hour are a time zone (Nepal's is +5:45); the rest is how wrong a clock runs.
 * Where the pairs allow two answers there is none.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CLOCK_H
#define AK_DIAGNOSE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ak_clock_pair {
    int64_t event_time, talk_time; /* nanoseconds; each by its own clock */
    uint32_t event, talk;          /* numbers of both, from 0, below the number of pairs */
    bool named;                    /* the event names the conversation's client */
};

enum ak_clock_state {
    AK_CLOCK_UNKNOWN, /* no pair, or several offsets would do */
    AK_CLOCK_AGREES,  /* both tell the same UTC to within the tolerance */
    AK_CLOCK_ZONE,    /* the log is in local time, this many quarters of an hour from UTC */
    AK_CLOCK_DIFFERS  /* one of the clocks is wrong */
};

struct ak_clock_estimate {
    enum ak_clock_state state;
    int64_t offset; /* to be added to times of the log; 0 unless ZONE or DIFFERS */
    int64_t zone;   /* whole quarters of an hour in the offset, as nanoseconds to be added */
    int64_t drift;  /* median of what remains of the pairs behind the zone */
    int64_t spread; /* half of the range of the pairs */
    size_t pairs;   /* conversations, each with an event of its own, that agree */
    size_t next;    /* the same of the best other offset */
};

/* Two moments this near, once aligned, may be one. */
enum { AK_CLOCK_TOLERANCE = 1000000000 };

/* `local`: the log does not tell its time zone. Sorts the pairs. False: no memory, and the state is
 * UNKNOWN. */
bool ak_clock_estimate(struct ak_clock_pair *pairs, size_t count, bool local,
                       struct ak_clock_estimate *out);

#endif
