/* Inside an attempt: its state, and what its layers share.
 *
 *   received -> in -> { proxy, STARTTLS, PRELOGIN }     a phase takes whole units from `in`
 *                  -> unwrap -> engine -> login         TLS passes PRELOGIN packets first
 *
 * A layer ends the attempt by ak_attempt_finish, or says that it is done by ak_attempt_next.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_ATTEMPT_STATE_H
#define AK_PROBE_ATTEMPT_STATE_H

#include "base/text.h"
#include "codec/starttls.h"
#include "codec/tds.h"
#include "codec/tls.h"
#include "probe/attempt.h"

enum ak_probe_phase {
    AK_PHASE_CONNECT,
    AK_PHASE_PROXY,
    AK_PHASE_STARTTLS,
    AK_PHASE_PRELOGIN,
    AK_PHASE_TLS,
    AK_PHASE_INNER_PRELOGIN, /* strict: inside TLS */
    AK_PHASE_LOGIN,
    AK_PHASE_OVER
};

/* One TDS message put together from its packets. */
struct ak_tds_message {
    struct ak_text body; /* at most AK_MAX_TDS_MESSAGE; what exceeds it is passed over */
    uint8_t type;
    bool whole;
};

/* TLS records out of PRELOGIN packets that cut them anywhere. */
struct ak_unwrap {
    bool on; /* packets are still possible */
    uint8_t header[AK_TDS_HEADER];
    size_t header_size;
    size_t left; /* of the packet */
};

struct ak_own_engine;
struct ak_openssl_engine;
struct ak_dhe_engine;

struct ak_attempt {
    struct ak_probe_plan plan;
    struct ak_hello_source source;
    struct ak_certificate_store *certificates;
    struct ak_probe_result result;
    enum ak_probe_phase phase;
    int64_t now, step_at;
    int64_t connect_limit, step_limit, whole_limit;
    struct ak_text out;
    size_t given; /* bytes of `out` that the caller has already */
    struct ak_text in;
    struct ak_text plain; /* behind TLS: decrypted bytes, or clear ones of a login's answer */
    size_t skip;          /* bytes of a long unit to pass over */
    bool skip_line;       /* and the rest of its line */
    unsigned records;
    bool peer_closed;  /* FIN, or a close_notify */
    bool wrap;         /* outgoing TLS goes into PRELOGIN packets */
    bool login_only;   /* encrypted is the login's packet alone */
    bool clear_answer; /* and its answer has begun, in clear */
    bool tls_begun;    /* a hello was sent */
    bool last_word;    /* complete, but the server's next word counts */
    uint16_t tls_version;
    uint8_t packet_number;
    struct ak_unwrap unwrap;
    struct ak_clear_state clear;
    unsigned clear_step;
    struct ak_tds_message message;
    struct ak_own_engine *own;
    struct ak_openssl_engine *openssl;
    struct ak_dhe_engine *dhe; /* behind `own`, which reads for it */
    enum ak_dhe_zero_form dhe_form;
};

/* ---- attempt.c ---- */

/* A step's first occurrence, and the stage that it means. Begins a new time for the next one. */
void ak_attempt_note(struct ak_attempt *attempt, enum ak_step step);
/* The attempt is over; only the first call counts. `reason` NULL: none. */
void ak_attempt_finish(struct ak_attempt *attempt, enum ak_probe_end end, const char *reason);
/* The present phase is done: the next one begins, or the wish is reached. */
void ak_attempt_next(struct ak_attempt *attempt);
/* The server had its last word, or had none in time. */
void ak_attempt_last_word(struct ak_attempt *attempt);
/* Is this as deep as was wanted? */
bool ak_attempt_deep_enough(const struct ak_attempt *attempt, enum ak_probe_depth depth);
/* Takes bytes from the front of `in`. */
void ak_attempt_consume(struct ak_attempt *attempt, size_t size);
/* A server's alert: ends the attempt if it means that. */
void ak_attempt_alert(struct ak_attempt *attempt, uint8_t level, uint8_t code);

/* ---- clear_ask.c ---- */

void ak_proxy_ask(struct ak_attempt *attempt);
void ak_starttls_ask(struct ak_attempt *attempt);
/* False: nothing more can be done with what is there. */
bool ak_proxy_read(struct ak_attempt *attempt);
bool ak_starttls_read(struct ak_attempt *attempt);

/* ---- prelogin.c ---- */

/* A PRELOGIN message with its packet header (MS-TDS 2.2.6.5). `instance` NULL: the default one. */
void ak_prelogin_build(uint8_t encryption, const char *instance, struct ak_text *out);
void ak_prelogin_ask(struct ak_attempt *attempt);
bool ak_prelogin_read(struct ak_attempt *attempt);
/* A whole reply in attempt->message: facts, and what they mean for TLS. */
void ak_prelogin_reply(struct ak_attempt *attempt);

/* ---- tds_frame.c ---- */

/* TLS bytes to send, in packets of at most 4096 bytes if the attempt wraps (MS-TDS 3.2.5.1). */
void ak_tls_send(struct ak_attempt *attempt, const uint8_t *bytes, size_t size);
/* The next run of TLS bytes in `in`; *used bytes of `in` are done with then. False: none yet. */
bool ak_tls_unwrap(struct ak_attempt *attempt, struct ak_span *run, size_t *used);
/* The next packet of a message at the front of these bytes; bytes used, 0: not whole yet. BAD in
 * *verdict: no packet. */
size_t ak_tds_message_read(struct ak_tds_message *message, struct ak_span bytes,
                           enum ak_verdict *verdict);
void ak_tds_message_begin(struct ak_tds_message *message);

/* ---- flight.c ---- */

/* A handshake message of the server (`body` behind type and length): its facts, and its step. */
void ak_flight_message(struct ak_attempt *attempt, uint8_t type, struct ak_span body);
/* SSL 2.0 SERVER-HELLO or ERROR, whole with its record header. */
void ak_flight_ssl2(struct ak_attempt *attempt, struct ak_span record);

/* ---- engines ---- */

/* Own: hello out, server's first flight in; stops when deep enough. */
bool ak_own_begin(struct ak_attempt *attempt);
void ak_own_received(struct ak_attempt *attempt, struct ak_span bytes);
void ak_own_close(struct ak_attempt *attempt);
void ak_own_free(struct ak_own_engine *engine);

bool ak_openssl_begin(struct ak_attempt *attempt);
void ak_openssl_received(struct ak_attempt *attempt, struct ak_span bytes);
/* Encrypts and sends; false: it could not. */
bool ak_openssl_write(struct ak_attempt *attempt, const uint8_t *bytes, size_t size);
void ak_openssl_close(struct ak_attempt *attempt);
void ak_openssl_free(struct ak_openssl_engine *engine);

/* The leading-zero probe (engine_dhe.c): what the own engine sent and read, and its answer. */
bool ak_dhe_begin(struct ak_attempt *attempt);
void ak_dhe_sent_hello(struct ak_attempt *attempt, struct ak_span message);
void ak_dhe_message(struct ak_attempt *attempt, struct ak_span message);
void ak_dhe_answer(struct ak_attempt *attempt);
/* True: the record was for it. */
bool ak_dhe_record(struct ak_attempt *attempt, uint8_t type, struct ak_span fragment);
/* False: nothing is encrypted yet. */
bool ak_dhe_close(struct ak_attempt *attempt);
void ak_dhe_free(struct ak_dhe_engine *engine);

/* ---- login.c ---- */

void ak_inner_prelogin_ask(struct ak_attempt *attempt);
void ak_login_ask(struct ak_attempt *attempt);
/* More came to `plain`. */
void ak_login_received(struct ak_attempt *attempt);
/* The server has closed: what came of its answer is read. */
void ak_login_closed(struct ak_attempt *attempt);

#endif
