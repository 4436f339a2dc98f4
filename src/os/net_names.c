/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* what uv.h needs */
#include "os/net.h"

#include <string.h>

#include "base/alloc.h"
#include "os/net_state.h"

#include "base/banned.h"

static void unlink_lookup(struct ak_net_lookup *lookup)
{
    if (lookup->previous != NULL)
        lookup->previous->next = lookup->next;
    else
        lookup->net->lookups = lookup->next;
    if (lookup->next != NULL)
        lookup->next->previous = lookup->previous;
}

static void tell_failure(const struct ak_net_lookup *lookup, int number)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    ak_error_set(&error, number == UV_ENOMEM ? AK_ERR_MEMORY : AK_ERR_OPEN, "%s",
                 uv_strerror(number));
    lookup->resolved(lookup->context, NULL, 0, 0, &error);
}

static void tell_addresses(const struct ak_net_lookup *lookup, const struct addrinfo *list)
{
    static const struct ak_error none = {AK_ERR_NONE, 0, 0, ""};
    struct ak_net_address addresses[AK_NET_ADDRESSES];
    size_t count = 0, left_out = 0;
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
            continue;
        if (count == AK_NET_ADDRESSES) {
            left_out++;
            continue;
        }
        ak_net_from_system(at->ai_addr, &addresses[count]);
        addresses[count++].port = lookup->port;
    }
    if (count == 0)
        tell_failure(lookup, UV_EAI_NODATA);
    else
        lookup->resolved(lookup->context, addresses, count, left_out, &none);
}

static void has_resolved(uv_getaddrinfo_t *request, int failed, struct addrinfo *list)
{
    struct ak_net_lookup *lookup = request->data;
    unlink_lookup(lookup);
    if (lookup->net->running && failed == 0)
        tell_addresses(lookup, list);
    else if (lookup->net->running)
        tell_failure(lookup, failed);
    uv_freeaddrinfo(list);
    ak_free(lookup);
}

bool ak_net_resolve(struct ak_net *net, const char *host, uint16_t port, ak_net_resolved *resolved,
                    void *context)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct ak_net_lookup *lookup = ak_alloc(1, sizeof *lookup);
    if (lookup == NULL)
        return false;
    lookup->net = net;
    lookup->port = port;
    lookup->resolved = resolved;
    lookup->context = context;
    lookup->request.data = lookup;
    lookup->refused =
        uv_getaddrinfo(&net->loop, &lookup->request, has_resolved, host, NULL, &hints);
    if (lookup->refused == UV_ENOMEM) {
        ak_free(lookup);
        return false;
    }
    lookup->next = net->lookups;
    if (lookup->next != NULL)
        lookup->next->previous = lookup;
    net->lookups = lookup;
    if (lookup->refused != 0)
        ak_net_later(net, 0);
    return true;
}

/* A callback may begin other look-ups, so the search begins anew after each. */
void ak_net_lookups_due(struct ak_net *net)
{
    struct ak_net_lookup *at = net->lookups;
    while (at != NULL) {
        if (at->refused == 0) {
            at = at->next;
            continue;
        }
        unlink_lookup(at);
        tell_failure(at, at->refused);
        ak_free(at);
        at = net->lookups;
    }
}

/* One that is under way cannot be stopped, only waited for; it tells nobody. */
void ak_net_lookups_cancel(struct ak_net *net)
{
    struct ak_net_lookup *next;
    for (struct ak_net_lookup *at = net->lookups; at != NULL; at = next) {
        next = at->next;
        if (at->refused != 0) {
            unlink_lookup(at);
            ak_free(at);
        } else {
            (void)uv_cancel((uv_req_t *)&at->request);
        }
    }
}
