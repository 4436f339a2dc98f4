/* Fuzzes the reading of error texts (diagnose/symptom.c) and the words of the answer, in both
 * languages. Promises: every cause and stage exists, nothing unknown has a cause, and the output is
 * plain text that holds no control character whatever was pasted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/symptom.h"
#include "report/explain_json.h"
#include "report/explain_text.h"

#include <string.h>

#include "fuzz_target.h"

static void words(const struct ak_symptom_reading *reading, enum ak_lang lang)
{
    struct ak_text out;
    ak_text_init(&out, 1024 * 1024);
    struct ak_text_style style = {lang, false, false, 80};
    ak_explain_text(&style, reading, &out);
    ak_explain_json(reading, lang, &out);
    FUZZ_CHECK(!out.failed && out.size > 0);
    for (size_t i = 0; i < out.size; i++) {
        unsigned char c = (unsigned char)out.bytes[i];
        FUZZ_CHECK(c == '\n' || (c >= ' ' && c != 0x7f));
    }
    ak_text_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_symptom_reading reading;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    FUZZ_CHECK(ak_symptoms_read((const char *)data, size, &reading) == AK_ERR_NONE);
    FUZZ_CHECK(reading.hit_count <= AK_SYMPTOM_HITS && reading.cause_count <= AK_SYMPTOM_CAUSES);
    FUZZ_CHECK(!reading.staged ||
               (reading.stage_from <= reading.stage_to && reading.stage_to <= 8));
    FUZZ_CHECK(reading.known || reading.cause_count == 0);
    for (size_t i = 0; i < reading.cause_count; i++)
        FUZZ_CHECK(ak_cause_id(reading.causes[i]) != NULL &&
                   memchr(reading.causes, reading.causes[i], i) == NULL);
    words(&reading, AK_LANG_EN);
    words(&reading, AK_LANG_JA);
    return 0;
}
