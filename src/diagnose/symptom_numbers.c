/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/symptom_tables.h"

#include <string.h>

#include "base/banned.h"

/* A word of letters, digits and '_' in a folded text; a number carries its value. */
struct word {
    size_t begin, end;
    bool number, hexadecimal;
    uint32_t value;
};

struct numbers {
    const char *text;
    size_t size;
    bool bare; /* hardly any words: every meaning of a number is worth telling */
    uint8_t parameters[3];
    struct ak_symptom_reading *reading;
};

enum { WEIGHT = 6, BARE_SIZE = 96, BARE_WORDS = 2, SHORTEST_SYMBOL = 5 };
#define BIT(space) (1u << (space))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- what is a number ---- */

static bool read_digits(const char *p, size_t n, unsigned base, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0 || (unsigned)digit >= base || *value >> 60 != 0)
            return false;
        *value = *value * base + (unsigned)digit;
    }
    return n > 0;
}

/* Parts of addresses, versions and times are no error numbers. */
static bool part_of_more(const struct numbers *n, const struct word *w)
{
    const char *t = n->text;
    if (w->begin >= 2 && (t[w->begin - 1] == '.' || t[w->begin - 1] == ':') &&
        is_digit(t[w->begin - 2]))
        return true;
    return n->size - w->end >= 2 && t[w->end] == '.' && is_digit(t[w->end + 1]);
}

static bool is_negative(const struct numbers *n, const struct word *w)
{
    if (w->begin == 0 || n->text[w->begin - 1] != '-')
        return false;
    return w->begin == 1 || !in_word(n->text[w->begin - 2]);
}

/* 2146893007: an HRESULT copied without its minus. */
static bool lost_its_sign(uint32_t value)
{
    uint32_t facility = (0u - value) >> 16;
    return facility == 0x8007 || facility == 0x8009 || facility == 0x800b;
}

/* 0x80090331, 0xffffffff80090331, 0x80090331L */
static bool read_hexadecimal(const char *p, size_t size, struct word *w)
{
    uint64_t value;
    while (size > 2 && (p[size - 1] == 'l' || p[size - 1] == 'u'))
        size--;
    if (size < 3 || size > 18 || p[0] != '0' || p[1] != 'x')
        return false;
    if (size == 18 && memcmp(p + 2, "ffffffff", 8) == 0) {
        p += 8;
        size -= 8;
    }
    if (!read_digits(p + 2, size - 2, 16, &value) || value > UINT32_MAX)
        return false;
    w->value = (uint32_t)value;
    return w->hexadecimal = w->number = true;
}

static void read_number(const struct numbers *n, struct word *w)
{
    const char *p = n->text + w->begin;
    size_t size = w->end - w->begin;
    uint64_t value;
    if (read_hexadecimal(p, size, w))
        return;
    bool status = size == 8 && memcmp(p, "800", 3) == 0 && strchr("79b", p[3]) != NULL;
    if (status && read_digits(p, size, 16, &value)) {
        w->value = (uint32_t)value;
        w->hexadecimal = w->number = true;
    } else if (size <= 10 && read_digits(p, size, 10, &value) && value <= UINT32_MAX &&
               !part_of_more(n, w)) {
        w->value = (uint32_t)value;
        w->number = true;
        if (value <= 0x80000000u && (is_negative(n, w) || lost_its_sign(w->value)))
            w->value = 0u - w->value;
    }
}

static bool next_word(const struct numbers *n, size_t *at, struct word *w)
{
    while (*at < n->size && !in_word(n->text[*at]))
        (*at)++;
    if (*at >= n->size)
        return false;
    memset(w, 0, sizeof *w);
    w->begin = *at;
    while (*at < n->size && in_word(n->text[*at]))
        (*at)++;
    w->end = *at;
    read_number(n, w);
    return true;
}

/* ---- what it means ---- */

/* The spaces that the words before it name: the phrase that ends nearest, else the longest. */
static uint32_t context_of(const struct numbers *n, const struct word *w)
{
    uint32_t spaces = 0;
    size_t nearest = SIZE_MAX, longest = 0;
    for (size_t i = 0; i < ak_number_context_row_count; i++) {
        const struct ak_number_context *row = &ak_number_context_rows[i];
        size_t size = strlen(row->phrase);
        for (size_t gap = 0; gap <= row->within && gap + size <= w->begin; gap++) {
            size_t at = w->begin - gap - size;
            if (gap > 0 && is_digit(n->text[w->begin - gap]))
                break;
            if (memcmp(n->text + at, row->phrase, size) != 0 ||
                (at > 0 && in_word(row->phrase[0]) && in_word(n->text[at - 1])))
                continue;
            size_t reach = gap + size; /* a phrase that begins earlier has the other as its end */
            if (gap < nearest || (gap == nearest && reach > longest)) {
                nearest = gap;
                longest = reach;
                spaces = row->spaces;
            }
            break;
        }
    }
    return spaces;
}

static void add(struct numbers *n, const struct word *w, const struct ak_error_code *row,
                uint32_t value)
{
    struct ak_symptom_hit hit = {.symptom = &ak_symptom_rows[row->symptom],
                                 .weight = WEIGHT,
                                 .begin = w->begin,
                                 .end = w->end,
                                 .number = value};
    ak_symptom_add(n->reading, &hit);
    if (row->parameters[0] != 0)
        memcpy(n->parameters, row->parameters, sizeof n->parameters);
}

static bool add_value(struct numbers *n, const struct word *w, uint32_t spaces, uint32_t value)
{
    bool any = false;
    for (size_t i = 0; i < ak_error_code_row_count; i++) {
        const struct ak_error_code *row = &ak_error_code_rows[i];
        if (row->valued && row->value == value && (spaces & BIT(row->space)) != 0) {
            add(n, w, row, value);
            any = true;
        }
    }
    return any;
}

/* A number that follows an event's number alone ("36888 40 1205") is its next parameter. */
static bool add_parameter(struct numbers *n, const struct word *w)
{
    if (!n->bare || n->parameters[0] == 0)
        return false;
    uint32_t space = BIT(n->parameters[0] - 1u);
    n->parameters[0] = n->parameters[1];
    n->parameters[1] = n->parameters[2];
    n->parameters[2] = 0;
    return add_value(n, w, space, w->value);
}

/* A word that the table knows by name, underscores aside. */
static void add_symbol(struct numbers *n, const struct word *w)
{
    char symbol[64];
    size_t size = 0;
    for (size_t i = w->begin; i < w->end && size < sizeof symbol; i++)
        if (n->text[i] != '_')
            symbol[size++] = n->text[i];
    if (size < SHORTEST_SYMBOL || size == sizeof symbol)
        return;
    symbol[size] = '\0';
    for (size_t i = 0; i < ak_error_code_row_count; i++) {
        const struct ak_error_code *row = &ak_error_code_rows[i];
        if (strcmp(row->symbol, symbol) != 0)
            continue;
        /* Names of alerts are usual words, and a SQLSTATE is any five letters. */
        bool doubtful = row->space == AK_SPACE_ALERT || row->space == AK_SPACE_SQLSTATE;
        if (!doubtful || n->bare || (context_of(n, w) & BIT(row->space)) != 0)
            add(n, w, row, row->value);
    }
}

/* error:0A000102: (OpenSSL 3: library << 23 | reason), error:1425F102: (1.x: library << 24 |
 * function << 12 | reason); library 20 is SSL. Reasons from 1000 on are alerts of the peer. */
static bool add_openssl(struct numbers *n, const struct word *w)
{
    uint64_t packed;
    if (w->begin < 6 || w->end - w->begin != 8 || memcmp(n->text + w->begin - 6, "error:", 6) != 0)
        return false;
    if (w->end >= n->size || n->text[w->end] != ':' ||
        !read_digits(n->text + w->begin, 8, 16, &packed))
        return false;
    uint32_t reason = 0;
    if (packed >> 24 == 20)
        reason = packed & 0xfff;
    else if (packed >> 23 == 20)
        reason = packed & 0x7fffff;
    if (reason >= 1000)
        return add_value(n, w, BIT(AK_SPACE_ALERT), reason - 1000);
    (void)add_value(n, w, BIT(AK_SPACE_OPENSSL), reason);
    return true;
}

static void add_number(struct numbers *n, const struct word *w)
{
    uint32_t value = w->value;
    if (value >> 16 == 0x8007) { /* HRESULT of a Windows error */
        (void)add_value(n, w, BIT(AK_SPACE_WINSOCK) | BIT(AK_SPACE_WIN32), value & 0xffff);
        return;
    }
    if (value >= 0x80000000u) {
        (void)add_value(n, w, BIT(AK_SPACE_STATUS), value);
        return;
    }
    if (add_parameter(n, w))
        return;
    uint32_t spaces = context_of(n, w);
    if (w->hexadecimal && value >= 10000 && value < 12000)
        spaces |= BIT(AK_SPACE_WINSOCK);
    if (!add_value(n, w, spaces, value) && n->bare)
        (void)add_value(n, w, ~BIT(AK_SPACE_OPENSSL), value);
}

/* Numbers and symbols with at most two words about them. */
static bool is_bare(const struct numbers *n)
{
    struct word w;
    size_t at = 0, words = 0;
    if (n->size > BARE_SIZE)
        return false;
    for (size_t i = 0; i < n->size; i++)
        if ((unsigned char)n->text[i] >= 0x80)
            return false;
    while (next_word(n, &at, &w))
        words += !w.number && !is_digit(n->text[w.begin]) &&
                 memchr(n->text + w.begin, '_', w.end - w.begin) == NULL;
    return words <= BARE_WORDS;
}

void ak_symptom_numbers(const char *folded, size_t size, struct ak_symptom_reading *reading)
{
    struct numbers n = {.text = folded, .size = size, .reading = reading};
    struct word w;
    size_t at = 0;
    n.bare = is_bare(&n);
    while (next_word(&n, &at, &w)) {
        if (add_openssl(&n, &w))
            continue;
        if (w.number)
            add_number(&n, &w);
        add_symbol(&n, &w);
    }
}
