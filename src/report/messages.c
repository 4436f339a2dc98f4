/* SPDX-License-Identifier: Apache-2.0 */
#include "report/messages.h"

#include <string.h>

#include "generated/messages_ja.h"

#include "base/banned.h"

const char *ak_tr(enum ak_lang lang, const char *text)
{
    if (lang != AK_LANG_JA)
        return text;
    size_t low = 0, high = ak_messages_ja_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(text, ak_messages_ja[middle].text);
        if (order == 0)
            return ak_messages_ja[middle].translation;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return text;
}
