/* ANSI code pages of Windows that texts are found in: 932 (Japanese) and 1252 (Western).
 *
 * The tables are made at build time from Python's codecs (tools/gen_codepages.py); "cp932" there is
 * Windows-31J, which differs from Shift_JIS.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_CODEPAGE_H
#define AK_BASE_CODEPAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

enum ak_codepage { AK_CODEPAGE_932 = 932, AK_CODEPAGE_1252 = 1252 };

/* Which of the two a text is more likely written in: 932 when all of it is valid there and at least
 * one place looks like Japanese (kana, a trail byte above 7F, or two such characters side by side).
 * Accented letters between ASCII ones, which 932 also admits, are Western. */
enum ak_codepage ak_codepage_guess(struct ak_span text);

/* The next character, which `text` is moved past; U+FFFD for a byte that has none. `text` may not
 * be empty. */
uint32_t ak_codepage_next(enum ak_codepage page, struct ak_span *text);

/* Appends the whole text as UTF-8, and as UTF-16LE. */
void ak_codepage_to_utf8(enum ak_codepage page, struct ak_span text, struct ak_text *out);
void ak_codepage_to_utf16le(enum ak_codepage page, struct ak_span text, struct ak_text *out);

#endif
