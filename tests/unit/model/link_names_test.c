/* SPDX-License-Identifier: Apache-2.0 */
#include "model/link_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "codec/packet.h"

static void names_are_those_of_the_list(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        const char *name;
    } rows[] = {
        {AK_LINK_NULL, "NULL"}, {AK_LINK_ETHERNET, "ETHERNET"}, {AK_LINK_RAW, "RAW"},
        {AK_LINK_LOOP, "LOOP"}, {AK_LINK_COOKED, "LINUX_SLL"},  {AK_LINK_COOKED2, "LINUX_SLL2"},
        {AK_LINK_IPV4, "IPV4"}, {AK_LINK_IPV6, "IPV6"},         {105, "IEEE802_11"},
        {127, "RADIOTAP"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_non_null(ak_link_type_name(rows[i].type));
        assert_string_equal(ak_link_type_name(rows[i].type), rows[i].name);
    }
}

static void no_name_stands_twice(void **state)
{
    (void)state;
    const char *names[64];
    size_t count = 0;
    for (uint32_t type = 0; type < 1000; type++) {
        const char *name = ak_link_type_name(type);
        if (name == NULL)
            continue;
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(name, names[i]);
        assert_true(count < AK_COUNT(names));
        names[count++] = name;
    }
    assert_true(count > 10);
}

static void unknown_types_have_none(void **state)
{
    (void)state;
    assert_null(ak_link_type_name(2));
    assert_null(ak_link_type_name(65535));
    assert_null(ak_link_type_name(UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_list),
        cmocka_unit_test(no_name_stands_twice),
        cmocka_unit_test(unknown_types_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
