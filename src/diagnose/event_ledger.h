/* Single events of logs that a conversation may be behind, by the clock that told their time.
 *
 * A clock is one log: a text has one machine; an event log may hold several (forwarded events), and
 * each of them is a clock of its own. Events without a place in ak_may_meet's table are not kept.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_EVENT_LEDGER_H
#define AK_DIAGNOSE_EVENT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "observe/event.h"

/* Schannel's event of a handshake that worked (EventLogging 7): there may be very many. */
enum { AK_EVENT_WORKED = 36880 };

struct ak_ledger_event {
    int64_t time;     /* by its clock */
    const char *file; /* borrowed */
    uint64_t place;
    struct ak_endpoint client; /* version 0: not told */
    uint32_t code, state, status;
    uint16_t version, cipher_suite, clock; /* number of its clock, from 0 */
    uint8_t provider, alert, role;
    bool by_line, client_local, has_alert, has_state, has_status;
    uint8_t rank;   /* of two logs of one server, whose record of one failure stays */
    bool echo;      /* another log has it, too: it goes when the ledger is finished */
    uint32_t group; /* the caller's number */
    uint8_t told;   /* grade of the finding about a conversation that told it; 0: none did */
};

enum { AK_CLOCK_PORTS = 8 };

struct ak_clock {
    const char *file; /* borrowed */
    bool by_line;
    bool local; /* its times are local ones, of a zone that the log does not tell */
    char host[AK_EVENT_NAME], instance[AK_EVENT_NAME]; /* "" not known */
    uint16_t port[AK_CLOCK_PORTS];                     /* that the log says it listens on */
    size_t port_count;
    size_t first, count; /* of its events, after _finish: in order of their times */
};

struct ak_event_ledger;

struct ak_event_ledger *ak_event_ledger_new(void);
void ak_event_ledger_free(struct ak_event_ledger *ledger);
/* `group` is given back for an echo. False: no memory; the event is not kept. */
bool ak_event_ledger_add(struct ak_event_ledger *ledger, const struct ak_event *event,
                         uint32_t group);
/* The machine of a text, which may tell it late: before _finish. */
void ak_event_ledger_name(struct ak_event_ledger *ledger, const char *file, const char *host,
                          const char *instance);
/* Puts the events in order. Too many of them say nothing, since any second has some: then there are
 * none. What one instance wrote into several logs (ERRORLOG, Application log, connectivity ring
 * buffer, or a copy of one) stays once; `echo` hears the groups of the others. */
void ak_event_ledger_finish(struct ak_event_ledger *ledger,
                            void (*echo)(void *context, uint32_t group), void *context);

/* After _finish; `ledger` may be NULL. */
size_t ak_event_ledger_clocks(const struct ak_event_ledger *ledger);
const struct ak_clock *ak_event_ledger_clock(const struct ak_event_ledger *ledger, size_t index);
size_t ak_event_ledger_count(const struct ak_event_ledger *ledger);
struct ak_ledger_event *ak_event_ledger_at(const struct ak_event_ledger *ledger, size_t index);
/* The first event of this clock at or behind the time; the clock's end when there is none. */
size_t ak_event_ledger_from(const struct ak_event_ledger *ledger, size_t clock, int64_t time);
/* Events of this kind, of this machine, that were told with conversations. *least becomes the
 * lowest grade of their findings when that is lower than it was. */
uint64_t ak_event_ledger_told(const struct ak_event_ledger *ledger, const struct ak_event *kind,
                              uint8_t *least);

#endif
