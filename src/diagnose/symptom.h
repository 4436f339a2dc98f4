/* What an administrator saw, made out: error text or numbers in, symptoms and causes out. */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Knowledge stands in data/ (symptoms, symptom_patterns, error_codes, number_contexts, causes);
 * the answer is ids, and report/explain_text.h has the words. A pattern is literal fragments in
 * order, folded (base/fold.h) and without blanks and punctuation, each at most AK_MAX_SYMPTOM_GAP
 * bytes after the one before it. Numbers are read with the words before them ("alert code is"):
 * the same 40 is a TLS alert, or nothing. Time is linear in the text.
 */
#ifndef AK_DIAGNOSE_SYMPTOM_H
#define AK_DIAGNOSE_SYMPTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ak_symptom_kind {
    AK_SYMPTOM_TEXT,  /* a text of a program about a connection */
    AK_SYMPTOM_CODE,  /* a number or symbol that speaks of a connection */
    AK_SYMPTOM_OTHER, /* a known number of another matter: explains nothing here */
    AK_SYMPTOM_STACK, /* words that only tell which program speaks */
    AK_SYMPTOM_HINT   /* words that only hint at a stage */
};

struct ak_symptom {
    const char *id;
    const char *stack; /* id of data/symptom_stacks.csv, or "" */
    const char *step;  /* id of data/explain_steps.csv: the next command; "" for STACK and HINT */
    enum ak_symptom_kind kind;
    uint8_t stage_from, stage_to; /* P0=0 .. P5=5, P5b=6, P6=7, P7=8 */
    uint8_t cause_count;
    const uint8_t *causes; /* for ak_cause_id, the likeliest first */
};

struct ak_symptom_hit {
    const struct ak_symptom *symptom;
    size_t weight; /* bytes of the text that are literally so; more is more specific */
    size_t begin;  /* where in the folded text; only for order */
    size_t end;
    uint32_t
        number;  /* of a CODE or OTHER, as normalised (HRESULT of Winsock: the Winsock number) */
    bool agrees; /* its causes and the answer have something in common */
    const char *pattern;
};

#define AK_SYMPTOM_HITS 32u
#define AK_SYMPTOM_CAUSES 128u

struct ak_symptom_reading {
    struct ak_symptom_hit hits[AK_SYMPTOM_HITS]; /* the sharpest first: fewest causes */
    size_t hit_count;
    size_t hits_more; /* found beyond the room */
    bool known;       /* a TEXT or CODE was found */
    uint8_t stage_from, stage_to;
    bool staged; /* stage_from and stage_to say something */
    uint8_t causes[AK_SYMPTOM_CAUSES];
    size_t cause_count;
    const char *step; /* "" if nothing is known */
};

/* Reads a text of any kind of bytes; text beyond AK_MAX_SYMPTOM_TEXT is not looked at. Causes:
 * those of the sharpest hit, narrowed by each further hit that leaves any. Only AK_ERR_MEMORY. */
enum ak_err ak_symptoms_read(const char *text, size_t size, struct ak_symptom_reading *reading);

/* Place of a symptom in the tables, for its words. */
size_t ak_symptom_index(const struct ak_symptom *symptom);
/* NULL past the end. */
const struct ak_symptom *ak_symptom_at(size_t index);
const char *ak_cause_id(size_t index);

#endif
