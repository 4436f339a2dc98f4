/* SQL Server Browser over UDP 1434: requests for instances, and answers that name their ports.
 *
 * [MC-SQLR] 2.2.1 to 2.2.6. Spans borrow the datagram. Texts are in the server's code page.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SSRP_H
#define AK_CODEC_SSRP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/text.h"

enum { AK_SSRP_PORT = 1434 };

enum ak_ssrp_kind {
    AK_SSRP_BROADCAST = 0x02, /* all servers of the network, all instances */
    AK_SSRP_UNICAST = 0x03,   /* one server, all instances */
    AK_SSRP_INSTANCE = 0x04,  /* one instance */
    AK_SSRP_ANSWER = 0x05,
    AK_SSRP_DAC = 0x0f /* the port of an instance's administrator connection */
};

struct ak_ssrp_request {
    enum ak_ssrp_kind kind;
    struct ak_span instance; /* INSTANCE, DAC; else empty */
};

/* UNKNOWN: another first byte; BAD: more bytes than the kind has, or a name of none or above 32. */
enum ak_verdict ak_ssrp_request_parse(struct ak_span datagram, struct ak_ssrp_request *request,
                                      struct ak_parse *parse);

/* Appends a request; `instance` for INSTANCE and DAC alone. False: no name, one of more than 32
 * bytes, or a kind that is no request. */
bool ak_ssrp_request_build(enum ak_ssrp_kind kind, const char *instance, struct ak_text *out);

struct ak_ssrp_answer {
    bool dac;            /* the answer to a DAC request: `port` */
    uint16_t port;       /* of the administrator connection */
    struct ak_span text; /* else: "ServerName;...;;", as far as it was captured */
};

/* SHORT: the datagram is cut; what there is can be used. */
enum ak_verdict ak_ssrp_answer_parse(struct ak_span datagram, struct ak_ssrp_answer *answer,
                                     struct ak_parse *parse);

struct ak_ssrp_instance {
    struct ak_span server, name, version;
    uint16_t tcp_port; /* 0: no TCP */
};

/* The next instance of an answer's text, which is moved on; false: none is left. */
bool ak_ssrp_instance_next(struct ak_span *text, struct ak_ssrp_instance *instance);

/* The instance of this name (compared without case, ASCII) in an answer's text; false: not there.
 * The answer to an INSTANCE request holds it alone. */
bool ak_ssrp_instance_find(struct ak_span text, const char *name,
                           struct ak_ssrp_instance *instance);

#endif
