/* SPDX-License-Identifier: Apache-2.0 */
#include "report/log_words.h"

#include <stdbool.h>

#include "base/banned.h"

const char *ak_log_event_meaning(enum ak_log_provider provider, uint32_t number, enum ak_lang lang)
{
    for (size_t i = 0; i < ak_log_event_words_count; i++) {
        const struct ak_log_event_words *w = &ak_log_event_words_rows[i];
        if (w->provider == provider && w->number == number)
            return w->meaning[lang];
    }
    return "";
}

static const struct ak_log_code_words *find(enum ak_log_code_space space, uint32_t value)
{
    for (size_t i = 0; i < ak_log_code_words_count; i++) {
        const struct ak_log_code_words *w = &ak_log_code_words_rows[i];
        if (w->space == space && w->value == value)
            return w;
    }
    return NULL;
}

const struct ak_log_code_words *ak_log_status_words(uint32_t status)
{
    const struct ak_log_code_words *w = find(AK_LOG_CODE_STATUS, status);
    bool winsock = status >> 16 == 0 || status >> 16 == 0x8007; /* the HRESULT of a Windows error */
    return w == NULL && winsock ? find(AK_LOG_CODE_WINSOCK, status & 0xffff) : w;
}

const struct ak_log_code_words *ak_log_state_words(uint32_t state)
{
    return find(AK_LOG_CODE_STATE, state);
}
