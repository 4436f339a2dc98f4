/* What the text of a message holds whatever language it is in: addresses, codes, times,
 * thumbprints.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LOGS_MESSAGE_H
#define AK_LOGS_MESSAGE_H

#include "observe/event.h"

/* Does the text begin with the first fragment of the pattern and hold the others behind it? */
bool ak_message_fits(const char *text, const char *pattern);
/* The number of the message that begins so (data/log_texts.csv); 0: none that is known. */
uint32_t ak_message_number(const char *text);

/* Copies into `out`, cut at a character's border. */
void ak_message_copy(const char *text, size_t size, char *out, size_t room);
/* Fills what the text tells for the event's code: client, status, detail, state, login_ms, port,
 * build, thumbprint, host, instance; and keeps the text. */
void ak_message_read(struct ak_event *event, const char *text);
/* The milliseconds of a login as 17830 lists them, 16 or (up to SQL Server 2008) 8. What
 * contradicts itself, a part longer than the whole, is left. */
void ak_message_times(struct ak_event *event, const uint32_t *ms, size_t count);
/* "10.0.0.1", "::1", "fe80::1%5"; false: no address. */
bool ak_message_address(const char *text, size_t size, struct ak_endpoint *end);
/* The name of an instance in a path: "...\MSSQL15.SQL2\MSSQL\Log\ERRORLOG". False: no such path. */
bool ak_message_instance(const char *text, char *out, size_t room);

#endif
