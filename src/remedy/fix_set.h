/* A set of changes to one machine's registry: typed, in order, without words.
 *
 * Keys are whole paths from HKLM on, with CurrentControlSet as people write it. A set never holds
 * two changes of one value: the later one replaces the earlier. Nothing here changes any machine;
 * writers (remedy/fix_forms.h) turn a set into files. All memory belongs to the set.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_SET_H
#define AK_REMEDY_FIX_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "windows/registry.h"

enum ak_fix_action {
    AK_FIX_SET_VALUE,
    AK_FIX_DELETE_VALUE,
    AK_FIX_MAKE_KEY,
    AK_FIX_DELETE_KEY,   /* with all that is in it */
    AK_FIX_REMOVE_EMPTY, /* only if nothing is in it (a .reg file cannot ask: it deletes) */
    AK_FIX_ACTIONS
};
const char *ak_fix_action_name(enum ak_fix_action action);

struct ak_fix_change {
    uint8_t action; /* enum ak_fix_action */
    bool policy;    /* group policy owns the value: a local one would be overwritten */
    bool unseen;    /* the evidence does not hold this part of the registry: what was there before
                       is not known and taken as absent */
    const char *key;
    const char *name; /* "": the default value, or the whole key */
    uint32_t type;    /* of SET_VALUE, as the registry numbers them */
    const uint8_t *data;
    size_t size;
};

struct ak_fix_set {
    struct ak_arena arena;
    struct ak_fix_change *changes;
    size_t count, room;
    size_t left_out; /* changes of keys or values whose names no file can carry */
    bool failed;     /* memory lacked: the set is not whole and must not be written */
};

void ak_fix_set_init(struct ak_fix_set *set);
void ak_fix_set_release(struct ak_fix_set *set);

/* Can a line of a file, a comment or a command hold it? Not with control characters. */
bool ak_fix_writable(const char *text);

/* Each copies what it is given. A key or name with control characters is left out, counted. */
void ak_fix_add(struct ak_fix_set *set, const struct ak_fix_change *change);
void ak_fix_add_number(struct ak_fix_set *set, const char *key, const char *name, uint32_t number);
void ak_fix_add_key(struct ak_fix_set *set, enum ak_fix_action action, const char *key);
void ak_fix_add_delete(struct ak_fix_set *set, const char *key, const char *name);
/* All of `more`, behind what is there. */
void ak_fix_add_set(struct ak_fix_set *set, const struct ak_fix_set *more);

/* The strings as a MULTI_SZ or, with `commas`, as one SZ. `strings` are UTF-8. */
void ak_fix_add_list(struct ak_fix_set *set, const char *key, const char *name,
                     const char *const *strings, size_t count, bool commas);

/* Marks what policy owns and what is unseen, drops changes that would change nothing, and returns
 * how many are left. */
size_t ak_fix_settle(struct ak_fix_set *set, const struct ak_registry *registry);

/* Policy's part, or the local part, of a set: how many changes it has. */
size_t ak_fix_count(const struct ak_fix_set *set, bool policy);

#endif
