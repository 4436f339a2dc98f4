/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prediction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "library/parties.h"
#include "report/prediction_words.h"
#include "support/json_check.h"

static struct ak_named_party client, server;
static struct ak_party scratch;
static struct ak_prediction prediction;

static void ignore(void *context, const char *path, const char *text)
{
    (void)context;
    (void)path;
    (void)text;
}

static void predict(const char *a, const char *b)
{
    struct ak_parties_listener listener = {NULL, ignore};
    struct ak_error error;
    memset(&prediction, 0, sizeof prediction);
    assert_int_equal(ak_named_party_make(a, AK_SIDE_CLIENT, &listener, &client, &error),
                     AK_ERR_NONE);
    assert_int_equal(ak_named_party_make(b, AK_SIDE_SERVER, &listener, &server, &error),
                     AK_ERR_NONE);
    prediction.assumed_certificate =
        ak_parties_match(&client.party, &server.party) & AK_ASSUMED_CERTIFICATE;
    prediction.client = &client.party;
    prediction.server = &server.party;
    prediction.client_about = client.about;
    prediction.server_about = server.about;
    ak_negotiate(&client.party, &server.party, &prediction.result);
    prediction.change_count = ak_negotiate_changes(&client.party, &server.party, &scratch,
                                                   prediction.changes, AK_PREDICTION_CHANGES);
}

static char *said(enum ak_lang lang, bool json)
{
    struct ak_text out;
    struct ak_text_style style = {lang, false, true, 80};
    ak_text_init(&out, 1024 * 1024);
    if (json)
        ak_jsonl_prediction(&prediction, &out);
    else
        ak_text_prediction(&style, &prediction, &out);
    char *text = ak_memdup(ak_text_string(&out), out.size + 1);
    ak_text_release(&out);
    assert_non_null(text);
    return text;
}

static void success_and_refusal_are_told(void **state)
{
    (void)state;
    predict("win11", "ws2022");
    char *text = said(AK_LANG_EN, false);
    assert_non_null(strstr(text, "TLS 1.3, TLS_AES_256_GCM_SHA384"));
    ak_free(text);
    predict("xp", "ws2025");
    text = said(AK_LANG_EN, false);
    assert_non_null(strstr(text, "[no-common-suite]"));
    assert_non_null(strstr(text, "1. [server] add the cipher suite"));
    ak_free(text);
    text = said(AK_LANG_EN, true);
    assert_json(text);
    assert_json_at(text, "akushu.result.refusal", "\"no-common-suite\"");
    assert_json_at(text, "akushu.changes[0].result.established", "true");
    ak_free(text);
}

static void every_refusal_hazard_and_change_has_words(void **state)
{
    (void)state;
    for (unsigned i = 1; i < AK_REFUSALS; i++) {
        assert_non_null(ak_refusal_words((enum ak_refusal)i));
        assert_true(ak_refusal_name((enum ak_refusal)i)[0] != '\0');
    }
    for (unsigned i = 0; i < 5; i++)
        assert_true(ak_hazard_words(1u << i)[0] != '\0');
    for (unsigned i = 0; i <= AK_CHANGE_ENCRYPTION; i++) {
        struct ak_change change = {.kind = (enum ak_change_kind)i, .code = 0x0303, .bits = 2048};
        struct ak_text en, ja;
        ak_text_init(&en, 4096);
        ak_text_init(&ja, 4096);
        ak_change_words(&change, AK_LANG_EN, &en);
        ak_change_words(&change, AK_LANG_JA, &ja);
        assert_true(en.size != 0 && ja.size != 0);
        assert_string_not_equal(ak_text_string(&en), ak_text_string(&ja));
        ak_text_release(&en);
        ak_text_release(&ja);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_and_refusal_are_told),
        cmocka_unit_test(every_refusal_hazard_and_change_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
