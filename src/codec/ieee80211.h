/* An IEEE 802.11 data frame down to what it carries (802.11-2020 9.2, 9.3.2), as radios and NDIS
 * write it: NDIS hands over frames that are decrypted but still marked as protected, with or
 * without what encryption had put before the data.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_IEEE80211_H
#define AK_CODEC_IEEE80211_H

#include "codec/encapsulation_parts.h"

/* At the frame control field. OTHER: management, control, empty or encrypted. Of several frames in
 * one (A-MSDU) the first alone is read. `swapped`: the two bytes of frame control stand the other
 * way round, as some access points write them in tunnels. */
enum ak_network ak_peel_80211(struct ak_peeling *p, bool padded, bool swapped);
/* The same behind a radiotap header (www.radiotap.org). */
enum ak_network ak_peel_radiotap(struct ak_peeling *p);

#endif
