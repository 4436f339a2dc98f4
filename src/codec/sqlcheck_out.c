/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_out.h"

#include <string.h>

#include "base/limits.h"
#include "base/utf16.h"

#include "base/banned.h"

enum { SZ = 1, DWORD = 4, MULTI_SZ = 7 };

void ak_sqlcheck_out_init(struct ak_sqlcheck_out *out,
                          bool (*each)(void *context, const struct ak_reg_text_item *item),
                          void *context)
{
    memset(out, 0, sizeof *out);
    out->each = each;
    out->context = context;
    ak_text_init(&out->data, 4 * AK_MAX_LOG_LINE);
}

void ak_sqlcheck_out_release(struct ak_sqlcheck_out *out)
{
    ak_text_release(&out->data);
}

static void tell(struct ak_sqlcheck_out *out, struct ak_reg_text_item *item)
{
    item->line = out->line;
    if (!out->stopped)
        out->stopped = !out->each(out->context, item);
}

static void put(struct ak_sqlcheck_out *out, const char *name, uint32_t type, struct ak_span data)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_VALUE, .type = type, .data = data};
    item.name.bytes = (const uint8_t *)name;
    item.name.size = strlen(name);
    tell(out, &item);
}

static void put_utf8(struct ak_sqlcheck_out *out, const char *name, uint32_t type,
                     struct ak_span utf8)
{
    ak_text_clear(&out->data);
    ak_utf8_to_utf16le(utf8, &out->data);
    ak_utf16le_put(0, &out->data);
    struct ak_span data = {(const uint8_t *)out->data.bytes, out->data.size};
    if (!out->data.failed)
        put(out, name, type, data);
}

void ak_sqlcheck_put_key(struct ak_sqlcheck_out *out, const char *path)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_KEY, .path = path};
    tell(out, &item);
}

void ak_sqlcheck_put_number(struct ak_sqlcheck_out *out, const char *name, uint32_t n)
{
    uint8_t bytes[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    struct ak_span data = {bytes, sizeof bytes};
    put(out, name, DWORD, data);
}

void ak_sqlcheck_put_text(struct ak_sqlcheck_out *out, const char *name, const char *text)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    put_utf8(out, name, SZ, span);
}

void ak_sqlcheck_put_strings(struct ak_sqlcheck_out *out, const char *name, struct ak_span strings)
{
    put_utf8(out, name, MULTI_SZ, strings);
}

void ak_sqlcheck_put_truth(struct ak_sqlcheck_out *out, const char *name, const char *word)
{
    if (strcmp(word, "True") == 0 || strcmp(word, "False") == 0)
        ak_sqlcheck_put_number(out, name, *word == 'T');
}

void ak_sqlcheck_put_bad(struct ak_sqlcheck_out *out, const char *why)
{
    struct ak_reg_text_item item = {.kind = AK_REG_TEXT_BAD, .why = why};
    tell(out, &item);
}
