/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/hello.h"

#include "base/limits.h"
#include "base/put.h"
#include "codec/tls.h"
#include "model/tls_names.h"
#include "probe/hello_parts.h"

#include "base/banned.h"

/* record        16 0301 length(2)
 * handshake     01 length(3)
 * ClientHello   version(2) random(32) session_id<32> cipher_suites<2..> compression<0> extensions
 *
 * SSL 2.0       80+length(2) 01 0002 cipher length(2) session length(2) challenge length(2)
 *               kinds(3 each) challenge
 */

enum { RENEGOTIATION_SCSV = 0x00ff, MOST_FRAGMENT = 16384, CHALLENGE = 16 };

bool ak_hello_has_version(const struct ak_hello_work *work, enum ak_party_version_at at)
{
    return work->versions >> at & 1;
}

void ak_hello_random(struct ak_hello_work *work, size_t count)
{
    if (!ak_text_reserve(work->out, count))
        return;
    work->source->random(work->source->context, (uint8_t *)work->out->bytes + work->out->size,
                         count);
    work->out->size += count;
}

/* The field of a ClientHello: TLS 1.3 says so in an extension (RFC 8446 4.1.2). */
static uint16_t legacy_version(const struct ak_hello_work *work)
{
    for (int at = AK_PARTY_TLS12; at >= AK_PARTY_SSL30; at--)
        if (ak_hello_has_version(work, (enum ak_party_version_at)at))
            return ak_party_version_code((enum ak_party_version_at)at);
    return 0x0303;
}

static bool is_observed(const struct ak_hello_plan *plan)
{
    return plan->extension_count != 0 || plan->no_extensions;
}

/* Could a version that is on use it? Of what the tables do not know, perhaps. */
static bool is_useful(const struct ak_hello_work *work, const struct ak_party_suite *suite)
{
    if (ak_cipher_suite_find(suite->code) == NULL)
        return true;
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (ak_hello_has_version(work, (enum ak_party_version_at)at) &&
            ak_party_suite_fits(suite, (enum ak_party_version_at)at))
            return true;
    return false;
}

static bool wants_scsv(const struct ak_hello_work *work)
{
    const struct ak_hello_plan *plan = work->plan;
    bool below13 = (work->versions & ((1u << AK_PARTY_TLS13) - 1)) != 0;
    return !plan->no_signalling && !is_observed(plan) && below13 &&
           plan->client->renegotiation_info != AK_NEED_NONE &&
           ak_party_suite_find(plan->client, RENEGOTIATION_SCSV) == NULL;
}

/* An observed client's list is sent whole; else what no version could use is left out. False:
 * nothing of use would be offered. */
static bool put_suites(struct ak_hello_work *work)
{
    const struct ak_party *client = work->plan->client;
    size_t at = ak_put_open(work->out, 2), real = 0;
    for (size_t i = 0; i < client->suite_count; i++) {
        const struct ak_party_suite *suite = &client->suites[i];
        bool signal = ak_cipher_suite_is_signal(suite->code);
        bool useful = !signal && is_useful(work, suite);
        bool left_out = suite->code == RENEGOTIATION_SCSV && work->plan->no_signalling;
        if (!suite->on || left_out || (!signal && !useful && !is_observed(work->plan)))
            continue;
        ak_put_be(work->out, suite->code, 2);
        real += useful;
    }
    if (wants_scsv(work))
        ak_put_be(work->out, RENEGOTIATION_SCSV, 2);
    ak_put_close(work->out, at, 2);
    return real != 0;
}

/* RFC 7685: some servers hang at hellos of 256 to 511 bytes. */
static void pad(struct ak_hello_work *work, size_t message_at)
{
    size_t size = work->out->size - message_at;
    if (!work->has_padding || work->out->failed || size <= 255 || size >= 512)
        return;
    size_t zeros = 512 - size, behind = work->padding_at + 2;
    if (!ak_text_reserve(work->out, zeros))
        return;
    char *at = work->out->bytes + behind;
    memmove(at + zeros, at, work->out->size - behind);
    memset(at, 0, zeros);
    work->out->size += zeros;
    at[-2] = (char)(uint8_t)(zeros >> 8);
    at[-1] = (char)(uint8_t)zeros;
}

static bool put_message(struct ak_hello_work *work)
{
    size_t start = work->out->size;
    ak_put_u8(work->out, AK_TLS_CLIENT_HELLO);
    size_t at = ak_put_open(work->out, 3);
    ak_put_be(work->out, legacy_version(work), 2);
    ak_hello_random(work, 32);
    ak_put_u8(work->out, 32);
    ak_hello_random(work, 32);
    bool good = put_suites(work);
    ak_put_be(work->out, 0x0100, 2); /* one compression method: null */
    size_t block = work->out->size;
    ak_hello_extensions(work);
    size_t behind = work->out->size;
    pad(work, start);
    if (work->out->size != behind) /* the block grew */
        ak_put_close(work->out, block, 2);
    ak_put_close(work->out, at, 3);
    return good && !work->out->failed;
}

/* Every kind that was ever named: SSL 2.0 servers answer with the list of theirs. */
static void put_ssl2_kinds(struct ak_hello_work *work)
{
    static const uint32_t kinds[] = {0x010080, 0x020080, 0x030080, 0x040080,
                                     0x050080, 0x060040, 0x0700c0};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        ak_put_be(work->out, kinds[i], 3);
}

/* Suites have a zero in front (RFC 5246 appendix E.2); as many as were put. */
static size_t put_ssl2_suites(struct ak_hello_work *work)
{
    const struct ak_party *client = work->plan->client;
    size_t count = 0;
    for (size_t i = 0; i < client->suite_count; i++) {
        if (!client->suites[i].on)
            continue;
        ak_put_be(work->out, client->suites[i].code, 3);
        count += !ak_cipher_suite_is_signal(client->suites[i].code);
    }
    return count;
}

static bool put_ssl2(struct ak_hello_work *work)
{
    bool ssl2 = ak_hello_has_version(work, AK_PARTY_SSL20);
    bool later = work->versions != 1u << AK_PARTY_SSL20;
    size_t start = ak_put_open(work->out, 2);
    ak_put_u8(work->out, 1);
    ak_put_be(work->out, later ? legacy_version(work) : 0x0002, 2);
    size_t sizes = ak_put_open(work->out, 6), at = work->out->size, suites = 0;
    if (ssl2)
        put_ssl2_kinds(work);
    if (later)
        suites = put_ssl2_suites(work);
    size_t count = work->out->size - at;
    ak_hello_random(work, CHALLENGE);
    ak_put_close(work->out, start, 2);
    if (work->out->failed)
        return false;
    uint8_t *head = (uint8_t *)work->out->bytes;
    head[start] |= 0x80;
    head[sizes] = (uint8_t)(count >> 8);
    head[sizes + 1] = (uint8_t)count;
    head[sizes + 5] = CHALLENGE;
    return ssl2 || suites != 0;
}

/* One message as records of at most 2^14 bytes (RFC 5246 6.2.1). */
static void put_records(struct ak_text *out, uint16_t version, const struct ak_text *message)
{
    for (size_t at = 0; at < message->size;) {
        size_t left = message->size - at, size = left < MOST_FRAGMENT ? left : MOST_FRAGMENT;
        ak_put_u8(out, AK_TLS_HANDSHAKE);
        ak_put_be(out, version, 2);
        ak_put_be(out, size, 2);
        ak_text_bytes(out, message->bytes + at, size);
        at += size;
    }
}

bool ak_hello_build(const struct ak_hello_plan *plan, const struct ak_hello_source *source,
                    struct ak_text *out)
{
    struct ak_text message;
    ak_text_init(&message, AK_MAX_HANDSHAKE_MESSAGE);
    struct ak_hello_work work = {.plan = plan, .source = source, .out = &message};
    for (int at = AK_PARTY_SSL20; at < AK_PARTY_VERSIONS; at++)
        if (ak_party_version_on(plan->client, (enum ak_party_version_at)at))
            work.versions |= 1u << at;
    bool good = work.versions != 0;
    if (good && (plan->ssl2_format || work.versions == 1u << AK_PARTY_SSL20)) {
        work.out = out;
        good = put_ssl2(&work);
    } else if (good) {
        good = put_message(&work);
        bool ssl3 = work.versions <= (1u << AK_PARTY_SSL30 | 1u << AK_PARTY_SSL20);
        if (good)
            put_records(out, ssl3 ? 0x0300 : 0x0301, &message);
        else if (message.failed)
            ak_text_fail(out);
    }
    ak_text_release(&message);
    return good && !out->failed;
}
