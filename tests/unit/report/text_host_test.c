/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_host.h"

#include <stdio.h>

#include "base/alloc.h"
#include "report/wrap.h"
#include "support/host.h"

static char *page_of(const struct ak_host *host, enum ak_lang lang, size_t width)
{
    struct ak_text out;
    struct ak_text_style style = {lang, false, false, width};
    ak_text_init(&out, 1024 * 1024);
    ak_text_host(&style, host, &out);
    char *page = ak_memdup(ak_text_string(&out), out.size + 1);
    ak_text_release(&out);
    assert_non_null(page);
    return page;
}

static void it_says_what_counts_and_why(void **state)
{
    (void)state;
    struct ak_host *h = host_of(
        "ws2022", KEY(SCHANNEL "Protocols\\TLS 1.0\\Server") "\"Enabled\"=dword:00000000\r\n");
    char *page = page_of(h, AK_LANG_EN, 100);
    assert_non_null(strstr(page, "off (registry: Enabled=0)"));
    assert_non_null(strstr(page, "  1 TLS_AES_256_GCM_SHA384"));
    assert_non_null(strstr(page, "curve25519, NistP256, NistP384 (as installed)"));
    ak_free(page);
    page = page_of(h, AK_LANG_JA, 100);
    assert_null(strstr(page, "as installed"));
    ak_free(page);
    host_end(h);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    const struct ak_windows *w;
    for (size_t i = 0; (w = ak_windows_at(i)) != NULL; i++) {
        struct ak_host *h = host_of(w->id, "");
        for (unsigned lang = 0; lang < AK_LANG_COUNT; lang++) {
            char *page = page_of(h, (enum ak_lang)lang, 80), *at = page, *end;
            for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
                *end = '\0';
                if (ak_text_columns(at) > 80)
                    fail_msg("%s: %s", w->id, at);
            }
            ak_free(page);
        }
        host_end(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_counts_and_why),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
