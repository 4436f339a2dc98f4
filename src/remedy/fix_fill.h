/* From rows of the table (remedy/fix_rows.h) to the changes that one host needs.
 *
 * A row whose condition does not hold, and a change that would change nothing, is left out: what
 * remains is the least that makes the host what the set says.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_FILL_H
#define AK_REMEDY_FIX_FILL_H

#include "observe/host.h"
#include "remedy/fix_rows.h"
#include "remedy/fix_set.h"

/* A host, and what stands for the placeholders of its rows; NULL and 0 where a set has none. */
struct ak_fix_place {
    const struct ak_host *host;
    const struct ak_registry *registry;
    const char *protocol, *role, *suite, *group;
    unsigned bits;
    const struct ak_sql_instance *instance;
};

/* Adds the changes and settles the set (ak_fix_settle). */
void ak_fix_fill(const struct ak_fix_about *about, const struct ak_fix_place *place,
                 struct ak_fix_set *set);

/* ---- parts ---- */

/* Do all words of a row's condition hold? */
bool ak_fix_holds(const struct ak_fix_row *row, const struct ak_fix_place *place);
/* Has this Windows a second set of keys for 32-bit programs? */
bool ak_fix_wow64(const struct ak_registry *registry);
/* "HKLM\SYSTEM\ControlSet001\..." as CurrentControlSet when that is the current one. */
void ak_fix_alias(const struct ak_registry *registry, const char *path, struct ak_text *out);
/* One row of the verb ODDITY: does something about every oddity of its kind. */
void ak_fix_oddities(const struct ak_fix_row *row, const struct ak_fix_place *place,
                     struct ak_fix_set *set);
/* Rows of the verbs SUITES_ADD, SUITES_KEEP, SUITES_DROP and GROUPS_ADD, on the list that counts.
 */
void ak_fix_list(const struct ak_fix_row *row, const struct ak_fix_place *place,
                 struct ak_fix_set *set);

#endif
