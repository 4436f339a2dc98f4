/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* what uv.h needs */
#include "os/net.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "os/net_state.h"

#include "base/banned.h"

struct ak_net_udp {
    struct ak_net_object object;
    uv_udp_t uv;
    ak_net_datagram *arrived;
    void *context;
    uint8_t bytes[AK_MAX_DATAGRAM];
};

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct ak_net_udp *udp = handle->data;
    (void)wanted;
    *buffer = uv_buf_init((char *)udp->bytes, sizeof udp->bytes);
}

/* A call without an address says that the socket is drained, or tells of an error that belongs to
 * no datagram. */
static void has_read(uv_udp_t *uv, ssize_t size, const uv_buf_t *buffer,
                     const struct sockaddr *from, unsigned flags)
{
    struct ak_net_udp *udp = uv->data;
    struct ak_net_address address;
    (void)flags;
    if (size < 0 || from == NULL || uv_is_closing((uv_handle_t *)uv))
        return;
    ak_net_from_system(from, &address);
    udp->arrived(udp->context, udp, (const uint8_t *)buffer->base, (size_t)size, &address);
}

struct ak_net_udp *ak_net_udp_new(struct ak_net *net, unsigned version,
                                  const struct ak_net_address *at, ak_net_datagram *arrived,
                                  void *context, struct ak_error *error)
{
    const struct ak_net_address any = {.version = (uint8_t)version};
    struct sockaddr_storage system;
    struct ak_net_udp *udp = ak_alloc(1, sizeof *udp);
    if (udp == NULL) {
        ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    udp->object.kind = AK_NET_KIND_UDP;
    udp->object.net = net;
    udp->arrived = arrived;
    udp->context = context;
    (void)uv_udp_init(&net->loop, &udp->uv);
    udp->uv.data = udp;
    ak_net_to_system(at != NULL ? at : &any, &system);
    int failed = uv_udp_bind(&udp->uv, (struct sockaddr *)&system, 0);
    if (failed == 0)
        failed = uv_udp_recv_start(&udp->uv, give_room, has_read);
    if (failed != 0) {
        ak_net_failed(error, failed, "no UDP socket");
        ak_net_udp_free(udp);
        return NULL;
    }
    return udp;
}

static void has_sent(uv_udp_send_t *request, int failed)
{
    (void)failed; /* datagrams may get lost; whoever asked asks again */
    ak_free(request);
}

bool ak_net_udp_send(struct ak_net_udp *udp, const struct ak_net_address *to, const void *bytes,
                     size_t size)
{
    struct sockaddr_storage system;
    if (size > AK_MAX_DATAGRAM || uv_udp_get_send_queue_size(&udp->uv) > AK_MAX_LINK_WAITING - size)
        return false;
    uv_udp_send_t *request = ak_alloc(1, sizeof *request + size);
    if (request == NULL)
        return false;
    if (size != 0)
        memcpy(request + 1, bytes, size);
    ak_net_to_system(to, &system);
    uv_buf_t buffer = uv_buf_init((char *)(request + 1), (unsigned)size);
    if (uv_udp_send(request, &udp->uv, &buffer, 1, (struct sockaddr *)&system, has_sent) == 0)
        return true;
    ak_free(request);
    return false;
}

void ak_net_udp_address(const struct ak_net_udp *udp, struct ak_net_address *out)
{
    struct sockaddr_storage system;
    int size = sizeof system;
    memset(out, 0, sizeof *out);
    if (uv_udp_getsockname(&udp->uv, (struct sockaddr *)&system, &size) == 0)
        ak_net_from_system((struct sockaddr *)&system, out);
}

void ak_net_udp_free(struct ak_net_udp *udp)
{
    if (udp != NULL)
        ak_net_object_close((uv_handle_t *)&udp->uv);
}
