/* Bytes of TLS and TDS messages for tests: small, valid, and named as packet letters are.
 *
 * Everything is static: a test program includes this header and needs nothing else. Bytes are
 * gathered in a fixed buffer; running over it fails the test.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_OCTETS_H
#define AK_TESTS_SUPPORT_OCTETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/reader.h"
#include "codec/tds.h"
#include "codec/tls.h"
#include "codec/x509_vectors.h"
#include "support/parser_check.h"

struct octets {
    uint8_t at[160 * 1024];
    size_t size;
};

static inline struct ak_span octets_span(const struct octets *o)
{
    struct ak_span span = {o->at, o->size};
    return span;
}

static inline void octets_add(struct octets *o, const void *bytes, size_t size)
{
    assert_true(size <= sizeof o->at - o->size);
    memcpy(o->at + o->size, bytes, size);
    o->size += size;
}

static inline void octets_fill(struct octets *o, uint8_t value, size_t times)
{
    assert_true(times <= sizeof o->at - o->size);
    memset(o->at + o->size, value, times);
    o->size += times;
}

/* The `width` low bytes of value, most significant first. */
static inline void octets_be(struct octets *o, uint64_t value, unsigned width)
{
    while (width-- > 0)
        octets_fill(o, (uint8_t)(value >> 8 * width), 1);
}

static inline void octets_hex(struct octets *o, const char *annotated)
{
    struct ak_bytes b = ak_hex(annotated);
    octets_add(o, b.at, b.size);
    ak_bytes_free(&b);
}

/* Prefixes what was added since `from` with its own size in `width` bytes. */
static inline void octets_measure(struct octets *o, size_t from, unsigned width)
{
    size_t inner = o->size - from;
    octets_fill(o, 0, width);
    memmove(o->at + from + width, o->at + from, inner);
    for (unsigned i = 0; i < width; i++)
        o->at[from + i] = (uint8_t)(inner >> 8 * (width - 1 - i));
}

static inline void octets_record(struct octets *o, uint8_t type, uint16_t version, const void *body,
                                 size_t size)
{
    octets_be(o, type, 1);
    octets_be(o, version, 2);
    octets_be(o, size, 2);
    octets_add(o, body, size);
}

/* A record of `size` unreadable bytes. */
static inline void octets_sealed(struct octets *o, uint8_t type, size_t size)
{
    octets_be(o, type, 1);
    octets_be(o, 0x0303, 2);
    octets_be(o, size, 2);
    octets_fill(o, 0xab, size);
}

/* A handshake message in a record of its own. */
static inline void octets_handshake(struct octets *o, uint8_t type, const void *body, size_t size)
{
    octets_be(o, 0x160303, 3);
    octets_be(o, size + 4, 2);
    octets_be(o, type, 1);
    octets_be(o, size, 3);
    octets_add(o, body, size);
}

static inline void octets_handshake_hex(struct octets *o, uint8_t type, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    octets_handshake(o, type, b.at, b.size);
    ak_bytes_free(&b);
}

/* A TDS packet; status 1 ends the message. */
static inline void octets_packet(struct octets *o, uint8_t type, uint8_t status, const void *body,
                                 size_t size)
{
    octets_be(o, type, 1);
    octets_be(o, status, 1);
    octets_be(o, size + 8, 2);
    octets_be(o, 0x00000100, 4);
    octets_add(o, body, size);
}

static inline void octets_packet_hex(struct octets *o, uint8_t type, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    octets_packet(o, type, 1, b.at, b.size);
    ak_bytes_free(&b);
}

#define HELLO_RANDOM "11*32 "
#define HELLO_GROUPS "000a 0006 0004 001d 0017 "
#define HELLO_SIGNATURES "000d 0006 0004 0401 0403 "
#define HELLO_SNI "0000 000a 0008 00 0005 'sql01' "
/* ClientHello bodies. */
#define HELLO_12                                                                                   \
    "0303 " HELLO_RANDOM                                                                           \
    "00 0006 c02f 009e 002f 01 00 0035 " HELLO_SNI HELLO_GROUPS HELLO_SIGNATURES                   \
    "0017 0000 0023 0000 ff01 0001 00 000b 0002 0100"
#define HELLO_10 "0301 " HELLO_RANDOM "00 0004 002f 0035 01 00"
#define HELLO_13_OPTIONS "002b 0005 04 0304 0303 0033 0008 0006 001d 0002 aabb "
#define HELLO_13                                                                                   \
    "0303 " HELLO_RANDOM                                                                           \
    "00 0006 1301 1302 c02f 01 00 0037 " HELLO_SNI HELLO_GROUPS HELLO_SIGNATURES HELLO_13_OPTIONS
#define HELLO_STRICT                                                                               \
    "0303 " HELLO_RANDOM                                                                           \
    "00 0004 1301 c02f 01 00 0037 " HELLO_GROUPS HELLO_SIGNATURES HELLO_13_OPTIONS                 \
    "0010 000a 0008 07 'tds/8.0'"

/* One item of a conversation, by its letters; see the table. */
static inline void octets_certificate(struct octets *o, bool empty)
{
    static struct octets body;
    body.size = 0;
    if (!empty) {
        octets_add(&body, x509_rsa_sans, sizeof x509_rsa_sans);
        octets_measure(&body, 0, 3);
    }
    octets_measure(&body, 0, 3);
    octets_handshake(o, AK_TLS_CERTIFICATE, body.at, body.size);
}

static inline void octets_utf16(struct octets *o, const char *ascii)
{
    for (; *ascii != '\0'; ascii++)
        octets_be(o, (uint64_t)(uint8_t)*ascii << 8, 2);
}

/* LOGIN7 with host PC, user sa, password of two characters, application app, server sql01, library
 * lib, no language, database db ([MS-TDS] 2.2.6.4). */
static inline void octets_login7(struct octets *o)
{
    static const char *const texts[] = {"PC", "sa", "pw", "app", "sql01", "", "lib", "", "db"};
    static struct octets body;
    size_t at = 94;
    body.size = 0;
    octets_hex(&body, "00000000 04000074 00100000 00000007 2a000000 00000000 e0 03 00 00"
                      "00000000 09040000");
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        size_t n = strlen(texts[i]);
        octets_be(&body, (uint64_t)at << 8 & 0xff00, 2);
        octets_be(&body, n << 8, 2);
        at += 2 * n;
    }
    octets_fill(&body, 0, 94 - body.size);
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        octets_utf16(&body, texts[i]);
    octets_packet(o, AK_TDS_LOGIN7, 1, body.at, body.size);
}

/* Version, then one encryption byte. */
static inline void octets_prelogin(struct octets *o, uint8_t type, uint8_t encryption)
{
    static struct octets body;
    body.size = 0;
    octets_hex(&body, "00 000b 0006 01 0011 0001 ff 0f000fa3 0000");
    octets_be(&body, encryption, 1);
    octets_packet(o, type, 1, body.at, body.size);
}

struct octets_item {
    const char *name;
    uint8_t type; /* handshake message type, or TDS packet type */
    const char *hex;
};

static const struct octets_item octets_messages[] = {
    {"CH", 1, HELLO_12},
    {"CH10", 1, HELLO_10},
    {"CH13", 1, HELLO_13},
    {"CHS", 1, HELLO_STRICT},
    {"CHBAD", 1, "0303 1111"},
    {"SH", 2, "0303 22*32 00 c02f 00 0004 0017 0000"},
    {"SH10", 2, "0301 22*32 00 002f 00"},
    {"SHDHE", 2, "0303 22*32 00 009e 00"},
    {"SH13", 2, "0303 22*32 00 1301 00 0010 002b 0002 0304 0033 0006 001d 0002 ccdd"},
    {"SH384", 2, "0303 22*32 00 1302 00 0010 002b 0002 0304 0033 0006 001d 0002 ccdd"},
    {"SHPSK", 2, "0303 22*32 00 1301 00 000c 002b 0002 0304 0029 0002 0000"},
    {"HRR", 2,
     "0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
     "00 1301 00 000c 002b 0002 0304 0033 0002 0017"},
    {"SK", 12, "03 0017 04 aabbccdd 0401 0004 deadbeef"},
    {"SKD", 12, "0080 ff*128 0001 02 0080 7f*128 0401 0004 deadbeef"},
    {"SKDZ", 12, "0080 ff*128 0001 02 0080 00 7f*127 0401 0004 deadbeef"},
    {"CR", 13, "01 01 0004 0401 0403 0000"},
    {"SD", 14, ""},
    {"CK", 16, "04 aabbccdd"},
    {"CKD", 16, "0080 7f*128"},
    {"CKDZ", 16, "007f 7f*127"},
    {"NST", 4, "00000000 0004 aabbccdd"},
};

static const struct octets_item octets_packets[] = {
    {"ACK", 4, "ad 0a00 01 74000004 00 0f000fa3 fd 0000 0000 00000000 00000000"},
    {"E18456", 4, "aa 1000 18480000 01 0e 0100 2100 00 00 01000000 fd 0200 0000 00000000 00000000"},
    {"ROUTE", 4, "e3 0c00 14 0700 00 9a05 0100 4200 0000 fd 0000 0000 00000000 00000000"},
    {"SQL", 1, "16000000 12000000 0200 00000000 00000000 01000000 5300"},
    {"ROW", 4, "81 0100 00"},
    {"LOGIN2", 2, "00*504"},
};

/* Appends the item of this name; AL40 a fatal alert in clear, AW90 a warning, EFn and APn a
 * sealed handshake or data record of n bytes. */
static inline void octets_item(struct octets *o, const char *name)
{
    unsigned long number = strtoul(name + strcspn(name, "0123456789"), NULL, 10);
    for (size_t i = 0; i < AK_COUNT(octets_messages); i++)
        if (strcmp(octets_messages[i].name, name) == 0) {
            octets_handshake_hex(o, octets_messages[i].type, octets_messages[i].hex);
            return;
        }
    for (size_t i = 0; i < AK_COUNT(octets_packets); i++)
        if (strcmp(octets_packets[i].name, name) == 0) {
            octets_packet_hex(o, octets_packets[i].type, octets_packets[i].hex);
            return;
        }
    if (strcmp(name, "CE") == 0 || strcmp(name, "CE0") == 0)
        octets_certificate(o, name[2] != '\0');
    else if (strcmp(name, "L7") == 0)
        octets_login7(o);
    else if (strcmp(name, "CC") == 0)
        octets_record(o, AK_TLS_CHANGE_CIPHER_SPEC, 0x0303, "\x01", 1);
    else if (strncmp(name, "PL", 2) == 0)
        octets_prelogin(o, AK_TDS_PRELOGIN, (uint8_t)number);
    else if (strncmp(name, "PR", 2) == 0)
        octets_prelogin(o, AK_TDS_RESPONSE, (uint8_t)number);
    else if (strncmp(name, "EF", 2) == 0)
        octets_sealed(o, AK_TLS_HANDSHAKE, number ? number : 40);
    else if (strncmp(name, "EA", 2) == 0)
        octets_sealed(o, AK_TLS_ALERT, number ? number : 26);
    else if (strncmp(name, "AP", 2) == 0)
        octets_sealed(o, AK_TLS_APPLICATION_DATA, number ? number : 60);
    else if (strncmp(name, "AL", 2) == 0 || strncmp(name, "AW", 2) == 0)
        octets_record(o, AK_TLS_ALERT, 0x0303, (uint8_t[]){name[1] == 'L' ? 2 : 1, (uint8_t)number},
                      2);
    else if (strcmp(name, "HTTP") == 0)
        octets_add(o, "GET / HTTP/1.0\r\n\r\n", 18);
    else if (strcmp(name, "TEXT") == 0)
        octets_add(o, "hello, who is there?", 20);
    else
        fail_msg("no item is called %s", name);
}

/* One word of a script, "[" before it wraps it in a PRELOGIN packet. */
static inline void octets_word(struct octets *o, const char *name)
{
    size_t from = o->size;
    octets_item(o, name + (name[0] == '['));
    if (name[0] != '[')
        return;
    size_t inner = o->size - from;
    octets_fill(o, 0, 8);
    memmove(o->at + from + 8, o->at + from, inner);
    o->size = from;
    octets_packet(o, AK_TDS_PRELOGIN, 1, o->at + from + 8, 0);
    o->size += inner;
    o->at[from + 2] = (uint8_t)((inner + 8) >> 8);
    o->at[from + 3] = (uint8_t)(inner + 8);
}

#endif
