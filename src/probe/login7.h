/* The LOGIN7 message (MS-TDS 2.2.6.4): a password in it is hidden from nobody, so it is built into
 * the caller's bytes, which the caller wipes, and sent through TLS alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_LOGIN7_H
#define AK_PROBE_LOGIN7_H

#include "probe/attempt.h"

/* One packet: nine texts of at most 128 characters. */
enum { AK_LOGIN7_ROOM = 4096 };

/* Builds header and message; returns the size, or 0 when a text has more than 128 characters.
 * `strict`: TDS 8.0, else 7.4. */
size_t ak_login7_build(const struct ak_probe_login *login, bool strict,
                       uint8_t packet[AK_LOGIN7_ROOM]);

#endif
