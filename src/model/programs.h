/* Programs whose own needs decide: agents of Azure, and drivers for SQL Server (data/agents.csv,
 * data/sql_drivers.csv). All pointers are to static storage. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_PROGRAMS_H
#define AK_MODEL_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An agent that talks to Azure, which refuses everything below TLS 1.2. */
struct ak_agent {
    const char *id, *name;
    const char *service; /* name of its Windows service; "" */
    const char *key;     /* a key that it leaves in the registry, or "X\\name*": any key below X
                            that begins so; "" */
    bool checks;         /* Azure Automation's agent checks apply */
    bool suites;         /* it needs one of the strong cipher suites too */
    uint8_t confidence;
};
const struct ak_agent *ak_agent_at(size_t index); /* NULL past the end */

enum { AK_AGENTS = 8 }; /* at least as many as the table has */

/* Whose TLS a program speaks, by the name of its image (data/tls_programs.csv). */
enum ak_program_tls { AK_PROGRAM_TLS_UNKNOWN, AK_PROGRAM_TLS_WINDOWS, AK_PROGRAM_TLS_DOTNET };

struct ak_tls_program {
    const char *image; /* "sqlcmd.exe" */
    enum ak_program_tls tls;
    uint8_t confidence;
};
/* Of a path as Windows writes it, or a name alone; case does not matter. UNKNOWN too when the table
 * is not sure. */
enum ak_program_tls ak_program_tls_of(const char *path);

#define AK_DRIVER_NO_BUILD UINT32_MAX
#define AK_DRIVER_BY_WINDOWS (UINT32_MAX - 1)

/* One branch of a driver; its minor number counts service packs. */
struct ak_sql_driver {
    const char *name;
    uint16_t minor_from, minor_to;
    uint32_t third_for_tls12;            /* least third number with TLS 1.2; 0: all */
    uint16_t strict_major, strict_minor; /* first version with TDS 8; 0: none */
    bool mandatory;                      /* encrypts and checks the certificate by default */
    bool in_windows;                     /* every Windows has it */
    uint8_t confidence;
};

enum ak_driver_tls12 { AK_DRIVER_TLS12_UNKNOWN, AK_DRIVER_TLS12_NO, AK_DRIVER_TLS12_YES };

struct ak_driver_verdict {
    const struct ak_sql_driver *driver; /* of its branch, or of any when the version is not known;
                                           NULL: no such driver is in the table */
    enum ak_driver_tls12 tls12;
    bool strict; /* it has TDS 8, or its version is not known and newer ones have */
};

/* `version` as the list of programs has it: "11.0.2100.60"; "" not known. */
struct ak_driver_verdict ak_sql_driver_judge(const char *name, const char *version);

/* "12.2.5000.0" to three numbers; those that are missing are 0. False: it does not begin with one.
 */
bool ak_version_numbers(const char *text, unsigned numbers[3]);

#endif
