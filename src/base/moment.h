/* Points in time as people write them: RFC 3339, UTC unless an offset is given. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_MOMENT_H
#define AK_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-22", "2026-11-22T10:15", "2026-11-22 10:15:03.5", each with "Z", "+09:00" or nothing
 * (UTC) behind the time. Nanoseconds since 1970; false for anything else, and for years outside
 * 1970 to 2261. A leap second counts as the second after it. */
bool ak_moment_parse(const char *text, int64_t *nanoseconds);

/* Days since 1970 of a date of the Gregorian calendar; months are 1 to 12, a day beyond its month
 * counts on. */
int64_t ak_moment_days(int64_t year, unsigned month, unsigned day);

#endif
