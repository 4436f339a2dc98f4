/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void numbers(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 4096);
    ak_text_u64(&t, 0);
    ak_text_char(&t, ' ');
    ak_text_u64(&t, UINT64_MAX);
    ak_text_char(&t, ' ');
    ak_text_i64(&t, INT64_MIN);
    ak_text_char(&t, ' ');
    ak_text_i64(&t, INT64_MAX);
    ak_text_char(&t, ' ');
    ak_text_i64(&t, -1);
    assert_string_equal(ak_text_string(&t), "0 18446744073709551615 -9223372036854775808 "
                                            "9223372036854775807 -1");
    ak_text_release(&t);
}

/* The end that was returned is where printf ends, and nothing behind the room was touched. */
static void assert_decimal(uint64_t value)
{
    char wanted[32], is[AK_DECIMAL_ROOM + 2];
    memset(is, '#', sizeof is);
    int n = snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)value);
    assert_ptr_equal(ak_decimal(is, value), is + n);
    assert_memory_equal(is, wanted, (size_t)n);
    assert_int_equal(is[AK_DECIMAL_ROOM], '#');
    memset(is, '#', sizeof is);
    assert_ptr_equal(ak_short_decimal(is, value), is + n);
    assert_memory_equal(is, wanted, (size_t)n);
    assert_int_equal(is[AK_DECIMAL_ROOM], '#');
}

static void decimals(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 200000; value++)
        assert_decimal(value);
    for (uint64_t ten = 1; ten < UINT64_MAX / 10; ten *= 10)
        for (uint64_t near = 0; near < 3; near++) {
            assert_decimal(ten - 1 + near);
            assert_decimal(ten * 9 + near);
        }
    for (uint64_t value = 1; value != 0; value <<= 1)
        assert_decimal(value - 1);
    uint64_t draw = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        assert_decimal(draw >> i % 64);
    }
    for (unsigned value = 0; value < 1000; value++) {
        char wanted[16], is[4] = "";
        (void)snprintf(wanted, sizeof wanted, "%03u", value);
        assert_ptr_equal(ak_three_digits(is, value), is + 3);
        assert_string_equal(is, wanted);
    }
    for (uint32_t value = 0; value < 100000000; value += 99991) {
        char wanted[16], is[8];
        (void)snprintf(wanted, sizeof wanted, "%08u", value);
        assert_ptr_equal(ak_decimal_8(is, value), is + 8);
        assert_memory_equal(is, wanted, 8);
    }
}

static void hexadecimal(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 4096);
    ak_text_hex(&t, 0xab, 4);
    ak_text_char(&t, ' ');
    ak_text_hex(&t, UINT64_C(0xfedcba9876543210), 16);
    ak_text_char(&t, ' ');
    ak_text_hex(&t, 0x12345, 2); /* as wide as asked, not as the value */
    ak_text_char(&t, ' ');
    ak_text_hex_bytes(&t, "\x00\x7f\xff", 3);
    assert_string_equal(ak_text_string(&t), "00ab fedcba9876543210 45 007fff");
    ak_text_release(&t);
}

static void empty(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 16);
    assert_string_equal(ak_text_string(&t), "");
    ak_text_bytes(&t, NULL, 0);
    ak_text_add(&t, "");
    assert_int_equal(t.size, 0);
    assert_false(t.failed);
    ak_text_release(&t);
    ak_text_release(&t); /* twice is harmless */
}

static void formats_lines_of_any_length(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 65536);
    ak_text_format(&t, "%s=%d;", "a", 7);
    assert_string_equal(ak_text_string(&t), "a=7;");
    static const int widths[] = {510, 511, 512, 513, 5000};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        ak_text_clear(&t);
        ak_text_format(&t, "%*d", widths[i], 9);
        assert_int_equal(t.size, widths[i]);
        const char *s = ak_text_string(&t);
        assert_int_equal(s[0], ' ');
        assert_int_equal(s[widths[i] - 1], '9');
        assert_int_equal(s[widths[i]], '\0');
    }
    ak_text_release(&t);
}

static void grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    static const size_t maxima[] = {1, 10, 63, 64, 65, 100, 1000};
    for (size_t m = 0; m < sizeof maxima / sizeof maxima[0]; m++) {
        struct ak_text t;
        ak_text_init(&t, maxima[m]);
        for (size_t i = 0; i < maxima[m]; i++)
            ak_text_char(&t, 'x');
        assert_int_equal(t.size, maxima[m]);
        assert_false(t.failed);
        assert_true(t.room <= maxima[m]);
        ak_text_char(&t, 'y');
        assert_true(t.failed);
        assert_int_equal(t.size, maxima[m]);
        assert_string_equal(ak_text_string(&t), "");
        ak_text_release(&t);
    }
}

static void nothing_is_added_after_a_failure(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 100);
    ak_text_add(&t, "abc");
    char much[200];
    memset(much, 'z', sizeof much);
    ak_text_bytes(&t, much, sizeof much);
    assert_true(t.failed);
    ak_text_char(&t, 'd');
    ak_text_add(&t, "e");
    ak_text_u64(&t, 1);
    ak_text_format(&t, "%s", "f");
    assert_int_equal(t.size, 3);
    assert_false(ak_text_reserve(&t, 1));
    ak_text_clear(&t);
    assert_false(t.failed);
    ak_text_add(&t, "again");
    assert_string_equal(ak_text_string(&t), "again");
    for (int i = 0; i < 95; i++)
        ak_text_char(&t, 'x');
    assert_false(t.failed);
    assert_int_equal(t.size, 100);
    ak_text_release(&t);
}

static void fails_on_request(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 100);
    ak_text_add(&t, "abc");
    ak_text_fail(&t);
    assert_true(t.failed);
    ak_text_char(&t, 'd'); /* there was room */
    assert_int_equal(t.size, 3);
    assert_string_equal(ak_text_string(&t), "");
    ak_text_clear(&t);
    ak_text_add(&t, "again");
    assert_string_equal(ak_text_string(&t), "again");
    ak_text_release(&t);
}

static void reserve_makes_room(void **state)
{
    (void)state;
    struct ak_text t;
    ak_text_init(&t, 1 << 20);
    assert_true(ak_text_reserve(&t, 100000));
    assert_true(t.room >= 100000);
    assert_int_equal(t.size, 0);
    assert_false(ak_text_reserve(&t, SIZE_MAX));
    assert_true(t.failed);
    ak_text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(decimals),
        cmocka_unit_test(hexadecimal),
        cmocka_unit_test(empty),
        cmocka_unit_test(formats_lines_of_any_length),
        cmocka_unit_test(grows_to_its_maximum_and_no_further),
        cmocka_unit_test(nothing_is_added_after_a_failure),
        cmocka_unit_test(fails_on_request),
        cmocka_unit_test(reserve_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
