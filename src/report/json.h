/* A streaming JSON writer over a text buffer: no tree, no formatting library. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSON_H
#define AK_REPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct ak_json {
    struct ak_text *out;
    bool comma; /* a value precedes in this object or array */
};

static inline void ak_json_separate(struct ak_json *j)
{
    if (j->comma)
        ak_text_char(j->out, ',');
    j->comma = true;
}

/* "key": ; keys are literals that need no escaping. */
static inline void ak_json_key_n(struct ak_json *j, const char *key, size_t size)
{
    ak_json_separate(j);
    ak_text_char(j->out, '"');
    ak_text_bytes(j->out, key, size);
    ak_text_bytes(j->out, "\":", 2);
}
/* The same of a literal, whose size and comma are settled when it is compiled. */
static AK_ALWAYS_INLINE void ak_json_key_literal(struct ak_json *j, const char *text, size_t size)
{
    struct ak_text *out = j->out;
    if (AK_UNLIKELY(size > out->room - out->size) && !ak_text_reserve(out, size))
        return;
    if (AK_LIKELY(j->comma)) {
        memcpy(out->bytes + out->size, text, size);
        out->size += size;
    } else {
        memcpy(out->bytes + out->size, text + 1, size - 1);
        out->size += size - 1;
        j->comma = true;
    }
}
#define ak_json_key(j, key) ak_json_key_literal(j, ",\"" key "\":", sizeof(",\"" key "\":") - 1)

static inline void ak_json_open(struct ak_json *j, char bracket)
{
    ak_text_char(j->out, bracket);
    j->comma = false;
}

static inline void ak_json_close(struct ak_json *j, char bracket)
{
    ak_text_char(j->out, bracket);
    j->comma = true;
}

/* A string value with everything escaped that JSON or a terminal could trip over. */
void ak_json_text(struct ak_json *j, const char *utf8);

#define ak_json_member_text(j, key, value) (ak_json_key(j, key), ak_json_text(j, value))
#define ak_json_member_u64(j, key, value) (ak_json_key(j, key), ak_text_u64((j)->out, value))
#define ak_json_member_bool(j, key, value)                                                         \
    (ak_json_key(j, key), ak_text_add((j)->out, (value) ? "true" : "false"))
/* A text that is known to need no escaping. */
#define ak_json_member_word(j, key, value)                                                         \
    (ak_json_key(j, key), ak_text_char((j)->out, '"'), ak_text_add((j)->out, value),               \
     ak_text_char((j)->out, '"'))

/* A code point as a value: "0x1301". */
void ak_json_code(struct ak_json *j, uint16_t code);
/* A member with the name of a code point, or the code itself where it has none; 0: no member. */
void ak_json_member_code(struct ak_json *j, const char *key, uint16_t code, const char *name);
/* A time value in quotes, with nanoseconds. */
void ak_json_time(struct ak_json *j, int64_t nanoseconds);
/* The same of seconds: certificates are valid until 9999, nanoseconds in 64 bits end in 2262. */
void ak_json_date(struct ak_json *j, int64_t seconds);
/* The member `event` as far as every line has it: kind "event" or "alert", category "network" or
 * "configuration". The object stays open: more members may follow before it is closed. */
void ak_json_event_open(struct ak_json *j, const char *kind, const char *category);
/* The same, closed. */
void ak_json_event(struct ak_json *j, const char *kind, const char *category);
/* The member that names the Elastic Common Schema's version. */
void ak_json_ecs(struct ak_json *j);

/* "2026-11-22T01:02:03.123456789Z" for nanoseconds since 1970; `fraction` digits 0 or 9. */
void ak_text_time(struct ak_text *out, int64_t nanoseconds, bool fraction);
/* The same for seconds since 1970, with zeros as the fraction. */
void ak_text_date(struct ak_text *out, int64_t seconds, bool fraction);

#endif
