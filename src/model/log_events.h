// The messages of logs that say something about connections: data/log_events.csv, log_texts.csv.
// SPDX-License-Identifier: Apache-2.0
//
// What a number means in words stands in data/error_codes.csv. Nothing allocates.
#ifndef AK_MODEL_LOG_EVENTS_H
#define AK_MODEL_LOG_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ak_log_provider {
    AK_LOG_SQL_SERVER, // ERRORLOG; MSSQLSERVER, MSSQL$NAME in the Application log
    AK_LOG_SQL_AGENT,  // SQLAGENT.OUT; SQLSERVERAGENT, SQLAgent$NAME
    AK_LOG_SCHANNEL,
    AK_LOG_SERVICES, // Service Control Manager
    AK_LOG_AGENT,    // Health Service Modules, in the log "Operations Manager": the Log Analytics
                     // agent
    AK_LOG_PROVIDERS
};

// "MSSQLSERVER", "SQLSERVERAGENT", "Schannel", "Service Control Manager".
const char *ak_log_provider_name(enum ak_log_provider provider);
// The provider of an event log's record, and the instance that its name carries ("" the default
// one). False: nobody that is looked at.
bool ak_log_provider_find(const char *name, enum ak_log_provider *provider, const char **instance);

enum ak_log_weight {
    AK_LOG_WEIGHT_FACT,  // how the server is set up; a handshake that worked
    AK_LOG_WEIGHT_NOTE,  // may matter
    AK_LOG_WEIGHT_FAULT, // a connection or a start that failed
    AK_LOG_WEIGHTS
};
const char *ak_log_weight_name(enum ak_log_weight weight);

struct ak_log_event {
    uint8_t provider, weight;
    uint32_t number;
};

// NULL: not looked at.
const struct ak_log_event *ak_log_event_find(enum ak_log_provider provider, uint32_t number);

// How a message begins that an ERRORLOG prints without its number: literal fragments, '*' between
// them for anything; the first one, of four bytes or more, stands at the beginning, unless a star
// does.
struct ak_log_text {
    uint32_t number;
    const char *lang; // "en", "ja" ..., "any"
    const char *pattern;
    bool sure; // false: nobody has seen it in a log, or not as it is printed there
};
// NULL past the end.
const struct ak_log_text *ak_log_text_at(size_t index);

#endif
