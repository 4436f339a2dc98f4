/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/ipv6_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { GROUPS = 8, GROUP_DIGITS = 4, NOWHERE = GROUPS + 1 };

struct literal {
    const uint32_t *text;
    size_t size, at;
    unsigned count;         /* 16-bit groups so far */
    unsigned gap;           /* groups before "::", or NOWHERE */
    uint16_t group[GROUPS]; /* as they stand in the text */
    size_t place[GROUPS];   /* of each group's first digit */
    unsigned dotted;        /* group that the dotted end begins, or NOWHERE */
};

static int digit_of(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)(c - 'a') + 10 : -1;
}

static bool is(const struct literal *l, size_t at, char c)
{
    return at < l->size && l->text[at] == (uint32_t)c;
}

/* "192.0.2.1" at the end counts as two groups. */
static bool read_dotted(struct literal *l)
{
    uint32_t value = 0;
    size_t at = l->at;
    for (unsigned octet = 0; octet < 4; octet++) {
        unsigned v = 0, digits = 0;
        if (octet != 0 && !is(l, at++, '.'))
            return false;
        for (; digits < 3 && at < l->size && l->text[at] >= '0' && l->text[at] <= '9'; at++)
            v = v * 10 + (l->text[at] - '0'), digits++;
        if (digits == 0 || v > 255 || (digits > 1 && l->text[at - digits] == '0'))
            return false;
        value = value << 8 | v;
    }
    if (l->count > GROUPS - 2)
        return false;
    l->dotted = l->count;
    l->place[l->count] = l->at;
    l->group[l->count++] = (uint16_t)(value >> 16);
    l->place[l->count] = l->at;
    l->group[l->count++] = (uint16_t)value;
    l->at = at;
    return true;
}

static bool read_group(struct literal *l)
{
    unsigned value = 0, digits = 0;
    size_t at = l->at;
    for (; digits < GROUP_DIGITS && at < l->size && digit_of(l->text[at]) >= 0; at++, digits++)
        value = value << 4 | (unsigned)digit_of(l->text[at]);
    if (digits != 0 && is(l, at, '.'))
        return read_dotted(l);
    if (digits == 0 || l->count == GROUPS)
        return false;
    l->place[l->count] = l->at;
    l->group[l->count++] = (uint16_t)value;
    l->at = at;
    return true;
}

/* Groups with ":" between them and "::" once. */
static bool read_groups(struct literal *l)
{
    if (is(l, 0, ':')) {
        if (!is(l, 1, ':'))
            return false;
        l->gap = 0;
        l->at = 2;
        if (!read_group(l))
            return true; /* "::" alone */
    } else if (!read_group(l)) {
        return false;
    }
    while (l->dotted == NOWHERE && is(l, l->at, ':')) {
        if (is(l, l->at + 1, ':')) {
            if (l->gap != NOWHERE)
                return false;
            l->gap = l->count;
            l->at += 2;
            if (!read_group(l))
                break; /* "2001:db8::" */
        } else {
            l->at++;
            if (!read_group(l))
                return false;
        }
    }
    return l->gap != NOWHERE ? l->count < GROUPS : l->count == GROUPS;
}

static bool goes_on(const struct literal *l)
{
    if (l->at >= l->size)
        return false;
    uint32_t c = l->text[l->at], low = c | 0x20;
    bool word = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    return word || c == ':' || c >= 0x80;
}

/* Where group i of the text stands in the address. */
static unsigned index_of(const struct literal *l, unsigned i)
{
    return l->gap != NOWHERE && i >= l->gap ? GROUPS - l->count + i : i;
}

static bool read_literal(struct literal *l, const uint32_t *text, size_t size)
{
    memset(l, 0, sizeof *l);
    l->text = text;
    l->size = size;
    l->gap = l->dotted = NOWHERE;
    return read_groups(l) && !goes_on(l);
}

/* In dotted form only what IPv6 carries of IPv4 is taken: ::ffff:0:0/96 and 64:ff9b::/96. */
static bool holds_ipv4(const uint8_t address[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    return memcmp(address, mapped, 12) == 0 || memcmp(address, nat64, 12) == 0;
}

size_t ak_ipv6_text_read(const uint32_t *text, size_t size, uint8_t address[16])
{
    struct literal l;
    if (!read_literal(&l, text, size))
        return 0;
    memset(address, 0, 16);
    for (unsigned i = 0; i < l.count; i++) {
        address[2 * index_of(&l, i)] = (uint8_t)(l.group[i] >> 8);
        address[2 * index_of(&l, i) + 1] = (uint8_t)l.group[i];
    }
    return l.dotted == NOWHERE || holds_ipv4(address) ? l.at : 0;
}

/* Room is that of the old octets; digits beyond it would be another's. */
static void put_dotted(uint32_t *text, size_t room, const uint8_t octets[4])
{
    char form[16];
    int size =
        snprintf(form, sizeof form, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
    for (size_t i = 0; i < room && (size_t)size == room; i++)
        text[i] = (uint8_t)form[i];
}

void ak_ipv6_text_put(uint32_t *text, size_t size, const uint8_t address[16])
{
    struct literal l;
    if (!read_literal(&l, text, size))
        return;
    for (unsigned i = 0; i < l.count; i++) {
        const uint8_t *to = address + 2 * index_of(&l, i);
        unsigned value = (unsigned)to[0] << 8 | to[1], digits = 0;
        if (i == l.dotted) {
            put_dotted(text + l.place[i], l.at - l.place[i], to);
            return;
        }
        while (digits < GROUP_DIGITS && l.place[i] + digits < l.at &&
               digit_of(text[l.place[i] + digits]) >= 0)
            digits++;
        for (unsigned at = digits; at-- > 0; value >>= 4) {
            uint32_t *c = &text[l.place[i] + at];
            bool upper = *c >= 'A' && *c <= 'F';
            *c = (uint32_t)(upper ? "0123456789ABCDEF" : "0123456789abcdef")[value & 15];
        }
    }
}
