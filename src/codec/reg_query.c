/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_query.h"

#include <string.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "base/words.h"
#include "codec/log_text.h"

#include "base/banned.h"

/* blanks  NAME  separator  REG_TYPE  separator  DATA
 * ....    Name  ....       REG_DWORD ....       0x1            separator: four blanks or a tab
 */

enum { SNIFFED = 4096, LONGEST_NUMBER = 16 };
enum kind { KIND_SZ = 1, KIND_BINARY = 3, KIND_DWORD = 4, KIND_MULTI_SZ = 7, KIND_QWORD = 11 };

static const struct {
    const char *name;
    uint32_t type;
} types[] = {{"REG_NONE", 0},     {"REG_SZ", 1},    {"REG_EXPAND_SZ", 2},
             {"REG_BINARY", 3},   {"REG_DWORD", 4}, {"REG_DWORD_BIG_ENDIAN", 5},
             {"REG_MULTI_SZ", 7}, {"REG_QWORD", 11}};

struct query {
    bool (*each)(void *context, const struct ak_reg_text_item *item);
    void *context;
    struct ak_text line, path, data;
    uint64_t number;
    bool keyed, stopped;
};

static bool is_key(struct ak_span line)
{
    static const char *const roots[] = {"HKEY_LOCAL_MACHINE\\",
                                        "HKEY_CURRENT_USER\\",
                                        "HKEY_USERS\\",
                                        "HKEY_CLASSES_ROOT\\",
                                        "HKEY_CURRENT_CONFIG\\",
                                        "HKLM\\",
                                        "HKCU\\"};
    for (size_t i = 0; i < AK_COUNT(roots); i++)
        if (ak_words_begin(line, roots[i]))
            return true;
    return false;
}

/* The text begins with a separator: its size, else 0. */
static size_t separator(struct ak_span text)
{
    if (text.size != 0 && text.bytes[0] == '\t')
        return 1;
    return text.size >= 4 && memcmp(text.bytes, "    ", 4) == 0 ? 4 : 0;
}

static struct ak_span without_return(struct ak_span line)
{
    if (line.size != 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* ---- one value ---- */

/* Cuts NAME, TYPE and DATA; false: the line is none. */
static bool cut(struct ak_span line, struct ak_span *name, size_t *type, struct ak_span *data)
{
    size_t lead = separator(line);
    struct ak_span rest = ak_words_from(line, lead);
    for (size_t at = 0; lead != 0 && at < rest.size; at++) {
        size_t gap = separator(ak_words_from(rest, at));
        struct ak_span word = ak_words_from(rest, at + gap);
        if (gap == 0 || !ak_words_begin(word, "REG_"))
            continue;
        for (*type = 0; *type < AK_COUNT(types); (*type)++) {
            size_t size = strlen(types[*type].name);
            struct ak_span behind = ak_words_from(word, size);
            if (!ak_words_begin(word, types[*type].name) ||
                (behind.size != 0 && separator(behind) == 0 && ak_words_trim(behind).size != 0))
                continue;
            *name = ak_words_first(rest, at);
            *data = ak_words_from(behind, separator(behind));
            return true;
        }
    }
    return false;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "0x1f" of at most `size` bytes, little-endian. */
static bool number(struct ak_span text, size_t size, bool big, struct ak_text *out)
{
    uint64_t value = 0;
    if (text.size < 3 || text.bytes[0] != '0' || (text.bytes[1] | 0x20) != 'x' ||
        text.size - 2 > 2 * size || text.size - 2 > LONGEST_NUMBER)
        return false;
    for (size_t i = 2; i < text.size; i++) {
        if (digit(text.bytes[i]) < 0)
            return false;
        value = value << 4 | (uint64_t)digit(text.bytes[i]);
    }
    for (size_t i = 0; i < size; i++)
        ak_text_char(out, (char)(value >> 8 * (big ? size - 1 - i : i) & 0xff));
    return true;
}

static bool binary(struct ak_span text, struct ak_text *out)
{
    if (text.size % 2 != 0)
        return false;
    for (size_t i = 0; i < text.size; i += 2) {
        int high = digit(text.bytes[i]), low = digit(text.bytes[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ak_text_char(out, (char)(high << 4 | low));
    }
    return true;
}

static void wide(struct ak_span text, struct ak_text *out)
{
    ak_utf8_to_utf16le(text, out);
    ak_utf16le_put(0, out);
}

/* Strings parted by a backslash and a zero; the list's own end follows. */
static void strings(struct ak_span text, struct ak_text *out)
{
    size_t begin = 0;
    for (size_t i = 0; i + 1 < text.size; i++)
        if (text.bytes[i] == '\\' && text.bytes[i + 1] == '0') {
            wide(ak_words_first(ak_words_from(text, begin), i - begin), out);
            begin = ++i + 1;
        }
    if (begin < text.size)
        wide(ak_words_from(text, begin), out);
    ak_utf16le_put(0, out);
}

static bool convert(uint32_t type, struct ak_span data, struct ak_text *out)
{
    struct ak_span word = ak_words_trim(data);
    switch (type) {
    case KIND_DWORD:
    case KIND_DWORD + 1:
        return number(word, 4, type != KIND_DWORD, out);
    case KIND_QWORD:
        return number(word, 8, false, out);
    case KIND_MULTI_SZ:
        strings(data, out);
        return true;
    case 0:
    case KIND_BINARY:
        return binary(word, out);
    default:
        wide(data, out);
        return true;
    }
}

/* "(Default)", in any language; "(value not set)" is its data when it has none. */
static bool in_brackets(struct ak_span text)
{
    return text.size >= 2 && text.bytes[0] == '(' && text.bytes[text.size - 1] == ')';
}

static void tell(struct query *q, const struct ak_reg_text_item *item)
{
    q->stopped = !q->each(q->context, item);
}

static void value(struct query *q, struct ak_span name, size_t type, struct ak_span data)
{
    struct ak_reg_text_item item = {.line = q->number, .name = name, .type = types[type].type};
    if (in_brackets(name)) {
        if (in_brackets(ak_words_trim(data)))
            return;
        item.name.size = 0;
    }
    ak_text_clear(&q->data);
    item.path = ak_text_string(&q->path);
    item.kind = AK_REG_TEXT_VALUE;
    if (!q->keyed || !convert(item.type, data, &q->data)) {
        item.kind = AK_REG_TEXT_BAD;
        item.path = NULL;
        item.why = q->keyed ? "data that are not of their type" : "a value without its key";
    }
    item.data.bytes = (const uint8_t *)q->data.bytes;
    item.data.size = q->data.size;
    if (!q->data.failed)
        tell(q, &item);
}

/* ---- lines ---- */

static void key(struct query *q, struct ak_span line)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_KEY, .line = q->number};
    ak_text_clear(&q->path);
    ak_text_bytes(&q->path, line.bytes, line.size);
    q->keyed = true;
    item.path = ak_text_string(&q->path);
    if (!q->path.failed)
        tell(q, &item);
}

static void one_line(struct query *q, enum ak_log_units units, struct ak_span raw)
{
    struct ak_span name, data;
    size_t type;
    ak_text_clear(&q->line);
    ak_log_utf8(units, raw, &q->line);
    struct ak_span line = {(const uint8_t *)q->line.bytes, q->line.size};
    line = without_return(line);
    q->number++;
    if (is_key(line))
        key(q, line);
    else if (cut(line, &name, &type, &data))
        value(q, name, type, data);
}

bool ak_reg_query_is(struct ak_span bytes)
{
    size_t mark;
    char start[32];
    enum ak_log_units units = ak_log_units_guess(ak_words_first(bytes, SNIFFED), &mark);
    struct ak_span rest = ak_words_from(ak_words_first(bytes, SNIFFED), mark);
    for (;;) {
        struct ak_span line, left = rest;
        bool ended = ak_log_line(units, &left, &line);
        size_t n = ak_log_ascii(units, ended ? line : rest, start, sizeof start);
        struct ak_span text = {(const uint8_t *)start, n};
        if (ak_words_trim(text).size != 0 || !ended)
            return is_key(text);
        rest = left;
    }
}

enum ak_err ak_reg_query_read(struct ak_span bytes,
                              bool (*each)(void *context, const struct ak_reg_text_item *item),
                              void *context, struct ak_error *error)
{
    struct query q = {.each = each, .context = context};
    size_t mark;
    if (!ak_reg_query_is(bytes))
        return ak_error_set(error, AK_ERR_FORMAT, "not what reg query prints");
    enum ak_log_units units = ak_log_units_guess(bytes, &mark);
    struct ak_span rest = ak_words_from(bytes, mark), line;
    ak_text_init(&q.line, SIZE_MAX);
    ak_text_init(&q.path, SIZE_MAX);
    ak_text_init(&q.data, SIZE_MAX);
    while (!q.stopped && !q.line.failed && !q.path.failed && !q.data.failed &&
           ak_log_line(units, &rest, &line))
        one_line(&q, units, line);
    if (!q.stopped && rest.size != 0)
        one_line(&q, units, rest);
    bool failed = q.line.failed || q.path.failed || q.data.failed;
    ak_text_release(&q.line);
    ak_text_release(&q.path);
    ak_text_release(&q.data);
    return failed ? ak_error_set(error, AK_ERR_MEMORY, "out of memory") : AK_ERR_NONE;
}
