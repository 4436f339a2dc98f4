/* The word of --would-block: a policy, or a message and the exit status that goes with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "cli/policy_option.h"

#include "base/attr.h"
#include "support/command.h"
#include "support/temporary.h"

static struct ak_policy policy;
static char said[1024];

static int status_of(const char *word)
{
    struct command_stream err = command_take(stderr, 2);
    memset(&policy, 0, sizeof policy);
    int status = ak_policy_argument(word, &policy);
    command_give(&err, stderr, said, sizeof said);
    return status;
}

static void policies_by_name(void **state)
{
    static const char *const words[] = {"tls12-only", "tls12-compatible", "strict", "ws2022"};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(words); i++) {
        assert_int_equal(status_of(words[i]), AK_EXIT_NOTHING);
        assert_string_equal(said, "");
        assert_non_null(strstr(policy.name, words[i]));
        ak_policy_release(&policy);
    }
    assert_int_equal(status_of("tls12-only"), AK_EXIT_NOTHING);
    assert_int_equal(policy.versions[AK_PARTY_TLS10], AK_POLICY_OFF);
    assert_int_equal(policy.versions[AK_PARTY_TLS11], AK_POLICY_OFF);
    assert_int_not_equal(policy.versions[AK_PARTY_TLS12], AK_POLICY_OFF);
    ak_policy_release(&policy);
}

static void what_is_none(void **state)
{
    struct temporary folder;
    (void)state;
    assert_int_equal(status_of("tls12-onyl"), AK_EXIT_USAGE);
    assert_non_null(strstr(said, "--would-block=tls12-onyl: "));
    ak_policy_release(&policy); /* also after a refusal */
    temporary_open(&folder);
    const char *path = temporary_file(&folder, "broken.reg", "Windows Registry", 16);
    assert_int_not_equal(status_of(path), AK_EXIT_NOTHING);
    assert_non_null(strstr(said, path));
    ak_policy_release(&policy);
    temporary_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_by_name),
        cmocka_unit_test(what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
