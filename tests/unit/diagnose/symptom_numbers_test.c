/* Numbers and symbols in every spelling; which text they stand in is symptom_test's affair. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/symptom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"

static struct ak_symptom_reading reading;

static const struct ak_symptom_hit *number(const char *text, uint32_t value)
{
    assert_int_equal(ak_symptoms_read(text, strlen(text), &reading), AK_ERR_NONE);
    for (size_t i = 0; i < reading.hit_count; i++)
        if (reading.hits[i].number == value && reading.hits[i].pattern == NULL)
            return &reading.hits[i];
    return NULL;
}

static void one_number_in_many_spellings(void **state)
{
    (void)state;
    static const char *const reset[] = {"10054",        "0x2746",     "0x80072746",
                                        "-2147014842",  "2147952454", "WSAECONNRESET",
                                        "error 10054.", "(10054)"};
    for (size_t i = 0; i < AK_COUNT(reset); i++) {
        if (number(reset[i], 10054) == NULL)
            print_message("%s\n", reset[i]);
        assert_non_null(number(reset[i], 10054));
    }
    assert_non_null(number("-2146893007", 0x80090331u));
    assert_non_null(number("0x80090331", 0x80090331u));
    assert_non_null(number("80090331", 0x80090331u));
}

static void parts_of_other_things_are_no_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "10.0.10054.1", "a10054", "10054a", "100540", "1.10054",
        "0x102746",     "",       "-",      "0x",     "99999999999999999999"};
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        if (number(texts[i], 10054) != NULL)
            print_message("%s\n", texts[i]);
        assert_null(number(texts[i], 10054));
    }
}

static void an_alert_needs_its_event(void **state)
{
    (void)state;
    assert_non_null(number("36888 40 1205", 36888));
    assert_non_null(number("36888 40 1205", 40));
    assert_null(number("it took 40 ms", 40));
    assert_non_null(number("alert code is 40", 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_number_in_many_spellings),
        cmocka_unit_test(parts_of_other_things_are_no_numbers),
        cmocka_unit_test(an_alert_needs_its_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
