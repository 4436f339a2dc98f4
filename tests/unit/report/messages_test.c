/* SPDX-License-Identifier: Apache-2.0 */
#include "report/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "generated/messages_ja.h"

static void english_is_the_key(void **state)
{
    (void)state;
    static const char text[] = "captures";
    assert_ptr_equal(ak_tr(AK_LANG_EN, text), text);
    assert_string_not_equal(ak_tr(AK_LANG_JA, text), text);
}

static void unknown_texts_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "no such text", "capture ", "\xff"};
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        for (int lang = 0; lang < AK_LANG_COUNT; lang++)
            assert_ptr_equal(ak_tr((enum ak_lang)lang, texts[i]), texts[i]);
}

/* The catalogue is searched by halves: each entry must be found, the first and last too. */
static void every_translation_is_found(void **state)
{
    (void)state;
    assert_true(ak_messages_ja_count > 100);
    for (size_t i = 0; i < ak_messages_ja_count; i++) {
        assert_true(i == 0 || strcmp(ak_messages_ja[i - 1].text, ak_messages_ja[i].text) < 0);
        assert_string_equal(ak_tr(AK_LANG_JA, ak_messages_ja[i].text),
                            ak_messages_ja[i].translation);
        assert_string_not_equal(ak_messages_ja[i].translation, "");
    }
}

/* The conversions of a format, in their order: "llu s". */
static void conversions(const char *text, char *out, size_t room)
{
    size_t n = 0;
    for (const char *p = text; (p = strchr(p, '%')) != NULL;) {
        p++;
        if (*p == '%') {
            p++;
            continue;
        }
        p += strspn(p, "0123456789.-+ #");
        size_t size = strcspn(p, "diouxXeEfgGcspn") + 1;
        assert_true(n + size + 2 < room);
        memcpy(out + n, p, size);
        n += size;
        out[n++] = ' ';
        p += size;
    }
    out[n] = '\0';
}

/* A translation that names other arguments would read what was not passed. */
static void translations_take_the_same_arguments(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_messages_ja_count; i++) {
        const char *text = ak_messages_ja[i].text, *other = ak_messages_ja[i].translation;
        if (strpbrk(text, "{") == NULL && strchr(text, '%') != NULL &&
            strchr(text, '%')[1] != ' ') {
            char a[128], b[128];
            conversions(text, a, sizeof a);
            conversions(other, b, sizeof b);
            assert_string_equal(a, b);
        }
        assert_int_equal(strstr(text, "{1}") != NULL, strstr(other, "{1}") != NULL);
        assert_int_equal(strstr(text, "{2}") != NULL, strstr(other, "{2}") != NULL);
        size_t n = strlen(text), m = strlen(other);
        assert_int_equal(n > 0 && text[n - 1] == '\n', m > 0 && other[m - 1] == '\n');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_is_the_key),
        cmocka_unit_test(unknown_texts_stay),
        cmocka_unit_test(every_translation_is_found),
        cmocka_unit_test(translations_take_the_same_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
