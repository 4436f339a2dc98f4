// The const tables behind the model's look-ups, as tools/gen_model.py writes them.
// SPDX-License-Identifier: Apache-2.0
//
// Private to src/model/: only tls_names.c, sql_names.c, service_tls.c, thresholds.c and the
// generated files include it. Every table is in ascending order of its key and holds no key twice;
// the generator sees to it.
#ifndef AK_MODEL_MODEL_TABLES_H
#define AK_MODEL_MODEL_TABLES_H

#include "model/azure_endpoints.h"
#include "model/service_tls.h"
#include "model/sql_names.h"
#include "model/tls_names.h"

#include <stddef.h>
#include <stdint.h>

struct ak_code_name {
    uint32_t code;
    const char *name;
};

struct ak_code_table {
    const struct ak_code_name *rows;
    size_t count;
};

struct ak_alert_row {
    uint8_t code;
    uint32_t schannel_status; // 0: the default one
    const char *name;
};

// generated/microsoft_tables.c
extern const char *const ak_microsoft_hosts[];
extern const size_t ak_microsoft_host_count;
extern const char *const ak_microsoft_issuers[];
extern const size_t ak_microsoft_issuer_count;

// generated/tls_tables.c
extern const struct ak_cipher_suite ak_cipher_suite_rows[];
/* By the code's high byte a page, counted from 1; in it by the low byte a row, counted from 1. 0:
 * none. */
extern const uint8_t ak_cipher_suite_page[256];
extern const uint16_t ak_cipher_suite_slot[][256];
extern const size_t ak_cipher_suite_row_count;
extern const struct ak_code_table ak_ssl2_cipher_table;
extern const struct ak_code_table ak_tls_group_table;
extern const struct ak_code_table ak_tls_signature_scheme_table;
extern const struct ak_code_table ak_tls_extension_table;
extern const struct ak_alert_row ak_alert_rows[];
extern const size_t ak_alert_row_count;
extern const uint32_t ak_schannel_default_status;

// How a product's builds get TLS 1.2.
enum ak_product_tls12 {
    AK_PRODUCT_TLS12_NEVER,
    AK_PRODUCT_TLS12_BY_BUILD,
    AK_PRODUCT_TLS12_BUILT_IN
};

#define AK_SQL_NO_BUILD UINT32_MAX

struct ak_sql_product_row {
    uint16_t major;
    uint16_t minor;
    enum ak_product_tls12 tls12;
    uint32_t azure_third; // third number that Azure SQL Database reports too, or AK_SQL_NO_BUILD
    const char *name;
};

struct ak_sql_cutoff_row {
    uint16_t major;
    uint16_t minor;
    uint32_t from_third;
    uint32_t to_third;  // inclusive; UINT32_MAX: no upper end
    uint32_t min_third; // first build with TLS 1.2, or AK_SQL_NO_BUILD: none in this range
    bool certain;
    const char *note;
};

// generated/sql_tables.c
extern const struct ak_sql_product_row ak_sql_product_rows[];
extern const size_t ak_sql_product_row_count;
extern const struct ak_sql_cutoff_row ak_sql_cutoff_rows[];
extern const size_t ak_sql_cutoff_row_count;
extern const struct ak_code_table ak_tds_version_table;
extern const struct ak_code_table ak_sql_error_table;

// generated/service_tables.c
extern const struct ak_service_tls ak_service_tls_rows[];
extern const size_t ak_service_tls_row_count;
extern const struct ak_azure_endpoint ak_azure_endpoint_rows[];
extern const size_t ak_azure_endpoint_row_count;

// generated/thresholds.c
struct ak_threshold_row {
    int64_t value;
    const char *id;
};
extern const struct ak_threshold_row ak_threshold_rows[];

// The name of a code, or NULL. O(log n).
const char *ak_code_table_find(const struct ak_code_table *table, uint32_t code);

#endif
