/* The view of a Windows event log: records of Schannel, SQL Server, its Agent and the service
 * control manager as events.
 *
 * Schannel names its data in two shapes (EventData with names, UserData/EventXML) or not at all;
 * SQL Server gives the arguments of its message in their order.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LOGS_EVENT_VIEW_H
#define AK_LOGS_EVENT_VIEW_H

#include "codec/event_record.h"
#include "observe/event.h"

/* Whether records of this provider are looked at, for ak_event_record_init. */
bool ak_event_view_wants(const char *provider);
/* Fills the event; false: nothing that matters. `file` is borrowed by it. */
bool ak_event_view(const struct ak_event_record *record, const char *file, struct ak_event *event);

#endif
