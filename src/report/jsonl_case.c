/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_case.h"

#include "report/case_words.h"

#include "base/banned.h"

void ak_jsonl_machines(const struct ak_met_host side[AK_SIDES], struct ak_json *j)
{
    if (side[AK_SIDE_CLIENT].host == NULL && side[AK_SIDE_SERVER].host == NULL)
        return;
    ak_json_key(j, "machines");
    ak_json_open(j, '[');
    for (int i = 0; i < AK_SIDES; i++) {
        if (side[i].host == NULL)
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "side", ak_side_name((enum ak_side)i));
        ak_json_member_u64(j, "host_id", side[i].host->id);
        if (side[i].host->name[0] != '\0')
            ak_json_member_text(j, "name", side[i].host->name);
        ak_json_member_word(j, "by", ak_met_by_name(side[i].by));
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_moment(const struct ak_moment *m, struct ak_json *j)
{
    struct ak_text words;
    ak_text_init(&words, 4096);
    ak_moment_words(m, AK_LANG_EN, &words);
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_key(j, "time");
    ak_json_time(j, m->time);
    if (m->logged != m->time) {
        ak_json_key(j, "logged");
        ak_json_time(j, m->logged);
    }
    if (m->file != NULL)
        ak_json_member_text(j, "file", m->file);
    if (m->place != 0 && m->kind == AK_MOMENT_STEP)
        ak_json_member_u64(j, "frame", m->place);
    else if (m->place != 0 && m->by_line)
        ak_json_member_u64(j, "line", m->place);
    else if (m->place != 0)
        ak_json_member_u64(j, "record", m->place);
    if (m->machine[0] != '\0')
        ak_json_member_text(j, "machine", m->machine);
    ak_json_member_text(j, "what", ak_text_string(&words));
    ak_json_close(j, '}');
    ak_text_release(&words);
}

void ak_jsonl_timeline(const struct ak_timeline *t, struct ak_json *j)
{
    if (t == NULL)
        return;
    ak_json_key(j, "timeline");
    ak_json_open(j, '[');
    for (size_t i = 0; i < t->count; i++)
        write_moment(&t->moment[i], j);
    ak_json_close(j, ']');
}

static void milliseconds(struct ak_json *j, int64_t nanoseconds)
{
    ak_text_i64(j->out, nanoseconds / 1000000);
}

static void write_alignment(const struct ak_alignment *a, struct ak_json *j)
{
    const struct ak_clock_estimate *e = &a->estimate;
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_text(j, "log", a->clock->file);
    if (a->clock->host[0] != '\0')
        ak_json_member_text(j, "machine", a->clock->host);
    ak_json_member_text(j, "capture", a->source->file);
    ak_json_member_word(j, "state", ak_clock_state_name(e->state));
    if (e->state != AK_CLOCK_UNKNOWN) {
        ak_json_key(j, "offset_ms");
        milliseconds(j, e->offset);
        ak_json_key(j, "zone_minutes");
        ak_text_i64(j->out, e->zone / INT64_C(60000000000));
        ak_json_key(j, "drift_ms");
        milliseconds(j, e->drift);
        ak_json_key(j, "spread_ms");
        milliseconds(j, e->spread);
        ak_json_member_u64(j, "pairs", e->pairs);
    }
    ak_json_close(j, '}');
}

void ak_jsonl_clocks(const struct ak_case *joined, struct ak_json *j)
{
    size_t count = ak_case_alignments(joined);
    if (count == 0)
        return;
    ak_json_key(j, "clocks");
    ak_json_open(j, '[');
    for (size_t i = 0; i < count; i++)
        write_alignment(ak_case_alignment(joined, i), j);
    ak_json_close(j, ']');
}
