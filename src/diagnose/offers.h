/* What asking a server (observe/offer.h) says about one conversation with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_OFFERS_H
#define AK_DIAGNOSE_OFFERS_H

#include "diagnose/rule.h"

/* Is this part of the conversation's hello what the server refuses? LACK: the server was not asked,
 * or with another hello, or no part was found to decide. */
enum ak_answer ak_offer_decides(const struct ak_view *v, enum ak_hello_part part);
/* Was the server asked with this conversation's hello until a part was found? */
bool ak_offer_decided(const struct ak_view *v);
/* What was found out about this part, and the proof. */
void ak_offer_facts(struct ak_match *m, const struct ak_view *v, enum ak_hello_part part);

#endif
