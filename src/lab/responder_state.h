/* What the files of lab/responder share: the state of one talk, and of its server. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_RESPONDER_STATE_H
#define AK_LAB_RESPONDER_STATE_H

#include <openssl/ssl.h>

#include "codec/tls.h"
#include "lab/faulty_dhe.h"
#include "lab/responder.h"
#include "lab/tds_answer.h"
#include "observe/hello_shape.h"
#include "predict/party.h"

struct ak_lab_server {
    const struct ak_lab_settings *settings;
    const char *password;
    struct ak_lab_keys keys;
    struct ak_lab_build build;
    SSL_CTX *context;
    const struct ak_lab_authority *authority;
    int64_t day;
    struct ak_party *party;        /* with settings->party: who decides ... */
    struct ak_party *client, *now; /* ... and room for the two of one talk */
    struct ak_hello_store *hellos;
    unsigned busy; /* logins under way (settings->at_once) */
    uint16_t port;
    struct ak_faulty_session session;
};

enum ak_responder_phase {
    AK_PHASE_FIRST,     /* the first byte tells what the client speaks */
    AK_PHASE_PRELOGIN,  /* a whole PRELOGIN message is due, in clear or inside TLS */
    AK_PHASE_WORKING,   /* thinks about its answer, or waits for its turn */
    AK_PHASE_REPLIED,   /* TLS inside PRELOGIN packets, or LOGIN7 in clear */
    AK_PHASE_HANDSHAKE, /* TLS records, wrapped or not */
    AK_PHASE_LOGIN,
    AK_PHASE_RENEGOTIATING, /* the login is granted when the new handshake is over */
    AK_PHASE_REQUESTS,
    AK_PHASE_FLOOD, /* sends until the client has gone */
    AK_PHASE_PLAIN, /* TLS without TDS: answers what comes */
    AK_PHASE_OVER
};

struct ak_responder {
    struct ak_lab_server *server;
    enum ak_responder_phase phase;
    enum ak_responder_wish wish;
    int64_t deadline;
    struct ak_text held; /* what drips */
    int64_t next_drop;
    unsigned long floods; /* pieces sent so far */
    struct ak_text in, records, hello, plain, message, out, story;
    uint8_t message_type;
    bool tls, wrapped, strict, plain_tls; /* how its TLS came about */
    bool full;                            /* everything behind the login is encrypted too */
    bool holds_turn;
    uint8_t asked, replied; /* encryption bytes */
    uint32_t tds;

    SSL *ssl;
    struct ak_faulty_dhe *dhe;
    bool hello_read, hello_answered, change_cipher, finished, client_alert;
};

enum {
    AK_RESPONDER_HELD =
        256 * 1024, /* of each buffer of one talk: the longest honest one is a login */
    AK_RESPONDER_ENCRYPTION = 0x03, /* of PRELOGIN's byte: without the client certificate's bit */
    AK_MILLISECOND = 1000000
};

void ak_responder_note(struct ak_responder *r, const char *format, ...) AK_PRINTF(2, 3);
/* It ends here in this way. */
void ak_responder_end(struct ak_responder *r, enum ak_lab_close how);
/* True when the settings stop it after this step: it has ended then. */
bool ak_responder_step(struct ak_responder *r, enum ak_lab_step step);

/* ---- responder_tds.c ---- */

/* Each takes the next whole message of its phase and answers it. False: nothing could be done. */
bool ak_responder_prelogin(struct ak_responder *r, int64_t now);
bool ak_responder_login(struct ak_responder *r);
bool ak_responder_request(struct ak_responder *r);
/* The client's new hello came, or its no: the login is granted when the handshake is over. */
bool ak_responder_renegotiated(struct ak_responder *r);
/* Works on the reply to PRELOGIN, as soon as it is its turn; until r->deadline. */
void ak_responder_work(struct ak_responder *r, int64_t now);

/* ---- responder_flood.c ---- */

/* Sends the next piece of what never ends. */
void ak_responder_flood(struct ak_responder *r, int64_t now);
/* Holds back what is outgoing, but for one byte when it is due (settings->drip_ms). */
void ak_responder_drip(struct ak_responder *r, int64_t now);

/* ---- responder_tls.c ---- */

enum ak_err ak_lab_context_make(struct ak_lab_server *server, struct ak_error *error);
/* Takes the handshake's next whole records; false: nothing could be done. */
bool ak_responder_handshake(struct ak_responder *r);
/* One record of application data into `plain`; false: none is whole. */
bool ak_responder_decrypt(struct ak_responder *r);
/* Appends to `out`, encrypted. */
void ak_responder_encrypt(struct ak_responder *r, const void *bytes, size_t size);
/* A HelloRequest. False: this TLS has none; it goes on without. */
bool ak_responder_ask_anew(struct ak_responder *r);
/* The new handshake is over. */
bool ak_responder_is_anew(struct ak_responder *r);
/* Speaks it TLS 1.0 or older? */
bool ak_responder_is_old(const struct ak_responder *r);
/* A close_notify. */
void ak_responder_farewell(struct ak_responder *r);
/* Begins the engine. False: it has ended. */
bool ak_responder_tls_begin(struct ak_responder *r);

/* ---- responder_choice.c ---- */

/* Asks the party whether it would answer this hello, and holds OpenSSL to what it would answer.
 * False: it would refuse; it has ended. */
bool ak_responder_choose(struct ak_responder *r, const struct ak_client_hello *hello);
enum ak_err ak_lab_party_make(struct ak_lab_server *server, struct ak_error *error);

#endif
