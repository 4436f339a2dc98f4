/* Points that stand in for others lie on their curve. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ec_point.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "support/parser_check.h"

/* SubjectPublicKeyInfo of P-256's own generator (FIPS 186-4 D.1.2.3). */
static const char key[] = "3059 3013 06072a8648ce3d0201 06082a8648ce3d030107 0342 00 04"
                          "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

static void another_point_of_the_curve(void **state)
{
    (void)state;
    struct ak_bytes spki = ak_hex(key), changed = ak_hex(key);
    struct ak_span seed = {(const uint8_t *)"seed", 4}, other = {(const uint8_t *)"other", 5};
    uint8_t *point = changed.at + changed.size - 65;
    uint8_t first[65];
    assert_true(ak_ec_point_stand_in(ak_bytes_span(&spki), seed, point, 65));
    assert_int_equal(point[0], 4);
    assert_memory_not_equal(changed.at, spki.at, spki.size);
    memcpy(first, point, 65);
    /* libcrypto reads the changed key only if the point lies on the curve. */
    assert_true(ak_ec_point_stand_in(ak_bytes_span(&changed), seed, point, 65));
    assert_memory_equal(first, point, 65);
    assert_true(ak_ec_point_stand_in(ak_bytes_span(&spki), other, point, 65));
    assert_memory_not_equal(first, point, 65);
    ak_bytes_free(&spki);
    ak_bytes_free(&changed);
}

static void what_is_not_known_stays(void **state)
{
    (void)state;
    struct ak_bytes spki = ak_hex(key);
    struct ak_span seed = {(const uint8_t *)"seed", 4}, none = {NULL, 0};
    uint8_t point[65] = {4}, untouched[65] = {4};
    assert_false(ak_ec_point_stand_in(none, seed, point, sizeof point));
    assert_false(ak_ec_point_stand_in(ak_bytes_span(&spki), seed, point, 64));
    point[0] = untouched[0] = 9;
    assert_false(ak_ec_point_stand_in(ak_bytes_span(&spki), seed, point, sizeof point));
    assert_memory_equal(point, untouched, sizeof point);
    ak_bytes_free(&spki);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_point_of_the_curve),
        cmocka_unit_test(what_is_not_known_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
