/* What a report of SQLCHECK tells, as lines of text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_SQLCHECK_TOLD_H
#define AK_TESTS_SUPPORT_SQLCHECK_TOLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/reg_text.h"

struct sqlcheck_told {
    char text[8192];
    char key[512];
    unsigned bad;
};

static inline void sqlcheck_told_add(struct sqlcheck_told *t, const char *text)
{
    size_t n = strlen(t->text);
    (void)snprintf(t->text + n, sizeof t->text - n, "%s", text);
}

/* "KEY|NAME=VALUE\n" with the last part of the key, numbers in decimal, the strings of a list
 * parted by commas. */
static inline bool sqlcheck_told_item(void *context, const struct ak_reg_text_item *item)
{
    struct sqlcheck_told *t = context;
    char value[2048] = "", line[3072];
    if (item->kind == AK_REG_TEXT_KEY) {
        (void)snprintf(t->key, sizeof t->key, "%s", item->path);
        return true;
    }
    if (item->kind == AK_REG_TEXT_BAD) {
        t->bad++;
        assert_non_null(item->why);
        return true;
    }
    assert_int_equal(item->kind, AK_REG_TEXT_VALUE);
    assert_true(t->key[0] != '\0' && item->line != 0);
    if (item->type == 4) {
        assert_int_equal(item->data.size, 4);
        (void)snprintf(value, sizeof value, "%u",
                       (unsigned)item->data.bytes[0] | (unsigned)item->data.bytes[1] << 8 |
                           (unsigned)item->data.bytes[2] << 16 |
                           (unsigned)item->data.bytes[3] << 24);
    } else {
        size_t n = 0;
        assert_true(item->data.size >= 2 && item->data.size % 2 == 0);
        for (size_t i = 0; i + 2 < item->data.size && n + 1 < sizeof value; i += 2)
            value[n++] = item->data.bytes[i] != 0 ? (char)item->data.bytes[i] : ',';
    }
    (void)snprintf(line, sizeof line, "%s|%.*s=%s\n", strrchr(t->key, '\\') + 1,
                   (int)item->name.size, (const char *)item->name.bytes, value);
    sqlcheck_told_add(t, line);
    return true;
}

#endif
