/* The clear talk that may go before TLS on a stream: STARTTLS dialogues, and requests to a proxy.
 *
 * Pure classification: bytes of one side and the state that the caller keeps go in, one unit (a
 * line, a packet, an element) and what it means comes out. Which dialogue it is, the bytes decide,
 * never a port. Spans borrow the bytes given. Nothing of a password is ever given out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP RFC 3207, IMAP RFC 9051 6.2.1, POP3 RFC 2595, FTP RFC 4217, LDAP RFC 4511 4.14, XMPP RFC
 * 6120 5, PostgreSQL protocol 3 (SSLRequest, GSSENCRequest), MySQL protocol 10 (SSLRequest), RDP
 * [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2; CONNECT RFC 9110 9.3.6, SOCKS4 and 4a, SOCKS5 RFC 1928 and
 * 1929, PROXY protocol 1 and 2 (haproxy.org). */
#ifndef AK_CODEC_STARTTLS_H
#define AK_CODEC_STARTTLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "model/service_names.h"

/* A unit is understood from at most this many bytes; the rest of a longer one is passed over. */
enum { AK_CLEAR_WINDOW = 512 };

enum ak_clear_event {
    AK_CLEAR_TEXT,   /* nothing that matters here */
    AK_CLEAR_OFFER,  /* the server can do TLS */
    AK_CLEAR_ASK,    /* the client asks for it */
    AK_CLEAR_ACCEPT, /* TLS follows on both sides */
    AK_CLEAR_REFUSE,
    AK_CLEAR_BYE,    /* the client takes its leave */
    AK_CLEAR_END,    /* it goes on in clear: nothing later matters */
    AK_CLEAR_TARGET, /* a proxy is asked for a connection to `target` */
    AK_CLEAR_GRANT,  /* it is there: another protocol begins on both sides */
    AK_CLEAR_DENY,
    AK_CLEAR_HEADER /* a PROXY header: another protocol begins on the client's side */
};

/* Addresses in `bytes`: 4 or 16 of them by version; version 0: a name or number in text. */
struct ak_clear_address {
    uint8_t version;
    struct ak_span bytes;
    uint16_t port;
};

struct ak_clear_unit {
    size_t size;      /* of the whole unit: more than was given means bytes to pass over */
    bool to_line_end; /* and then the rest of its line */
    enum ak_clear_event event;
    char answer[40];       /* ACCEPT, REFUSE: "220", "NO", "S", "SSL_NOT_ALLOWED_BY_SERVER" */
    uint32_t code;         /* GRANT, DENY: the proxy's number */
    uint32_t rdp_protocol; /* RDP, ASK: requested; ACCEPT: selected */
    struct ak_clear_address target, source; /* TARGET; HEADER: both, or neither */
};

struct ak_clear_row;

/* What the caller keeps of one dialogue; zero to begin with. */
struct ak_clear_state {
    const struct ak_clear_row *row; /* NULL: not known yet */
    enum ak_starttls starttls;
    uint16_t unanswered; /* commands so far without their last reply line */
    uint16_t before;     /* of them, those that went before the question for TLS */
    char tag[24];        /* IMAP: of that question */
    uint32_t id;         /* LDAP: message id of that question */
    uint8_t phase[2];    /* of a proxy's dialogue, client and server */
    bool gss;            /* PostgreSQL: GSSENCRequest without an answer */
};

/* The dialogue is known beforehand: that of a service, or of a proxy when the service is NONE.
 * False: there is none such. */
bool ak_clear_begin(struct ak_clear_state *state, enum ak_service service,
                    enum ak_proxy_kind proxy);

/* Which dialogue begins with these first bytes of one side? PARSED: state->row is set. SHORT: more
 * bytes may tell. UNKNOWN: none. */
enum ak_verdict ak_clear_detect(struct ak_clear_state *state, bool server, struct ak_span bytes);

/* The next unit of one side in a known dialogue. SHORT: more bytes are needed, of which never more
 * than AK_CLEAR_WINDOW; BAD: not this dialogue any more. Updates the state. */
enum ak_verdict ak_clear_read(struct ak_clear_state *state, bool server, struct ak_span bytes,
                              struct ak_clear_unit *unit);

enum ak_service ak_clear_service(const struct ak_clear_state *state);
enum ak_proxy_kind ak_clear_proxy(const struct ak_clear_state *state);
/* Units are text: none can begin with a TLS record. */
bool ak_clear_is_text(const struct ak_clear_state *state);

#endif
