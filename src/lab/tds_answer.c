/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/tds_answer.h"

#include <string.h>

#include "codec/ssrp.h"
#include "codec/tds.h"
#include "model/sql_names.h"

#include "base/banned.h"

enum {
    PACKET = 4096,
    ANSWER_MAXIMUM = 64 * 1024,
    DONE_ERROR = 0x02,
    DONE_COUNT = 0x10,
    TOKEN_COLMETADATA = 0x81,
    TOKEN_ERROR = 0xaa,
    TOKEN_LOGINACK = 0xad,
    TOKEN_ROW = 0xd1,
    TOKEN_ENVCHANGE = 0xe3,
    TOKEN_DONE = 0xfd,
    TYPE_TINYINT = 0x30,
    TYPE_NVARCHAR = 0xe7
};
static const uint32_t tds72 = 0x72000000;
static const uint8_t collation[] = {0x09, 0x04, 0xd0, 0x00, 0x34};

/* ---- numbers and texts ---- */

static void u8(struct ak_text *out, unsigned value)
{
    ak_text_char(out, (char)(uint8_t)value);
}

static void be16(struct ak_text *out, unsigned value)
{
    u8(out, value >> 8);
    u8(out, value & 0xff);
}

static void le16(struct ak_text *out, unsigned value)
{
    u8(out, value & 0xff);
    u8(out, value >> 8 & 0xff);
}

static void le32(struct ak_text *out, uint32_t value)
{
    le16(out, value & 0xffff);
    le16(out, value >> 16);
}

/* Texts of the lab are ASCII. */
static void utf16(struct ak_text *out, const char *text)
{
    for (; *text != '\0'; text++)
        le16(out, (uint8_t)*text);
}

static void short_text(struct ak_text *out, const char *text)
{
    u8(out, (unsigned)strlen(text));
    utf16(out, text);
}

static void number_text(struct ak_text *out, uint32_t value)
{
    struct ak_text text;
    ak_text_init(&text, 16);
    ak_text_u64(&text, value);
    short_text(out, ak_text_string(&text));
    ak_text_release(&text);
}

/* A token with a 16-bit length before its body. */
static void token(struct ak_text *out, uint8_t kind, struct ak_text *body)
{
    u8(out, kind);
    le16(out, (unsigned)body->size);
    ak_text_bytes(out, body->bytes, body->size);
    if (body->failed)
        ak_text_fail(out);
    ak_text_release(body);
}

/* ---- packets ---- */

void ak_tds_packets(struct ak_text *out, uint8_t type, const void *body, size_t size)
{
    const uint8_t *bytes = body;
    unsigned number = 1;
    size_t at = 0;
    do {
        size_t part = size - at < PACKET - AK_TDS_HEADER ? size - at : PACKET - AK_TDS_HEADER;
        u8(out, type);
        u8(out, at + part == size); /* status: end of message */
        be16(out, (unsigned)part + AK_TDS_HEADER);
        be16(out, 0);
        u8(out, number++ & 0xff);
        u8(out, 0);
        if (part != 0)
            ak_text_bytes(out, bytes + at, part);
        at += part;
    } while (at < size);
}

void ak_tds_prelogin_reply(struct ak_text *out, struct ak_lab_build build, uint8_t encryption)
{
    static const struct {
        uint8_t token, size;
    } options[] = {{0, 6}, {1, 1}, {2, 1}, {3, 0}, {4, 1}};
    struct ak_text body;
    unsigned offset = sizeof options / sizeof options[0] * 5 + 1;
    ak_text_init(&body, ANSWER_MAXIMUM);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        u8(&body, options[i].token);
        be16(&body, offset);
        be16(&body, options[i].size);
        offset += options[i].size;
    }
    u8(&body, 0xff);
    u8(&body, build.major);
    u8(&body, build.minor);
    be16(&body, build.build);
    be16(&body, 0);
    u8(&body, encryption);
    u8(&body, 0); /* the instance is the one that was asked for */
    u8(&body, 0); /* no MARS */
    ak_tds_packets(out, AK_TDS_RESPONSE, body.bytes, body.size);
    ak_text_release(&body);
}

/* ---- tokens ---- */

void ak_tds_done(struct ak_text *out, uint32_t tds, uint16_t status)
{
    u8(out, TOKEN_DONE);
    le16(out, status);
    le16(out, 0xc1); /* of a SELECT; nobody looks elsewhere */
    le32(out, (status & DONE_COUNT) != 0);
    if (tds >= tds72)
        le32(out, 0);
}

void ak_tds_error(struct ak_text *out, uint32_t tds, int32_t number, const char *text)
{
    struct ak_text body;
    ak_text_init(&body, ANSWER_MAXIMUM);
    le32(&body, (uint32_t)number);
    u8(&body, 1);
    u8(&body, 14);
    le16(&body, (unsigned)strlen(text));
    utf16(&body, text);
    short_text(&body, "AKUSHU-LAB");
    short_text(&body, "");
    if (tds >= tds72)
        le32(&body, 1);
    else
        le16(&body, 1);
    token(out, TOKEN_ERROR, &body);
    ak_tds_done(out, tds, DONE_ERROR);
}

static void change_text(struct ak_text *out, uint8_t kind, const char *new, const char *old)
{
    struct ak_text body;
    ak_text_init(&body, ANSWER_MAXIMUM);
    u8(&body, kind);
    short_text(&body, new);
    short_text(&body, old);
    token(out, TOKEN_ENVCHANGE, &body);
}

/* jTDS takes a login without a collation for one of SQL Server 7. */
static void change_collation(struct ak_text *out)
{
    struct ak_text body;
    ak_text_init(&body, ANSWER_MAXIMUM);
    u8(&body, 7);
    u8(&body, sizeof collation);
    ak_text_bytes(&body, collation, sizeof collation);
    u8(&body, 0);
    token(out, TOKEN_ENVCHANGE, &body);
}

static void change_packet_size(struct ak_text *out, uint32_t size)
{
    struct ak_text body;
    ak_text_init(&body, ANSWER_MAXIMUM);
    u8(&body, 4);
    number_text(&body, size);
    number_text(&body, PACKET);
    token(out, TOKEN_ENVCHANGE, &body);
}

static void change_route(struct ak_text *out, const char *host, uint16_t port)
{
    struct ak_text body;
    size_t size = strlen(host);
    ak_text_init(&body, ANSWER_MAXIMUM);
    u8(&body, 20);
    le16(&body, (unsigned)(1 + 2 + 2 + 2 * size));
    u8(&body, 0); /* TCP */
    le16(&body, port);
    le16(&body, (unsigned)size);
    utf16(&body, host);
    le16(&body, 0);
    token(out, TOKEN_ENVCHANGE, &body);
}

void ak_tds_login_answer(struct ak_text *out, uint32_t tds, struct ak_lab_build build,
                         uint32_t packet_size, const char *route, uint16_t route_port)
{
    struct ak_text body;
    change_text(out, 1, "master", "master");
    change_collation(out);
    ak_text_init(&body, ANSWER_MAXIMUM);
    u8(&body, 1); /* SQL_TSQL */
    be16(&body, tds >> 16);
    be16(&body, tds & 0xffff);
    short_text(&body, "Microsoft SQL Server");
    u8(&body, build.major);
    u8(&body, build.minor);
    be16(&body, build.build);
    token(out, TOKEN_LOGINACK, &body);
    change_packet_size(out, packet_size != 0 ? packet_size : PACKET);
    if (route != NULL)
        change_route(out, route, route_port);
    ak_tds_done(out, tds, 0);
}

/* ---- rows ---- */

static void column(struct ak_text *out, uint32_t tds, uint8_t type, const char *name)
{
    u8(out, TOKEN_COLMETADATA);
    le16(out, 1);
    if (tds >= tds72)
        le32(out, 0);
    else
        le16(out, 0);
    le16(out, 0);
    u8(out, type);
    if (type == TYPE_NVARCHAR) {
        le16(out, 8000);
        ak_text_bytes(out, collation, sizeof collation);
    }
    short_text(out, name);
}

static void number_row(struct ak_text *out, uint32_t tds, uint8_t value)
{
    column(out, tds, TYPE_TINYINT, "n");
    u8(out, TOKEN_ROW);
    u8(out, value);
    ak_tds_done(out, tds, DONE_COUNT);
}

static void version_row(struct ak_text *out, uint32_t tds, struct ak_lab_build build)
{
    const char *product = ak_sql_product_name(build.major, build.minor);
    struct ak_text text;
    ak_text_init(&text, 256);
    ak_text_format(&text, "Microsoft %s (akushu lab) - %u.%u.%u.0",
                   product != NULL ? product : "SQL Server", build.major, build.minor, build.build);
    column(out, tds, TYPE_NVARCHAR, "version");
    u8(out, TOKEN_ROW);
    le16(out, (unsigned)text.size * 2);
    utf16(out, ak_text_string(&text));
    ak_tds_done(out, tds, DONE_COUNT);
    ak_text_release(&text);
}

/* An ASCII word, capitals or not, as UTF-16 anywhere in the body. */
static bool says(struct ak_span body, const char *word)
{
    size_t size = strlen(word);
    for (size_t at = 0; at + 2 * size <= body.size; at++) {
        size_t n = 0;
        while (n < size && body.bytes[at + 2 * n + 1] == 0 &&
               (body.bytes[at + 2 * n] & ~0x20) == (word[n] & ~0x20))
            n++;
        if (n == size)
            return true;
    }
    return false;
}

void ak_tds_batch_answer(struct ak_text *out, uint32_t tds, struct ak_span body,
                         struct ak_lab_build build)
{
    if (says(body, "@@MAX_PRECISION"))
        number_row(out, tds, 38); /* jTDS believes that it is connected when it has read this */
    else if (says(body, "@@VERSION"))
        version_row(out, tds, build);
    else if (says(body, "SELECT"))
        number_row(out, tds, 1);
    else
        ak_tds_done(out, tds, 0);
}

/* ---- SQL Browser ---- */

static bool same_name(struct ak_span asked, const char *name)
{
    size_t n = strlen(name);
    if (asked.size != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((asked.bytes[i] & ~0x20) != (name[i] & ~0x20))
            return false;
    return true;
}

void ak_ssrp_lab_answer(struct ak_text *out, struct ak_span request, const char *instance,
                        struct ak_lab_build build, uint16_t port)
{
    struct ak_ssrp_request asked;
    struct ak_parse parse;
    struct ak_text text;
    if (ak_ssrp_request_parse(request, &asked, &parse) != AK_VERDICT_PARSED)
        return;
    bool one = asked.kind == AK_SSRP_INSTANCE || asked.kind == AK_SSRP_DAC;
    if (one && !same_name(asked.instance, instance))
        return;
    u8(out, AK_SSRP_ANSWER);
    if (asked.kind == AK_SSRP_DAC) {
        le16(out, 6);
        u8(out, 1);
        le16(out, port);
        return;
    }
    ak_text_init(&text, 1024);
    ak_text_format(&text,
                   "ServerName;AKUSHU-LAB;InstanceName;%s;IsClustered;No;Version;%u.%u.%u.0;"
                   "tcp;%u;;",
                   instance, build.major, build.minor, build.build, port);
    le16(out, (unsigned)text.size);
    ak_text_bytes(out, text.bytes, text.size);
    ak_text_release(&text);
}

/* ---- passwords ---- */

/* LOGIN7 44: offset and characters of the password, each byte with its halves swapped, then XOR A5
 * (MS-TDS 2.2.6.4). */
bool ak_tds_password_is(struct ak_span login, const char *password)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(login.bytes, login.size, &parse);
    ak_read_skip(&r, 44, "before");
    size_t offset = ak_read_le16(&r, "offset"), characters = ak_read_le16(&r, "characters");
    struct ak_reader whole = ak_reader_of(login.bytes, login.size, &parse);
    ak_read_skip(&whole, offset, "place");
    struct ak_span text = ak_read_span(&whole, 2 * characters, "password");
    uint8_t difference = parse.verdict != AK_VERDICT_PARSED || characters != strlen(password);
    for (size_t i = 0; difference == 0 && i < text.size; i++) {
        uint8_t swapped = text.bytes[i] ^ 0xa5;
        uint8_t byte = (uint8_t)(swapped >> 4 | swapped << 4);
        difference |= byte ^ (i % 2 == 0 ? (uint8_t)password[i / 2] : 0);
    }
    return difference == 0;
}
