/* The registry of one machine in memory: one tree, whatever it was read from. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_H
#define AK_WINDOWS_REGISTRY_H

/* Hives, registry exports (.reg) and policy files (Registry.pol) are loaded one after the other
 * into the same tree; a later file wins for a value that both hold. Every view is written once,
 * against this header. Names are UTF-8; they compare without case, as Windows does. A path is
 * written with backslashes and begins with HKLM, HKCU, HKU or HKCR; `CurrentControlSet` and
 * `Select\Current` are resolved here, and a tree without `Select` takes CurrentControlSet as it
 * stands.
 *
 * Keys and values live as long as the registry. What was lost on the way (damaged cells, missing
 * logs, values cut off) is told by the report of each source, never hidden.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct ak_registry;
struct ak_registry_key;

/* Types of values ([MS-RRP] 3.1.1.5 and winnt.h). */
enum ak_registry_type {
    AK_REGISTRY_TYPE_NONE = 0,
    AK_REGISTRY_TYPE_SZ = 1,
    AK_REGISTRY_TYPE_EXPAND_SZ = 2,
    AK_REGISTRY_TYPE_BINARY = 3,
    AK_REGISTRY_TYPE_DWORD = 4,
    AK_REGISTRY_TYPE_DWORD_BIG_ENDIAN = 5,
    AK_REGISTRY_TYPE_LINK = 6,
    AK_REGISTRY_TYPE_MULTI_SZ = 7,
    AK_REGISTRY_TYPE_QWORD = 11
};

struct ak_registry_value {
    const char *name;    /* "" is the default value ("@") */
    uint32_t type;       /* as stored; not always one of the enum */
    const uint8_t *data; /* as stored; texts are UTF-16LE whatever the source was */
    uint32_t size;       /* bytes of data that could be read */
    bool cut;            /* the source held less than it promised */
    bool policy;         /* owned by policy: it came from Registry.pol or a GPO backup */
    uint16_t source;     /* index of the source that it was read from */
    uint64_t offset;     /* where in that source: byte of a hive, line of a text */
};

/* NULL when there is no such key. */
const struct ak_registry_key *ak_registry_find(const struct ak_registry *registry,
                                               const char *path);
/* The same from a key; "" is the key itself. `key` may be NULL: so is the result then. */
const struct ak_registry_key *ak_registry_below(const struct ak_registry_key *key,
                                                const char *path);

const char *ak_registry_key_name(const struct ak_registry_key *key);
/* Its whole path from HKLM on (the real control set, not the alias). */
void ak_registry_key_path(const struct ak_registry_key *key, struct ak_text *out);
/* Last write in nanoseconds since 1970; 0 when the source does not tell (.reg). */
int64_t ak_registry_key_written(const struct ak_registry_key *key);

/* Subkeys and values, in the order of the source. NULL has none. */
size_t ak_registry_key_count(const struct ak_registry_key *key);
const struct ak_registry_key *ak_registry_key_at(const struct ak_registry_key *key, size_t index);
size_t ak_registry_value_count(const struct ak_registry_key *key);
const struct ak_registry_value *ak_registry_value_at(const struct ak_registry_key *key,
                                                     size_t index);

/* NULL when the key is NULL or holds no value of this name. */
const struct ak_registry_value *ak_registry_value(const struct ak_registry_key *key,
                                                  const char *name);
/* A number: DWORD (either order) of four bytes or QWORD that fits. False for anything else, NULL
 * included. */
bool ak_registry_number(const struct ak_registry_value *value, uint32_t *number);
/* SZ, EXPAND_SZ (not expanded), or the first string of MULTI_SZ as UTF-8, without what follows a
 * terminator; adds to `out`. False for anything else. */
bool ak_registry_string(const struct ak_registry_value *value, struct ak_text *out);
/* The strings of a MULTI_SZ, or of an SZ split at commas when `commas` (policy lists are written
 * so), one call each; an empty string in the middle is passed on. Returns their number. */
size_t ak_registry_strings(const struct ak_registry_value *value, bool commas,
                           void (*each)(void *context, const char *string), void *context);

/* ---- where it came from ---- */

enum ak_registry_source_kind {
    AK_REGISTRY_SOURCE_HIVE,
    AK_REGISTRY_SOURCE_TEXT,   /* .reg */
    AK_REGISTRY_SOURCE_POLICY, /* Registry.pol */
    AK_REGISTRY_SOURCE_REPORT  /* a report of SQLCHECK: a part of what it read */
};

/* What was read from one file, and what was lost. */
struct ak_registry_source {
    const char *name; /* the file's; borrowed from the loader's caller */
    enum ak_registry_source_kind kind;
    const char *mount;     /* "HKLM\\SYSTEM" ...: where it hangs in the tree; "" for texts */
    uint64_t keys, values; /* read, the root included as hivex counts them */
    bool dirty;            /* the hive's header says that the last writes are not in it */
    bool replayed;         /* ... and they were found in its logs */
    uint32_t log_entries, log_pages;
    uint32_t damaged;        /* cells, lists or lines that could not be read */
    uint64_t damaged_first;  /* where the first one stands */
    const char *damaged_why; /* static text about the first one */
    int64_t written;         /* last write of the hive's header, nanoseconds since 1970, or 0 */
    bool too_many;           /* a bound of base/limits.h was reached: the rest is missing */
};

size_t ak_registry_source_count(const struct ak_registry *registry);
const struct ak_registry_source *ak_registry_source_at(const struct ak_registry *registry,
                                                       size_t index);

#endif
