/* One attempt at a server: connect, what goes before TLS, TLS as far as wanted, maybe a login.
 *
 * A state machine without I/O: it is told what happened on its connection and when, and says what
 * to send, until when it waits, and how to close. Times are of one monotonic clock, in nanoseconds.
 * Hostile servers cost bounded time (deadlines for each step and for the whole) and bounded memory
 * (base/limits.h). Two engines stand behind it: our own hellos, which need no cryptography and stop
 * at the server's first flight, and OpenSSL over memory, which completes handshakes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_ATTEMPT_H
#define AK_PROBE_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/service_names.h"
#include "observe/certificate.h"
#include "observe/conversation.h"
#include "predict/party.h"
#include "probe/dhe_zero.h"
#include "probe/hello.h"

/* What goes before TLS. */
enum ak_probe_way {
    AK_PROBE_TLS,     /* nothing */
    AK_PROBE_TDS,     /* TDS 7: PRELOGIN, then TLS inside PRELOGIN packets (MS-TDS 3.2.5.1) */
    AK_PROBE_STRICT,  /* TDS 8: TLS first with ALPN tds/8.0, then PRELOGIN inside */
    AK_PROBE_STARTTLS /* the dialogue of the service `starttls` */
};

/* How far to go. Own engine up to FLIGHT, OpenSSL beyond. */
enum ak_probe_depth {
    AK_PROBE_CONNECT, /* TCP alone */
    AK_PROBE_ASK,     /* the PRELOGIN reply, the answer to STARTTLS or CONNECT */
    AK_PROBE_HELLO,   /* the ServerHello, or a HelloRetryRequest */
    AK_PROBE_FLIGHT,  /* all of the server's first flight (TLS 1.3: the ServerHello) */
    AK_PROBE_FINISH,  /* both Finished */
    AK_PROBE_INSIDE,  /* strict: the PRELOGIN reply inside TLS; else as FINISH */
    AK_PROBE_LOGIN    /* LOGIN7 answered */
};

struct ak_probe_login {
    const char *user, *password, *database, *application, *host, *server; /* UTF-8; NULL: empty */
};

struct ak_probe_limits {
    int64_t connect, step, whole; /* nanoseconds; 0: defaults of data/thresholds.csv */
};

/* Borrowed until the attempt is freed. */
struct ak_probe_plan {
    enum ak_probe_way way;
    enum ak_service starttls; /* SMTP to RDP */
    enum ak_probe_depth depth;
    struct ak_hello_plan hello; /* what the client offers; OpenSSL is set to the same lists */
    uint8_t encryption;         /* PRELOGIN: enum ak_tds_encryption */
    const char *instance;       /* PRELOGIN: NULL for the default */
    const char *proxy_host;     /* speak CONNECT proxy_host:proxy_port first; NULL: no proxy */
    uint16_t proxy_port;
    const char *name;                   /* the server's, for XMPP, EHLO; NULL: "localhost" */
    const struct ak_probe_login *login; /* depth LOGIN */
    bool send_raw;                      /* send `raw` instead of a built hello (own engine only) */
    const uint8_t *raw;                 /* whole TLS records */
    size_t raw_size;
    const struct ak_dhe_zero_plan *dhe_zero; /* the leading-zero probe instead of an engine: TLS up
                                                to both Finished; NULL: none */
    /* Resume this session (OpenSSL's SSL_SESSION, as ak_attempt_session gave it); NULL: none. */
    void *session;
    bool abrupt; /* close by RST instead of an alert and a FIN */
    struct ak_probe_limits limits;
};

/* Who ended it and how, in the words of docs/architecture.md, or that the wish was reached. */
enum ak_probe_end {
    AK_PROBE_END_REACHED,     /* as deep as was wanted */
    AK_PROBE_END_UNREACHABLE, /* no route, no name */
    AK_PROBE_END_REFUSED,     /* TCP: RST to the SYN */
    AK_PROBE_END_TIMEOUT,     /* this side gave up waiting */
    AK_PROBE_END_FIN,
    AK_PROBE_END_RST,
    AK_PROBE_END_ALERT,    /* a fatal alert of the server */
    AK_PROBE_END_DECLINED, /* the server said no before TLS: encryption not supported, STARTTLS or
                              CONNECT refused */
    AK_PROBE_END_REJECTED, /* this side could not accept what the server sent; `own_alert` */
    AK_PROBE_END_NONSENSE, /* the server's bytes are not the protocol that was asked for */
    AK_PROBE_END_TOO_MUCH, /* the server sent more than any honest one would */
    AK_PROBE_END_STOPPED,  /* interrupted by the user */
    AK_PROBE_END_NOTHING   /* nothing could be sent: the hello would be empty, or memory lacked */
};

struct ak_probe_result {
    enum ak_probe_end end;
    enum ak_stage stage;    /* last step reached */
    int64_t began;          /* clock */
    int64_t step[AK_STEPS]; /* clock of the first occurrence; 0: never. SYN is the begin, SYN_ACK
                               the opened connection */
    int64_t ended;
    struct ak_alert alert; /* of the server, when END_ALERT; frame unused */
    uint8_t own_alert;     /* END_REJECTED: the alert that OpenSSL sent */
    char reason[120];      /* END_REJECTED, END_NONSENSE: OpenSSL's or our own words, English */

    bool has_reply; /* PRELOGIN reply */
    bool has_encryption;
    uint8_t encryption;
    uint8_t version_major, version_minor;
    uint16_t build;
    bool wrong_instance;
    char starttls_answer[40];
    uint32_t proxy_code;

    bool has_server_hello, hello_retry, completed;
    bool server_ems, resumed, renegotiation_info;
    uint16_t version, suite, group, scheme;
    unsigned dh_bits;
    bool dh_leading_zero; /* of the server's public value as sent, or shortened */
    char alpn[32];
    size_t chain_count, chain_sent;
    struct ak_certificate *chain[AK_MAX_CHAIN]; /* references held by the attempt */
    bool client_certificate_requested;
    unsigned dhe_zero_tries; /* exponents that the leading-zero probe looked at */
    uint32_t ssl2_suites;    /* SSL 2.0 ServerHello: number of its cipher kinds */

    bool login_acknowledged;
    int32_t login_error; /* first ERROR token; 0: none */
    uint8_t login_state;
    char login_text[240]; /* UTF-8 */
    char login_program[64];
    char routing_server[256];
    uint16_t routing_port;
    uint32_t packet_size;    /* that the server set for the session; 0: nothing said */
    uint64_t sent, received; /* bytes of TCP payload */
};

struct ak_attempt;

/* `certificates` interns chains. NULL: out of memory. Does nothing yet. */
struct ak_attempt *ak_attempt_new(const struct ak_probe_plan *plan,
                                  const struct ak_hello_source *source,
                                  struct ak_certificate_store *certificates, int64_t now);
void ak_attempt_free(struct ak_attempt *attempt);

/* What happened on the connection. */
void ak_attempt_opened(struct ak_attempt *attempt, int64_t now);
void ak_attempt_received(struct ak_attempt *attempt, const uint8_t *bytes, size_t size,
                         int64_t now);
/* `end`: UNREACHABLE, REFUSED, TIMEOUT, FIN, RST or STOPPED. */
void ak_attempt_ended(struct ak_attempt *attempt, enum ak_probe_end end, int64_t now);
/* The time may have come for a deadline. */
void ak_attempt_tick(struct ak_attempt *attempt, int64_t now);

/* What it wants now. Look after every call above. */
/* Bytes to send; they count as sent and are gone with the next call. Empty: none. */
struct ak_span ak_attempt_outgoing(struct ak_attempt *attempt);
/* When to call ak_attempt_tick; INT64_MAX: never. */
int64_t ak_attempt_deadline(const struct ak_attempt *attempt);
/* It is over: send what is outgoing, then close by RST when *abrupt, else in the usual way. */
bool ak_attempt_over(const struct ak_attempt *attempt, bool *abrupt);
/* Valid at any time, whole when over. */
const struct ak_probe_result *ak_attempt_result(const struct ak_attempt *attempt);

/* The session that a completed handshake up to TLS 1.2 left, for the next plan; owned by the
 * caller, who drops it. NULL: none that could be resumed. */
void *ak_attempt_session(const struct ak_attempt *attempt);
void *ak_session_keep(void *session);
void ak_session_drop(void *session);

const char *ak_probe_end_name(enum ak_probe_end end);

#endif
