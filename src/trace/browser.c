/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/browser.h"

#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "codec/ssrp.h"

#include "base/banned.h"

enum { UDP_HEADER = 8, NAME = 64 };

struct known {
    struct ak_endpoint end;
    char name[NAME];
};

struct asked {
    struct ak_endpoint client;
    uint8_t server[16];
    bool used, everybody, answered;
};

struct ak_browser {
    struct known known[AK_MAX_BROWSER];
    size_t known_count, known_next;
    struct asked asked[AK_MAX_BROWSER];
    size_t asked_next;
};

struct ak_browser *ak_browser_new(void)
{
    return ak_alloc(1, sizeof(struct ak_browser));
}

void ak_browser_free(struct ak_browser *browser)
{
    ak_free(browser);
}

static void set_end(struct ak_endpoint *end, const struct ak_ip_packet *ip, const uint8_t *address,
                    uint16_t port)
{
    memset(end, 0, sizeof *end);
    end->version = ip->version;
    memcpy(end->address, address, ip->version == 6 ? 16 : 4);
    end->port = port;
}

static bool same_end(const struct ak_endpoint *a, const struct ak_endpoint *b)
{
    return a->port == b->port && a->version == b->version &&
           memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* ---- requests ---- */

/* A broadcast or multicast address: whoever answers is another address. */
static bool is_everybody(const struct ak_ip_packet *ip)
{
    if (ip->version == 6)
        return ip->destination[0] == 0xff;
    return ip->destination[0] >= 224 || ip->destination[3] == 255;
}

static void take_request(struct ak_browser *b, const struct ak_ip_packet *ip, uint16_t port,
                         struct ak_totals *totals)
{
    struct asked now;
    memset(&now, 0, sizeof now);
    set_end(&now.client, ip, ip->source, port);
    memcpy(now.server, ip->destination, ip->version == 6 ? 16 : 4);
    now.used = true;
    now.everybody = is_everybody(ip);
    for (size_t i = 0; i < AK_MAX_BROWSER; i++) {
        struct asked *old = &b->asked[i];
        if (!old->used || !same_end(&old->client, &now.client) ||
            memcmp(old->server, now.server, sizeof now.server) != 0)
            continue;
        if (!old->answered)
            return; /* asked again */
        *old = now;
        totals->browser_requests++;
        totals->browser_unanswered++;
        return;
    }
    b->asked[b->asked_next] = now;
    b->asked_next = (b->asked_next + 1) % AK_MAX_BROWSER;
    totals->browser_requests++;
    totals->browser_unanswered++; /* until it is answered */
}

static void take_answered(struct ak_browser *b, const struct ak_ip_packet *ip, uint16_t port,
                          struct ak_totals *totals)
{
    struct ak_endpoint client;
    uint8_t server[16] = {0};
    set_end(&client, ip, ip->destination, port);
    memcpy(server, ip->source, ip->version == 6 ? 16 : 4);
    for (size_t i = 0; i < AK_MAX_BROWSER; i++) {
        struct asked *old = &b->asked[i];
        if (!old->used || old->answered || !same_end(&old->client, &client) ||
            (!old->everybody && memcmp(old->server, server, sizeof server) != 0))
            continue;
        old->answered = true;
        totals->browser_unanswered--;
    }
}

/* ---- instances ---- */

static void keep_instance(struct ak_browser *b, const struct ak_ip_packet *ip,
                          const struct ak_ssrp_instance *instance)
{
    struct known now;
    if (instance->tcp_port == 0)
        return;
    memset(&now, 0, sizeof now);
    set_end(&now.end, ip, ip->source, instance->tcp_port);
    (void)ak_utf8_copy(instance->name, now.name, sizeof now.name);
    for (size_t i = 0; i < b->known_count; i++)
        if (same_end(&b->known[i].end, &now.end)) {
            b->known[i] = now;
            return;
        }
    b->known[b->known_next] = now;
    b->known_next = (b->known_next + 1) % AK_MAX_BROWSER;
    if (b->known_count < AK_MAX_BROWSER)
        b->known_count++;
}

static bool take_answer(struct ak_browser *b, const struct ak_ip_packet *ip,
                        struct ak_span datagram, uint16_t port, struct ak_totals *totals)
{
    struct ak_ssrp_answer answer;
    struct ak_ssrp_instance instance;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_ssrp_answer_parse(datagram, &answer, &parse);
    if (verdict != AK_VERDICT_PARSED && answer.text.size == 0)
        return false;
    take_answered(b, ip, port, totals);
    while (ak_ssrp_instance_next(&answer.text, &instance))
        keep_instance(b, ip, &instance);
    return true;
}

bool ak_browser_packet(struct ak_browser *b, const struct ak_ip_packet *ip,
                       struct ak_totals *totals)
{
    struct ak_parse parse;
    struct ak_ssrp_request request;
    if (ip->payload.size < UDP_HEADER)
        return false;
    uint16_t source = ak_be16(ip->payload.bytes), destination = ak_be16(ip->payload.bytes + 2);
    struct ak_span datagram = {ip->payload.bytes + UDP_HEADER, ip->payload.size - UDP_HEADER};
    if (source == AK_SSRP_PORT && take_answer(b, ip, datagram, destination, totals))
        return true;
    if (destination != AK_SSRP_PORT ||
        ak_ssrp_request_parse(datagram, &request, &parse) != AK_VERDICT_PARSED)
        return false;
    take_request(b, ip, source, totals);
    return true;
}

const char *ak_browser_find(const struct ak_browser *b, const struct ak_endpoint *server)
{
    for (size_t i = 0; i < b->known_count; i++)
        if (same_end(&b->known[i].end, server))
            return b->known[i].name;
    return NULL;
}
