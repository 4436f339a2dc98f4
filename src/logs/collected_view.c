/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/collected_view.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/moment.h"
#include "base/utf16.h"
#include "base/words.h"
#include "codec/collect_text.h"
#include "logs/message.h"
#include "model/sql_names.h"

#include "base/banned.h"

static const char header[] = "akushu-collect|version=1|";

struct ak_collected_view {
    enum ak_log_units units;
    const char *file;
    void (*event)(void *context, const struct ak_event *event);
    void *context;
    struct ak_collected *facts; /* NULL: taken */
    struct ak_text line, value;
    uint64_t number; /* of the line */
    bool begun, skipping;
};

bool ak_collected_is(enum ak_log_units units, struct ak_span head)
{
    struct ak_span line;
    char start[sizeof header];
    for (bool more = true; more;) {
        struct ak_span rest = head;
        more = ak_log_line(units, &rest, &line);
        size_t n = ak_log_ascii(units, more ? line : head, start, sizeof start - 1);
        if (n == sizeof header - 1 && memcmp(start, header, n) == 0)
            return true;
        head = rest;
    }
    return false;
}

/* ---- values ---- */

/* The decoded value; "" when the line has no such key. Lives until the next call. */
static const char *value_of(struct ak_collected_view *v, const struct ak_collect_line *line,
                            const char *key)
{
    const struct ak_span *raw = ak_collect_line_find(line, key);
    ak_text_clear(&v->value);
    if (raw != NULL)
        ak_collect_value(*raw, &v->value);
    return v->value.failed ? "" : ak_text_string(&v->value);
}

static void copy(struct ak_collected_view *v, const struct ak_collect_line *line, const char *key,
                 char *out, size_t room)
{
    const char *value = value_of(v, line, key);
    ak_message_copy(value, strlen(value), out, room);
}

/* A number, with a minus for codes that are signed there; false: none. */
static bool number_of(struct ak_collected_view *v, const struct ak_collect_line *line,
                      const char *key, uint32_t *number)
{
    uint64_t n;
    const char *text = value_of(v, line, key);
    bool minus = text[0] == '-';
    if (!ak_collected_number(text + minus, &n) || n > UINT32_MAX)
        return false;
    *number = minus ? (uint32_t)(0 - n) : (uint32_t)n;
    return true;
}

/* ---- events ---- */

enum { BANNER = 17069 };

static void start_event(struct ak_collected_view *v, const struct ak_log_event *known,
                        uint32_t code, int64_t time, struct ak_event *e)
{
    memset(e, 0, sizeof *e);
    e->file = v->file;
    e->place = v->number;
    e->by_line = true;
    e->time = time;
    e->provider = AK_LOG_SQL_SERVER;
    e->code = code;
    e->weight = (enum ak_log_weight)known->weight;
    memcpy(e->host, v->facts->host, sizeof e->host);
    memcpy(e->instance, v->facts->instance, sizeof e->instance);
    memcpy(e->build, v->facts->build, sizeof e->build);
}

/* The version, as an ERRORLOG's banner tells it: rules ask for it there. Only with a time; without
 * one no event has the build. */
static void banner(struct ak_collected_view *v, const struct ak_collect_line *line)
{
    struct ak_event e;
    char build[sizeof e.build];
    const struct ak_log_event *known = ak_log_event_find(AK_LOG_SQL_SERVER, BANNER);
    copy(v, line, "build", build, sizeof build);
    if (!v->facts->timed || known == NULL || build[0] == '\0' ||
        build[strspn(build, "0123456789.")] != '\0')
        return;
    memcpy(v->facts->build, build, sizeof build);
    start_event(v, known, BANNER, v->facts->time, &e);
    (void)snprintf(e.text, sizeof e.text, "SERVERPROPERTY('ProductVersion') = %s", build);
    v->event(v->context, &e);
}

/* ---- the ring buffer ---- */

static void login_times(struct ak_collected_view *v, const struct ak_collect_line *line,
                        struct ak_event *e)
{
    static const struct {
        enum ak_login_part part;
        const char *key;
    } parts[] = {{AK_LOGIN_ENQUEUED, "enqueued"},
                 {AK_LOGIN_WRITES, "writes"},
                 {AK_LOGIN_READS, "reads"},
                 {AK_LOGIN_SSL, "tls"},
                 {AK_LOGIN_SSPI, "sspi"}};
    e->has_times = number_of(v, line, "total", &e->login_ms[AK_LOGIN_TOTAL]) &&
                   e->login_ms[AK_LOGIN_TOTAL] != 0;
    for (size_t i = 0; i < AK_COUNT(parts); i++)
        (void)number_of(v, line, parts[i].key, &e->login_ms[parts[i].part]);
}

static void who(struct ak_collected_view *v, const struct ak_collect_line *line, struct ak_event *e)
{
    const char *remote = value_of(v, line, "remote");
    e->client_local = strcmp(remote, "<local machine>") == 0;
    if (!e->client_local)
        (void)ak_message_address(remote, strlen(remote), &e->client);
}

static void put_short(const char *key, const char *value, struct ak_text *out)
{
    char beginning[84]; /* cut at a character's border */
    ak_message_copy(value, strlen(value), beginning, sizeof beginning);
    ak_text_format(out, " %s=%s", key, beginning);
}

static void describe(struct ak_collected_view *v, const struct ak_collect_line *line,
                     struct ak_event *e)
{
    static const char *const keys[] = {"type", "source", "flags", "input", "output"};
    struct ak_text text;
    ak_text_init(&text, 2 * AK_EVENT_TEXT);
    ak_text_add(&text, "RING_BUFFER_CONNECTIVITY:");
    for (size_t i = 0; i < AK_COUNT(keys); i++) {
        const char *value = value_of(v, line, keys[i]);
        if (value[0] != '\0' && strcmp(value, "0") != 0)
            put_short(keys[i], value, &text);
    }
    ak_message_copy(ak_text_string(&text), text.size, e->text, sizeof e->text);
    ak_text_release(&text);
}

/* A record whose error ERRORLOG would have printed with its number. Timers alone are no failure. */
static void ring(struct ak_collected_view *v, const struct ak_collect_line *line)
{
    struct ak_event e;
    const struct ak_log_event *known;
    uint32_t code;
    int64_t time;
    v->facts->ring++;
    if (strcmp(value_of(v, line, "type"), "LoginTimers") == 0 ||
        !number_of(v, line, "error", &code) ||
        (known = ak_log_event_find(AK_LOG_SQL_SERVER, code)) == NULL ||
        !ak_moment_parse(value_of(v, line, "time"), &time))
        return;
    start_event(v, known, code, time, &e);
    e.has_state = number_of(v, line, "state", &e.state);
    e.has_status = number_of(v, line, "os", &e.status) && e.status != 0;
    login_times(v, line, &e);
    who(v, line, &e);
    describe(v, line, &e);
    v->facts->ring_events++;
    v->event(v->context, &e);
}

/* ---- facts ---- */

static const char *keep(struct ak_collected *c, const char *value)
{
    size_t size = strlen(value) + 1;
    char *copied = ak_arena_take(&c->arena, size);
    if (copied != NULL)
        memcpy(copied, value, size);
    return copied;
}

/* "1946157060" is how the view writes 7.4. */
static const char *readable(const char *key, const char *value)
{
    uint64_t number;
    const char *name;
    if (strcmp(key, "tds") != 0 || !ak_collected_number(value, &number) || number > UINT32_MAX)
        return value;
    name = ak_tds_version_name((uint32_t)number);
    return name != NULL ? name : value;
}

/* Values that are not of their type, and empty ones, were not told. */
static bool fits(uint8_t type, const char *value)
{
    uint64_t number;
    bool flag;
    if (value[0] == '\0')
        return false;
    return type == AK_COLLECTED_TEXT ||
           (type == AK_COLLECTED_NUMBER ? ak_collected_number(value, &number)
                                        : ak_collected_flag(value, &flag));
}

static void fact(struct ak_collected_view *v, enum ak_collected_kind kind,
                 const struct ak_collect_line *line)
{
    const struct ak_collected_row *row = ak_collected_row(kind);
    struct ak_collected_fact *f = ak_collected_add(v->facts, kind);
    for (size_t i = 0; f != NULL && i < AK_COLLECTED_KEYS && row->key[i].name != NULL; i++) {
        const char *value = value_of(v, line, row->key[i].name);
        if (fits(row->key[i].type, value))
            f->value[i] = keep(v->facts, readable(row->key[i].name, value));
    }
    if (kind == AK_COLLECTED_SERVER)
        banner(v, line);
}

static void begin(struct ak_collected_view *v, const struct ak_collect_line *line)
{
    struct ak_collected *c = v->facts;
    v->begun = true;
    c->of_sql = strcmp(value_of(v, line, "of"), "sql") == 0;
    copy(v, line, "host", c->host, sizeof c->host);
    copy(v, line, "instance", c->instance, sizeof c->instance);
    c->timed = ak_moment_parse(value_of(v, line, "time"), &c->time);
}

static bool is_named(const struct ak_collect_line *line, const char *name)
{
    return line->name.size == strlen(name) && memcmp(line->name.bytes, name, line->name.size) == 0;
}

static void take(struct ak_collected_view *v, const struct ak_collect_line *line)
{
    uint32_t lines;
    if (is_named(line, "end")) {
        v->facts->complete = number_of(v, line, "lines", &lines) && lines == v->facts->lines;
        return;
    }
    if (is_named(line, "ring")) {
        ring(v, line);
        return;
    }
    for (int kind = 0; kind < AK_COLLECTED_KINDS; kind++)
        if (is_named(line, ak_collected_row((enum ak_collected_kind)kind)->name)) {
            fact(v, (enum ak_collected_kind)kind, line);
            return;
        }
    v->facts->unknown++;
}

/* ---- lines ---- */

static void one_line(struct ak_collected_view *v, struct ak_span raw)
{
    struct ak_collect_line line;
    v->number++;
    if (raw.size > AK_MAX_LOG_LINE) {
        v->facts->bad++;
        return;
    }
    ak_text_clear(&v->line);
    ak_log_utf8(v->units, raw, &v->line);
    struct ak_span text = {(const uint8_t *)v->line.bytes, v->line.size};
    if (v->line.failed || text.size == 0 || !ak_utf8_valid(text) ||
        memchr(v->line.bytes, '\0', text.size) != NULL)
        text.size = 0;
    enum ak_verdict verdict = ak_collect_line_parse(text, &line);
    if (verdict == AK_VERDICT_UNKNOWN)
        return; /* what sqlcmd writes around them */
    v->facts->lines++;
    bool first = is_named(&line, "akushu-collect");
    if (verdict != AK_VERDICT_PARSED || first == v->begun)
        v->facts->bad++;
    else if (first)
        begin(v, &line);
    else
        take(v, &line);
}

size_t ak_collected_view_feed(struct ak_collected_view *v, struct ak_span bytes, bool last)
{
    struct ak_span rest = bytes, line;
    size_t unit = ak_log_unit_size(v->units);
    while (ak_log_line(v->units, &rest, &line)) {
        if (!v->skipping)
            one_line(v, line);
        v->skipping = false;
    }
    if (last) {
        if (rest.size != 0 && !v->skipping)
            one_line(v, rest);
        return bytes.size;
    }
    if (rest.size <= AK_MAX_LOG_LINE && !v->skipping)
        return bytes.size - rest.size;
    if (!v->skipping)
        one_line(v, rest);
    v->skipping = true;
    return bytes.size - rest.size % unit;
}

struct ak_collected_view *ak_collected_view_new(const char *file, enum ak_log_units units,
                                                void (*event)(void *context,
                                                              const struct ak_event *event),
                                                void *context)
{
    struct ak_collected_view *v = ak_alloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->facts = ak_collected_new(file);
    if (v->facts == NULL) {
        ak_free(v);
        return NULL;
    }
    v->units = units;
    v->file = file;
    v->event = event;
    v->context = context;
    ak_text_init(&v->line, 4 * AK_MAX_LOG_LINE);
    ak_text_init(&v->value, 4 * AK_MAX_LOG_LINE);
    return v;
}

void ak_collected_view_free(struct ak_collected_view *v)
{
    if (v == NULL)
        return;
    ak_collected_free(v->facts);
    ak_text_release(&v->line);
    ak_text_release(&v->value);
    ak_free(v);
}

const struct ak_collected *ak_collected_view_facts(const struct ak_collected_view *v)
{
    return v->facts;
}

struct ak_collected *ak_collected_view_take(struct ak_collected_view *v)
{
    struct ak_collected *facts = v->facts;
    v->facts = NULL;
    return facts;
}
