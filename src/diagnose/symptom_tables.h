/* The const tables behind diagnose/symptom.h, as tools/gen_symptoms.py writes them.
 *
 * Private to symptom*.c, their unit test and generated/symptom_tables.c. Patterns, phrases and
 * symbols are folded already: letters and digits only in patterns and symbols; in a pattern '*'
 * parts the fragments, and '<' before or '>' after a fragment asks for a border of a word.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_SYMPTOM_TABLES_H
#define AK_DIAGNOSE_SYMPTOM_TABLES_H

#include "diagnose/symptom.h"

/* The spaces of numbers; as bits in contexts and parameters. */
enum ak_number_space {
    AK_SPACE_WINSOCK,
    AK_SPACE_WIN32,
    AK_SPACE_STATUS, /* Schannel and certificate status, 0x8009.... and 0x800B.... */
    AK_SPACE_EVENT,  /* Schannel events */
    AK_SPACE_STATE,  /* Schannel's internal error states */
    AK_SPACE_ALERT,  /* TLS alerts */
    AK_SPACE_SQL,    /* messages of SQL Server */
    AK_SPACE_SQLSTATE,
    AK_SPACE_ERRNO, /* Linux */
    AK_SPACE_OPENSSL,
    AK_SPACE_DBLIB,
    AK_SPACE_SNI,    /* "(provider: ..., error: N" of SqlClient */
    AK_SPACE_SYMBOL, /* names without a number */
    AK_SPACE_COUNT
};

struct ak_symptom_pattern {
    uint16_t symptom;
    const char *text;
};

struct ak_error_code {
    enum ak_number_space space;
    uint32_t value;
    bool valued;        /* else only the symbol counts */
    const char *symbol; /* "" if it has none */
    uint16_t symptom;
    uint8_t parameters[3]; /* spaces of numbers that follow it, + 1; 0 = none */
};

struct ak_number_context {
    const char *phrase; /* folded, with its blanks */
    uint8_t within;     /* bytes that may stand between it and the number */
    uint32_t spaces;
};

extern const struct ak_symptom ak_symptom_rows[];
extern const size_t ak_symptom_row_count;
extern const struct ak_symptom_pattern ak_symptom_pattern_rows[];
extern const size_t ak_symptom_pattern_row_count;
extern const struct ak_error_code ak_error_code_rows[];
extern const size_t ak_error_code_row_count;
extern const struct ak_number_context ak_number_context_rows[];
extern const size_t ak_number_context_row_count;
extern const char *const ak_cause_ids[];
extern const size_t ak_cause_id_count;

/* symptom_numbers.c: gives every number and symbol of a folded text to `reading`. */
void ak_symptom_numbers(const char *folded, size_t size, struct ak_symptom_reading *reading);
/* symptom.c: adds a hit, once for each symptom (the heavier one stays). */
void ak_symptom_add(struct ak_symptom_reading *reading, const struct ak_symptom_hit *hit);

#endif
