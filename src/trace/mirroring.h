/* SQL Server's endpoint for database mirroring and availability groups (by habit port 5022): its
 * protocol is not published, so only what is embedded in it and proves itself is taken: NTLM
 * messages, SPNEGO and Kerberos tokens, and whole TLS records, in the first AK_MAX_EMBEDDED bytes
 * of each direction; and how long either side kept the other waiting.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_MIRRORING_H
#define AK_TRACE_MIRRORING_H

#include "trace/dialogue.h"

/* A segment of unknown bytes. The port alone says nothing: the service is named when something is
 * found. Of TLS the borders are not known, so the conversation is said to have a hole. */
void ak_mirroring_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes);

#endif
