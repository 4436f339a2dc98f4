// The words of rules, remedies, next steps and error texts, in English and Japanese.
// SPDX-License-Identifier: Apache-2.0
//
// Look-ups in const tables that tools/gen_model.py makes from data/rules.csv, data/remedies.csv,
// data/next_steps.csv, data/next_commands.csv, data/error_texts.csv and docs/rules/*.md. Nothing
// allocates; every pointer is to static storage. All text is UTF-8. The generator refuses a table
// with a missing text, so no string is NULL; a risk may be "". An error text without a known
// Japanese wording repeats the English one.
#ifndef AK_REPORT_WORDS_H
#define AK_REPORT_WORDS_H

#include <stddef.h>

enum ak_lang { AK_LANG_EN, AK_LANG_JA, AK_LANG_COUNT };

struct ak_remedy_words {
    const char *side;                  // who must act: "client", "server", "network", ...
    const char *action[AK_LANG_COUNT]; // what to change
    const char *restart;               // "none", "service:NAME" or "host"
    const char *risk[AK_LANG_COUNT];   // who else may break; may be ""
    const char *verify;                // the command that proves the fix
};

struct ak_rule_words {
    const char *id;
    const char *severity; // "error", "warning" or "note"
    const char *title[AK_LANG_COUNT];
    const char *cause[AK_LANG_COUNT];
    const char *page[AK_LANG_COUNT];        // docs/rules/<id>.<lang>.md, whole
    const struct ak_remedy_words *remedies; // in the order of the file's `order` column
    size_t remedy_count;
};

enum { AK_NEXT_COMMANDS = 3 };

struct ak_next_words {
    const char *id;
    const char *side;
    const char *text[AK_LANG_COUNT];
    // data/next_commands.csv: what to type there, and what it gives; "" where there is none.
    const char *collect_side;
    const char *note[AK_LANG_COUNT];
    const char *commands[AK_NEXT_COMMANDS]; // each at most 76 columns
};

// A message that users see. The stages count as P0=0 .. P5=5, P5b=6, P6=7, P7=8.
struct ak_error_text {
    const char *id;
    int stage_from; // first and last stage at which a connection that dies gives this text
    int stage_to;
    const char *close; // how it died there: "rst", "fin", "alert", "timeout", "any", ...
    const char *text[AK_LANG_COUNT];
};

// NULL if there is no such rule.
const struct ak_rule_words *ak_rule_words_find(const char *id);

// The rules in ascending order of their ids; NULL past the end.
const struct ak_rule_words *ak_rule_words_at(size_t index);

// NULL if there is no such step.
const struct ak_next_words *ak_next_words_find(const char *id);

// The steps in ascending order of their ids; NULL past the end.
const struct ak_next_words *ak_next_words_at(size_t index);

// The texts in the order of the file; NULL past the end.
const struct ak_error_text *ak_error_text_at(size_t index);

#endif
