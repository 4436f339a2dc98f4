/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/collect_text.h"

#include <string.h>

#include "base/words.h"

#include "base/banned.h"

/* name|key=value|key=value|      name and key: lower case letters, digits, - and _ */

static bool is_word(struct ak_span word)
{
    for (size_t i = 0; i < word.size; i++) {
        uint8_t c = word.bytes[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return word.size != 0;
}

static bool same(struct ak_span a, struct ak_span b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

static bool add(struct ak_collect_line *out, struct ak_span field)
{
    struct ak_span key, value;
    if (!ak_words_cut(field, "=", &key, &value) || !is_word(key) || out->count == AK_COLLECT_FIELDS)
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (same(out->field[i].key, key))
            return false;
    out->field[out->count].key = key;
    out->field[out->count++].value = value;
    return true;
}

enum ak_verdict ak_collect_line_parse(struct ak_span line, struct ak_collect_line *out)
{
    struct ak_span field, rest;
    bool good = true;
    line = ak_words_trim(line);
    memset(out, 0, sizeof *out);
    if (!ak_words_cut(line, "|", &out->name, &rest) || !is_word(out->name))
        return AK_VERDICT_UNKNOWN;
    while (rest.size != 0) {
        struct ak_span next;
        if (!ak_words_cut(rest, "|", &field, &next))
            return AK_VERDICT_SHORT;
        good = add(out, field) && good;
        rest = next;
    }
    return good ? AK_VERDICT_PARSED : AK_VERDICT_BAD;
}

const struct ak_span *ak_collect_line_find(const struct ak_collect_line *line, const char *key)
{
    struct ak_span wanted = ak_words_of(key);
    for (size_t i = 0; i < line->count; i++)
        if (same(line->field[i].key, wanted))
            return &line->field[i].value;
    return NULL;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

void ak_collect_value(struct ak_span value, struct ak_text *out)
{
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = value.bytes[i];
        int high = c == '%' && value.size - i > 2 ? digit(value.bytes[i + 1]) : -1;
        int low = high >= 0 ? digit(value.bytes[i + 2]) : -1;
        int code = high * 16 + low;
        /* Only what is written so: anything else could make text that is no UTF-8. */
        if (low >= 0 && (code == '%' || code == '|' || code == '\r' || code == '\n')) {
            ak_text_char(out, (char)code);
            i += 2;
        } else {
            ak_text_char(out, (char)c);
        }
    }
}
