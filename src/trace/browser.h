/* What SQL Server Browser said: which instance listens on which port of a server, and which
 * requests nobody answered. Bounded: of more than AK_MAX_BROWSER instances or requests the oldest
 * give way.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_BROWSER_H
#define AK_TRACE_BROWSER_H

#include "codec/packet.h"
#include "observe/conversation.h"
#include "observe/totals.h"

struct ak_browser;

/* NULL when out of memory. */
struct ak_browser *ak_browser_new(void);
void ak_browser_free(struct ak_browser *browser);

/* A UDP packet. False: not of SQL Server Browser. */
bool ak_browser_packet(struct ak_browser *browser, const struct ak_ip_packet *ip,
                       struct ak_totals *totals);
/* Name of the instance that listens there, or NULL. Borrowed until the next packet. */
const char *ak_browser_find(const struct ak_browser *browser, const struct ak_endpoint *server);

#endif
