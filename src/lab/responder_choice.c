/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "lab/responder_state.h"
#include "library/parties.h"
#include "model/sql_names.h"
#include "predict/negotiate.h"
#include "predict/party_text.h"

#include "base/banned.h"

enum ak_err ak_lab_party_make(struct ak_lab_server *server, struct ak_error *error)
{
    static const struct ak_parties_listener nobody = {NULL, NULL};
    static const struct ak_hash_key key = {0, 0};
    struct ak_named_party *named = ak_alloc(1, sizeof *named);
    server->party = ak_alloc(1, sizeof *server->party);
    server->client = ak_alloc(1, sizeof *server->client);
    server->now = ak_alloc(1, sizeof *server->now);
    server->hellos = ak_hello_store_new(key);
    enum ak_err err = AK_ERR_NONE;
    if (named == NULL || server->party == NULL || server->client == NULL || server->now == NULL ||
        server->hellos == NULL)
        err = ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    else
        err = ak_named_party_make(server->settings->party, AK_SIDE_SERVER, &nobody, named, error);
    if (err == AK_ERR_NONE) {
        *server->party = named->party;
        ak_lab_keys_describe(&server->keys, server->party);
    }
    ak_free(named);
    return err;
}

/* OpenSSL is held to what was predicted. False: it has no such thing (3DES, RC4, SSL 3.0). */
static bool hold(SSL *ssl, const struct ak_negotiation *n)
{
    static const struct {
        uint16_t code;
        const char *name;
    } groups[] = {{23, "P-256"}, {24, "P-384"}, {25, "P-521"}, {29, "X25519"}, {30, "X448"}};
    const uint8_t code[] = {(uint8_t)(n->suite >> 8), (uint8_t)n->suite};
    const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, code);
    if (suite == NULL || SSL_set_min_proto_version(ssl, n->version) != 1 ||
        SSL_set_max_proto_version(ssl, n->version) != 1)
        return false;
    const char *name = SSL_CIPHER_get_name(suite);
    bool good = n->version == TLS1_3_VERSION ? SSL_set_ciphersuites(ssl, name) == 1
                                             : SSL_set_cipher_list(ssl, name) == 1;
    for (size_t i = 0; good && i < sizeof groups / sizeof groups[0]; i++)
        if (groups[i].code == n->group)
            good = SSL_set1_groups_list(ssl, groups[i].name) == 1;
    if (!n->extended_master_secret)
        (void)SSL_set_options(ssl, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    return good;
}

static void note_choice(struct ak_responder *r, const struct ak_negotiation *n)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(n->suite);
    const char *rule = ak_refusal_rule(n->refusal);
    const char *version = ak_tls_version_name(n->version);
    if (n->ended_by == AK_SIDE_SERVER && !n->established)
        ak_responder_note(r, "%s refuses: %s", r->server->settings->party,
                          rule != NULL ? rule : "nothing fits");
    else
        ak_responder_note(r, "%s answers TLS %s %s", r->server->settings->party,
                          version != NULL ? version : "?", suite != NULL ? suite->name : "?");
}

bool ak_responder_choose(struct ak_responder *r, const struct ak_client_hello *hello)
{
    struct ak_lab_server *server = r->server;
    struct ak_negotiation n;
    struct ak_hello_shape *shape = ak_hello_shape_of(server->hellos, hello);
    if (shape == NULL) {
        ak_responder_end(r, AK_LAB_CLOSE_RST);
        return false;
    }
    ak_party_of_hello(server->client, "client", shape);
    ak_hello_shape_drop(shape);
    /* A Windows without SQL Server speaks TDS here all the same, and never TLS 1.3 inside it. */
    *server->now = *server->party;
    server->client->sql.known = !r->plain_tls && (r->wrapped || server->party->sql.known);
    server->client->sql.encryption = AK_TDS_ENCRYPTION_ON;
    server->client->sql.strict = r->strict;
    (void)ak_parties_match(server->client, server->now);
    server->now->sql.tls13_only_strict = true;
    server->now->sql.known = server->client->sql.known;
    ak_negotiate(server->client, server->now, &n);
    note_choice(r, &n);
    bool refuses = !n.established && n.ended_by == AK_SIDE_SERVER && n.stage <= AK_STAGE_P3;
    if (!refuses && hold(r->ssl, &n))
        return true;
    if (!refuses)
        ak_responder_note(r, "which OpenSSL has not");
    enum ak_lab_close how = server->settings->refusal;
    if (how == AK_LAB_CLOSE_ALERT) {
        const uint8_t alert[] = {AK_TLS_ALERT, 3, 3, 0, 2, 2, n.alert != 0 ? n.alert : 40};
        if (r->wrapped)
            ak_tds_packets(&r->out, 0x12, alert, sizeof alert);
        else
            ak_text_bytes(&r->out, alert, sizeof alert);
    }
    ak_responder_end(r, how);
    return false;
}
