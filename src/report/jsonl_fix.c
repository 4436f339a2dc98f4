/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_fix.h"

#include <string.h>

#include "report/json.h"

#include "base/banned.h"

enum { MOST_TEXT = 4 * 1024 * 1024 };

static void data_member(struct ak_json *j, const struct ak_fix_change *c)
{
    struct ak_text text;
    ak_text_init(&text, MOST_TEXT);
    ak_fix_value_words(c, &text);
    ak_json_text(j, ak_text_string(&text));
    ak_text_release(&text);
}

static void change(struct ak_json *j, const struct ak_fix_plan *p, const struct ak_fix_change *c)
{
    const struct ak_fix_change *old = ak_fix_before(p, c);
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_word(j, "action", ak_fix_action_name((enum ak_fix_action)c->action));
    ak_json_member_text(j, "key", c->key);
    if (c->action <= AK_FIX_DELETE_VALUE)
        ak_json_member_text(j, "name", c->name);
    if (c->action == AK_FIX_SET_VALUE) {
        ak_json_member_u64(j, "type", c->type);
        ak_json_key(j, "data");
        data_member(j, c);
    }
    if (old != NULL && c->action <= AK_FIX_DELETE_VALUE) {
        ak_json_key(j, "was");
        data_member(j, old);
    }
    ak_json_member_bool(j, "policy", c->policy);
    ak_json_member_bool(j, "in_evidence", !c->unseen);
    ak_json_close(j, '}');
}

static void verify(struct ak_json *j, const struct ak_fix_plan *p)
{
    struct ak_text text;
    ak_text_init(&text, MOST_TEXT);
    ak_fix_verify_words(p, &text);
    ak_json_key(j, "verify");
    ak_json_text(j, ak_text_string(&text));
    ak_text_release(&text);
}

static void plan(struct ak_json *j, const struct ak_fix_report *r)
{
    const struct ak_fix_plan *p = r->job->plan;
    ak_json_key(j, "edits");
    ak_json_open(j, '[');
    for (size_t i = 0; i < p->set.count; i++)
        change(j, p, &p->set.changes[i]);
    ak_json_close(j, ']');
    ak_json_member_word(j, "restart", ak_fix_restart_name((enum ak_fix_restart)p->about->restart));
    verify(j, p);
    if (r->finding != NULL && p->tried)
        ak_json_member_bool(j, "remains", p->remains);
    ak_json_key(j, "lost");
    ak_json_open(j, '[');
    for (unsigned i = 0; i < AK_FIX_NEEDS; i++)
        if (p->lost & 1u << i) {
            ak_json_separate(j);
            ak_json_text(j, ak_fix_need_name((enum ak_fix_need)i));
        }
    ak_json_close(j, ']');
    ak_json_member_bool(j, "refused", r->refused);
    ak_json_key(j, "written");
    ak_json_open(j, '[');
    for (size_t i = 0; i < r->file_count; i++) {
        ak_json_separate(j);
        ak_json_text(j, r->files[i]);
    }
    ak_json_close(j, ']');
}

void ak_jsonl_fix(const struct ak_fix_report *r, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "fix");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_text(j, "set", r->set);
    if (r->finding != NULL)
        ak_json_member_word(j, "finding", r->finding->id);
    ak_json_member_word(j, "answer", ak_fix_answer_name(r->answer));
    if (r->answer == AK_FIX_READY)
        plan(j, r);
    ak_json_close(j, '}');
    ak_json_event(j, "event", "configuration");
    ak_json_ecs(j);
    if (r->host != NULL) {
        ak_json_key(j, "host");
        ak_json_open(j, '{');
        ak_json_member_text(j, "name", r->host->name);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
