/* Helpers of every parser test: annotated hex, and each prefix and each damaged byte of a vector.
 *
 * A parser sees only exactly sized heap copies, so that AddressSanitizer notices a read of one byte
 * too many at either end, even of an empty input.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_PARSER_CHECK_H
#define AK_TESTS_SUPPORT_PARSER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* Owned bytes; `at` is what a parser gets, `block` what is freed. */
struct ak_bytes {
    uint8_t *at;
    size_t size;
    void *block;
};

/* Reads annotated hex: pairs of digits, white space, comments from # to the end of the line,
 * 'text' for its bytes, and "00*32" to repeat a byte. Anything else fails the test. */
struct ak_bytes ak_hex(const char *annotated);
/* An exactly sized copy. */
struct ak_bytes ak_bytes_copy(const void *bytes, size_t size);
void ak_bytes_free(struct ak_bytes *bytes);
struct ak_span ak_bytes_span(const struct ak_bytes *bytes);

/* Calls with each prefix: sizes 0 to size, the whole included. */
void ak_each_prefix(struct ak_span vector, void (*call)(struct ak_span, void *), void *context);
/* Calls with each byte replaced by 0x00, by 0xff and with each of its 8 bits flipped. */
void ak_each_flip(struct ak_span vector, void (*call)(struct ak_span, void *), void *context);
/* Both, for parsers that must survive anything. */
void ak_each_damage(struct ak_span vector, void (*call)(struct ak_span, void *), void *context);

/* Fails the test unless `inner` is empty or lies wholly in `outer`. */
void ak_assert_inside(struct ak_span outer, struct ak_span inner);
/* Fails the test unless the span's bytes are those of the string. */
void ak_assert_text(struct ak_span span, const char *text);
/* Fails the test unless the record says this. `field` NULL: not compared. */
void ak_assert_parse(const struct ak_parse *parse, enum ak_verdict verdict, size_t offset,
                     const char *field);

#endif
