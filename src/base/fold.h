/* Makes two writings of one text equal: case, blanks, full-width and half-width forms, quotes.
 *
 * For comparison only, never for output. Error texts are pasted out of dialogs, log viewers and
 * mails, which change blanks, break lines inside words and turn quotes; Japanese ones differ in the
 * long vowel mark besides (old wording: no mark at the end of a loan word). tools/gen_symptoms.py
 * folds the patterns in the same way; a unit test compares the two.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_FOLD_H
#define AK_BASE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Folds `size` bytes of UTF-8: ASCII in lower case, runs of white space and control characters as
 * one blank, full-width ASCII and half-width katakana in their usual width with voice marks
 * composed, quotes and dashes straight, the long vowel mark and invisible characters gone. Bytes
 * that are no UTF-8 count as blanks. `out` takes at least `size` bytes; returns the bytes written,
 * never more than `size`. */
size_t ak_fold(const char *text, size_t size, char *out);

/* Takes the letters and digits out of a folded text. `border[i]` tells for each i of 0..result
 * whether a word ends or begins between the bytes i - 1 and i. `out` takes `size` bytes, `border`
 * one more; they may not overlap `folded`. Returns the bytes written. */
size_t ak_fold_letters(const char *folded, size_t size, char *out, bool *border);

#endif
