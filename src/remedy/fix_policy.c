/* SPDX-License-Identifier: Apache-2.0 */
/* Group policy's forms: LGPO text ("LGPO.exe /t") and Group Policy Preferences
 * ([MS-GPPREF] 2.2.1.10).
 */
#include "remedy/fix_forms.h"

#include <string.h>

#include "base/attr.h"
#include "base/digest.h"

#include "base/banned.h"

enum { MOST_TEXT = 4 * 1024 * 1024 };

/* Emptied keys stay: a policy that names no value does no harm. */
static bool says_nothing(const struct ak_fix_change *c)
{
    return c->action == AK_FIX_REMOVE_EMPTY || c->action == AK_FIX_MAKE_KEY;
}

static bool policy_can(const struct ak_fix_change *c)
{
    struct ak_text text;
    uint32_t number;
    if (c->action == AK_FIX_DELETE_KEY)
        return false;
    if (c->action != AK_FIX_SET_VALUE || ak_fix_number_of(c, &number))
        return true;
    ak_text_init(&text, MOST_TEXT);
    bool good =
        ak_fix_text_of(c, &text) && !text.failed && strstr(ak_text_string(&text), "\\0") == NULL;
    ak_text_release(&text);
    return good;
}

bool ak_fix_lgpo_can(const struct ak_fix_change *c)
{
    return policy_can(c) && (c->name[0] != '\0' || says_nothing(c));
}

bool ak_fix_gpp_can(const struct ak_fix_change *c)
{
    return policy_can(c);
}

static const char *text_type(const struct ak_fix_change *c, const char *sz, const char *expand,
                             const char *multi)
{
    return c->type == AK_REGISTRY_TYPE_SZ          ? sz
           : c->type == AK_REGISTRY_TYPE_EXPAND_SZ ? expand
                                                   : multi;
}

void ak_fix_lgpo_write(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    size_t n;
    const char *root = ak_fix_root(c->key, &n);
    if (says_nothing(c))
        return;
    ak_text_format(out, "%s\n%s\n%s\n",
                   strcmp(root, "HKEY_LOCAL_MACHINE") == 0 ? "Computer" : "User",
                   c->key + n + (c->key[n] == '\\'), c->name);
    ak_text_init(&text, MOST_TEXT);
    if (c->action == AK_FIX_DELETE_VALUE) {
        ak_text_add(out, "DELETE");
    } else if (ak_fix_number_of(c, &number)) {
        ak_text_format(out, "DWORD:%u", (unsigned)number);
    } else if (ak_fix_text_of(c, &text)) {
        ak_text_add(out, text_type(c, "SZ:", "EXSZ:", "MULTISZ:"));
        for (size_t i = 0; i < text.size; i++) {
            if (text.bytes[i] != '\n')
                ak_text_char(out, text.bytes[i]);
            else if (i + 1 < text.size)
                ak_text_add(out, "\\0");
        }
    }
    ak_text_add(out, "\n\n");
    ak_text_release(&text);
}

static void xml(const char *text, size_t size, struct ak_text *out)
{
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '&':
            ak_text_add(out, "&amp;");
            break;
        case '<':
            ak_text_add(out, "&lt;");
            break;
        case '>':
            ak_text_add(out, "&gt;");
            break;
        case '"':
            ak_text_add(out, "&quot;");
            break;
        default:
            ak_text_char(out, text[i]);
        }
}

static void attribute(const char *name, const char *value, struct ak_text *out)
{
    ak_text_format(out, " %s=\"", name);
    xml(value, strlen(value), out);
    ak_text_char(out, '"');
}

/* An id that is the same each time: of the key's and the value's name. */
static void uid(const struct ak_fix_change *c, struct ak_text *out)
{
    uint8_t hash[32] = {0};
    struct ak_text text;
    struct ak_digest *digest = ak_digest_new();
    ak_text_init(&text, MOST_TEXT);
    ak_text_format(&text, "%s\n%s", c->key, c->name);
    if (digest == NULL || text.failed ||
        !ak_digest_make(digest, AK_DIGEST_SHA256, text.bytes, text.size, hash))
        ak_text_fail(out);
    ak_digest_free(digest);
    ak_text_release(&text);
    ak_text_add(out, " uid=\"{");
    for (size_t i = 0; i < 16; i++)
        ak_text_format(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02X" : "%02X", hash[i]);
    ak_text_add(out, "}\"");
}

static void gpp_data(const struct ak_fix_change *c, struct ak_text *out)
{
    struct ak_text text;
    uint32_t number;
    if (ak_fix_number_of(c, &number)) {
        ak_text_format(out, " type=\"REG_DWORD\" value=\"%08X\"/>\n", (unsigned)number);
        return;
    }
    ak_text_init(&text, MOST_TEXT);
    if (!ak_fix_text_of(c, &text))
        ak_text_fail(out);
    attribute("type", text_type(c, "REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ"), out);
    if (c->type != AK_REGISTRY_TYPE_MULTI_SZ) {
        attribute("value", ak_text_string(&text), out);
        ak_text_add(out, "/>\n");
    } else {
        ak_text_add(out, " value=\"\"><Values>");
        for (size_t from = 0, at = 0; at < text.size; at++)
            if (text.bytes[at] == '\n') {
                ak_text_add(out, "<Value>");
                xml(text.bytes + from, at - from, out);
                ak_text_add(out, "</Value>");
                from = at + 1;
            }
        ak_text_add(out, "</Values></Properties>\n");
    }
    ak_text_release(&text);
}

void ak_fix_gpp_write(const struct ak_fix_change *c, struct ak_text *out)
{
    size_t n;
    const char *root = ak_fix_root(c->key, &n);
    bool away = c->action == AK_FIX_DELETE_VALUE;
    if (says_nothing(c))
        return;
    ak_text_add(out, "  <Registry clsid=\"{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}\"");
    attribute("name", c->name, out);
    attribute("status", c->name, out);
    ak_text_format(out, " image=\"%u\"", away ? 8u : 7u);
    uid(c, out);
    ak_text_format(out, ">\n    <Properties action=\"%s\" displayDecimal=\"0\" default=\"%u\"",
                   away ? "D" : "U", c->name[0] == '\0');
    attribute("hive", root, out);
    attribute("key", c->key + n + (c->key[n] == '\\'), out);
    attribute("name", c->name, out);
    if (away)
        ak_text_add(out, " type=\"REG_SZ\" value=\"\"/>\n");
    else
        gpp_data(c, out);
    ak_text_add(out, "  </Registry>\n");
}
