/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_tls.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "model/tls_names.h"

#include "base/banned.h"

enum { PIECES = 64, PIECE_MAXIMUM = 1024 * 1024 };

/* What decides how a line speaks of TLS, but for the name that the client asked for. */
struct terms {
    uint32_t hello, leaf; /* ids; leaf 0: none */
    uint16_t version, version_code, cipher_suite, group;
    uint32_t dh_prime_bits, flags;
    uint64_t chain_sent;
    char ja3s[40];
};

/* Remembered: a server says nearly the same to all its clients. */
struct ak_jsonl_tls_pieces {
    struct terms terms;
    bool good;
    struct ak_text negotiated, head, tail; /* head: of the object tls, up to the name */
};

struct ak_jsonl_tls {
    struct ak_jsonl_shared *shared;
    struct ak_jsonl_tls_pieces pieces[PIECES];
};

struct ak_jsonl_tls *ak_jsonl_tls_new(struct ak_jsonl_shared *shared)
{
    struct ak_jsonl_tls *t = ak_alloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->shared = shared;
    for (size_t i = 0; i < PIECES; i++) {
        ak_text_init(&t->pieces[i].negotiated, PIECE_MAXIMUM);
        ak_text_init(&t->pieces[i].head, PIECE_MAXIMUM);
        ak_text_init(&t->pieces[i].tail, PIECE_MAXIMUM);
    }
    return t;
}

void ak_jsonl_tls_free(struct ak_jsonl_tls *t)
{
    for (size_t i = 0; t != NULL && i < PIECES; i++) {
        ak_text_release(&t->pieces[i].negotiated);
        ak_text_release(&t->pieces[i].head);
        ak_text_release(&t->pieces[i].tail);
    }
    ak_free(t);
}

static const char *client_certificate_word(const struct ak_tls_seen *tls)
{
    if (tls->client_certificate_sent)
        return "sent";
    if (tls->client_certificate_empty)
        return "empty";
    return tls->client_certificate_requested ? "requested" : NULL;
}

static void write_negotiated(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    if (tls->hello != NULL)
        ak_jsonl_offers(t->shared, tls->hello, j);
    if (tls->has_server_hello) {
        ak_json_key(j, "version_code");
        ak_json_code(j, tls->version_code);
        ak_json_key(j, "cipher_code");
        ak_json_code(j, tls->cipher_suite);
    }
    if (tls->hello_retry)
        ak_json_member_bool(j, "hello_retry", true);
    if (tls->malformed_hello)
        ak_json_member_bool(j, "malformed_hello", true);
    if (tls->hello != NULL) {
        ak_json_key(j, "extended_master_secret");
        ak_json_open(j, '{');
        ak_json_member_bool(j, "client", tls->hello->extended_master_secret);
        if (tls->has_server_hello && tls->version != 0x0304)
            ak_json_member_bool(j, "server", tls->server_ems);
        ak_json_close(j, '}');
    }
    if (tls->dh_prime_bits != 0) {
        ak_json_key(j, "dh");
        ak_json_open(j, '{');
        ak_json_member_u64(j, "prime_bits", tls->dh_prime_bits);
        ak_json_member_bool(j, "server_leading_zero", tls->dh_server_leading_zero);
        ak_json_member_bool(j, "client_leading_zero", tls->dh_client_leading_zero);
        ak_json_close(j, '}');
    }
    if (tls->certificate_message)
        ak_json_member_u64(j, "chain_length", tls->chain_sent);
    const char *word = client_certificate_word(tls);
    if (word != NULL)
        ak_json_member_word(j, "client_certificate", word);
}

static void write_tls_server(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    ak_json_key(j, "server");
    ak_json_open(j, '{');
    if (tls->ja3s[0] != '\0')
        ak_json_member_word(j, "ja3s", tls->ja3s);
    if (tls->chain_count != 0)
        ak_jsonl_certificate(t->shared, tls->chain[0], j);
    ak_json_close(j, '}');
}

/* The object tls up to the server's name that the client wrote. */
static void write_tls_head(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls, struct ak_json *j)
{
    ak_json_key(j, "tls");
    ak_json_open(j, '{');
    ak_json_member_bool(j, "established", tls->finished[0] && tls->finished[1]);
    if (tls->has_server_hello) {
        const char *version = ak_tls_version_name(tls->version);
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
        if (version != NULL) {
            ak_json_member_word(j, "version_protocol", ak_tls_version_protocol(tls->version));
            ak_json_member_word(j, "version", version);
        }
        if (suite != NULL && tls->version != 0x0002)
            ak_json_member_word(j, "cipher", suite->name);
        if (tls->group != 0) {
            const char *group = ak_tls_group_name(tls->group);
            ak_json_key(j, "curve");
            if (group != NULL)
                ak_json_text(j, group);
            else
                ak_json_code(j, tls->group);
        }
        ak_json_member_bool(j, "resumed", tls->resumed);
    }
    if (tls->server_alpn != NULL)
        ak_json_member_text(j, "next_protocol", tls->server_alpn);
    if (tls->hello != NULL) {
        ak_json_key(j, "client");
        ak_json_open(j, '{');
        ak_jsonl_tls_client(t->shared, tls->hello, j);
    }
}

/* From there to its end. */
static void write_tls_tail(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls, struct ak_json *j)
{
    if (tls->hello != NULL)
        ak_json_close(j, '}');
    if (tls->ja3s[0] != '\0' || tls->chain_count != 0)
        write_tls_server(t, tls, j);
    ak_json_close(j, '}');
}

/* ---- lines that differ in little ---- */

/* All that decides those pieces; the same bytes, the same pieces. */
static bool terms_of(const struct ak_tls_seen *tls, struct terms *terms)
{
    bool leaf = tls->chain_count != 0;
    if (!AK_MEMO || tls->hello == NULL || tls->hello->id == 0 || tls->server_alpn != NULL ||
        (leaf && tls->chain[0]->id == 0))
        return false;
    memset(terms, 0, sizeof *terms);
    terms->hello = tls->hello->id;
    terms->leaf = leaf ? tls->chain[0]->id : 0;
    terms->version = tls->version;
    terms->version_code = tls->version_code;
    terms->cipher_suite = tls->cipher_suite;
    terms->group = tls->group;
    terms->dh_prime_bits = tls->dh_prime_bits;
    terms->chain_sent = tls->chain_sent;
    const bool flags[] = {tls->has_server_hello,
                          tls->hello_retry,
                          tls->malformed_hello,
                          tls->server_ems,
                          tls->dh_server_leading_zero,
                          tls->dh_client_leading_zero,
                          tls->certificate_message,
                          tls->client_certificate_requested,
                          tls->client_certificate_sent,
                          tls->client_certificate_empty,
                          tls->resumed,
                          tls->finished[0] && tls->finished[1]};
    for (size_t i = 0; i < AK_COUNT(flags); i++)
        terms->flags |= (uint32_t)flags[i] << i;
    memcpy(terms->ja3s, tls->ja3s, sizeof tls->ja3s);
    return true;
}

static void make_pieces_of(struct ak_jsonl_tls *t, struct ak_jsonl_tls_pieces *pieces,
                           const struct ak_tls_seen *tls)
{
    struct ak_json negotiated = {&pieces->negotiated, true}, head = {&pieces->head, true},
                   tail = {&pieces->tail, true};
    ak_text_clear(&pieces->negotiated);
    ak_text_clear(&pieces->head);
    ak_text_clear(&pieces->tail);
    write_negotiated(t, tls, &negotiated);
    write_tls_head(t, tls, &head);
    write_tls_tail(t, tls, &tail);
    pieces->good = !pieces->negotiated.failed && !pieces->head.failed && !pieces->tail.failed;
}

/* The pieces of such a line; NULL: they have to be made anew. */
const struct ak_jsonl_tls_pieces *ak_jsonl_tls_recall(struct ak_jsonl_tls *t,
                                                      const struct ak_tls_seen *tls)
{
    struct terms terms;
    if (!terms_of(tls, &terms))
        return NULL;
    uint64_t mix =
        ak_hash_fold((uint64_t)terms.hello << 32 ^ terms.leaf ^ UINT64_C(0x9e3779b97f4a7c15),
                     (uint64_t)terms.flags << 32 ^ (uint64_t)terms.cipher_suite << 16 ^
                         terms.version_code ^ UINT64_C(0xd1b54a32d192ed03));
    struct ak_jsonl_tls_pieces *pieces = &t->pieces[mix % PIECES];
    if (!pieces->good || memcmp(&pieces->terms, &terms, sizeof terms) != 0) {
        pieces->terms = terms;
        make_pieces_of(t, pieces, tls);
    }
    return pieces->good ? pieces : NULL;
}

void ak_jsonl_tls_object(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls,
                         const struct ak_jsonl_tls_pieces *pieces, struct ak_json *j)
{
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->head.bytes, pieces->head.size);
    else
        write_tls_head(t, tls, j);
    j->comma = true;
    if (tls->hello != NULL && tls->server_name != NULL)
        ak_json_member_text(j, "server_name", tls->server_name);
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->tail.bytes, pieces->tail.size);
    else
        write_tls_tail(t, tls, j);
    j->comma = true;
}

void ak_jsonl_tls_negotiated(struct ak_jsonl_tls *t, const struct ak_tls_seen *tls,
                             const struct ak_jsonl_tls_pieces *pieces, struct ak_json *j)
{
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->negotiated.bytes, pieces->negotiated.size);
    else
        write_negotiated(t, tls, j);
}
