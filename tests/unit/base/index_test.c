/* SPDX-License-Identifier: Apache-2.0 */
#include "base/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { MANY = 5000 };

/* Values are addresses in here: which one it is, is all that a test asks. */
static char things[MANY];

/* How often the values of this hash name this thing. */
static unsigned times(const struct ak_index *index, uint64_t hash, const void *thing)
{
    unsigned found = 0;
    const void *value;
    uint64_t at = hash;
    while ((value = ak_index_next(index, hash, &at)) != NULL)
        found += value == thing;
    return found;
}

static unsigned values(const struct ak_index *index, uint64_t hash)
{
    unsigned found = 0;
    uint64_t at = hash;
    while (ak_index_next(index, hash, &at) != NULL)
        found++;
    return found;
}

static void empty(void **state)
{
    (void)state;
    struct ak_index index;
    size_t at = 0;
    assert_true(ak_index_init(&index, 10));
    assert_int_equal(values(&index, 0), 0);
    assert_int_equal(values(&index, UINT64_MAX), 0);
    assert_null(ak_index_each(&index, &at));
    ak_index_release(&index);
}

static void zeroed_memory_may_be_released(void **state)
{
    (void)state;
    struct ak_index index;
    size_t at = 0;
    memset(&index, 0, sizeof index);
    assert_null(ak_index_each(&index, &at));
    ak_index_release(&index);
    ak_index_release(&index);
}

/* Equal hashes are told apart by the caller, other hashes of the same place by the index. */
static void collisions(void **state)
{
    (void)state;
    static const struct {
        uint64_t hash;
        unsigned many;
    } rows[] = {
        {63, 3}, {127, 2}, {UINT64_C(1) << 63 | 63, 1}, {0, 2}, {64, 1}, {UINT64_MAX, 4},
    };
    struct ak_index index;
    size_t used = 0;
    assert_true(ak_index_init(&index, MANY));
    for (unsigned round = 0; round < 4; round++)
        for (size_t i = 0; i < AK_COUNT(rows); i++)
            if (round < rows[i].many)
                assert_true(ak_index_add(&index, rows[i].hash, &things[100 * i + round]));
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_int_equal(values(&index, rows[i].hash), rows[i].many);
        for (unsigned k = 0; k < 4; k++)
            assert_int_equal(times(&index, rows[i].hash, &things[100 * i + k]), k < rows[i].many);
        used += rows[i].many;
    }
    assert_int_equal(values(&index, 191), 0); /* the same place, another hash */
    assert_int_equal(index.count, used);
    ak_index_release(&index);
}

static void growth_loses_nothing(void **state)
{
    (void)state;
    const struct ak_hash_key key = {5, 6};
    static unsigned seen[MANY];
    struct ak_index index;
    const char *value;
    assert_true(ak_index_init(&index, MANY));
    for (unsigned i = 0; i < MANY; i++) {
        assert_true(ak_index_add(&index, ak_hash_bytes(key, &i, sizeof i), &things[i]));
        assert_int_equal(index.count, i + 1);
        assert_true(index.count <= index.room / 2);
    }
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(times(&index, ak_hash_bytes(key, &i, sizeof i), &things[i]), 1);
    for (size_t at = 0; (value = ak_index_each(&index, &at)) != NULL;)
        seen[value - things]++;
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
    ak_index_release(&index);
}

/* Every value of one hash: what an attacker who knew the key could do. */
static void one_hash_for_all(void **state)
{
    (void)state;
    struct ak_index index;
    assert_true(ak_index_init(&index, 500));
    for (unsigned i = 0; i < 500; i++)
        assert_true(ak_index_add(&index, 7, &things[i]));
    assert_int_equal(values(&index, 7), 500);
    assert_int_equal(values(&index, 8), 0);
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(times(&index, 7, &things[i]), 1);
    ak_index_release(&index);
}

/* Whichever leaves a crowd that wraps round the end: the others stay to be found, and it may
 * return. */
static void removing_hides_nobody(void **state)
{
    (void)state;
    enum { CROWD = 24 };
    for (unsigned gone = 0; gone < CROWD; gone++) {
        struct ak_index index;
        assert_true(ak_index_init(&index, MANY));
        for (unsigned i = 0; i < CROWD; i++)
            assert_true(ak_index_add(&index, 54 + i / 2, &things[i])); /* of 64 places */
        ak_index_remove(&index, 54 + gone / 2, &things[gone]);
        assert_int_equal(index.count, CROWD - 1);
        for (unsigned i = 0; i < CROWD; i++)
            assert_int_equal(times(&index, 54 + i / 2, &things[i]), i != gone);
        assert_true(ak_index_add(&index, 54 + gone / 2, &things[gone]));
        for (unsigned i = 0; i < CROWD; i++)
            ak_index_remove(&index, 54 + i / 2, &things[i]);
        assert_int_equal(index.count, 0);
        size_t at = 0;
        assert_null(ak_index_each(&index, &at));
        ak_index_release(&index);
    }
}

static void full(void **state)
{
    (void)state;
    static const size_t maxima[] = {0, 1, 31, 32, 33, 100};
    for (size_t m = 0; m < AK_COUNT(maxima); m++) {
        struct ak_index index;
        assert_true(ak_index_init(&index, maxima[m]));
        for (size_t i = 0; i < maxima[m]; i++)
            assert_true(ak_index_add(&index, i, &things[i]));
        size_t room = index.room;
        assert_false(ak_index_add(&index, MANY, &things[MANY - 1]));
        assert_int_equal(index.count, maxima[m]);
        assert_int_equal(index.room, room);
        assert_int_equal(values(&index, MANY), 0);
        for (size_t i = 0; i < maxima[m]; i++)
            assert_int_equal(times(&index, i, &things[i]), 1);
        ak_index_release(&index);
    }
}

#ifdef AK_TORTURE
static void survives_lack_of_memory(void **state)
{
    (void)state;
    struct ak_index index;
    (void)ak_alloc_fail_after(1);
    assert_false(ak_index_init(&index, MANY));
    (void)ak_alloc_fail_after(0);
    ak_index_release(&index);
    assert_true(ak_index_init(&index, MANY));
    size_t added = 0;
    for (; index.count < index.room / 2; added++)
        assert_true(ak_index_add(&index, added, &things[added]));
    (void)ak_alloc_fail_after(1);
    assert_false(ak_index_add(&index, added, &things[added])); /* it would have to grow */
    (void)ak_alloc_fail_after(0);
    assert_int_equal(index.count, added);
    assert_int_equal(values(&index, added), 0);
    assert_true(ak_index_add(&index, added, &things[added]));
    for (size_t i = 0; i <= added; i++)
        assert_int_equal(times(&index, i, &things[i]), 1);
    ak_index_release(&index);
}
#endif

/* What is found near its place is one of the hash's own; what is not there is nobody's. */
static void near_ones_are_found_without_a_search(void **state)
{
    (void)state;
    static char none;
    struct ak_index index;
    assert_true(ak_index_init(&index, 10));
    assert_ptr_equal(ak_index_near(&index, 5, &none), &none);
    for (uint64_t i = 0; i < 3; i++) /* 5, and two whose place is the same */
        assert_true(ak_index_add(&index, 5 + i * 1024, &things[i]));
    assert_ptr_equal(ak_index_near(&index, 5, &none), &things[0]);
    assert_ptr_equal(ak_index_near(&index, 5 + 1024, &none), &things[1]);
    assert_ptr_equal(ak_index_near(&index, 5 + 2048, &none), &none); /* two places on */
    assert_ptr_equal(ak_index_near(&index, 5 + 3072, &none), &none);
    ak_index_remove(&index, 5, &things[0]);
    assert_ptr_equal(ak_index_near(&index, 5, &none), &none);
    assert_ptr_equal(ak_index_near(&index, 5 + 2048, &none), &things[2]); /* it moved up */
    assert_true(ak_index_add(&index, UINT64_MAX, &things[4])); /* the last place of all */
    assert_ptr_equal(ak_index_near(&index, UINT64_MAX, &none), &things[4]);
    ak_index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(zeroed_memory_may_be_released),
        cmocka_unit_test(collisions),
        cmocka_unit_test(growth_loses_nothing),
        cmocka_unit_test(one_hash_for_all),
        cmocka_unit_test(removing_hides_nobody),
        cmocka_unit_test(near_ones_are_found_without_a_search),
        cmocka_unit_test(full),
#ifdef AK_TORTURE
        cmocka_unit_test(survives_lack_of_memory),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
