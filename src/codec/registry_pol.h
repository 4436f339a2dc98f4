/* Registry.pol: the values that a group policy sets and deletes ([MS-GPREG] 2.2.1).
 *
 * Names arrive as UTF-8, data as stored. A record that cannot be read is told as BAD and the next
 * one is searched for.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_REGISTRY_POL_H
#define AK_CODEC_REGISTRY_POL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

enum ak_registry_pol_kind {
    AK_REGISTRY_POL_SET,
    AK_REGISTRY_POL_SOFT,              /* "**soft.NAME": set unless there is one */
    AK_REGISTRY_POL_KEY,               /* no value: the key alone; also "**SecureKey" */
    AK_REGISTRY_POL_DELETE_VALUE,      /* "**del.NAME" */
    AK_REGISTRY_POL_DELETE_VALUES,     /* "**DeleteValues", names in `list` */
    AK_REGISTRY_POL_DELETE_ALL_VALUES, /* "**delvals." */
    AK_REGISTRY_POL_DELETE_KEYS,       /* "**DeleteKeys", keys in `list` */
    AK_REGISTRY_POL_BAD
};

struct ak_registry_pol_item {
    enum ak_registry_pol_kind kind;
    size_t offset;            /* of the record in the file */
    struct ak_span key, name; /* UTF-8; the name without what it begins with ("**del.") */
    uint32_t type;
    struct ak_span data; /* borrowed from the file */
    struct ak_span list; /* UTF-8, names between semicolons */
    const char *why;     /* BAD: static text */
};

bool ak_registry_pol_is(struct ak_span bytes);

/* Calls for each record, with texts that live for the call; false from it ends the reading.
 * AK_ERR_FORMAT: no policy file; AK_ERR_MEMORY. */
enum ak_err ak_registry_pol_read(struct ak_span bytes,
                                 bool (*each)(void *context,
                                              const struct ak_registry_pol_item *item),
                                 void *context, struct ak_error *error);

#endif
