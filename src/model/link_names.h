/* Names of link types, as www.tcpdump.org/linktypes.html has them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_LINK_NAMES_H
#define AK_MODEL_LINK_NAMES_H

#include <stdint.h>

/* NULL when the name is not known here. */
const char *ak_link_type_name(uint32_t link_type);

#endif
