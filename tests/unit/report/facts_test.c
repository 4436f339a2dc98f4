/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"

static const char *words_of(const struct ak_fact *fact, enum ak_lang lang, char *out, size_t room)
{
    struct ak_text text;
    ak_text_init(&text, 4096);
    ak_fact_words(fact, lang, &text);
    const char *string = ak_text_string(&text);
    assert_true(strlen(string) < room);
    memcpy(out, string, strlen(string) + 1);
    ak_text_release(&text);
    return out;
}

static const int last_kind = AK_FACT_SLOW_SUM;

static void every_kind_has_words_in_both_languages(void **state)
{
    (void)state;
    for (int kind = 0; kind <= last_kind; kind++) {
        struct ak_fact fact = {.kind = (enum ak_fact_kind)kind, .frame = 3, .a = 1, .b = 2};
        char english[512], japanese[512];
        memcpy(fact.text, "TEXT", 5);
        (void)words_of(&fact, AK_LANG_EN, english, sizeof english);
        (void)words_of(&fact, AK_LANG_JA, japanese, sizeof japanese);
        if (english[0] == '\0' || strcmp(english, japanese) == 0)
            fail_msg("fact %d: %s / %s", kind, english, japanese);
        assert_null(strchr(english, '{'));
        assert_null(strchr(japanese, '{'));
    }
}

static void new_facts_speak_both_languages(void **state)
{
    (void)state;
    static const struct {
        struct ak_fact fact;
        const char *english, *japanese;
    } rows[] = {
        {{.kind = AK_FACT_PAIR_RATE, .a = 1, .b = 20},
         "of these two machines' handshakes with this suite 1/20 ended so (5.00 %, 95 %: 0.13 - "
         "24.87 %)",
         "この 2 台のこのスイートでのハンドシェイクのうち 1/20 がこの形で終わりました (5.00 %, 95 "
         "%: 0.13 - 24.87 %)"},
        {{.kind = AK_FACT_SUITE_RATE, .a = 3, .b = 766},
         "of all clients' handshakes with this suite 3/766 ended so (0.39 %, 95 %: 0.08 - 1.14 %)",
         "全クライアントのこのスイートでのハンドシェイクのうち 3/766 がこの形で終わりました (0.39 "
         "%, 95 %: 0.08 - 1.14 %)"},
        {{.kind = AK_FACT_NEWER_CLIENT, .a = 0x0303, .b = 12},
         "another program of the same client offers TLS 1.2 (conversation 12)",
         "同じクライアントの別のプログラムは TLS 1.2 を提示しています (通信 12)"},
        {{.kind = AK_FACT_RESUMED_NO_EMS},
         "the session was resumed; the client speaks of extended master secret, the server does "
         "not",
         "セッションが再開されましたが、拡張マスター "
         "シークレットを示したのはクライアントだけです"},
        {{.kind = AK_FACT_UNANSWERED, .a = 10},
         "10 keep-alives or retransmissions in a row were not answered, then it reset",
         "キープアライブまたは再送 10 回に続けて応答がなく、その後リセットしました"},
        {{.kind = AK_FACT_IDLE, .a = 240050},
         "before that nothing was sent for 240.1 s",
         "その前の 240.1 秒間は何も送られていません"},
        {{.kind = AK_FACT_CONNECTION_RATE, .a = 4200, .b = 4},
         "the client opened up to 4200 connections a minute (4 such minutes in a row)",
         "クライアントは 1 分間に最大 4200 本の接続を開きました (連続 4 分)"},
        {{.kind = AK_FACT_PACKET_SIZE, .a = 32767, .b = 3},
         "the server set a network packet size of 32767 bytes (conversation 3)",
         "サーバーはネットワーク パケット サイズを 32767 バイトに設定しました (通信 3)"},
        {{.kind = AK_FACT_MARS, .a = 1},
         "the client closed its MARS session (SMP FIN) before",
         "その前にクライアントが MARS セッションを閉じています (SMP FIN)"},
        {{.kind = AK_FACT_MARS},
         "the connection uses MARS (several sessions)",
         "この接続は MARS (複数セッション) を使っています"},
        {{.kind = AK_FACT_OTHER_NODE, .text = "192.0.2.10:1433"},
         "192.0.2.10:1433 answers to the same name and completed handshakes",
         "192.0.2.10:1433 は同じ名前で応答し、ハンドシェイクを完了しています"},
        {{.kind = AK_FACT_SERVICE, .a = 1, .text = "Azure Arc"},
         "the name belongs to Azure Arc, which asks for TLS 1.2 or later",
         "この名前は Azure Arc のもので、TLS 1.2 以降を要求します"},
        {{.kind = AK_FACT_SLOW_STEP, .a = 1500, .b = AK_STEP_SYN_ACK},
         "1.5 s until SYN-ACK",
         "SYN-ACK まで 1.5 秒"},
        {{.kind = AK_FACT_SLOW_SUM, .a = 5000},
         "the client waited 5.0 s for the server in all",
         "クライアントはサーバーを合計 5.0 秒待ちました"},
        {{.kind = AK_FACT_STALL, .a = 21000, .b = AK_SIDE_SERVER},
         "for 21.0 s nobody spoke, then the server did",
         "21.0 秒間だれも送信せず、その後サーバーが送信しました"},
        {{.kind = AK_FACT_STALL, .a = 15000, .b = AK_SIDE_NONE},
         "for 15.0 s nobody spoke, then the connection ended",
         "15.0 秒間だれも送信せず、その後接続が終わりました"},
        {{.kind = AK_FACT_LOGIN_WAY, .text = "kerberos, ntlm"},
         "the servers log in to each other by kerberos, ntlm",
         "サーバー間のログイン方式は kerberos, ntlm です"},
        {{.kind = AK_FACT_LOGIN_REFUSED, .text = "SPNEGO reject"},
         "the login was refused: SPNEGO reject",
         "ログインが拒否されました: SPNEGO reject"},
        {{.kind = AK_FACT_STARTTLS_REFUSED, .text = "smtp 454"},
         "the server refused TLS (smtp 454)",
         "サーバーが TLS を拒否しました (smtp 454)"},
        {{.kind = AK_FACT_WENT_ON_CLEAR},
         "the client went on without TLS",
         "クライアントは TLS なしで続けました"},
        {{.kind = AK_FACT_PROXY_ANSWER, .a = 403, .text = "sql01:1433"},
         "the proxy answered 403 to the request for sql01:1433",
         "sql01:1433 への接続要求に、プロキシが 403 と応答しました"},
        {{.kind = AK_FACT_NOT_ACKNOWLEDGED, .a = 6, .b = AK_SIDE_SERVER},
         "6 packets in a row of the server arrived and were not acknowledged",
         "サーバーのパケットが 6 回続けて届きましたが、確認応答がありませんでした"},
        {{.kind = AK_FACT_CAPTURED_THERE, .a = 128, .b = 125},
         "the capture was taken at the silent side: its packets have TTL 128, as sent, the other "
         "side's 125",
         "キャプチャは沈黙側で取られています (TTL は送信時のままの 128、相手側は 125)"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char words[512];
        assert_string_equal(words_of(&rows[i].fact, AK_LANG_EN, words, sizeof words),
                            rows[i].english);
        assert_string_equal(words_of(&rows[i].fact, AK_LANG_JA, words, sizeof words),
                            rows[i].japanese);
    }
}

static void facts_say_what_they_know(void **state)
{
    (void)state;
    static const struct {
        struct ak_fact fact;
        const char *words;
    } rows[] = {
        {{.kind = AK_FACT_STEP, .a = AK_STEP_CLIENT_HELLO}, "last step reached: ClientHello"},
        {{.kind = AK_FACT_CLOSE, .a = AK_SIDE_SERVER, .b = AK_CLOSE_RST},
         "the server reset the connection (TCP RST)"},
        {{.kind = AK_FACT_CLOSE, .a = AK_SIDE_CLIENT, .b = AK_CLOSE_FIN},
         "the client closed the connection (TCP FIN)"},
        {{.kind = AK_FACT_ALERT, .a = AK_SIDE_SERVER, .b = 40},
         "the server sent TLS alert 40 (handshake_failure)"},
        {{.kind = AK_FACT_ALERT, .a = AK_SIDE_CLIENT, .b = 200}, "the client sent TLS alert 200"},
        {{.kind = AK_FACT_OFFERED_VERSIONS, .a = 0x0304, .b = 0x0301},
         "the client offers TLS 1.3 down to TLS 1.0"},
        {{.kind = AK_FACT_OFFERED_VERSIONS, .a = 0x0303, .b = 0x0303},
         "the client offers TLS 1.2 only"},
        {{.kind = AK_FACT_OFFERED_VERSIONS, .a = 0x0300}, "the client offers SSL 3.0 at most"},
        {{.kind = AK_FACT_CHOSEN_VERSION, .a = 0x0999}, "the server chose 0x0999"},
        {{.kind = AK_FACT_DHE_SUITE, .a = 0x009e, .b = 1},
         "the server chose TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, with extended master secret"},
        {{.kind = AK_FACT_DHE_SUITE, .a = 0x009e},
         "the server chose TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, without extended master secret"},
        {{.kind = AK_FACT_SERVER_CHOSE, .a = 0xfe00, .b = 7},
         "the same server chose 0xfe00 in conversation 7; this client does not offer it"},
        {{.kind = AK_FACT_SERVER_GROUP, .a = 0x0017},
         "the server wants group secp256r1, which the client does not offer"},
        {{.kind = AK_FACT_SERVER_GROUP, .a = 0xfefe},
         "the server wants group 0xfefe, which the client does not offer"},
        {{.kind = AK_FACT_VALIDITY, .a = 0, .b = 86400},
         "the certificate is valid from 1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z"},
        {{.kind = AK_FACT_VALIDITY, .a = 86400, .b = 0},
         "the certificate is valid from 1970-01-02T00:00:00Z to 1970-01-01T00:00:00Z, which is "
         "never"},
        {{.kind = AK_FACT_VALIDITY, .a = 0, .b = INT64_C(253402300799)},
         "the certificate is valid from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z"},
        {{.kind = AK_FACT_ENCRYPTION, .a = 0x82, .b = 1},
         "PRELOGIN encryption: client NOT_SUP + client certificate (0x82), server ON (0x01)"},
        {{.kind = AK_FACT_SILENCE, .a = 5049}, "no answer for 5.0 s"},
        {{.kind = AK_FACT_CLEAR_LOGIN, .a = 1, .text = "app"},
         "the login packet with its password crossed unencrypted (program: app)"},
        {{.kind = AK_FACT_CLEAR_LOGIN}, "the login packet crossed unencrypted"},
        {{.kind = AK_FACT_SQL_ERROR, .a = 18456, .text = "Login failed."},
         "SQL Server error 18456: Login failed."},
        {{.kind = AK_FACT_OTHER_FORM, .a = 7}, "the same server answers TDS 7 PRELOGIN"},
        {{.kind = AK_FACT_OTHER_FORM, .a = 8}, "the same server answers strict TDS 8"},
        {{.kind = AK_FACT_CERTIFICATE_REQUEST, .a = 1},
         "the server asked for a client certificate; the client sent none"},
        {{.kind = AK_FACT_LOAD, .a = 100, .b = 40},
         "within one minute 40 of 100 conversations with this server died unheard"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char words[512];
        assert_string_equal(words_of(&rows[i].fact, AK_LANG_EN, words, sizeof words),
                            rows[i].words);
    }
}

/* Texts from the wire are put in as they are, whatever they look like. */
static void texts_are_not_formats(void **state)
{
    (void)state;
    struct ak_fact fact = {.kind = AK_FACT_NAME, .text = "%s%n{1}{2}"};
    char words[512];
    assert_string_equal(words_of(&fact, AK_LANG_EN, words, sizeof words),
                        "the client asked for %s%n{1}{2}, which the certificate does not carry");
}

/* Numbers out of range come from damaged captures: words, not crashes. */
static void wild_numbers_are_survived(void **state)
{
    (void)state;
    static const int64_t wild[] = {-1, 0, 3, 255, 65536, 100000};
    for (int kind = AK_FACT_CLOSE; kind <= last_kind; kind++)
        for (size_t i = 0; i < AK_COUNT(wild); i++) {
            struct ak_fact fact = {.kind = (enum ak_fact_kind)kind, .a = wild[i], .b = wild[i]};
            char words[512];
            (void)words_of(&fact, AK_LANG_JA, words, sizeof words);
        }
}

static void every_predicate_of_a_rule_has_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_rule_count; i++)
        for (size_t k = 0; k < AK_RULE_PREDICATES && ak_rules[i]->predicates[k] != NULL; k++) {
            const char *id = ak_rules[i]->predicates[k]->id;
            const char *english = ak_predicate_words(id, AK_LANG_EN);
            const char *japanese = ak_predicate_words(id, AK_LANG_JA);
            if (strcmp(english, id) == 0 || strcmp(japanese, english) == 0)
                fail_msg("predicate %s has no words", id);
            const char *lack = ak_rules[i]->predicates[k]->lack;
            assert_true(lack == NULL || ak_next_words_find(lack) != NULL);
        }
    static const char unknown[] = "no-such-predicate";
    assert_ptr_equal(ak_predicate_words(unknown, AK_LANG_JA), unknown);
}

static void every_rule_has_words_of_its_severity(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_rule_count; i++) {
        const struct ak_rule_words *words = ak_rule_words_find(ak_rules[i]->id);
        assert_non_null(words);
        assert_string_equal(words->severity, ak_severity_name(ak_rules[i]->severity));
    }
}

static void versions_have_words(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        const char *words;
    } rows[] = {{0x0002, "SSL 2.0"}, {0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"}, {0x0304, "TLS 1.3"},
                {0x7f1c, "TLS 1.3"}, {0x0305, "0x0305"},  {0, "0x0000"}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_text text;
        ak_text_init(&text, 64);
        ak_version_words(rows[i].version, &text);
        assert_string_equal(ak_text_string(&text), rows[i].words);
        ak_text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_words_in_both_languages),
        cmocka_unit_test(facts_say_what_they_know),
        cmocka_unit_test(new_facts_speak_both_languages),
        cmocka_unit_test(texts_are_not_formats),
        cmocka_unit_test(wild_numbers_are_survived),
        cmocka_unit_test(every_predicate_of_a_rule_has_words),
        cmocka_unit_test(every_rule_has_words_of_its_severity),
        cmocka_unit_test(versions_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
