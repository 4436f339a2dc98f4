/* Hosts that the agents of Azure call (data/azure_endpoints.csv). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_AZURE_ENDPOINTS_H
#define AK_MODEL_AZURE_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ak_azure_endpoint {
    const char *host; /* with "{region}" or "{workspace}" in place of what differs */
    uint16_t port;
    const char *service;
    bool certain; /* the vendor's own documents name the host */
};

/* In the order of the file; NULL past the end. */
const struct ak_azure_endpoint *ak_azure_endpoint_at(size_t index);
/* Its host with the placeholders filled. False: `region` or `workspace` is needed and NULL, or the
 * name does not fit. */
bool ak_azure_endpoint_host(const struct ak_azure_endpoint *endpoint, const char *region,
                            const char *workspace, char *out, size_t room);

#endif
