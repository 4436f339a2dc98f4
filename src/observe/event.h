/* One record of a log that says something about connections: the observation "event".
 *
 * ERRORLOG, SQLAGENT.OUT, event logs and their exports give the same events. Everything kept is a
 * copy but `file`, which is borrowed from who read it. What a record does not tell is 0 or "".
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_EVENT_H
#define AK_OBSERVE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/log_events.h"
#include "observe/conversation.h"

/* Parts of a login's time as error 17830 tells them, in the order of its text. */
enum ak_login_part {
    AK_LOGIN_TOTAL,
    AK_LOGIN_ENQUEUED,
    AK_LOGIN_WRITES,
    AK_LOGIN_READS,
    AK_LOGIN_SSL,
    AK_LOGIN_SSL_READS,
    AK_LOGIN_SSL_WRITES,
    AK_LOGIN_SSL_CALLS,
    AK_LOGIN_SSL_ENQUEUED,
    AK_LOGIN_SSPI,
    AK_LOGIN_SSPI_READS,
    AK_LOGIN_SSPI_WRITES,
    AK_LOGIN_SSPI_CALLS,
    AK_LOGIN_SSPI_ENQUEUED,
    AK_LOGIN_VALIDATING,
    AK_LOGIN_USER_CODE,
    AK_LOGIN_PARTS
};
const char *ak_login_part_name(enum ak_login_part part);

enum ak_event_role { AK_EVENT_ROLE_UNKNOWN, AK_EVENT_ROLE_CLIENT, AK_EVENT_ROLE_SERVER };

enum { AK_EVENT_NAME = 64, AK_EVENT_TEXT = 512 };

struct ak_event {
    uint64_t id;      /* counts the events of one reading from 1; 0: not part of one */
    const char *file; /* borrowed */
    uint64_t place;   /* line of a text; record number of an event log */
    bool by_line;
    int64_t time; /* nanoseconds since 1970 */
    bool local;   /* of the server's clock, whose time zone the log does not tell */
    enum ak_log_provider provider;
    enum ak_log_weight weight;
    uint32_t code; /* number of the message, EventID */
    bool has_severity, has_state, has_status, has_detail, has_alert, has_times;
    uint8_t severity, alert, role;
    uint32_t state;  /* of the error; Schannel's ErrorState */
    uint32_t status; /* the code that the text carries: 0x80090331, 10054 */
    uint32_t detail; /* "status code" of 17182 */
    uint16_t version, cipher_suite;
    struct ak_endpoint client; /* version 0: not told; port is 0 */
    bool client_local;         /* "<local machine>" */
    uint16_t port;             /* that a server listens on */
    uint32_t login_ms[AK_LOGIN_PARTS];
    char host[AK_EVENT_NAME], instance[AK_EVENT_NAME];
    char build[32];
    char thumbprint[44];
    char target[128];  /* server name that a client asked for */
    char program[128]; /* image of the process that Schannel names */
    char text[AK_EVENT_TEXT];
};

/* One log that was read, and what was lost of it. */
struct ak_log_source {
    const char *file; /* borrowed */
    const char *kind; /* static: "errorlog", "evtx", "event-xml", "collected" */
    uint64_t records, events;
    uint64_t bad;       /* records that contradict the format */
    uint64_t cut_lines; /* lines of which only the beginning was looked at */
};

/* Do two events come from one machine and instance? Names compare without case and domain. */
bool ak_event_same_origin(const struct ak_event *a, const struct ak_event *b);
/* The same of names of machines: "SQL01" and "sql01.example.com" are one. */
bool ak_event_same_host(const char *a, const char *b);
/* Are they of one kind: equal in all that a table of events shows but time and client? */
bool ak_event_same_kind(const struct ak_event *a, const struct ak_event *b);

#endif
