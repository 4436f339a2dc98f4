/* Fuzzes reports of SQLCHECK: what they tell as keys and values of a registry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/sqlcheck_text.h"

#include <string.h>

#include "base/utf16.h"

#include "fuzz_target.h"

struct seen {
    size_t items;
    bool key;
};

static bool on_item(void *context, const struct ak_reg_text_item *item)
{
    struct seen *seen = context;
    seen->items++;
    if (item->kind == AK_REG_TEXT_KEY) {
        FUZZ_CHECK(strncmp(item->path, "HKEY_LOCAL_MACHINE\\", 19) == 0);
        seen->key = true;
    } else if (item->kind == AK_REG_TEXT_VALUE) {
        FUZZ_CHECK(seen->key && item->name.size != 0 && item->line != 0);
        FUZZ_CHECK(item->type == 4 ? item->data.size == 4 : item->data.size % 2 == 0);
    } else {
        FUZZ_CHECK(item->kind == AK_REG_TEXT_BAD && item->why != NULL);
    }
    return seen->items < 5000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span bytes = {data, size};
    struct seen seen = {0, false};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_err err = ak_sqlcheck_text_read(bytes, on_item, &seen, NULL);
    FUZZ_CHECK(err == AK_ERR_NONE ? ak_sqlcheck_text_is(bytes) : seen.items == 0);
    return 0;
}
