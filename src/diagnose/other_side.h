/* What another capture of the same connection adds to a judgement. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_OTHER_SIDE_H
#define AK_DIAGNOSE_OTHER_SIDE_H

#include "diagnose/rule.h"

/* The side whose RST or FIN ended the connection as this capture shows it, although that side's own
 * capture never shows it sent; AK_SIDE_NONE: there is none. */
enum ak_side ak_forged_end(const struct ak_view *view);
/* That side's own capture shows its RST or FIN, too. */
bool ak_end_confirmed(const struct ak_view *view);
/* Bytes of a side were lost between the captures; NULL: none. */
const struct ak_vanished *ak_vanished_of(const struct ak_view *view, enum ak_side side);
/* Both captures are there, and each byte that this side sent reached the other one's. */
bool ak_arrived(const struct ak_view *view, enum ak_side side);

/* Adds the facts that every cause shows when there is another capture. */
void ak_other_side_facts(struct ak_match *match, const struct ak_view *view);

#endif
