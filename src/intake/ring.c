/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/ring.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

/* Numbers in a name, from left to right; more than this and the name is no series. */
enum { NUMBERS = 16, DIGITS = 18, DUMPCAP_COUNTER = 5, DUMPCAP_TIME = 14, DATE_DIGITS = 8 };

struct number {
    uint64_t value;
    size_t at, digits;
};

struct numbers {
    struct number list[NUMBERS];
    size_t count;
    bool good; /* no number is too long, and there are not too many */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static struct numbers numbers_of(const char *name)
{
    struct numbers n;
    memset(&n, 0, sizeof n);
    n.good = true;
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (!is_digit(name[i]))
            continue;
        struct number number = {0, i, 0};
        for (; is_digit(name[i + number.digits]); number.digits++)
            if (number.digits < DIGITS)
                number.value = number.value * 10 + (uint64_t)(name[i + number.digits] - '0');
        if (n.count == NUMBERS || number.digits > DIGITS) {
            n.good = false;
            return n;
        }
        n.list[n.count++] = number;
        i += number.digits - 1;
    }
    return n;
}

char *ak_ring_series(const char *path)
{
    size_t head = (size_t)(base_name(path) - path), size = strlen(path), used = head;
    char *key = ak_alloc(1, size + 1);
    if (key == NULL)
        return NULL;
    memcpy(key, path, head);
    for (size_t i = head; i < size; i++) {
        if (!is_digit(path[i])) {
            key[used++] = path[i];
            continue;
        }
        while (i + 1 < size && is_digit(path[i + 1]))
            i++;
        bool bracketed = used > head && key[used - 1] == '(' && path[i + 1] == ')';
        if (bracketed) { /* "trace(1).cap" belongs to "trace.cap" */
            used--;
            i++;
        } else if (i + 1 < size) { /* "trace.pcap1" belongs to "trace.pcap" */
            key[used++] = '#';
        }
    }
    key[used] = '\0';
    return key;
}

/* NAME_00001_20261122100000.pcapng: the counter's place among the numbers, or -1. */
static int dumpcap_counter(const char *name, const struct numbers *n)
{
    for (size_t i = 0; i + 1 < n->count; i++) {
        const struct number *counter = &n->list[i], *time = &n->list[i + 1];
        size_t end = time->at + time->digits;
        if (counter->at > 0 && name[counter->at - 1] == '_' && counter->digits >= DUMPCAP_COUNTER &&
            time->digits == DUMPCAP_TIME && time->at == counter->at + counter->digits + 1 &&
            name[time->at - 1] == '_' && (name[end] == '.' || name[end] == '\0'))
            return (int)i;
    }
    return -1;
}

static enum ak_ring_step dumpcap_step(uint64_t a, uint64_t b)
{
    return b == a + 1 ? AK_RING_YES : b > a ? AK_RING_MAYBE : AK_RING_NO;
}

/* A date or time that grows, in one number or in several. */
static bool is_later_date(const struct numbers *a, const struct numbers *b)
{
    size_t digits = 0;
    int order = 0;
    for (size_t i = 0; i < b->count; i++) {
        uint64_t va = a->list[i].value, vb = b->list[i].value;
        digits += b->list[i].digits;
        if (order == 0 && va != vb)
            order = vb > va ? 1 : -1;
    }
    return order > 0 && digits >= DATE_DIGITS;
}

enum ak_ring_step ak_ring_follows(const char *a, const char *b)
{
    const char *name_a = base_name(a), *name_b = base_name(b);
    struct numbers na = numbers_of(name_a), nb = numbers_of(name_b);
    if (!na.good || !nb.good)
        return AK_RING_NO;
    if (na.count + 1 == nb.count) { /* the first file has no number */
        uint64_t last = nb.list[nb.count - 1].value;
        for (size_t i = 0; i < na.count; i++)
            if (na.list[i].value != nb.list[i].value)
                return AK_RING_NO;
        return last == 1 || last == 2 ? AK_RING_MAYBE : AK_RING_NO;
    }
    if (na.count != nb.count)
        return AK_RING_NO;
    int counter = dumpcap_counter(name_a, &na);
    if (counter >= 0 && counter == dumpcap_counter(name_b, &nb))
        return dumpcap_step(na.list[counter].value, nb.list[counter].value);
    size_t differing = 0, at = 0;
    for (size_t i = 0; i < nb.count; i++)
        if (na.list[i].value != nb.list[i].value) {
            differing++;
            at = i;
        }
    if (differing == 1 && nb.list[at].value == na.list[at].value + 1)
        return AK_RING_MAYBE;
    if (differing == 1 && nb.list[at].value < na.list[at].value && nb.list[at].value <= 1)
        return AK_RING_MAYBE; /* tcpdump -W begins again */
    return is_later_date(&na, &nb) ? AK_RING_MAYBE : AK_RING_NO;
}
