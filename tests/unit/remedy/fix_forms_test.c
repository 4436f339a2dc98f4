/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_forms.h"

#include "support/machine.h"

static struct ak_fix_set set;
static struct ak_text out;

static int begin(void **state)
{
    (void)state;
    ak_fix_set_init(&set);
    ak_text_init(&out, 1u << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ak_fix_set_release(&set);
    ak_text_release(&out);
    return 0;
}

static void add(const char *name, uint32_t type, const void *data, size_t size, bool policy)
{
    struct ak_fix_change c = {.action = AK_FIX_SET_VALUE,
                              .policy = policy,
                              .key = "HKLM\\SOFTWARE\\K",
                              .name = name,
                              .type = type,
                              .data = data,
                              .size = size};
    ak_fix_add(&set, &c);
}

static const char *written(enum ak_fix_form form)
{
    ak_text_clear(&out);
    ak_fix_form_write(form, &set, &out);
    return ak_text_string(&out);
}

static void numbers(void **state)
{
    (void)state;
    ak_fix_add_number(&set, "HKLM\\SOFTWARE\\K", "N", 0xffffffff);
    assert_string_equal(written(AK_FIX_FORM_REG),
                        "\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\K]\n\"N\"=dword:ffffffff\n");
    assert_string_equal(written(AK_FIX_FORM_CMD),
                        "reg add \"HKLM\\SOFTWARE\\K\" /v N /t REG_DWORD /d 0xffffffff /f\n"
                        "if errorlevel 1 set AKUSHU_FAILED=1\n");
    assert_string_equal(written(AK_FIX_FORM_PS1),
                        "Set-FixValue 'HKEY_LOCAL_MACHINE\\SOFTWARE\\K' 'N' 'DWord' -1\n");
    assert_string_equal(written(AK_FIX_FORM_LGPO), "");
}

static void texts_and_lists(void **state)
{
    (void)state;
    add("S", AK_REGISTRY_TYPE_SZ, "a\0\"\0\\\0%\0'\0\0\0", 12, false);
    add("M", AK_REGISTRY_TYPE_MULTI_SZ, "a\0\0\0b\0\0\0\0\0", 10, false);
    assert_non_null(strstr(written(AK_FIX_FORM_REG), "\"S\"=\"a\\\"\\\\%'\"\n"));
    assert_non_null(strstr(ak_text_string(&out), "\"M\"=hex(7):61,00,00,00,62,00,00,00,00,00\n"));
    assert_false(ak_fix_form_can(AK_FIX_FORM_CMD, &set)); /* a quote would end the word */
    assert_non_null(strstr(written(AK_FIX_FORM_PS1), "'S' 'String' 'a\"\\%'''\n"));
    assert_non_null(strstr(ak_text_string(&out), "'M' 'MultiString' @('a', 'b')\n"));
}

static void percent_signs_are_doubled(void **state)
{
    (void)state;
    add("A B", AK_REGISTRY_TYPE_EXPAND_SZ, "%\0P\0%\0\0\0", 8, false);
    assert_true(ak_fix_form_can(AK_FIX_FORM_CMD, &set));
    assert_non_null(
        strstr(written(AK_FIX_FORM_CMD), "/v \"A B\" /t REG_EXPAND_SZ /d \"%%P%%\" /f"));
}

static void typographic_quotes_are_quotes(void **state)
{
    (void)state;
    ak_fix_add_number(&set, "HKLM\\SOFTWARE\\K", "\xe2\x80\x99; calc #", 1);
    assert_false(ak_fix_form_can(AK_FIX_FORM_CMD, &set));
    assert_non_null(strstr(written(AK_FIX_FORM_PS1), "'\xe2\x80\x99\xe2\x80\x99; calc #'"));
}

/* Data that are no well-formed text go as they are, or by the .reg file. */
static void odd_data(void **state)
{
    static const struct {
        uint32_t type;
        const char *data;
        size_t size;
    } rows[] = {
        {AK_REGISTRY_TYPE_SZ, "a\0", 2},
        {AK_REGISTRY_TYPE_SZ, "a\0\0", 3},
        {AK_REGISTRY_TYPE_SZ, "", 0},
        {AK_REGISTRY_TYPE_SZ, "a\0\0\0b\0\0\0", 8},
        {AK_REGISTRY_TYPE_SZ, "\n\0\0\0", 4},
        {AK_REGISTRY_TYPE_SZ, "\0\xd8\0\0", 4},
        {AK_REGISTRY_TYPE_MULTI_SZ, "\0\0", 2},
        {AK_REGISTRY_TYPE_MULTI_SZ, "a\0\0\0", 4},
        {AK_REGISTRY_TYPE_DWORD, "\1\0", 2},
        {AK_REGISTRY_TYPE_QWORD, "\1\0\0\0\0\0\0\0", 8},
        {AK_REGISTRY_TYPE_MULTI_SZ, "a\0\0\0\0\0b\0\0\0\0\0", 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set.count = 0;
        add("V", rows[i].type, rows[i].data, rows[i].size, false);
        assert_non_null(strstr(written(AK_FIX_FORM_REG), "\"V\"=hex("));
        assert_false(ak_fix_form_can(AK_FIX_FORM_CMD, &set));
        assert_false(ak_fix_form_can(AK_FIX_FORM_PS1, &set));
    }
}

static void policy_has_its_own_forms(void **state)
{
    (void)state;
    add("F", AK_REGISTRY_TYPE_SZ, "a\0<\0&\0\0\0", 8, true);
    assert_string_equal(written(AK_FIX_FORM_REG), "");
    assert_string_equal(written(AK_FIX_FORM_LGPO), "Computer\nSOFTWARE\\K\nF\nSZ:a<&\n\n");
    assert_non_null(strstr(written(AK_FIX_FORM_GPP), "value=\"a&lt;&amp;\"/>"));
}

static void keys(void **state)
{
    (void)state;
    ak_fix_add_key(&set, AK_FIX_DELETE_KEY, "HKLM\\SOFTWARE\\K");
    ak_fix_add_key(&set, AK_FIX_REMOVE_EMPTY, "HKLM\\SOFTWARE\\L");
    assert_string_equal(
        written(AK_FIX_FORM_REG),
        "\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\K]\n\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\L]\n");
    assert_non_null(strstr(written(AK_FIX_FORM_CMD),
                           "call :remove_if_empty \"HKEY_LOCAL_MACHINE\\SOFTWARE\\L\"\n"));
    assert_non_null(strstr(written(AK_FIX_FORM_PS1), "Remove-FixKeyIfEmpty "));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(numbers),
        T(texts_and_lists),
        T(percent_signs_are_doubled),
        T(typographic_quotes_are_quotes),
        T(odd_data),
        T(policy_has_its_own_forms),
        T(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
