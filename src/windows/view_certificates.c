/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/view_certificates.h"

#include <stdio.h>

#include "base/attr.h"
#include "base/limits.h"

#include "base/banned.h"

void ak_view_certificates(const struct ak_registry *registry, ak_store_certificate_sink *sink,
                          void *context, uint64_t *damaged)
{
    static const char *const stores[] = {"MY", "CA", "ROOT"};
    for (size_t s = 0; s < AK_COUNT(stores); s++) {
        char path[96];
        (void)snprintf(path, sizeof path,
                       "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\%s\\Certificates",
                       stores[s]);
        const struct ak_registry_key *key = ak_registry_find(registry, path);
        size_t count = ak_registry_key_count(key);
        for (size_t i = 0; i < count && i < AK_MAX_FILE_CERTIFICATES; i++) {
            const struct ak_registry_value *value =
                ak_registry_value(ak_registry_key_at(key, i), "Blob");
            struct ak_store_certificate found;
            struct ak_parse parse;
            if (value == NULL)
                continue;
            struct ak_span blob = {value->data, value->size};
            found.store = stores[s];
            found.source = value->source;
            if (ak_cert_blob_parse(blob, &found.entry, &parse) == AK_VERDICT_PARSED)
                sink(context, &found);
            else
                (*damaged)++;
        }
    }
}
