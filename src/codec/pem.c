/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/pem.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static size_t find(struct ak_span text, size_t from, const char *what)
{
    size_t n = strlen(what);
    while (n <= text.size && from <= text.size - n) {
        const uint8_t *at = memchr(text.bytes + from, what[0], text.size - n - from + 1);
        if (at == NULL)
            break;
        from = (size_t)(at - text.bytes);
        if (memcmp(at, what, n) == 0)
            return from;
        from++;
    }
    return text.size;
}

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 4648 4, blanks anywhere. */
static bool decode(struct ak_span in, uint8_t *out, size_t room, size_t *size)
{
    uint32_t bits = 0;
    unsigned held = 0, padding = 0;
    *size = 0;
    for (size_t i = 0; i < in.size; i++) {
        if (is_blank(in.bytes[i]))
            continue;
        int value = value_of(in.bytes[i]);
        if (in.bytes[i] == '=') {
            padding++;
            continue;
        }
        if (value < 0 || padding != 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (*size == room)
            return false;
        out[(*size)++] = (uint8_t)(bits >> held);
    }
    return padding <= 2 && held < 6 && *size != 0;
}

bool ak_pem_next(struct ak_span text, const char *label, size_t *at, uint8_t *out, size_t room,
                 size_t *size)
{
    char begin[64], end[64];
    (void)snprintf(begin, sizeof begin, "-----BEGIN %s-----", label);
    (void)snprintf(end, sizeof end, "-----END %s-----", label);
    *size = 0;
    size_t from = find(text, *at, begin);
    if (from == text.size) {
        *at = text.size;
        return false;
    }
    from += strlen(begin);
    size_t to = find(text, from, end);
    *at = from;
    if (to == text.size)
        return false;
    struct ak_span body = {text.bytes + from, to - from};
    if (!decode(body, out, room, size))
        return false;
    *at = to + strlen(end);
    return true;
}
