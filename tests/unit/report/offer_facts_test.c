/* Facts of servers that were asked, in both languages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "report/offer_facts.h"

#include "support/report.h"

static const char *words(const struct ak_fact *fact, enum ak_lang lang)
{
    ak_text_clear(&out);
    assert_true(ak_offer_fact_words(fact, lang, &out));
    return text();
}

static void every_kind_is_told_in_both_languages(void **state)
{
    (void)state;
    for (int kind = AK_FACT_ASKED_VERSIONS; kind <= AK_FACT_ASKED_ZERO; kind++) {
        struct ak_fact fact = {.kind = (enum ak_fact_kind)kind, .a = 2, .b = 1};
        (void)snprintf(fact.text, sizeof fact.text, "TEXT");
        char english[512];
        (void)snprintf(english, sizeof english, "%s", words(&fact, AK_LANG_EN));
        assert_true(english[0] != '\0');
        assert_string_not_equal(english, words(&fact, AK_LANG_JA));
        assert_has_not("{");
        assert_null(strchr(english, '{'));
    }
    struct ak_fact other = {.kind = AK_FACT_ALERT};
    ak_text_clear(&out);
    assert_false(ak_offer_fact_words(&other, AK_LANG_EN, &out));
    assert_string_equal(text(), "");
}

static void they_read_like_this(void **state)
{
    static const struct {
        struct ak_fact fact;
        const char *english;
    } rows[] = {
        {{.kind = AK_FACT_ASKED_VERSIONS, .a = 0x18, .text = "1.0"},
         "asked with each version alone, the server accepts 1.0 and refuses 1.1, 1.2"},
        {{.kind = AK_FACT_ASKED_VERSIONS, .a = 0x10},
         "asked with each version alone, the server refuses 1.2"},
        {{.kind = AK_FACT_ASKED_VERSIONS, .text = "1.0"},
         "asked with each version alone, the server accepts 1.0 and refuses -"},
        {{.kind = AK_FACT_ASKED_SUITES, .a = 0x0303, .b = 1, .text = "A, B"},
         "with TLS 1.2 the server accepts these suites alone: A, B"},
        {{.kind = AK_FACT_ASKED_SUITES, .a = 0x0303, .text = "A, B"},
         "with TLS 1.2 the server accepts, among others: A, B"},
        {{.kind = AK_FACT_ASKED_PART, .a = AK_HELLO_GROUPS},
         "the same hello is accepted as soon as this part of it is widened: groups"},
        {{.kind = AK_FACT_ASKED_PROOF,
          .a = AK_HELLO_GROUPS << 16 | 0x0019,
          .b = 7,
          .text = "TLS 1.2, X"},
         "proof: with secp521r1 added, the same client completed a handshake (TLS 1.2, X)"},
        {{.kind = AK_FACT_ASKED_PROOF,
          .a = AK_HELLO_VERSIONS << 16 | 0x0301,
          .b = -7,
          .text = "TLS 1.0, X"},
         "proof: with TLS 1.0 added, the server accepted the hello and sent its flight (TLS 1.0, "
         "X)"},
        {{.kind = AK_FACT_ASKED_PROOF, .a = AK_HELLO_SCHEMES << 16 | 0x0201, .b = 1, .text = "X"},
         "proof: with rsa_pkcs1_sha1 added, the same client completed a handshake (X)"},
        {{.kind = AK_FACT_ASKED_PROOF, .a = AK_HELLO_SUITES << 16 | 0x7777, .b = 1, .text = "X"},
         "proof: with 0x7777 added, the same client completed a handshake (X)"},
        {{.kind = AK_FACT_ASKED_ALSO, .a = 0xc02f},
         "the version alone does not help: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 had to be added "
         "for the proof as well"},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_string_equal(words(&rows[i].fact, AK_LANG_EN), rows[i].english);
}

/* A name or ALPN is taken away for the proof, not added. */
static void what_is_left_out_is_not_added(void **state)
{
    const struct ak_fact fact = {
        .kind = AK_FACT_ASKED_PROOF, .a = AK_HELLO_NAME << 16, .b = 3, .text = "TLS 1.3, X"};
    (void)state;
    assert_string_equal(words(&fact, AK_LANG_EN),
                        "proof: without server name (SNI), the same client completed a handshake "
                        "(TLS 1.3, X)");
    assert_null(strstr(words(&fact, AK_LANG_JA), "加える"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_told_in_both_languages),
        cmocka_unit_test(they_read_like_this),
        cmocka_unit_test(what_is_left_out_is_not_added),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
