/* What a SQL Server says: PRELOGIN replies, login answers, rows, errors, SQL Browser's answer.
 *
 * [MS-TDS] 2.2.6.5, 2.2.7; [MC-SQLR] 2.2.5. The mirror of codec/tds.h: appended to a text.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_TDS_ANSWER_H
#define AK_LAB_TDS_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

struct ak_lab_build {
    uint8_t major, minor;
    uint16_t build;
};

/* A message in packets of at most 4096 bytes; an empty body is one packet. */
void ak_tds_packets(struct ak_text *out, uint8_t type, const void *body, size_t size);

void ak_tds_prelogin_reply(struct ak_text *out, struct ak_lab_build build, uint8_t encryption);
/* LOGINACK for this TDS version (0x74000004), database, collation, packet size, DONE; a packet size
 * other than 4096 and a route are ENVCHANGE tokens of their own (`route` NULL: none). */
void ak_tds_login_answer(struct ak_text *out, uint32_t tds, struct ak_lab_build build,
                         uint32_t packet_size, const char *route, uint16_t route_port);
void ak_tds_error(struct ak_text *out, uint32_t tds, int32_t number, const char *text);
void ak_tds_done(struct ak_text *out, uint32_t tds, uint16_t status);
/* The answer to a batch or a call: a row of @@VERSION, of @@MAX_PRECISION, of 1 for any other
 * SELECT, else nothing but DONE. */
void ak_tds_batch_answer(struct ak_text *out, uint32_t tds, struct ak_span body,
                         struct ak_lab_build build);

/* To a request for this instance, or for all: empty when it asks for another. */
void ak_ssrp_lab_answer(struct ak_text *out, struct ak_span request, const char *instance,
                        struct ak_lab_build build, uint16_t port);

/* Does a LOGIN7 body carry this password? It is decoded and wiped here, never given out. */
bool ak_tds_password_is(struct ak_span login, const char *password);

#endif
