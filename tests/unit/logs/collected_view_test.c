/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/collected_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "base/words.h"
#include "logs/log_reader.h"
#include "support/parser_check.h"

#define HEAD                                                                                       \
    "akushu-collect|version=1|of=sql|time=2026-11-22T10:15:00Z|host=SQL01|instance=SQL2|\r\n"      \
    "server|build=16.0.4135.4|edition=Developer|clustered=0|hadr=1|\r\n"
#define RING                                                                                       \
    "ring|time=2026-11-22T10:14:00.5Z|type=Error|source=Tds|error=17830|state=105|os=10054|"       \
    "remote=192.0.2.7|flags=before-login,|total=15000|enqueued=14990|tls=9|\r\n"

#define BANNER                                                                                     \
    "2 17069 s0 0x0  SQL01\\SQL2 16.0.4135.4 0/0/0 1795342500000000000 "                           \
    "[SERVERPROPERTY('ProductVersion') = 16.0.4135.4];"

static void on_event(void *context, const struct ak_event *e)
{
    struct ak_text *out = context;
    char address[46] = "";
    if (e->client.version != 0)
        ak_endpoint_text(&e->client, address);
    ak_text_format(out, "%d %u s%u 0x%x %s%s %s\\%s %s %u/%u/%u %lld [%s];", (int)e->place,
                   (unsigned)e->code, (unsigned)e->state, (unsigned)e->status, address,
                   e->client_local ? "local" : "", e->host, e->instance, e->build,
                   e->has_times ? (unsigned)e->login_ms[AK_LOGIN_TOTAL] : 0,
                   (unsigned)e->login_ms[AK_LOGIN_ENQUEUED], (unsigned)e->login_ms[AK_LOGIN_SSL],
                   (long long)e->time, e->text);
}

/* Fed in pieces; the facts are the caller's. */
static struct ak_collected *read_pieces(struct ak_span text, size_t piece, struct ak_text *out)
{
    struct ak_span head = ak_words_first(text, 8192);
    assert_int_equal(ak_log_sniff(head), AK_LOG_KIND_COLLECTED);
    struct ak_log_reader *reader =
        ak_log_reader_new(AK_LOG_KIND_COLLECTED, head, "file", on_event, out);
    assert_non_null(reader);
    size_t start = 0, end = 0, used;
    do {
        end = end + piece < text.size ? end + piece : text.size;
        struct ak_bytes b = ak_bytes_copy(text.bytes + start, end - start);
        assert_int_equal(ak_log_reader_feed(reader, ak_bytes_span(&b), end == text.size, &used),
                         AK_ERR_NONE);
        assert_true(used <= b.size);
        start += used;
        ak_bytes_free(&b);
    } while (end < text.size);
    struct ak_log_counts counts = ak_log_reader_counts(reader);
    struct ak_collected *c = ak_log_reader_take_collected(reader);
    assert_non_null(c);
    assert_int_equal(counts.records, c->lines);
    assert_int_equal(counts.bad, c->bad);
    assert_null(ak_log_reader_take_collected(reader));
    ak_log_reader_free(reader);
    return c;
}

static struct ak_collected *read_text(const char *text, struct ak_text *out)
{
    struct ak_span span = {(const uint8_t *)text, strlen(text)};
    return read_pieces(span, SIZE_MAX / 2, out);
}

static const char *value(const struct ak_collected *c, enum ak_collected_kind kind, size_t nth,
                         const char *key)
{
    const struct ak_collected_row *row = ak_collected_row(kind);
    for (size_t i = 0; i < c->count; i++) {
        if (c->facts[i].kind != kind || nth-- != 0)
            continue;
        for (size_t k = 0; k < AK_COLLECTED_KEYS && row->key[k].name != NULL; k++)
            if (strcmp(row->key[k].name, key) == 0)
                return c->facts[i].value[k];
    }
    return NULL;
}

static void reads_facts(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_text(
        HEAD "connection|count=3|transport=TCP|encrypt=TRUE|tds=1946157060|client=192.0.2.7|\r\n"
             "connection|count=x|encrypt=maybe|tds=99|\r\n"
             "linked|name=A%7CB|provider=SQLNCLI|source=%25|encrypt=|\r\n"
             "future|a=b|\r\n"
             "end|lines=7|\r\n",
        &out);
    assert_true(c->of_sql && c->timed && c->complete);
    assert_string_equal(c->host, "SQL01");
    assert_string_equal(c->instance, "SQL2");
    assert_string_equal(c->build, "16.0.4135.4");
    assert_true(c->time == INT64_C(1795342500) * 1000000000);
    assert_int_equal(c->lines, 7);
    assert_int_equal(c->bad, 0);
    assert_int_equal(c->unknown, 1);
    assert_int_equal(c->count, 4);
    assert_string_equal(value(c, AK_COLLECTED_CONNECTION, 0, "count"), "3");
    assert_string_equal(value(c, AK_COLLECTED_CONNECTION, 0, "tds"), "7.4");
    assert_null(value(c, AK_COLLECTED_CONNECTION, 0, "packet"));
    assert_null(value(c, AK_COLLECTED_CONNECTION, 1, "count"));
    assert_null(value(c, AK_COLLECTED_CONNECTION, 1, "encrypt"));
    assert_string_equal(value(c, AK_COLLECTED_CONNECTION, 1, "tds"), "99");
    assert_string_equal(value(c, AK_COLLECTED_LINKED, 0, "name"), "A|B");
    assert_string_equal(value(c, AK_COLLECTED_LINKED, 0, "source"), "%");
    assert_null(value(c, AK_COLLECTED_LINKED, 0, "encrypt"));
    assert_string_equal(ak_text_string(&out), BANNER);
    ak_collected_free(c);
    ak_text_release(&out);
}

static void the_ring_buffer_becomes_events(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_text(
        HEAD RING
        "ring|time=2026-11-22T10:14:01Z|type=LoginTimers|error=17830|total=5|\r\n"
        "ring|time=2026-11-22T10:14:02Z|type=ConnectionClose|error=0|\r\n"
        "ring|time=2026-11-22T10:14:03Z|type=Error|error=99999|\r\n"
        "ring|time=never|type=Error|error=17830|\r\n"
        "ring|time=2026-11-22T10:14:04Z|type=Error|error=17836|os=-2146893048|remote=<local "
        "machine>|\r\n",
        &out);
    assert_string_equal(
        ak_text_string(&out),
        BANNER "3 17830 s105 0x2746 192.0.2.7 SQL01\\SQL2 16.0.4135.4 15000/14990/9 "
               "1795342440500000000 [RING_BUFFER_CONNECTIVITY: type=Error source=Tds "
               "flags=before-login,];"
               "8 17836 s0 0x80090308 local SQL01\\SQL2 16.0.4135.4 0/0/0 1795342444000000000 "
               "[RING_BUFFER_CONNECTIVITY: type=Error];");
    assert_int_equal(c->ring, 6);
    assert_int_equal(c->ring_events, 2);
    assert_false(c->complete);
    ak_collected_free(c);
    ak_text_release(&out);
}

/* 79 letters and then one of three bytes: the text of an event ends before it. */
static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    char text[1024];
    struct ak_text out;
    (void)snprintf(text, sizeof text,
                   HEAD "ring|time=2026-11-22T10:14:00Z|type=Error|error=17830|source=%082d"
                        "\xe6\x97\xa5\xe6\x9c\xac|\r\n",
                   1);
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_text(text, &out);
    struct ak_span said = {(const uint8_t *)out.bytes, out.size};
    assert_true(ak_utf8_valid(said));
    assert_non_null(strstr(ak_text_string(&out), "00001]"));
    ak_collected_free(c);
    ak_text_release(&out);
}

/* A version without a time, or one that is none, is a fact and no event. */
static void a_banner_needs_its_time(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_text("akushu-collect|version=1|of=sql|time=|host=H|instance=|\r\n"
                                       "server|build=16.0.4135.4|\r\n",
                                       &out);
    assert_string_equal(c->build, "");
    assert_string_equal(value(c, AK_COLLECTED_SERVER, 0, "build"), "16.0.4135.4");
    ak_collected_free(c);
    c = read_text("akushu-collect|version=1|of=sql|time=2026-11-22T10:15:00Z|host=H|\r\n"
                  "server|build=1&.0|\r\n",
                  &out);
    assert_string_equal(c->build, "");
    assert_int_equal(out.size, 0);
    ak_collected_free(c);
    ak_text_release(&out);
}

static void cut_and_strange_lines_are_counted(void **state)
{
    (void)state;
    struct ak_text out;
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_text("line\r\n------\r\n" HEAD "linked|name=a|provider=SQLN\r\n"
                                       "linked|name=a|name=b|\r\n"
                                       "akushu-collect|version=1|of=sql|\r\n"
                                       "\r\n(5 rows affected)\r\n"
                                       "end|lines=6|\r\n",
                                       &out);
    assert_int_equal(c->lines, 6);
    assert_int_equal(c->bad, 3);
    assert_true(c->complete); /* all lines are there; three of them are damaged */
    assert_int_equal(c->count, 1);
    ak_collected_free(c);
    ak_text_release(&out);
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    static const char text[] = HEAD RING "setting|name=x|value=1|\r\nend|lines=5|";
    uint8_t wide[2 * sizeof text];
    for (size_t i = 0; i < sizeof text; i++) {
        wide[2 * i] = (uint8_t)text[i];
        wide[2 * i + 1] = 0;
    }
    struct ak_span spans[] = {{(const uint8_t *)text, sizeof text - 1},
                              {wide, 2 * sizeof text - 2}};
    for (size_t s = 0; s < AK_COUNT(spans); s++)
        for (size_t piece = 1; piece < 400; piece += 13) {
            struct ak_text out;
            ak_text_init(&out, 1 << 16);
            struct ak_collected *c = read_pieces(spans[s], piece, &out);
            assert_true(c->complete && c->bad == 0 && c->count == 2 && c->ring_events == 1);
            ak_collected_free(c);
            ak_text_release(&out);
        }
}

static void a_line_without_end_is_cut(void **state)
{
    (void)state;
    size_t size = 3 * AK_MAX_LOG_LINE;
    char *text = ak_alloc(1, size + 1);
    struct ak_text out;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, HEAD, sizeof HEAD - 1);
    memcpy(text + size - 14, "\r\nend|lines=3|", 14);
    ak_text_init(&out, 1 << 16);
    for (size_t piece = 1000; piece < 300000; piece *= 7) {
        struct ak_span span = {(const uint8_t *)text, size};
        struct ak_collected *c = read_pieces(span, piece, &out);
        assert_int_equal(c->bad, 1);
        assert_true(c->complete);
        ak_collected_free(c);
    }
    ak_text_release(&out);
    ak_free(text);
}

static void facts_are_bounded(void **state)
{
    (void)state;
    struct ak_text text, out;
    ak_text_init(&text, 1 << 24);
    ak_text_init(&out, 1 << 16);
    ak_text_add(&text, HEAD);
    for (unsigned i = 0; i < AK_MAX_COLLECTED_FACTS + 10; i++)
        ak_text_format(&text, "suite|name=S%u|\n", i);
    struct ak_collected *c = read_text(ak_text_string(&text), &out);
    assert_int_equal(c->count, AK_MAX_COLLECTED_FACTS);
    assert_int_equal(c->left_out, 11); /* one of them is the server */
    ak_collected_free(c);
    ak_text_release(&text);
    ak_text_release(&out);
}

static void other_texts_are_none(void **state)
{
    (void)state;
    static const char *const others[] = {"", "akushu-collect", "akushu-collect|version=2|of=sql|\n",
                                         "x akushu-collect|version=1|of=sql|\n",
                                         "akushu collect 0.1.0\n"};
    for (size_t i = 0; i < AK_COUNT(others); i++) {
        struct ak_span span = {(const uint8_t *)others[i], strlen(others[i])};
        assert_int_equal(ak_log_sniff(span), AK_LOG_KIND_NONE);
    }
}

static void read_damaged(struct ak_span bytes, void *context)
{
    struct ak_text out;
    (void)context;
    if (ak_log_sniff(ak_words_first(bytes, 8192)) != AK_LOG_KIND_COLLECTED)
        return;
    ak_text_init(&out, 1 << 16);
    struct ak_collected *c = read_pieces(bytes, SIZE_MAX / 2, &out);
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < AK_COLLECTED_KEYS; k++)
            if (c->facts[i].value[k] != NULL) {
                struct ak_span v = {(const uint8_t *)c->facts[i].value[k],
                                    strlen(c->facts[i].value[k])};
                assert_true(v.size != 0 && ak_utf8_valid(v));
            }
    ak_collected_free(c);
    ak_text_release(&out);
}

static void survives_damage(void **state)
{
    (void)state;
    static const char text[] =
        HEAD RING "connection|count=1|encrypt=FALSE|tds=1946157060|\r\n"
                  "endpoint|name=e|port=5022|encrypted=1|\r\nend|lines=5|\r\n";
    struct ak_span span = {(const uint8_t *)text, sizeof text - 1};
    ak_each_damage(span, read_damaged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_facts),
        cmocka_unit_test(the_ring_buffer_becomes_events),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(a_banner_needs_its_time),
        cmocka_unit_test(cut_and_strange_lines_are_counted),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(a_line_without_end_is_cut),
        cmocka_unit_test(facts_are_bounded),
        cmocka_unit_test(other_texts_are_none),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
