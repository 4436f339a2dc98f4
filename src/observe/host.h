/* The observation of one machine's configuration: what its TLS stack allows, effectively, and why.
 *
 * Made from a registry (src/windows), or from an empty one for a system as it is installed. Every
 * setting keeps the reason for its value, so that a report can name the key that a person must
 * change. Lists are in the system's order. All memory belongs to the host; names of the model are
 * static.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_HOST_H
#define AK_OBSERVE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/programs.h"
#include "model/windows.h"
#include "observe/conversation.h"

/* Why a setting has its value. */
enum ak_why {
    AK_WHY_OS_DEFAULT,    /* nothing is configured */
    AK_WHY_NOT_SUPPORTED, /* this Windows cannot do it, whatever is configured */
    AK_WHY_REGISTRY,      /* a local value says so */
    AK_WHY_POLICY,        /* a value that group policy owns says so */
    AK_WHY_FIPS,          /* FIPS mode takes it away */
    AK_WHY_ALGORITHM_OFF, /* SCHANNEL\Ciphers, Hashes or KeyExchangeAlgorithms take it away */
    AK_WHY_INCOMPLETE,    /* half a pair of values: the effect is not documented */
    AK_WHY_ON_REQUEST,    /* a suite that only an application brings in that asks for it */
    AK_WHY_UNKNOWN        /* neither the evidence nor the tables tell */
};
const char *ak_why_name(enum ak_why why);

/* One value of the registry as it was found. */
struct ak_setting {
    bool present;
    bool number; /* it is a number: `value` counts; else a text or another type stands there */
    bool policy;
    uint32_t value;
    int64_t written; /* its key's last write, nanoseconds since 1970; 0: not told */
    uint16_t source; /* of the host's files */
};

enum ak_protocol_state {
    AK_PROTOCOL_STATE_OFF,        /* refused whatever the application asks */
    AK_PROTOCOL_STATE_ON_REQUEST, /* only for callers that name it */
    AK_PROTOCOL_STATE_ON,         /* part of the default set */
    AK_PROTOCOL_STATE_UNKNOWN
};
const char *ak_protocol_state_name(enum ak_protocol_state state);

struct ak_host_protocol {
    uint8_t state; /* enum ak_protocol_state */
    uint8_t why;   /* enum ak_why */
    uint8_t confidence;
    struct ak_setting enabled, disabled_by_default;
};

struct ak_host_suite {
    const char *name; /* as it stands in the list, or as Windows writes it */
    char *own_name;   /* the host's memory behind it; NULL when the name is the model's */
    uint16_t code;    /* 0: unknown to every table */
    uint16_t group;   /* of a _P256 suffix; 0 without one */
    uint8_t versions; /* bits of model/windows.h */
    uint8_t removed;  /* enum ak_why that takes it out of the list; AK_WHY_OS_DEFAULT: it counts */
    bool supported;   /* this Windows has it */
};

struct ak_host_group {
    const char *name; /* Schannel's; the IANA name when no Windows has it; "" unknown */
    uint16_t code;    /* 0: unknown */
    uint8_t versions;
    bool removed; /* by FIPS mode, or not supported */
};

/* Which list counts, of those that may exist. */
enum ak_list_origin {
    AK_LIST_UNKNOWN,
    AK_LIST_OS_DEFAULT, /* the table of this Windows */
    AK_LIST_LOCAL,      /* Cryptography\Configuration\Local */
    AK_LIST_POLICY      /* Policies\...\Cryptography\Configuration */
};
const char *ak_list_origin_name(enum ak_list_origin origin);

/* One name under SCHANNEL\Ciphers, Hashes or KeyExchangeAlgorithms with an Enabled value. */
struct ak_host_algorithm {
    char name[40];
    char kind[24]; /* "Ciphers" ... */
    struct ak_setting enabled;
};

struct ak_host_minima {
    struct ak_setting dh_client_min, dh_client_max, dh_server_bits, rsa_client_min, rsa_client_max;
};

enum ak_bitness { AK_64_BIT, AK_32_BIT, AK_BITNESSES };

/* Callers of .NET Framework, by the version that the program targets. */
enum ak_dotnet_target {
    AK_DOTNET_TARGET_35, /* 2.0 to 3.5 on the CLR 2 */
    AK_DOTNET_TARGET_45, /* 4.0 to 4.5.2 */
    AK_DOTNET_TARGET_46,
    AK_DOTNET_TARGET_47, /* 4.7 to 4.7.2 */
    AK_DOTNET_TARGET_48,
    AK_DOTNET_TARGETS
};
const char *ak_dotnet_target_name(enum ak_dotnet_target target);

struct ak_dotnet_default {
    bool runs;      /* a framework that can run such programs is installed, or nothing is known */
    bool system;    /* the operating system chooses */
    uint16_t asked; /* versions that the framework asks for by name: bits of AK_SCHANNEL_VERSION */
    uint16_t offered; /* what remains of them after Schannel: bits */
    uint8_t why;      /* enum ak_why */
};

struct ak_dotnet_installed {
    char version[16];     /* "4.7.2", "3.5" */
    char service_pack[4]; /* "1"; "" when there is none */
    uint32_t release;     /* 0 before 4.5 */
    bool exact;           /* the Release number is in the table */
    bool client_profile, full_profile;
    char text[24]; /* the Version value: "4.7.03062" */
};

enum { AK_HOST_DOTNET = 12, AK_HOST_ALGORITHMS = 64, AK_HOST_ODDITIES = 256 };

struct ak_dotnet {
    bool known;                        /* the evidence holds the keys, or could */
    bool settings_known[AK_BITNESSES]; /* ... and those below */
    struct ak_dotnet_installed installed[AK_HOST_DOTNET];
    size_t installed_count;
    /* [bitness][0: v2.0.50727, 1: v4.0.30319] */
    struct ak_setting strong_crypto[AK_BITNESSES][2], system_default[AK_BITNESSES][2];
    struct ak_dotnet_default defaults[AK_BITNESSES][AK_DOTNET_TARGETS];
};

struct ak_winhttp {
    bool known;
    struct ak_setting default_secure[AK_BITNESSES]; /* WinHttp\DefaultSecureProtocols */
    struct ak_setting wininet_user, wininet_policy; /* SecureProtocols */
    uint16_t offered[AK_BITNESSES];                 /* bits of AK_SCHANNEL_VERSION */
};

/* The thumbprint that an instance is told. */
enum ak_thumbprint_state {
    AK_THUMBPRINT_NONE,    /* none is configured */
    AK_THUMBPRINT_UNKNOWN, /* the machine's store is not in the evidence */
    AK_THUMBPRINT_FOUND,
    AK_THUMBPRINT_MISSING, /* no certificate of the machine's store has it */
    AK_THUMBPRINT_BAD      /* not 40 hexadecimal digits and nothing else */
};

struct ak_sql_instance {
    char name[64];    /* "MSSQLSERVER" */
    char id[64];      /* "MSSQL15.MSSQLSERVER" */
    bool wow64;       /* a 32-bit one: its keys stand below WOW6432Node */
    char version[24]; /* "15.0.2000.5" */
    char patch_level[24];
    char edition[64];
    char certificate[96];      /* as it stands there, thumbprint or not; "" none */
    uint8_t certificate_state; /* enum ak_thumbprint_state */
    struct ak_setting force_encryption, force_strict, extended_protection, hide_instance;
    struct ak_setting tcp_enabled;
    char tcp_port[32], tcp_dynamic[32]; /* of IPAll */
    bool network_known;                 /* SuperSocketNetLib was in the evidence */
    struct ak_setting hadr;             /* HADR_Enabled: availability groups */
    struct ak_setting clustered;        /* SQLCluster: a failover cluster instance */
};

/* An agent of Azure that is installed. */
struct ak_host_agent {
    const struct ak_agent *agent;
    bool by_service;         /* its service is there: `start` may count */
    struct ak_setting start; /* 2 automatic, 3 on demand, 4 disabled */
};

/* A driver or provider that programs reach SQL Server with. */
struct ak_host_driver {
    char name[80]; /* "ODBC Driver 17 for SQL Server", "MSOLEDBSQL19" */
    char version[24];
    uint8_t bitness;
};

/* What looks like a setting and is none, or stands where it does not belong. */
enum ak_oddity {
    AK_ODDITY_MISSPELT_KEY,     /* TLS1.2 for TLS 1.2 */
    AK_ODDITY_MISSPELT_VALUE,   /* DisableByDefault */
    AK_ODDITY_WRONG_LEVEL,      /* Enabled in Protocols\TLS 1.2 itself, above Client and Server */
    AK_ODDITY_DEAD_KEY,         /* "Internet  Settings" with two blanks */
    AK_ODDITY_UNNAMED_VALUE,    /* a default value in a protocol's key */
    AK_ODDITY_ENABLED_ONE,      /* Enabled=1 under Ciphers, Hashes, KeyExchangeAlgorithms */
    AK_ODDITY_WRONG_TYPE,       /* Enabled as a text */
    AK_ODDITY_UNKNOWN_SUITE,    /* a name in the list that no Windows knows */
    AK_ODDITY_LIST_TOO_LONG,    /* a policy list of more than 1,023 characters */
    AK_ODDITY_OTHER_CONTROL_SET /* the last known good control set differs in SCHANNEL */
};
const char *ak_oddity_name(enum ak_oddity oddity);

struct ak_host_oddity {
    uint8_t kind; /* enum ak_oddity */
    char *path;   /* the key */
    char *value;  /* the value's name, or the suite; "" */
    char *meant;  /* what was probably meant; "" when that is not clear */
    int64_t written;
};

/* How the Windows version was found. */
enum ak_os_origin {
    AK_OS_UNKNOWN,
    AK_OS_GIVEN,   /* told by the caller (a profile) */
    AK_OS_VERSION, /* Windows NT\CurrentVersion */
    AK_OS_FEATURES /* guessed from what the hive holds: SYSTEM alone does not tell */
};

/* One file of the evidence, and what was lost of it. */
struct ak_host_source {
    const char *file; /* borrowed from who read it */
    char kind[12];    /* "hive", "reg", "policy", "sqlcheck" */
    char mount[64];   /* where it hangs in the registry: "HKLM\\SYSTEM"; "" for texts */
    uint64_t keys, values;
    bool dirty, replayed;
    uint32_t log_entries, log_pages, damaged;
    uint64_t damaged_first;
    const char *damaged_why; /* static text; NULL */
    bool too_many;
};

enum { AK_HOST_SOURCES = 32, AK_HOST_ADDRESSES = 32 };

struct ak_host {
    uint64_t id;   /* counts the hosts of one reading from 1; 0: not part of one */
    char name[64]; /* computer name; "" unknown */
    struct ak_host_source sources[AK_HOST_SOURCES];
    size_t source_count;
    const struct ak_windows *system;               /* NULL: unknown */
    const struct ak_windows_release *release;      /* NULL: unknown */
    struct ak_endpoint address[AK_HOST_ADDRESSES]; /* of its interfaces; port 0 */
    size_t address_count;
    uint8_t os_origin;
    uint8_t os_confidence;
    bool server, server_known;
    char product[96]; /* "Windows Server 2016 Standard" */
    uint32_t build, ubr;
    bool ubr_known;
    char service_pack[32];
    bool system_known, software_known; /* which half of the registry is in the evidence */
    bool schannel_known;               /* the SCHANNEL key is */
    bool only_reports;                 /* of SQLCHECK: what they do not tell is not known */
    bool reported;                     /* some values come from such a report alone */
    int64_t shutdown;                  /* last clean shutdown; 0 unknown */
    int64_t newest;                    /* newest write of any source: not older than the evidence */

    struct ak_host_protocol protocols[AK_SCHANNEL_ROLES][AK_SCHANNEL_PROTOCOLS];
    uint8_t suites_origin, groups_origin; /* enum ak_list_origin */
    uint8_t suites_confidence, groups_confidence;
    struct ak_setting suites_list; /* present, written and source of the list that counts */
    struct ak_host_suite *suites;
    size_t suite_count;
    struct ak_host_group *groups;
    size_t group_count;
    const struct ak_schannel_scheme *schemes; /* of the model; count 0: unknown */
    size_t scheme_count;
    uint16_t *local_schemes; /* Local\SSL\00010003 as far as names are known */
    size_t local_scheme_count;
    bool dhe_fixed, dhe_fix_known;
    struct ak_setting fips, event_logging, no_ems_client, no_ems_server;
    struct ak_host_minima minima;
    struct ak_host_algorithm algorithms[AK_HOST_ALGORITHMS];
    size_t algorithm_count;

    struct ak_dotnet dotnet;
    struct ak_winhttp winhttp;
    struct ak_sql_instance *instances;
    size_t instance_count;
    struct ak_host_driver *drivers;
    size_t driver_count;
    struct ak_host_agent agents[AK_AGENTS];
    size_t agent_count;
    char powershell[24]; /* version of Windows PowerShell, "5.1.14393.0"; "" not told */
    struct ak_host_oddity oddities[AK_HOST_ODDITIES];
    size_t oddity_count, oddities_left_out;
};

/* Frees what the host owns and zeroes it. */
void ak_host_release(struct ak_host *host);

#endif
