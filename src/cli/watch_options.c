/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch_options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"

#include "base/banned.h"

enum { LEAST_BUFFER = 256 * 1024, MOST_BUFFER = 2047 * 1024 * 1024, MOST_KEPT = 9999 };

/* "100M", "24h", "7d": a number and a letter of `units`, whose meanings are `factors`. */
static bool number_with_unit(const char *value, const char *units, const uint64_t *factors,
                             uint64_t most, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    if (*value < '0' || *value > '9' || errno != 0 || unit == NULL || end[1] != '\0' ||
        number == 0 || number > most / factors[unit - units])
        return false;
    *out = number * factors[unit - units];
    return true;
}

static enum ak_taken take_rotate(const char *value, struct ak_watch_arguments *o)
{
    static const uint64_t sizes[] = {1024, 1024 * 1024, 1024 * 1024 * 1024};
    static const uint64_t times[] = {3600, 86400};
    enum { LONGEST = 366 * 86400 };
    if (number_with_unit(value, "KMG", sizes, UINT64_MAX / 2, &o->rotate_bytes) ||
        number_with_unit(value, "hd", times, LONGEST, &o->rotate_seconds))
        return AK_TAKEN;
    ak_complain("--rotate=%s: a size like 100M, 2G or a time like 1h, 7d is needed", value);
    return AK_TAKEN_WRONG;
}

static enum ak_taken take_buffer(const char *value, struct ak_watch_arguments *o)
{
    static const uint64_t sizes[] = {1024, 1024 * 1024, 1024 * 1024 * 1024};
    uint64_t size;
    if (!number_with_unit(value, "KMG", sizes, MOST_BUFFER, &size) || size < LEAST_BUFFER) {
        ak_complain("--buffer=%s: a size from 256K to 2047M is needed, like 64M", value);
        return AK_TAKEN_WRONG;
    }
    o->buffer = (size_t)size;
    return AK_TAKEN;
}

static enum ak_taken take_keep(const char *value, struct ak_watch_arguments *o)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || number == 0 || number > MOST_KEPT) {
        ak_complain("--keep: '%s' is no number from 1 to %d", value, (int)MOST_KEPT);
        return AK_TAKEN_WRONG;
    }
    o->keep = (unsigned)number;
    o->has_keep = true;
    return AK_TAKEN;
}

enum ak_taken ak_watch_option(const char *name, const char *value, struct ak_watch_arguments *o)
{
    if (strcmp(name, "rotate") == 0)
        return take_rotate(value, o);
    if (strcmp(name, "buffer") == 0)
        return take_buffer(value, o);
    if (strcmp(name, "keep") == 0)
        return take_keep(value, o);
    if (strcmp(name, "metrics") == 0)
        o->metrics = value;
    else if (strcmp(name, "user-name") == 0)
        o->user_name = value;
    else if (strcmp(name, "keep-privileges") == 0)
        o->keep_privileges = true;
    else if (strcmp(name, "no-promiscuous") == 0)
        o->not_promiscuous = true;
    else
        return AK_TAKEN_OTHER;
    return AK_TAKEN;
}

static bool wrong(const char *text)
{
    ak_complain("watch: %s\nTry 'akushu help watch'.", text);
    return false;
}

bool ak_watch_arguments_fit(const struct ak_arguments *a)
{
    const struct ak_watch_arguments *o = &a->watch;
    bool rotates = o->rotate_bytes != 0 || o->rotate_seconds != 0;
    if (a->list)
        return a->operand_count == 0 || wrong("--list takes no interface");
    if (a->operand_count == 0)
        return wrong("an interface is needed: 'akushu watch --list' shows them");
    if (a->format == AK_FORMAT_CSV)
        return wrong("the format is text or jsonl");
    if ((rotates || o->has_keep) && (a->output == NULL || strcmp(a->output, "-") == 0))
        return wrong("--rotate and --keep need a file: --output=FILE");
    if (o->has_keep && !rotates)
        return wrong("--keep belongs to --rotate");
    if (o->keep_privileges && o->user_name != NULL)
        return wrong("--keep-privileges and --user-name exclude each other");
    return true;
}
