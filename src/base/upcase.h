/* Names that compare without case as Windows does: keys and values of the registry.
 *
 * Windows compares the upper case of each UTF-16 unit; characters above U+FFFF have none. Texts
 * are UTF-8; bytes that are none compare as U+FFFD.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_UPCASE_H
#define AK_BASE_UPCASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/reader.h"

uint32_t ak_upcase(uint32_t c);
bool ak_upcase_equal(struct ak_span a, struct ak_span b);
/* Of strings. */
bool ak_same_name(const char *a, const char *b);
/* Does `text` begin with `start`? */
bool ak_upcase_begins(struct ak_span text, const char *start);
/* Equal for texts that ak_upcase_equal calls equal. */
uint64_t ak_upcase_hash(struct ak_hash_key key, struct ak_span text);

static inline struct ak_span ak_span_of(const char *string)
{
    struct ak_span span = {(const uint8_t *)string, strlen(string)};
    return span;
}

#endif
