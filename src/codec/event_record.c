/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/event_record.h"

#include "base/limits.h"
#include "base/moment.h"
#include "base/words.h"
#include "codec/filetime.h"

#include "base/banned.h"

enum { VALUE_MAXIMUM = 8192, POOL_MAXIMUM = 65536 };

enum element {
    OTHER,
    EVENT,
    SYSTEM,
    PROVIDER,
    EVENT_ID,
    LEVEL,
    TIME_CREATED,
    RECORD_ID,
    CHANNEL,
    COMPUTER,
    EXECUTION,
    EVENT_DATA,
    DATA,
    USER_DATA,
    USER_XML,
    USER_ITEM
};

enum attribute { NO_ATTRIBUTE, IGNORED, PROVIDER_NAME, SYSTEM_TIME, DATA_NAME, PROCESS_ID };

struct child {
    uint8_t parent, element;
    const char *name; /* NULL: any */
};

/* The elements that matter, by the one that they stand in. */
static const struct child children[] = {
    {SYSTEM, PROVIDER, "Provider"},
    {SYSTEM, EVENT_ID, "EventID"},
    {SYSTEM, LEVEL, "Level"},
    {SYSTEM, TIME_CREATED, "TimeCreated"},
    {SYSTEM, RECORD_ID, "EventRecordID"},
    {SYSTEM, CHANNEL, "Channel"},
    {SYSTEM, COMPUTER, "Computer"},
    {SYSTEM, EXECUTION, "Execution"},
    {EVENT, SYSTEM, "System"},
    {EVENT, EVENT_DATA, "EventData"},
    {EVENT, USER_DATA, "UserData"},
    {EVENT_DATA, DATA, "Data"},
    {USER_DATA, USER_XML, NULL},
    {USER_XML, USER_ITEM, NULL},
};

void ak_event_record_init(struct ak_event_record *r, bool (*wants)(const char *provider))
{
    memset(r, 0, sizeof *r);
    r->wants = wants;
    ak_text_init(&r->pool, POOL_MAXIMUM);
    ak_text_init(&r->value, VALUE_MAXIMUM);
}

void ak_event_record_release(struct ak_event_record *r)
{
    ak_text_release(&r->pool);
    ak_text_release(&r->value);
}

void ak_event_record_clear(struct ak_event_record *r)
{
    struct ak_text pool = r->pool, value = r->value;
    bool (*wants)(const char *) = r->wants;
    memset(r, 0, sizeof *r);
    r->wants = wants;
    r->pool = pool;
    r->value = value;
    ak_text_clear(&r->pool);
    ak_text_clear(&r->value);
}

static uint8_t parent_of(const struct ak_event_record *r)
{
    return r->depth != 0 && r->depth <= AK_EVENT_LEVELS ? r->path[r->depth - 1] : OTHER;
}

/* Begins an item; its value follows. */
static void new_item(struct ak_event_record *r, struct ak_span name)
{
    if (r->item_count == AK_EVENT_ITEMS || r->pool.failed) {
        r->items_left_out++;
        return;
    }
    r->items[r->item_count].name = r->pool.size;
    ak_text_bytes(&r->pool, name.bytes, name.size);
    ak_text_char(&r->pool, '\0');
    r->items[r->item_count].value = r->pool.size - 1;
    if (r->pool.failed)
        r->items_left_out++;
    else
        r->item_count++;
}

void ak_event_record_open(struct ak_event_record *r, struct ak_span name)
{
    struct ak_span none = {NULL, 0};
    uint8_t element = OTHER, parent = parent_of(r);
    if (r->depth == 0)
        element = ak_words_equal(name, "Event") ? EVENT : OTHER;
    for (size_t i = 0; i < sizeof children / sizeof children[0] && element == OTHER; i++)
        if (children[i].parent == parent && parent != OTHER &&
            (children[i].name == NULL || ak_words_equal(name, children[i].name)))
            element = children[i].element;
    if (r->depth < AK_EVENT_LEVELS)
        r->path[r->depth] = element;
    r->depth++;
    r->attribute = NO_ATTRIBUTE;
    ak_text_clear(&r->value);
    if (element == DATA)
        new_item(r, none);
    if (element == USER_ITEM)
        new_item(r, name);
    r->user_data = r->user_data || element == USER_DATA;
}

static void copy(struct ak_text *value, char *out, size_t room)
{
    struct ak_span span = {(const uint8_t *)value->bytes, value->size};
    size_t n = span.size < room - 1 ? span.size : room - 1;
    while (n > 0 && n < span.size && (span.bytes[n] & 0xc0) == 0x80)
        n--;
    if (n != 0)
        memcpy(out, span.bytes, n);
    out[n] = '\0';
}

static uint64_t number_of(const struct ak_text *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value->size && value->bytes[i] >= '0' && value->bytes[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(value->bytes[i] - '0');
    return number;
}

static void end_attribute(struct ak_event_record *r)
{
    struct ak_event_item *item;
    switch (r->attribute) {
    case PROVIDER_NAME:
        copy(&r->value, r->provider, sizeof r->provider);
        r->unwanted = r->wants != NULL && !r->wants(r->provider);
        break;
    case SYSTEM_TIME:
        if (!r->has_time)
            r->has_time = ak_moment_parse(ak_text_string(&r->value), &r->time);
        break;
    case PROCESS_ID:
        copy(&r->value, r->process, sizeof r->process);
        break;
    case DATA_NAME: /* the item has no value yet: its name is replaced */
        if (r->item_count == 0 || r->items[r->item_count - 1].value + 1 != r->pool.size)
            break;
        item = &r->items[r->item_count - 1];
        r->pool.size = item->name;
        ak_text_bytes(&r->pool, r->value.bytes, r->value.size);
        ak_text_char(&r->pool, '\0');
        item->value = r->pool.size - 1;
        r->item_count -= r->pool.failed;
        break;
    default:
        break;
    }
    r->attribute = NO_ATTRIBUTE;
    ak_text_clear(&r->value);
}

void ak_event_record_attribute(struct ak_event_record *r, struct ak_span name)
{
    uint8_t element = parent_of(r);
    if (r->attribute != NO_ATTRIBUTE)
        end_attribute(r);
    ak_text_clear(&r->value);
    r->attribute = IGNORED;
    if (element == PROVIDER && ak_words_equal(name, "Name"))
        r->attribute = PROVIDER_NAME;
    if (element == TIME_CREATED && ak_words_equal(name, "SystemTime"))
        r->attribute = SYSTEM_TIME;
    if (element == EXECUTION && ak_words_equal(name, "ProcessID"))
        r->attribute = PROCESS_ID;
    if (element == DATA && ak_words_equal(name, "Name"))
        r->attribute = DATA_NAME;
}

void ak_event_record_content(struct ak_event_record *r)
{
    if (r->attribute != NO_ATTRIBUTE)
        end_attribute(r);
    ak_text_clear(&r->value);
}

void ak_event_record_text(struct ak_event_record *r, struct ak_span utf8)
{
    size_t room = VALUE_MAXIMUM - 1 - r->value.size; /* the rest of a longer one is cut */
    if (utf8.size > room)
        utf8.size = room;
    ak_text_bytes(&r->value, utf8.bytes, utf8.size);
}

void ak_event_record_filetime(struct ak_event_record *r, uint64_t filetime)
{
    char text[24];
    if (r->attribute == SYSTEM_TIME && ak_filetime_read(filetime, &r->time)) {
        r->has_time = true;
        return;
    }
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)filetime);
    struct ak_span span = {(const uint8_t *)text, (size_t)n};
    ak_event_record_text(r, span);
}

static void end_item(struct ak_event_record *r)
{
    if (r->item_count == 0 || r->items[r->item_count - 1].value + 1 != r->pool.size)
        return; /* left out, or has its value */
    r->items[r->item_count - 1].value = r->pool.size;
    ak_text_bytes(&r->pool, r->value.bytes, r->value.size);
    ak_text_char(&r->pool, '\0');
    if (r->pool.failed) {
        r->item_count--;
        r->items_left_out++;
    }
}

void ak_event_record_again(struct ak_event_record *r)
{
    struct ak_span none = {NULL, 0};
    if (parent_of(r) != DATA || r->attribute != NO_ATTRIBUTE)
        return;
    end_item(r);
    ak_text_clear(&r->value);
    new_item(r, none);
}

void ak_event_record_close(struct ak_event_record *r)
{
    if (r->depth == 0)
        return;
    if (r->attribute != NO_ATTRIBUTE)
        end_attribute(r);
    switch (parent_of(r)) {
    case EVENT_ID:
        r->id = (uint32_t)number_of(&r->value);
        r->has_id = true;
        break;
    case LEVEL:
        r->level = (uint32_t)number_of(&r->value);
        break;
    case RECORD_ID:
        r->record_id = number_of(&r->value);
        break;
    case CHANNEL:
        copy(&r->value, r->channel, sizeof r->channel);
        break;
    case COMPUTER:
        copy(&r->value, r->computer, sizeof r->computer);
        break;
    case DATA:
    case USER_ITEM:
        end_item(r);
        break;
    default:
        break;
    }
    r->depth--;
    ak_text_clear(&r->value);
}

const char *ak_event_record_name(const struct ak_event_record *r, size_t item)
{
    return r->pool.bytes + r->items[item].name;
}

const char *ak_event_record_value(const struct ak_event_record *r, size_t item)
{
    return r->pool.bytes + r->items[item].value;
}

const char *ak_event_record_find(const struct ak_event_record *r, const char *name)
{
    for (size_t i = 0; i < r->item_count; i++)
        if (strcmp(ak_event_record_name(r, i), name) == 0)
            return ak_event_record_value(r, i);
    return NULL;
}
