/* Is a text one JSON value (RFC 8259)? And what stands at a path in it? For tests of writers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_JSON_CHECK_H
#define AK_TESTS_SUPPORT_JSON_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Each gives the first byte behind the value, or NULL when there is none. */
static inline const char *json_value(const char *p);

static inline const char *json_string(const char *p)
{
    if (*p++ != '"')
        return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\')
            continue;
        p++;
        if (*p == 'u') {
            if (strspn(p + 1, "0123456789abcdefABCDEF") < 4)
                return NULL;
            p += 4;
        } else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL) {
            return NULL;
        }
    }
    return p + 1;
}

static inline const char *json_group(const char *p, char end, bool keys)
{
    if (*++p == end)
        return p + 1;
    for (;; p++) {
        if (keys && ((p = json_string(p)) == NULL || *p++ != ':'))
            return NULL;
        p = json_value(p);
        if (p == NULL || (*p != ',' && *p != end))
            return NULL;
        if (*p == end)
            return p + 1;
    }
}

static inline const char *json_number(const char *p)
{
    p += *p == '-';
    size_t n = strspn(p, "0123456789");
    return n == 0 || (n > 1 && *p == '0') ? NULL : p + n;
}

static inline const char *json_value(const char *p)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*p == '{')
        return json_group(p, '}', true);
    if (*p == '[')
        return json_group(p, ']', false);
    if (*p == '"')
        return json_string(p);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return p + strlen(words[i]);
    return json_number(p);
}

/* The value at "a.b[0].c", not terminated; NULL when the path leads nowhere. */
static inline const char *json_at(const char *p, const char *path)
{
    while (p != NULL && *path != '\0') {
        path += *path == '.';
        size_t n = strcspn(path, ".[");
        if (*path == '[') {
            unsigned index = 0;
            for (path++; *path != ']'; path++)
                index = index * 10 + (unsigned)(*path - '0');
            path++;
            if (*p++ != '[')
                return NULL;
            for (; index > 0 && p != NULL; index--) {
                p = json_value(p);
                p = p != NULL && *p == ',' ? p + 1 : NULL;
            }
            continue;
        }
        if (*p++ != '{')
            return NULL;
        for (;;) {
            const char *end = json_string(p);
            if (end == NULL)
                return NULL;
            bool found = (size_t)(end - p) == n + 2 && strncmp(p + 1, path, n) == 0;
            p = end + 1;
            if (found)
                break;
            p = json_value(p);
            if (p == NULL || *p++ != ',')
                return NULL;
        }
        path += n;
    }
    return p;
}

static inline void assert_json(const char *text)
{
    const char *end = json_value(text);
    if (end == NULL || (*end != '\0' && strcmp(end, "\n") != 0))
        fail_msg("this is not one JSON value: %s", text);
}

static inline void assert_json_at(const char *text, const char *path, const char *value)
{
    const char *at = json_at(text, path);
    if (value == NULL) {
        if (at != NULL)
            fail_msg("%s is there: %.60s", path, at);
        return;
    }
    if (at == NULL || strncmp(at, value, strlen(value)) != 0 ||
        json_value(at) != at + strlen(value))
        fail_msg("%s is %.80s, not %s", path, at ? at : "nowhere", value);
}

#endif
