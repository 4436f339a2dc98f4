/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_fill.h"

#include "remedy/fix_forms.h"
#include "support/machine.h"

/* What a set needs of this machine, as lines of an export. */
static void expect(const char *text, const char *id, const char *const *has, const char *lacks)
{
    struct machine m = machine_of(text);
    struct ak_fix_place place = {.host = m.host, .registry = m.registry};
    struct ak_fix_set set;
    struct ak_text out;
    const struct ak_fix_about *about = ak_fix_about_find(id);
    assert_non_null(about);
    ak_fix_set_init(&set);
    ak_text_init(&out, 1u << 20);
    ak_fix_fill(about, &place, &set);
    ak_fix_form_write(AK_FIX_FORM_REG, &set, &out);
    for (; *has != NULL; has++)
        if (strstr(ak_text_string(&out), *has) == NULL)
            fail_msg("%s lacks %s:\n%s", id, *has, ak_text_string(&out));
    if (lacks != NULL && strstr(ak_text_string(&out), lacks) != NULL)
        fail_msg("%s holds %s:\n%s", id, lacks, ak_text_string(&out));
    ak_text_release(&out);
    ak_fix_set_release(&set);
    machine_end(&m);
}

static void only_what_is_off(void **state)
{
    static const char *const has[] = {"TLS 1.2\\Client]\n\"DisabledByDefault\"=dword:00000000",
                                      NULL};
    (void)state;
    expect(MACHINE_2008R2 "[" MACHINE_SCHANNEL "\\Protocols\\TLS 1.2\\Server]\n"
                          "\"Enabled\"=dword:00000001\n\"DisabledByDefault\"=dword:00000000\n",
           "tls12-off-by-default", has, "Server");
}

static void misspelt_keys_move_with_their_values(void **state)
{
    static const char *const has[] = {
        "TLS 1.2\\Client]\n\"Enabled\"=dword:00000001\n\"DisabledByDefault\"=dword:00000000\n",
        "[-" MACHINE_SCHANNEL "\\Protocols\\TLS1.2]", NULL};
    (void)state;
    expect(MACHINE_2008R2 "[" MACHINE_SCHANNEL "\\Protocols\\TLS1.2\\Client]\n"
                          "\"Enabled\"=\"1\"\n\"DisableByDefault\"=dword:00000000\n",
           "misspelt-registry-key", has, "Protocols\\TLS1.2\\Client]");
}

/* What stands under the right name has counted so far, and stays. */
static void the_right_name_wins(void **state)
{
    static const char *const has[] = {"[-" MACHINE_SCHANNEL "\\Protocols\\TLS1.2]", NULL};
    (void)state;
    expect(MACHINE_2008R2 "[" MACHINE_SCHANNEL "\\Protocols\\TLS1.2\\Client]\n"
                          "\"Enabled\"=dword:00000000\n"
                          "[" MACHINE_SCHANNEL "\\Protocols\\TLS 1.2\\Client]\n"
                          "\"Enabled\"=dword:00000001\n",
           "misspelt-registry-key", has, "Enabled");
}

static void policy_lists_stay_texts(void **state)
{
    struct machine m = machine_of(
        MACHINE_2008R2
        "[HKEY_LOCAL_"
        "MACHINE\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002]\n"
        "\"Functions\"=\"TLS_RSA_WITH_AES_128_CBC_SHA\"\n");
    struct ak_fix_place place = {.host = m.host, .registry = m.registry};
    struct ak_fix_set set;
    (void)state;
    ak_fix_set_init(&set);
    ak_fix_fill(ak_fix_about_find("policy-removed-suites"), &place, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.changes[0].type, AK_REGISTRY_TYPE_SZ);
    assert_true(set.changes[0].policy);
    ak_fix_set_release(&set);
    machine_end(&m);
}

static void strict_leaves_a_way(void **state)
{
    static const char *const has[] = {
        "TLS 1.0\\Server]\n\"Enabled\"=dword:00000000",
        "\"Functions\"=hex(7):", "\"ServerMinKeyBitLength\"=dword:00000800", NULL};
    (void)state;
    expect(MACHINE_2008R2, "template:strict", has, NULL);
}

static void every_set_has_words_and_rows(void **state)
{
    const struct ak_fix_about *about;
    (void)state;
    for (size_t i = 0; (about = ak_fix_about_at(i)) != NULL; i++)
        assert_true(about->row_count != 0 || strcmp(about->id, "template:all") == 0);
    assert_null(ak_fix_about_find("no-such-set"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_off),
        cmocka_unit_test(misspelt_keys_move_with_their_values),
        cmocka_unit_test(the_right_name_wins),
        cmocka_unit_test(policy_lists_stay_texts),
        cmocka_unit_test(strict_leaves_a_way),
        cmocka_unit_test(every_set_has_words_and_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
