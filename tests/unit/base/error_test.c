/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void keeps_code_and_text(void **state)
{
    (void)state;
    struct ak_error e;
    memset(&e, 0x5a, sizeof e);
    assert_int_equal(ak_error_set(&e, AK_ERR_FORMAT, "frame %d is %s", 7, "bad"), AK_ERR_FORMAT);
    assert_int_equal(e.code, AK_ERR_FORMAT);
    assert_int_equal(e.system, 0);
    assert_string_equal(e.text, "frame 7 is bad");
}

static void cuts_long_texts(void **state)
{
    (void)state;
    struct ak_error e;
    (void)ak_error_set(&e, AK_ERR_USAGE, "%0*d", 1000, 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void appends_the_systems_text(void **state)
{
    (void)state;
    struct ak_error e;
    assert_int_equal(ak_error_system(&e, AK_ERR_OPEN, ENOENT, "cannot open"), AK_ERR_OPEN);
    assert_int_equal(e.code, AK_ERR_OPEN);
    assert_int_equal(e.system, ENOENT);
    assert_int_equal(strncmp(e.text, "cannot open: ", 13), 0);
    assert_string_equal(e.text + 13, strerror(ENOENT));
}

static void nobody_asks(void **state)
{
    (void)state;
    assert_int_equal(ak_error_set(NULL, AK_ERR_MEMORY, "%s", "x"), AK_ERR_MEMORY);
    assert_int_equal(ak_error_system(NULL, AK_ERR_READ, EIO, "x"), AK_ERR_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_code_and_text),
        cmocka_unit_test(cuts_long_texts),
        cmocka_unit_test(appends_the_systems_text),
        cmocka_unit_test(nobody_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
