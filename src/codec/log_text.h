/* Lines of text logs as they lie in a file: bytes (UTF-8, code page 932 or 1252) or UTF-16.
 *
 * Nothing is decoded before it is known to matter: a unit is a byte or two, and what is not ASCII
 * has no meaning here. Spans are borrowed from the bytes that were given.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_LOG_TEXT_H
#define AK_CODEC_LOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

enum ak_log_units { AK_LOG_BYTES, AK_LOG_UTF16LE, AK_LOG_UTF16BE };

/* How the units of a text lie, by its first bytes; *mark is the size of the byte order mark. */
enum ak_log_units ak_log_units_guess(struct ak_span head, size_t *mark);
/* Bytes of one unit. */
static inline size_t ak_log_unit_size(enum ak_log_units units)
{
    return units == AK_LOG_BYTES ? 1 : 2;
}

/* Takes the next line, without its end, out of `rest`. False: no line end in it. */
bool ak_log_line(enum ak_log_units units, struct ak_span *rest, struct ak_span *line);
/* The first `room` units as ASCII; what is not ASCII becomes 0x01. Returns their number. */
size_t ak_log_ascii(enum ak_log_units units, struct ak_span text, char *out, size_t room);
/* Appends as UTF-8. Bytes that are no UTF-8 are taken for code page 932 or 1252, whichever fits. */
void ak_log_utf8(enum ak_log_units units, struct ak_span text, struct ak_text *out);

#endif
