/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "support/parser_check.h"

static void patterns_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pattern;
        bool fits;
    } rows[] = {
        {"The certificate [Cert Hash(sha1) \"AB\"] was successfully loaded for encryption.",
         "The certificate [Cert Hash(*was successfully loaded for encryption", true},
        {"The certificate [Cert Hash(sha1) \"AB\"] was not", "The certificate [*loaded", false},
        {"xThe certificate", "The certificate", false},
        {"abc", "abc*c", false},
        {"abcc", "abc*c", true},
        {"", "a", false},
        {"", "", true},
        {"anything in front of it: 1", "*in front of it: ", true},
        {"anything", "*in front of it: ", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_message_fits(rows[i].text, rows[i].pattern), rows[i].fits);
    assert_int_equal(
        ak_message_number("A self-generated certificate was successfully loaded for encryption."),
        26018);
    assert_int_equal(ak_message_number("A self-made certificate"), 0);
}

/* What an instance of each language prints without a number. The texts are Microsoft's, cut. */
static void messages_of_all_languages_are_known(void **state)
{
    (void)state;
#define HASH "[Cert Hash(sha1) \"0123456789012345678901234567890123456789\"]"
    static const struct {
        uint32_t number;
        const char *text;
    } rows[] = {
        {26013, "The certificate " HASH " was successfully loaded for encryption."},
        {26013, "暗号化用の証明書 " HASH " が正常に読み込まれました。"},
        {26013, "Das Zertifikat " HASH " wurde für die Verschlüsselung erfolgreich geladen."},
        {26013, "Le certificat " HASH " a été chargé en vue d'un chiffrement."},
        {26013, "Se cargó correctamente el certificado " HASH " para el cifrado."},
        {26013, "Il certificato " HASH " è stato caricato per la crittografia."},
        {26013, "O certificado " HASH " foi carregado com êxito para criptografia."},
        {26013, "已成功加载用于加密的证书 " HASH "。"},
        {26013, "憑證 " HASH " 已成功載入進行加密。"},
        {26013, "암호화를 위해 인증서 [인증서 해시(sha1) "
                "\"0123456789012345678901234567890123456789\"]을(를) 로드했습니다."},
        {26013, "Сертификат " HASH " был успешно загружен для шифрования."},
        {26018, "自動生成された証明書が暗号化用に正常に読み込まれました。"},
        {26018, "Ein selbst generiertes Zertifikat wurde erfolgreich für die Verschlüsselung "
                "geladen."},
        {26018, "Un certificat généré automatiquement a été chargé avec succès pour le "
                "chiffrement."},
        {26018, "Se cargó correctamente un certificado generado automáticamente para cifrado."},
        {26018, "È stato caricato un certificato a generazione automatica per la crittografia."},
        {26018, "O certificado gerado automaticamente foi carregado com êxito."},
        {26018, "已成功加载自行生成的证书以进行加密。"},
        {26018, "已成功載入自我產生的憑證以進行加密。"},
        {26018, "암호화를 위해 자동 생성 인증서를 로드했습니다."},
        {26018, "Самостоятельно сформированный сертификат успешно загружен для шифрования."},
        {26010, "サーバーは、SSL 接続の開始に必要な証明書を読み込めませんでした。"},
        {26017, "SSL 暗号化を初期化できません。有効な証明書が見つかりませんでした。"
                "自己署名証明書も作成できません。"},
        {17883, "Process 0:0:0 (0x1a2c) Worker 0x00 appears to be non-yielding on Scheduler 1."},
        {17887, "IO Completion Listener (0x1a2c) Worker 0x00 appears to be non-yielding on Node "
                "0."},
        {17887, "IO 完了リスナー (0x1a2c) のワーカー 0x00 が、ノード 0 で応答を停止している"
                "可能性があります。"},
        {28047, "Database Mirroring login attempt failed with error: 'x. State 56.'"},
        {28048, "Database Mirroring login attempt by user 'x' failed with error: 'x. State 84.'"},
        {28047, "データベース ミラーリング のログインが次のエラーで失敗しました: 'x'"},
        {28048, "ユーザー 'A' による データベース ミラーリング のログインが次のエラーで失敗"
                "しました: 'x'"},
        {28047, "Échec de la tentative de connexion x. Erreur : 'x'"},
        {28048, "Échec de la tentative de connexion x de l'utilisateur 'y'. Erreur : 'x'"},
        {28047, "数据库镜像 尝试登录失败，错误为: 'x'"},
        {0, "Process ID 52 was killed by hostname A, host process ID 1."},
        {0, "ユーザー 'sa' はログインできませんでした。"},
        {0, "Fehler bei der Anmeldung für den Benutzer 'sa'."},
        {0, "SQL Server is attempting to register a Service Principal Name (SPN)"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (ak_message_number(rows[i].text) != rows[i].number)
            fail_msg("%s: %u", rows[i].text, (unsigned)ak_message_number(rows[i].text));
}

static void addresses_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address; /* NULL: none */
    } rows[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"::ffff:10.0.0.1", "10.0.0.1"},
        {"::ffff:10.0.0", NULL},
        {"::1", "::1"},
        {"fe80::1%5", "fe80::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::", "::"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"10.0.0", NULL},
        {"10.0.0.256", NULL},
        {"10.0.0.1.2", NULL},
        {"1:2:3", NULL},
        {"1::2::3", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"12345::", NULL},
        {":", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_endpoint end;
        char text[46];
        memset(&end, 0, sizeof end);
        bool good = ak_message_address(rows[i].text, strlen(rows[i].text), &end);
        assert_int_equal(good, rows[i].address != NULL);
        if (!good)
            continue;
        ak_endpoint_text(&end, text);
        assert_string_equal(text, rows[i].address);
    }
}

/* In memory that ends where the text does. */
static struct ak_event read_message(enum ak_log_provider provider, uint32_t code, const char *text)
{
    struct ak_event e;
    size_t size = strlen(text) + 1;
    char *exact = malloc(size);
    assert_non_null(exact);
    memcpy(exact, text, size);
    memset(&e, 0, sizeof e);
    e.provider = provider;
    e.code = code;
    ak_message_read(&e, exact);
    free(exact);
    return e;
}

static void messages_tell_their_codes(void **state)
{
    (void)state;
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17182,
                                     "failed with error 0x80090331, status code 0x80. Reason: x");
    assert_true(e.has_status && e.has_detail);
    assert_int_equal(e.status, 0x80090331u);
    assert_int_equal(e.detail, 0x80);
    e = read_message(AK_LOG_SQL_SERVER, 17190,
                     "failed with error code: 1, state: 1, error number: -2146893802.");
    assert_int_equal(e.status, 0x80090016u);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "message:  0x2746. [CLIENT: 10.1.2.3]");
    assert_int_equal(e.status, 10054);
    assert_int_equal(e.client.version, 4);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x. [クライアント: <local machine>]");
    assert_true(e.client_local);
    assert_int_equal(e.client.version, 0);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x [客户端：10.1.2.3]");
    assert_int_equal(e.client.version, 4);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x：y [CLIENT: 10.1.2.3]");
    assert_int_equal(e.client.version, 4);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "message: 10054 [CLIENT: 10.1.2.3]");
    assert_int_equal(e.status, 10054);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "message [CLIENT: 10.1.2.3]");
    assert_false(e.has_status);
    e = read_message(AK_LOG_SQL_SERVER, 17883, "Process 0:0:0 (0x1a2c)");
    assert_false(e.has_status);
    e = read_message(AK_LOG_SQL_SERVER, 18456, "x [CLIENT: nobody]");
    assert_false(e.client_local);
    assert_int_equal(e.client.version, 0);
    e = read_message(AK_LOG_SQL_SERVER, 28047,
                     "'(80090331) 0x80090331(x 12 y). State 56.'.  [CLIENT: 10.1.2.9]");
    assert_int_equal(e.status, 0x80090331u);
    assert_int_equal(e.state, 56);
    e = read_message(AK_LOG_SQL_SERVER, 26022, "[ 'any' <ipv4> 1433] accept sockets 1.");
    assert_int_equal(e.port, 1433);
    e = read_message(AK_LOG_SQL_SERVER, 26022, "[ 'any' <ipv4> 99999]");
    assert_int_equal(e.port, 0);
    e = read_message(AK_LOG_SQL_SERVER, 17069, "SQL Server 2019 (KB5017593) - 15.0.4261.1 (X64)");
    assert_string_equal(e.build, "15.0.4261.1");
    e = read_message(AK_LOG_SQL_SERVER, 17663, "Server name is 'SQL01\\INST'.");
    assert_string_equal(e.host, "SQL01");
    assert_string_equal(e.instance, "INST");
    static const char *const names[] = {"\"SQL01\\INST\"", "‘SQL01\\INST’", "“SQL01\\INST”"};
    for (size_t i = 0; i < AK_COUNT(names); i++) {
        e = read_message(AK_LOG_SQL_SERVER, 17663, names[i]);
        assert_string_equal(e.host, "SQL01");
        assert_string_equal(e.instance, "INST");
    }
    e = read_message(AK_LOG_SQL_SERVER, 17663, "‘SQL01");
    assert_string_equal(e.host, "");
    e = read_message(AK_LOG_SQL_SERVER, 17111, "'C:\\x\\MSSQL15.SALES\\MSSQL\\Log\\ERRORLOG'");
    assert_string_equal(e.instance, "SALES");
    e = read_message(AK_LOG_SQL_SERVER, 26013,
                     "[Cert Hash(sha1) \"0123456789012345678901234567890123456789\"] x");
    assert_string_equal(e.thumbprint, "0123456789012345678901234567890123456789");
    e = read_message(AK_LOG_SQL_SERVER, 26013,
                     "[인증서 해시(sha1) \"ABCDEF6789012345678901234567890123456789\"]");
    assert_string_equal(e.thumbprint, "ABCDEF6789012345678901234567890123456789");
    e = read_message(AK_LOG_SQL_SERVER, 26013,
                     "[Cert Hash(sha1) \"01234567890123456789012345678901234567890\"] x");
    assert_string_equal(e.thumbprint, "");
    e = read_message(AK_LOG_SQL_SERVER, 26013, "(sha1)] 0123456789012345678901234567890123456789");
    assert_string_equal(e.thumbprint, "");
    e = read_message(AK_LOG_SQL_SERVER, 26022, "Der Server überwacht [ 'any'<ipv4> 1433].");
    assert_int_equal(e.port, 1433);
    e = read_message(AK_LOG_SQL_SERVER, 26013, "[Cert Hash(sha1) \"0123\"] x");
    assert_string_equal(e.thumbprint, "");
    e = read_message(AK_LOG_SQL_AGENT, 298, "SQLServer Error: 10054, x [SQLSTATE 08001]");
    assert_int_equal(e.status, 10054);
    e = read_message(AK_LOG_SQL_AGENT, 100, "version 13.0.4001.0 (X64): Process ID 1");
    assert_string_equal(e.build, "13.0.4001.0");
    assert_false(e.has_status);
}

/* More than eight digits are no code; the search goes on behind them, if there is anything. */
static void codes_that_are_too_long(void **state)
{
    (void)state;
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17194, "0x123456789");
    assert_false(e.has_status);
    e = read_message(AK_LOG_SQL_SERVER, 17194, "0x123456789abc 0x12345678");
    assert_int_equal(e.status, 0x12345678);
}

/* Sixteen numbers, none larger than the total: anything else is no account of a login's time. */
static void times_of_logins_are_checked(void **state)
{
    (void)state;
    static const char good[] = "code 0x2746: 100, 1, 2, 3, 40, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
                               "15 [CLIENT: 10.0.0.1]";
    struct ak_event e = read_message(AK_LOG_SQL_SERVER, 17830, good);
    assert_true(e.has_times);
    assert_int_equal(e.status, 10054);
    assert_int_equal(e.login_ms[AK_LOGIN_TOTAL], 100);
    assert_int_equal(e.login_ms[AK_LOGIN_SSL], 40);
    assert_int_equal(e.login_ms[AK_LOGIN_USER_CODE], 15);
    e = read_message(AK_LOG_SQL_SERVER, 17830,
                     "code 0x2746: 100, 1, 2, 300, 4, 5, 6, 7, 8, 9, 1, "
                     "1, 1, 1, 1, 1");
    assert_false(e.has_times);
    assert_int_equal(e.login_ms[AK_LOGIN_TOTAL], 0);
    e = read_message(AK_LOG_SQL_SERVER, 17830, "code 0x2746: 100, 1");
    assert_false(e.has_times);
    /* eight of them up to SQL Server 2008 */
    e = read_message(AK_LOG_SQL_SERVER, 17830,
                     "code 0x2746: 100, 1, 2, 3, 40, 50, 6, 7 [CLIENT: 10.0.0.1]");
    assert_true(e.has_times);
    assert_int_equal(e.login_ms[AK_LOGIN_READS], 3);
    assert_int_equal(e.login_ms[AK_LOGIN_SSL], 40);
    assert_int_equal(e.login_ms[AK_LOGIN_SSL_READS], 0);
    assert_int_equal(e.login_ms[AK_LOGIN_SSPI], 50);
    assert_int_equal(e.login_ms[AK_LOGIN_VALIDATING], 6);
    assert_int_equal(e.login_ms[AK_LOGIN_USER_CODE], 7);
    e = read_message(AK_LOG_SQL_SERVER, 17830,
                     "code 0x2746: 100, 1, 2, 3, 40, 50, 6, 7, 8 [CLIENT: 10.0.0.1]");
    assert_false(e.has_times);
}

static void survive(struct ak_span bytes, void *context)
{
    static const uint32_t codes[] = {17069, 17111, 17182, 17190, 17194, 17663, 17806,
                                     17830, 18456, 26014, 26022, 28047, 33565};
    char text[512];
    (void)context;
    size_t n = ak_utf8_copy(bytes, text, sizeof text);
    assert_true(n < sizeof text);
    (void)ak_message_number(text);
    for (size_t i = 0; i < AK_COUNT(codes); i++)
        (void)read_message(AK_LOG_SQL_SERVER, codes[i], text);
    (void)read_message(AK_LOG_SQL_AGENT, 298, text);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char text[] = "S 'A\\B' [ x <ipv4> 1 0x80 \\MSSQL1.X\\MSSQL\\L -1 1.2.3.4 State 5 "
                               "[Cert Hash(s) \"AB\"] [C: ::1]";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit),
        cmocka_unit_test(messages_of_all_languages_are_known),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(messages_tell_their_codes),
        cmocka_unit_test(codes_that_are_too_long),
        cmocka_unit_test(times_of_logins_are_checked),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
