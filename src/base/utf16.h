/* UTF-16 to UTF-8 and back, for texts of Windows formats. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_UTF16_H
#define AK_BASE_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

/* Converts little-endian UTF-16 into out (NUL-terminated, at most room bytes with the NUL).
 * Unpaired surrogates become U+FFFD; an odd last byte is ignored; text that does not fit is cut at
 * a character's border. Returns bytes written without the NUL. room must be at least 1. */
size_t ak_utf16le_to_utf8(struct ak_span in, char *out, size_t room);

/* Copies bytes that should be UTF-8: valid sequences stay, every other byte becomes U+FFFD, and so
 * does NUL: what follows it must not vanish ("bank.example\0.evil.example" in a certificate). */
size_t ak_utf8_copy(struct ak_span in, char *out, size_t room);

bool ak_utf8_valid(struct ak_span text);
/* The next character, which `text` is moved past; U+FFFD for a byte that begins none. `text` may
 * not be empty. */
uint32_t ak_utf8_next(struct ak_span *text);

/* Append one character; what is none becomes U+FFFD. */
void ak_utf8_put(uint32_t c, struct ak_text *out);
void ak_utf16le_put(uint32_t c, struct ak_text *out);
/* Appends a whole text; bytes that are no UTF-8 become U+FFFD. */
void ak_utf8_to_utf16le(struct ak_span text, struct ak_text *out);

#endif
