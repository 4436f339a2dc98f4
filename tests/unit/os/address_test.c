/* Addresses as text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/address.h"

static void reads_addresses(void **state)
{
    (void)state;
    uint8_t version, address[16];
    assert_true(ak_address_parse("192.0.2.1", &version, address));
    assert_int_equal(version, 4);
    assert_int_equal(address[0] << 8 | address[3], 0xc001);
    assert_true(ak_address_parse("2001:db8::1", &version, address));
    assert_int_equal(version, 6);
    assert_int_equal(address[0] << 8 | address[15], 0x2001);
    static const char *const others[] = {"", "sql01", "192.0.2", "192.0.2.256", "::g", "1.2.3.4:5"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ak_address_parse(others[i], &version, address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
