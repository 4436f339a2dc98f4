/* Sums of several readings. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "observe/totals.h"
#include "report/jsonl.h"

/* Every counter, whatever its name: both structs hold nothing but numbers of 64 bits up to here. */
static void fill(struct ak_totals *totals, struct ak_summary *summary, uint64_t value)
{
    memset(totals, 0, sizeof *totals);
    memset(summary, 0, sizeof *summary);
    for (size_t at = 0; at + 8 <= offsetof(struct ak_totals, unsupported); at += 8)
        memcpy((uint8_t *)totals + at, &value, 8);
    for (size_t at = offsetof(struct ak_summary, files);
         at + 8 <= offsetof(struct ak_summary, logs); at += 8)
        memcpy((uint8_t *)summary + at, &value, 8);
    summary->totals = totals;
}

static void every_counter_is_added(void **state)
{
    struct ak_totals one, room, want;
    struct ak_summary first, sum, wanted;
    (void)state;
    memset(&room, 0, sizeof room);
    memset(&sum, 0, sizeof sum);
    fill(&one, &first, 5);
    ak_summary_add(&sum, &room, &first);
    fill(&one, &first, 2);
    ak_summary_add(&sum, &room, &first);
    fill(&want, &wanted, 7);
    assert_ptr_equal(sum.totals, &room);
    assert_memory_equal(&room, &want, offsetof(struct ak_totals, unsupported));
    wanted.totals = &room;
    assert_memory_equal(&sum, &wanted, offsetof(struct ak_summary, logs));
}

static void link_types_are_joined(void **state)
{
    struct ak_totals one, room;
    struct ak_summary first, sum;
    (void)state;
    memset(&room, 0, sizeof room);
    memset(&sum, 0, sizeof sum);
    fill(&one, &first, 0);
    one.unsupported_count = 2;
    one.unsupported[0].link_type = 147;
    one.unsupported[0].frames = 3;
    one.unsupported[1].link_type = 148;
    one.unsupported[1].frames = 4;
    ak_summary_add(&sum, &room, &first);
    one.unsupported_count = 1;
    one.unsupported[0].link_type = 148;
    ak_summary_add(&sum, &room, &first);
    assert_int_equal(room.unsupported_count, 2);
    assert_int_equal(room.unsupported[0].frames, 3);
    assert_int_equal(room.unsupported[1].frames, 7);
    one.unsupported_count = AK_UNSUPPORTED_LINKS;
    for (size_t i = 0; i < AK_UNSUPPORTED_LINKS; i++)
        one.unsupported[i].link_type = 200 + (uint32_t)i;
    ak_summary_add(&sum, &room, &first); /* no more room than there is */
    assert_int_equal(room.unsupported_count, AK_UNSUPPORTED_LINKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_is_added),
        cmocka_unit_test(link_types_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
