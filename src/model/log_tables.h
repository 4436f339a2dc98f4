/* The const tables behind model/log_events.h, as tools/gen_logs.py writes them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_LOG_TABLES_H
#define AK_MODEL_LOG_TABLES_H

#include "model/log_events.h"

/* In ascending order of provider and number. */
extern const struct ak_log_event ak_log_event_rows[];
extern const size_t ak_log_event_count;
extern const struct ak_log_text ak_log_text_rows[];
extern const size_t ak_log_text_count;

#endif
