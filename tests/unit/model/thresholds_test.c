// SPDX-License-Identifier: Apache-2.0
#include "model/thresholds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// A change of a threshold changes judgements: it has to be made here a second time.
static void thresholds_have_their_values(void **state)
{
    (void)state;
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_TIMEOUT_SILENCE_MS), 3000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_PROBE_CONNECT_MS), 5000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_PROBE_STEP_MS), 10000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_PROBE_WHOLE_MS), 30000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_CLOSED_LINGER_MS), 10000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_SYN_RETRY_GAP_MS), 100);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_MIDDLEBOX_TTL_DIFFERENCE), 5);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_STARVATION_WINDOW_MS), 60000);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_STARVATION_MINIMUM_CONVERSATIONS), 20);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_STARVATION_FAILED_PERCENT), 20);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_STARVATION_MAXIMUM_FAILED_PERCENT), 90);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_RSA_MINIMUM_BITS), 1024);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_RSA_POLICY_BITS), 2048);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_DH_MINIMUM_BITS), 1024);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_LEADING_ZERO_DENOMINATOR), 256);
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_LOGIN_REFUSED_RESPONSE_BYTES), 400);
}

static void every_threshold_has_its_id(void **state)
{
    (void)state;
    for (int i = 0; i < (int)AK_THRESHOLD_COUNT; i++) {
        assert_non_null(ak_threshold_name((enum ak_threshold)i));
        assert_true(ak_threshold_get((enum ak_threshold)i) > 0);
    }
    assert_string_equal(ak_threshold_name(AK_THRESHOLD_TIMEOUT_SILENCE_MS), "timeout-silence-ms");
}

static void values_outside_the_enum_are_harmless(void **state)
{
    (void)state;
    assert_int_equal(ak_threshold_get(AK_THRESHOLD_COUNT), 0);
    assert_null(ak_threshold_name(AK_THRESHOLD_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_have_their_values),
        cmocka_unit_test(every_threshold_has_its_id),
        cmocka_unit_test(values_outside_the_enum_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
