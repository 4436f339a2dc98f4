/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/login7.h"

#include "base/reader.h"
#include "base/utf16.h"
#include "codec/tds.h"

#include "base/banned.h"

/* header(8) | fixed(36) | { offset(2) characters(2) } of nine texts with ClientID between them,
 * SSPI, file, new password, long SSPI | UTF-16LE texts; all little-endian but the header */

enum {
    FIXED = 36,
    TEXTS_END = 94,
    MOST_CHARACTERS = 128,
    OPTION1 = 0xe0, /* database and language are asked for, and their lack is told */
    OPTION2 = 0x03, /* ODBC's defaults; no integrated security */
    PACKET_SIZE = 4096,
    LCID = 0x0409
};

struct login_writer {
    uint8_t *message;
    size_t at; /* of the next text */
    bool good;
};

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value & 0xffff);
    put16(at + 2, value >> 16);
}

/* One character as one or two units. */
static void put_character(struct login_writer *w, uint32_t c)
{
    if (c >= 0x10000) {
        put16(w->message + w->at, 0xd800 + ((c - 0x10000) >> 10));
        put16(w->message + w->at + 2, 0xdc00 + ((c - 0x10000) & 0x3ff));
        w->at += 4;
        return;
    }
    put16(w->message + w->at, c);
    w->at += 2;
}

/* Its offset and length stand at `slot`. No allocation: the text may be the password. */
static void put_text(struct login_writer *w, size_t slot, const char *text)
{
    struct ak_span left = {(const uint8_t *)text, text != NULL ? strlen(text) : 0};
    size_t start = w->at;
    while (left.size != 0 && w->good) {
        put_character(w, ak_utf8_next(&left));
        w->good = w->at - start <= 2 * (size_t)MOST_CHARACTERS;
    }
    put16(w->message + slot, start);
    put16(w->message + slot + 2, (w->at - start) / 2);
}

/* Nibbles swapped, then XOR with a5 (MS-TDS 2.2.6.4). */
static void obscure(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((bytes[i] << 4 | bytes[i] >> 4) ^ 0xa5);
}

size_t ak_login7_build(const struct ak_probe_login *login, bool strict,
                       uint8_t packet[AK_LOGIN7_ROOM])
{
    struct login_writer w = {packet + AK_TDS_HEADER, TEXTS_END, true};
    memset(packet, 0, AK_LOGIN7_ROOM);
    put32(w.message + 4, strict ? 0x08000000 : 0x74000004);
    put32(w.message + 8, PACKET_SIZE);
    w.message[24] = OPTION1;
    w.message[25] = OPTION2;
    put32(w.message + 32, LCID);
    put_text(&w, 36, login->host);
    put_text(&w, 40, login->user);
    size_t password = w.at;
    put_text(&w, 44, login->password);
    obscure(w.message + password, w.at - password);
    put_text(&w, 48, login->application);
    put_text(&w, 52, login->server);
    put_text(&w, 56, NULL); /* extension */
    put_text(&w, 60, "akushu");
    put_text(&w, 64, NULL); /* language */
    put_text(&w, 68, login->database);
    for (size_t slot = 78; slot < 90; slot += 4) /* SSPI, file, new password */
        put16(w.message + slot, w.at);
    put32(w.message, (uint32_t)w.at);
    size_t size = AK_TDS_HEADER + w.at;
    packet[0] = AK_TDS_LOGIN7;
    packet[1] = 1;
    packet[2] = (uint8_t)(size >> 8);
    packet[3] = (uint8_t)size;
    packet[6] = 1;
    return w.good ? size : 0;
}
