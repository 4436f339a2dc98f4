/* How one server of the lab behaves: what it speaks, how it refuses, what it does wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
/* All zero is a healthy SQL Server 2022 with a certificate of the lab's own authority. */
#ifndef AK_LAB_SETTINGS_H
#define AK_LAB_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* After which step it stops. */
enum ak_lab_step {
    AK_LAB_STEP_NONE,
    AK_LAB_STEP_CONNECT,
    AK_LAB_STEP_PRELOGIN, /* read, not answered */
    AK_LAB_STEP_REPLY,    /* PRELOGIN answered */
    AK_LAB_STEP_CLIENT_HELLO,
    AK_LAB_STEP_SERVER_HELLO,
    AK_LAB_STEP_CLIENT_FINISHED, /* read, its own Finished not sent */
    AK_LAB_STEP_HANDSHAKE,
    AK_LAB_STEP_LOGIN,   /* LOGIN7 read, not answered */
    AK_LAB_STEP_ANSWER,  /* LOGIN7 answered */
    AK_LAB_STEP_REQUEST, /* a batch or call read, not answered */
    AK_LAB_STEPS
};

enum ak_lab_close { AK_LAB_CLOSE_FIN, AK_LAB_CLOSE_RST, AK_LAB_CLOSE_ALERT, AK_LAB_CLOSE_SILENT };

/* What it speaks; 0: TDS7 and TDS8. */
enum ak_lab_way {
    AK_LAB_TDS7 = 1,
    AK_LAB_TDS8 = 2,
    AK_LAB_TLS = 4,
    AK_LAB_ENDPOINT = 8 /* database mirroring: some bytes of its own to and fro, then TLS */
};

/* SQL Server's setting (MS-TDS 2.2.6.5), not the byte that it answers. */
enum ak_lab_encryption {
    AK_LAB_ENCRYPTION_OPTIONAL,
    AK_LAB_ENCRYPTION_FORCED,
    AK_LAB_ENCRYPTION_NONE
};

/* Wrong Diffie-Hellman (RFC 5246 8.1.2; KB4557473): served by the lab's own TLS 1.2. */
enum ak_lab_fault {
    AK_LAB_FAULT_NONE,
    AK_LAB_FAULT_HEALTHY,      /* the same engine without a fault */
    AK_LAB_FAULT_Z_UNSTRIPPED, /* keeps leading zeros of the shared secret */
    AK_LAB_FAULT_YC_PADDED,    /* refuses a Yc that begins with a zero byte */
    AK_LAB_FAULT_YC_UNPADDED,  /* refuses a Yc that is shorter than the prime */
    AK_LAB_FAULT_RESUMES       /* resumes without extended master secret (RFC 7627 5.3) */
};

enum ak_lab_issuer {
    AK_LAB_ISSUED_BY_LAB,     /* the lab's authority */
    AK_LAB_ISSUED_BY_ITSELF,  /* as SQL Server does: CN=SSL_Self_Signed_Fallback, no other name */
    AK_LAB_ISSUED_BY_BETWEEN, /* an intermediate, whose signature has the weak hash */
    AK_LAB_ISSUED_BY_PROXY,   /* an inspecting proxy's authority */
    AK_LAB_ISSUED_BY_SERVICE  /* an authority with Microsoft's name, for the cloud's endpoints */
};

struct ak_lab_certificate {
    const char *key;  /* "rsa1024", "rsa2048", "ec256"; NULL: rsa2048 */
    const char *hash; /* "md5", "sha1", "sha256", "sha512" ...; NULL: sha256 */
    enum ak_lab_issuer issuer;
    const char *name;     /* NULL: localhost, and the loopback addresses */
    int from_day, to_day; /* from today; both 0: -1 to 30 */
};

/* Servers that no client should have to fear. */
enum ak_lab_flood {
    AK_LAB_FLOOD_NONE,
    AK_LAB_FLOOD_PACKETS,    /* answers PRELOGIN with packets without end */
    AK_LAB_FLOOD_CERTIFICATE /* answers a ClientHello with a certificate of 16 MB */
};

struct ak_lab_settings {
    unsigned ways; /* bits of enum ak_lab_way */
    enum ak_lab_encryption encryption;
    bool lenient; /* goes on in clear where MS-TDS has it close */
    uint8_t major, minor;
    uint16_t build;          /* all 0: 16.0.4135 */
    uint16_t low, high;      /* TLS versions; 0: 1.2, and 1.2 in PRELOGIN packets, else 1.3 */
    const char *suites;      /* OpenSSL cipher list of TLS 1.2 and older; NULL: all of OpenSSL's */
    const char *groups;      /* OpenSSL's names with colons; NULL: its own order */
    unsigned dh_bits;        /* 1024 or 0: as the certificate's key */
    const char *party;       /* decides as this Windows or SQL Server would (data/profiles.csv) */
    const char *application; /* ALPN: refuses clients that name others; NULL: any */
    struct ak_lab_certificate certificate;
    bool no_extended_master_secret;
    bool resumes; /* keeps sessions */
    bool needs_certificate;
    bool whole_records; /* TLS 1.0: waits for ever when a TDS packet does not come in one record */
    bool renegotiates;  /* wants a new handshake before it answers the login */
    enum ak_lab_close refusal; /* how it says no to a hello: SQL Server closes without an alert */
    enum ak_lab_fault fault;
    bool fault_often; /* a prime with which every second shared secret begins with a zero byte */

    enum ak_lab_step stop;
    enum ak_lab_close stop_how;
    uint8_t alert;        /* with AK_LAB_CLOSE_ALERT */
    uint8_t foreign_hops; /* TTL of its RST, as of a device on the path; 0: its own */

    bool any_name; /* a certificate for whatever name the client asks for */
    enum ak_lab_flood flood;
    unsigned drip_ms;          /* sends a byte at a time, so far apart */
    unsigned reply_ms;         /* thinks so long before it answers PRELOGIN */
    unsigned at_once;          /* so many may log in at once, the others wait; 0: all */
    unsigned forgets_ms;       /* hears and says no more when nothing was asked for so long */
    int32_t login_error;       /* refuses every login with it */
    uint32_t packet_size;      /* ENVCHANGE 4 after the login; 0: 4096 */
    const char *route;         /* ENVCHANGE 20: sends clients to this host ... */
    uint16_t route_port_after; /* ... at its own port and this */
};

#endif
