/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ssrp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* [MC-SQLR] 2.2.1 to 2.2.4. */
static void parses_requests(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        const char *instance;
    } rows[] = {
        {"02", AK_VERDICT_PARSED, ""},
        {"03", AK_VERDICT_PARSED, ""},
        {"03 00", AK_VERDICT_PARSED, ""},
        {"04 'SQLEXPRESS' 00", AK_VERDICT_PARSED, "SQLEXPRESS"},
        {"04 'SQLEXPRESS'", AK_VERDICT_PARSED, "SQLEXPRESS"},
        {"0f 01 'INST' 00", AK_VERDICT_PARSED, "INST"},
        {"", AK_VERDICT_SHORT, ""},
        {"02 0000", AK_VERDICT_BAD, ""},
        {"04", AK_VERDICT_BAD, ""},
        {"04 00", AK_VERDICT_BAD, ""},
        {"04 41*33 00", AK_VERDICT_BAD, ""},
        {"0f 02 'INST' 00", AK_VERDICT_BAD, ""},
        {"0f", AK_VERDICT_SHORT, ""},
        {"05 0000", AK_VERDICT_UNKNOWN, ""},
        {"ff", AK_VERDICT_UNKNOWN, ""},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_ssrp_request request;
        struct ak_parse parse;
        assert_int_equal(ak_ssrp_request_parse(ak_bytes_span(&b), &request, &parse),
                         rows[i].verdict);
        ak_assert_text(request.instance, rows[i].instance);
        ak_bytes_free(&b);
    }
}

static void what_is_built_is_parsed(void **state)
{
    (void)state;
    static const struct {
        enum ak_ssrp_kind kind;
        const char *instance;
        bool good;
    } rows[] = {
        {AK_SSRP_BROADCAST, NULL, true},
        {AK_SSRP_UNICAST, NULL, true},
        {AK_SSRP_INSTANCE, "SALES", true},
        {AK_SSRP_DAC, "MSSQLSERVER", true},
        {AK_SSRP_INSTANCE, NULL, false},
        {AK_SSRP_DAC, "", false},
        {AK_SSRP_ANSWER, "SALES", false},
        {AK_SSRP_DAC, "a-name-of-more-than-32-characters", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_ssrp_request request;
        struct ak_parse parse;
        struct ak_text text;
        ak_text_init(&text, 64);
        assert_int_equal(ak_ssrp_request_build(rows[i].kind, rows[i].instance, &text),
                         rows[i].good);
        struct ak_span span = {(const uint8_t *)text.bytes, text.size};
        if (rows[i].good) {
            assert_int_equal(ak_ssrp_request_parse(span, &request, &parse), AK_VERDICT_PARSED);
            assert_int_equal(request.kind, rows[i].kind);
            ak_assert_text(request.instance, rows[i].instance != NULL ? rows[i].instance : "");
        }
        ak_text_release(&text);
    }
}

#define TWO                                                                                        \
    "05 c000 'ServerName;SQL01;InstanceName;MSSQLSERVER;IsClustered;No;Version;16.0.1000.6;'"      \
    "'tcp;1433;np;pipe;;'"                                                                         \
    "'ServerName;SQL01;InstanceName;SALES;IsClustered;No;Version;15.0.2000.5;tcp;49812;;'"         \
    "'ServerName;SQL01;InstanceName;OLD;np;x;;'"

/* [MC-SQLR] 2.2.5 */
static void parses_answers(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(TWO);
    b.at[1] = (uint8_t)(b.size - 3);
    struct ak_ssrp_answer answer;
    struct ak_ssrp_instance instance;
    struct ak_parse parse;
    assert_int_equal(ak_ssrp_answer_parse(ak_bytes_span(&b), &answer, &parse), AK_VERDICT_PARSED);
    assert_false(answer.dac);
    assert_true(ak_ssrp_instance_next(&answer.text, &instance));
    ak_assert_text(instance.server, "SQL01");
    ak_assert_text(instance.name, "MSSQLSERVER");
    ak_assert_text(instance.version, "16.0.1000.6");
    assert_int_equal(instance.tcp_port, 1433);
    assert_true(ak_ssrp_instance_next(&answer.text, &instance));
    ak_assert_text(instance.name, "SALES");
    assert_int_equal(instance.tcp_port, 49812);
    assert_true(ak_ssrp_instance_next(&answer.text, &instance));
    ak_assert_text(instance.name, "OLD");
    assert_int_equal(instance.tcp_port, 0);
    assert_false(ak_ssrp_instance_next(&answer.text, &instance));
    ak_bytes_free(&b);
    b = ak_hex("05 0600 01 9a05"); /* 2.2.6 */
    assert_int_equal(ak_ssrp_answer_parse(ak_bytes_span(&b), &answer, &parse), AK_VERDICT_PARSED);
    assert_true(answer.dac);
    assert_int_equal(answer.port, 1434);
    ak_bytes_free(&b);
}

static void ports_are_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t port;
    } rows[] = {{"tcp;65535;;", 65535}, {"tcp;65536;;", 0}, {"tcp;99999999999;;", 0},
                {"tcp;12a;;", 0},       {"tcp;;;", 0},      {"tcp;1433", 0}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char whole[64];
        (void)snprintf(whole, sizeof whole, "InstanceName;X;%s", rows[i].text);
        struct ak_span text = {(const uint8_t *)whole, strlen(whole)};
        struct ak_ssrp_instance instance;
        assert_true(ak_ssrp_instance_next(&text, &instance));
        assert_int_equal(instance.tcp_port, rows[i].port);
    }
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    struct ak_ssrp_request request;
    struct ak_ssrp_answer answer;
    struct ak_ssrp_instance instance;
    struct ak_parse parse;
    (void)ak_ssrp_request_parse(bytes, &request, &parse);
    ak_assert_inside(bytes, request.instance);
    (void)ak_ssrp_answer_parse(bytes, &answer, &parse);
    for (size_t n = 0; ak_ssrp_instance_next(&answer.text, &instance); n++) {
        ak_assert_inside(bytes, instance.name);
        ak_assert_inside(bytes, instance.version);
        assert_true(n < bytes.size);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char *const vectors[] = {TWO, "04 'SQLEXPRESS' 00", "0f 01 'INST' 00",
                                          "05 0600 01 9a05"};
    for (size_t i = 0; i < AK_COUNT(vectors); i++) {
        struct ak_bytes b = ak_hex(vectors[i]);
        ak_each_damage(ak_bytes_span(&b), anything, NULL);
        ak_bytes_free(&b);
    }
}

static void finds_an_instance_in_any_case(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(TWO);
    struct ak_ssrp_instance instance;
    struct ak_span text = {b.at + 3, b.size - 3};
    assert_true(ak_ssrp_instance_find(text, "sales", &instance));
    assert_int_equal(instance.tcp_port, 49812);
    assert_false(ak_ssrp_instance_find(text, "sale", &instance));
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_requests),
        cmocka_unit_test(what_is_built_is_parsed),
        cmocka_unit_test(finds_an_instance_in_any_case),
        cmocka_unit_test(parses_answers),
        cmocka_unit_test(ports_are_numbers),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
