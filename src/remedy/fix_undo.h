/* The way back: what a set of changes must be followed by so that everything is as it was. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_UNDO_H
#define AK_REMEDY_FIX_UNDO_H

#include "remedy/fix_set.h"

/* Fills `undo` (initialised by the caller) from the values that the registry holds now: before the
 * set is applied. Values that were absent are deleted again; keys that did not exist are removed
 * again, the deepest first, if nothing is in them. */
void ak_fix_undo(const struct ak_fix_set *set, const struct ak_registry *registry,
                 struct ak_fix_set *undo);

/* Takes out of the set each deletion of a key in which anything has a name that no file can carry:
 * it could not be brought back. They are counted as left out. */
void ak_fix_keep_undoable(struct ak_fix_set *set, const struct ak_registry *registry);

/* Applies a set to a registry in memory. False: no memory. */
AK_MUST_USE bool ak_fix_apply(const struct ak_fix_set *set, struct ak_registry *registry);

#endif
