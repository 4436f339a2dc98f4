/* Public services that refuse old TLS versions, by host name (data/service_tls.csv). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_SERVICE_TLS_H
#define AK_MODEL_SERVICE_TLS_H

#include <stdbool.h>
#include <stdint.h>

struct ak_service_tls {
    const char *pattern; /* "dev.azure.com", or "*.azure.com" for all names below it */
    const char *name;
    uint16_t minimum_version; /* as on the wire */
    bool certain;             /* the vendor's own documents say so */
};

/* Letters may be of either case. NULL when no service is known under this name. */
const struct ak_service_tls *ak_service_tls_find(const char *host);

#endif
