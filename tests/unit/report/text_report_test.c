/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_report.h"

#include "report/wrap.h"
#include "support/report.h"

static const struct ak_text_style english = {AK_LANG_EN, false, false, 80};
static const struct ak_text_style japanese = {AK_LANG_JA, false, false, 80};

static void print(const struct ak_text_style *style, const struct ak_finding *f)
{
    ak_text_clear(&out);
    ak_text_finding(style, f, &out);
}

static void a_finding_says_who_and_why(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("no-common-version");
    f.facts[0] = (struct ak_fact){
        .kind = AK_FACT_ALERT, .frame = 24, .after = 12345678, .a = AK_SIDE_SERVER, .b = 70};
    f.facts[1] =
        (struct ak_fact){.kind = AK_FACT_OFFERED_VERSIONS, .frame = 22, .after = -1, .a = 0x0302};
    f.fact_count = 2;
    f.rivals[0] = "no-common-suite";
    f.rivals[1] = "strict-mismatch";
    f.rival_count = 2;
    f.lacks[0] = "server-offer";
    f.lack_count = 1;
    struct ak_text_style wide = english;
    wide.width = 200;
    print(&wide, &f);
    assert_has("ERROR  ");
    assert_has("[likely]");
    assert_has("no-common-version\n");
    assert_has("192.0.2.9:1433: 1 conversation, 1 client; 2023-11-14T22:13:20Z\n");
    assert_has("frame 24 (+0.012 s): the server sent TLS alert 70 (protocol_version)\n");
    assert_has("frame 22: the client offers TLS 1.1 at most\n");
    assert_has("(conversation 7 of a.pcap)\n");
    assert_has("no-common-suite, strict-mismatch\n");
    assert_has("To be surer");
    assert_has("ip.addr == 192.0.2.5 && tcp.port == 50000 && ip.addr == 192.0.2.9 && tcp.port == "
               "1433\n");
    assert_has("akushu explain no-common-version\n");
    f.grade = AK_GRADE_CERTAIN; /* nothing to be surer of */
    f.count = 3;
    f.clients = 2;
    f.clients_more = true;
    f.last += INT64_C(61) * 1000000000;
    print(&wide, &f);
    assert_has("[certain]");
    assert_has_not("To be surer");
    assert_has("192.0.2.9:1433: 3 conversations, > 2 clients; 2023-11-14T22:13:20Z - "
               "2023-11-14T22:14:21Z\n");
}

static void ipv6_addresses_have_brackets(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("closed-by-server");
    f.server.version = f.client.version = 6;
    memset(f.server.address, 0, 16);
    f.server.address[15] = 1;
    print(&english, &f);
    assert_has("[::1]:1433: ");
    assert_has("ipv6.addr == ::1 && tcp.port == 1433\n");
}

static void wire_text_is_made_harmless(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("certificate-name-mismatch");
    f.facts[0].kind = AK_FACT_NAME;
    memcpy(f.facts[0].text, "evil\x1b[2J\xe2\x80\xae", 12);
    f.fact_count = 1;
    static const struct ak_source bad = {"bad\x1b]0;name.pcap", 1, NULL, NULL, 0};
    f.source = &bad;
    print(&english, &f);
    assert_has_not("\x1b");
    assert_has_not("\xe2\x80\xae");
    assert_has("evil\xef\xbf\xbd[2J");
    assert_has("bad\xef\xbf\xbd]0;name.pcap");
}

static void all_shows_every_remedy(void **state)
{
    (void)state;
    struct ak_text_style all = english;
    all.all = true;
    for (size_t i = 0; i < ak_rule_count; i++) {
        struct ak_finding f = finding_of(ak_rules[i]->id);
        const struct ak_remedy_words *list[AK_REMEDIES];
        size_t fitting, count = ak_remedies_of(&f, list, &fitting);
        print(&all, &f);
        assert_has_not("more with --all");
        if (count > 0) {
            char number[16];
            (void)snprintf(number, sizeof number, "%u. [", (unsigned)count);
            assert_has(number);
        }
        print(&english, &f);
        if (count > 2)
            assert_has("more with --all)\n");
        assert_has_not("3. [");
    }
}

static void error_texts_are_those_of_sql_clients(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("closed-by-server");
    print(&english, &f);
    assert_has("May be seen");
    f.protocol = AK_PROTOCOL_TLS;
    print(&english, &f);
    assert_has_not("May be seen");
    f = finding_of("cleartext-login");
    f.stage = AK_STAGE_P7; /* it went well */
    print(&english, &f);
    assert_has_not("May be seen");
}

/* Each rule in both languages: no line over the width but commands and filters to be copied. */
static void lines_keep_to_the_width(void **state)
{
    (void)state;
    static const size_t widths[] = {72, 80, 100};
    for (size_t i = 0; i < ak_rule_count; i++)
        for (size_t w = 0; w < AK_COUNT(widths); w++)
            for (int lang = 0; lang < AK_LANG_COUNT; lang++) {
                struct ak_text_style style = {(enum ak_lang)lang, false, true, widths[w]};
                struct ak_finding f = finding_of(ak_rules[i]->id);
                print(&style, &f);
                for (const char *p = text(); *p != '\0';) {
                    char line[4096];
                    size_t n = strcspn(p, "\n");
                    assert_true(n < sizeof line);
                    memcpy(line, p, n);
                    line[n] = '\0';
                    p += n + 1;
                    bool copied = strpbrk(line, "\\\"'$|&<>/") != NULL;
                    if (ak_text_columns(line) > widths[w] && !copied)
                        fail_msg("more than %zu columns: %s", widths[w], line);
                    if (lang == AK_LANG_JA)
                        assert_null(strstr(line, "restart: "));
                }
            }
}

static void an_overview_is_a_line(void **state)
{
    (void)state;
    struct ak_finding f = finding_of("no-answer");
    f.count = 12;
    ak_text_clear(&out);
    struct ak_text_style wide = english;
    wide.width = 200;
    ak_text_overview(&wide, &f, &out);
    assert_has("ERROR");
    assert_has("likely");
    assert_has("192.0.2.9:1433 x 12");
    assert_has(ak_rule_words_find("no-answer")->title[AK_LANG_EN]);
    assert_ptr_equal(strchr(text(), '\n'), text() + strlen(text()) - 1);
}

/* ---- --why-not ---- */

static void ask(const struct ak_text_style *style, const struct ak_why_not *why)
{
    ak_text_clear(&out);
    ak_text_why_not(style, ak_rule_find("no-common-suite"), why, &out);
}

static void why_not_in_words(void **state)
{
    (void)state;
    struct ak_text_style wide = english;
    struct ak_why_not why = {
        .conversation = 3, .file = "a.pcap", .answer = AK_ANSWER_YES, .grade = AK_GRADE_LIKELY};
    wide.width = 200;
    ask(&wide, &why);
    assert_string_equal(text(), "a.pcap #3: no-common-suite matches: likely\n");
    why.preferred = ak_rule_find("no-common-version");
    ask(&wide, &why);
    assert_has("no-common-suite matches (likely), but no-common-version explains it\n");
    why.answer = AK_ANSWER_NO;
    why.failed = &ak_server_ended;
    ask(&wide, &why);
    assert_has("no-common-suite does not match; not true: the server closed first\n");
    why.failed = NULL;
    ask(&wide, &why);
    assert_has("no-common-suite does not match\n");
    why.answer = AK_ANSWER_LACK;
    why.failed = &ak_has_hello;
    why.lack = ak_has_hello.lack;
    ask(&wide, &why);
    assert_has("cannot be told; not seen: the ClientHello is in the capture\n");
    assert_has("    collect: ");
    ask(&japanese, &why);
    assert_has_not("collect");
    why.file = "bad\x1b[2J.pcap";
    ask(&english, &why);
    assert_has_not("\x1b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_says_who_and_why),
        cmocka_unit_test(ipv6_addresses_have_brackets),
        cmocka_unit_test(wire_text_is_made_harmless),
        cmocka_unit_test(all_shows_every_remedy),
        cmocka_unit_test(error_texts_are_those_of_sql_clients),
        cmocka_unit_test(lines_keep_to_the_width),
        cmocka_unit_test(an_overview_is_a_line),
        cmocka_unit_test(why_not_in_words),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
