/* Certificates made on the spot: as good or as bad as a scenario needs them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LAB_CERTIFICATE_H
#define AK_LAB_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/text.h"
#include "lab/settings.h"
#include "predict/party.h"

struct ak_lab_keys {
    EVP_PKEY *key;
    X509 *chain[2]; /* the server's own, the intermediate; NULL: none */
    X509 *anchor;   /* what a client must trust: an authority, or the server's own */
};

/* The authorities of one run: made once, so that a client needs to trust one file. */
struct ak_lab_authority {
    EVP_PKEY *key;
    X509 *certificate, *proxy, *service;
};

enum ak_err ak_lab_authority_make(struct ak_lab_authority *authority, struct ak_error *error);
void ak_lab_authority_release(struct ak_lab_authority *authority);

/* `day` is today in seconds since 1970 UTC. */
enum ak_err ak_lab_keys_make(struct ak_lab_keys *keys, const struct ak_lab_certificate *wanted,
                             const struct ak_lab_authority *authority, int64_t day,
                             struct ak_error *error);
/* Another certificate of the same key and authority for this host; NULL: none. */
X509 *ak_lab_certificate_for(const struct ak_lab_keys *keys, const char *name,
                             const struct ak_lab_authority *authority, int64_t day);
void ak_lab_keys_release(struct ak_lab_keys *keys);

/* PEM of the anchor. False: out of memory. */
bool ak_lab_keys_anchor(const struct ak_lab_keys *keys, struct ak_text *out);
/* The chain as a party knows it. */
void ak_lab_keys_describe(const struct ak_lab_keys *keys, struct ak_party *server);

#endif
