/* Fuzzes logs of every kind: sniffing, ERRORLOG and SQLAGENT.OUT, events as XML, EVTX, and the book
 * of events and its rules behind them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/log_reader.h"

#include "base/utf16.h"
#include "base/words.h"
#include "diagnose/event_rule.h"

#include "fuzz_target.h"

struct told {
    struct ak_event_book *book;
    uint64_t events;
};

static const struct ak_event_evidence nothing_else = {NULL, NULL, 0};

static void on_event(void *context, const struct ak_event *e)
{
    struct told *told = context;
    struct ak_span text = {(const uint8_t *)e->text, strlen(e->text)};
    struct ak_span host = {(const uint8_t *)e->host, strlen(e->host)};
    FUZZ_CHECK(text.size < sizeof e->text && ak_utf8_valid(text) && ak_utf8_valid(host));
    FUZZ_CHECK(ak_log_event_find(e->provider, e->code) != NULL);
    FUZZ_CHECK(e->client.version == 0 || e->client.version == 4 || e->client.version == 6);
    told->events++;
    (void)ak_event_book_add(told->book, e);
}

static void on_match(void *context, const struct ak_rule *rule, const struct ak_event_case *c,
                     const struct ak_match *m)
{
    (void)context;
    FUZZ_CHECK(ak_rule_find(rule->id) == rule);
    FUZZ_CHECK(m->grade != AK_GRADE_NONE && m->fact_count != 0 && c->tally->count != 0);
}

static struct ak_log_counts read_in_pieces(enum ak_log_kind kind, struct ak_span text, size_t piece,
                                           struct told *told)
{
    size_t start = 0, end = 0, used;
    struct ak_log_reader *reader =
        ak_log_reader_new(kind, ak_words_first(text, 8192), "fuzz", on_event, told);
    FUZZ_CHECK(reader != NULL);
    do {
        end = text.size - end > piece ? end + piece : text.size;
        struct ak_span part = ak_words_first(ak_words_from(text, start), end - start);
        FUZZ_CHECK(ak_log_reader_feed(reader, part, end == text.size, &used) == AK_ERR_NONE);
        FUZZ_CHECK(used <= part.size);
        start += used;
    } while (end < text.size);
    struct ak_log_counts counts = ak_log_reader_counts(reader);
    ak_log_reader_free(reader);
    return counts;
}

/* However the file is cut into pieces, the same comes of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span text = {data, size};
    struct told told[2];
    struct ak_log_counts counts[2];
    enum ak_log_kind kind = ak_log_sniff(ak_words_first(text, 8192));
    if (kind == AK_LOG_KIND_NONE || size > 4 * FUZZ_MAX_INPUT)
        return 0;
    for (int i = 0; i < 2; i++) {
        told[i].book = ak_event_book_new(1);
        told[i].events = 0;
        FUZZ_CHECK(told[i].book != NULL);
        counts[i] = read_in_pieces(kind, text, i == 0 ? size + 1 : 1000, &told[i]);
        FUZZ_CHECK(counts[i].events == told[i].events);
        ak_event_book_finish(told[i].book);
        ak_event_rules_apply(told[i].book, &nothing_else, on_match, NULL);
    }
    FUZZ_CHECK(counts[0].events == counts[1].events && counts[0].records == counts[1].records);
    FUZZ_CHECK(counts[0].bad == counts[1].bad);
    FUZZ_CHECK(ak_event_book_count(told[0].book) == ak_event_book_count(told[1].book));
    for (int i = 0; i < 2; i++)
        ak_event_book_free(told[i].book);
    return 0;
}
