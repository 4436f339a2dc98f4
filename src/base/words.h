/* Lines and words of configuration texts: spans cut into smaller spans, nothing copied.
 *
 * Every function takes any bytes. Results lie within the span that was given. Comparison knows
 * ASCII alone and ignores its case: the names in such texts have no others.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_WORDS_H
#define AK_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

struct ak_span ak_words_of(const char *string);
/* What lies behind the first `skip` bytes; empty when there is nothing. */
struct ak_span ak_words_from(struct ak_span span, size_t skip);
/* The first `size` bytes, or all. */
struct ak_span ak_words_first(struct ak_span span, size_t size);
/* Without white space at both ends. */
struct ak_span ak_words_trim(struct ak_span span);
/* Without one pair of equal quotes, if it has one. */
struct ak_span ak_words_unquote(struct ak_span span);

/* Takes the next line out of `rest`, without its end. False: `rest` was empty. */
bool ak_words_line(struct ak_span *rest, struct ak_span *line);
/* Takes the next run of bytes that are no separators; false: there is none. */
bool ak_words_next(struct ak_span *rest, const char *separators, struct ak_span *word);
/* Cuts at the first `at` that occurs; false (left: all, right: empty): it does not. */
bool ak_words_cut(struct ak_span span, const char *at, struct ak_span *left, struct ak_span *right);

bool ak_words_equal(struct ak_span span, const char *text);
bool ak_words_begin(struct ak_span span, const char *text);
bool ak_words_has(struct ak_span span, const char *text);
/* Decimal digits alone, at most `maximum`. */
bool ak_words_number(struct ak_span span, uint32_t maximum, uint32_t *value);
/* Copies into `out`, cut to `room` with a NUL; bytes that are no printable ASCII become '?'. */
void ak_words_copy(struct ak_span span, char *out, size_t room);

#endif
