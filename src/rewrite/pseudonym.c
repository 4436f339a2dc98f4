/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/pseudonym.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/hash.h"
#include "base/reader.h"
#include "model/microsoft_names.h"
#include "model/service_tls.h"
#include "rewrite/ipv6_text.h"
#include "rewrite/pseudonym_keys.h"

#include "base/banned.h"

enum { WORD = 256, ROUNDS = 8 };

/* One of several keys: SHA-256 of the text and its purpose. `room` holds the text and one more. */
static bool take_key(struct ak_digest *digest, const char *text, char *room, char purpose,
                     struct ak_hash_key *key)
{
    uint8_t hash[32];
    size_t size = strlen(text);
    memcpy(room, text, size);
    room[size] = purpose;
    bool good = ak_digest_make(digest, AK_DIGEST_SHA256, room, size + 1, hash);
    memcpy(&key->k0, hash, 8);
    memcpy(&key->k1, hash + 8, 8);
    return good;
}

struct ak_pseudonyms *ak_pseudonyms_new(const char *key)
{
    struct ak_pseudonyms *p = ak_alloc(1, sizeof *p);
    struct ak_digest *digest = ak_digest_new();
    char *text = ak_alloc(1, strlen(key) + 2);
    bool good = p != NULL && digest != NULL && text != NULL;
    if (good)
        good = take_key(digest, key, text, '1', &p->words) &&
               take_key(digest, key, text, '2', &p->numbers) &&
               take_key(digest, key, text, '3', &p->bytes);
    ak_free(text);
    ak_digest_free(digest);
    if (good)
        return p;
    ak_free(p);
    return NULL;
}

void ak_pseudonyms_free(struct ak_pseudonyms *p)
{
    ak_free(p);
}

/* ---- characters ---- */

/* Characters that may stand for one another: each range is a wheel. All else separates words. */
struct wheel {
    uint32_t first, count;
};

static const struct wheel wheels[] = {
    {'a', 26},        {'0', 10},       {0xc0, 0x40},       {0x100, 0x700},     {0x800, 0x1800},
    {0x3040, 0xa7c0}, {0xf900, 0x6f0}, {0x10000, 0x10000}, {0x20000, 0x10000},
};

static bool is_upper(uint32_t c)
{
    return c >= 'A' && c <= 'Z';
}

static const struct wheel *wheel_of(uint32_t c)
{
    if (is_upper(c))
        return &wheels[0];
    for (size_t i = 0; i < AK_COUNT(wheels); i++)
        if (c >= wheels[i].first && c - wheels[i].first < wheels[i].count)
            return &wheels[i];
    return NULL;
}

static bool in_word(uint32_t c)
{
    return c == '-' || c == '_' || wheel_of(c) != NULL;
}

/* ---- words ---- */

/* Parts of names that are the world's and not their owner's. */
static const char *const known[] = {
    "com",      "net",       "org",        "edu",   "gov",   "int",    "info",       "biz",
    "io",       "dev",       "app",        "cloud", "jp",    "co",     "ne",         "or",
    "ac",       "go",        "de",         "uk",    "fr",    "eu",     "us",         "local",
    "lan",      "internal",  "intra",      "corp",  "home",  "arpa",   "test",       "example",
    "invalid",  "localhost", "http",       "https", "ldap",  "ocsp",   "crl",        "crt",
    "cer",      "tcp",       "np",         "lpc",   "admin", "master", "us_english", "azure",
    "database", "windows",   "mssqlserver"};

static bool is_known(const uint32_t *word, size_t size)
{
    for (size_t i = 0; i < AK_COUNT(known); i++) {
        size_t n = strlen(known[i]), same = 0;
        while (n == size && same < n && word[same] == (uint32_t)(unsigned char)known[i][same])
            same++;
        if (n == size && same == n)
            return true;
    }
    return false;
}

static void set_lower(uint32_t *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_upper(word[i]))
            word[i] += 'a' - 'A';
}

/* One round of a Feistel network over the characters' places on their wheels: one half turns by
 * amounts that the other half decides. It can be undone, so different words stay different. */
static void turn(const struct ak_pseudonyms *p, uint32_t *word, size_t from, size_t to, size_t size,
                 uint32_t round)
{
    uint32_t state[WORD + 3];
    state[0] = round;
    state[1] = (uint32_t)size;
    for (size_t i = 0; i < size; i++) {
        const struct wheel *wheel = wheel_of(word[i]);
        bool turning = i >= from && i < to;
        state[2 + i] = wheel == NULL ? word[i] : turning ? wheel->first : word[i];
    }
    for (size_t i = from; i < to; i++) {
        const struct wheel *wheel = wheel_of(word[i]);
        if (wheel == NULL)
            continue;
        state[2 + size] = (uint32_t)i;
        uint64_t by = ak_hash_bytes(p->words, state, (3 + size) * sizeof state[0]);
        uint64_t place = word[i] - wheel->first + by % wheel->count;
        word[i] = wheel->first + (uint32_t)(place % wheel->count);
    }
}

static void permute(const struct ak_pseudonyms *p, uint32_t *word, size_t size)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t middle = (size + 1) / 2;
        bool second = round % 2 != 0 && size > 1;
        turn(p, word, second ? middle : 0, second ? size : middle, size, round);
    }
}

/* `word` in lower case. A well-known word stays, and none becomes one. */
static void map_word(const struct ak_pseudonyms *p, uint32_t *word, size_t size)
{
    if (is_known(word, size))
        return;
    do
        permute(p, word, size);
    while (is_known(word, size));
}

/* ---- addresses in texts ---- */

/* Characters of an IPv4 address at the beginning, or 0; it may not go on with a digit or dot. */
static size_t dotted(const uint32_t *text, size_t size, uint8_t address[4])
{
    size_t at = 0;
    for (size_t octet = 0; octet < 4; octet++) {
        unsigned value = 0;
        size_t digits = 0;
        if (octet != 0 && (at == size || text[at++] != '.'))
            return 0;
        for (; at < size && digits < 3 && text[at] >= '0' && text[at] <= '9'; at++, digits++)
            value = value * 10 + (text[at] - '0');
        bool padded = digits > 1 && text[at - digits] == '0';
        if (digits == 0 || value > 255 || padded)
            return 0;
        address[octet] = (uint8_t)value;
    }
    bool goes_on = at < size && (in_word(text[at]) ||
                                 (text[at] == '.' && at + 1 < size && in_word(text[at + 1])));
    return goes_on ? 0 : at;
}

static void put_dotted(uint32_t *text, const uint8_t address[4])
{
    for (size_t octet = 0; octet < 4; octet++) {
        unsigned v = address[octet];
        if (octet != 0)
            *text++ = '.';
        if (v >= 100)
            *text++ = '0' + v / 100;
        if (v >= 10)
            *text++ = '0' + v / 10 % 10;
        *text++ = '0' + v % 10;
    }
}

/* Where in the name that begins here the part begins that is a public service's (rules know it by
 * that), or the name's end; *end: behind the name. */
static size_t service_part(const uint32_t *text, size_t at, size_t size, size_t *end)
{
    char host[256];
    size_t n = 0;
    for (; at + n < size && n + 1 < sizeof host; n++) {
        uint32_t c = text[at + n];
        if (c >= 0x80 || (!in_word(c) && c != '.' && c != '*'))
            break;
        host[n] = (char)c;
    }
    host[n] = '\0';
    *end = at + n;
    size_t part = ak_microsoft_host_part(host);
    const struct ak_service_tls *service = n != 0 ? ak_service_tls_find(host) : NULL;
    if (service != NULL && service->pattern[0] != '*')
        return at;
    if (service != NULL && strlen(service->pattern) - 1 > part)
        part = strlen(service->pattern) - 1;
    return *end - part;
}

static void map_run(struct ak_pseudonyms *p, uint32_t *text, size_t size)
{
    bool before = false; /* a dot before: not an address's beginning */
    size_t name_end = 0, service = 0;
    for (size_t at = 0, n; at < size; at += n) {
        uint8_t address[4], long_address[16];
        bool begins = at == 0 || (!in_word(text[at - 1]) && text[at - 1] != ':' && !before);
        n = begins ? ak_ipv6_text_read(text + at, size - at, long_address) : 0;
        if (n != 0) {
            ak_pseudonym_ipv6(p, long_address);
            ak_ipv6_text_put(text + at, n, long_address);
            continue;
        }
        if (at >= name_end)
            service = service_part(text, at, size, &name_end);
        n = before ? 0 : dotted(text + at, size - at, address);
        if (n != 0) {
            ak_pseudonym_ipv4(p, address);
            put_dotted(text + at, address);
            continue;
        }
        while (at + n < size && n < WORD && in_word(text[at + n]))
            n++;
        if (n != 0 && at >= service && at < name_end) {
            before = false;
            continue;
        }
        if (n != 0) {
            uint32_t word[WORD];
            memcpy(word, text + at, n * sizeof *word);
            set_lower(word, n);
            map_word(p, word, n);
            for (size_t i = 0; i < n; i++)
                text[at + i] = is_upper(text[at + i]) ? word[i] - 'a' + 'A' : word[i];
            before = false;
            continue;
        }
        n = 1;
        before = text[at] == '.' && at != 0;
    }
}

/* ---- encodings ---- */

static size_t utf8_size(uint8_t first)
{
    return first < 0x80   ? 1
           : first < 0xc2 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf5 ? 4
                          : 0;
}

/* Bytes of the character at p, or 0 when it is none. */
static size_t get_utf8(const uint8_t *p, size_t left, uint32_t *c)
{
    size_t n = utf8_size(p[0]);
    if (n == 0 || n > left)
        return 0;
    *c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return *c >= least[n] && *c < 0x110000 ? n : 0;
}

static void put_utf8(uint8_t *p, size_t n, uint32_t c)
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6)
        p[i] = (uint8_t)(0x80 | (c & 0x3f));
    p[0] = (uint8_t)(n == 1 ? c : lead[n] | c);
}

static size_t get_utf16(const uint8_t *p, size_t left, bool big, uint32_t *c)
{
    if (left < 2)
        return 0;
    *c = big ? ak_be16(p) : ak_le16(p);
    if (*c < 0xd800 || *c >= 0xe000)
        return 2;
    if (*c >= 0xdc00 || left < 4)
        return 0;
    uint32_t low = big ? ak_be16(p + 2) : ak_le16(p + 2);
    if (low < 0xdc00 || low >= 0xe000)
        return 0;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return 4;
}

static void put_unit(uint8_t *p, bool big, uint32_t unit)
{
    p[!big] = (uint8_t)(unit >> 8);
    p[big] = (uint8_t)unit;
}

static void put_utf16(uint8_t *p, size_t n, bool big, uint32_t c)
{
    if (n == 2) {
        put_unit(p, big, c);
        return;
    }
    put_unit(p, big, 0xd800 + ((c - 0x10000) >> 10));
    put_unit(p + 2, big, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

static size_t get_character(enum ak_text_form form, const uint8_t *p, size_t left, uint32_t *c)
{
    switch (form) {
    case AK_TEXT_UTF8:
        return get_utf8(p, left, c);
    case AK_TEXT_UTF16LE:
    case AK_TEXT_UTF16BE:
        return get_utf16(p, left, form == AK_TEXT_UTF16BE, c);
    case AK_TEXT_UTF32BE:
        *c = left >= 4 ? ak_be32(p) : 0;
        return left >= 4 && *c < 0x110000 ? 4 : 0;
    case AK_TEXT_LATIN1:
        break;
    }
    *c = p[0];
    return 1;
}

/* The wheels keep a character's size in every encoding. */
static void put_character(enum ak_text_form form, uint8_t *p, size_t n, uint32_t c)
{
    if (form == AK_TEXT_UTF8) {
        put_utf8(p, n, c);
    } else if (form == AK_TEXT_UTF16LE || form == AK_TEXT_UTF16BE) {
        put_utf16(p, n, form == AK_TEXT_UTF16BE, c);
    } else if (form == AK_TEXT_UTF32BE) {
        put_unit(p, true, c >> 16);
        put_unit(p + 2, true, c & 0xffff);
    } else {
        p[0] = (uint8_t)c;
    }
}

/* Decodes all of it; NULL when it is no text or memory lacks. */
static uint32_t *decode(enum ak_text_form form, const uint8_t *bytes, size_t size, size_t *count)
{
    uint32_t *text = ak_alloc(size, sizeof *text);
    *count = 0;
    for (size_t at = 0, n; text != NULL && at < size; at += n) {
        n = get_character(form, bytes + at, size - at, &text[*count]);
        ++*count;
        if (n == 0) {
            ak_free(text);
            return NULL;
        }
    }
    return text;
}

static void encode(enum ak_text_form form, uint8_t *bytes, size_t size, const uint32_t *text)
{
    uint32_t old;
    for (size_t at = 0, n; at < size; at += n) {
        n = get_character(form, bytes + at, size - at, &old);
        put_character(form, bytes + at, n, *text++);
    }
}

void ak_pseudonym_text(struct ak_pseudonyms *p, enum ak_text_form form, uint8_t *bytes, size_t size)
{
    size_t count;
    if (size == 0)
        return;
    uint32_t *text = decode(form, bytes, size, &count);
    if (text == NULL) {
        memset(bytes, 0, size);
        return;
    }
    map_run(p, text, count);
    encode(form, bytes, size, text);
    ak_free(text);
}

void ak_mask_text(enum ak_text_form form, uint8_t *bytes, size_t size)
{
    uint32_t c;
    for (size_t at = 0, n; at < size; at += n) {
        n = get_character(form, bytes + at, size - at, &c);
        if (n == 0) {
            memset(bytes + at, 0, size - at);
            return;
        }
        const struct wheel *wheel = wheel_of(c);
        if (wheel == &wheels[0])
            put_character(form, bytes + at, n, 'x');
        else if (wheel != NULL)
            put_character(form, bytes + at, n, wheel->first);
    }
}
