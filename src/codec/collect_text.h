/* One line of what the scripts of `akushu collect` write.
 *
 *   akushu-collect|version=1|of=sql|time=2026-11-22T10:15:00Z|host=SQL01|instance=SQL2|
 *   NAME|KEY=VALUE|KEY=VALUE|
 *   end|lines=12|
 *
 * In values % | CR and LF are written %25 %7C %0D and %0A. The last | says that the line is whole:
 * sqlcmd and terminals cut long lines without a word. docs/formats/collected.md.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_COLLECT_TEXT_H
#define AK_CODEC_COLLECT_TEXT_H

#include "base/reader.h"
#include "base/text.h"

enum { AK_COLLECT_FIELDS = 32 };

/* Spans lie in the line; values are as written. */
struct ak_collect_line {
    struct ak_span name;
    size_t count;
    struct {
        struct ak_span key, value;
    } field[AK_COLLECT_FIELDS];
};

/* `line` is UTF-8 without its end. PARSED; SHORT: its last | is missing; BAD: a field without a
 * name, the same name twice, or too many fields; UNKNOWN: no such line (what sqlcmd writes between
 * them). The struct is filled but for UNKNOWN. */
enum ak_verdict ak_collect_line_parse(struct ak_span line, struct ak_collect_line *out);
/* NULL: no such key. */
const struct ak_span *ak_collect_line_find(const struct ak_collect_line *line, const char *key);
/* Appends the value, decoded; a % that begins no code stays. */
void ak_collect_value(struct ak_span value, struct ak_text *out);

#endif
