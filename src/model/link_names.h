/* Names of link types, as www.tcpdump.org/linktypes.html has them, and of what may lie between the
 * frame and the IP packet that counts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_LINK_NAMES_H
#define AK_MODEL_LINK_NAMES_H

#include <stdint.h>

/* NULL when the name is not known here. */
const char *ak_link_type_name(uint32_t link_type);

enum ak_encapsulation {
    AK_ENCAPSULATION_80211,
    AK_ENCAPSULATION_PPP,
    AK_ENCAPSULATION_PPPOE,
    AK_ENCAPSULATION_MPLS,
    AK_ENCAPSULATION_VN_TAG,
    AK_ENCAPSULATION_NSH,
    AK_ENCAPSULATION_IP_IN_IP,
    AK_ENCAPSULATION_6IN4,
    AK_ENCAPSULATION_4IN6,
    AK_ENCAPSULATION_GRE,
    AK_ENCAPSULATION_ERSPAN,
    AK_ENCAPSULATION_ETHERIP,
    AK_ENCAPSULATION_AH,
    AK_ENCAPSULATION_ESP_NULL,
    AK_ENCAPSULATION_VXLAN,
    AK_ENCAPSULATION_GENEVE,
    AK_ENCAPSULATION_GTP,
    AK_ENCAPSULATION_TEREDO,
    AK_ENCAPSULATION_L2TP,
    AK_ENCAPSULATION_CAPWAP,
    AK_ENCAPSULATIONS
};

const char *ak_encapsulation_name(enum ak_encapsulation encapsulation);

#endif
