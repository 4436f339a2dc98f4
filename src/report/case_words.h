/* What the joining of a case found, in words: the timeline of a finding, and the clocks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_CASE_WORDS_H
#define AK_REPORT_CASE_WORDS_H

#include "base/text.h"
#include "diagnose/timeline.h"
#include "report/words.h"

/* What happened at this moment: "ClientHello", "Schannel 36874: ...". */
void ak_moment_words(const struct ak_moment *moment, enum ak_lang lang, struct ak_text *out);
/* "agrees", "zone", "differs", "unknown". */
const char *ak_clock_state_name(enum ak_clock_state state);
/* "system.evtx and trace.pcap agree (3 pairs, within 0.4 s)". */
void ak_alignment_words(const struct ak_alignment *alignment, enum ak_lang lang,
                        struct ak_text *out);

#endif
