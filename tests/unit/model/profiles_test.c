/* SPDX-License-Identifier: Apache-2.0 */
#include "model/profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_profile_is_found_by_its_name(void **state)
{
    (void)state;
    const struct ak_profile *p;
    size_t count = 0;
    for (; (p = ak_profile_at(count)) != NULL; count++) {
        assert_ptr_equal(ak_profile_find(p->alias, NULL), p);
        assert_true((p->system != NULL) != (p->client != NULL));
        assert_true(p->as_client || p->as_server);
        assert_true(p->note[0] != '\0');
    }
    assert_true(count > 60);
}

static void names_are_forgiving(void **state)
{
    (void)state;
    const char *nearest;
    assert_string_equal(ak_profile_find("WIN7", NULL)->alias, "win7");
    assert_string_equal(ak_profile_find("win81_2012r2", NULL)->system->id, "win81_2012r2");
    assert_string_equal(ak_profile_find("tedious_19", NULL)->client->id, "tedious_19");
    assert_null(ak_profile_find("win77", &nearest));
    assert_string_equal(nearest, "win7");
    assert_null(ak_profile_find("sql2021", &nearest));
    assert_int_equal(strncmp(nearest, "sql20", 5), 0);
    assert_null(ak_profile_find("", &nearest));
    assert_null(ak_profile_find("zzzzzz", NULL));
}

static void clients_of_sql_server_stand_as_recorded(void **state)
{
    (void)state;
    const struct ak_client_profile *c = ak_client_profile_find("tedious_19");
    assert_int_equal(c->suites[0], 0xc02f);
    assert_int_equal(c->groups[0], 0x001d);
    assert_int_equal(c->highest, 0x0303);
    c = ak_client_profile_find("jtds_13");
    assert_int_equal(c->versions[0], 0x0304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_is_found_by_its_name),
        cmocka_unit_test(names_are_forgiving),
        cmocka_unit_test(clients_of_sql_server_stand_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
