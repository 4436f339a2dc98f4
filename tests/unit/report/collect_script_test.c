/* SPDX-License-Identifier: Apache-2.0 */
#include "report/collect_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"

static struct ak_text script(enum ak_collect_form form, enum ak_collect_role role,
                             const char *instance, const char *output, unsigned hours)
{
    struct ak_collect_wish wish = {form, role, instance, output, hours};
    struct ak_text out;
    ak_text_init(&out, 1 << 20);
    ak_collect_script(&wish, &out);
    assert_false(out.failed);
    return out;
}

static void has(struct ak_text *text, const char *words, bool wanted)
{
    if ((strstr(ak_text_string(text), words) != NULL) != wanted)
        fail_msg("%s: %s", wanted ? "missing" : "not expected", words);
}

static void lines_end_as_on_windows(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) {
        struct ak_text out = script((enum ak_collect_form)form, AK_COLLECT_BOTH, "", "", 24);
        for (size_t i = 0; i < out.size; i++) {
            assert_true(out.bytes[i] == '\r' || out.bytes[i] == '\n' ||
                        (out.bytes[i] >= 0x20 && out.bytes[i] < 0x7f));
            assert_true(out.bytes[i] != '\n' || (i > 0 && out.bytes[i - 1] == '\r'));
            assert_true(out.bytes[i] != '\r' || out.bytes[i + 1] == '\n');
        }
        has(&out, "@STEPS@", false);
        has(&out, "@HEAD@", false);
        has(&out, "@SQL@", false);
        ak_text_release(&out);
    }
}

static void options_go_into_the_script(void **state)
{
    (void)state;
    struct ak_text ps = script(AK_COLLECT_POWERSHELL, AK_COLLECT_BOTH, "SQL2", "D:\\x y", 48);
    has(&ps, "param([string]$Output = 'D:\\x y', [int]$Hours = 48, [string]$Instance = 'SQL2')",
        true);
    ak_text_release(&ps);
    struct ak_text cmd = script(AK_COLLECT_CMD, AK_COLLECT_BOTH, "SQL2", "D:\\x y", 48);
    has(&cmd, "set \"OUT=D:\\x y\"\r\n", true);
    has(&cmd, "set \"WANTED=SQL2\"\r\n", true);
    has(&cmd, "set \"WINDOW=172800000\"\r\n", true);
    has(&cmd, "\r\n/**/SET NOCOUNT ON;\r\n", true);
    ak_text_release(&cmd);
    struct ak_text sql = script(AK_COLLECT_SQL, AK_COLLECT_BOTH, "", "", 24);
    has(&sql, "/**/", false);
    has(&sql, "\r\nSET NOCOUNT ON;\r\n", true);
    ak_text_release(&sql);
}

static void a_role_leaves_out_the_other_ones_keys(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        struct ak_text client = script((enum ak_collect_form)form, AK_COLLECT_CLIENT, "", "", 24);
        has(&client, "SuperSocketNetLib", false);
        has(&client, "dm_exec_connections", false);
        has(&client, "SecureProtocols", true);
        has(&client, "SCHANNEL", true);
        ak_text_release(&client);
        struct ak_text server = script((enum ak_collect_form)form, AK_COLLECT_SERVER, "", "", 24);
        has(&server, "SuperSocketNetLib", true);
        has(&server, "dm_exec_connections", true);
        has(&server, "'SecureProtocols'", false);
        has(&server, "\"SecureProtocols\"", false);
        ak_text_release(&server);
    }
}

static void names_that_would_leave_their_quotes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"a'b",  "a\"b", "a%b", "a!b", "a&b", "a|b",          "a<b",
                                      "a\nb", "a`b",  "a;b", "a^b", "",    "\xe6\x97\xa5", "a\\"};
    for (size_t i = 0; i < AK_COUNT(bad); i++) {
        assert_false(ak_collect_is_folder(bad[i]));
        assert_false(ak_collect_is_instance(bad[i]));
    }
    assert_true(ak_collect_is_folder("\\\\srv01\\evidence$\\case 1"));
    assert_true(ak_collect_is_folder("C:\\Program Files (x86)\\x"));
    assert_true(ak_collect_is_instance("SQL_2"));
    assert_false(ak_collect_is_instance("SEVENTEEN_LETTERS"));
    assert_false(ak_collect_is_instance("SRV\\SQL2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_as_on_windows),
        cmocka_unit_test(options_go_into_the_script),
        cmocka_unit_test(a_role_leaves_out_the_other_ones_keys),
        cmocka_unit_test(names_that_would_leave_their_quotes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
