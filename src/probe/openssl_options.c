/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/openssl_options.h"

#include "base/limits.h"
#include "base/put.h"
#include "model/tls_names.h"
#include "probe/hello_parts.h"

#include "base/banned.h"

enum { LIST_MOST = 65536, EXTENSION_EMS = 23, EXTENSION_ETM = 22, EXTENSION_TICKET = 35 };

/* Not every build has the option. */
#ifdef SSL_OP_NO_EXTENDED_MASTER_SECRET
#define NO_EMS SSL_OP_NO_EXTENDED_MASTER_SECRET
#else
#define NO_EMS 0
#endif

static bool is_on(const struct ak_hello_plan *plan, enum ak_party_version_at at)
{
    return ak_party_version_on(plan->client, at);
}

static void add_name(struct ak_text *list, const char *name)
{
    if (list->size != 0)
        ak_text_char(list, ':');
    ak_text_add(list, name);
}

static bool fits_below13(const struct ak_hello_plan *plan, const struct ak_party_suite *suite)
{
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_TLS13; at++)
        if (is_on(plan, (enum ak_party_version_at)at) &&
            ak_party_suite_fits(suite, (enum ak_party_version_at)at))
            return true;
    return false;
}

/* OpenSSL's names of the suites up to TLS 1.2, in the party's order. */
static void old_suites(SSL_CTX *ctx, const struct ak_hello_plan *plan, struct ak_text *list)
{
    SSL *ssl = SSL_new(ctx);
    for (size_t i = 0; ssl != NULL && i < plan->client->suite_count; i++) {
        const struct ak_party_suite *suite = &plan->client->suites[i];
        const uint8_t code[2] = {(uint8_t)(suite->code >> 8), (uint8_t)suite->code};
        const SSL_CIPHER *cipher = fits_below13(plan, suite) ? SSL_CIPHER_find(ssl, code) : NULL;
        if (cipher != NULL)
            add_name(list, SSL_CIPHER_get_name(cipher));
    }
    SSL_free(ssl);
}

static void new_suites(SSL_CTX *ctx, const struct ak_hello_plan *plan, struct ak_text *list)
{
    for (size_t i = 0; is_on(plan, AK_PARTY_TLS13) && i < plan->client->suite_count; i++) {
        const struct ak_party_suite *suite = &plan->client->suites[i];
        const struct ak_cipher_suite *row = ak_cipher_suite_find(suite->code);
        if (row != NULL && ak_party_suite_fits(suite, AK_PARTY_TLS13) &&
            SSL_CTX_set_ciphersuites(ctx, row->name) == 1)
            add_name(list, row->name);
    }
}

/* False: of the suites nothing is left. Says what is left of the versions too. */
static bool set_suites(SSL_CTX *ctx, const struct ak_hello_plan *plan, bool *old, bool *new)
{
    struct ak_text below, above;
    ak_text_init(&below, LIST_MOST);
    ak_text_init(&above, LIST_MOST);
    old_suites(ctx, plan, &below);
    new_suites(ctx, plan, &above);
    *old = below.size != 0;
    *new = above.size != 0;
    bool good = *old || *new;
    if (*old) {
        add_name(&below, "@SECLEVEL=0");
        good = good && SSL_CTX_set_cipher_list(ctx, ak_text_string(&below)) == 1;
    }
    if (*new)
        good = good && SSL_CTX_set_ciphersuites(ctx, ak_text_string(&above)) == 1;
    good = good && !below.failed && !above.failed;
    ak_text_release(&below);
    ak_text_release(&above);
    return good;
}

/* False: no version is left that is on and has suites. */
static bool set_versions(SSL_CTX *ctx, const struct ak_hello_plan *plan, bool old, bool new)
{
    static const struct {
        enum ak_party_version_at at;
        int version;
        uint64_t off;
    } rows[] = {{AK_PARTY_TLS10, TLS1_VERSION, SSL_OP_NO_TLSv1},
                {AK_PARTY_TLS11, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
                {AK_PARTY_TLS12, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
                {AK_PARTY_TLS13, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3}};
    int low = 0, high = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool possible = rows[i].at == AK_PARTY_TLS13 ? new : old;
        if (!possible || !is_on(plan, rows[i].at)) {
            (void)SSL_CTX_set_options(ctx, rows[i].off);
            continue;
        }
        /* A version that is left out ends what OpenSSL offers: only the newest ones in a row. */
        low = low != 0 && high == rows[i - 1].version ? low : rows[i].version;
        high = rows[i].version;
    }
    return low != 0 && SSL_CTX_set_min_proto_version(ctx, low) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, high) == 1;
}

/* Names one by one, since one unknown name spoils a list. */
static void set_groups(SSL_CTX *ctx, const struct ak_party_list *groups)
{
    struct ak_text list;
    ak_text_init(&list, LIST_MOST);
    for (size_t i = 0; i < groups->count; i++) {
        const char *name = ak_tls_group_name(groups->entries[i].code);
        if (groups->entries[i].on && name != NULL && SSL_CTX_set1_groups_list(ctx, name) == 1)
            add_name(&list, name);
    }
    if (list.size != 0 && !list.failed)
        (void)SSL_CTX_set1_groups_list(ctx, ak_text_string(&list));
    ak_text_release(&list);
}

/* OpenSSL knows DSA by pairs alone. */
static const char *scheme_name(uint16_t scheme)
{
    switch (scheme) {
    case 0x0202:
        return "DSA+SHA1";
    case 0x0302:
        return "DSA+SHA224";
    case 0x0402:
        return "DSA+SHA256";
    case 0x0502:
        return "DSA+SHA384";
    case 0x0602:
        return "DSA+SHA512";
    default:
        return ak_tls_signature_scheme_name(scheme);
    }
}

/* False: some are wanted, and OpenSSL has none of them. */
static bool set_schemes(SSL_CTX *ctx, const struct ak_party_list *schemes)
{
    struct ak_text list;
    size_t wanted = 0;
    bool good = true;
    ak_text_init(&list, LIST_MOST);
    for (size_t i = 0; i < schemes->count; i++) {
        const char *name = schemes->entries[i].on ? scheme_name(schemes->entries[i].code) : NULL;
        wanted += schemes->entries[i].on;
        if (name != NULL && SSL_CTX_set1_sigalgs_list(ctx, name) == 1)
            add_name(&list, name);
    }
    if (list.size != 0)
        good = SSL_CTX_set1_sigalgs_list(ctx, ak_text_string(&list)) == 1;
    else if (wanted != 0)
        good = false;
    else if (schemes->known) /* a hello without the extension: SHA-1 (RFC 5246 7.4.1.4.1) */
        good = SSL_CTX_set1_sigalgs_list(ctx, "RSA+SHA1:ECDSA+SHA1:DSA+SHA1") == 1;
    good = good && !list.failed;
    ak_text_release(&list);
    return good;
}

static int any_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                        void *extra)
{
    (void)ssl;
    (void)ctx;
    (void)op;
    (void)bits;
    (void)nid;
    (void)other;
    (void)extra;
    return 1;
}

static void set_options(SSL_CTX *ctx, const struct ak_hello_plan *plan)
{
    (void)SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx));
    (void)SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_COMPRESSION);
    bool ems = plan->client->extended_master_secret != AK_NEED_NONE &&
               (ak_hello_sends(plan, EXTENSION_EMS) ||
                plan->client->extended_master_secret == AK_NEED_REQUIRED);
    if (!ems)
        (void)SSL_CTX_set_options(ctx, NO_EMS);
    if (!ak_hello_sends(plan, EXTENSION_ETM))
        (void)SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
    if (!ak_hello_sends(plan, EXTENSION_TICKET))
        (void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_security_callback(ctx, any_security);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_max_cert_list(ctx, AK_MAX_HANDSHAKE_MESSAGE);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_min_proto_version(ctx, 0);
    (void)SSL_CTX_set_max_proto_version(ctx, 0);
}

SSL_CTX *ak_openssl_context(const struct ak_hello_plan *plan, const char **reason)
{
    bool old, new;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    *reason = "out of memory";
    if (ctx == NULL)
        return NULL;
    set_options(ctx, plan);
    if (plan->client->groups.known)
        set_groups(ctx, &plan->client->groups);
    if (!set_suites(ctx, plan, &old, &new))
        *reason = "OpenSSL has none of the suites";
    else if (!set_versions(ctx, plan, old, new))
        *reason = "OpenSSL has none of the versions";
    else if (!set_schemes(ctx, &plan->client->schemes))
        *reason = "OpenSSL has none of the signature schemes";
    else
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* "h2,http/1.1" as length-prefixed names. */
static bool set_alpn(SSL *ssl, const char *names)
{
    struct ak_text list;
    ak_text_init(&list, LIST_MOST);
    while (names != NULL) {
        const char *comma = strchr(names, ',');
        size_t size = comma != NULL ? (size_t)(comma - names) : strlen(names);
        size = size < 255 ? size : 255;
        ak_put_u8(&list, (unsigned)size);
        ak_text_bytes(&list, names, size);
        names = comma != NULL ? comma + 1 : NULL;
    }
    bool good = !list.failed &&
                SSL_set_alpn_protos(ssl, (const uint8_t *)list.bytes, (unsigned)list.size) == 0;
    ak_text_release(&list);
    return good;
}

bool ak_openssl_connection(SSL *ssl, const struct ak_hello_plan *plan)
{
    if (ak_hello_is_name(plan->server_name) && ak_hello_sends(plan, TLSEXT_TYPE_server_name) &&
        SSL_set_tlsext_host_name(ssl, plan->server_name) != 1)
        return false;
    return plan->alpn == NULL || plan->alpn[0] == '\0' || set_alpn(ssl, plan->alpn);
}
