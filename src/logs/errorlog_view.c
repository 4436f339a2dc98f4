/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/errorlog_view.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "base/words.h"
#include "logs/message.h"

#include "base/banned.h"

enum { KEY = 96, ZONE_LINES = 400, PREFIXES = 254, PREFIX_BYTES = 24 };

/* Time and source of a record, as its bytes. */
struct key {
    uint8_t bytes[KEY];
    size_t size;
};

/* "Error: ..." whose text has not come yet. */
struct pending {
    struct key key;
    uint64_t line;
    int64_t local;
    uint32_t number, severity, state;
    bool wanted;
};

struct ak_errorlog_view {
    struct ak_errorlog log;
    const char *file;
    void (*event)(void *context, const struct ak_event *event);
    void *context;
    struct pending pending[AK_MAX_PENDING_ERRORS];
    size_t pending_count;
    /* The record whose lines are being collected; code 0 and !banner: none. */
    struct ak_event open;
    bool opened;
    struct ak_text text;
    /* What the server said of itself. */
    char host[AK_EVENT_NAME], instance[AK_EVENT_NAME], build[32];
    int64_t zone; /* nanoseconds that the local clock is ahead of UTC */
    bool zoned;
    uint64_t zone_until; /* line behind which no time zone is looked for */
    struct prefix {
        uint8_t bytes[PREFIX_BYTES];
        uint8_t size, next; /* next: of the same hash, counted from 1 */
    } prefix[PREFIXES];     /* of the texts of data/log_texts.csv */
    size_t prefix_count;
    uint8_t first[256]; /* of each hash, counted from 1 */
    struct ak_text words;
};

/* ---- events ---- */

static void learn(struct ak_errorlog_view *v, struct ak_event *e)
{
    switch (e->provider == AK_LOG_SQL_SERVER ? e->code : 0) {
    case 17069: /* a start: what was known is of the run before */
        ak_message_copy(e->build, strlen(e->build), v->build, sizeof v->build);
        v->zone_until = e->place + ZONE_LINES;
        break;
    case 17111:
        ak_message_copy(e->instance, strlen(e->instance), v->instance, sizeof v->instance);
        break;
    case 17663:
        ak_message_copy(e->host, strlen(e->host), v->host, sizeof v->host);
        if (e->instance[0] != '\0')
            ak_message_copy(e->instance, strlen(e->instance), v->instance, sizeof v->instance);
        break;
    default:
        break;
    }
    ak_message_copy(v->host, strlen(v->host), e->host, sizeof e->host);
    ak_message_copy(v->instance, strlen(v->instance), e->instance, sizeof e->instance);
    if (strcmp(e->instance, "MSSQLSERVER") == 0) /* the default instance has no name elsewhere */
        e->instance[0] = '\0';
    if (e->build[0] == '\0' && e->provider == AK_LOG_SQL_SERVER)
        ak_message_copy(v->build, strlen(v->build), e->build, sizeof e->build);
}

static void finish_open(struct ak_errorlog_view *v)
{
    if (!v->opened)
        return;
    v->opened = false;
    if (v->open.local && v->zoned) {
        v->open.local = false;
        v->open.time -= v->zone;
    }
    ak_message_read(&v->open, v->text.failed ? "" : ak_text_string(&v->text));
    learn(v, &v->open);
    v->event(v->context, &v->open);
}

static void open_event(struct ak_errorlog_view *v, enum ak_log_provider provider, uint32_t code,
                       uint64_t line, int64_t local)
{
    const struct ak_log_event *known = ak_log_event_find(provider, code);
    if (known == NULL)
        return;
    memset(&v->open, 0, sizeof v->open);
    v->opened = true;
    v->open.file = v->file;
    v->open.place = line;
    v->open.by_line = true;
    v->open.provider = provider;
    v->open.weight = (enum ak_log_weight)known->weight;
    v->open.code = code;
    v->open.local = true;
    v->open.time = local;
    ak_text_clear(&v->text);
}

static void add_text(struct ak_errorlog_view *v, struct ak_span text)
{
    size_t unit = ak_log_unit_size(v->log.units);
    size_t room = v->text.size < AK_MAX_LOG_TEXT ? AK_MAX_LOG_TEXT - v->text.size : 0;
    text = ak_words_first(text, room / 4 * unit);
    if (text.size == 0)
        return;
    if (v->text.size != 0)
        ak_text_char(&v->text, ' ');
    ak_log_utf8(v->log.units, text, &v->text);
}

/* ---- the time zone ---- */

/* "UTC adjustment: -8:00", in any language: "UTC" and a time at the end. */
static void look_for_zone(struct ak_errorlog_view *v, struct ak_span text)
{
    char p[48];
    size_t n = ak_log_ascii(v->log.units, text, p, sizeof p), end = n;
    bool utc = false;
    for (size_t i = 0; i + 3 <= n && !utc; i++)
        utc = memcmp(p + i, "UTC", 3) == 0;
    while (end > 0 && (p[end - 1] == ' ' || p[end - 1] == '\r'))
        end--;
    if (!utc || n == sizeof p || end < 5)
        return;
    size_t minutes = end - 2, hours = minutes - 1;
    bool good = p[minutes] >= '0' && p[minutes] <= '5' && p[minutes + 1] >= '0' &&
                p[minutes + 1] <= '9' && p[hours] == ':';
    int64_t hour = 0, scale = 1;
    size_t at = hours, digits = 0;
    while (good && at > 0 && p[at - 1] >= '0' && p[at - 1] <= '9' && digits < 2) {
        hour += scale * (p[--at] - '0');
        scale *= 10;
        digits++;
    }
    if (!good || digits == 0 || hour > 14)
        return;
    int64_t seconds = hour * 3600 + ((p[minutes] - '0') * 10 + (p[minutes + 1] - '0')) * 60;
    v->zone = (at > 0 && p[at - 1] == '-' ? -seconds : seconds) * 1000000000;
    v->zoned = true;
}

/* ---- records ---- */

static void make_key(const struct ak_errorlog_line *line, struct key *key)
{
    struct ak_span stamp = ak_words_first(line->stamp, KEY / 2);
    struct ak_span source = ak_words_first(line->source, KEY / 2);
    memcpy(key->bytes, stamp.bytes, stamp.size);
    memcpy(key->bytes + stamp.size, source.bytes, source.size);
    key->size = stamp.size + source.size;
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void open_pending(struct ak_errorlog_view *v, const struct pending *p)
{
    if (!p->wanted)
        return;
    finish_open(v);
    open_event(v, AK_LOG_SQL_SERVER, p->number, p->line, p->local);
    v->open.has_severity = v->open.has_state = true;
    v->open.severity = (uint8_t)p->severity;
    v->open.state = p->state;
}

/* Takes out the first error that this key belongs to. */
static bool take_pending(struct ak_errorlog_view *v, const struct key *key, struct pending *out)
{
    for (size_t i = 0; i < v->pending_count; i++) {
        if (!same_key(&v->pending[i].key, key))
            continue;
        *out = v->pending[i];
        v->pending_count--;
        memmove(&v->pending[i], &v->pending[i + 1], (v->pending_count - i) * sizeof v->pending[0]);
        return true;
    }
    return false;
}

static void drop_first(struct ak_errorlog_view *v)
{
    struct pending p = v->pending[0];
    v->pending_count--;
    memmove(&v->pending[0], &v->pending[1], v->pending_count * sizeof v->pending[0]);
    open_pending(v, &p); /* its text never came: the number says enough */
    finish_open(v);
}

static void add_pending(struct ak_errorlog_view *v, const struct ak_errorlog_line *line,
                        const uint32_t numbers[3])
{
    if (v->pending_count == AK_MAX_PENDING_ERRORS)
        drop_first(v);
    struct pending *p = &v->pending[v->pending_count];
    make_key(line, &p->key);
    p->line = line->number;
    p->number = numbers[0];
    p->severity = numbers[1];
    p->state = numbers[2];
    p->wanted = ak_log_event_find(AK_LOG_SQL_SERVER, numbers[0]) != NULL &&
                ak_errorlog_time(v->log.units, line->stamp, &p->local);
    v->pending_count++;
}

/* The number of a message that stands there without it, 0: none that matters. The shapes first that
 * need no language. */
static uint32_t number_of(struct ak_errorlog_view *v, struct ak_span text)
{
    enum { BEGINNING = 400 };
    ak_text_clear(&v->words);
    ak_log_utf8(v->log.units, ak_words_first(text, BEGINNING * ak_log_unit_size(v->log.units)),
                &v->words);
    const char *words = ak_text_string(&v->words);
    const char *listen = strstr(words, "[ ");
    if (listen != NULL && strstr(listen, "<ipv") != NULL)
        return 26022;
    if (strstr(words, "\\MSSQL\\L") != NULL &&
        (strstr(words, "ERRORLOG'") != NULL || strstr(words, "ERRORLOG\"") != NULL))
        return 17111;
    return ak_message_number(words);
}

/* Of as many bytes as every prefix has at least: two units, or three bytes of other encodings. */
static size_t key_size(const struct ak_errorlog_view *v)
{
    return v->log.units == AK_LOG_BYTES ? 3 : 4;
}

static uint8_t hash_of(const struct ak_errorlog_view *v, const uint8_t *bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < key_size(v); i++)
        sum = sum * 37 + bytes[i];
    return (uint8_t)(sum ^ sum >> 8);
}

static bool begins_like_a_text(const struct ak_errorlog_view *v, struct ak_span text)
{
    if (text.size < key_size(v))
        return false;
    for (size_t i = v->first[hash_of(v, text.bytes)]; i != 0; i = v->prefix[i - 1].next) {
        const struct prefix *p = &v->prefix[i - 1];
        if (text.size >= p->size && memcmp(text.bytes, p->bytes, p->size) == 0)
            return true;
    }
    return false;
}

/* Bytes that are no UTF-8: code page 932 or 1252, in which no prefix is known. */
static bool in_code_page(const struct ak_errorlog_view *v, struct ak_span text)
{
    return v->log.units == AK_LOG_BYTES && text.size >= 3 && text.bytes[0] >= 0x80 &&
           !ak_utf8_valid(ak_words_first(text, 3)) && !ak_utf8_valid(text);
}

/* Moves behind the next '[' of the text; false: there is none. */
static bool next_bracket(const struct ak_errorlog_view *v, struct ak_span *text)
{
    size_t size = ak_log_unit_size(v->log.units), low = v->log.units == AK_LOG_UTF16BE ? 1 : 0;
    size_t from = low;
    while (from < text->size) {
        const uint8_t *at = memchr(text->bytes + from, '[', text->size - from);
        if (at == NULL)
            return false;
        size_t i = (size_t)(at - text->bytes), unit = i & ~(size - 1);
        if (size == 1 ||
            (i == unit + low && unit + 1 < text->size && text->bytes[unit + 1 - low] == 0)) {
            *text = ak_words_from(*text, unit + size);
            return true;
        }
        from = i + 1;
    }
    return false;
}

/* The last character of the text, which is cut off; 0: none, or half of one. */
static uint32_t last_character(const struct ak_errorlog_view *v, struct ak_span *text)
{
    size_t size = ak_log_unit_size(v->log.units), low = v->log.units == AK_LOG_UTF16BE ? 1 : 0;
    if (text->size < size)
        return 0;
    size_t at = text->size - size;
    if (size == 2) {
        *text = ak_words_first(*text, at);
        return (uint32_t)(text->bytes[at + low] | text->bytes[at + 1 - low] << 8);
    }
    while (at > 0 && (text->bytes[at] & 0xc0) == 0x80)
        at--;
    struct ak_span one = ak_words_from(*text, at);
    *text = ak_words_first(*text, at);
    return ak_utf8_next(&one);
}

/* Does what stands before the bracket end with something quoted: "...: 'State 56.'.  [CLIENT: "? */
static bool ends_quoted(const struct ak_errorlog_view *v, struct ak_span text)
{
    uint32_t c = last_character(v, &text);
    while (c == ' ')
        c = last_character(v, &text);
    if (c == '.' || c == 0x3002) /* the full stop of Chinese and Japanese */
        c = last_character(v, &text);
    return c == '\'' || c == '"' || c == 0x2019 || c == 0x201d;
}

/* "[ 'any' <ipv4> 1433]"; "'.  [CLIENT: 10.0.0.1]", with which messages end that begin with an
 * argument in some languages. */
static bool has_bracket(const struct ak_errorlog_view *v, struct ak_span text)
{
    size_t size = ak_log_unit_size(v->log.units);
    struct ak_span rest = text;
    char p;
    while (next_bracket(v, &rest))
        if (ak_log_ascii(v->log.units, rest, &p, 1) == 1 && p == ' ')
            return true;
    return rest.size < text.size && rest.size < 80 * size &&
           ends_quoted(v, ak_words_first(text, text.size - rest.size - size));
}

/* Nearly every line ends here: only one that begins like a known text, or has such a bracket, is
 * worth decoding; among the first ones of a start also paths. */
static bool may_matter(const struct ak_errorlog_view *v, const struct ak_errorlog_line *line)
{
    struct ak_span text = line->text;
    if (begins_like_a_text(v, text) || in_code_page(v, text) || has_bracket(v, text))
        return true;
    return line->number <= v->zone_until && text.size != 0 &&
           memchr(text.bytes, '\\', text.size) != NULL;
}

static void server_record(struct ak_errorlog_view *v, const struct ak_errorlog_line *line)
{
    struct pending pending;
    struct key key;
    uint32_t numbers[3];
    int64_t local;
    if (ak_errorlog_is_error(v->log.units, line->text, numbers)) {
        add_pending(v, line, numbers);
        return;
    }
    if (v->pending_count != 0) {
        make_key(line, &key);
        if (take_pending(v, &key, &pending)) {
            open_pending(v, &pending);
            if (v->opened)
                add_text(v, line->text);
            return;
        }
    }
    if (!may_matter(v, line))
        return;
    uint32_t number = number_of(v, line->text);
    if (number == 0 || !ak_errorlog_time(v->log.units, line->stamp, &local))
        return;
    open_event(v, AK_LOG_SQL_SERVER, number, line->number, local);
    if (v->opened)
        add_text(v, line->text);
}

static void agent_record(struct ak_errorlog_view *v, const struct ak_errorlog_line *line)
{
    char p[8];
    uint32_t number = 0;
    int64_t local;
    size_t n = ak_log_ascii(v->log.units, line->source, p, sizeof p);
    for (size_t i = 0; i < n; i++)
        number = number * 10 + (uint32_t)(p[i] - '0');
    if (!ak_errorlog_time(v->log.units, line->stamp, &local))
        return;
    open_event(v, AK_LOG_SQL_AGENT, number, line->number, local);
    if (v->opened)
        add_text(v, line->text);
}

static void on_line(void *context, const struct ak_errorlog_line *line)
{
    struct ak_errorlog_view *v = context;
    if (!line->record) {
        if (v->opened)
            add_text(v, line->text);
        return;
    }
    if (!line->agent && line->number <= v->zone_until)
        look_for_zone(v, line->text); /* it stands behind the banner, whose time it tells, too */
    finish_open(v);
    if (line->agent)
        agent_record(v, line);
    else
        server_record(v, line);
}

/* ---- the file ---- */

static void add_prefix(struct ak_errorlog_view *v, struct ak_span text)
{
    struct prefix *p = &v->prefix[v->prefix_count];
    bool wide = v->log.units != AK_LOG_BYTES, big = v->log.units == AK_LOG_UTF16BE;
    while (text.size != 0 && p->size < PREFIX_BYTES - 1) {
        struct ak_span rest = text;
        uint32_t c = ak_utf8_next(&rest); /* all of them lie below U+10000 */
        size_t size = text.size - rest.size;
        /* Behind ASCII a code page may go on. */
        if (!wide && (p->size + size > PREFIX_BYTES ||
                      (size > 1 && p->size >= key_size(v) && p->bytes[0] < 0x80)))
            break;
        for (size_t k = 0; k < size && !wide; k++)
            p->bytes[p->size++] = text.bytes[k];
        if (wide) {
            p->bytes[p->size++] = (uint8_t)(big ? c >> 8 : c & 0xff);
            p->bytes[p->size++] = (uint8_t)(big ? c & 0xff : c >> 8);
        }
        text = rest;
    }
    uint8_t hash = hash_of(v, p->bytes);
    p->next = v->first[hash];
    v->first[hash] = (uint8_t)++v->prefix_count;
}

/* How the known texts begin, in the file's own encoding, up to their first star. */
static void note_prefixes(struct ak_errorlog_view *v)
{
    const struct ak_log_text *row;
    for (size_t i = 0; (row = ak_log_text_at(i)) != NULL && v->prefix_count < PREFIXES; i++) {
        struct ak_span text = {(const uint8_t *)row->pattern, strcspn(row->pattern, "*")};
        if (text.size != 0)
            add_prefix(v, text);
    }
}

struct ak_errorlog_view *ak_errorlog_view_new(const char *file, enum ak_log_units units,
                                              void (*event)(void *context,
                                                            const struct ak_event *event),
                                              void *context)
{
    struct ak_errorlog_view *v = ak_alloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    ak_errorlog_init(&v->log, units);
    ak_text_init(&v->text, 4 * AK_MAX_LOG_TEXT);
    ak_text_init(&v->words, AK_MAX_LOG_TEXT);
    v->file = file;
    v->event = event;
    v->context = context;
    v->zone_until = ZONE_LINES;
    note_prefixes(v);
    return v;
}

void ak_errorlog_view_free(struct ak_errorlog_view *v)
{
    if (v == NULL)
        return;
    ak_text_release(&v->text);
    ak_text_release(&v->words);
    ak_free(v);
}

size_t ak_errorlog_view_feed(struct ak_errorlog_view *v, struct ak_span bytes, bool last)
{
    size_t used = ak_errorlog_feed(&v->log, bytes, last, on_line, v);
    if (last) {
        finish_open(v);
        while (v->pending_count != 0)
            drop_first(v);
    }
    return used;
}

struct ak_errorlog_counts ak_errorlog_view_counts(const struct ak_errorlog_view *v)
{
    struct ak_errorlog_counts counts = {v->log.lines, v->log.records, v->log.cut_lines};
    return counts;
}
