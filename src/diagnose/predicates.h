/* Predicates that several rules share; each answers yes, no, or what evidence is lacking. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_PREDICATES_H
#define AK_DIAGNOSE_PREDICATES_H

#include "diagnose/rule.h"

extern const struct ak_predicate ak_has_hello;          /* the ClientHello was read */
extern const struct ak_predicate ak_died_at_p3;         /* ended between hello and its answer */
extern const struct ak_predicate ak_died_before_finish; /* the handshake did not complete */
extern const struct ak_predicate ak_server_ended;       /* the server closed first */
extern const struct ak_predicate ak_client_ended;       /* the client closed first */
extern const struct ak_predicate ak_has_leaf;           /* the server's certificate was read */
extern const struct ak_predicate ak_client_left_after_certificate;
extern const struct ak_predicate ak_is_tds;
extern const struct ak_predicate ak_no_hole; /* no bytes missing that matter */

/* The first fatal alert of a side; NULL when there is none. */
const struct ak_alert *ak_fatal_alert(const struct ak_conversation *c, enum ak_side by);
/* Is that alert's code one of the list (ended by 0)? */
bool ak_alert_among(const struct ak_alert *alert, const uint8_t *codes);
bool ak_offers_version(const struct ak_hello_shape *hello, uint16_t version);
/* TLS signature scheme pairs that stand for this certificate's signature; 0-terminated. */
void ak_certificate_schemes(const struct ak_x509 *certificate, uint16_t schemes[3]);
/* Does the client list an algorithm that fits the certificate's signature? True when the hello
 * has no signature_algorithms at all. */
bool ak_hello_takes_signature(const struct ak_hello_shape *hello, const struct ak_x509 *x);
bool ak_hash_is_weak(enum ak_sign_hash hash); /* MD5, SHA-224, SHA-512: scenarios S4 */
/* Milliseconds that the waits for the server took together, up to the answer to the login; 0 when
 * they are below the threshold. */
int64_t ak_slow_connect_ms(const struct ak_conversation *c);
/* The longest wait in the handshake of a mirroring endpoint, also one that ended it; 0 when it is
 * below the threshold. *by: who broke it (AK_SIDE_NONE: the wait ended the connection). */
int64_t ak_endpoint_stall_ms(const struct ak_conversation *c, enum ak_side *by);
/* A mirroring endpoint whose peer was refused: SPNEGO reject, or a Kerberos error. */
bool ak_endpoint_refused(const struct ak_conversation *c);
/* A connection to a mirroring endpoint that is over: in health it stays open for days. Its protocol
 * is not published, so what became of it only the servers' logs tell. */
bool ak_is_endpoint_over(const struct ak_conversation *c);
/* The server closed, or sent alert 40, 70 or 71, instead of answering the ClientHello. */
bool ak_hello_was_refused(const struct ak_view *view);
/* The side that left its peer's packets without an acknowledgement although they reached it: its
 * own packets show the TTL that they left with, so the capture was taken there, while the peer's
 * came over a router. AK_SIDE_NONE: nobody. */
enum ak_side ak_ignores_packets(const struct ak_conversation *c);
/* Does one client open connections to one server at a rate that uses up its dynamic ports? */
bool ak_uses_up_ports(const struct ak_route_known *route);
void ak_fact_hello(struct ak_match *m, const struct ak_view *view);
void ak_fact_certificate(struct ak_match *m, const struct ak_view *view,
                         const struct ak_certificate *certificate);

#endif
