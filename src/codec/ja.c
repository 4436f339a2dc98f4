/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ja.h"

#include <stdlib.h>

#include "base/banned.h"

static bool grease(uint16_t v) /* RFC 8701 */
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static void number_list(struct ak_span list, size_t unit, struct ak_text *out)
{
    bool first = true;
    for (size_t i = 0; i + unit <= list.size; i += unit) {
        uint32_t v = unit == 1   ? list.bytes[i]
                     : unit == 2 ? ak_be16(list.bytes + i)
                                 : (uint32_t)list.bytes[i] << 16 | ak_be16(list.bytes + i + 1);
        if (unit == 2 && grease((uint16_t)v))
            continue;
        if (!first)
            ak_text_char(out, '-');
        first = false;
        ak_text_u64(out, v);
    }
}

/* Calls back for each extension of a block that was walked before without error. */
struct extension_walk {
    struct ak_reader r;
    struct ak_parse parse;
};

static bool next_extension(struct extension_walk *walk, uint16_t *type)
{
    if (walk->r.left == 0)
        return false;
    *type = ak_read_be16(&walk->r, "type");
    (void)ak_read_sub16(&walk->r, "extension");
    return ak_reader_ok(&walk->r);
}

static void walk_start(struct extension_walk *walk, struct ak_span block)
{
    walk->r = ak_reader_of(block.bytes, block.size, &walk->parse);
}

static void extension_types(struct ak_span block, struct ak_text *out)
{
    struct extension_walk walk;
    uint16_t type;
    bool first = true;
    walk_start(&walk, block);
    while (next_extension(&walk, &type)) {
        if (grease(type))
            continue;
        if (!first)
            ak_text_char(out, '-');
        first = false;
        ak_text_u64(out, type);
    }
}

void ak_ja3_text(const struct ak_client_hello *hello, struct ak_text *out)
{
    ak_text_u64(out, hello->legacy_version);
    ak_text_char(out, ',');
    number_list(hello->cipher_suites, hello->ssl2_format ? 3 : 2, out);
    ak_text_char(out, ',');
    extension_types(hello->extensions, out);
    ak_text_char(out, ',');
    number_list(hello->groups, 2, out);
    ak_text_char(out, ',');
    number_list(hello->point_formats, 1, out);
}

void ak_ja3s_text(const struct ak_server_hello *hello, struct ak_text *out)
{
    ak_text_u64(out, hello->legacy_version);
    ak_text_char(out, ',');
    ak_text_u64(out, hello->cipher_suite);
    ak_text_char(out, ',');
    extension_types(hello->extensions, out);
}

static int compare(const void *a, const void *b)
{
    uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    return (x > y) - (x < y);
}

/* Lists of ordinary length are sorted in place: qsort copies, and calls for each comparison. */
static void sort(uint16_t *list, size_t count)
{
    enum { SHORT = 64 };
    if (count > SHORT) {
        qsort(list, count, sizeof *list, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint16_t value = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1] > value; at--)
            list[at] = list[at - 1];
        list[at] = value;
    }
}

static void hex_list(const uint16_t *list, size_t count, struct ak_text *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            ak_text_char(out, ',');
        ak_text_hex(out, list[i], 4);
    }
}

static bool hash12(struct ak_digest *digest, struct ak_text *scratch, bool empty, char *out)
{
    static const char map[] = "0123456789abcdef";
    uint8_t hash[32];
    memcpy(out, "000000000000", 13);
    if (empty)
        return true;
    if (scratch->failed ||
        !ak_digest_make(digest, AK_DIGEST_SHA256, scratch->bytes, scratch->size, hash))
        return false;
    for (int i = 0; i < 6; i++) {
        out[2 * i] = map[hash[i] >> 4];
        out[2 * i + 1] = map[hash[i] & 15];
    }
    return true;
}

static const char *ja4_version(const struct ak_client_hello *hello)
{
    uint16_t version = hello->legacy_version;
    uint16_t highest = 0;
    for (size_t i = 0; i + 2 <= hello->supported_versions.size; i += 2) {
        uint16_t v = ak_be16(hello->supported_versions.bytes + i);
        if (!grease(v) && v > highest)
            highest = v;
    }
    if (highest != 0)
        version = highest;
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    default:
        return "00";
    }
}

static bool alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void alpn_ends(const struct ak_client_hello *hello, char out[2])
{
    static const char map[] = "0123456789abcdef";
    out[0] = out[1] = '0';
    if (hello->alpn.size < 2 || hello->alpn.bytes[0] == 0)
        return;
    size_t n = hello->alpn.bytes[0];
    uint8_t first = hello->alpn.bytes[1], last = hello->alpn.bytes[n];
    if (alphanumeric(first) && alphanumeric(last)) {
        out[0] = (char)first;
        out[1] = (char)last;
    } else {
        out[0] = map[first >> 4];
        out[1] = map[last & 15];
    }
}

static size_t ciphers_sorted(const struct ak_client_hello *hello, uint16_t *list)
{
    size_t count = 0, unit = hello->ssl2_format ? 3 : 2;
    for (size_t i = 0; i + unit <= hello->cipher_suites.size; i += unit) {
        uint16_t v = ak_be16(hello->cipher_suites.bytes + i + unit - 2);
        if (!grease(v) && count < AK_MAX_HELLO_LIST)
            list[count++] = v;
    }
    sort(list, count);
    return count;
}

void ak_ja4(const struct ak_client_hello *hello, struct ak_digest *digest, struct ak_text *scratch,
            char out[AK_JA4_SIZE])
{
    uint16_t list[AK_MAX_HELLO_LIST], type;
    char ciphers_hash[13], extensions_hash[13], alpn[2];
    size_t ciphers = ciphers_sorted(hello, list);
    ak_text_clear(scratch);
    hex_list(list, ciphers, scratch);
    bool hashed = hash12(digest, scratch, ciphers == 0, ciphers_hash);

    struct extension_walk walk;
    size_t extensions = 0, kept = 0;
    walk_start(&walk, hello->extensions);
    while (next_extension(&walk, &type)) {
        if (grease(type))
            continue;
        extensions++;
        if (type != 0 && type != 16 && kept < AK_MAX_HELLO_LIST)
            list[kept++] = type;
    }
    sort(list, kept);
    ak_text_clear(scratch);
    hex_list(list, kept, scratch);
    bool first = true;
    for (size_t i = 0; i + 2 <= hello->signature_algorithms.size; i += 2) {
        uint16_t v = ak_be16(hello->signature_algorithms.bytes + i);
        if (grease(v))
            continue;
        ak_text_char(scratch, first ? '_' : ',');
        first = false;
        ak_text_hex(scratch, v, 4);
    }
    hashed = hash12(digest, scratch, kept == 0, extensions_hash) && hashed;
    out[0] = '\0';
    if (!hashed)
        return;

    alpn_ends(hello, alpn);
    (void)snprintf(out, AK_JA4_SIZE, "t%s%c%02u%02u%c%c_%s_%s", ja4_version(hello),
                   hello->has_server_name ? 'd' : 'i', (unsigned)(ciphers < 99 ? ciphers : 99),
                   (unsigned)(extensions < 99 ? extensions : 99), alpn[0], alpn[1], ciphers_hash,
                   extensions_hash);
}
