/* The words of events and of the codes that they carry, as tools/gen_logs.py writes them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_LOG_WORDS_H
#define AK_REPORT_LOG_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "model/log_events.h"
#include "report/words.h"

struct ak_log_event_words {
    uint8_t provider;
    uint32_t number;
    const char *meaning[AK_LANG_COUNT];
};
extern const struct ak_log_event_words ak_log_event_words_rows[];
extern const size_t ak_log_event_words_count;

enum ak_log_code_space { AK_LOG_CODE_STATUS, AK_LOG_CODE_WINSOCK, AK_LOG_CODE_STATE };
struct ak_log_code_words {
    uint8_t space;
    uint32_t value;
    const char *symbol; /* "SEC_E_ALGORITHM_MISMATCH"; may be "" */
    const char *meaning[AK_LANG_COUNT];
};
extern const struct ak_log_code_words ak_log_code_words_rows[];
extern const size_t ak_log_code_words_count;

/* What the message means; never NULL. */
const char *ak_log_event_meaning(enum ak_log_provider provider, uint32_t number, enum ak_lang lang);
/* Of a status (0x80090331) or a number of Winsock (10054); NULL: not known. */
const struct ak_log_code_words *ak_log_status_words(uint32_t status);
/* Of Schannel's error state; NULL: not known. */
const struct ak_log_code_words *ak_log_state_words(uint32_t state);

#endif
