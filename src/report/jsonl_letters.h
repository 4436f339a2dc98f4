/* The packet letters as a line tells them. Most conversations of a trace have those of another one:
 * their text is made once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_LETTERS_H
#define AK_REPORT_JSONL_LETTERS_H

#include "base/text.h"
#include "observe/letters.h"

struct ak_jsonl_letters;

/* NULL: memory. */
struct ak_jsonl_letters *ak_jsonl_letters_new(void);
void ak_jsonl_letters_free(struct ak_jsonl_letters *memory);

/* The member `letters`, behind another one. */
void ak_jsonl_letters(struct ak_jsonl_letters *memory, const struct ak_letters *letters,
                      struct ak_text *out);

#endif
