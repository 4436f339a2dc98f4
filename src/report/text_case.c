/* SPDX-License-Identifier: Apache-2.0 */
/* The text report: a finding's evidence as a timeline, and how the clocks are apart. */
#include "report/text_case.h"

#include "report/case_words.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include <string.h>

#include "base/banned.h"

/* "2026-11-22T01:02:03.123" of the first one; "01:02:03.123" of one on the same day. */
static void moment_time(int64_t time, int64_t before, struct ak_text *out)
{
    enum { DATE = 11, TO_MILLISECONDS = 23 };
    const int64_t day = INT64_C(86400000000000);
    struct ak_text whole;
    ak_text_init(&whole, 64);
    ak_text_time(&whole, time, true);
    const char *text = ak_text_string(&whole);
    bool same_day = before >= 0 && time / day == before / day;
    size_t from = same_day ? DATE : 0;
    if (strlen(text) > TO_MILLISECONDS)
        ak_text_bytes(out, text + from, TO_MILLISECONDS - from);
    ak_text_release(&whole);
}

/* The file and its folder: a case has few, and paths are long. */
static const char *short_path(const char *path)
{
    size_t slashes = 0, at = strlen(path);
    while (at > 0 && (path[at - 1] != '/' || ++slashes < 2))
        at--;
    return path + at;
}

static void place(const struct ak_text_style *s, const struct ak_moment *m, struct ak_text *line)
{
    if (m->file != NULL)
        ak_text_add(line, short_path(m->file));
    else if (m->machine[0] != '\0')
        ak_text_add(line, m->machine);
    if (m->place == 0)
        return;
    if (m->kind == AK_MOMENT_STEP)
        ak_text_format(line, ak_tr(s->lang, N_(" frame %llu")), (unsigned long long)m->place);
    else
        ak_text_format(line, "%s%llu", m->by_line ? ":" : "#", (unsigned long long)m->place);
}

void ak_text_timeline(const struct ak_text_style *s, const struct ak_timeline *t, size_t indent,
                      struct ak_text *out)
{
    struct ak_text line, safe;
    int64_t before = -1;
    ak_text_init(&line, 8192);
    ak_text_init(&safe, 16384);
    for (size_t i = 0; i < t->count; i++) {
        const struct ak_moment *m = &t->moment[i];
        ak_text_clear(&line);
        ak_text_clear(&safe);
        moment_time(m->time, before, &line);
        before = m->time;
        ak_text_add(&line, "  ");
        place(s, m, &line);
        ak_text_add(&line, ": ");
        ak_moment_words(m, s->lang, &line);
        if (m->logged != m->time) {
            ak_text_add(&line, ak_tr(s->lang, N_(" (its clock: ")));
            moment_time(m->logged, m->time, &line);
            ak_text_char(&line, ')');
        }
        ak_safe_text(&safe, ak_text_string(&line));
        if (i != 0)
            ak_blanks(out, indent);
        ak_wrap(out, ak_text_string(&safe), indent, indent + 2, s->width);
    }
    if (t->left_out != 0) {
        ak_blanks(out, indent);
        ak_text_format(out, ak_tr(s->lang, N_("(%zu more)\n")), t->left_out);
    }
    ak_text_release(&line);
    ak_text_release(&safe);
}

void ak_text_clocks(const struct ak_text_style *s, const struct ak_case *joined,
                    struct ak_text *out)
{
    struct ak_text line, safe;
    ak_text_init(&line, 65536);
    ak_text_init(&safe, 4 * 65536);
    for (size_t i = 0; i < ak_case_alignments(joined); i++) {
        ak_text_clear(&line);
        ak_text_clear(&safe);
        ak_alignment_words(ak_case_alignment(joined, i), s->lang, &line);
        ak_safe_text(&safe, ak_text_string(&line));
        ak_pad(out, i == 0 ? ak_tr(s->lang, N_("Clocks")) : "", 15);
        ak_wrap(out, ak_text_string(&safe), 15, 15, s->width);
    }
    ak_text_release(&line);
    ak_text_release(&safe);
}
