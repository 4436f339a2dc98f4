/* Frame numbers of a capture, and where they are in its files. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "observe/source.h"

static void assert_place(const struct ak_source *source, uint64_t frame, const char *file,
                         uint64_t number)
{
    struct ak_place place = ak_source_place(source, frame);
    assert_string_equal(place.file, file);
    assert_int_equal(place.frame, number);
}

static void places_in_a_ring(void **state)
{
    (void)state;
    struct ak_source third = {"c", 21, NULL, NULL, 0};
    struct ak_source empty = {"b", 21, &third, NULL, 0}; /* no frame in it */
    struct ak_source first = {"a", 1, &empty, NULL, 0};
    assert_place(&first, 0, "a", 0);
    assert_place(&first, 1, "a", 1);
    assert_place(&first, 20, "a", 20);
    assert_place(&first, 21, "c", 1);
    assert_place(&third, 30, "c", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_in_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
