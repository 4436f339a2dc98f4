/* What one server accepts, as found by asking it: the observation that a check makes.
 *
 * "Not tried" is never the same as "refused". A refusal counts only when a different hello, or the
 * same one a second time, got the same answer.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_OFFER_H
#define AK_OBSERVE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "observe/conversation.h"

enum ak_tried {
    AK_TRIED_NOT,
    AK_TRIED_ACCEPTED,
    AK_TRIED_REFUSED,
    AK_TRIED_UNCLEAR /* no answer in time, or answers that contradict each other */
};

/* Places in `version`, oldest first: SSL 2.0 to TLS 1.3. */
enum { AK_OFFER_VERSIONS = 6 };

struct ak_offer_version {
    uint8_t tried;        /* enum ak_tried: a wide hello with this version alone */
    uint8_t close;        /* enum ak_close of a refusal */
    uint8_t alert;        /* with AK_CLOSE_ALERT */
    bool suites_complete; /* asked until nothing more was accepted */
    uint16_t suite_count; /* in the server's order when it prefers its own */
    uint16_t suites[AK_MAX_OFFER_SUITES];
};

/* The parts of a hello that are tried one by one. */
enum ak_hello_part {
    AK_HELLO_VERSIONS,
    AK_HELLO_SUITES,
    AK_HELLO_SCHEMES, /* signature_algorithms */
    AK_HELLO_GROUPS,
    AK_HELLO_EMS,    /* extended_master_secret */
    AK_HELLO_SIGNAL, /* renegotiation_info */
    AK_HELLO_NAME,   /* server_name */
    AK_HELLO_ALPN,
    AK_HELLO_PARTS
};

/* The smallest change of the client's hello that the server accepted, and how far it was shown. */
struct ak_offer_proof {
    bool found;
    uint8_t part;       /* enum ak_hello_part */
    uint16_t code;      /* what was added; 0: the part as a whole */
    uint8_t also;       /* AK_HELLO_PARTS: nothing else; else a second part that had to change */
    uint16_t also_code; /* what was added to that one */
    bool completed;     /* both Finished were exchanged; else the server's flight came */
    uint16_t version, suite, group;
    uint64_t conversation; /* that shows it; 0: not numbered */
};

/* What the leading-zero probe found (KB4557473; RFC 5246 8.1.2). */
enum ak_zero_verdict {
    AK_ZERO_NOT_TRIED,
    AK_ZERO_NO_DHE,     /* the server picks no DHE suite */
    AK_ZERO_CORRECT,    /* takes the secret without its leading zeros, and only so */
    AK_ZERO_KEEPS,      /* takes it with them: one handshake in 256 fails with a correct peer */
    AK_ZERO_REFUSES_YC, /* refuses a client's public value that begins with a zero */
    AK_ZERO_NOT_SHOWN   /* nothing of that was seen: never "healthy" */
};

struct ak_offer {
    struct ak_endpoint end;
    const char *name;   /* as asked for; borrowed */
    const char *client; /* whose hello was sent; borrowed */
    enum ak_protocol protocol;
    const struct ak_source *source; /* of the conversations made as the client: `widened`, `cause`
                                       and `proof` speak of their hello */
    unsigned attempts;              /* connections that were made */
    unsigned worked, failed;        /* of those made as the client */
    bool asked;                     /* the ladder was climbed: the client's hello had failed */
    bool refused;                   /* the hello itself was refused, twice the same way */
    uint8_t tds7, strict;           /* enum ak_tried */
    bool not_tds; /* it answers TLS, not TDS: what was asked before counts for nothing */
    bool rare;    /* it takes only suites that hardly any client has: a version was refused with the
                     usual ones, which says nothing about others */
    uint8_t encryption_off; /* enum ak_tried: REFUSED means that encryption is forced */
    struct ak_offer_version version[AK_OFFER_VERSIONS];
    /* The client's hello with one part exchanged for a wide one. */
    uint8_t widened[AK_HELLO_PARTS]; /* enum ak_tried */
    uint8_t cause; /* enum ak_hello_part that decides; AK_HELLO_PARTS: none was found */
    struct ak_offer_proof proof;
    /* The chain that was shown when a wide hello was accepted; references held. */
    struct ak_certificate *chain[AK_MAX_CHAIN];
    size_t chain_count;
    int32_t login_error; /* that SQL Server answered to a login; 0: none */
    char login_text[240];
    uint32_t packet_size;         /* of a session; 0: nobody logged in */
    uint64_t storm, storm_silent; /* repetitions; those that died unheard at P0, P1, P6 */
    uint8_t zero;                 /* enum ak_zero_verdict */
    unsigned zero_connections;    /* that it took */
};

/* The place of a version's code in `version`; AK_OFFER_VERSIONS for none. */
size_t ak_offer_version_at(uint16_t code);
uint16_t ak_offer_version_code(size_t at);
const char *ak_tried_name(enum ak_tried tried);
const char *ak_hello_part_name(enum ak_hello_part part);
const char *ak_zero_verdict_name(enum ak_zero_verdict verdict);

#endif
