/* The certificate stores of a machine, as its registry holds them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_VIEW_CERTIFICATES_H
#define AK_WINDOWS_VIEW_CERTIFICATES_H

#include "codec/cert_store.h"
#include "windows/registry.h"

struct ak_store_certificate {
    const char *store; /* "MY", "CA", "ROOT": static */
    uint16_t source;   /* of the registry's */
    struct ak_cert_entry entry;
};
typedef void ak_store_certificate_sink(void *context, const struct ak_store_certificate *found);

/* SystemCertificates\MY, CA and ROOT of the local machine; at most AK_MAX_FILE_CERTIFICATES of
 * each. Blobs that hold no certificate are counted in *damaged. */
void ak_view_certificates(const struct ak_registry *registry, ak_store_certificate_sink *sink,
                          void *context, uint64_t *damaged);

#endif
