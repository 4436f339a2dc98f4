/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explain_json.h"

#include <string.h>

#include "report/explain_text.h"
#include "report/json.h"

#include "base/banned.h"

static void begin(struct ak_json *j, bool known)
{
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "explanation");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_bool(j, "known", known);
    ak_json_key(j, "recognised");
    ak_json_open(j, '[');
}

static void end(struct ak_json *j)
{
    ak_json_close(j, '}');
    ak_json_event(j, "event", "network");
    ak_json_ecs(j);
    ak_json_close(j, '}');
    ak_text_char(j->out, '\n');
}

static void write_hit(struct ak_json *j, const struct ak_symptom_hit *hit, enum ak_lang lang)
{
    const struct ak_symptom_words *words = &ak_symptom_words_rows[ak_symptom_index(hit->symptom)];
    const char *speaker = ak_explain_stack_name(hit->symptom->stack, lang);
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_text(j, "id", hit->symptom->id);
    if (hit->number != 0)
        ak_json_member_u64(j, "number", hit->number);
    if (words->symbol[0] != '\0')
        ak_json_member_text(j, "symbol", words->symbol);
    if (speaker[0] != '\0')
        ak_json_member_text(j, "reported_by", speaker);
    ak_json_member_text(j, "meaning", words->meaning[lang]);
    ak_json_close(j, '}');
}

static void write_cause(struct ak_json *j, const struct ak_cause_words *cause, enum ak_lang lang)
{
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_text(j, "id", cause->id);
    ak_json_member_text(j, "title", cause->title[lang]);
    ak_json_member_text(j, "cause", cause->cause[lang]);
    ak_json_member_text(j, "wire", cause->wire[lang]);
    ak_json_member_text(j, "log", cause->log[lang]);
    ak_json_member_bool(j, "rule", cause->rule);
    ak_json_close(j, '}');
}

static void write_commands(struct ak_json *j, const char *step, enum ak_lang lang)
{
    ak_json_key(j, "commands");
    ak_json_open(j, '[');
    for (size_t i = 0; i < ak_step_words_count; i++) {
        const struct ak_step_words *words = &ak_step_words_rows[i];
        if (strcmp(words->id, step) != 0)
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_text(j, "text", words->text[lang]);
        ak_json_member_text(j, "command", words->command);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_stages(struct ak_json *j, const struct ak_symptom_reading *reading)
{
    if (!reading->staged)
        return;
    ak_json_key(j, "stages");
    ak_json_open(j, '[');
    ak_json_separate(j);
    ak_json_text(j, ak_explain_stage_code(reading->stage_from));
    ak_json_separate(j);
    ak_json_text(j, ak_explain_stage_code(reading->stage_to));
    ak_json_close(j, ']');
}

void ak_explain_json(const struct ak_symptom_reading *reading, enum ak_lang lang,
                     struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    begin(j, reading->known);
    for (size_t i = 0; i < reading->hit_count; i++)
        write_hit(j, &reading->hits[i], lang);
    ak_json_close(j, ']');
    write_stages(j, reading);
    ak_json_key(j, "causes");
    ak_json_open(j, '[');
    for (size_t i = 0; i < reading->cause_count; i++)
        write_cause(j, &ak_cause_words_rows[reading->causes[i]], lang);
    ak_json_close(j, ']');
    bool next = reading->known || reading->staged;
    write_commands(j, next ? ak_explain_step(reading) : "", lang);
    end(j);
}

void ak_explain_cause_json(const struct ak_cause_words *cause, const char *page, enum ak_lang lang,
                           struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    begin(j, true);
    ak_json_close(j, ']');
    ak_json_key(j, "causes");
    ak_json_open(j, '[');
    write_cause(j, cause, lang);
    ak_json_close(j, ']');
    write_commands(j, cause->step, lang);
    if (page != NULL)
        ak_json_member_text(j, "page", page);
    end(j);
}

void ak_explain_list_json(enum ak_lang lang, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    begin(j, true);
    ak_json_close(j, ']');
    ak_json_key(j, "causes");
    ak_json_open(j, '[');
    for (size_t i = 0; i < ak_cause_words_count; i++)
        write_cause(j, &ak_cause_words_rows[i], lang);
    ak_json_close(j, ']');
    write_commands(j, "", lang);
    end(j);
}
