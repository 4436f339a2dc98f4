/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "os/live_capture.h"

#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

#include "base/banned.h"

enum {
    SNAPSHOT = 262144, /* libpcap's own maximum */
    READ_TIMEOUT = 100 /* milliseconds until the kernel hands over a block that is not full */
};

struct ak_live {
    pcap_t *pcap;
    uint32_t link_type;
    bool nanoseconds;
    struct ak_live_counts counts;
    struct pcap_stat last; /* 32 bits each, going round */
    ak_live_sink *sink;
    void *context;
    size_t handed;
};

static enum ak_err fail(struct ak_error *error, int code, pcap_t *pcap)
{
    switch (code) {
    case PCAP_ERROR_PERM_DENIED:
        return ak_error_set(error, AK_ERR_OPEN,
                            "no permission to capture: run it by sudo, or allow it once with 'sudo "
                            "setcap cap_net_raw=ep PROGRAM'");
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return ak_error_set(error, AK_ERR_USAGE, "there is no such interface");
    case PCAP_ERROR_IFACE_NOT_UP:
        return ak_error_set(error, AK_ERR_OPEN, "the interface is not up");
    default:
        return ak_error_set(error, AK_ERR_OPEN, "cannot capture: %.180s",
                            pcap != NULL ? pcap_geterr(pcap) : pcap_statustostr(code));
    }
}

/* DLT_ values are those of files but for a few that differ from system to system. */
static uint32_t link_type_of(int dlt)
{
    enum { RAW_OF_FILES = 101 };
    return dlt == DLT_RAW ? (uint32_t)RAW_OF_FILES : (uint32_t)dlt;
}

static enum ak_err set_up(struct ak_live *live, const struct ak_live_setting *s,
                          struct ak_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = live->pcap;
    (void)pcap_set_snaplen(p, SNAPSHOT);
    (void)pcap_set_promisc(p, s->promiscuous);
    (void)pcap_set_timeout(p, READ_TIMEOUT);
    (void)pcap_set_buffer_size(p, s->buffer < INT_MAX ? (int)s->buffer : INT_MAX);
    live->nanoseconds = pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int code = pcap_activate(p);
    if (code < 0)
        return fail(error, code, p);
    struct bpf_program program;
    if (s->filter != NULL) {
        if (pcap_compile(p, &program, s->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
            return ak_error_set(error, AK_ERR_USAGE, "the filter: %.180s", pcap_geterr(p));
        code = pcap_setfilter(p, &program);
        pcap_freecode(&program);
        if (code != 0)
            return fail(error, PCAP_ERROR, p);
    }
    if (pcap_setnonblock(p, 1, text) != 0)
        return ak_error_set(error, AK_ERR_OPEN, "cannot capture: %.180s", text);
    live->nanoseconds =
        live->nanoseconds && pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
    live->link_type = link_type_of(pcap_datalink(p));
    return AK_ERR_NONE;
}

struct ak_live *ak_live_open(const struct ak_live_setting *s, struct ak_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct ak_live *live = ak_alloc(1, sizeof *live);
    if (live == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    live->pcap = pcap_create(s->interface, text);
    if (live->pcap == NULL) {
        (void)ak_error_set(error, AK_ERR_OPEN, "cannot capture: %.180s", text);
        ak_free(live);
        return NULL;
    }
    if (set_up(live, s, error) != AK_ERR_NONE) {
        ak_live_close(live);
        return NULL;
    }
    return live;
}

void ak_live_close(struct ak_live *live)
{
    if (live == NULL)
        return;
    pcap_close(live->pcap);
    ak_free(live);
}

uint32_t ak_live_link_type(const struct ak_live *live)
{
    return live->link_type;
}

static void on_frame(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes)
{
    struct ak_live *live = (struct ak_live *)(void *)user;
    int64_t fraction = live->nanoseconds ? head->ts.tv_usec : head->ts.tv_usec * 1000;
    live->handed++;
    live->sink(live->context, (int64_t)head->ts.tv_sec * 1000000000 + fraction, bytes, head->caplen,
               head->len);
}

enum ak_err ak_live_read(struct ak_live *live, int milliseconds, ak_live_sink *sink, void *context,
                         size_t *count, struct ak_error *error)
{
    struct pollfd wait = {.fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN};
    live->sink = sink;
    live->context = context;
    live->handed = 0;
    /* What is there already is not waited for. */
    int code = pcap_dispatch(live->pcap, -1, on_frame, (u_char *)live);
    if (code == 0 && milliseconds != 0 && poll(&wait, 1, milliseconds) > 0)
        code = pcap_dispatch(live->pcap, -1, on_frame, (u_char *)live);
    *count = live->handed;
    if (code >= 0 || code == PCAP_ERROR_BREAK)
        return AK_ERR_NONE;
    return ak_error_set(error, AK_ERR_READ, "the capture ended: %.180s", pcap_geterr(live->pcap));
}

/* The kernel takes no more. libpcap is not asked: it would filter what waits in the ring, too. */
void ak_live_stop(struct ak_live *live)
{
    struct bpf_insn nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct {
        unsigned short length;
        struct bpf_insn *code;
    } program = {1, &nothing}; /* struct sock_fprog, whose header and libpcap's do not agree */
    (void)setsockopt(pcap_fileno(live->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof program);
}

void ak_live_count(struct ak_live *live, struct ak_live_counts *counts)
{
    struct pcap_stat now;
    if (pcap_stats(live->pcap, &now) == 0) {
        live->counts.seen += (uint32_t)(now.ps_recv - live->last.ps_recv);
        live->counts.kernel_drops += (uint32_t)(now.ps_drop - live->last.ps_drop);
        live->counts.interface_drops += (uint32_t)(now.ps_ifdrop - live->last.ps_ifdrop);
        live->last = now;
    }
    *counts = live->counts;
}

enum ak_err ak_live_interfaces(void (*each)(void *context, const char *name, const char *about),
                               void *context, struct ak_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all;
    if (pcap_findalldevs(&all, text) != 0)
        return ak_error_set(error, AK_ERR_OPEN, "cannot list interfaces: %.180s", text);
    for (const pcap_if_t *i = all; i != NULL; i = i->next)
        each(context, i->name, i->description != NULL ? i->description : "");
    pcap_freealldevs(all);
    return AK_ERR_NONE;
}
