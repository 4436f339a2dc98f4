/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

static const struct ak_hash_key hash_key = {5, 6};

static struct ak_flow_key key_of(uint8_t a, uint16_t a_port, uint8_t b, uint16_t b_port,
                                 unsigned *direction)
{
    struct ak_flow_key key;
    uint8_t source[4] = {192, 0, 2, a}, destination[4] = {192, 0, 2, b};
    memset(&key, 0, sizeof key);
    ak_flow_key_make(&key, 4, source, destination, (uint32_t)a_port << 16 | b_port, direction);
    return key;
}

static void both_directions_have_one_key(void **state)
{
    (void)state;
    static const struct {
        uint8_t a;
        uint16_t a_port;
        uint8_t b;
        uint16_t b_port;
    } rows[] = {
        {1, 50000, 2, 1433}, {1, 1433, 2, 50000}, {200, 1, 3, 2}, {7, 10, 7, 11}, {7, 11, 7, 10}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned there, back;
        struct ak_flow_key x = key_of(rows[i].a, rows[i].a_port, rows[i].b, rows[i].b_port, &there);
        struct ak_flow_key y = key_of(rows[i].b, rows[i].b_port, rows[i].a, rows[i].a_port, &back);
        assert_memory_equal(&x, &y, sizeof x);
        assert_int_equal(there, !back);
    }
}

static void ipv4_is_not_its_mapped_ipv6(void **state)
{
    (void)state;
    struct ak_flow_key four, six;
    struct ak_flow_table table;
    unsigned direction;
    uint8_t a[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
    uint8_t b[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 2};
    assert_true(ak_flow_table_init(&table, hash_key));
    ak_flow_key_make(&four, 4, a + 12, b + 12, 1 << 16 | 2, &direction);
    ak_flow_key_make(&six, 6, a, b, 1 << 16 | 2, &direction);
    assert_non_null(ak_flow_add(&table, &four, ak_flow_hash(&table, &four)));
    assert_null(ak_flow_find(&table, &six, ak_flow_hash(&table, &six)));
    ak_flow_remove(&table, ak_flow_find(&table, &four, ak_flow_hash(&table, &four)));
    ak_flow_table_release(&table);
}

/* Grows several times, and loses every second entry: all others stay to be found. */
static void many_flows_are_found_again(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    static struct ak_flow *flow[MANY];
    struct ak_flow_table table;
    unsigned direction;
    assert_true(ak_flow_table_init(&table, hash_key));
    for (unsigned i = 0; i < MANY; i++) {
        struct ak_flow_key key = key_of(1, (uint16_t)(1000 + i), 2, 1433, &direction);
        flow[i] = ak_flow_add(&table, &key, ak_flow_hash(&table, &key));
        assert_non_null(flow[i]);
    }
    for (unsigned i = 0; i < MANY; i += 2)
        ak_flow_remove(&table, flow[i]);
    assert_int_equal(table.flows.count, MANY / 2);
    for (unsigned i = 0; i < MANY; i++) {
        struct ak_flow_key key = key_of(2, 1433, 1, (uint16_t)(1000 + i), &direction);
        struct ak_flow *found = ak_flow_find(&table, &key, ak_flow_hash(&table, &key));
        assert_ptr_equal(found, i % 2 ? flow[i] : NULL);
    }
    for (unsigned i = 1; i < MANY; i += 2)
        ak_flow_remove(&table, flow[i]);
    assert_int_equal(table.flows.count, 0);
    ak_flow_table_release(&table);
}

/* The last places of a small table, four flows to each. */
static uint64_t hash_near_end(unsigned i)
{
    return (62 + i / 4) * sizeof(struct ak_index_entry);
}

/* All in one run of probing: removing any of them closes the gap. */
static void equal_hashes_do_not_hide_each_other(void **state)
{
    (void)state;
    enum { MANY = 20 };
    for (unsigned gone = 0; gone < MANY; gone++) {
        struct ak_flow_table table;
        struct ak_flow_key key[MANY];
        struct ak_flow *flow[MANY];
        unsigned direction;
        assert_true(ak_flow_table_init(&table, hash_key));
        for (unsigned i = 0; i < MANY; i++) {
            key[i] = key_of(1, (uint16_t)(1 + i), 2, 9, &direction);
            flow[i] = ak_flow_add(&table, &key[i], hash_near_end(i)); /* wraps */
        }
        ak_flow_remove(&table, flow[gone]);
        for (unsigned i = 0; i < MANY; i++)
            assert_ptr_equal(ak_flow_find(&table, &key[i], hash_near_end(i)),
                             i == gone ? NULL : flow[i]);
        for (unsigned i = 0; i < MANY; i++)
            if (i != gone)
                ak_flow_remove(&table, flow[i]);
        ak_flow_table_release(&table);
    }
}

static void memory_is_used_again_and_clean(void **state)
{
    (void)state;
    struct ak_flow_table table;
    unsigned direction;
    struct ak_flow_key key = key_of(1, 1, 2, 2, &direction);
    assert_true(ak_flow_table_init(&table, hash_key));
    struct ak_flow *flow = ak_flow_add(&table, &key, 1);
    flow->seen.id = 99;
    flow->stream[1].has_fin = true;
    ak_flow_remove(&table, flow);
    struct ak_flow *again = ak_flow_add(&table, &key, 1);
    assert_ptr_equal(again, flow);
    assert_int_equal(again->seen.id, 0);
    assert_false(again->stream[1].has_fin);
    ak_flow_remove(&table, again);
    ak_flow_table_release(&table);
}

static void the_oldest_come_first(void **state)
{
    (void)state;
    enum { MANY = 100 };
    struct ak_flow_table table;
    unsigned direction;
    assert_true(ak_flow_table_init(&table, hash_key));
    assert_null(ak_flow_by_age(&table));
    for (unsigned i = 0; i < MANY; i++) {
        struct ak_flow_key key = key_of(1, (uint16_t)(1000 + i), 2, 1433, &direction);
        struct ak_flow *flow = ak_flow_add(&table, &key, ak_flow_hash(&table, &key));
        flow->seen.last_frame = i * 37 % MANY + 1;
    }
    struct ak_flow **flows = ak_flow_by_age(&table);
    assert_non_null(flows);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(flows[i]->seen.last_frame, i + 1);
    ak_free(flows);
    ak_flow_table_release(&table);
}

static void running_out_of_memory_is_survived(void **state)
{
    (void)state;
    struct ak_flow_table table;
    unsigned direction;
    struct ak_flow_key key = key_of(1, 1, 2, 2, &direction);
    for (unsigned long n = 1; n <= 2; n++) { /* nobody, and the index */
        (void)ak_alloc_fail_after(n);
        bool good = ak_flow_table_init(&table, hash_key);
        unsigned long made = ak_alloc_fail_after(0);
        ak_flow_table_release(&table);
        if (made == 0) /* not a build for this */
            skip();
        assert_false(good);
    }
    assert_true(ak_flow_table_init(&table, hash_key));
    while (table.room.unused_count != 0)
        assert_non_null(ak_pool_take(&table.room));
    (void)ak_alloc_fail_after(1);
    assert_null(ak_flow_add(&table, &key, 1));
    (void)ak_alloc_fail_after(0);
    assert_int_equal(table.flows.count, 0);
    assert_null(ak_flow_find(&table, &key, 1));
    assert_non_null(ak_flow_add(&table, &key, 1));
    ak_flow_remove(&table, ak_flow_find(&table, &key, 1));
    ak_flow_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_have_one_key),
        cmocka_unit_test(ipv4_is_not_its_mapped_ipv6),
        cmocka_unit_test(many_flows_are_found_again),
        cmocka_unit_test(equal_hashes_do_not_hide_each_other),
        cmocka_unit_test(memory_is_used_again_and_clean),
        cmocka_unit_test(the_oldest_come_first),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
