/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/conversation.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

const char *ak_protocol_name(enum ak_protocol protocol)
{
    static const char *const names[] = {"unknown", "tds", "tds8", "tls"};
    return names[protocol];
}

const char *ak_outcome_name(enum ak_outcome outcome)
{
    static const char *const names[] = {"established", "failed",    "refused",
                                        "unanswered",  "plaintext", "incomplete"};
    return names[outcome];
}

const char *ak_stage_name(enum ak_stage stage)
{
    static const char *const names[] = {"P0", "P1", "P2", "P3", "P4", "P5", "P5b", "P6", "P7"};
    return names[stage];
}

const char *ak_side_name(enum ak_side side)
{
    static const char *const names[] = {"client", "server", "none"};
    return names[side];
}

const char *ak_close_name(enum ak_close close)
{
    static const char *const names[] = {"none", "alert", "fin", "rst", "timeout"};
    return names[close];
}

const char *ak_step_name(enum ak_step step)
{
    static const char *const names[AK_STEPS] = {"SYN",
                                                "SYN-ACK",
                                                "first client data",
                                                "first server data",
                                                "proxy request",
                                                "proxy answer",
                                                "STARTTLS",
                                                "STARTTLS answer",
                                                "PRELOGIN",
                                                "PRELOGIN reply",
                                                "ClientHello",
                                                "HelloRetryRequest",
                                                "ServerHello",
                                                "Certificate",
                                                "ServerKeyExchange",
                                                "CertificateRequest",
                                                "ServerHelloDone",
                                                "client Certificate",
                                                "ClientKeyExchange",
                                                "client Finished",
                                                "server Finished",
                                                "login",
                                                "client data",
                                                "server response",
                                                "alert",
                                                "FIN",
                                                "RST"};
    return (unsigned)step < AK_STEPS ? names[step] : "?";
}

const char *ak_encryption_name(uint8_t raw)
{
    static const char *const names[] = {"off", "on", "not_sup", "req"};
    unsigned value = raw & 0x1f; /* flags: 0x80 client certificate, 0x40 CTAIP, 0x20 extension */
    return value < 4 ? names[value] : NULL;
}

enum ak_service ak_conversation_service(const struct ak_conversation *c)
{
    if (c->clear != NULL && c->clear->service != AK_SERVICE_NONE)
        return c->clear->service;
    if (c->tls == NULL)
        return AK_SERVICE_NONE;
    if (c->tls->server_alpn != NULL)
        return ak_service_of_alpn(c->tls->server_alpn, strlen(c->tls->server_alpn));
    if (c->tls->hello == NULL)
        return AK_SERVICE_NONE;
    const char *only = c->tls->hello->alpn; /* a list tells nothing */
    return ak_service_of_alpn(only, strlen(only));
}

bool ak_conversation_asked_in_vain(const struct ak_conversation *c)
{
    const struct ak_clear_seen *clear = c->clear;
    return clear != NULL && c->tls == NULL && c->protocol == AK_PROTOCOL_UNKNOWN &&
           (clear->starttls >= AK_STARTTLS_ASKED || clear->proxy != AK_PROXY_NONE) &&
           c->step[AK_STEP_CLIENT_DATA].frame == 0;
}

static char *put_number(char *out, unsigned value, unsigned base)
{
    char digits[8];
    size_t n = 0;
    do {
        unsigned d = value % base;
        digits[n++] = (char)(d < 10 ? '0' + d : 'a' + d - 10);
        value /= base;
    } while (value != 0);
    while (n > 0)
        *out++ = digits[--n];
    return out;
}

/* RFC 5952: the longest run of two or more zero groups becomes "::". */
static void ipv6_text(const uint8_t *address, char *out)
{
    uint16_t group[8];
    size_t best = 8, best_size = 1;
    for (size_t i = 0; i < 8; i++)
        group[i] = ak_be16(address + 2 * i);
    for (size_t i = 0; i < 8; i++) {
        size_t n = 0;
        while (i + n < 8 && group[i + n] == 0)
            n++;
        if (n > best_size) {
            best = i;
            best_size = n;
        }
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == best) {
            *out++ = ':';
            if (best + best_size == 8)
                *out++ = ':';
            i += best_size - 1;
            continue;
        }
        if (i != 0)
            *out++ = ':';
        out = put_number(out, group[i], 16);
    }
    *out = '\0';
}

void ak_endpoint_text(const struct ak_endpoint *endpoint, char out[46])
{
    if (endpoint->version == 6) {
        ipv6_text(endpoint->address, out);
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        if (i != 0)
            *out++ = '.';
        out = ak_short_decimal(out, endpoint->address[i]);
    }
    *out = '\0';
}

bool ak_endpoint_same(const struct ak_endpoint *a, const struct ak_endpoint *b)
{
    return a->port == b->port && a->version == b->version &&
           memcmp(a->address, b->address, sizeof a->address) == 0;
}

uint64_t ak_endpoint_hash(struct ak_hash_key key, const struct ak_endpoint *e)
{
    uint8_t bytes[19];
    memcpy(bytes, e->address, 16);
    bytes[16] = (uint8_t)(e->port >> 8);
    bytes[17] = (uint8_t)e->port;
    bytes[18] = e->version;
    return ak_hash_bytes(key, bytes, sizeof bytes);
}

static void release_tds(struct ak_tds_seen *tds)
{
    if (tds == NULL)
        return;
    char *const texts[] = {tds->instance,       tds->host,     tds->application, tds->library,
                           tds->login_server,   tds->database, tds->language,    tds->error_text,
                           tds->routing_server, tds->program};
    for (size_t i = 0; i < AK_COUNT(texts); i++)
        ak_free(texts[i]);
    ak_free(tds);
}

static void release_clear(struct ak_clear_seen *clear)
{
    if (clear == NULL)
        return;
    ak_free(clear->proxy_host);
    ak_free(clear->proxy_client);
    ak_free(clear->ntlm_server);
    ak_free(clear->ntlm_domain);
    ak_free(clear->ntlm_user);
    ak_free(clear->ntlm_workstation);
    ak_free(clear);
}

static void set_text(char **text, char *near, size_t near_size, const char *value, size_t size)
{
    if (*text != near)
        ak_free(*text);
    *text = NULL;
    if (value == NULL)
        return;
    *text = size < near_size ? near : ak_alloc(1, size + 1);
    if (*text == NULL)
        return;
    memcpy(*text, value, size);
    (*text)[size] = '\0';
}

void ak_tls_set_server_name(struct ak_tls_seen *tls, const char *name, size_t size)
{
    set_text(&tls->server_name, tls->name_room, sizeof tls->name_room, name, size);
}

void ak_tls_set_server_alpn(struct ak_tls_seen *tls, const char *name, size_t size)
{
    set_text(&tls->server_alpn, tls->alpn_room, sizeof tls->alpn_room, name, size);
}

static void release_tls(struct ak_tls_seen *tls, const struct ak_tls_seen *room)
{
    if (tls == NULL)
        return;
    ak_hello_shape_drop(tls->hello);
    for (size_t i = 0; i < tls->chain_count; i++)
        ak_certificate_drop(tls->chain[i]);
    ak_tls_set_server_name(tls, NULL, 0);
    ak_tls_set_server_alpn(tls, NULL, 0);
    if (tls != room)
        ak_free(tls);
}

void ak_conversation_release(struct ak_conversation *conversation)
{
    release_tls(conversation->tls, conversation->tls_room);
    release_tds(conversation->tds);
    release_clear(conversation->clear);
    ak_free(conversation->instance);
    conversation->instance = NULL;
    conversation->tls = NULL;
    conversation->tds = NULL;
    conversation->clear = NULL;
}
