/* One TCP attempt and all that was seen in it: the observation that rules and reports work on.
 *
 * The words outcome, stage, closer and close are defined in docs/architecture.md. Everything kept
 * is a copy; nothing borrows from the capture.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_CONVERSATION_H
#define AK_OBSERVE_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/limits.h"
#include "model/gss_names.h"
#include "model/service_names.h"
#include "observe/certificate.h"
#include "observe/hello_shape.h"
#include "observe/letters.h"
#include "observe/side.h"
#include "observe/source.h"

enum ak_protocol {
    AK_PROTOCOL_UNKNOWN,
    AK_PROTOCOL_TDS,  /* TDS 4 to 7, TLS (if any) inside PRELOGIN packets */
    AK_PROTOCOL_TDS8, /* strict: TLS first, ALPN tds/8.0 */
    AK_PROTOCOL_TLS
};

enum ak_outcome {
    AK_OUTCOME_ESTABLISHED,
    AK_OUTCOME_FAILED,
    AK_OUTCOME_REFUSED,
    AK_OUTCOME_UNANSWERED,
    AK_OUTCOME_PLAINTEXT,
    AK_OUTCOME_INCOMPLETE
};

enum ak_stage {
    AK_STAGE_P0,
    AK_STAGE_P1,
    AK_STAGE_P2,
    AK_STAGE_P3,
    AK_STAGE_P4,
    AK_STAGE_P5,
    AK_STAGE_P5B,
    AK_STAGE_P6,
    AK_STAGE_P7
};

enum ak_close { AK_CLOSE_NONE, AK_CLOSE_ALERT, AK_CLOSE_FIN, AK_CLOSE_RST, AK_CLOSE_TIMEOUT };

/* Steps of a conversation whose first occurrence is remembered with frame and time. */
enum ak_step {
    AK_STEP_SYN,
    AK_STEP_SYN_ACK,
    AK_STEP_FIRST_CLIENT_DATA,
    AK_STEP_FIRST_SERVER_DATA,
    AK_STEP_PROXY_REQUEST,
    AK_STEP_PROXY_ANSWER,
    AK_STEP_STARTTLS,
    AK_STEP_STARTTLS_ANSWER,
    AK_STEP_PRELOGIN,
    AK_STEP_PRELOGIN_REPLY,
    AK_STEP_CLIENT_HELLO,
    AK_STEP_HELLO_RETRY,
    AK_STEP_SERVER_HELLO,
    AK_STEP_CERTIFICATE,
    AK_STEP_SERVER_KEY_EXCHANGE,
    AK_STEP_CERTIFICATE_REQUEST,
    AK_STEP_SERVER_HELLO_DONE,
    AK_STEP_CLIENT_CERTIFICATE,
    AK_STEP_CLIENT_KEY_EXCHANGE,
    AK_STEP_CLIENT_FINISHED,
    AK_STEP_SERVER_FINISHED,
    AK_STEP_LOGIN,
    AK_STEP_CLIENT_DATA,
    AK_STEP_SERVER_RESPONSE,
    AK_STEP_ALERT,
    AK_STEP_FIN,
    AK_STEP_RST,
    AK_STEPS
};

struct ak_when {
    uint64_t frame; /* 1, 2, 3 ... in its capture (observe/source.h); 0: never */
    int64_t time;   /* nanoseconds since 1970, UTC */
};

struct ak_endpoint {
    uint8_t version; /* 4 or 6 */
    uint8_t address[16];
    uint16_t port;
};

struct ak_alert {
    enum ak_side by;
    uint8_t level, code;
    uint64_t frame;
};

/* Counters of one side. */
struct ak_side_seen {
    uint64_t packets, bytes; /* bytes: TCP payload on the wire, retransmissions included */
    uint32_t unanswered; /* tries (keep-alives, retransmissions) since the other side was heard */
    uint8_t ttl_low, ttl_high; /* of packets other than RST; 0: none */
    uint8_t rst_ttl;
    bool fin, rst, syn;
    bool data; /* sent payload */
    bool woke; /* sent the packet that ended the last long pause */
    uint64_t retransmissions, keep_alives, zero_windows;
};

/* What TDS said in clear. Allocated only when there was any. */
struct ak_tds_seen {
    bool has_prelogin, has_reply;
    uint8_t client_encryption, server_encryption; /* raw bytes; see has_* */
    bool has_client_encryption, has_server_encryption;
    uint8_t client_version[2], server_version[2]; /* major, minor */
    uint16_t client_build[2], server_build[2];    /* build, sub-build */
    bool has_client_version, has_server_version;
    bool mars, fedauth_required, wrong_instance;
    bool bad_prelogin; /* structure that a server must refuse */
    bool login_only;   /* clear TDS after an encrypted LOGIN7 */
    bool old_login;    /* TDS 4.2/5.0 login packet */
    bool clear_login, clear_login_password;
    bool login_acknowledged; /* LOGINACK in clear */
    bool sspi;
    bool smp; /* MARS multiplexing seen in clear */
    bool smp_fin[AK_SIDES];
    bool unwrapped_early[AK_SIDES]; /* raw TLS where PRELOGIN wrapping was still due */
    uint32_t login_tds_version, login_packet_size, client_pid;
    uint32_t acknowledged_tds_version, changed_packet_size;
    int32_t error_number; /* first ERROR token in clear; 0: none */
    uint8_t error_state, error_severity;
    uint16_t routing_port;
    char *instance, *host, *application, *library, *login_server, *database, *language;
    char *error_text, *routing_server, *program;
};

/* What was said in clear before TLS could begin. Allocated only when it was understood. */
struct ak_clear_seen {
    enum ak_service service;
    enum ak_starttls starttls;
    char starttls_answer[40];             /* the server's word: "220", "NO", "S"; "": none seen */
    uint32_t rdp_requested, rdp_selected; /* bits of security protocols */
    enum ak_proxy_kind proxy;             /* the innermost one */
    char *proxy_host;                     /* what was asked of it; a PROXY header's destination */
    uint16_t proxy_port;
    bool proxy_answered, proxy_granted;
    uint32_t proxy_code; /* HTTP status, SOCKS reply; when proxy_answered */
    char *proxy_client;  /* address that a PROXY header gives to the client */
    uint16_t proxy_client_port;
    enum ak_proxy_kind behind[AK_MAX_CLEAR_LAYERS]; /* those passed before it */
    size_t behind_count;
    char *ntlm_server, *ntlm_domain, *ntlm_user, *ntlm_workstation; /* embedded NTLM messages */
    struct ak_gss_seen {
        struct ak_when first; /* frame 0: no SPNEGO or Kerberos token was seen */
        unsigned offered;     /* bit n for enum ak_gss_mechanism n */
        enum ak_gss_mechanism chosen;
        bool has_state;
        uint8_t state;                     /* the last negState */
        enum ak_kerberos_message kerberos; /* the last one */
        struct ak_when refused;            /* negState reject, or a KRB-ERROR */
        int32_t error;                     /* of the KRB-ERROR */
    } gss;
    /* A mirroring endpoint's handshake: the longest wait of AK_THRESHOLD_ENDPOINT_STALL_MS or more,
     * what ended it and whose word that was; the last segment, frame 0 once it is certain to be
     * over. */
    int64_t stall;
    struct ak_when stall_end, endpoint_last;
    enum ak_side stall_by;
};

struct ak_tls_seen {
    /* What every record touches. */
    uint16_t version, cipher_suite, group; /* negotiated; 0: unknown */
    uint16_t version_code;                 /* as on the wire: drafts of 1.3 keep their number */
    bool has_server_hello, hello_retry, resumed, server_ems, early_data;
    bool change_cipher[AK_SIDES], finished[AK_SIDES];
    unsigned client_hellos, server_hellos;
    uint32_t application_records[AK_SIDES];
    unsigned client_data_turns;   /* times the client spoke after the handshake */
    uint64_t last_response_bytes; /* server's data since the client last began to speak */
    struct ak_hello_shape *hello; /* first ClientHello; NULL: not seen */
    char *server_name;            /* NULL: none; short ones lie in name_room */
    char *server_alpn;            /* likewise in alpn_room */
    char ja3s[33];
    uint16_t retry_group;
    uint16_t server_signature_scheme;
    bool ssl2_hello;
    bool malformed_hello; /* a ClientHello or ServerHello whose lengths contradict each other */
    struct ak_certificate *chain[AK_MAX_CHAIN]; /* the server's, leaf first */
    size_t chain_count, chain_sent;
    bool certificate_message; /* a server Certificate message was seen, maybe empty */
    bool client_certificate_requested, client_certificate_sent, client_certificate_empty;
    unsigned dh_prime_bits;                              /* DHE; 0: none */
    bool dh_server_leading_zero, dh_client_leading_zero; /* of Ys and Yc as sent, or shortened */
    uint32_t encrypted_alerts[AK_SIDES];
    struct ak_when first_encrypted_alert[AK_SIDES];
    uint64_t random[AK_SIDES]; /* of the first ClientHello and ServerHello, a part; 0: none */
    char name_room[48], alpn_room[16];
};

/* What tells a connection from all others, and how far each side's bytes came: taken when the
 * conversation is handed out, for observe/join.h. Frames and times are 0 when there was none. */
struct ak_tcp_seen {
    uint32_t isn;
    bool has_isn;
    uint32_t sent; /* bytes in a row from the first one on; the FIN does not count */
    uint16_t largest_again, largest_late; /* payload of a repeated segment; of one out of order */
    struct ak_when rst, fin;
    uint64_t print; /* a hash of the first segment's first bytes; 0: none */
};

/* What every segment touches comes first, down to the letters. */
struct ak_conversation {
    uint64_t last_frame, frames;
    int64_t last_time;
    struct ak_tls_seen *tls;         /* NULL: no TLS seen */
    struct ak_when last_server_data; /* last record or packet of data from the server */
    struct ak_side_seen side[AK_SIDES];
    enum ak_protocol protocol;
    struct ak_letters letters; /* see docs/architecture.md; of them the count alone is zeroed */
    uint64_t id;
    const struct ak_source *source; /* of the first frame; borrowed, lives as long as the reading */
    uint64_t first_frame;
    int64_t first_time;
    int64_t pause, pause_end; /* the last pause of AK_THRESHOLD_IDLE_DROP_MS or more; its end */
    struct ak_endpoint end[AK_SIDES];
    enum ak_outcome outcome;
    enum ak_stage stage;
    enum ak_side closed_by;
    enum ak_close close;
    enum ak_side tcp_end_by; /* AK_SIDE_NONE: neither FIN nor RST */
    bool tcp_end_rst;
    bool begun_before; /* no SYN seen */
    bool direction_guessed;
    bool hole;      /* bytes missing where a message was being read */
    bool truncated; /* handshake bytes cut by the capture's snapshot length */
    bool evicted;   /* reported early because of a memory limit */
    bool told;      /* was told while it was open, once both Finished were there (watch) */
    bool cleartext_login;
    bool http; /* plain text that begins like HTTP */
    uint32_t syn_retries;
    uint32_t encapsulations; /* of its first frame: bit n for enum ak_encapsulation n */
    struct ak_alert alert[AK_MAX_ALERTS];
    size_t alert_count;
    struct ak_when step[AK_STEPS];
    struct ak_tls_seen *tls_room; /* borrowed: where tls may lie, with contents of its own */
    struct ak_tds_seen *tds;      /* NULL: no TDS in clear */
    struct ak_clear_seen *clear;  /* NULL: no clear talk before TLS */
    char *instance;               /* that SQL Server Browser named for the port; NULL: none */
    uint32_t capture; /* 1, 2, 3 ...: conversations of one number were seen at one place */
    int64_t reach;    /* the capture is known to go on to here */
    struct ak_tcp_seen tcp[AK_SIDES];
};

const char *ak_protocol_name(enum ak_protocol protocol);
const char *ak_outcome_name(enum ak_outcome outcome);
const char *ak_stage_name(enum ak_stage stage);
const char *ak_side_name(enum ak_side side);
const char *ak_close_name(enum ak_close close);
const char *ak_step_name(enum ak_step step);
/* The service that the clear talk, or else the offered or chosen ALPN protocol, tells. */
enum ak_service ak_conversation_service(const struct ak_conversation *conversation);
/* TLS, or a connection through a proxy, was asked for in clear, and nothing but that was said. */
bool ak_conversation_asked_in_vain(const struct ak_conversation *conversation);
/* "off", "on", "not_sup", "req"; NULL for a value that MS-TDS does not name. */
const char *ak_encryption_name(uint8_t raw);

/* "192.0.2.1" or "2001:db8::1" (RFC 5952); at most 46 bytes with the NUL. */
void ak_endpoint_text(const struct ak_endpoint *endpoint, char out[46]);

bool ak_endpoint_same(const struct ak_endpoint *a, const struct ak_endpoint *b);
uint64_t ak_endpoint_hash(struct ak_hash_key key, const struct ak_endpoint *endpoint);

/* Sets the server's name, or the protocol that it chose; NULL: none. A copy; without memory none.
 */
void ak_tls_set_server_name(struct ak_tls_seen *tls, const char *name, size_t size);
void ak_tls_set_server_alpn(struct ak_tls_seen *tls, const char *name, size_t size);

/* Releases what the conversation owns, not the struct itself. */
void ak_conversation_release(struct ak_conversation *conversation);

#endif
