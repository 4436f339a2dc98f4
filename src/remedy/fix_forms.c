/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_forms.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

enum { MOST_TEXT = 4 * 1024 * 1024, LINE = 77 };

static const struct {
    const char *ending;
    bool policy;
    bool (*can)(const struct ak_fix_change *change);
    void (*write)(const struct ak_fix_change *change, struct ak_text *out);
} forms[AK_FIX_FORMS] = {
    {"reg", false, NULL, NULL},
    {"cmd", false, ak_fix_cmd_can, ak_fix_cmd_write},
    {"ps1", false, ak_fix_ps1_can, ak_fix_ps1_write},
    {"lgpo.txt", true, ak_fix_lgpo_can, ak_fix_lgpo_write},
    {"gpp.xml", true, ak_fix_gpp_can, ak_fix_gpp_write},
};

const char *ak_fix_form_ending(enum ak_fix_form form)
{
    return forms[form].ending;
}

bool ak_fix_form_policy(enum ak_fix_form form)
{
    return forms[form].policy;
}

bool ak_fix_form_can(enum ak_fix_form form, const struct ak_fix_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->changes[i].policy == forms[form].policy && forms[form].can != NULL &&
            !forms[form].can(&set->changes[i]))
            return false;
    return true;
}

void ak_fix_form_write(enum ak_fix_form form, const struct ak_fix_set *set, struct ak_text *out)
{
    if (form == AK_FIX_FORM_REG) {
        ak_fix_reg_write(set, out);
        return;
    }
    for (size_t i = 0; i < set->count; i++)
        if (set->changes[i].policy == forms[form].policy)
            forms[form].write(&set->changes[i], out);
}

const char *ak_fix_root(const char *path, size_t *size)
{
    static const struct {
        const char *brief, *whole;
    } roots[] = {{"HKLM", "HKEY_LOCAL_MACHINE"},
                 {"HKCU", "HKEY_CURRENT_USER"},
                 {"HKU", "HKEY_USERS"},
                 {"HKCR", "HKEY_CLASSES_ROOT"}};
    for (size_t i = 0; i < AK_COUNT(roots); i++) {
        *size = strlen(roots[i].brief);
        if (strncmp(path, roots[i].brief, *size) == 0 && path[*size] == '\\')
            return roots[i].whole;
    }
    *size = 0;
    return "";
}

/* ---- data ---- */

bool ak_fix_number_of(const struct ak_fix_change *c, uint32_t *number)
{
    if (c->type != AK_REGISTRY_TYPE_DWORD || c->size != 4)
        return false;
    *number = ak_le32(c->data);
    return true;
}

/* Is unit `at` a character that lines and quotes can carry? Moves past it. */
static bool printable(const struct ak_fix_change *c, size_t *at)
{
    unsigned unit = c->data[*at] | (unsigned)c->data[*at + 1] << 8;
    *at += 2;
    if (unit < 0x20 || unit == 0x7f || (unit >= 0xdc00 && unit <= 0xdfff) || unit >= 0xfffe ||
        unit == 0xfeff || unit == 0x2028 || unit == 0x2029 || (unit >= 0x80 && unit < 0xa0))
        return false;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (c->size - *at < 2)
        return false;
    unsigned low = c->data[*at] | (unsigned)c->data[*at + 1] << 8;
    *at += 2;
    return low >= 0xdc00 && low <= 0xdfff;
}

static void add_utf8(const struct ak_fix_change *c, size_t from, size_t to, struct ak_text *out)
{
    struct ak_span span = {c->data + from, to - from};
    size_t room = 2 * span.size + 4;
    if (!ak_text_reserve(out, room))
        return;
    out->size += ak_utf16le_to_utf8(span, out->bytes + out->size, room);
}

static bool string_of(const struct ak_fix_change *c, size_t end, size_t *at, struct ak_text *out)
{
    size_t from = *at;
    while (*at < end && (c->data[*at] != 0 || c->data[*at + 1] != 0))
        if (!printable(c, at))
            return false;
    add_utf8(c, from, *at, out);
    *at += 2;
    return true;
}

bool ak_fix_text_of(const struct ak_fix_change *c, struct ak_text *out)
{
    size_t at = 0, end = c->size;
    if (end < 2 || end % 2 != 0 || end > MOST_TEXT || c->data[end - 1] != 0 ||
        c->data[end - 2] != 0)
        return false;
    if (c->type == AK_REGISTRY_TYPE_SZ || c->type == AK_REGISTRY_TYPE_EXPAND_SZ)
        return string_of(c, end - 2, &at, out) && at == end;
    if (c->type != AK_REGISTRY_TYPE_MULTI_SZ || end < 6)
        return false;
    while (at < end - 2) {
        size_t before = at;
        if (!string_of(c, end, &at, out) || at - before < 4)
            return false;
        ak_text_char(out, '\n');
    }
    return at == end - 2;
}

/* ---- .reg ---- */

static void key_line(const char *path, bool away, struct ak_text *out)
{
    size_t n;
    const char *root = ak_fix_root(path, &n);
    ak_text_format(out, "\n[%s%s%s]\n", away ? "-" : "", root, path + n);
}

static void quoted(const char *text, size_t size, struct ak_text *out)
{
    ak_text_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\')
            ak_text_char(out, '\\');
        ak_text_char(out, text[i]);
    }
    ak_text_char(out, '"');
}

static void hex_list(const struct ak_fix_change *c, size_t column, struct ak_text *out)
{
    size_t before = out->size;
    if (c->type == AK_REGISTRY_TYPE_BINARY)
        ak_text_add(out, "hex:");
    else
        ak_text_format(out, "hex(%x):", (unsigned)c->type);
    column += out->size - before;
    for (size_t i = 0; i < c->size; i++) {
        ak_text_format(out, i + 1 < c->size ? "%02x," : "%02x", c->data[i]);
        column += 3;
        if (column > LINE - 3 && i + 1 < c->size) {
            ak_text_add(out, "\\\n  ");
            column = 2;
        }
    }
}

static void value_line(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    size_t before = out->size;
    if (c->name[0] == '\0')
        ak_text_char(out, '@');
    else
        quoted(c->name, strlen(c->name), out);
    ak_text_char(out, '=');
    ak_text_init(&text, MOST_TEXT);
    if (c->action == AK_FIX_DELETE_VALUE)
        ak_text_char(out, '-');
    else if (ak_fix_number_of(c, &number))
        ak_text_format(out, "dword:%08x", (unsigned)number);
    else if (c->type == AK_REGISTRY_TYPE_SZ && ak_fix_text_of(c, &text) && !text.failed)
        quoted(text.bytes != NULL ? text.bytes : "", text.size, out);
    else
        hex_list(c, out->size - before, out);
    ak_text_char(out, '\n');
    ak_text_release(&text);
}

void ak_fix_reg_write(const struct ak_fix_set *set, struct ak_text *out)
{
    const char *open = NULL; /* the key whose values may follow */
    for (size_t i = 0; i < set->count; i++) {
        const struct ak_fix_change *c = &set->changes[i];
        bool away = c->action == AK_FIX_DELETE_KEY || c->action == AK_FIX_REMOVE_EMPTY;
        if (c->policy)
            continue;
        if (away || open == NULL || !ak_same_name(open, c->key))
            key_line(c->key, away, out);
        open = away ? NULL : c->key;
        if (c->action <= AK_FIX_DELETE_VALUE)
            value_line(c, out);
    }
}
