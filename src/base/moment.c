/* SPDX-License-Identifier: Apache-2.0 */
#include "base/moment.h"

#include <stddef.h>

#include "base/banned.h"

enum { FIRST_YEAR = 1970, LAST_YEAR = 2261 };

/* Exactly `digits` decimal digits from *text, which moves on; -1 when they are not there. */
static int take_number(const char **text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool take(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Howard Hinnant's days-from-civil: years begin in March. */
int64_t ak_moment_days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_date(const char **text, int64_t *days)
{
    int year = take_number(text, 4);
    int month = take(text, '-') ? take_number(text, 2) : -1;
    int day = take(text, '-') ? take_number(text, 2) : -1;
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month))
        return false;
    *days = ak_moment_days(year, (unsigned)month, (unsigned)day);
    return true;
}

static bool take_clock(const char **text, int64_t *nanoseconds)
{
    int hour = take_number(text, 2);
    int minute = take(text, ':') ? take_number(text, 2) : -1, second = 0;
    int64_t rest = 0, unit = 100000000;
    if (take(text, ':')) {
        second = take_number(text, 2);
        if (take(text, '.') || take(text, ',')) {
            if (**text < '0' || **text > '9')
                return false;
            for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
                rest += (**text - '0') * unit;
        }
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *nanoseconds = ((int64_t)hour * 3600 + minute * 60 + second) * 1000000000 + rest;
    return true;
}

static bool take_offset(const char **text, int64_t *seconds)
{
    *seconds = 0;
    if (**text == '\0' || take(text, 'Z') || take(text, 'z'))
        return true;
    int sign = **text == '-' ? -1 : 1;
    if (!take(text, '-') && !take(text, '+'))
        return false;
    int hours = take_number(text, 2);
    (void)take(text, ':');
    int minutes = take_number(text, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *seconds = sign * ((int64_t)hours * 3600 + minutes * 60);
    return true;
}

bool ak_moment_parse(const char *text, int64_t *nanoseconds)
{
    int64_t days, clock = 0, offset = 0;
    if (!take_date(&text, &days))
        return false;
    if (*text != '\0') {
        if (!take(&text, 'T') && !take(&text, 't') && !take(&text, ' '))
            return false;
        if (!take_clock(&text, &clock) || !take_offset(&text, &offset))
            return false;
    }
    *nanoseconds = (days * 86400 - offset) * 1000000000 + clock;
    return *text == '\0';
}
