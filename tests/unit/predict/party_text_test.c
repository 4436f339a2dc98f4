/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/words.h"
#include "model/sql_names.h"
#include "support/parser_check.h"

static struct ak_party party;
static struct ak_party_notes notes;

static bool read_as(enum ak_side role, const char *text)
{
    struct ak_party_input input = {.name = "text", .text = ak_words_of(text)};
    return ak_party_read(&party, role, &input, &notes);
}

static void expect_suites(const uint16_t *codes, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < party.suite_count; i++) {
        if (!party.suites[i].on)
            continue;
        assert_true(at < count);
        assert_int_equal(party.suites[i].code, codes[at++]);
    }
    assert_int_equal(at, count);
}

static const char *const openssl_cnf = "# comment\n"
                                       "openssl_conf = init\n"
                                       "[init]\n"
                                       "ssl_conf = ssl\n"
                                       "[ssl]\n"
                                       "system_default = tls\n"
                                       "[other]\n"
                                       "MinProtocol = TLSv1.3\n"
                                       "[tls]\n"
                                       "MinProtocol = TLSv1.1 # why not\n"
                                       "1.MaxProtocol = TLSv1.2\n"
                                       "CipherString = AES128-SHA:AES256-SHA:@SECLEVEL=0\n"
                                       "Ciphersuites = TLS_AES_128_GCM_SHA256\n"
                                       "Groups = P-256:X25519:P-999\n"
                                       "SignatureAlgorithms = RSA+SHA256:ECDSA+SHA1\n"
                                       "Options = ServerPreference,-ExtendedMasterSecret\n";

static void reads_openssl_cnf(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x1301, 0x002f, 0x0035};
    assert_true(read_as(AK_SIDE_SERVER, openssl_cnf));
    assert_int_equal(party.stack, AK_STACK_OPENSSL);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS13));
    expect_suites(suites, AK_COUNT(suites));
    assert_int_equal(party.groups.entries[0].code, 0x0017);
    assert_int_equal(party.groups.entries[1].code, 0x001d);
    assert_false(ak_party_list_has(&party.groups, 0x0018));
    assert_true(ak_party_list_has(&party.schemes, 0x0203));
    assert_true(party.prefers_own_order);
    assert_int_equal(party.extended_master_secret, AK_NEED_NONE);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.first[0].text, "P-999");
    assert_int_equal(notes.first[0].line, 14);
}

/* Security level 2, as Debian builds it, where the file names none. */
static void level_takes_away(void **state)
{
    (void)state;
    assert_true(read_as(AK_SIDE_CLIENT, "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n"
                                        "[c]\nMinProtocol=TLSv1\n"));
    assert_true(party.no_old_signatures);
    assert_false(ak_party_list_has(&party.schemes, 0x0201));
    assert_int_equal(party.bounds.rsa_min, 2048);
    assert_false(ak_party_list_has(&party.chain_schemes, 0x0201));
    assert_true(ak_party_list_has(&party.chain_schemes, 0x0401));
    /* A file that leads to no commands says nothing of TLS. */
    assert_false(read_as(AK_SIDE_CLIENT, "openssl_conf=a\n[a]\nssl_conf=b\n"));
}

struct files {
    unsigned opened;
};

static bool open_file(void *context, const char *path, struct ak_text *out)
{
    struct files *files = context;
    files->opened++;
    if (strcmp(path, "/etc/more.cnf") == 0)
        ak_text_add(out, "[tls]\nMinProtocol = TLSv1.3\n");
    else if (strcmp(path, "/etc/loop.cnf") == 0)
        ak_text_add(out, ".include /etc/loop.cnf\n");
    else
        return false;
    return true;
}

static void follows_includes(void **state)
{
    (void)state;
    struct files files = {0};
    static const char *const text = "openssl_conf = i\n[i]\nssl_conf = s\n[s]\n"
                                    "system_default = tls\n.include = /etc/more.cnf\n"
                                    ".include /etc/absent.cnf\n.include /etc/loop.cnf\n";
    struct ak_party_input input = {
        .name = "openssl.cnf", .text = ak_words_of(text), .open = open_file, .context = &files};
    assert_true(ak_party_read(&party, AK_SIDE_CLIENT, &input, &notes));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_int_equal(files.opened, 8); /* a loop ends */
    assert_int_equal(notes.count, 2);  /* the absent one, and the ninth */
    input.open = NULL;
    assert_true(ak_party_read(&party, AK_SIDE_CLIENT, &input, &notes) || notes.count == 3);
}

static const char *const crypto_policy =
    "CipherString = @SECLEVEL=2:kEECDH:kRSA:kEDH:kPSK:-aDSS:!DES:!eNULL:!aNULL\n"
    "Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n"
    "TLS.MinProtocol = TLSv1.2\nTLS.MaxProtocol = TLSv1.3\nDTLS.MinProtocol = DTLSv1.2\n"
    "SignatureAlgorithms = ECDSA+SHA256:RSA+SHA256:rsa_pss_pss_sha256\n";

static void reads_crypto_policies(void **state)
{
    (void)state;
    assert_true(read_as(AK_SIDE_CLIENT, crypto_policy));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_int_equal(notes.count, 0);
    assert_true(read_as(AK_SIDE_CLIENT,
                        "[global]\noverride-mode = allowlist\n[overrides]\n"
                        "enabled-version = TLS1.2\ntls-enabled-cipher = AES-128-GCM\n"
                        "tls-enabled-mac = AEAD\ntls-enabled-kx = ECDHE-RSA\n"
                        "tls-enabled-group = GROUP-SECP256R1\n"
                        "secure-sig = RSA-SHA256\n"));
    static const uint16_t suites[] = {0xc02f};
    expect_suites(suites, 1);
    assert_int_equal(party.stack, AK_STACK_GNUTLS);
    assert_true(ak_party_list_has(&party.schemes, 0x0401));
    assert_int_equal(notes.count, 0);
}

static void reads_priorities(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x1301, 0xc02f, 0xc013};
    assert_true(read_as(AK_SIDE_SERVER,
                        "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-128-GCM:+AES-128-CBC:+AEAD:+SHA1:"
                        "+ECDHE-RSA:+GROUP-X25519:+SIGN-RSA-SHA256:+NONSENSE:%SERVER_PRECEDENCE"));
    expect_suites(suites, AK_COUNT(suites));
    assert_true(party.prefers_own_order);
    assert_true(ak_party_list_has(&party.groups, 0x001d));
    assert_int_equal(notes.count, 1);
    assert_true(read_as(AK_SIDE_CLIENT, "SECURE192:-VERS-TLS1.3:%NO_SESSION_HASH"));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_int_equal(party.extended_master_secret, AK_NEED_NONE);
    assert_true(read_as(AK_SIDE_CLIENT, "NORMAL"));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_int_equal(ak_party_format_of(ak_words_of("ABNORMAL"), ""), AK_PARTY_FORMAT_UNKNOWN);
}

static const char *const java_security =
    "# comment jdk.tls.client.protocols=TLSv1\n"
    "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, \\\n    RC4, DH keySize < 2048, \\\n"
    "    ECDHE_RSA, SHA384, secp384r1\n"
    "jdk.certpath.disabledAlgorithms=MD5, SHA1 jdkCA & usage TLSServer, RSA keySize < 2048, SHA1\n"
    "jdk.tls.legacyAlgorithms=AES_128_CBC\n"
    "-Djdk.tls.namedGroups=\"secp384r1,secp256r1\"\n"
    "jdk.tls.client.protocols=TLSv1.2\n"
    "jdk.tls.server.protocols=TLSv1.1\n";

static void reads_java_security(void **state)
{
    (void)state;
    assert_true(read_as(AK_SIDE_CLIENT, java_security));
    assert_int_equal(party.stack, AK_STACK_JSSE);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_false(ak_party_suite_find(&party, 0xc02f)->on); /* ECDHE_RSA */
    assert_true(ak_party_suite_find(&party, 0xc02b)->on);  /* ECDHE_ECDSA is another name */
    assert_false(ak_party_suite_find(&party, 0xc024)->on); /* its MAC is SHA-384 */
    assert_true(ak_party_suite_find(&party, 0x009d)->on);  /* no MAC: the name tells the PRF */
    assert_true(ak_party_suite_find(&party, 0x002f)->last_resort);
    assert_false(ak_party_suite_find(&party, 0x009c)->last_resort);
    assert_int_equal(party.bounds.dh_min, 2048);
    assert_int_equal(party.bounds.rsa_min, 2048);
    assert_false(ak_party_list_has(&party.groups, 0x0018));
    assert_true(ak_party_list_has(&party.groups, 0x0017));
    assert_false(ak_party_list_has(&party.groups, 0x001d));
    assert_true(ak_party_list_has(&party.schemes, 0x0201));
    assert_false(ak_party_list_has(&party.chain_schemes, 0x0201));
    assert_false(ak_party_list_has(&party.schemes, 0x0501));
    /* The other role's protocols. */
    assert_true(read_as(AK_SIDE_SERVER, java_security));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS12));
}

/* What the JDK disables by itself holds where the file does not say otherwise. */
static void java_keeps_its_own_list(void **state)
{
    (void)state;
    assert_true(read_as(AK_SIDE_CLIENT, "jdk.tls.ephemeralDHKeySize=2048\n"));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_false(ak_party_suite_find(&party, 0x000a)->on);
    assert_true(read_as(AK_SIDE_CLIENT, "jdk.tls.disabledAlgorithms=\n"));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_true(ak_party_suite_find(&party, 0x000a)->on);
    assert_true(read_as(AK_SIDE_CLIENT, "jdk.tls.disabledAlgorithms=TLS_RSA_*\n"));
    assert_false(ak_party_suite_find(&party, 0x009d)->on);
    assert_true(ak_party_suite_find(&party, 0xc02f)->on);
}

static void reads_mssql_conf(void **state)
{
    (void)state;
    assert_true(read_as(AK_SIDE_SERVER,
                        "[sqlagent]\nenabled = false\n[network]\ntlscert = /c.pem\n"
                        "tlsprotocols = 1.2\ntlsciphers = ECDHE-RSA-AES256-GCM-SHA384\n"
                        "forceencryption = 1\nforcestrict = 0\nfoo = 1\n"));
    static const uint16_t suites[] = {0x1302, 0x1303, 0x1301, 0xc030};
    expect_suites(suites, AK_COUNT(suites));
    assert_true(party.sql.known);
    assert_int_equal(party.sql.encryption, AK_TDS_ENCRYPTION_ON);
    assert_false(party.sql.strict_only);
    assert_true(party.sql.tls13_only_strict);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.first[0].line, 9);
}

static void reads_suite_lists(void **state)
{
    (void)state;
    static const uint16_t two[] = {0xc030, 0xc014};
    static const char *const texts[] = {
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA_P256,"
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA_P384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\r\nTLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\r\n",
        "ECDHE-RSA-AES256-GCM-SHA384\nECDHE-RSA-AES256-SHA\n",
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA",
        "0xC0,0x30 - x\n0xC0,0x14 - y\n",
        "\nName\n----\nTLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\nTLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\n",
        "KeyType               : 0\nCertificate           : RSA\nCipherSuite           : 49200\n"
        "Name                  : TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n"
        "Protocols             : {771, 65277}\n\nKeyType : 0\nCipherSuite : 4866\n"
        "Name : TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\n",
    };
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        assert_true(read_as(AK_SIDE_CLIENT, texts[i]));
        expect_suites(two, 2);
        assert_int_equal(notes.count, 0);
        assert_int_equal(party.confidence[AK_PARTY_PART_VERSIONS], AK_CONFIDENCE_LOW);
    }
    assert_true(read_as(AK_SIDE_CLIENT, texts[0]));
    assert_true(ak_party_list_has(&party.groups, 0x0017));
    assert_true(ak_party_list_has(&party.groups, 0x0018));
    assert_true(read_as(AK_SIDE_CLIENT, "TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_..."));
    assert_int_equal(notes.count, 1); /* a table that was cut off */
    assert_false(read_as(AK_SIDE_CLIENT, "nothing of the kind\n"));
}

/* Windows PowerShell's `>` writes UTF-16. */
static void reads_utf16(void **state)
{
    (void)state;
    static const char *const line = "TLS_RSA_WITH_AES_128_CBC_SHA\r\n";
    uint8_t bytes[128] = {0xff, 0xfe};
    size_t size = 2;
    for (size_t i = 0; line[i] != 0; i++, size += 2)
        bytes[size] = (uint8_t)line[i];
    struct ak_party_input input = {.name = "list.txt", .text = {bytes, size}};
    static const uint16_t one[] = {0x002f};
    assert_true(ak_party_read(&party, AK_SIDE_SERVER, &input, &notes));
    expect_suites(one, 1);
    (void)ak_alloc_fail_after(1);
    assert_false(ak_party_read(&party, AK_SIDE_SERVER, &input, &notes));
    (void)ak_alloc_fail_after(0);
}

static const char *const template =
    "<?xml version=\"1.0\"?>\n<iisCryptoTemplate version=\"2\">\n"
    "<serverProtocols><item name=\"TLS 1.0\" value=\"false\" /><item name=\"TLS 1.2\" "
    "value=\"true\"/></serverProtocols>\n<clientProtocols><item name=\"TLS 1.2\" "
    "value=\"false\"/></clientProtocols>\n<cipherSuites>\n"
    "<item name=\"TLS_RSA_WITH_AES_128_CBC_SHA\" value=\"true\"/>\n"
    "<item name=\"TLS_RSA_WITH_RC4_128_SHA\" value=\"false\"/>\n"
    "<item>TLS_RSA_WITH_AES_256_CBC_SHA</item></cipherSuites>\n</iisCryptoTemplate>\n";

static void reads_iis_crypto(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x002f, 0x0035};
    assert_true(read_as(AK_SIDE_SERVER, template));
    assert_int_equal(party.stack, AK_STACK_SCHANNEL);
    expect_suites(suites, 2);
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_true(read_as(AK_SIDE_CLIENT, template));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS12));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10));
}

/* In the shape of version 0, with every kind of item that such files hold. */
static const char *const template0 =
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<iisCryptoTemplate version=\"0\">\n"
    "  <header>\n    <name>ours</name>\n    <description>was TLS_RSA_WITH_NULL_SHA once"
    "</description>\n  </header>\n  <schannel setClientProtocols=\"true\">\n"
    "    <clientProtocols>\n"
    "      <schannelItem name=\"TLS 1.0\" state=\"Disabled\" />\n"
    "      <schannelItem name=\"TLS 1.2\" state=\"Enabled\" minimumOSVersion=\"Windows2008R2\" />\n"
    "    </clientProtocols>\n    <serverProtocols>\n"
    "      <schannelItem name=\"PCT 1.0\" state=\"Disabled\" />\n"
    "      <schannelItem name=\"TLS 1.0\" state=\"Enabled\" />\n"
    "      <schannelItem name=\"TLS 1.2\" state=\"Disabled\" />\n    </serverProtocols>\n"
    "    <ciphers>\n      <schannelItem name=\"Triple DES 168\" state=\"Disabled\" />\n"
    "      <schannelItem name=\"AES 128/128\" state=\"Enabled\" />\n    </ciphers>\n"
    "    <hashes>\n      <schannelItem name=\"SHA 256\" state=\"Disabled\" />\n    </hashes>\n"
    "    <keyExchanges>\n      <schannelItem name=\"Diffie-Hellman\" state=\"Disabled\" />\n"
    "      <schannelItem name=\"PKCS\" state=\"Enabled\" />\n    </keyExchanges>\n  </schannel>\n"
    "  <cipherSuites>\n"
    "    <cipherSuiteItem name=\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\" state=\"Enabled\" />\n"
    "    <cipherSuiteItem name=\"TLS_RSA_WITH_AES_128_CBC_SHA\" state=\"Disabled\" />\n"
    "    <cipherSuiteItem name=\"TLS_DHE_RSA_WITH_AES_256_CBC_SHA\" state=\"Enabled\" />\n"
    "    <cipherSuiteItem name=\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\" state=\"Enabled\" />\n"
    "    <cipherSuiteItem name=\"TLS_RSA_WITH_AES_128_CBC_SHA256\" state=\"Enabled\" />\n"
    "    <cipherSuiteItem name=\"TLS_RSA_WITH_AES_256_CBC_SHA\" state=\"Enabled\" />\n"
    "  </cipherSuites>\n</iisCryptoTemplate>\n";

static void expect_on(const uint16_t *codes, size_t count)
{
    size_t on = 0;
    for (size_t i = 0; i < party.suite_count; i++)
        if (party.suites[i].on) {
            assert_true(on < count);
            assert_int_equal(party.suites[i].code, codes[on]);
            on++;
        }
    assert_int_equal(on, count);
}

static void reads_iis_crypto_of_2018(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0xc014, 0x0035};
    assert_true(read_as(AK_SIDE_SERVER, template0));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS12));
    expect_on(suites, 2);
    assert_int_equal(notes.count, 0);
    assert_true(read_as(AK_SIDE_CLIENT, template0));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS12));
}

/* In the shape of version 3: numbers, and the whole list in one value. */
static const char *const template3 =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<iisCryptoTemplate version=\"3\">\n"
    "  <schannel>\n    <clientProtocols>\n"
    "      <templateItem name=\"TLS 1.1\" value=\"0\" />\n    </clientProtocols>\n"
    "    <serverProtocols>\n      <templateItem name=\"TLS 1.0\" value=\"0\" />\n"
    "      <templateItem name=\"TLS 1.3\" value=\"-1\" minimumOSVersion=\"Windows2022\" />\n"
    "    </serverProtocols>\n    <keyExchanges>\n"
    "      <templateItem name=\"PKCS\" value=\"0\" />\n    </keyExchanges>\n  </schannel>\n"
    "  <advanced>\n    <templateItem name=\"DHE Minimum Key Length\" value=\"3072\" />\n"
    "    <templateItem name=\"FIPS Algorithm Policy\" value=\"0\" />\n  </advanced>\n"
    "  <cipherSuites>\n    <templateItem name=\"Configured Cipher Suites\" value=\""
    "TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256"
    "\" minimumOSVersion=\"Windows2022\" />\n    <templateItem name=\"Configured Cipher Suites\" "
    "value=\"TLS_RSA_WITH_AES_128_CBC_SHA\" minimumOSVersion=\"Windows2016\" />\n"
    "  </cipherSuites>\n</iisCryptoTemplate>\n";

static void reads_iis_crypto_of_2023(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x1302, 0xc030};
    assert_true(read_as(AK_SIDE_SERVER, template3));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS10));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_true(party.dh_bits_known);
    assert_int_equal(party.dh_bits, 3072);
    expect_on(suites, 2);
    assert_int_equal(notes.count, 1); /* the list of an older Windows */
    assert_string_equal(notes.first[0].text, "Windows2016");
    assert_true(read_as(AK_SIDE_CLIENT, template3));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
}

static void knows_formats(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ak_party_format format;
    } rows[] = {
        {"HIGH:!aNULL", AK_PARTY_FORMAT_OPENSSL_CIPHERS},
        {"ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA", AK_PARTY_FORMAT_SUITE_LIST},
        {"NORMAL:-VERS-TLS1.3", AK_PARTY_FORMAT_GNUTLS_PRIORITY},
        {"SYSTEM=NONE:+MAC-ALL", AK_PARTY_FORMAT_GNUTLS_PRIORITY},
        {"jdk.tls.disabledAlgorithms=RC4", AK_PARTY_FORMAT_JAVA_SECURITY},
        {"[network]\nforceencryption=1", AK_PARTY_FORMAT_MSSQL_CONF},
        {"openssl_conf = a", AK_PARTY_FORMAT_OPENSSL_CNF},
        {"<iisCryptoTemplate/>", AK_PARTY_FORMAT_IIS_CRYPTO},
        {"", AK_PARTY_FORMAT_UNKNOWN},
        {"hello world", AK_PARTY_FORMAT_UNKNOWN},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        assert_int_equal(ak_party_format_of(ak_words_of(rows[i].text), ""), rows[i].format);
    for (int i = 0; i < AK_PARTY_FORMATS; i++)
        assert_non_null(ak_party_format_name((enum ak_party_format)i));
}

static void programs_have_defaults(void **state)
{
    (void)state;
    const char *name;
    for (size_t i = 0; (name = ak_stack_program(i)) != NULL; i++) {
        assert_true(ak_party_default(&party, AK_SIDE_CLIENT, name));
        assert_true(party.suite_count > 5);
        assert_string_equal(party.program, name);
    }
    assert_false(ak_party_default(&party, AK_SIDE_CLIENT, "openssl-0.1"));
}

static void from_a_hello(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0a0a, 0xc02f, 0x00ff}, groups[] = {0x1a1a, 0x001d},
                          versions[] = {0x0304, 0x0303};
    struct ak_hello_shape shape = {
        .legacy_version = 0x0303,
        .max_version = 0x0304,
        .has_supported_versions = true,
        .cipher_suites = {suites, 3},
        .groups = {groups, 2},
        .supported_versions = {versions, 2},
        .strict_tds = true,
    };
    ak_party_of_hello(&party, "trace.pcap#7", &shape);
    static const uint16_t one[] = {0xc02f};
    expect_suites(one, 1);
    assert_int_equal(party.groups.count, 1);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS13));
    assert_false(ak_party_version_on(&party, AK_PARTY_TLS11));
    assert_true(party.schemes.known); /* sent none: RFC 5246's defaults hold */
    assert_int_equal(party.schemes.count, 0);
    assert_int_equal(party.renegotiation_info, AK_NEED_SUPPORTED);
    assert_int_equal(party.extended_master_secret, AK_NEED_NONE);
    assert_true(party.sql.strict);
    shape.has_supported_versions = false;
    shape.max_version = 0x0303;
    ak_party_of_hello(&party, "trace.pcap#7", &shape);
    assert_true(ak_party_version_on(&party, AK_PARTY_TLS10)); /* a guess, and marked as one */
    assert_int_equal(party.confidence[AK_PARTY_PART_VERSIONS], AK_CONFIDENCE_MEDIUM);
    assert_int_equal(party.ways[AK_WAY_SUPPORTED_VERSIONS], 0);
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    struct ak_party_input input = {.name = "damaged", .text = bytes};
    (void)ak_party_read(&party, AK_SIDE_SERVER, &input, &notes);
    assert_true(party.suite_count <= AK_MAX_PARTY_SUITES);
    for (size_t i = 0; i < AK_PARTY_VERSIONS; i++)
        assert_non_null(party.versions[i].why);
}

static void damage(void **state)
{
    (void)state;
    ak_each_damage(ak_words_of("NONE:+VERS-TLS1.2:+AEAD:%X"), anything, NULL);
    ak_each_damage(ak_words_of("HIGH:!aNULL:kRSA+AES:-SHA1:@STRENGTH"), anything, NULL);
    ak_each_damage(ak_words_of("jdk.tls.disabledAlgorithms=RC4, DH keySize < 9, \\\n SHA1"),
                   anything, NULL);
    ak_each_damage(ak_words_of("[network]\ntlsprotocols=1.2\ntlsciphers=HIGH"), anything, NULL);
    ak_each_damage(ak_words_of("<iisCrypto><item name=\"TLS 1.0\" value=\"false\"/>"), anything,
                   NULL);
    ak_each_damage(ak_words_of("openssl_conf=a\n[a]\nssl_conf=a\nsystem_default=a\nGroups=X25519"),
                   anything, NULL);
    ak_each_damage(ak_words_of("0xC0,0x2F TLS_RSA_WITH_AES_128_CBC_SHA_P256"), anything, NULL);
}

/* Every allocation fails once. */
static void no_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {openssl_cnf, java_security, template, crypto_policy};
    static const char *const include = "openssl_conf=a\n.include /etc/more.cnf\n";
    struct files files = {0};
    for (size_t i = 0; i <= AK_COUNT(texts); i++) {
        struct ak_party_input input = {.name = "text",
                                       .text =
                                           ak_words_of(i < AK_COUNT(texts) ? texts[i] : include),
                                       .open = open_file,
                                       .context = &files};
        for (unsigned long n = 1; n < 40; n++) {
            (void)ak_alloc_fail_after(n);
            (void)ak_party_read(&party, AK_SIDE_CLIENT, &input, &notes);
            (void)ak_alloc_fail_after(0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_openssl_cnf),
        cmocka_unit_test(level_takes_away),
        cmocka_unit_test(follows_includes),
        cmocka_unit_test(reads_crypto_policies),
        cmocka_unit_test(reads_priorities),
        cmocka_unit_test(reads_java_security),
        cmocka_unit_test(java_keeps_its_own_list),
        cmocka_unit_test(reads_mssql_conf),
        cmocka_unit_test(reads_suite_lists),
        cmocka_unit_test(reads_utf16),
        cmocka_unit_test(reads_iis_crypto),
        cmocka_unit_test(reads_iis_crypto_of_2018),
        cmocka_unit_test(reads_iis_crypto_of_2023),
        cmocka_unit_test(knows_formats),
        cmocka_unit_test(programs_have_defaults),
        cmocka_unit_test(from_a_hello),
        cmocka_unit_test(damage),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
