/* TLS records of one dialogue: handshake messages, alerts, who is encrypted, who has finished. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TRACE_TLS_SESSION_H
#define AK_TRACE_TLS_SESSION_H

#include "trace/dialogue.h"

/* The three calls between which a record passes, however it was wrapped. `wrapped`: inside TDS. */
void ak_tls_record_begin(struct ak_dialogue *d, enum ak_side side,
                         const struct ak_tls_record *record, bool wrapped);
void ak_tls_record_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes);
void ak_tls_record_end(struct ak_dialogue *d, enum ak_side side, bool wrapped);

/* All three for a record that is here whole, straight on the stream of a conversation in which TLS
 * was seen before. */
void ak_tls_whole_record(struct ak_dialogue *d, enum ak_side side,
                         const struct ak_tls_record *record, struct ak_span body);

/* Bytes of a TDS packet that carries TLS: records may begin and end anywhere in it. */
void ak_tls_wrapped_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes);
/* An SSL 2.0 record that may be a ClientHello (with its header). */
void ak_tls_ssl2_record(struct ak_dialogue *d, enum ak_side side, struct ak_span record);
/* Forgets what was half read, after a hole. */
void ak_tls_session_lost(struct ak_dialogue *d, enum ak_side side);
/* Clear TDS data that answers or follows the encrypted login. */
void ak_tls_data_turn(struct ak_dialogue *d, enum ak_side side, uint32_t bytes);

#endif
