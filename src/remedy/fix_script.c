/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for cmd.exe and for PowerShell 2.0 and later.
 *
 * A name in the evidence may be made to break out of its quotes: a line is only written when every
 * character of it is harmless in its place.
 */
#include "remedy/fix_forms.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

/* cmd.exe takes 8,191 characters a line. */
enum { MOST_TEXT = 4 * 1024 * 1024, CMD_LINE = 7000 };

static const struct {
    uint32_t type;
    const char *cmd, *ps1;
} types[] = {
    {AK_REGISTRY_TYPE_SZ, "REG_SZ", "String"},
    {AK_REGISTRY_TYPE_EXPAND_SZ, "REG_EXPAND_SZ", "ExpandString"},
    {AK_REGISTRY_TYPE_BINARY, "REG_BINARY", "Binary"},
    {AK_REGISTRY_TYPE_DWORD, "REG_DWORD", "DWord"},
    {AK_REGISTRY_TYPE_MULTI_SZ, "REG_MULTI_SZ", "MultiString"},
};

static size_t type_of(const struct ak_fix_change *c)
{
    size_t i = 0;
    while (i < AK_COUNT(types) && types[i].type != c->type)
        i++;
    return i;
}

/* ---- cmd.exe ---- */

/* In the code page of whoever runs it: ASCII alone is safe. A backslash before the closing quote
 * would escape it. */
static bool cmd_harmless(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"')
            return false;
    return size == 0 || text[size - 1] != '\\';
}

bool ak_fix_cmd_can(const struct ak_fix_change *c)
{
    struct ak_text text;
    uint32_t number;
    bool good = cmd_harmless(c->key, strlen(c->key)) && cmd_harmless(c->name, strlen(c->name)) &&
                strlen(c->key) + strlen(c->name) < CMD_LINE / 4;
    if (!good || c->action != AK_FIX_SET_VALUE || ak_fix_number_of(c, &number))
        return good;
    if (c->type == AK_REGISTRY_TYPE_BINARY)
        return c->size != 0 && c->size < CMD_LINE / 4;
    ak_text_init(&text, MOST_TEXT);
    good = ak_fix_text_of(c, &text) && !text.failed && text.size < CMD_LINE / 2;
    for (size_t from = 0, at = 0; good && at <= text.size; at++)
        if (at == text.size || text.bytes[at] == '\n') {
            good = cmd_harmless(text.bytes + from, at - from);
            from = at + 1;
        }
    if (good && c->type == AK_REGISTRY_TYPE_MULTI_SZ)
        good = strstr(ak_text_string(&text), "\\0") == NULL;
    ak_text_release(&text);
    return good;
}

/* In quotes; a percent sign is doubled, since a batch file would take it for a variable's. */
static void cmd_quoted(const char *text, size_t size, struct ak_text *out)
{
    ak_text_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%')
            ak_text_char(out, '%');
        if (text[i] != '\n')
            ak_text_char(out, text[i]);
        else if (i + 1 < size)
            ak_text_add(out, "\\0");
    }
    ak_text_char(out, '"');
}

static void cmd_name(const struct ak_fix_change *c, struct ak_text *out)
{
    size_t n = strlen(c->name);
    if (n == 0) {
        ak_text_add(out, " /ve");
        return;
    }
    ak_text_add(out, " /v ");
    if (strspn(c->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == n)
        ak_text_add(out, c->name);
    else
        cmd_quoted(c->name, n, out);
}

static void cmd_data(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    ak_text_format(out, " /t %s /d ", types[type_of(c)].cmd);
    ak_text_init(&text, MOST_TEXT);
    if (ak_fix_number_of(c, &number))
        ak_text_format(out, number > 9 ? "0x%x" : "%u", (unsigned)number);
    else if (c->type == AK_REGISTRY_TYPE_BINARY)
        ak_text_hex_bytes(out, c->data, c->size);
    else if (ak_fix_text_of(c, &text))
        cmd_quoted(ak_text_string(&text), text.size, out);
    ak_text_release(&text);
}

static void cmd_reg(const char *verb, const struct ak_fix_change *c, struct ak_text *out)
{
    ak_text_format(out, "reg %s ", verb);
    cmd_quoted(c->key, strlen(c->key), out);
}

void ak_fix_cmd_write(const struct ak_fix_change *c, struct ak_text *out)
{
    size_t n;
    const char *root = ak_fix_root(c->key, &n);
    bool value = c->action <= AK_FIX_DELETE_VALUE;
    switch ((enum ak_fix_action)c->action) {
    case AK_FIX_SET_VALUE:
    case AK_FIX_MAKE_KEY:
        cmd_reg("add", c, out);
        if (value) {
            cmd_name(c, out);
            cmd_data(c, out);
        }
        ak_text_add(out, " /f\nif errorlevel 1 set AKUSHU_FAILED=1\n");
        break;
    case AK_FIX_DELETE_VALUE:
    case AK_FIX_DELETE_KEY:
        cmd_reg("query", c, out);
        if (value)
            cmd_name(c, out);
        ak_text_add(out, " >nul 2>&1\nif not errorlevel 1 ");
        cmd_reg("delete", c, out);
        if (value)
            cmd_name(c, out);
        ak_text_add(out, " /f\n");
        break;
    case AK_FIX_REMOVE_EMPTY:
    case AK_FIX_ACTIONS:
        ak_text_format(out, "call :remove_if_empty \"%s", root);
        for (const char *p = c->key + n; *p != '\0'; p++)
            ak_text_add(out, *p == '%' ? "%%%%" : (const char[]){*p, '\0'});
        ak_text_add(out, "\"\n");
        break;
    }
}

/* ---- PowerShell ---- */

bool ak_fix_ps1_can(const struct ak_fix_change *c)
{
    struct ak_text text;
    uint32_t number;
    if (c->action != AK_FIX_SET_VALUE || c->type == AK_REGISTRY_TYPE_BINARY ||
        ak_fix_number_of(c, &number))
        return true;
    ak_text_init(&text, MOST_TEXT);
    bool good = ak_fix_text_of(c, &text) && !text.failed;
    ak_text_release(&text);
    return good;
}

/* In single quotes nothing is expanded; PowerShell takes typographic quotes for quotes, too: U+2018
 * to U+201B, which are e2 80 98 to e2 80 9b. */
static void ps1_quoted(const char *text, size_t size, struct ak_text *out)
{
    ak_text_char(out, '\'');
    for (size_t i = 0; i < size; i++) {
        const unsigned char *p = (const unsigned char *)text + i;
        if (*p == '\'') {
            ak_text_add(out, "''");
        } else if (size - i > 2 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x98 && p[2] <= 0x9b) {
            ak_text_bytes(out, p, 3);
            ak_text_bytes(out, p, 3);
            i += 2;
        } else {
            ak_text_char(out, text[i]);
        }
    }
    ak_text_char(out, '\'');
}

static void ps1_key(const char *path, struct ak_text *out)
{
    struct ak_text whole;
    size_t n;
    const char *root = ak_fix_root(path, &n);
    ak_text_init(&whole, MOST_TEXT);
    ak_text_format(&whole, "%s%s", root, path + n);
    ak_text_char(out, ' ');
    ps1_quoted(ak_text_string(&whole), whole.size, out);
    if (whole.failed)
        ak_text_fail(out);
    ak_text_release(&whole);
}

static void ps1_strings(const struct ak_text *text, struct ak_text *out)
{
    ak_text_add(out, "@(");
    for (size_t from = 0, at = 0; at < text->size; at++) {
        if (text->bytes[at] != '\n')
            continue;
        if (from != 0)
            ak_text_add(out, ", ");
        ps1_quoted(text->bytes + from, at - from, out);
        from = at + 1;
    }
    ak_text_char(out, ')');
}

static void ps1_data(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    ak_text_format(out, " '%s' ", types[type_of(c)].ps1);
    ak_text_init(&text, MOST_TEXT);
    if (ak_fix_number_of(c, &number)) {
        ak_text_i64(out, number > INT32_MAX ? (int64_t)number - 0x100000000 : (int64_t)number);
    } else if (c->type == AK_REGISTRY_TYPE_BINARY) {
        ak_text_add(out, "@(");
        for (size_t i = 0; i < c->size; i++)
            ak_text_format(out, i == 0 ? "0x%02x" : ", 0x%02x", c->data[i]);
        ak_text_char(out, ')');
    } else if (ak_fix_text_of(c, &text)) {
        if (c->type == AK_REGISTRY_TYPE_MULTI_SZ)
            ps1_strings(&text, out);
        else
            ps1_quoted(ak_text_string(&text), text.size, out);
    }
    ak_text_release(&text);
}

void ak_fix_ps1_write(const struct ak_fix_change *c, struct ak_text *out)
{
    static const char *const calls[AK_FIX_ACTIONS] = {
        "Set-FixValue", "Remove-FixValue", "New-FixKey", "Remove-FixKey", "Remove-FixKeyIfEmpty"};
    ak_text_add(out, calls[c->action]);
    ps1_key(c->key, out);
    if (c->action <= AK_FIX_DELETE_VALUE) {
        ak_text_char(out, ' ');
        ps1_quoted(c->name, strlen(c->name), out);
    }
    if (c->action == AK_FIX_SET_VALUE)
        ps1_data(c, out);
    ak_text_char(out, '\n');
}
