/* What the lab's SQL Server says, read back by the codecs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/ssrp.h"
#include "codec/tds.h"
#include "lab/tds_answer.h"

enum { MAXIMUM = 256 * 1024, TDS71 = 0x71000001, TDS74 = 0x74000004 };
static const struct ak_lab_build build = {16, 0, 4135};

static struct ak_reader reader_of(const struct ak_text *text, struct ak_parse *parse)
{
    assert_false(text->failed);
    return ak_reader_of(text->bytes, text->size, parse);
}

static void packs_messages(void **state)
{
    static const uint8_t body[10000];
    struct ak_text out;
    struct ak_tds_packet packet;
    size_t at = 0, packets = 0, sum = 0;
    (void)state;
    ak_text_init(&out, MAXIMUM);
    ak_tds_packets(&out, AK_TDS_RESPONSE, body, sizeof body);
    for (; at < out.size; at += packet.length, packets++) {
        assert_true(ak_tds_packet_parse((const uint8_t *)out.bytes + at, &packet));
        assert_true(packet.length <= 4096);
        sum += packet.length - AK_TDS_HEADER;
        assert_int_equal(packet.last, at + packet.length == out.size);
    }
    assert_int_equal(packets, 3);
    assert_int_equal(sum, sizeof body);
    ak_text_clear(&out);
    ak_tds_packets(&out, AK_TDS_RESPONSE, NULL, 0);
    assert_int_equal(out.size, AK_TDS_HEADER);
    ak_text_release(&out);
}

static void answers_logins(void **state)
{
    static const uint32_t versions[] = {TDS71, TDS74};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ak_text out;
        struct ak_parse parse;
        struct ak_tds_token token;
        bool acknowledged = false, sized = false, routed = false;
        ak_text_init(&out, MAXIMUM);
        ak_tds_login_answer(&out, versions[i], build, 32767, "other", 1433);
        struct ak_reader r = reader_of(&out, &parse);
        /* The codec reads the longer DONE of TDS 7.2 and later. */
        while (ak_tds_token_parse(&r, &token) == AK_VERDICT_PARSED &&
               token.kind != AK_TDS_TOKEN_DONE) {
            acknowledged |= token.kind == AK_TDS_TOKEN_LOGINACK && token.version == versions[i];
            sized |= token.change_type == 4 && token.packet_size == 32767;
            routed |= token.kind == AK_TDS_TOKEN_ROUTING && token.port == 1433 &&
                      token.message.size == 10;
        }
        assert_int_equal(token.kind, AK_TDS_TOKEN_DONE);
        assert_int_equal(r.left, 0);
        assert_true(acknowledged && sized && routed);
        ak_text_clear(&out);
        ak_tds_error(&out, versions[i], 18456, "no");
        r = reader_of(&out, &parse);
        assert_int_equal(ak_tds_token_parse(&r, &token), AK_VERDICT_PARSED);
        assert_int_equal(token.kind, AK_TDS_TOKEN_ERROR);
        assert_int_equal(token.number, 18456);
        ak_text_release(&out);
    }
}

static void answers_the_browser(void **state)
{
    static const uint8_t all[] = {3}, one[] = {4, 'l', 'a', 'b', 0}, other[] = {4, 'x', 0},
                         admin[] = {15, 1, 'L', 'A', 'B', 0};
    struct ak_text out;
    struct ak_parse parse;
    struct ak_ssrp_answer answer;
    struct ak_ssrp_instance instance;
    (void)state;
    ak_text_init(&out, MAXIMUM);
    const struct ak_span questions[] = {{all, sizeof all}, {one, sizeof one}};
    for (size_t i = 0; i < 2; i++) {
        ak_text_clear(&out);
        ak_ssrp_lab_answer(&out, questions[i], "LAB", build, 1433);
        const struct ak_span span = {(const uint8_t *)out.bytes, out.size};
        assert_int_equal(ak_ssrp_answer_parse(span, &answer, &parse), AK_VERDICT_PARSED);
        assert_true(ak_ssrp_instance_next(&answer.text, &instance));
        assert_int_equal(instance.tcp_port, 1433);
        assert_memory_equal(instance.name.bytes, "LAB", 3);
    }
    ak_text_clear(&out);
    const struct ak_span dac = {admin, sizeof admin}, stranger = {other, sizeof other};
    ak_ssrp_lab_answer(&out, dac, "LAB", build, 1434);
    const struct ak_span span = {(const uint8_t *)out.bytes, out.size};
    assert_int_equal(ak_ssrp_answer_parse(span, &answer, &parse), AK_VERDICT_PARSED);
    assert_true(answer.dac && answer.port == 1434);
    ak_text_clear(&out);
    ak_ssrp_lab_answer(&out, stranger, "LAB", build, 1434);
    assert_int_equal(out.size, 0);
    ak_text_release(&out);
}

static void reads_no_password_beyond_the_message(void **state)
{
    uint8_t login[200];
    (void)state;
    for (size_t size = 0; size < sizeof login; size++) {
        memset(login, 0xff, sizeof login);
        const struct ak_span span = {login, size};
        assert_false(ak_tds_password_is(span, "x"));
    }
    memset(login, 0, sizeof login);
    const struct ak_span empty = {login, sizeof login};
    assert_true(ak_tds_password_is(empty, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_messages),
        cmocka_unit_test(answers_logins),
        cmocka_unit_test(answers_the_browser),
        cmocka_unit_test(reads_no_password_beyond_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
