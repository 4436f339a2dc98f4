/* Fuzzes what the scripts of `akushu collect` write: lines, facts, and events of the ring buffer.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/collected_view.h"

#include "base/utf16.h"
#include "base/words.h"
#include "codec/collect_text.h"
#include "report/jsonl_collected.h"

#include "fuzz_target.h"

static void on_event(void *context, const struct ak_event *e)
{
    struct ak_span text = {(const uint8_t *)e->text, strlen(e->text)};
    FUZZ_CHECK(text.size < sizeof e->text && ak_utf8_valid(text));
    FUZZ_CHECK(ak_log_event_find(e->provider, e->code) != NULL);
    FUZZ_CHECK(e->client.version == 0 || e->client.version == 4 || e->client.version == 6);
    ++*(uint64_t *)context;
}

static struct ak_collected *read_all(enum ak_log_units units, struct ak_span text, size_t piece,
                                     uint64_t *events)
{
    struct ak_collected_view *view = ak_collected_view_new("fuzz", units, on_event, events);
    size_t start = 0, end = 0;
    FUZZ_CHECK(view != NULL);
    do {
        end = text.size - end > piece ? end + piece : text.size;
        struct ak_span part = ak_words_first(ak_words_from(text, start), end - start);
        size_t used = ak_collected_view_feed(view, part, end == text.size);
        FUZZ_CHECK(used <= part.size);
        start += used;
    } while (end < text.size);
    struct ak_collected *c = ak_collected_view_take(view);
    ak_collected_view_free(view);
    return c;
}

static void one_line(struct ak_span text)
{
    struct ak_collect_line line;
    if (ak_collect_line_parse(text, &line) == AK_VERDICT_UNKNOWN)
        return;
    FUZZ_CHECK(line.count <= AK_COLLECT_FIELDS && line.name.size != 0);
    for (size_t i = 0; i < line.count; i++) {
        struct ak_text out;
        ak_text_init(&out, 1 << 20);
        ak_collect_value(line.field[i].value, &out);
        FUZZ_CHECK(out.size <= line.field[i].value.size);
        ak_text_release(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span text = {data, size};
    struct ak_text json[2];
    uint64_t events[2] = {0, 0};
    size_t mark;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    one_line(text);
    enum ak_log_units units = ak_log_units_guess(ak_words_first(text, 8192), &mark);
    text = ak_words_from(text, mark);
    for (int i = 0; i < 2; i++) {
        struct ak_collected *c = read_all(units, text, i == 0 ? size + 1 : 97, &events[i]);
        FUZZ_CHECK(c->ring_events <= events[i] && c->ring_events <= c->ring);
        FUZZ_CHECK(events[i] - c->ring_events <= c->count + c->left_out);
        FUZZ_CHECK(c->ring + c->count + c->bad + c->unknown <= c->lines);
        ak_text_init(&json[i], 1 << 24);
        ak_jsonl_collected(c, &json[i]);
        struct ak_span written = {(const uint8_t *)json[i].bytes, json[i].size};
        FUZZ_CHECK(!json[i].failed && ak_utf8_valid(written));
        ak_collected_free(c);
    }
    FUZZ_CHECK(strcmp(ak_text_string(&json[0]), ak_text_string(&json[1])) == 0);
    ak_text_release(&json[0]);
    ak_text_release(&json[1]);
    return 0;
}
