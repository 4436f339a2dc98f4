/* A rule: predicates that must hold, a judgement of how sure it is, and facts to show for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_RULE_H
#define AK_DIAGNOSE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "diagnose/estate.h"
#include "diagnose/knowledge.h"
#include "observe/conversation.h"
#include "observe/join.h"
#include "observe/offer.h"

enum ak_grade { AK_GRADE_NONE, AK_GRADE_POSSIBLE, AK_GRADE_LIKELY, AK_GRADE_CERTAIN };
enum ak_severity { AK_SEVERITY_NOTE, AK_SEVERITY_WARNING, AK_SEVERITY_ERROR };
enum ak_answer { AK_ANSWER_NO, AK_ANSWER_LACK, AK_ANSWER_YES };
/* HOST: the machine itself, in whichever role it has. */
enum ak_change_side {
    AK_CHANGE_CLIENT,
    AK_CHANGE_SERVER,
    AK_CHANGE_BOTH,
    AK_CHANGE_NETWORK,
    AK_CHANGE_HOST
};

enum ak_rule_class {
    AK_RULE_CAUSE,      /* why a conversation died: one wins, the others are its rivals */
    AK_RULE_EXPOSURE,   /* true beside any cause */
    AK_RULE_LAST_RESORT /* only when no cause matched */
};

/* Typed facts; report/ puts them into words. The meaning of a, b and text stands with each. */
enum ak_fact_kind {
    AK_FACT_STEP,              /* a: enum ak_step */
    AK_FACT_CLOSE,             /* a: enum ak_side, b: enum ak_close */
    AK_FACT_ALERT,             /* a: enum ak_side, b: code */
    AK_FACT_OFFERED_VERSIONS,  /* a: highest, b: lowest or 0 */
    AK_FACT_CHOSEN_VERSION,    /* a: version */
    AK_FACT_OFFERED_SUITES,    /* a: number */
    AK_FACT_SERVER_CHOSE,      /* a: suite, b: id of the other conversation */
    AK_FACT_SERVER_GROUP,      /* a: group the server uses */
    AK_FACT_OFFERED_PROTOCOLS, /* text: ALPN names */
    AK_FACT_CERTIFICATE,       /* text: subject */
    AK_FACT_SIGNED_WITH,       /* text: algorithm; a: 1 the client lists it, 0 not */
    AK_FACT_VALIDITY,          /* a: not before, b: not after, seconds */
    AK_FACT_SELF_SIGNED,
    AK_FACT_NAME,                /* text: asked for; certificate does not carry it */
    AK_FACT_KEY_BITS,            /* a: RSA bits */
    AK_FACT_DH_BITS,             /* a: bits */
    AK_FACT_CERTIFICATE_REQUEST, /* a: 1 an empty certificate was sent */
    AK_FACT_DHE_SUITE,           /* a: suite, b: 1 with extended master secret */
    AK_FACT_PAIR_WORKED,         /* a: times, b: id of one */
    AK_FACT_SILENCE,             /* a: milliseconds, b: enum ak_side that waited */
    AK_FACT_SYN_RETRIES,         /* a: number */
    AK_FACT_ENCRYPTION,          /* a, b: raw bytes of client and server (b -1: none) */
    AK_FACT_SERVER_BUILD,        /* text: "11.0.6020" */
    AK_FACT_OTHER_FORM,          /* a: 7 the server answered TDS 7, 8 it answered strict */
    AK_FACT_LOAD,                /* a: conversations, b: silent ones in the window */
    AK_FACT_TTL,                 /* a: of the RST, b: of the side's other packets */
    AK_FACT_CLEAR_LOGIN,         /* a: 1 with a password; text: application or library */
    AK_FACT_OLD_LOGIN,
    AK_FACT_SQL_ERROR,        /* a: number; text: message */
    AK_FACT_RESPONSE_BYTES,   /* a: bytes */
    AK_FACT_ENCRYPTED_ALERT,  /* of the server, right after the client's Finished */
    AK_FACT_RAW_TLS13,        /* TLS 1.3 records without their PRELOGIN wrapping */
    AK_FACT_MICROSOFT_HOST,   /* text: the name asked for */
    AK_FACT_FOREIGN_ISSUER,   /* text: its distinguished name */
    AK_FACT_PROXY,            /* a: enum ak_proxy_kind; text: what it was asked for */
    AK_FACT_PAIR_RATE,        /* a: failed, b: all DHE handshakes of the two machines */
    AK_FACT_SUITE_RATE,       /* a: failed, b: all of all clients with this suite at the server */
    AK_FACT_NEWER_CLIENT,     /* a: version that the same client offered, b: id */
    AK_FACT_RESUMED_NO_EMS,   /* resumed, and only the client speaks of extended master secret */
    AK_FACT_UNANSWERED,       /* a: probes or retransmissions, b: enum ak_side that sent them */
    AK_FACT_IDLE,             /* a: milliseconds without a packet */
    AK_FACT_CONNECTION_RATE,  /* a: most connections in a minute, b: busy minutes in a row */
    AK_FACT_PACKET_SIZE,      /* a: bytes, b: id of the conversation that shows it */
    AK_FACT_SPLIT,            /* a: client's records after the handshake, b: times it spoke */
    AK_FACT_MARS,             /* a: 1 the client closed its session first (SMP FIN) */
    AK_FACT_OTHER_NODE,       /* text: address and port; a: id of a conversation that worked */
    AK_FACT_SERVICE,          /* text: service of that name; a: 1 its source is a vendor's page */
    AK_FACT_SLOW_STEP,        /* a: milliseconds, b: enum ak_step that ended the wait */
    AK_FACT_SLOW_SUM,         /* a: milliseconds of all waits together */
    AK_FACT_STALL,            /* a: milliseconds, b: enum ak_side that spoke then; NONE: it ended */
    AK_FACT_LOGIN_WAY,        /* text: "kerberos, ntlm" as SPNEGO offers or chooses */
    AK_FACT_STARTTLS_REFUSED, /* text: service and the server's answer, "smtp 454" */
    AK_FACT_WENT_ON_CLEAR,    /* the client went on without TLS */
    AK_FACT_NOT_ACKNOWLEDGED, /* a: repeated packets, b: enum ak_side that sent them */
    AK_FACT_CAPTURED_THERE,   /* a: TTL of the silent side's packets, b: of the other's */
    AK_FACT_PROXY_ANSWER,     /* a: its code; text: what was asked for */
    /* Of another capture of the connection; `other` is set where the frame is in that one: */
    AK_FACT_OTHER_CAPTURE,  /* a: id of the conversation there, b: nanoseconds its clock is ahead */
    AK_FACT_NEVER_SENT,     /* a: enum ak_side that is said to have sent it, b: 1 RST, 0 FIN */
    AK_FACT_SENT_THERE,     /* a: enum ak_side that sent it, b: 1 RST, 0 FIN */
    AK_FACT_TRANSLATED,     /* a: enum ak_side; text: "192.0.2.5:50001 -> 198.51.100.7:61000" */
    AK_FACT_VANISHED,       /* a: bytes, b: enum ak_side that sent them; text: first one's number */
    AK_FACT_VANISHED_LARGE, /* a: size of the segments that were repeated in vain */
    AK_FACT_ARRIVED,        /* a: enum ak_side of which every byte reached the other capture */
    AK_FACT_LOGIN_REFUSED,  /* text: "KRB-ERROR 14 (KDC_ERR_ETYPE_NOSUPP)", "SPNEGO reject" */
    /* Of hosts: */
    AK_FACT_SETTING,        /* text: key and name; a: value, -1 none; b: 1 something stands there */
    AK_FACT_PROTOCOL_STATE, /* text: protocol; a: enum ak_schannel_role; b: enum ak_protocol_state
                               << 8 | enum ak_why */
    AK_FACT_SYSTEM,         /* text: product; a: build or 0; b: enum ak_os_origin */
    AK_FACT_ODDITY,         /* text: key or value; a: enum ak_oddity */
    AK_FACT_MEANT,          /* text: what was meant by the one before */
    AK_FACT_DIRTY,          /* text: file of a hive whose last writes are missing */
    AK_FACT_AGENT,          /* text: name of an agent that is installed */
    AK_FACT_CHECK,        /* text: the check; a: 0 failed, 1 passed, 2 the evidence does not tell */
    AK_FACT_DOTNET_OFFER, /* text: versions, "" none; a: enum ak_dotnet_target; b: bitness */
    AK_FACT_NO_SUITE,     /* text: protocol; a: enum ak_schannel_role */
    AK_FACT_LEFT_OUT,     /* a: suites that a list leaves out, b: of how many */
    AK_FACT_PEER_CUT,     /* text: system that it has nothing in common with */
    AK_FACT_INSTANCE,     /* text: "MSSQLSERVER 13.2.5026.0" */
    AK_FACT_DRIVER,       /* text: name and version; a: enum ak_driver_tls12 */
    AK_FACT_PREDICTED,    /* a: enum ak_stage; b: enum ak_side that ends it << 32 | status */
    AK_FACT_SPEAKS,       /* text: versions, "" none; a: enum ak_side */
    AK_FACT_LEAST_CHANGE, /* a: enum ak_side << 8 | enum ak_change_kind; b: bits << 16 | code */
    AK_FACT_AGREED_SUITE, /* a: suite that both sides will agree on */
    AK_FACT_DHE_FIX,      /* text: system; a: 1 it keeps leading zeros as the RFC asks */
    AK_FACT_WRITTEN,      /* text: key; a: seconds since 1970 */
    AK_FACT_SHUT_DOWN,    /* a: seconds since 1970 of the last clean shutdown */
    AK_FACT_SUPPORT_ENDED,   /* text: date; a: seconds of the evidence; b: 1 paid updates too */
    AK_FACT_SUPPORT_PAID,    /* text: date until which paid updates come */
    AK_FACT_CALLS,           /* text: "client -> server" where both run SQL Server */
    AK_FACT_OTHER_HOST,      /* text: name of another machine of the evidence */
    AK_FACT_ONLY_HERE,       /* text: a suite or protocol that only this one of two has */
    AK_FACT_ONLY_THERE,      /* text: ... that only the other one has */
    AK_FACT_SUITES_REMOVED,  /* a: number; b: enum ak_why */
    AK_FACT_NO_CERTIFICATE,  /* text: instance without a certificate of its own */
    AK_FACT_REFUSED_AS,      /* text: rule of such an end */
    AK_FACT_NO_STRONG_SUITE, /* text: suites of which one is needed */
    /* Of a conversation and a machine: */
    AK_FACT_MET_HOST,      /* text: its name; a: enum ak_side; b: enum ak_met_by */
    AK_FACT_LIST_DISJOINT, /* text: machine; a: suites that it accepts, none of them offered */
    AK_FACT_CONTRADICTED,  /* text: machine whose settings allow it; a: version << 16 | suite */
    AK_FACT_PENDING,       /* text: key; a: seconds since 1970, after the last shutdown */
    AK_FACT_WRITTEN_LATER, /* text: key; a: seconds since 1970, after the conversation */
    AK_FACT_PROGRAM,       /* text: path of the client's program */
    AK_FACT_COLLECTED,     /* text: file and fact as a server told it of itself */
    /* Of servers that were asked: */
    AK_FACT_ASKED_VERSIONS, /* text: versions accepted, "" none; a: bits of ak_offer_version_at of
                               those refused */
    AK_FACT_ASKED_SUITES,   /* text: suites accepted; a: version; b: 1 there are no others */
    AK_FACT_ASKED_PART,     /* a: enum ak_hello_part without which the hello is accepted */
    AK_FACT_ASKED_PROOF,    /* text: version and suite; a: enum ak_hello_part << 16 | code; b: id of
                               the conversation, negative when only the server's flight came */
    AK_FACT_ASKED_ALSO,     /* a: suite that the proof had to add as well */
    AK_FACT_ASKED_ZERO,     /* a: enum ak_zero_verdict, b: connections */
    /* Of logs: */
    AK_FACT_EVENT,      /* a: enum ak_log_provider << 32 | number, b: times; text: codes, place */
    AK_FACT_LOGIN_TIME, /* a: milliseconds of a login, b: enum ak_login_part << 32 | its part */
    /* Of certificates that were found: */
    AK_FACT_CERT_USE, /* a: enum ak_cert_use; text: file or store, place in it, instance */
    AK_FACT_KEY_SPEC, /* a: enum ak_key_spec; b: 1 a key of CNG; text: provider, "" not told */
    AK_FACT_NO_PRIVATE_KEY, /* nothing says where the private key lies */
    AK_FACT_PURPOSE_OFF,    /* a: 1 switched off by hand, 0 the certificate lacks it */
    AK_FACT_KEY_USAGE,      /* its key usage lacks keyEncipherment */
    AK_FACT_NOT_NAMED,      /* text: machine that it does not name */
    AK_FACT_CASE_TIME,      /* a: seconds, the newest time of the evidence */
    AK_FACT_ISSUER,         /* text: subject of the certificate that issued it, at any distance */
    AK_FACT_WEAK_HASH,      /* text: signature algorithm */
    AK_FACT_THUMBPRINT      /* text: as it stands there; a: enum ak_thumbprint_state */
};

enum { AK_FACT_TEXT = 240 };

struct ak_fact {
    enum ak_fact_kind kind;
    bool other;     /* the frame is of the other capture of the connection */
    uint64_t frame; /* 0: of no single frame */
    int64_t after;  /* nanoseconds from the conversation's first frame to this one; -1: not known */
    int64_t a, b;
    char text[AK_FACT_TEXT];
};

struct ak_certificate_case;
struct ak_met;
struct ak_collected_set;

/* What a rule may look at. */
struct ak_view {
    const struct ak_conversation *c;
    const struct ak_tls_seen *tls;        /* may be NULL */
    const struct ak_tds_seen *tds;        /* may be NULL */
    const struct ak_hello_shape *hello;   /* may be NULL */
    const struct ak_certificate *leaf;    /* readable leaf of this conversation, or NULL */
    const struct ak_server_known *server; /* may be NULL */
    const struct ak_pair_known *pair;     /* may be NULL */
    const struct ak_pair_known *suite;    /* all clients of the server's suite; may be NULL */
    const struct ak_client_known *client; /* may be NULL */
    const struct ak_route_known *route;   /* may be NULL */
    const struct ak_name_known *name;     /* may be NULL */
    const struct ak_joint *joint;         /* the connection in another capture; may be NULL */
    const struct ak_offer *offer;         /* of this server, found by asking it; may be NULL */
    const struct ak_certificate_case *certificates; /* those that were found; may be NULL */
    size_t certificate_count;
    const struct ak_met *met;                 /* what logs and machines say of it; may be NULL */
    const struct ak_collected_set *collected; /* what servers told of themselves; may be NULL */
};

enum { AK_MATCH_FACTS = 16, AK_MATCH_RIVALS = 8, AK_MATCH_LACKS = 6 };

struct ak_match {
    enum ak_grade grade; /* NONE: after all, no match */
    /* As the rule has them, before its judge may say less of one conversation. */
    enum ak_severity severity;
    bool exposure; /* true beside any cause */
    enum ak_change_side side;
    size_t fact_count;
    const char *rivals[AK_MATCH_RIVALS]; /* rule ids */
    size_t rival_count;
    const char *lacks[AK_MATCH_LACKS]; /* ids of data/next_steps.csv */
    size_t lack_count;
    uint64_t count;                       /* places, for rules that look at hosts */
    bool failed;                          /* memory was lacking */
    struct ak_fact facts[AK_MATCH_FACTS]; /* last: those behind the count are nothing */
};

struct ak_predicate {
    const char *id; /* for --why-not: words in report/ */
    enum ak_answer (*holds)(const struct ak_view *view);
    const char *lack; /* id of data/next_steps.csv when it answers LACK */
};

enum { AK_RULE_PREDICATES = 6 };

struct ak_rule {
    const char *id;
    enum ak_severity severity;
    enum ak_rule_class class;
    bool of_working; /* true of connections that worked, too: those that only teach are judged */
    const char *proved_on;
    const struct ak_predicate *predicates[AK_RULE_PREDICATES]; /* NULL-terminated when shorter */
    /* Called when every predicate holds. */
    void (*judge)(const struct ak_view *view, struct ak_match *match);
};

/* All rules; among equal grades the earlier one is the cause. */
extern const struct ak_rule *const ak_rules[];
extern const size_t ak_rule_count;
const struct ak_rule *ak_rule_find(const char *id);

/* No match yet, and no facts: those of before are left where they lie. */
static inline void ak_match_begin(struct ak_match *m)
{
    memset(m, 0, offsetof(struct ak_match, facts));
}

/* For judges. Adding beyond the room is silently left out: facts are ordered by weight. */
void ak_match_fact(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a,
                   int64_t b);
void ak_match_text(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a,
                   const char *text);
/* The same, of a frame in the other capture of the connection. */
void ak_match_other(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a,
                    int64_t b);
void ak_match_rival(struct ak_match *m, const char *rule);
void ak_match_lack(struct ak_match *m, const char *next_step);
/* The facts that nearly every cause shows: last step reached, who closed and how. */
void ak_match_end(struct ak_match *m, const struct ak_view *view);

const char *ak_grade_name(enum ak_grade grade);
const char *ak_severity_name(enum ak_severity severity);
const char *ak_change_side_name(enum ak_change_side side);

#endif
