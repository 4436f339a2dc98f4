// Names and facts about SQL Server and its TDS protocol: products, builds, versions and errors.
// SPDX-License-Identifier: Apache-2.0
//
// Look-ups in const tables that tools/gen_model.py makes from data/sqlserver_build_cutoffs.csv,
// data/sql_products.csv, data/tds_versions.csv and data/sql_errors.csv. Nothing
// allocates; returned pointers are to static storage.
#ifndef AK_MODEL_SQL_NAMES_H
#define AK_MODEL_SQL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

// "SQL Server 2019" for 15.0. NULL if unknown. The minor number matters for 10 alone (10.0 is 2008,
// 10.50 is 2008 R2; SQL Server may report 10.50 as minor 50). 12 is "SQL Server 2014 (or Azure SQL
// Database)": the service reports 12.0.2000.
const char *ak_sql_product_name(unsigned major, unsigned minor);

enum ak_build_tls12 { AK_BUILD_TLS12_UNKNOWN, AK_BUILD_TLS12_NO, AK_BUILD_TLS12_YES };

struct ak_build_verdict {
    enum ak_build_tls12 tls12;
    bool certain;     // false: the source is weaker, or the number is ambiguous
    const char *note; // why, in English; "" if there is nothing to add, never NULL
};

// Can this build of the Database Engine speak TLS 1.2? Only the first three numbers of the build
// decide (a PRELOGIN's fourth number may be 0); GDR and CU branches have separate minima.
// KB3135244, data/sqlserver_build_cutoffs.csv. A build in no listed range is UNKNOWN.
struct ak_build_verdict ak_sql_build_tls12(unsigned major, unsigned minor, unsigned third);

// The same of an instance that is installed on a machine: its build is never that of Azure SQL
// Database, and its minor number counts service packs (12.2 is SQL Server 2014 SP2).
struct ak_build_verdict ak_sql_installed_tls12(unsigned major, unsigned minor, unsigned third);

// "7.4" for 0x74000004: the number as its bytes stand in LOGINACK, most significant first (MS-TDS
// 2.2.7.14); LOGIN7 holds it least significant first. NULL if unknown.
const char *ak_tds_version_name(uint32_t version);

// The ENCRYPTION option of PRELOGIN, without its flags (MS-TDS 2.2.6.5).
enum ak_tds_encryption {
    AK_TDS_ENCRYPTION_OFF,
    AK_TDS_ENCRYPTION_ON,
    AK_TDS_ENCRYPTION_NOT_SUP,
    AK_TDS_ENCRYPTION_REQ
};

// Does this error refuse a login (18456 and its kin), and not something asked later?
bool ak_sql_error_refuses_login(int32_t number);

// What a SQL Server error number means, a few words: 18456 "login failed". NULL if unknown.
const char *ak_sql_error_name(int32_t number);

#endif
