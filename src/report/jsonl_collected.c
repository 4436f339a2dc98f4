/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_collected.h"

#include <string.h>

#include "report/json.h"

#include "base/banned.h"

static void value(struct ak_json *j, uint8_t type, const char *text)
{
    uint64_t number;
    bool flag;
    if (type == AK_COLLECTED_NUMBER && ak_collected_number(text, &number))
        ak_text_u64(j->out, number);
    else if (type == AK_COLLECTED_FLAG && ak_collected_flag(text, &flag))
        ak_text_add(j->out, flag ? "true" : "false");
    else
        ak_json_text(j, text);
}

static void fact(struct ak_json *j, const struct ak_collected_fact *f)
{
    const struct ak_collected_row *row = ak_collected_row(f->kind);
    ak_json_separate(j);
    ak_json_open(j, '{');
    for (size_t i = 0; i < AK_COLLECTED_KEYS && row->key[i].name != NULL; i++) {
        if (f->value[i] == NULL)
            continue;
        ak_json_key_n(j, row->key[i].name, strlen(row->key[i].name));
        value(j, row->key[i].type, f->value[i]);
    }
    ak_json_close(j, '}');
}

static void facts(struct ak_json *j, const struct ak_collected *c)
{
    ak_json_key(j, "facts");
    ak_json_open(j, '{');
    for (int kind = 0; kind < AK_COLLECTED_KINDS; kind++) {
        bool any = false;
        for (size_t i = 0; i < c->count; i++) {
            if ((int)c->facts[i].kind != kind)
                continue;
            if (!any) {
                const char *name = ak_collected_row((enum ak_collected_kind)kind)->name;
                ak_json_key_n(j, name, strlen(name));
                ak_json_open(j, '[');
            }
            any = true;
            fact(j, &c->facts[i]);
        }
        if (any)
            ak_json_close(j, ']');
    }
    ak_json_close(j, '}');
}

static void about(struct ak_json *j, const struct ak_collected *c)
{
    ak_json_member_word(j, "kind", "collected");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_u64(j, "id", c->id);
    ak_json_member_text(j, "file", c->file);
    ak_json_member_word(j, "of", c->of_sql ? "sql" : "windows");
    ak_json_member_bool(j, "complete", c->complete && c->bad == 0 && c->left_out == 0);
    ak_json_member_u64(j, "lines", c->lines);
    if (c->bad != 0)
        ak_json_member_u64(j, "bad_lines", c->bad);
    if (c->instance[0] != '\0')
        ak_json_member_text(j, "instance", c->instance);
    if (c->build[0] != '\0')
        ak_json_member_text(j, "server_build", c->build);
    if (c->ring != 0) {
        ak_json_key(j, "ring");
        ak_json_open(j, '{');
        ak_json_member_u64(j, "records", c->ring);
        ak_json_member_u64(j, "events", c->ring_events);
        ak_json_close(j, '}');
    }
}

void ak_jsonl_collected(const struct ak_collected *c, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    about(j, c);
    facts(j, c);
    ak_json_close(j, '}');
    if (c->timed) {
        ak_json_key(j, "@timestamp");
        ak_json_time(j, c->time);
    }
    ak_json_event(j, "event", "configuration");
    ak_json_ecs(j);
    if (c->host[0] != '\0') {
        ak_json_key(j, "host");
        ak_json_open(j, '{');
        ak_json_member_text(j, "name", c->host);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
