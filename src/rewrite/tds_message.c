/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/tds_message.h"

#include <string.h>

#include "base/attr.h"
#include "rewrite/copier.h"

#include "base/banned.h"

/* ---- PRELOGIN ([MS-TDS] 2.2.6.5) ---- */

enum { VERSION, ENCRYPTION, INSTANCE, THREAD, MARS, TRACE_ID, FEDAUTH, NONCE };

static void instance_name(struct ak_copier *c)
{
    size_t size = c->r.left;
    if (size == 1) { /* the server's answer */
        (void)ak_copy(c, 1);
        return;
    }
    while (size > 0 && c->r.at[size - 1] == 0)
        size--;
    ak_copy_name(c, AK_TEXT_UTF8, size);
}

static void prelogin_value(struct ak_copier *c, size_t token)
{
    static const uint8_t sizes[] = {
        [VERSION] = 6, [ENCRYPTION] = 1, [THREAD] = 4, [MARS] = 1, [FEDAUTH] = 1};
    if (token == INSTANCE)
        instance_name(c);
    else if (token == TRACE_ID)
        ak_copy_stand_in(c, c->r.left);
    else if (token < AK_COUNT(sizes) && c->r.left >= sizes[token])
        (void)ak_copy(c, sizes[token]);
}

void ak_rewrite_prelogin(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to)
{
    struct ak_parse parse, inner;
    struct ak_copier table = ak_copier_of(body, to, names, &parse);
    for (size_t options = 0; table.r.left != 0; options++) {
        size_t token = ak_copy_u8(&table);
        if (token == 0xff)
            return;
        size_t offset = ak_copy_be16(&table), length = ak_copy_be16(&table);
        struct ak_copier all = ak_copier_of(body, to, names, &inner);
        ak_copy_skip(&all, offset);
        struct ak_copier value = ak_copy_sub(&all, length);
        bool bad = options == 0 && token != 0;
        if (bad || !ak_reader_ok(&table.r) || !ak_reader_ok(&all.r))
            return; /* the reader stops here too */
        prelogin_value(&value, token);
    }
}

/* ---- LOGIN7 ([MS-TDS] 2.2.6.4) ---- */

enum { CLIENT_ID = 72, AFTER_CLIENT_ID = 78, FEATURE_FIELD = 56 };
enum { FIXED_TDS70 = 86, FIXED_TDS72 = 94 };

/* What drivers and tools call themselves says nothing of anybody. */
static const char *const programs[] = {
    "Microsoft SQL Server",
    "Microsoft SQL Server Management Studio",
    "Microsoft JDBC Driver for SQL Server",
    ".Net SqlClient Data Provider",
    "Core .Net SqlClient Data Provider",
    "Core Microsoft SqlClient Data Provider",
    "Framework Microsoft SqlClient Data Provider",
    "ODBC",
    "OLEDB",
    "DB-Library",
    "CT-Library",
    "TDS-Library",
    "FreeTDS",
    "jTDS",
    "Tedious",
    "tedious",
    "node-mssql",
    "node-tds",
    "go-mssqldb",
    "pymssql",
    "SQLCMD",
    "SQLAgent",
    "tsql",
};

static bool is_program(const uint8_t *utf16, size_t size)
{
    for (size_t i = 0; i < AK_COUNT(programs); i++) {
        size_t n = strlen(programs[i]), same = 0;
        while (2 * n == size && same < n && utf16[2 * same] == (uint8_t)programs[i][same] &&
               utf16[2 * same + 1] == 0)
            same++;
        if (2 * n == size && same == n)
            return true;
    }
    return false;
}

static void program_name(struct ak_copier *c, size_t size)
{
    if (size <= c->r.left && is_program(c->r.at, size))
        (void)ak_copy(c, size);
    else
        ak_copy_name(c, AK_TEXT_UTF16LE, size);
}

enum treatment { SECRET, NAME, PROGRAM };

static const struct {
    uint8_t at; /* of offset and length in the message */
    uint8_t how;
    uint8_t unit; /* bytes that the length counts */
} login_fields[] = {
    {36, NAME, 2},   {48, PROGRAM, 2}, {52, NAME, 2},   {60, PROGRAM, 2},
    {64, NAME, 2},   {68, NAME, 2},    {40, SECRET, 2}, {44, SECRET, 2},
    {78, SECRET, 1}, {82, SECRET, 2},  {86, SECRET, 2},
};

static void login_field(struct ak_copier all, size_t offset, size_t size, enum treatment how)
{
    ak_copy_skip(&all, offset);
    struct ak_copier field = ak_copy_sub(&all, size);
    if (!ak_reader_ok(&all.r))
        return;
    if (how == NAME)
        ak_copy_name(&field, AK_TEXT_UTF16LE, size);
    else if (how == PROGRAM)
        program_name(&field, size);
    else if (size != 0)
        memset(all.to + offset, 0, size); /* whatever else claims these bytes */
}

/* ibExtension leads to a DWORD that leads to { FeatureId(1) length(4) data }* ff. */
static void login_features(struct ak_span body, uint8_t *to)
{
    struct ak_parse parse;
    struct ak_copier at = ak_copier_of(body, to, NULL, &parse);
    ak_copy_skip(&at, ak_le16(body.bytes + FEATURE_FIELD));
    const uint8_t *where = ak_copy(&at, 4);
    if (where == NULL)
        return;
    struct ak_copier list = ak_copier_of(body, to, NULL, &parse);
    ak_copy_skip(&list, ak_le32(where));
    while (list.r.left != 0) {
        if (ak_copy_u8(&list) == 0xff)
            return;
        const uint8_t *length = ak_copy(&list, 4);
        ak_copy_skip(&list, length != NULL ? ak_le32(length) : 0);
    }
}

/* The fixed part ends where the first text begins: before TDS 7.2 it was shorter. */
static size_t fixed_size(struct ak_span body)
{
    size_t end = FIXED_TDS72;
    for (size_t i = 0; i < AK_COUNT(login_fields); i++) {
        size_t at = login_fields[i].at;
        if (at + 4 > FIXED_TDS70 || at + 4 > body.size || ak_le16(body.bytes + at + 2) == 0)
            continue;
        size_t offset = ak_le16(body.bytes + at);
        if (offset >= FIXED_TDS70 && offset < end)
            end = offset;
    }
    return end < body.size ? end : body.size;
}

void ak_rewrite_login7(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to)
{
    struct ak_parse parse;
    struct ak_copier c = ak_copier_of(body, to, names, &parse);
    size_t head = fixed_size(body);
    (void)ak_copy(&c, head);
    if (head >= AFTER_CLIENT_ID && names != NULL)
        ak_pseudonym_hardware(names, to + CLIENT_ID);
    if (head >= FIXED_TDS70 && body.bytes[27] & 0x10)
        login_features(body, to);
    for (size_t i = 0; i < AK_COUNT(login_fields); i++) {
        size_t at = login_fields[i].at;
        if (at + 4 > head)
            continue;
        size_t offset = ak_le16(body.bytes + at), length = ak_le16(body.bytes + at + 2);
        if (offset < head)
            continue;
        struct ak_copier all = ak_copier_of(body, to, names, &parse);
        login_field(all, offset, length * login_fields[i].unit,
                    (enum treatment)login_fields[i].how);
    }
}

/* ---- answers ([MS-TDS] 2.2.7) ---- */

static void masked_text(struct ak_copier *c, size_t size)
{
    uint8_t *p = ak_copy(c, size);
    if (p != NULL)
        ak_mask_text(AK_TEXT_UTF16LE, p, size);
}

static void message_token(struct ak_copier *c)
{
    (void)ak_copy(c, 6);
    masked_text(c, ak_copy_le16(c) * 2);
    ak_copy_name(c, AK_TEXT_UTF16LE, ak_copy_u8(c) * 2); /* server */
    ak_copy_name(c, AK_TEXT_UTF16LE, ak_copy_u8(c) * 2); /* procedure */
    if (c->r.left <= 4)
        (void)ak_copy_rest(c);
}

static void environment_token(struct ak_copier *c)
{
    switch (ak_copy_u8(c)) {
    case 1: /* database */
    case 2: /* language */
        ak_copy_name(c, AK_TEXT_UTF16LE, ak_copy_u8(c) * 2);
        ak_copy_name(c, AK_TEXT_UTF16LE, ak_copy_u8(c) * 2);
        break;
    case 3: /* character set */
    case 4: /* packet size */
        (void)ak_copy_rest(c);
        break;
    case 20: /* routing */
        (void)ak_copy(c, 5);
        ak_copy_name(c, AK_TEXT_UTF16LE, ak_copy_le16(c) * 2);
        break;
    default:
        break;
    }
}

static void acknowledge_token(struct ak_copier *c)
{
    (void)ak_copy(c, 5);
    program_name(c, ak_copy_u8(c) * 2);
    (void)ak_copy(c, 4);
}

static size_t token_length(struct ak_copier *c, size_t type)
{
    if (type != 0xe4 && type != 0xee)
        return ak_copy_le16(c);
    const uint8_t *p = ak_copy(c, 4);
    return p != NULL ? ak_le32(p) : 0;
}

/* False: nothing after it is read. */
static bool token(struct ak_copier *c)
{
    size_t type = c->r.at[0];
    bool plain = type == 0xfd || type == 0xfe || type == 0xff || type == 0x79;
    bool sized = type == 0xaa || type == 0xab || type == 0xad || type == 0xe3 || type == 0xed ||
                 type == 0xa9 || type == 0xe4 || type == 0xee;
    if (!plain && !sized)
        return false;
    (void)ak_copy_u8(c);
    if (plain) {
        (void)ak_copy(c, type == 0x79 ? 4 : 12);
        return true;
    }
    struct ak_copier body = ak_copy_sub(c, token_length(c, type));
    if (type == 0xaa || type == 0xab)
        message_token(&body);
    else if (type == 0xe3)
        environment_token(&body);
    else if (type == 0xad)
        acknowledge_token(&body);
    else if (type == 0xa9)
        (void)ak_copy_rest(&body);
    return ak_reader_ok(&c->r);
}

void ak_rewrite_response(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to)
{
    struct ak_parse parse;
    struct ak_copier c = ak_copier_of(body, to, names, &parse);
    if (body.size != 0)
        to[0] = body.bytes[0]; /* zero would make it an answer to PRELOGIN */
    while (c.r.left != 0 && token(&c))
        ;
}
