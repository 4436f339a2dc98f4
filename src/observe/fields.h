/* The one table of output fields: JSON keys, the published schema and the documentation come from
 * it.
 *
 * A path names its place with dots; "[]" marks an array of objects. Names are those of the Elastic
 * Common Schema 8.11 where it has one, everything else lies under "akushu".
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_FIELDS_H
#define AK_OBSERVE_FIELDS_H

#include <stddef.h>

enum ak_field_type {
    AK_TYPE_TEXT,
    AK_TYPE_INTEGER,
    AK_TYPE_BOOLEAN,
    AK_TYPE_TIME, /* RFC 3339, UTC */
    AK_TYPE_TEXTS,
    AK_TYPE_INTEGERS,
    AK_TYPE_OBJECT,
    AK_TYPE_OBJECTS,
    AK_TYPE_ID /* a number for conversations and hosts, text for findings */
};

enum {
    AK_KIND_CONVERSATION = 1,
    AK_KIND_FINDING = 2,
    AK_KIND_SUMMARY = 4,
    AK_KIND_COMPARISON = 8,
    AK_KIND_HOST = 16,
    AK_KIND_EXPLANATION = 32,
    AK_KIND_PREDICTION = 64,
    AK_KIND_FIX = 128,
    AK_KIND_ENDPOINT = 256,
    AK_KIND_EVENT = 512,
    AK_KIND_WOULD_BLOCK = 1024,
    AK_KIND_CERTIFICATE = 2048,
    AK_KIND_COLLECTED = 4096,
    AK_KIND_ALL = 8191
};

struct ak_field {
    const char *path;
    enum ak_field_type type;
    unsigned kinds;    /* line kinds that may carry it */
    unsigned required; /* line kinds that always carry it (within its parent object) */
    const char *about;
};

/* The table, in the order of the documentation. */
extern const struct ak_field ak_fields[];
extern const size_t ak_field_count;

#endif
