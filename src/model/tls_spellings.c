/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tls_spellings.h"

#include <string.h>

#include "base/words.h"
#include "model/model_tables.h"

/* generated/stack_tables.c; names in lower case, without hyphens and underscores, sorted */
extern const struct ak_code_name ak_group_spelling_rows[];
extern const size_t ak_group_spelling_row_count;
extern const struct ak_code_name ak_scheme_spelling_rows[];
extern const size_t ak_scheme_spelling_row_count;

enum { LONGEST_NAME = 80 };

/* Brings a name into the form of the tables; false when it is too long to be one. */
static bool squeeze(struct ak_span name, char out[LONGEST_NAME])
{
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.bytes[i];
        if (c == '-' || c == '_')
            continue;
        if (size + 1 == LONGEST_NAME || c == 0)
            return false;
        out[size++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    out[size] = 0;
    return size > 0;
}

static bool look_up(const struct ak_code_name *rows, size_t count, struct ak_span name,
                    uint16_t *code)
{
    char key[LONGEST_NAME];
    if (!squeeze(name, key))
        return false;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(rows[middle].name, key);
        if (order == 0) {
            *code = (uint16_t)rows[middle].code;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool ak_tls_group_spelled(struct ak_span name, uint16_t *code)
{
    return look_up(ak_group_spelling_rows, ak_group_spelling_row_count, name, code);
}

bool ak_tls_scheme_spelled(struct ak_span name, uint16_t *code)
{
    return look_up(ak_scheme_spelling_rows, ak_scheme_spelling_row_count, name, code);
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "0xC02F", "0xC0,0x2F", "{0xC0, 0x2F}", "C02F". */
static bool hexadecimal(struct ak_span name, uint16_t *code)
{
    unsigned value = 0, digits = 0;
    bool marked = ak_words_has(name, "0x");
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.bytes[i];
        bool mark = c == '0' && i + 1 < name.size && (name.bytes[i + 1] | 0x20) == 'x';
        if (mark) {
            i++;
            continue;
        }
        if (marked && strchr(" ,{}", c) != NULL && c != 0)
            continue;
        if (digit(c) < 0 || digits == 4)
            return false;
        value = value * 16 + (unsigned)digit(c);
        digits++;
    }
    *code = (uint16_t)value;
    return digits == 4;
}

/* Walks a name beside a squeezed key; the key's end behind it, or NULL where they differ. */
static const char *walk(const char *key, const char *name)
{
    for (; *name != 0; name++) {
        char c = *name;
        if (c == '-' || c == '_')
            continue;
        if (*key++ != (c >= 'A' && c <= 'Z' ? c + 32 : c))
            return NULL;
    }
    return key;
}

/* Before Windows 10 a suite is written once for each curve. */
static bool windows_curve(const char *suffix, uint16_t *curve)
{
    *curve = 0;
    if (*suffix == 0)
        return true;
    return (strcmp(suffix, "p256") == 0 || strcmp(suffix, "p384") == 0 ||
            strcmp(suffix, "p521") == 0) &&
           ak_tls_group_spelled(ak_words_of(suffix), curve);
}

static bool by_iana_name(const char *key, uint16_t *code, uint16_t *curve)
{
    for (size_t i = 0; i < ak_cipher_suite_row_count; i++) {
        const char *suffix = walk(key, ak_cipher_suite_rows[i].name);
        uint16_t group;
        if (suffix == NULL || !windows_curve(suffix, &group))
            continue;
        *code = ak_cipher_suite_rows[i].code;
        if (curve != NULL)
            *curve = group;
        return true;
    }
    return false;
}

static bool by_openssl_name(const char *key, uint16_t *code)
{
    for (size_t i = 0; i < ak_openssl_suite_row_count; i++) {
        const char *rest = walk(key, ak_openssl_suite_rows[i].name);
        if (rest != NULL && *rest == 0) {
            *code = ak_openssl_suite_rows[i].code;
            return true;
        }
    }
    return false;
}

bool ak_tls_suite_spelled(struct ak_span name, uint16_t *code, uint16_t *curve)
{
    char key[LONGEST_NAME];
    if (curve != NULL)
        *curve = 0;
    if (!squeeze(name, key))
        return false;
    /* As all names of that table begin. */
    bool iana = strncmp(key, "tls", 3) == 0 || strncmp(key, "ssl", 3) == 0;
    if ((iana && by_iana_name(key, code, curve)) || by_openssl_name(key, code))
        return true;
    if (strncmp(key, "ssl", 3) == 0) {
        memcpy(key, "tls", 3); /* Java keeps the old prefix of old suites */
        return by_iana_name(key, code, curve);
    }
    return hexadecimal(name, code) && ak_cipher_suite_find(*code) != NULL;
}
