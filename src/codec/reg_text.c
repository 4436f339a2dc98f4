/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reg_text.h"

#include "base/codepage.h"
#include "base/text.h"
#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

/* Windows Registry Editor Version 5.00
 *
 * [HKEY_LOCAL_MACHINE\SOFTWARE\Name]      [-HKEY_...] deletes; the last "]" of the line ends it
 * @="default"                             \\ and \" are the only escapes; newlines may be raw
 * "name"=dword:0000000a                   "name"=- deletes
 * "list"=hex(7):41,00,\                   hex: binary, hex(n): type n
 *   00,00                                 ; comment
 */

enum { TYPE_SZ = 1, TYPE_EXPAND_SZ = 2, TYPE_BINARY = 3, TYPE_DWORD = 4, TYPE_MULTI_SZ = 7 };

enum encoding { UTF8, UTF16LE, UTF16BE, ANSI };

static const char *const headers[] = {"Windows Registry Editor Version 5.00", "REGEDIT4"};

/* ---- encodings ---- */

static bool has(struct ak_span bytes, const char *mark, size_t size)
{
    return bytes.size >= size && memcmp(bytes.bytes, mark, size) == 0;
}

static struct ak_span behind(struct ak_span bytes, size_t size)
{
    bytes.bytes = size != 0 ? bytes.bytes + size : bytes.bytes;
    bytes.size -= size;
    return bytes;
}

/* The file's first character is ASCII, so a zero beside it tells UTF-16 without a mark. */
static enum encoding detect(struct ak_span *bytes)
{
    if (has(*bytes, "\xff\xfe", 2) || has(*bytes, "\xfe\xff", 2)) {
        enum encoding found = bytes->bytes[0] == 0xff ? UTF16LE : UTF16BE;
        *bytes = behind(*bytes, 2);
        return found;
    }
    if (has(*bytes, "\xef\xbb\xbf", 3)) {
        *bytes = behind(*bytes, 3);
        return UTF8;
    }
    if (bytes->size >= 2 && bytes->bytes[0] != 0 && bytes->bytes[1] == 0)
        return UTF16LE;
    if (bytes->size >= 2 && bytes->bytes[0] == 0 && bytes->bytes[1] != 0)
        return UTF16BE;
    return UTF8; /* or ANSI: the whole file decides */
}

static void utf16_to_utf8(struct ak_span bytes, bool big, struct ak_text *out)
{
    for (size_t i = 0; i + 2 <= bytes.size; i += 2) {
        const uint8_t *p = bytes.bytes + i;
        uint32_t c = big ? ak_be16(p) : ak_le16(p);
        if (c >= 0xd800 && c < 0xdc00 && i + 4 <= bytes.size) {
            uint32_t low = big ? ak_be16(p + 2) : ak_le16(p + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if (c < 0x80)
            ak_text_char(out, (char)c);
        else
            ak_utf8_put(c, out);
    }
}

/* The file as UTF-8: borrowed from it, or in `out`. */
static struct ak_span decode(struct ak_span bytes, struct ak_text *out, enum ak_codepage *page)
{
    enum encoding encoding = detect(&bytes);
    *page = 0;
    if (encoding == UTF8 && ak_utf8_valid(bytes))
        return bytes;
    if (encoding == UTF8) {
        *page = ak_codepage_guess(bytes);
        ak_codepage_to_utf8(*page, bytes, out);
    } else {
        utf16_to_utf8(bytes, encoding == UTF16BE, out);
    }
    struct ak_span text = {(const uint8_t *)out->bytes, out->size};
    return text;
}

/* ---- the cursor ---- */

struct text {
    const uint8_t *at, *end;
    uint64_t line;
    bool version4;
    enum ak_codepage page;              /* 0: not known */
    struct ak_text *name, *data, *wide; /* UTF-8; bytes or UTF-8; UTF-16LE */
    bool quoted, hex;                   /* how the data are written */
    struct ak_reg_text_item item;
};

/* The only reading of the text: the character `ahead`, or 0 behind the end. */
static char peek(const struct text *t, size_t ahead)
{
    return (size_t)(t->end - t->at) > ahead ? (char)t->at[ahead] : '\0';
}

static bool at_end(const struct text *t)
{
    return t->at == t->end;
}

static void skip(struct text *t, size_t count)
{
    t->at += count;
}

static bool at_newline(const struct text *t)
{
    return !at_end(t) && (*t->at == '\n' || *t->at == '\r');
}

/* "\r\n" is one newline. */
static void skip_newline(struct text *t)
{
    skip(t, *t->at == '\r' && peek(t, 1) == '\n' ? 2 : 1);
    t->line++;
}

static void skip_blanks(struct text *t)
{
    while (peek(t, 0) == ' ' || peek(t, 0) == '\t')
        skip(t, 1);
}

static void skip_line(struct text *t)
{
    while (!at_end(t) && !at_newline(t))
        skip(t, 1);
    if (!at_end(t))
        skip_newline(t);
}

static struct ak_span rest_of_line(const struct text *t)
{
    struct ak_span line = {t->at, 0};
    while (line.size < (size_t)(t->end - t->at) && t->at[line.size] != '\n' &&
           t->at[line.size] != '\r')
        line.size++;
    return line;
}

/* Blanks and a comment may end a line, nothing else. */
static bool ends_line(struct text *t)
{
    skip_blanks(t);
    return at_end(t) || at_newline(t) || peek(t, 0) == ';';
}

static bool bad(struct text *t, const char *why)
{
    t->item.why = t->item.why != NULL ? t->item.why : why;
    return false;
}

/* ---- strings ---- */

/* Whether the line that begins here is an item of its own, so that an open string before it lost
 * its end. Inside a string a quote would be escaped, but for the one that ends it. */
static bool begins_item(const struct text *t)
{
    struct text look = *t;
    struct ak_span line = rest_of_line(t);
    if (peek(t, 0) == '"') {
        skip(&look, 1);
        return !ends_line(&look);
    }
    return ak_upcase_begins(line, "[HKEY_") || ak_upcase_begins(line, "[-HKEY_") ||
           ak_upcase_begins(line, "@=");
}

/* Behind the opening quote: appends UTF-8 to `out` and stops behind the closing one. */
static bool read_string(struct text *t, struct ak_text *out)
{
    while (!at_end(t)) {
        char c = peek(t, 0);
        if (c == '"') {
            skip(t, 1);
            return true;
        }
        if (at_newline(t)) {
            struct text line = *t;
            skip_newline(&line);
            if (begins_item(&line))
                return bad(t, "a text without end");
            ak_text_bytes(out, t->at, (size_t)(line.at - t->at));
            *t = line;
            continue;
        }
        if (c == '\\' && (peek(t, 1) == '\\' || peek(t, 1) == '"')) {
            skip(t, 1);
            c = peek(t, 0);
        }
        ak_text_char(out, c);
        skip(t, 1);
    }
    return bad(t, "a text without end");
}

/* ---- data ---- */

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* At most `most` hexadecimal digits; their number, 0 when there is none or more. */
static size_t read_hex(struct text *t, size_t most, uint32_t *number)
{
    size_t count = 0;
    *number = 0;
    for (; count <= most && digit(peek(t, 0)) >= 0; count++, skip(t, 1))
        *number = *number << 4 | (uint32_t)digit(peek(t, 0));
    return count <= most ? count : 0;
}

/* A backslash, blanks, a comment and a newline; blanks and comment lines before the next byte. */
static bool continued(struct text *t)
{
    if (peek(t, 0) != '\\')
        return false;
    skip(t, 1);
    if (!ends_line(t))
        return bad(t, "something behind the backslash of a list");
    do {
        skip_line(t);
        skip_blanks(t);
    } while (peek(t, 0) == ';');
    return true;
}

static bool read_bytes(struct text *t, struct ak_text *out)
{
    for (;;) {
        uint32_t byte;
        skip_blanks(t);
        if (continued(t))
            continue;
        if (t->item.why != NULL)
            return false;
        if (digit(peek(t, 0)) < 0)
            return true; /* the end; also behind a last comma */
        if (read_hex(t, 2, &byte) == 0)
            return bad(t, "a byte of more than two digits");
        ak_text_char(out, (char)byte);
        skip_blanks(t);
        if (peek(t, 0) == ',')
            skip(t, 1);
        else if (peek(t, 0) != '\\')
            return true;
    }
}

static bool read_hex_data(struct text *t)
{
    t->item.type = TYPE_BINARY;
    t->hex = true;
    if (peek(t, 0) == '(') {
        skip(t, 1);
        if (read_hex(t, 8, &t->item.type) == 0 || peek(t, 0) != ')')
            return bad(t, "a type that is no number");
        skip(t, 1);
    }
    if (peek(t, 0) != ':')
        return bad(t, "hex without a colon");
    skip(t, 1);
    return read_bytes(t, t->data);
}

static bool read_dword(struct text *t)
{
    uint32_t number;
    skip_blanks(t);
    if (read_hex(t, 8, &number) == 0)
        return bad(t, "a dword that is no number of up to eight digits");
    for (unsigned i = 0; i < 4; i++)
        ak_text_char(t->data, (char)(number >> (8 * i) & 0xff));
    t->item.type = TYPE_DWORD;
    return true;
}

static bool takes(struct text *t, const char *word)
{
    if (!ak_upcase_begins(rest_of_line(t), word))
        return false;
    skip(t, strlen(word));
    return true;
}

/* Into t->data; false after t->item.why. */
static bool read_data(struct text *t)
{
    ak_text_clear(t->data);
    if (peek(t, 0) == '-') {
        skip(t, 1);
        t->item.kind = AK_REG_TEXT_DELETE_VALUE;
        return true;
    }
    if (peek(t, 0) == '"') {
        skip(t, 1);
        t->item.type = TYPE_SZ;
        t->quoted = true;
        return read_string(t, t->data);
    }
    if (takes(t, "dword:"))
        return read_dword(t);
    if (takes(t, "hex"))
        return read_hex_data(t);
    return bad(t, "data of an unknown kind");
}

/* ---- lines ---- */

static bool is_header(struct text *t)
{
    struct ak_span line = rest_of_line(t);
    for (size_t i = 0; i < AK_COUNT(headers); i++)
        if (ak_upcase_begins(line, headers[i])) {
            t->version4 = i == 1;
            return true;
        }
    return false;
}

/* The last "]" of the line ends the key: its name may hold others. */
static bool read_key(struct text *t)
{
    struct ak_span line = rest_of_line(t);
    size_t start = line.size > 1 && line.bytes[1] == '-' ? 2 : 1, end = line.size;
    while (end > start && line.bytes[end - 1] != ']')
        end--;
    t->item.path = "";
    if (end <= start)
        return bad(t, "a key without its closing bracket");
    t->item.kind = start == 2 ? AK_REG_TEXT_DELETE_KEY : AK_REG_TEXT_KEY;
    ak_text_clear(t->data);
    ak_text_bytes(t->data, line.bytes + start, end - 1 - start);
    skip(t, end);
    if (!ends_line(t))
        return bad(t, "something behind a key");
    if (memchr(line.bytes, 0, line.size) != NULL)
        return bad(t, "a zero in a key's name");
    t->item.path = ak_text_string(t->data);
    return true;
}

static bool read_value(struct text *t)
{
    ak_text_clear(t->name);
    t->item.kind = AK_REG_TEXT_VALUE;
    bool named = peek(t, 0) == '"';
    skip(t, 1);
    if (named && !read_string(t, t->name))
        return false;
    skip_blanks(t);
    if (peek(t, 0) != '=')
        return bad(t, "a name without an equals sign");
    skip(t, 1);
    skip_blanks(t);
    if (!read_data(t))
        return false;
    return ends_line(t) || bad(t, "something behind the data");
}

/* What the registry would hold for what was read. */
static void finish_value(struct text *t)
{
    const struct ak_text *data = t->data;
    struct ak_span raw = {(const uint8_t *)t->data->bytes, t->data->size};
    uint32_t type = t->item.type;
    bool text = type == TYPE_SZ || type == TYPE_EXPAND_SZ || type == TYPE_MULTI_SZ;
    ak_text_clear(t->wide);
    if (t->quoted) {
        ak_utf8_to_utf16le(raw, t->wide);
        ak_utf16le_put(0, t->wide);
        data = t->wide;
    } else if (t->version4 && text) { /* bytes in the code page of the machine */
        ak_codepage_to_utf16le(t->page != 0 ? t->page : ak_codepage_guess(raw), raw, t->wide);
        data = t->wide;
    }
    t->item.data.bytes = (const uint8_t *)data->bytes;
    t->item.data.size = data->size;
    t->item.name.bytes = (const uint8_t *)t->name->bytes;
    t->item.name.size = t->name->size;
}

/* Behind what was bad: the next line, or the one behind the whole list of bytes. */
static void recover(struct text *t)
{
    struct ak_span line;
    do {
        line = rest_of_line(t);
        while (line.size != 0 &&
               (line.bytes[line.size - 1] == ' ' || line.bytes[line.size - 1] == '\t'))
            line.size--;
        skip_line(t);
    } while (t->hex && line.size != 0 && line.bytes[line.size - 1] == '\\');
}

/* The item of the line at the cursor, which is moved behind it; false: the line holds none. */
static bool read_item(struct text *t)
{
    memset(&t->item, 0, sizeof t->item);
    t->item.line = t->line;
    t->quoted = t->hex = false;
    while (has(rest_of_line(t), "\xef\xbb\xbf", 3)) /* files that were joined */
        skip(t, 3);
    bool good = true;
    if (ends_line(t) || is_header(t)) {
        skip_line(t);
        return false;
    }
    if (peek(t, 0) == '[')
        good = read_key(t);
    else if (peek(t, 0) == '"' || peek(t, 0) == '@')
        good = read_value(t);
    else
        good = bad(t, "a line that is neither key nor value");
    if (!good)
        t->item.kind = AK_REG_TEXT_BAD;
    else if (t->item.kind == AK_REG_TEXT_VALUE || t->item.kind == AK_REG_TEXT_DELETE_VALUE)
        finish_value(t);
    recover(t);
    return true;
}

/* ---- the whole file ---- */

static struct text text_of(struct ak_span utf8)
{
    struct text t = {.at = utf8.bytes, .end = utf8.bytes, .line = 1};
    if (utf8.size != 0)
        t.end += utf8.size;
    return t;
}

/* Past empty lines to the header. */
static bool find_header(struct text *t)
{
    do {
        while (has(rest_of_line(t), "\xef\xbb\xbf", 3))
            skip(t, 3);
        if (!ends_line(t))
            return is_header(t);
        skip_line(t);
    } while (!at_end(t));
    return false;
}

/* The beginning of a file as UTF-8. */
static void beginning(struct ak_span bytes, struct ak_text *utf8)
{
    enum { ENOUGH = 4096 };
    enum encoding encoding = detect(&bytes);
    ak_text_init(utf8, SIZE_MAX);
    bytes.size = bytes.size < ENOUGH ? bytes.size : ENOUGH;
    if (encoding == UTF16LE || encoding == UTF16BE)
        utf16_to_utf8(bytes, encoding == UTF16BE, utf8);
    else
        ak_text_bytes(utf8, bytes.bytes, bytes.size);
}

bool ak_reg_text_is(struct ak_span bytes)
{
    struct ak_text utf8;
    beginning(bytes, &utf8);
    struct ak_span whole = {(const uint8_t *)utf8.bytes, utf8.size};
    struct text t = text_of(whole);
    bool found = find_header(&t);
    ak_text_release(&utf8);
    return found;
}

bool ak_reg_text_remarks(struct ak_span bytes, const char *remark)
{
    struct ak_text utf8;
    beginning(bytes, &utf8);
    struct ak_span whole = {(const uint8_t *)utf8.bytes, utf8.size};
    struct text t = text_of(whole);
    bool found = find_header(&t);
    if (found)
        skip_line(&t);
    while (found && !at_end(&t) && ends_line(&t) && peek(&t, 0) != ';')
        skip_line(&t);
    found = found && peek(&t, 0) == ';';
    if (found)
        skip(&t, peek(&t, 1) == ' ' ? 2 : 1);
    found = found && has(rest_of_line(&t), remark, strlen(remark));
    ak_text_release(&utf8);
    return found;
}

static enum ak_err read_all(struct text *t,
                            bool (*each)(void *context, const struct ak_reg_text_item *item),
                            void *context, struct ak_error *error)
{
    bool more = find_header(t);
    if (!more)
        return ak_error_set(error, AK_ERR_FORMAT, "no registry export");
    while (more && !at_end(t)) {
        bool item = read_item(t);
        if (t->name->failed || t->data->failed || t->wide->failed)
            return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        more = !item || each(context, &t->item);
    }
    return AK_ERR_NONE;
}

enum ak_err ak_reg_text_read(struct ak_span bytes,
                             bool (*each)(void *context, const struct ak_reg_text_item *item),
                             void *context, struct ak_error *error)
{
    struct ak_text utf8, name, data, wide;
    enum ak_codepage page;
    ak_text_init(&utf8, SIZE_MAX);
    ak_text_init(&name, SIZE_MAX);
    ak_text_init(&data, SIZE_MAX);
    ak_text_init(&wide, SIZE_MAX);
    struct text t = text_of(decode(bytes, &utf8, &page));
    t.page = page;
    t.name = &name;
    t.data = &data;
    t.wide = &wide;
    enum ak_err err = utf8.failed ? ak_error_set(error, AK_ERR_MEMORY, "out of memory")
                                  : read_all(&t, each, context, error);
    ak_text_release(&utf8);
    ak_text_release(&name);
    ak_text_release(&data);
    ak_text_release(&wide);
    return err;
}
