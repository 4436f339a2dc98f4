/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_parts.h"

#include "report/messages.h"
#include "report/wrap.h"

#include "base/banned.h"

void ak_counted(struct ak_text *out, uint64_t count, const char *words)
{
    ak_text_u64(out, count);
    ak_text_char(out, ' ');
    ak_text_add(out, words);
}

void ak_plural(const struct ak_text_style *s, struct ak_text *out, uint64_t count, const char *one,
               const char *many)
{
    ak_counted(out, count, ak_tr(s->lang, count == 1 && s->lang == AK_LANG_EN ? one : many));
}

const char *ak_paint(const struct ak_text_style *style, const char *code)
{
    return style->color ? code : "";
}

void ak_pad(struct ak_text *out, const char *text, size_t columns)
{
    ak_text_add(out, text);
    for (size_t n = ak_text_columns(text); n < columns; n++)
        ak_text_char(out, ' ');
}

void ak_blanks(struct ak_text *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        ak_text_char(out, ' ');
}

void ak_address_words(const struct ak_endpoint *endpoint, struct ak_text *out)
{
    char address[46];
    ak_endpoint_text(endpoint, address);
    ak_text_format(out, endpoint->version == 6 ? "[%s]:%u" : "%s:%u", address, endpoint->port);
}
