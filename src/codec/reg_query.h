/* What `reg query` prints: keys and values as text.
 *
 *   HKEY_LOCAL_MACHINE\SOFTWARE\A
 *       Name    REG_SZ    text
 *       List    REG_MULTI_SZ    one\0two
 *
 * No document describes it; the parts are parted by four blanks (by tabs on XP and 2003). What it
 * prints beside them ("End of search: 3 match(es) found.") is of the system's language and passed
 * over. In UTF-16, UTF-8, or the console's code page.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_REG_QUERY_H
#define AK_CODEC_REG_QUERY_H

#include "codec/reg_text.h"

/* Is the first line that is not empty a key? Needs no more than the first 4 KiB. */
bool ak_reg_query_is(struct ak_span bytes);

/* Calls for each key and value as ak_reg_text_read does; a value whose data cannot be read is BAD.
 * The default value's data are told unless it has none. AK_ERR_FORMAT: no such text;
 * AK_ERR_MEMORY. */
enum ak_err ak_reg_query_read(struct ak_span bytes,
                              bool (*each)(void *context, const struct ak_reg_text_item *item),
                              void *context, struct ak_error *error);

#endif
