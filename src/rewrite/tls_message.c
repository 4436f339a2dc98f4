/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/tls_message.h"

#include "base/attr.h"
#include "codec/tls.h"
#include "model/tls_names.h"
#include "rewrite/certificate.h"
#include "rewrite/copier.h"

#include "base/banned.h"

/* ---- extensions ---- */

static void whole(struct ak_copier *c, enum ak_side side)
{
    (void)side;
    (void)ak_copy_rest(c);
}

/* RFC 6066 3 */
static void server_names(struct ak_copier *c, enum ak_side side)
{
    (void)side;
    struct ak_copier list = ak_copy_sub(c, ak_copy_be16(c));
    while (list.r.left != 0) {
        size_t type = ak_copy_u8(&list), size = ak_copy_be16(&list);
        if (type == 0)
            ak_copy_name(&list, AK_TEXT_UTF8, size);
        else
            ak_copy_skip(&list, size);
    }
}

static void key_share(struct ak_copier *c)
{
    (void)ak_copy_be16(c);
    if (c->r.left >= 2) { /* a HelloRetryRequest names the group alone */
        size_t size = ak_copy_be16(c);
        ak_copy_stand_in(c, size);
    }
}

/* RFC 8446 4.2.8 */
static void key_shares(struct ak_copier *c, enum ak_side side)
{
    if (side == AK_SIDE_SERVER) {
        key_share(c);
        return;
    }
    struct ak_copier list = ak_copy_sub(c, ak_copy_be16(c));
    while (list.r.left != 0)
        key_share(&list);
}

/* RFC 8446 4.2.11: the server's is an index. */
static void pre_shared_keys(struct ak_copier *c, enum ak_side side)
{
    if (side == AK_SIDE_SERVER) {
        (void)ak_copy_be16(c);
        return;
    }
    struct ak_copier identities = ak_copy_sub(c, ak_copy_be16(c));
    while (identities.r.left != 0)
        ak_copy_skip(&identities, ak_copy_be16(&identities) + 4);
    struct ak_copier binders = ak_copy_sub(c, ak_copy_be16(c));
    while (binders.r.left != 0)
        ak_copy_skip(&binders, ak_copy_u8(&binders));
}

/* A length and what it counts, which is zeroed. */
static void length16(struct ak_copier *c, enum ak_side side)
{
    (void)side;
    (void)ak_copy_be16(c);
}

static void length8(struct ak_copier *c, enum ak_side side)
{
    (void)side;
    (void)ak_copy_u8(c);
}

/* status_request: a list of responders may follow (RFC 6066 8). */
static void short_one(struct ak_copier *c, enum ak_side side)
{
    (void)side;
    if (c->r.left <= 5)
        (void)ak_copy_rest(c);
}

static const struct {
    uint16_t type;
    void (*copy)(struct ak_copier *c, enum ak_side side);
} extensions[] = {
    {0, server_names}, {1, whole},     {5, short_one},    {10, whole},           {11, whole},
    {13, whole},       {15, whole},    {16, whole},       {22, whole},           {23, whole},
    {27, whole},       {28, whole},    {34, whole},       {41, pre_shared_keys}, {42, whole},
    {43, whole},       {44, length16}, {45, whole},       {50, whole},           {51, key_shares},
    {17513, whole},    {17613, whole}, {0xff01, length8},
};

static void extension(struct ak_copier *c, size_t type, enum ak_side side)
{
    for (size_t i = 0; i < AK_COUNT(extensions); i++)
        if (extensions[i].type == type)
            extensions[i].copy(c, side);
    if (ak_tls_is_grease((uint16_t)type) && c->r.left <= 1)
        (void)ak_copy_rest(c);
}

static void extension_block(struct ak_copier *c, enum ak_side side)
{
    if (c->r.left == 0)
        return;
    struct ak_copier block = ak_copy_sub(c, ak_copy_be16(c));
    while (block.r.left != 0) {
        size_t type = ak_copy_be16(&block), size = ak_copy_be16(&block);
        struct ak_copier data = ak_copy_sub(&block, size);
        extension(&data, type, side);
    }
}

/* ---- messages ---- */

static void client_hello(struct ak_copier *c)
{
    (void)ak_copy(c, 2);
    ak_copy_stand_in(c, 32);
    ak_copy_stand_in(c, ak_copy_u8(c));
    (void)ak_copy(c, ak_copy_be16(c));
    (void)ak_copy(c, ak_copy_u8(c));
    extension_block(c, AK_SIDE_CLIENT);
}

/* RFC 8446 4.1.3: a server's random may say that it knows more than it chose. */
static void server_random(struct ak_copier *c, bool retry)
{
    uint8_t *p = ak_copy(c, 32);
    if (p == NULL || c->names == NULL || retry)
        return;
    bool marked = memcmp(p + 24, "DOWNGRD", 7) == 0 && p[31] <= 1;
    ak_pseudonym_bytes(c->names, p, marked ? 24 : 32);
}

static void server_hello(struct ak_copier *c, struct ak_span body)
{
    struct ak_server_hello hello;
    struct ak_parse parse;
    (void)ak_server_hello_parse(body, &hello, &parse);
    size_t version = ak_copy_be16(c);
    bool draft = version >> 8 == 0x7f;
    server_random(c, hello.hello_retry);
    if (!draft)
        ak_copy_stand_in(c, ak_copy_u8(c));
    (void)ak_copy(c, 2);
    (void)ak_copy(c, draft ? 0 : 1);
    extension_block(c, AK_SIDE_SERVER);
}

static void certificates(struct ak_copier *c)
{
    struct ak_copier list = ak_copy_sub(c, ak_copy_be24(c));
    while (list.r.left != 0) {
        size_t size = ak_copy_be24(&list);
        uint8_t *der = ak_copy(&list, size);
        if (der != NULL && c->names != NULL)
            ak_rewrite_certificate(c->names, der, size);
    }
}

static unsigned exchange_of(const struct ak_tls_seen *tls)
{
    const struct ak_cipher_suite *suite =
        tls != NULL ? ak_cipher_suite_find(tls->cipher_suite) : NULL;
    return suite != NULL ? suite->key_exchange : AK_KX_RSA;
}

/* A number with its length: zeros on top stay, so its size does. */
static void number16(struct ak_copier *c)
{
    size_t size = ak_copy_be16(c);
    uint8_t *p = ak_copy(c, size);
    if (p == NULL || c->names == NULL)
        return;
    size_t zeros = 0;
    while (zeros < size && p[zeros] == 0)
        zeros++;
    if (zeros == size)
        return;
    uint8_t top = p[zeros];
    ak_pseudonym_bytes(c->names, p + zeros, size - zeros);
    p[zeros] = top;
}

/* A prime that a standard names begins and ends with 64 ones (RFC 2409, 3526, 7919). */
static void prime16(struct ak_copier *c)
{
    size_t size = ak_copy_be16(c), left = c->r.left;
    const uint8_t *p = c->r.at;
    static const uint8_t ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    bool standard =
        size >= 16 && size <= left && memcmp(p, ones, 8) == 0 && memcmp(p + size - 8, ones, 8) == 0;
    uint8_t *to = ak_copy(c, size);
    if (to == NULL || c->names == NULL || standard || size < 3)
        return;
    size_t top = 0;
    while (top < size - 2 && to[top] == 0)
        top++;
    ak_pseudonym_bytes(c->names, to + top + 1, size - top - 2);
}

static void point8(struct ak_copier *c)
{
    size_t size = ak_copy_u8(c);
    uint8_t *p = ak_copy(c, size);
    if (p != NULL && c->names != NULL && size > 1)
        ak_pseudonym_bytes(c->names, p + 1, size - 1);
}

static void server_key_exchange(struct ak_copier *c, const struct ak_tls_seen *tls)
{
    unsigned exchange = exchange_of(tls);
    if (exchange == AK_KX_DHE) {
        prime16(c);
        (void)ak_copy(c, ak_copy_be16(c));
        number16(c);
    } else if (exchange == AK_KX_ECDHE) {
        (void)ak_copy(c, 3);
        point8(c);
    } else {
        return;
    }
    if (tls->version >= 0x0303 && c->r.left >= 2)
        (void)ak_copy_be16(c);
    if (c->r.left >= 2)
        ak_copy_stand_in(c, ak_copy_be16(c));
}

static void client_key_exchange(struct ak_copier *c, const struct ak_tls_seen *tls)
{
    unsigned exchange = exchange_of(tls);
    if (exchange == AK_KX_DHE || (tls != NULL && tls->dh_prime_bits != 0))
        number16(c);
    else if (exchange == AK_KX_ECDHE)
        point8(c);
}

static void certificate_request(struct ak_copier *c, const struct ak_tls_seen *tls)
{
    (void)ak_copy(c, ak_copy_u8(c));
    if (tls != NULL && tls->version >= 0x0303)
        (void)ak_copy(c, ak_copy_be16(c));
    struct ak_copier names = ak_copy_sub(c, ak_copy_be16(c));
    while (names.r.left != 0) {
        size_t size = ak_copy_be16(&names);
        uint8_t *der = ak_copy(&names, size);
        if (der != NULL && c->names != NULL)
            ak_rewrite_distinguished_name(c->names, der, size);
    }
}

void ak_rewrite_tls(struct ak_pseudonyms *names, const struct ak_tls_seen *tls, enum ak_side side,
                    uint8_t type, struct ak_span body, uint8_t *to)
{
    struct ak_parse parse;
    struct ak_copier c = ak_copier_of(body, to, names, &parse);
    if (type == AK_TLS_CLIENT_HELLO && side == AK_SIDE_CLIENT)
        client_hello(&c);
    else if (type == AK_TLS_SERVER_HELLO && side == AK_SIDE_SERVER)
        server_hello(&c, body);
    else if (type == AK_TLS_CERTIFICATE)
        certificates(&c);
    else if (type == AK_TLS_SERVER_KEY_EXCHANGE && side == AK_SIDE_SERVER)
        server_key_exchange(&c, tls);
    else if (type == AK_TLS_CERTIFICATE_REQUEST && side == AK_SIDE_SERVER)
        certificate_request(&c, tls);
    else if (type == AK_TLS_CLIENT_KEY_EXCHANGE && side == AK_SIDE_CLIENT)
        client_key_exchange(&c, tls);
}

/* length(2) type(1) version(2) cipher length(2) session length(2) challenge length(2) ... */
void ak_rewrite_ssl2(struct ak_pseudonyms *names, enum ak_side side, struct ak_span record,
                     uint8_t *to)
{
    struct ak_parse parse;
    struct ak_copier c = ak_copier_of(record, to, names, &parse);
    if (side != AK_SIDE_CLIENT)
        return;
    (void)ak_copy(&c, 5);
    size_t ciphers = ak_copy_be16(&c), session = ak_copy_be16(&c), challenge = ak_copy_be16(&c);
    (void)ak_copy(&c, ciphers);
    ak_copy_stand_in(&c, session);
    ak_copy_stand_in(&c, challenge);
}
