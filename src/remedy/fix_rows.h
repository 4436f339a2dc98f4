/* Which values a rule's remedy, a template or a single change needs: const tables.
 *
 * Made from data/fix_sets.csv and data/fix_values.csv at build time (tools/gen_fix.py); every
 * pointer is to static storage. The words of a set stand in report/fix_words.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_ROWS_H
#define AK_REMEDY_FIX_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ak_fix_verb {
    AK_FIX_VERB_DWORD,        /* data: the number, or a placeholder */
    AK_FIX_VERB_DELETE_VALUE, /* where it stands; number: only for its condition */
    AK_FIX_VERB_SUITES_ADD,   /* data: names; into the list that counts */
    AK_FIX_VERB_SUITES_KEEP,  /* data: a class of suites; the others leave the list */
    AK_FIX_VERB_SUITES_DROP,  /* data: a key exchange; suites with it leave the list */
    AK_FIX_VERB_GROUPS_ADD,
    AK_FIX_VERB_ODDITY /* when: the kind of oddity; data: what to do with each */
};

struct ak_fix_row {
    const char *when; /* words that must all hold (remedy/fix_when.h) */
    const char *key, *name;
    uint8_t verb;
    uint32_t number; /* unless data is a placeholder */
    const char *data;
};

/* What must restart before a set counts. */
enum ak_fix_restart { AK_FIX_RESTART_NONE, AK_FIX_RESTART_SERVICE, AK_FIX_RESTART_HOST };
const char *ak_fix_restart_name(enum ak_fix_restart restart);

struct ak_fix_about {
    const char *id;     /* rule, "template:NAME" or "change:NAME" */
    uint8_t from;       /* enum ak_severity: of the least finding that asks for it */
    bool asked;         /* only for whoever names the finding, and never in template:all */
    uint8_t restart;    /* enum ak_fix_restart; SERVICE: those that read the values */
    const char *verify; /* a command; "reg query": of the set's own keys */
    const struct ak_fix_row *rows;
    size_t row_count;
    uint8_t confidence; /* of the weakest row */
};

/* NULL when there is no such set. */
const struct ak_fix_about *ak_fix_about_find(const char *id);
const struct ak_fix_about *ak_fix_about_at(size_t index); /* NULL past the end */

/* One line of a configuration of a program on Linux (data/fix_programs.csv). */
struct ak_fix_setting {
    const char *template; /* "tls12-only" */
    const char *kind;     /* "openssl", "java" */
    const char *name, *value;
};
extern const struct ak_fix_setting ak_fix_settings[];
extern const size_t ak_fix_setting_count;

#endif
