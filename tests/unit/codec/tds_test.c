/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tds.h"
#include "model/sql_names.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "support/parser_check.h"

/* Compares UTF-16 of the wire with a text. */
static void assert_wide(struct ak_span span, const char *text)
{
    char utf8[256];
    (void)ak_utf16le_to_utf8(span, utf8, sizeof utf8);
    assert_string_equal(utf8, text);
}

/* ---- packet header ---- */

static void parses_packet_headers(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool ok, last;
    } rows[] = {
        {"12 01 002f 0000 01 00", true, true},  /* MS-TDS 4.1 */
        {"04 01 0161 0034 01 00", true, true},  /* MS-TDS 4.4 */
        {"12 00 1000 0000 00 00", true, false}, /* packet number 0: FreeTDS */
        {"10 01 0090 0000 ff 00", true, true},
        {"01 01 0008 0000 01 00", true, true},
        {"02 01 0200 0000 00 00", true, true},
        {"03 09 0050 0000 01 00", true, true}, /* reset connection */
        {"03 11 0050 0000 01 00", true, true}, /* reset, keep the transaction */
        {"06 01 0008 0000 01 00", true, true},
        {"07 00 7fff 0000 01 00", true, false},
        {"08 01 0050 0000 01 00", true, true},
        {"0e 03 0050 0000 01 00", true, true},
        {"11 01 0050 0000 01 00", true, true},
        {"12 01 0007 0000 01 00", false, true},  /* shorter than its header */
        {"12 01 8000 0000 01 00", false, true},  /* 32,767 is the most */
        {"12 01 002f 0000 01 01", false, true},  /* window */
        {"12 04 002f 0000 01 00", false, false}, /* status bits that do not exist */
        {"12 21 002f 0000 01 00", false, true},
        {"12 81 002f 0000 01 00", false, true},
        {"00 01 002f 0000 01 00", false, true},
        {"05 01 002f 0000 01 00", false, true},
        {"0f 01 002f 0000 01 00", false, true}, /* TDS 5.0 */
        {"13 01 002f 0000 01 00", false, true},
        {"16 03 0102 0001 00 01", false, true}, /* a TLS record */
        {"17 03 0300 2000 00 00", false, true},
        {"53 08 0500 6000 00 00", false, false}, /* SMP */
        {"47 45 5420 2f20 48 54", false, true},  /* HTTP */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_tds_packet packet;
        assert_int_equal(b.size, AK_TDS_HEADER);
        assert_int_equal(ak_tds_packet_parse(b.at, &packet), rows[i].ok);
        assert_int_equal(packet.type, b.at[0]);
        assert_int_equal(packet.status, b.at[1]);
        assert_int_equal(packet.length, b.at[2] << 8 | b.at[3]);
        assert_int_equal(packet.last, rows[i].last);
        ak_bytes_free(&b);
    }
}

/* ---- PRELOGIN ---- */

/* MS-TDS 4.1 */
#define MSTDS_PRELOGIN                                                                             \
    "00 001a 0006 # VERSION\n 01 0020 0001 # ENCRYPTION\n 02 0021 0001 # INSTOPT\n"                \
    "03 0022 0004 # THREADID\n 04 0026 0001 # MARS\n ff\n"                                         \
    "09 00 0000 0000 01 00 b80d0000 01"
/* MS-SSTDS 4.1: before MARS */
#define SSTDS_PRELOGIN                                                                             \
    "00 0015 0006 01 001b 0001 02 001c 000c 03 0028 0004 ff\n"                                     \
    "08 00 0155 0000 00 'MSSQLServer' 00 80190000"

static void reads_published_prelogins(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(MSTDS_PRELOGIN);
    struct ak_prelogin p;
    struct ak_parse parse;
    assert_int_equal(b.size, 0x2f - AK_TDS_HEADER);
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&b), &p, &parse), AK_VERDICT_PARSED);
    assert_true(p.has_version && p.has_encryption && p.has_instance && p.has_thread && p.has_mars);
    assert_false(p.has_trace_id || p.has_fedauth || p.has_nonce);
    assert_int_equal(p.major, 9);
    assert_int_equal(p.minor, 0);
    assert_int_equal(p.build, 0);
    assert_int_equal(p.encryption, AK_TDS_ENCRYPTION_ON);
    assert_int_equal(p.instance.size, 1);
    assert_int_equal(p.instance_status, 0);
    assert_int_equal(p.thread, 0xdb8);
    assert_int_equal(p.mars, 1);
    assert_int_equal(p.options, 5);
    assert_int_equal(p.unknown_options, 0);
    ak_bytes_free(&b);

    b = ak_hex(SSTDS_PRELOGIN);
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&b), &p, &parse), AK_VERDICT_PARSED);
    assert_int_equal(p.major, 8);
    assert_int_equal(p.build, 341);
    assert_int_equal(p.encryption, AK_TDS_ENCRYPTION_OFF);
    assert_int_equal(p.instance.size, 12);
    assert_memory_equal(p.instance.bytes, "MSSQLServer", 12);
    assert_int_equal(p.thread, 0x1980);
    assert_false(p.has_mars);
    ak_bytes_free(&b);
}

/* A SqlClient-like request: TRACEID, FEDAUTHREQUIRED, NONCEOPT and an option of the future. */
static void reads_later_options(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("00 0024 0006 01 002a 0001 05 002b 0024 06 004f 0001 07 0050 0020\n"
                               "09 0070 0002 ff 00*5 # options need not follow the table closely\n"
                               "10 00 07d0 0001 83 aa*16 bb*16 01000000 01 cc*32 dddd");
    struct ak_prelogin p;
    struct ak_parse parse;
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&b), &p, &parse), AK_VERDICT_PARSED);
    assert_int_equal(p.major, 16);
    assert_int_equal(p.build, 2000);
    assert_int_equal(p.sub_build, 1);
    assert_int_equal(p.encryption, 0x83);
    assert_true(p.has_trace_id);
    assert_int_equal(p.trace_id.size, 36);
    assert_int_equal(p.trace_id.bytes[0], 0xaa);
    assert_true(p.has_fedauth);
    assert_int_equal(p.fedauth, 1);
    assert_true(p.has_nonce);
    assert_int_equal(p.options, 6);
    assert_int_equal(p.unknown_options, 1);
    ak_bytes_free(&b);
}

static void prelogin_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        size_t offset;
        const char *field;
        unsigned options;
    } rows[] = {
        {"", AK_VERDICT_SHORT, 0, "option token", 0},
        {"00", AK_VERDICT_SHORT, 1, "option offset", 0},
        {"00 0006", AK_VERDICT_SHORT, 3, "option length", 0},
        {"00 0006 0006", AK_VERDICT_SHORT, 5, "option", 1},
        {"00 0006 0006 ff 0f00 0000 00", AK_VERDICT_SHORT, 5, "option", 1},
        {"00 0006 0006 ff 0f00 0000 0000", AK_VERDICT_PARSED, 0, NULL, 1},
        {"00 ffff 0006 ff 0f00 0000 0000", AK_VERDICT_SHORT, 5, "option", 1},
        {"00 0006 ffff ff 0f00 0000 0000", AK_VERDICT_SHORT, 5, "option", 1},
        {"01 0006 0001 ff 00", AK_VERDICT_BAD, 5, "VERSION must come first", 1},
        {"ff", AK_VERDICT_PARSED, 0, NULL, 0},
        {"00 0005 0000 ff", AK_VERDICT_PARSED, 0, NULL, 1},           /* empty: as if not there */
        {"00 0000 0006 00", AK_VERDICT_SHORT, 6, "option offset", 1}, /* no terminator */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_prelogin p;
        struct ak_parse parse;
        (void)ak_prelogin_parse(ak_bytes_span(&b), &p, &parse);
        ak_assert_parse(&parse, rows[i].verdict, rows[i].offset, rows[i].field);
        assert_int_equal(p.options, rows[i].options);
        ak_bytes_free(&b);
    }
}

static void short_options_are_absent(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("00 0029 0005 01 0029 0000 02 0029 0000 03 0029 0003 04 0029 0000\n"
                               "05 0029 000f 06 0029 0000 07 0029 001f ff 11*31");
    struct ak_prelogin p;
    struct ak_parse parse;
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&b), &p, &parse), AK_VERDICT_PARSED);
    assert_false(p.has_version || p.has_encryption || p.has_thread || p.has_mars);
    assert_false(p.has_trace_id || p.has_fedauth || p.has_nonce);
    assert_true(p.has_instance); /* may be empty */
    assert_int_equal(p.instance.size, 0);
    assert_int_equal(p.options, 8);
    ak_bytes_free(&b);
}

static void any_prelogin(struct ak_span in, void *context)
{
    (void)context;
    struct ak_prelogin p;
    struct ak_parse parse;
    (void)ak_prelogin_parse(in, &p, &parse);
    assert_true(parse.offset <= in.size);
    assert_true(p.options <= in.size / 5);
    ak_assert_inside(in, p.instance);
    ak_assert_inside(in, p.trace_id);
}

static void cut_prelogin(struct ak_span in, void *context)
{
    const size_t *whole = context;
    struct ak_prelogin p;
    struct ak_parse parse;
    assert_int_equal(ak_prelogin_parse(in, &p, &parse),
                     in.size < *whole ? AK_VERDICT_SHORT : AK_VERDICT_PARSED);
    any_prelogin(in, NULL);
}

static void damaged_prelogins(void **state)
{
    (void)state;
    static const char *const bodies[] = {MSTDS_PRELOGIN, SSTDS_PRELOGIN};
    for (size_t i = 0; i < AK_COUNT(bodies); i++) {
        struct ak_bytes b = ak_hex(bodies[i]);
        ak_each_prefix(ak_bytes_span(&b), cut_prelogin, &b.size);
        ak_each_flip(ak_bytes_span(&b), any_prelogin, NULL);
        ak_bytes_free(&b);
    }
}

/* ---- LOGIN7 ---- */

#define LOGIN_FIXED(option2, option3)                                                              \
    "94000000 # Length\n 04000074 # TDSVersion\n 00100000 # PacketSize\n"                          \
    "01020304 # ClientProgVer\n d2040000 # ClientPID\n 00000000 # ConnectionID\n"                  \
    "e0 " option2 " 00 " option3 " # options\n 00000000 # time zone\n 09040000 # LCID\n"
#define LOGIN_TABLE                                                                                \
    "5e00 0200 # host\n 6200 0200 # user\n 6600 0300 # password\n 6c00 0300 # application\n"       \
    "7200 0500 # server\n 7c00 0400 # extension\n 8000 0300 # library\n 8600 0000 # language\n"    \
    "8600 0200 # database\n 00*6 8a00 0000 8a00 0000 8a00 0000 00000000\n"
#define LOGIN_TEXTS                                                                                \
    "68003100 # h1\n 73006100 # sa\n b1a591a5e1a5 # password\n 610070007000 # app\n"               \
    "730071006c0030003100 # sql01\n 8a000000 # to FeatureExt\n 6c0069006200 # lib\n"               \
    "64006200 # db\n"

static void reads_login7(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex(LOGIN_FIXED("03", "00") LOGIN_TABLE LOGIN_TEXTS "ff");
    struct ak_login7 l;
    struct ak_parse parse;
    bool fixed = false;
    assert_int_equal(ak_login7_parse(ak_bytes_span(&b), &l, &fixed, &parse), AK_VERDICT_PARSED);
    assert_true(fixed);
    assert_int_equal(l.tds_version, 0x74000004);
    assert_int_equal(l.packet_size, 4096);
    assert_int_equal(l.client_version, 0x04030201);
    assert_int_equal(l.client_pid, 1234);
    assert_int_equal(l.option1, 0xe0);
    assert_int_equal(l.option2, 3);
    assert_int_equal(l.lcid, 0x409);
    assert_wide(l.host, "h1");
    assert_wide(l.user, "sa");
    assert_int_equal(l.password_characters, 3);
    assert_wide(l.application, "app");
    assert_wide(l.server, "sql01");
    assert_wide(l.library, "lib");
    assert_int_equal(l.language.size, 0);
    assert_wide(l.database, "db");
    assert_false(l.integrated_security);
    assert_false(l.federated);
    ak_bytes_free(&b);
}

static void login7_flags(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool integrated, federated;
    } rows[] = {
        {LOGIN_FIXED("83", "00") LOGIN_TABLE LOGIN_TEXTS "ff", true, false},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "ff", false, false},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "02 02000000 0203 ff", false, true},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "04 01000000 02 0a 01000000 01 ff", false,
         false},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "01 00000000 02 01000000 00 ff", false,
         true},
        {LOGIN_FIXED("03", "00") LOGIN_TABLE LOGIN_TEXTS "02 02000000 0203 ff", false, false},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "04 ffffffff 02", false, false},
        {LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS, false, false}, /* cut before it */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_login7 l;
        struct ak_parse parse;
        bool fixed;
        assert_int_equal(ak_login7_parse(ak_bytes_span(&b), &l, &fixed, &parse), AK_VERDICT_PARSED);
        assert_int_equal(l.integrated_security, rows[i].integrated);
        assert_int_equal(l.federated, rows[i].federated);
        ak_bytes_free(&b);
    }
}

/* SHORT leaves what came usable; a text that lies outside is absent. */
static void cut_login7(struct ak_span in, void *context)
{
    const size_t *whole = context;
    struct ak_login7 l;
    struct ak_parse parse;
    bool fixed;
    enum ak_verdict verdict = ak_login7_parse(in, &l, &fixed, &parse);
    assert_int_equal(fixed, in.size >= 36);
    if (*whole != 0)
        assert_int_equal(verdict, in.size < 72 ? AK_VERDICT_SHORT : AK_VERDICT_PARSED);
    assert_true(parse.offset <= in.size);
    const struct ak_span texts[] = {l.host,    l.user,     l.application, l.server,
                                    l.library, l.language, l.database};
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        ak_assert_inside(in, texts[i]);
    if (fixed && *whole != 0)
        assert_int_equal(l.packet_size, 4096);
}

static void damaged_login7(void **state)
{
    (void)state;
    struct ak_bytes b =
        ak_hex(LOGIN_FIXED("03", "10") LOGIN_TABLE LOGIN_TEXTS "01 00000000 02 01000000 00 ff");
    size_t none = 0;
    ak_each_prefix(ak_bytes_span(&b), cut_login7, &b.size);
    ak_each_flip(ak_bytes_span(&b), cut_login7, &none);
    ak_bytes_free(&b);
}

/* ---- response tokens ---- */

#define LOGINACK                                                                                   \
    "ad 3600 01 72090002 16 4d006900630072006f0073006f0066007400200053005100"                      \
    "4c00200053006500720076006500720000000000 09000bb8"

static void reads_tokens(void **state)
{
    (void)state;
    struct ak_bytes b =
        ak_hex("e3 1100 01 06 6d0061007300740065007200 # database: master\n 01 6d00\n"
               "e3 1300 04 04 3400300039003600 04 3400300039003600 # packet size 4096\n"
               "ab 1400 451600 00 02 00 0300 610062006300 00 00 00000000 # INFO 5701\n"
               "a9 0200 0100 # ORDER\n 79 00000000 # RETURNSTATUS\n"
               "ed 0300 112233 # SSPI\n ee 02000000 0000 # FEDAUTHINFO\n e4 01000000 00\n" LOGINACK
               " e3 1000 14 0b00 00 9905 0300 61006c007400 0000 # routing: alt,1433\n"
               "fd 0000 0000 00*8 # DONE\n fe 00*12 ff 00*12");
    static const enum ak_tds_token_kind kinds[] = {
        AK_TDS_TOKEN_ENVCHANGE, AK_TDS_TOKEN_ENVCHANGE, AK_TDS_TOKEN_INFO,  AK_TDS_TOKEN_OTHER,
        AK_TDS_TOKEN_OTHER,     AK_TDS_TOKEN_SSPI,      AK_TDS_TOKEN_OTHER, AK_TDS_TOKEN_OTHER,
        AK_TDS_TOKEN_LOGINACK,  AK_TDS_TOKEN_ROUTING,   AK_TDS_TOKEN_DONE,  AK_TDS_TOKEN_DONE,
        AK_TDS_TOKEN_DONE};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    struct ak_tds_token t;
    for (size_t i = 0; i < AK_COUNT(kinds); i++) {
        assert_int_equal(ak_tds_token_parse(&r, &t), AK_VERDICT_PARSED);
        assert_int_equal(t.kind, kinds[i]);
        switch (i) {
        case 0:
            assert_int_equal(t.change_type, 1);
            break;
        case 1:
            assert_int_equal(t.change_type, 4);
            assert_int_equal(t.packet_size, 4096);
            break;
        case 2:
            assert_int_equal(t.number, 5701);
            assert_int_equal(t.state, 2);
            assert_int_equal(t.severity, 0);
            assert_wide(t.message, "abc");
            break;
        case 8:
            assert_int_equal(t.version, 0x72090002);
            assert_int_equal(t.program_version, 0x09000bb8);
            assert_wide(t.message, "Microsoft SQL Server");
            break;
        case 9:
            assert_int_equal(t.port, 1433);
            assert_wide(t.message, "alt");
            break;
        default:
            break;
        }
    }
    assert_int_equal(r.left, 0);
    ak_bytes_free(&b);
}

static void reads_an_error(void **state)
{
    (void)state;
    struct ak_bytes b = ak_hex("aa 2000 18480000 08 0e 0500 4c006f00670069006e00 02 73003100"
                               "02 70003200 01000000 fd 02000000 00*8");
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
    struct ak_tds_token t;
    assert_int_equal(ak_tds_token_parse(&r, &t), AK_VERDICT_PARSED);
    assert_int_equal(t.kind, AK_TDS_TOKEN_ERROR);
    assert_int_equal(t.number, 18456);
    assert_int_equal(t.state, 8);
    assert_int_equal(t.severity, 14);
    assert_wide(t.message, "Login");
    assert_wide(t.server, "s1");
    assert_int_equal(ak_tds_token_parse(&r, &t), AK_VERDICT_PARSED);
    assert_int_equal(t.kind, AK_TDS_TOKEN_DONE);
    assert_int_equal(r.left, 0);
    ak_bytes_free(&b);
}

static void token_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_verdict verdict;
        size_t offset;
    } rows[] = {
        {"", AK_VERDICT_SHORT, 0},
        {"aa", AK_VERDICT_SHORT, 1},
        {"aa 05", AK_VERDICT_SHORT, 1},
        {"aa 0500 01020304", AK_VERDICT_SHORT, 3},             /* body cut */
        {"aa 0500 18480000 01", AK_VERDICT_SHORT, 8},          /* body too short for its fields */
        {"aa 0800 18480000 01 0e ffff", AK_VERDICT_SHORT, 11}, /* text longer than the body */
        {"fd 00*11", AK_VERDICT_SHORT, 1},
        {"79 000000", AK_VERDICT_SHORT, 1},
        {"ee ffffffff", AK_VERDICT_SHORT, 5},
        {"81 0100 00", AK_VERDICT_UNKNOWN, 1}, /* COLMETADATA */
        {"d1 00", AK_VERDICT_UNKNOWN, 1},      /* ROW */
        {"00", AK_VERDICT_UNKNOWN, 1},
        {"e3 0000", AK_VERDICT_SHORT, 3},
        {"e3 0300 14 0600", AK_VERDICT_SHORT, 6},
        {"ad 0100 01", AK_VERDICT_SHORT, 4},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_parse parse;
        struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
        struct ak_tds_token t;
        assert_int_equal(ak_tds_token_parse(&r, &t), rows[i].verdict);
        ak_assert_parse(&parse, rows[i].verdict, rows[i].offset, NULL);
        assert_int_equal(r.left, 0); /* a loop over tokens ends */
        ak_bytes_free(&b);
    }
}

static void packet_sizes_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint32_t size;
    } rows[] = {
        {"e3 0c00 04 05 33003200370036003700", 32767},
        {"e3 0200 04 00", 0},
        {"e3 0600 04 02 78003900", 9}, /* other characters do not count */
        {"e3 2a00 04 14 39003900390039003900390039003900390039003900390039003900390039003900390039"
         "003900",
         999999}, /* digits beyond the sixth are dropped, not added up */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_parse parse;
        struct ak_reader r = ak_reader_of(b.at, b.size, &parse);
        struct ak_tds_token t;
        assert_int_equal(ak_tds_token_parse(&r, &t), AK_VERDICT_PARSED);
        assert_int_equal(t.packet_size, rows[i].size);
        ak_bytes_free(&b);
    }
}

static void all_tokens(struct ak_span in, void *context)
{
    (void)context;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(in.bytes, in.size, &parse);
    size_t count = 0;
    while (r.left != 0) {
        struct ak_tds_token t;
        size_t before = r.left;
        enum ak_verdict verdict = ak_tds_token_parse(&r, &t);
        assert_true(r.left < before);
        assert_true(++count <= in.size);
        ak_assert_inside(in, t.message);
        ak_assert_inside(in, t.server);
        if (verdict != AK_VERDICT_PARSED)
            assert_int_equal(r.left, 0);
    }
}

static void damaged_tokens(void **state)
{
    (void)state;
    struct ak_bytes b =
        ak_hex("e3 1300 04 04 3400300039003600 04 3400300039003600"
               "aa 2000 18480000 08 0e 0500 4c006f00670069006e00 02 73003100 02 70003200 01000000"
               "ed 0300 112233 ee 02000000 0000" LOGINACK
               " e3 1000 14 0b00 00 9905 0300 61006c007400 0000 fd 00*12");
    ak_each_damage(ak_bytes_span(&b), all_tokens, NULL);
    ak_bytes_free(&b);
}

/* ---- SMP ---- */

static void parses_smp(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool ok;
    } rows[] = {
        {"53 08 0500 60000000 01000000 04000000", true}, /* MC-SMP 4.3 */
        {"53 01 0000 10000000 00000000 04000000", true}, /* SYN */
        {"53 02 0000 10000000 02000000 06000000", true},
        {"53 04 0000 10000000 02000000 06000000", true},
        {"53 08 0000 0f000000 02000000 06000000", false}, /* shorter than its header */
        {"53 08 0000 00000100 02000000 06000000", true},
        {"53 08 0000 01000100 02000000 06000000", false},
        {"53 00 0000 10000000 02000000 06000000", false},
        {"53 03 0000 10000000 02000000 06000000", false}, /* one flag at a time */
        {"53 10 0000 10000000 02000000 06000000", false},
        {"52 08 0000 10000000 02000000 06000000", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct ak_smp smp;
        assert_int_equal(b.size, AK_SMP_HEADER);
        assert_int_equal(ak_smp_parse(b.at, &smp), rows[i].ok);
        if (i == 0) {
            assert_int_equal(smp.flags, 8);
            assert_int_equal(smp.session, 5);
            assert_int_equal(smp.length, 0x60);
        }
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_packet_headers),
        cmocka_unit_test(reads_published_prelogins),
        cmocka_unit_test(reads_later_options),
        cmocka_unit_test(prelogin_verdicts),
        cmocka_unit_test(short_options_are_absent),
        cmocka_unit_test(damaged_prelogins),
        cmocka_unit_test(reads_login7),
        cmocka_unit_test(login7_flags),
        cmocka_unit_test(damaged_login7),
        cmocka_unit_test(reads_tokens),
        cmocka_unit_test(reads_an_error),
        cmocka_unit_test(token_verdicts),
        cmocka_unit_test(packet_sizes_are_bounded),
        cmocka_unit_test(damaged_tokens),
        cmocka_unit_test(parses_smp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
