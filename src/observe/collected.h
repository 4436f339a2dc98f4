/* What a machine, or an instance of SQL Server, told of itself to the scripts of `akushu collect`:
 * the observation "collected".
 *
 * One table names the kinds of facts and their keys: the lines of the files, the members of JSON,
 * and the words of the text report. Values are texts as they were written; what was not told is
 * NULL.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_COLLECTED_H
#define AK_OBSERVE_COLLECTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "observe/event.h"

enum ak_collected_kind {
    AK_COLLECTED_SERVER,
    AK_COLLECTED_CONNECTION,
    AK_COLLECTED_LINKED,
    AK_COLLECTED_ENDPOINT,
    AK_COLLECTED_CERTIFICATE,
    AK_COLLECTED_SETTING,
    AK_COLLECTED_OS,
    AK_COLLECTED_CLOCK,
    AK_COLLECTED_POWERSHELL,
    AK_COLLECTED_SERVICE,
    AK_COLLECTED_ADDRESS,
    AK_COLLECTED_SUITE,
    AK_COLLECTED_MISSING, /* what could not be asked, and why */
    AK_COLLECTED_KINDS
};

enum ak_collected_type { AK_COLLECTED_TEXT, AK_COLLECTED_NUMBER, AK_COLLECTED_FLAG };
enum { AK_COLLECTED_KEYS = 10 };

struct ak_collected_row {
    const char *name; /* of its lines */
    struct {
        const char *name;
        uint8_t type;
    } key[AK_COLLECTED_KEYS]; /* up to the first without a name */
};
const struct ak_collected_row *ak_collected_row(enum ak_collected_kind kind);

struct ak_collected_fact {
    enum ak_collected_kind kind;
    const char *value[AK_COLLECTED_KEYS]; /* in the order of the row's keys */
};

struct ak_collected {
    uint64_t id;      /* counts those of one reading from 1 */
    const char *file; /* borrowed */
    bool of_sql;      /* an instance of SQL Server; else the machine */
    bool timed, complete;
    int64_t time; /* when it was collected, nanoseconds since 1970 */
    char host[AK_EVENT_NAME], instance[AK_EVENT_NAME], build[32];
    uint64_t lines, bad; /* records of the file; those that contradict the format or are cut */
    uint64_t unknown;    /* of a kind that is not known here */
    uint64_t ring, ring_events; /* records of the connectivity ring buffer; events made of them */
    struct ak_collected_fact *facts;
    size_t count, room;
    uint64_t left_out; /* facts beyond the bound */
    struct ak_arena arena;
};

struct ak_collected *ak_collected_new(const char *file);
/* Accepts NULL. */
void ak_collected_free(struct ak_collected *collected);
/* A new fact of this kind, its values NULL; NULL when there are too many, or no memory. */
struct ak_collected_fact *ak_collected_add(struct ak_collected *collected,
                                           enum ak_collected_kind kind);
/* By the name of its row's key; NULL: not told. */
const char *ak_collected_told(const struct ak_collected_fact *fact, const char *key);
/* Decimal digits alone, at most 18. */
bool ak_collected_number(const char *value, uint64_t *number);
/* "1", "0", "TRUE", "FALSE". */
bool ak_collected_flag(const char *value, bool *flag);

#endif
