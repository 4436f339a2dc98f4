/* UTF-16 to UTF-8, for texts of Windows formats. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_UTF16_H
#define AK_BASE_UTF16_H

#include <stddef.h>

#include "base/reader.h"

/* Converts little-endian UTF-16 into out (NUL-terminated, at most room bytes with the NUL).
 * Unpaired surrogates become U+FFFD; an odd last byte is ignored; text that does not fit is cut at
 * a character's border. Returns bytes written without the NUL. room must be at least 1. */
size_t ak_utf16le_to_utf8(struct ak_span in, char *out, size_t room);

/* Copies bytes that should be UTF-8: valid sequences stay, every other byte becomes U+FFFD, and so
 * does NUL: what follows it must not vanish ("bank.example\0.evil.example" in a certificate). */
size_t ak_utf8_copy(struct ak_span in, char *out, size_t room);

#endif
