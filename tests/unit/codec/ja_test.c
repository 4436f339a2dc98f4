/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ja.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "codec/tls_vectors.h"
#include "support/parser_check.h"

struct tools {
    struct ak_digest *digest;
    struct ak_text text;
};

static int start(void **state)
{
    static struct tools tools;
    tools.digest = ak_digest_new();
    ak_text_init(&tools.text, 1 << 20);
    *state = &tools;
    return tools.digest == NULL;
}

static int stop(void **state)
{
    struct tools *tools = *state;
    ak_digest_free(tools->digest);
    ak_text_release(&tools->text);
    return 0;
}

static void parse(const struct ak_bytes *b, struct ak_client_hello *hello)
{
    struct ak_parse record;
    assert_int_equal(ak_client_hello_parse(ak_bytes_span(b), hello, &record), AK_VERDICT_PARSED);
}

static void assert_md5(struct tools *tools, const char *want)
{
    uint8_t md5[16];
    struct ak_bytes bytes = ak_hex(want);
    assert_true(
        ak_digest_make(tools->digest, AK_DIGEST_MD5, tools->text.bytes, tools->text.size, md5));
    assert_memory_equal(md5, bytes.at, sizeof md5);
    ak_bytes_free(&bytes);
}

#define HEAD "0301 11*32 00 "

/* The two examples of the JA3 page, a Chrome hello with GREASE everywhere and RFC 8448's. */
static void ja3_examples(void **state)
{
    struct tools *tools = *state;
    static const struct {
        const char *hex, *text, *md5;
    } rows[] = {
        {HEAD "0018 002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004 01 00 001b"
              "0000 0005 0003 00 0000 000a 0008 0006 0017 0018 0019 000b 0002 01 00",
         "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
         "ada70206e40642a3e4461f35503241d5"},
        {HEAD "0016 0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063 01 00",
         "769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6"},
        {CHROME_CLIENT_HELLO,
         "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
         "0-51-13-35-11-65281-10-27-17513-18-45-16-5-43-23-21,29-23-24,0",
         "83d028d5b4366d9ac26e9ea6424d793e"},
        {RFC8448_CLIENT_HELLO,
         "771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,29-23-24-25-256-257-258-259-260,",
         "da4dea34fe6d4ce5f0725df3f2682fa0"},
        /* the text ends where an extension lies about its size */
        {HEAD "0002 002f 01 00 0008 0017 0000 000a 0009", "769,47,23,,", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_client_hello hello;
        parse(&b, &hello);
        ak_text_clear(&tools->text);
        ak_ja3_text(&hello, &tools->text);
        assert_string_equal(ak_text_string(&tools->text), rows[i].text);
        if (rows[i].md5 != NULL)
            assert_md5(tools, rows[i].md5);
        ak_bytes_free(&b);
    }
}

static void ja3_of_ssl2(void **state)
{
    struct tools *tools = *state;
    struct ak_bytes b = ak_hex(SSL2_CLIENT_HELLO);
    struct ak_client_hello hello;
    struct ak_parse record;
    assert_int_equal(ak_ssl2_client_hello_parse(ak_bytes_span(&b), &hello, &record),
                     AK_VERDICT_PARSED);
    ak_text_clear(&tools->text);
    ak_ja3_text(&hello, &tools->text);
    assert_string_equal(ak_text_string(&tools->text), "769,4-5-10-65664-458944-196736-255,,,");
    ak_bytes_free(&b);
}

static void ja3s_examples(void **state)
{
    struct tools *tools = *state;
    static const struct {
        const char *hex, *text, *md5;
    } rows[] = {
        /* the text is the example of the JA3 page */
        {"0301 11*32 00 002f 00 0018 ff01 0000 0000 0000 000b 0000 0023 0000 0005 0000 0010 0000",
         "769,47,65281-0-11-35-5-16", "836ce314215654b5b1f85f97c73e506f"},
        {"0303 543dd328b38b445686739d58fab733fa23838f575e0e5ad9a1b9baace6cc3b41 00 c02f 00 0011"
         "ff01 0001 00 000b 0004 03000102 0023 0000",
         "771,49199,65281-11-35", NULL},
        {TLS12_SERVER_HELLO, "771,52393,0-65281-11-16", NULL},
        {RFC8448_SERVER_HELLO, "771,4865,51-43", "eb1d94daa7e0344597e756a1fb6e7054"},
        {"0300 11*32 00 0005 00", "768,5,", NULL},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_server_hello hello;
        struct ak_parse record;
        assert_int_equal(ak_server_hello_parse(ak_bytes_span(&b), &hello, &record),
                         AK_VERDICT_PARSED);
        ak_text_clear(&tools->text);
        ak_ja3s_text(&hello, &tools->text);
        assert_string_equal(ak_text_string(&tools->text), rows[i].text);
        if (rows[i].md5 != NULL)
            assert_md5(tools, rows[i].md5);
        ak_bytes_free(&b);
    }
}

static void assert_ja4(struct tools *tools, const struct ak_client_hello *hello, const char *want)
{
    char out[AK_JA4_SIZE];
    memset(out, 'x', sizeof out);
    ak_ja4(hello, tools->digest, &tools->text, out);
    assert_string_equal(out, want);
}

/* FoxIO's technical details: the example, and the one without signature algorithms. */
static void ja4_example(void **state)
{
    struct tools *tools = *state;
    struct ak_bytes b = ak_hex(CHROME_CLIENT_HELLO);
    struct ak_client_hello hello;
    parse(&b, &hello);
    assert_ja4(tools, &hello, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    hello.signature_algorithms.size = 0;
    assert_ja4(tools, &hello, "t13d1516h2_8daaf6152771_6d807ffa2a79");
    ak_bytes_free(&b);
}

static void ja4_edges(void **state)
{
    struct tools *tools = *state;
    static const struct {
        const char *hex, *ja4;
    } rows[] = {
        /* no extensions: 12 zeros, not the hash of nothing */
        {"0303 11*32 00 0002 1301 01 00", "t12i010000_0f2cb44170f4_000000000000"},
        {"0301 11*32 00 0002 1301 01 00 0000", "t10i010000_0f2cb44170f4_000000000000"},
        /* none left once server_name and ALPN are out */
        {"0302 11*32 00 0002 1301 01 00 0015 0000 0006 0004 00 0001 'a' 0010 0007 0005 04 'imap'",
         "t11d0102ip_0f2cb44170f4_000000000000"},
        /* no ciphers, or GREASE alone */
        {"0300 11*32 00 0000 01 00", "ts3i000000_000000000000_000000000000"},
        {"0002 11*32 00 0002 0a0a 01 00", "ts2i000000_000000000000_000000000000"},
        {"0305 11*32 00 0002 1301 01 00", "t00i010000_0f2cb44170f4_000000000000"},
        /* 120 of each: 99 */
        {"0303 11*32 00 00f0 00*240 01 00", "t12i990000_fd9b661d0d5b_000000000000"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_client_hello hello;
        parse(&b, &hello);
        assert_ja4(tools, &hello, rows[i].ja4);
        ak_bytes_free(&b);
    }
}

/* The highest version in supported_versions wins, GREASE left out; one unknown gives 00. */
static void ja4_versions(void **state)
{
    struct tools *tools = *state;
    static const struct {
        const char *versions, *start;
    } rows[] = {
        {"0304 0303", "t13"}, {"0303 0304", "t13"}, {"7a7a 0303 0302", "t12"}, {"0301", "t10"},
        {"0300", "ts3"},      {"7f1c 0303", "t00"}, {"fafa", "t12"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex("0303 11*32 00 0002 1301 01 00");
        struct ak_bytes versions = ak_hex(rows[i].versions);
        struct ak_client_hello hello;
        char out[AK_JA4_SIZE];
        parse(&b, &hello);
        hello.supported_versions = ak_bytes_span(&versions);
        ak_ja4(&hello, tools->digest, &tools->text, out);
        assert_memory_equal(out, rows[i].start, 3);
        ak_bytes_free(&b);
        ak_bytes_free(&versions);
    }
}

/* The table of FoxIO's details for names that are not alphanumeric at both ends. */
static void ja4_alpn(void **state)
{
    struct tools *tools = *state;
    static const struct {
        const char *alpn, *ends;
    } rows[] = {
        {"02 'h2'", "h2"},      {"08 'http/1.1' 02 'h2'", "h1"},
        {"07 'tds/8.0'", "t0"}, {"01 'h'", "hh"},
        {"01 ab", "ab"},        {"02 abcd", "ad"},
        {"02 30ab", "3b"},      {"04 3031abcd", "3d"},
        {"04 30abcd31", "01"},  {"", "00"},
        {"00", "00"},           {"00 02 'h2'", "00"},
        {"02 3a3a", "3a"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex("0303 11*32 00 0002 1301 01 00");
        struct ak_bytes alpn = ak_hex(rows[i].alpn);
        struct ak_client_hello hello;
        char out[AK_JA4_SIZE];
        parse(&b, &hello);
        hello.alpn = ak_bytes_span(&alpn);
        ak_ja4(&hello, tools->digest, &tools->text, out);
        assert_memory_equal(out + 8, rows[i].ends, 2);
        ak_bytes_free(&b);
        ak_bytes_free(&alpn);
    }
}

static void any_hello(struct ak_span in, void *context)
{
    struct tools *tools = context;
    struct ak_client_hello hello;
    struct ak_parse record;
    char out[AK_JA4_SIZE];
    if (ak_client_hello_parse(in, &hello, &record) != AK_VERDICT_PARSED)
        return;
    ak_ja4(&hello, tools->digest, &tools->text, out);
    assert_int_equal(strlen(out), AK_JA4_SIZE - 1);
    ak_text_clear(&tools->text);
    ak_ja3_text(&hello, &tools->text);
    size_t commas = 0;
    for (size_t i = 0; i < tools->text.size; i++)
        commas += tools->text.bytes[i] == ',';
    assert_int_equal(commas, 4);
}

static void damaged_hellos(void **state)
{
    struct ak_bytes b = ak_hex(RFC8448_CLIENT_HELLO);
    ak_each_damage(ak_bytes_span(&b), any_hello, *state);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ja3_examples),  cmocka_unit_test(ja3_of_ssl2),
        cmocka_unit_test(ja3s_examples), cmocka_unit_test(ja4_example),
        cmocka_unit_test(ja4_edges),     cmocka_unit_test(ja4_versions),
        cmocka_unit_test(ja4_alpn),      cmocka_unit_test(damaged_hellos),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
