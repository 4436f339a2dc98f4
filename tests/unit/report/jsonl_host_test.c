/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_host.h"

#include <stdio.h>

#include "base/text.h"
#include "support/host.h"
#include "support/json_check.h"

static void a_host_is_one_line_of_json(void **state)
{
    (void)state;
    struct ak_text out;
    struct ak_host *h = host_of(
        "win7_2008r2", KEY(SCHANNEL "Protocols\\TLS1.2\\Client") "\"Enabled\"=dword:00000001\r\n");
    ak_text_init(&out, 1024 * 1024);
    ak_jsonl_host(h, &out);
    const char *line = ak_text_string(&out);
    assert_json(line);
    assert_json_at(line, "akushu.kind", "\"host\"");
    assert_json_at(line, "akushu.os_id", "\"win7_2008r2\"");
    assert_json_at(line, "akushu.protocols[5].protocol", "\"TLS 1.2\"");
    assert_json_at(line, "akushu.protocols[5].state", "\"on_request\"");
    assert_json_at(line, "akushu.oddities[0].kind", "\"misspelt_key\"");
    assert_json_at(line, "akushu.oddities[0].meant", "\"TLS 1.2\"");
    assert_json_at(line, "event.category[0]", "\"configuration\"");
    ak_text_release(&out);
    host_end(h);
}

static void every_system_as_installed_is_json(void **state)
{
    (void)state;
    const struct ak_windows *w;
    for (size_t i = 0; (w = ak_windows_at(i)) != NULL; i++) {
        struct ak_text out;
        struct ak_host *h = host_of(w->id, "");
        ak_text_init(&out, 1024 * 1024);
        ak_jsonl_host(h, &out);
        assert_json(ak_text_string(&out));
        ak_text_release(&out);
        host_end(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_one_line_of_json),
        cmocka_unit_test(every_system_as_installed_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
