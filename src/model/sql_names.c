// SPDX-License-Identifier: Apache-2.0
#include "model/sql_names.h"

#include "model/model_tables.h"

// One major version is one product, but for 10, which holds two that the minor number tells apart.
// Setup's discovery report counts service packs in the minor (10.51 is 2008 R2 SP1), so the nearest
// product at or below the number is taken.
static const struct ak_sql_product_row *product_find(unsigned major, unsigned minor)
{
    const struct ak_sql_product_row *found = NULL;
    for (size_t i = 0; i < ak_sql_product_row_count; i++) {
        const struct ak_sql_product_row *row = &ak_sql_product_rows[i];
        if (row->major == major && row->minor <= minor) {
            found = row;
        }
    }
    return found;
}

const char *ak_sql_product_name(unsigned major, unsigned minor)
{
    const struct ak_sql_product_row *row = product_find(major, minor);
    return row == NULL ? NULL : row->name;
}

static struct ak_build_verdict verdict(enum ak_build_tls12 tls12, bool certain, const char *note)
{
    return (struct ak_build_verdict){.tls12 = tls12, .certain = certain, .note = note};
}

// The ranges of one product do not overlap (the generator checks it), so the first hit is the only.
static struct ak_build_verdict verdict_by_build(const struct ak_sql_product_row *product,
                                                unsigned third)
{
    for (size_t i = 0; i < ak_sql_cutoff_row_count; i++) {
        const struct ak_sql_cutoff_row *row = &ak_sql_cutoff_rows[i];
        bool here = row->major == product->major && row->minor == product->minor &&
                    third >= row->from_third && third <= row->to_third;
        if (!here) {
            continue;
        }
        bool able = row->min_third != AK_SQL_NO_BUILD && third >= row->min_third;
        return verdict(able ? AK_BUILD_TLS12_YES : AK_BUILD_TLS12_NO, row->certain, row->note);
    }
    return verdict(AK_BUILD_TLS12_UNKNOWN, false, "no source lists a build of this range");
}

struct ak_build_verdict ak_sql_build_tls12(unsigned major, unsigned minor, unsigned third)
{
    const struct ak_sql_product_row *oldest = &ak_sql_product_rows[0];
    const struct ak_sql_product_row *newest = &ak_sql_product_rows[ak_sql_product_row_count - 1];
    const struct ak_sql_product_row *product = product_find(major, minor);
    if (major == 0) {
        return verdict(AK_BUILD_TLS12_UNKNOWN, false, "the build is not given");
    }
    if (major < oldest->major) {
        return verdict(AK_BUILD_TLS12_NO, true, "older than every version with TLS 1.2");
    }
    if (major > newest->major) {
        // A capability does not get lost: TLS 1.2 is built in since SQL Server 2016.
        return verdict(AK_BUILD_TLS12_YES, false, "newer than the table");
    }
    if (product == NULL) {
        return verdict(AK_BUILD_TLS12_UNKNOWN, false, "no such product is known");
    }
    if (product->tls12 == AK_PRODUCT_TLS12_NEVER) {
        return verdict(AK_BUILD_TLS12_NO, true, "no build of this version has TLS 1.2");
    }
    if (product->tls12 == AK_PRODUCT_TLS12_BUILT_IN) {
        return verdict(AK_BUILD_TLS12_YES, true, "");
    }
    if (third == product->azure_third) {
        return verdict(AK_BUILD_TLS12_UNKNOWN, false,
                       "Azure SQL Database (has TLS 1.2) and SQL Server 2014 RTM (has not) both "
                       "report this build");
    }
    return verdict_by_build(product, third);
}

struct ak_build_verdict ak_sql_installed_tls12(unsigned major, unsigned minor, unsigned third)
{
    const struct ak_sql_product_row *product = product_find(major, minor);
    if (product != NULL && product->major == major && product->tls12 == AK_PRODUCT_TLS12_BY_BUILD)
        return verdict_by_build(product, third);
    return ak_sql_build_tls12(major, minor, third);
}

const char *ak_tds_version_name(uint32_t version)
{
    return ak_code_table_find(&ak_tds_version_table, version);
}

const char *ak_sql_error_name(int32_t number)
{
    return number < 0 ? NULL : ak_code_table_find(&ak_sql_error_table, (uint32_t)number);
}

bool ak_sql_error_refuses_login(int32_t number)
{
    // 18450 to 18489 are the server's login messages; the others end a login for other reasons.
    static const int32_t others[] = {4060,  4064,  10928, 10929, 17142, 17806,
                                     17828, 17832, 40532, 40613, 40615, 47073};
    if (number >= 18450 && number <= 18489)
        return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i] == number)
            return true;
    return false;
}
