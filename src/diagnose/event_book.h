/* The events of all logs, put together by kind and by where they come from.
 *
 * A log names its machine and instance in some line of its own; the origin of all its events is
 * known when it was read whole. Logs of one machine and instance are one origin.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_EVENT_BOOK_H
#define AK_DIAGNOSE_EVENT_BOOK_H

#include <stddef.h>

#include "diagnose/event_ledger.h"
#include "observe/event.h"

/* A machine and one instance of SQL Server on it, or the machine itself (instance ""). */
struct ak_event_origin {
    uint64_t id;
    char host[AK_EVENT_NAME], instance[AK_EVENT_NAME], build[32];
    const char *file; /* of its first event */
};

enum { AK_EVENT_CLIENTS = 32 };

struct ak_event_group {
    struct ak_event sample; /* the first one */
    uint64_t count;
    uint32_t number; /* while logs are read: in the order of the first events */
    int64_t first, last;
    const struct ak_event_origin *origin; /* after _finish */
    uint32_t client[AK_EVENT_CLIENTS];    /* hashes */
    size_t clients;
    uint32_t slowest_ms; /* of those with times: total, and the event that it is of */
    struct ak_event slowest;
};

struct ak_event_book;

struct ak_event_book *ak_event_book_new(uint64_t seed);
void ak_event_book_free(struct ak_event_book *book);
/* False: too many kinds, or no memory; the event is not kept. */
bool ak_event_book_add(struct ak_event_book *book, const struct ak_event *event);
/* Finds the origins and joins what is one. Afterwards nothing can be added. */
void ak_event_book_finish(struct ak_event_book *book);
/* After _finish: single events that conversations may be behind. NULL: there are none. */
struct ak_event_ledger *ak_event_book_ledger(const struct ak_event_book *book);
/* After _finish: in order of their first events. */
size_t ak_event_book_count(const struct ak_event_book *book);
const struct ak_event_group *ak_event_book_at(const struct ak_event_book *book, size_t index);
size_t ak_event_book_origins(const struct ak_event_book *book);
const struct ak_event_origin *ak_event_book_origin(const struct ak_event_book *book, size_t index);

#endif
