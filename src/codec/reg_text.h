/* Registry exports (.reg): "Windows Registry Editor Version 5.00" and REGEDIT4. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_REG_TEXT_H
#define AK_CODEC_REG_TEXT_H

/* In UTF-16LE, UTF-16BE or UTF-8, with or without a byte order mark, else in code page 932 or 1252.
 * The grammar is that of regedit: keys, values, deletions of both, strings with raw newlines, hex
 * lists over several lines, comments. A line that cannot be read is told as BAD and the rest goes
 * on. Texts of values arrive as the registry would hold them: UTF-16LE with a terminator; hex(1),
 * hex(2) and hex(7) of REGEDIT4 are converted from the machine's code page.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

enum ak_reg_text_kind {
    AK_REG_TEXT_KEY,          /* [path] */
    AK_REG_TEXT_DELETE_KEY,   /* [-path] */
    AK_REG_TEXT_VALUE,        /* "name"=data, @=data */
    AK_REG_TEXT_DELETE_VALUE, /* "name"=- */
    AK_REG_TEXT_BAD
};

struct ak_reg_text_item {
    enum ak_reg_text_kind kind;
    uint64_t line;       /* from 1 on */
    const char *path;    /* UTF-8; of the key */
    struct ak_span name; /* UTF-8; empty: the default value */
    uint32_t type;
    struct ak_span data;
    const char *why; /* BAD: static text */
};

/* Whether a file, of which this is the beginning, calls itself an export. */
bool ak_reg_text_is(struct ak_span bytes);
/* Is its first line behind the header a comment that begins so ("; REMARK...")? Needs no more than
 * the first 4 KiB. */
bool ak_reg_text_remarks(struct ak_span bytes, const char *remark);

/* Calls for each item, with texts that live for the call; false from it ends the reading. Values
 * below a bad key line come with no key between: the caller keeps the last AK_REG_TEXT_KEY; a BAD
 * key line is told with `path` "" so that it can forget it. AK_ERR_FORMAT: no export;
 * AK_ERR_MEMORY. */
enum ak_err ak_reg_text_read(struct ak_span bytes,
                             bool (*each)(void *context, const struct ak_reg_text_item *item),
                             void *context, struct ak_error *error);

#endif
