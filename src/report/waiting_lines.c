/* SPDX-License-Identifier: Apache-2.0 */
#include "report/waiting_lines.h"

#include "base/alloc.h"

#include "base/banned.h"

void ak_waiting_lines_init(struct ak_waiting_lines *w, size_t most)
{
    memset(w, 0, sizeof *w);
    w->most = most;
    ak_text_init(&w->text, 2 * most); /* how long a line is, is known when it is written */
}

void ak_waiting_lines_release(struct ak_waiting_lines *w)
{
    ak_text_release(&w->text);
    ak_free(w->lines);
    w->lines = NULL;
    w->count = w->room = 0;
}

static bool grow(struct ak_waiting_lines *w)
{
    if (w->count < w->room)
        return true;
    size_t more = w->room != 0 ? w->room * 2 : 64;
    void *grown = ak_realloc(w->lines, more, sizeof *w->lines);
    if (grown == NULL)
        return false;
    w->lines = grown;
    w->room = more;
    return true;
}

bool ak_waiting_lines_add(struct ak_waiting_lines *w, struct ak_jsonl *jsonl,
                          const struct ak_conversation *c)
{
    size_t before = w->text.size;
    if (w->text.failed || (before >= w->most) || !grow(w))
        return false;
    ak_jsonl_conversation(jsonl, c, &w->text);
    if (w->text.failed) {
        w->text.failed = false;
        w->text.size = before;
        return false;
    }
    struct ak_waiting_line line = {c->id, w->text.size, ak_jsonl_place(jsonl)};
    w->lines[w->count++] = line;
    return true;
}

bool ak_waiting_lines_put(struct ak_waiting_lines *w, const void *bytes, size_t size)
{
    if (w->text.failed || w->text.size >= w->most || !grow(w) || !ak_text_reserve(&w->text, size)) {
        w->text.failed = false;
        return false;
    }
    ak_text_bytes(&w->text, bytes, size);
    struct ak_waiting_line line = {0, w->text.size, 0};
    w->lines[w->count++] = line;
    return true;
}

bool ak_waiting_lines_next(const struct ak_waiting_lines *w, uint64_t *id)
{
    if (w->next == w->count)
        return false;
    *id = w->lines[w->next].id;
    return true;
}

void ak_waiting_lines_take(struct ak_waiting_lines *w, const struct ak_joint *joint,
                           struct ak_text *out)
{
    const struct ak_waiting_line *line = &w->lines[w->next++];
    const char *bytes = w->text.bytes;
    size_t place = joint != NULL ? line->end - line->place : line->end;
    ak_text_bytes(out, bytes + w->at, place - w->at);
    if (joint != NULL)
        ak_jsonl_other_side(joint, out);
    ak_text_bytes(out, bytes + place, line->end - place);
    w->at = line->end;
    if (w->next != w->count)
        return;
    ak_text_clear(&w->text);
    w->next = w->count = 0;
    w->at = 0;
}
