/* One server of the lab and its talk with one client: a state machine without I/O.
 *
 * A responder is told what its client sent and when; it says what to send, until when it waits, and
 * how to close. Everything it does is written in its server's settings. TLS comes from OpenSSL over
 * memory, or from the lab's own faulty engine (faulty_dhe.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_RESPONDER_H
#define AK_LAB_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "base/text.h"
#include "lab/certificate.h"
#include "lab/settings.h"

/* Keys, party and OpenSSL's context of one server; serves many responders. */
struct ak_lab_server;

/* `settings` is borrowed. `password`: what a login must carry; NULL: any. `day`: today, seconds
 * since 1970. NULL with `error` set. */
struct ak_lab_server *ak_lab_server_new(const struct ak_lab_settings *settings,
                                        const struct ak_lab_authority *authority,
                                        const char *password, int64_t day, struct ak_error *error);
void ak_lab_server_free(struct ak_lab_server *server);
const struct ak_lab_keys *ak_lab_server_keys(const struct ak_lab_server *server);
/* The port that it listens at: for ENVCHANGE routes. */
void ak_lab_server_at(struct ak_lab_server *server, uint16_t port);

struct ak_responder;

/* NULL: out of memory. */
struct ak_responder *ak_responder_new(struct ak_lab_server *server, int64_t now);
void ak_responder_free(struct ak_responder *responder);

void ak_responder_received(struct ak_responder *responder, const uint8_t *bytes, size_t size,
                           int64_t now);
void ak_responder_tick(struct ak_responder *responder, int64_t now);

/* Bytes to send; gone with the next call of the functions above. */
struct ak_span ak_responder_outgoing(struct ak_responder *responder);
/* When to call ak_responder_tick; INT64_MAX: never. */
int64_t ak_responder_deadline(const struct ak_responder *responder);

/* How to end it when what is outgoing was sent. SILENT: leave it open and say no more. DEAF: as if
 * the way were dead; not even TCP answers. */
enum ak_responder_wish {
    AK_RESPONDER_GOES_ON,
    AK_RESPONDER_FIN,
    AK_RESPONDER_RST,
    AK_RESPONDER_SILENT,
    AK_RESPONDER_DEAF
};
enum ak_responder_wish ak_responder_wants(const struct ak_responder *responder);
/* What happened so far in a few words, without any password. */
const char *ak_responder_story(struct ak_responder *responder);

#endif
