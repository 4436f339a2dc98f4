/* SPDX-License-Identifier: Apache-2.0 */
#include "base/upcase.h"

#include "base/attr.h"
#include "base/codepage_tables.h"
#include "base/utf16.h"

#include "base/banned.h"

static uint32_t upcase_ascii(uint32_t c)
{
    return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

static uint32_t upcase_table(uint32_t c)
{
    size_t low = 0, high = ak_upcase_run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ak_upcase_run *run = &ak_upcase_runs[middle];
        if (c < run->first)
            high = middle;
        else if (c > run->last)
            low = middle + 1;
        else
            return (c - run->first) % run->step == 0 ? (c + run->add) & 0xffff : c;
    }
    return c;
}

uint32_t ak_upcase(uint32_t c)
{
    return c < 0x80 ? upcase_ascii(c) : c < 0x10000 ? upcase_table(c) : c;
}

static uint32_t next(struct ak_span *text)
{
    if (text->bytes[0] < 0x80) {
        uint8_t c = text->bytes[0];
        text->bytes++;
        text->size--;
        return upcase_ascii(c);
    }
    return ak_upcase(ak_utf8_next(text));
}

bool ak_upcase_equal(struct ak_span a, struct ak_span b)
{
    while (a.size != 0 && b.size != 0)
        if (next(&a) != next(&b))
            return false;
    return a.size == b.size;
}

bool ak_same_name(const char *a, const char *b)
{
    return ak_upcase_equal(ak_span_of(a), ak_span_of(b));
}

bool ak_upcase_begins(struct ak_span text, const char *start)
{
    struct ak_span wanted = ak_span_of(start);
    while (text.size != 0 && wanted.size != 0)
        if (next(&text) != next(&wanted))
            return false;
    return wanted.size == 0;
}

uint64_t ak_upcase_hash(struct ak_hash_key key, struct ak_span text)
{
    uint32_t part[64];
    size_t n = 0;
    while (text.size != 0) {
        part[n++] = next(&text);
        if (n == AK_COUNT(part)) { /* each part keys the next */
            key.k0 ^= ak_hash_bytes(key, part, sizeof part);
            n = 0;
        }
    }
    return ak_hash_bytes(key, part, n * sizeof part[0]);
}
