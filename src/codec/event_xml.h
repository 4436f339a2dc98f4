/* Events as text: what `wevtutil qe /f:xml`, Get-WinEvent's ToXml and "Save as XML" write.
 *
 * One event after the other, with or without an element around them, in any encoding of a console:
 * each <Event> is cut out of the text and read by expat on its own, so that one damaged event costs
 * nothing but itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_EVENT_XML_H
#define AK_CODEC_EVENT_XML_H

#include "base/error.h"
#include "codec/event_record.h"
#include "codec/log_text.h"

struct ak_event_xml;

/* Does the text hold events? `head` is without its mark. */
bool ak_event_xml_is(enum ak_log_units units, struct ak_span head);

/* `record` is used for each event and borrowed. NULL: out of memory. */
struct ak_event_xml *ak_event_xml_new(enum ak_log_units units, struct ak_event_record *record);
void ak_event_xml_free(struct ak_event_xml *xml);

struct ak_event_xml_counts {
    uint64_t records;
    uint64_t bad_records; /* not well formed, longer than AK_MAX_EVENT_XML, or cut by the end */
};

/* Takes the next bytes, whose last character may be cut, and tells every event that `record` does
 * not find unwanted. Returns how many bytes were used: the others are to be given again. `last`:
 * there are no more. AK_ERR_MEMORY alone is an error. */
enum ak_err ak_event_xml_feed(struct ak_event_xml *xml, struct ak_span bytes, bool last,
                              size_t *used,
                              void (*each)(void *context, const struct ak_event_record *record),
                              void *context);
const struct ak_event_xml_counts *ak_event_xml_counts(const struct ak_event_xml *xml);

#endif
