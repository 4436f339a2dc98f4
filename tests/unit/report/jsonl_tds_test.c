/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_tds.h"

#include "support/report.h"

static void encryption_has_a_scope(void **state)
{
    (void)state;
    static const struct {
        uint8_t client, server;
        bool login_only;
        const char *scope;
    } rows[] = {
        {0, 0, false, "login"},   {0, 0, true, "login"},       {0, 1, false, "session"},
        {1, 1, false, "session"}, {3, 3, false, "session"},    {2, 2, false, "none"},
        {2, 0, false, "none"},    {0, 2, false, "none"},       {2, 1, false, NULL},
        {2, 3, false, NULL},      {0x80, 1, false, "session"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct known k;
        known_begin(&k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_NONE,
                    AK_CLOSE_NONE);
        assert_null(ak_encryption_scope(&k.c));
        known_tds(&k, rows[i].client, rows[i].server);
        k.tds.login_only = rows[i].login_only;
        const char *scope = ak_encryption_scope(&k.c);
        if (rows[i].scope == NULL)
            assert_null(scope);
        else
            assert_string_equal(scope, rows[i].scope);
        k.tds.has_server_encryption = false;
        assert_null(ak_encryption_scope(&k.c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encryption_has_a_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
