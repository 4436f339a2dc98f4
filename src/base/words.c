/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <string.h>

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

struct ak_span ak_words_of(const char *string)
{
    struct ak_span span = {(const uint8_t *)string, strlen(string)};
    return span;
}

struct ak_span ak_words_from(struct ak_span span, size_t skip)
{
    struct ak_span rest = {NULL, 0};
    if (skip < span.size) {
        rest.bytes = span.bytes + skip;
        rest.size = span.size - skip;
    }
    return rest;
}

struct ak_span ak_words_first(struct ak_span span, size_t size)
{
    if (size < span.size)
        span.size = size;
    return span;
}

struct ak_span ak_words_trim(struct ak_span span)
{
    size_t skip = 0;
    while (span.size > 0 && is_space(span.bytes[span.size - 1]))
        span.size--;
    while (skip < span.size && is_space(span.bytes[skip]))
        skip++;
    return ak_words_from(span, skip);
}

struct ak_span ak_words_unquote(struct ak_span span)
{
    if (span.size < 2 || (span.bytes[0] != '"' && span.bytes[0] != '\'') ||
        span.bytes[span.size - 1] != span.bytes[0])
        return span;
    return ak_words_first(ak_words_from(span, 1), span.size - 2);
}

bool ak_words_line(struct ak_span *rest, struct ak_span *line)
{
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->bytes, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->bytes);
    *line = ak_words_first(*rest, size);
    *rest = ak_words_from(*rest, size + 1);
    if (line->size > 0 && line->bytes[line->size - 1] == '\r')
        line->size--;
    return true;
}

/* Bytes as bits; zero is never one of them. */
struct byte_set {
    uint32_t bits[8];
};

static struct byte_set set_of(const char *bytes)
{
    struct byte_set set = {{0}};
    for (; *bytes != 0; bytes++)
        set.bits[(uint8_t)*bytes >> 5] |= UINT32_C(1) << ((uint8_t)*bytes & 31);
    return set;
}

static bool in_set(const struct byte_set *set, uint8_t c)
{
    return set->bits[c >> 5] >> (c & 31) & 1;
}

bool ak_words_next(struct ak_span *rest, const char *separators, struct ak_span *word)
{
    struct byte_set set = set_of(separators);
    size_t skip = 0, size = 0;
    while (skip < rest->size && in_set(&set, rest->bytes[skip]))
        skip++;
    *rest = ak_words_from(*rest, skip);
    while (size < rest->size && !in_set(&set, rest->bytes[size]))
        size++;
    *word = ak_words_first(*rest, size);
    *rest = ak_words_from(*rest, size);
    return size > 0;
}

bool ak_words_cut(struct ak_span span, const char *at, struct ak_span *left, struct ak_span *right)
{
    struct byte_set set = set_of(at);
    size_t size = 0;
    while (size < span.size && !in_set(&set, span.bytes[size]))
        size++;
    *left = ak_words_first(span, size);
    *right = ak_words_from(span, size + 1);
    return size < span.size;
}

bool ak_words_begin(struct ak_span span, const char *text)
{
    size_t i = 0;
    while (text[i] != 0 && i < span.size && lower(span.bytes[i]) == lower((uint8_t)text[i]))
        i++;
    return text[i] == 0;
}

bool ak_words_equal(struct ak_span span, const char *text)
{
    return span.size == strlen(text) && ak_words_begin(span, text);
}

bool ak_words_has(struct ak_span span, const char *text)
{
    uint8_t first = lower((uint8_t)text[0]);
    for (size_t i = 0; i < span.size; i++)
        if (lower(span.bytes[i]) == first && ak_words_begin(ak_words_from(span, i), text))
            return true;
    return false;
}

bool ak_words_number(struct ak_span span, uint32_t maximum, uint32_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < span.size; i++) {
        if (span.bytes[i] < '0' || span.bytes[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(span.bytes[i] - '0');
        if (number > maximum)
            return false;
    }
    *value = (uint32_t)number;
    return span.size > 0;
}

void ak_words_copy(struct ak_span span, char *out, size_t room)
{
    size_t size = span.size < room ? span.size : room - 1;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)(span.bytes[i] >= ' ' && span.bytes[i] < 0x7f ? span.bytes[i] : '?');
    out[size] = 0;
}
