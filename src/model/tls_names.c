// SPDX-License-Identifier: Apache-2.0
#include "model/tls_names.h"

#include "base/upcase.h"
#include "model/model_tables.h"

// The code of the first TLS 1.3 draft; later ones count up from it.
#define AK_TLS13_DRAFT_BASE 0x7f00U

static const struct ak_code_name version_rows[] = {
    {0x0002, "2.0"}, {0x0300, "3.0"}, {0x0301, "1.0"},
    {0x0302, "1.1"}, {0x0303, "1.2"}, {0x0304, "1.3"},
};

static const struct ak_code_table version_table = {version_rows,
                                                   sizeof(version_rows) / sizeof(version_rows[0])};

const char *ak_code_table_find(const struct ak_code_table *table, uint32_t code)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->rows[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == table->count || table->rows[low].code != code) {
        return NULL;
    }
    return table->rows[low].name;
}

uint16_t ak_tls_version_normal(uint16_t code)
{
    bool ietf_draft = (code & 0xff00U) == AK_TLS13_DRAFT_BASE;
    // Facebook's Fizz numbered two drafts of its own.
    bool fizz_draft = code == 0xfb17 || code == 0xfb1a;
    return ietf_draft || fizz_draft ? 0x0304 : code;
}

const char *ak_tls_version_name(uint16_t code)
{
    return ak_code_table_find(&version_table, ak_tls_version_normal(code));
}

const char *ak_tls_version_protocol(uint16_t code)
{
    return code == 0x0002 || code == 0x0300 ? "ssl" : "tls";
}

const struct ak_cipher_suite *ak_cipher_suite_find(uint16_t code)
{
    size_t page = ak_cipher_suite_page[code >> 8];
    size_t slot = page != 0 ? ak_cipher_suite_slot[page - 1][code & 0xff] : 0;
    return slot != 0 ? &ak_cipher_suite_rows[slot - 1] : NULL;
}

uint16_t ak_cipher_suite_code(const char *name, size_t size)
{
    struct ak_span wanted = {(const uint8_t *)name, size};
    for (size_t i = 0; i < ak_cipher_suite_row_count; i++)
        if (ak_upcase_equal(ak_span_of(ak_cipher_suite_rows[i].name), wanted))
            return ak_cipher_suite_rows[i].code;
    return 0;
}

const struct ak_cipher_suite *ak_cipher_suite_at(size_t at)
{
    return at < ak_cipher_suite_row_count ? &ak_cipher_suite_rows[at] : NULL;
}

bool ak_cipher_suite_is_signal(uint16_t code)
{
    return code == 0x00ff || code == 0x5600 || ak_tls_is_grease(code);
}

const char *ak_ssl2_cipher_name(uint32_t kind)
{
    if (kind <= UINT16_MAX) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find((uint16_t)kind);
        return suite == NULL ? NULL : suite->name;
    }
    return ak_code_table_find(&ak_ssl2_cipher_table, kind);
}

const char *ak_tls_group_name(uint16_t code)
{
    return ak_code_table_find(&ak_tls_group_table, code);
}

const char *ak_tls_signature_scheme_name(uint16_t code)
{
    return ak_code_table_find(&ak_tls_signature_scheme_table, code);
}

const char *ak_tls_extension_name(uint16_t code)
{
    return ak_code_table_find(&ak_tls_extension_table, code);
}

// A linear walk: the table has some forty rows and an alert ends its connection.
static const struct ak_alert_row *alert_find(uint8_t code)
{
    for (size_t i = 0; i < ak_alert_row_count; i++) {
        if (ak_alert_rows[i].code == code) {
            return &ak_alert_rows[i];
        }
    }
    return NULL;
}

const char *ak_tls_alert_name(uint8_t code)
{
    const struct ak_alert_row *row = alert_find(code);
    return row == NULL ? NULL : row->name;
}

uint32_t ak_schannel_status_of_alert(uint8_t alert)
{
    const struct ak_alert_row *row = alert_find(alert);
    if (row == NULL || row->schannel_status == 0) {
        return ak_schannel_default_status;
    }
    return row->schannel_status;
}

bool ak_tls_is_grease(uint16_t code)
{
    return (code & 0x0f0fU) == 0x0a0a && (code >> 8) == (code & 0xffU);
}
