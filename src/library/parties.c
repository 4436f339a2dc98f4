/* SPDX-License-Identifier: Apache-2.0 */
#include "library/parties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "codec/pem.h"
#include "intake/machines.h"
#include "intake/whole_file.h"
#include "library/analysis.h"
#include "model/profiles.h"
#include "model/sql_names.h"
#include "os/file.h"
#include "predict/party_client.h"
#include "predict/party_host.h"
#include "windows/host_view.h"

#include "base/banned.h"

/* One making. */
struct making {
    const char *word;
    enum ak_side role;
    const struct ak_parties_listener *listener;
    struct ak_named_party *out;
    struct ak_error *error;
};

static enum ak_err fail(const struct making *m, enum ak_err code, const char *what)
{
    return ak_error_set(m->error, code, "%s", what);
}

static bool is_file(const char *path)
{
    int number;
    return ak_path_kind_of(path, &number) != AK_PATH_MISSING;
}

static void about(struct ak_named_party *out, const char *text)
{
    (void)snprintf(out->about, sizeof out->about, "%s", text);
}

static void note_extensions(struct ak_named_party *out, const uint16_t *types, size_t count)
{
    out->extension_count = 0;
    for (size_t i = 0; i < count && out->extension_count < AK_PARTY_EXTENSIONS; i++)
        if (!ak_tls_is_grease(types[i]))
            out->extensions[out->extension_count++] = types[i];
}

static void note_on_request(struct ak_named_party *out)
{
    for (unsigned i = AK_PARTY_TLS10; i < AK_PARTY_VERSIONS; i++)
        out->on_request = out->on_request || out->party.versions[i].state == AK_SWITCH_NAMED;
}

/* ---- systems and drivers ---- */

/* What a driver or SQL Server says in PRELOGIN (MS-TDS 2.2.6.5). */
static void speak_sql(struct ak_party *party, unsigned sql)
{
    if (party->role == AK_SIDE_SERVER) {
        ak_party_sql_server(party, NULL);
        party->sql.strict = sql == AK_PROFILE_SQL_STRICT;
        return;
    }
    party->sql.known = true;
    party->sql.encryption =
        sql == AK_PROFILE_SQL_OFF ? AK_TDS_ENCRYPTION_OFF : AK_TDS_ENCRYPTION_ON;
    party->sql.strict = sql == AK_PROFILE_SQL_STRICT;
}

static enum ak_err installed(const struct making *m, const struct ak_windows *system)
{
    struct ak_host *host = ak_alloc(1, sizeof *host);
    if (host == NULL)
        return fail(m, AK_ERR_MEMORY, "out of memory");
    enum ak_err err = ak_host_view(NULL, system, host, m->error);
    if (err == AK_ERR_NONE) {
        /* Nothing tells the revision: Server 2016 is taken as it is with its updates, which is how
         * its profile is described; a client of that build as it was released. */
        bool server = m->role == AK_SIDE_SERVER || strstr(m->word, "2016") != NULL;
        if (!host->dhe_fix_known && system->dhe_fix == AK_DHE_FIX_FROM_UBR) {
            host->dhe_fix_known = true;
            host->dhe_fixed = server;
        }
        (void)ak_party_of_host(host, m->role, m->word, &m->out->party);
    }
    ak_host_release(host);
    ak_free(host);
    return err;
}

static enum ak_err of_profile(const struct making *m, const struct ak_profile *p,
                              const struct ak_windows *system)
{
    about(m->out, p->note);
    if (!(m->role == AK_SIDE_CLIENT ? p->as_client : p->as_server))
        return fail(m, AK_ERR_USAGE,
                    m->role == AK_SIDE_CLIENT ? "is a server, and stands in the client's place"
                                              : "is a client, and stands in the server's place");
    if (p->client != NULL) {
        ak_party_of_client(p->client, m->word, &m->out->party);
        note_extensions(m->out, p->client->extensions, p->client->extension_count);
    } else {
        enum ak_err err = installed(m, system != NULL ? system : p->system);
        if (err != AK_ERR_NONE)
            return err;
    }
    if (p->sql != AK_PROFILE_SQL_NONE)
        speak_sql(&m->out->party, p->sql);
    return AK_ERR_NONE;
}

/* "odbc18@win7" */
static enum ak_err on_system(const struct making *m, const char *at)
{
    char alias[40];
    const struct ak_profile *system = ak_profile_find(at + 1, NULL), *driver = NULL;
    size_t n = (size_t)(at - m->word);
    if (n < sizeof alias) {
        memcpy(alias, m->word, n);
        alias[n] = '\0';
        driver = ak_profile_find(alias, NULL);
    }
    bool fits = driver != NULL && system != NULL && system->system != NULL &&
                (driver->kind == AK_PROFILE_SQL_CLIENT || driver->kind == AK_PROFILE_SQL_SERVER);
    if (!fits)
        return fail(m, AK_ERR_USAGE, "DRIVER@SYSTEM is needed; 'akushu predict --list' shows both");
    enum ak_err err = of_profile(m, driver, system->system);
    (void)snprintf(m->out->about, sizeof m->out->about, "%s on %.100s", alias, system->note);
    return err;
}

/* ---- registries ---- */

struct hearing {
    const struct making *making;
    unsigned hosts;
    bool known;
};

static void on_host(void *context, const struct ak_host *host)
{
    struct hearing *h = context;
    struct ak_named_party *out = h->making->out;
    if (h->hosts++ != 0)
        return;
    h->known = ak_party_of_host(host, h->making->role, h->making->word, &out->party);
    if (h->known && h->making->role == AK_SIDE_SERVER && host->instance_count != 0)
        ak_party_sql_server(&out->party, &host->instances[0]);
    (void)snprintf(out->about, sizeof out->about, "%.60s%s%.90s", host->name,
                   host->name[0] != '\0' ? ", " : "",
                   host->product[0] != '\0' ? host->product
                   : host->system != NULL   ? host->system->name
                                            : "");
}

static void on_registry_problem(void *context, const char *path, const struct ak_error *error)
{
    const struct hearing *h = context;
    h->making->listener->problem(h->making->listener->context, path, error->text);
}

/* Files joined by '+', a system as the first of them when the files do not tell. */
static enum ak_err of_registry(const struct making *m, const struct ak_windows *system,
                               const char *files)
{
    struct ak_machines *machines = ak_machines_new(NULL);
    struct hearing h = {m, 0, false};
    struct ak_machines_listener listener = {&h, on_registry_problem, on_host};
    enum ak_err err = machines != NULL ? AK_ERR_NONE : fail(m, AK_ERR_MEMORY, "out of memory");
    while (err == AK_ERR_NONE && files != NULL) {
        const char *plus = strchr(files, '+');
        size_t n = plus != NULL ? (size_t)(plus - files) : strlen(files), size;
        char *path = ak_alloc(1, n + 1);
        uint8_t *bytes = NULL;
        if (path == NULL) {
            err = fail(m, AK_ERR_MEMORY, "out of memory");
            break;
        }
        memcpy(path, files, n);
        err = ak_whole_file(path, AK_MAX_REGISTRY_FILE, &bytes, &size, m->error);
        if (err == AK_ERR_NONE) {
            struct ak_span head = {bytes, size};
            enum ak_registry_sniff kind = ak_registry_sniff(head);
            if (kind == AK_REGISTRY_SNIFF_NO) {
                ak_free(bytes);
                err = fail(m, AK_ERR_FORMAT, "is no hive, registry export or policy file");
            } else {
                err = ak_machines_add(machines, path, kind, bytes, size);
            }
        }
        ak_free(path);
        files = plus != NULL ? plus + 1 : NULL;
    }
    ak_machines_one(machines, system);
    if (err == AK_ERR_NONE)
        err = ak_machines_finish(machines, &listener);
    ak_machines_free(machines);
    if (err != AK_ERR_NONE)
        return err;
    if (!h.known)
        return fail(m, AK_ERR_USAGE,
                    "does not tell which Windows it is from; name it: win10-22h2+FILE "
                    "('akushu predict --list')");
    return AK_ERR_NONE;
}

/* "win10-22h2+client.reg+more.reg" */
static enum ak_err with_files(const struct making *m, const char *plus)
{
    char alias[64];
    size_t n = (size_t)(plus - m->word);
    const struct ak_profile *profile = NULL;
    if (n < sizeof alias) {
        memcpy(alias, m->word, n);
        alias[n] = '\0';
        profile = ak_profile_find(alias, NULL);
    }
    if (profile == NULL || profile->system == NULL)
        return fail(m, AK_ERR_USAGE,
                    "SYSTEM+FILE is needed; 'akushu predict --list' shows systems");
    enum ak_err err = of_registry(m, profile->system, plus + 1);
    if (err == AK_ERR_NONE && profile->sql != AK_PROFILE_SQL_NONE && !m->out->party.sql.known)
        speak_sql(&m->out->party, profile->sql);
    (void)snprintf(m->out->about, sizeof m->out->about, "%.120s, changed by the files",
                   profile->note);
    return err;
}

/* ---- captures and folders ---- */

struct watching {
    const struct making *making;
    uint64_t id; /* 0: the first with a ClientHello */
    struct hearing hearing;
    bool hello;
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct watching *w = context;
    if (w->hello || (w->id != 0 && c->id != w->id) || c->tls == NULL || c->tls->hello == NULL)
        return;
    w->hello = true;
    ak_party_of_hello(&w->making->out->party, w->making->word, c->tls->hello);
    note_extensions(w->making->out, c->tls->hello->extensions.values,
                    c->tls->hello->extensions.count);
    if (c->protocol == AK_PROTOCOL_TDS || c->protocol == AK_PROTOCOL_TDS8) {
        struct ak_party_sql *sql = &w->making->out->party.sql;
        sql->known = true;
        sql->strict = c->protocol == AK_PROTOCOL_TDS8;
        sql->encryption = c->tds != NULL && c->tds->has_client_encryption
                              ? (uint8_t)(c->tds->client_encryption & 3)
                              : AK_TDS_ENCRYPTION_ON;
    }
    (void)snprintf(w->making->out->about, sizeof w->making->out->about,
                   "ClientHello of conversation %llu", (unsigned long long)c->id);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    const struct watching *w = context;
    if (problem != AK_PROBLEM_NOT_KNOWN)
        w->making->listener->problem(w->making->listener->context, path, error->text);
}

static void on_any_host(void *context, const struct ak_host *host)
{
    struct watching *w = context;
    on_host(&w->hearing, host);
}

static enum ak_err of_evidence(const struct making *m, const char *path, uint64_t id)
{
    struct watching w = {m, id, {m, 0, false}, false};
    struct ak_analysis_listener listener = {
        &w, on_conversation, on_problem, NULL, on_any_host, NULL, NULL};
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    char *paths[1] = {ak_memdup(path, strlen(path) + 1)};
    enum ak_err err = analysis != NULL && paths[0] != NULL
                          ? ak_analysis_paths(analysis, paths, 1, m->error)
                          : fail(m, AK_ERR_MEMORY, "out of memory");
    if (err == AK_ERR_NONE)
        (void)ak_analysis_finish(analysis);
    ak_analysis_free(analysis);
    ak_free(paths[0]);
    if (err != AK_ERR_NONE)
        return err;
    if (w.hello && m->role == AK_SIDE_SERVER)
        return fail(m, AK_ERR_USAGE, "holds a client's hello, and stands in the server's place");
    if (w.hearing.hosts > 1)
        return fail(m, AK_ERR_USAGE, "holds the registries of several machines: name one's folder");
    if (w.hearing.hosts == 1 && !w.hearing.known)
        return fail(m, AK_ERR_USAGE,
                    "does not tell which Windows it is from; name it: win10-22h2+FILE "
                    "('akushu predict --list')");
    if (!w.hello && w.hearing.hosts == 0)
        return fail(m, AK_ERR_FORMAT,
                    id != 0 ? "has no ClientHello in the conversation of that number"
                            : "holds neither a ClientHello nor a registry");
    return AK_ERR_NONE;
}

/* ---- texts ---- */

static bool open_included(void *context, const char *path, struct ak_text *out)
{
    uint8_t *bytes;
    size_t size;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)context;
    bool good = ak_whole_file(path, AK_MAX_PARTY_TEXT, &bytes, &size, &error) == AK_ERR_NONE;
    if (good)
        ak_text_bytes(out, bytes, size);
    ak_free(bytes);
    return good && !out->failed;
}

static enum ak_err of_text(const struct making *m, struct ak_span text)
{
    struct ak_party_input input = {m->word, text, NULL, open_included, NULL};
    enum ak_party_format format = ak_party_format_of(text, m->word);
    if (format == AK_PARTY_FORMAT_UNKNOWN ||
        !ak_party_read(&m->out->party, m->role, &input, &m->out->notes))
        return fail(m, AK_ERR_FORMAT,
                    "is no capture, registry file or configuration text that is known here");
    about(m->out, ak_party_format_name(format));
    return AK_ERR_NONE;
}

static enum ak_err of_file(const struct making *m)
{
    uint8_t *bytes;
    size_t size;
    int number;
    if (ak_path_kind_of(m->word, &number) == AK_PATH_DIRECTORY)
        return of_evidence(m, m->word, 0);
    enum ak_err err = ak_whole_file(m->word, AK_MAX_REGISTRY_FILE, &bytes, &size, m->error);
    if (err == AK_ERR_UNSUPPORTED) /* long: a capture */
        return of_evidence(m, m->word, 0);
    if (err != AK_ERR_NONE) {
        ak_free(bytes);
        return err;
    }
    struct ak_span span = {bytes, size};
    if (ak_party_format_of(span, m->word) != AK_PARTY_FORMAT_UNKNOWN &&
        ak_registry_sniff(span) == AK_REGISTRY_SNIFF_NO)
        err = of_text(m, span);
    else
        err = of_evidence(m, m->word, 0);
    ak_free(bytes);
    return err;
}

/* ---- the word ---- */

static enum ak_err of_unknown(const struct making *m, const char *nearest)
{
    struct ak_span text = {(const uint8_t *)m->word, strlen(m->word)};
    int number = 0;
    if (ak_path_kind_of(m->word, &number) == AK_PATH_MISSING && !ak_path_is_absent(number))
        return ak_error_system(m->error, AK_ERR_OPEN, number, "cannot open");
    bool list = strchr(m->word, ':') != NULL || strncmp(m->word, "TLS_", 4) == 0;
    if (list && of_text(m, text) == AK_ERR_NONE)
        return AK_ERR_NONE;
    if (nearest != NULL)
        return ak_error_set(m->error, AK_ERR_USAGE,
                            "no file and no party of this name; '%s' is most like it ('akushu "
                            "predict --list' shows all)",
                            nearest);
    return fail(m, AK_ERR_USAGE,
                "no file and no party of this name; 'akushu predict --list' shows the names");
}

static enum ak_err of_word(const struct making *m)
{
    const char *nearest, *hash = strrchr(m->word, '#'), *at = strchr(m->word, '@');
    const char *plus = strchr(m->word, '+');
    if (is_file(m->word))
        return of_file(m);
    const struct ak_profile *profile = ak_profile_find(m->word, &nearest);
    if (profile != NULL && (m->role == AK_SIDE_CLIENT ? profile->as_client : profile->as_server))
        return of_profile(m, profile, NULL);
    if (ak_party_default(&m->out->party, m->role, m->word))
        return AK_ERR_NONE;
    if (profile != NULL)
        return of_profile(m, profile, NULL);
    if (hash != NULL && hash[1] >= '1' && hash[1] <= '9') {
        char *path = ak_memdup(m->word, strlen(m->word) + 1);
        if (path == NULL)
            return fail(m, AK_ERR_MEMORY, "out of memory");
        path[hash - m->word] = '\0';
        enum ak_err err = is_file(path) ? of_evidence(m, path, strtoull(hash + 1, NULL, 10))
                                        : of_unknown(m, nearest);
        ak_free(path);
        return err;
    }
    if (at != NULL)
        return on_system(m, at);
    if (plus != NULL && strchr(m->word, ':') == NULL)
        return with_files(m, plus);
    return of_unknown(m, nearest);
}

enum ak_err ak_named_party_make(const char *word, enum ak_side role,
                                const struct ak_parties_listener *listener,
                                struct ak_named_party *out, struct ak_error *error)
{
    struct making making = {word, role, listener, out, error};
    memset(out, 0, sizeof *out);
    ak_party_init(&out->party, word, role, AK_STACK_OTHER);
    enum ak_err err = of_word(&making);
    note_on_request(out);
    return err;
}

unsigned ak_parties_match(struct ak_party *client, struct ak_party *server)
{
    unsigned assumed = 0;
    if (client->sql.known && !server->sql.known) {
        ak_party_sql_server(server, NULL);
        server->sql.strict = client->sql.strict;
        assumed |= AK_ASSUMED_SQL_SERVER;
    } else if (server->sql.known && !client->sql.known) {
        speak_sql(client, AK_PROFILE_SQL_OFF);
        assumed |= AK_ASSUMED_SQL_CLIENT;
    }
    if (!server->chains_known) {
        (void)ak_party_chain_add(server, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
        assumed |= AK_ASSUMED_CERTIFICATE;
    }
    return assumed;
}

/* ---- certificates ---- */

static bool spec(struct ak_party *server, const char *word)
{
    static const struct {
        const char *name;
        enum ak_sign_hash hash;
    } hashes[] = {{"md5", AK_SIGN_HASH_MD5},       {"sha1", AK_SIGN_HASH_SHA1},
                  {"sha224", AK_SIGN_HASH_SHA224}, {"sha256", AK_SIGN_HASH_SHA256},
                  {"sha384", AK_SIGN_HASH_SHA384}, {"sha512", AK_SIGN_HASH_SHA512}};
    bool rsa = strncmp(word, "rsa", 3) == 0, ec = strncmp(word, "ec", 2) == 0;
    char *end;
    if (!rsa && !ec)
        return false;
    unsigned long bits = strtoul(word + (rsa ? 3 : 2), &end, 10);
    uint16_t curve = bits == 256 ? 0x0017 : bits == 384 ? 0x0018 : bits == 521 ? 0x0019 : 0;
    enum ak_sign_hash hash = AK_SIGN_HASH_SHA256;
    if (*end == '-') {
        hash = AK_SIGN_HASH_OTHER;
        for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
            if (strcmp(hashes[i].name, end + 1) == 0)
                hash = hashes[i].hash;
    } else if (*end != '\0') {
        return false;
    }
    if (hash == AK_SIGN_HASH_OTHER || bits < 256 || bits > 16384 || (ec && curve == 0))
        return false;
    enum ak_key_type key = rsa ? AK_KEY_RSA : AK_KEY_EC;
    return ak_party_chain_add(server, key, (unsigned)bits, rsa ? 0 : curve, hash, key) != NULL;
}

static uint16_t curve_of(const char *name)
{
    return strcmp(name, "prime256v1") == 0  ? 0x0017
           : strcmp(name, "secp384r1") == 0 ? 0x0018
           : strcmp(name, "secp521r1") == 0 ? 0x0019
                                            : 0;
}

static bool add_link(struct ak_party_chain **chain, struct ak_party *server,
                     const struct ak_x509 *x)
{
    uint16_t curve = curve_of(x->curve);
    if (*chain == NULL)
        *chain =
            ak_party_chain_add(server, x->key_type, x->key_bits, curve, x->sign_hash, x->sign_key);
    else if ((*chain)->count < AK_MAX_CHAIN)
        (*chain)->count++;
    else
        return true; /* longer than any that is sent */
    if (*chain == NULL)
        return false;
    struct ak_party_link link = {.key = (uint8_t)x->key_type,
                                 .bits = (uint16_t)x->key_bits,
                                 .curve = curve,
                                 .sign_hash = (uint8_t)x->sign_hash,
                                 .sign_key = (uint8_t)x->sign_key,
                                 .sign_pss = x->sign_pss,
                                 .self_signed = x->self_signed};
    (*chain)->links[(*chain)->count - 1] = link;
    return true;
}

static bool from_file(struct ak_party *server, struct ak_span file)
{
    struct ak_party_chain *chain = NULL;
    struct ak_x509 *x = ak_alloc(1, sizeof *x);
    uint8_t *der = ak_alloc(1, AK_MAX_CERTIFICATE);
    size_t at = 0, size;
    bool good = x != NULL && der != NULL;
    if (good && ak_x509_parse(file, x) == AK_VERDICT_PARSED) {
        good = add_link(&chain, server, x);
        at = file.size;
    }
    while (good && at < file.size) {
        struct ak_span span = {der, 0};
        if (!ak_pem_next(file, "CERTIFICATE", &at, der, AK_MAX_CERTIFICATE, &size))
            continue; /* moves on in any case */
        span.size = size;
        if (ak_x509_parse(span, x) == AK_VERDICT_PARSED)
            good = add_link(&chain, server, x);
    }
    ak_free(x);
    ak_free(der);
    return chain != NULL;
}

enum ak_err ak_party_certificate(struct ak_party *server, const char *word, struct ak_error *error)
{
    uint8_t *bytes;
    size_t size;
    if (!is_file(word)) {
        if (spec(server, word))
            return AK_ERR_NONE;
        return ak_error_set(error, AK_ERR_USAGE,
                            "no file, and not written like rsa2048-sha256 or ec256-sha384");
    }
    enum ak_err err = ak_whole_file(word, AK_MAX_CERTIFICATE * AK_MAX_CHAIN, &bytes, &size, error);
    if (err != AK_ERR_NONE)
        return err;
    struct ak_span span = {bytes, size};
    if (!from_file(server, span))
        err = ak_error_set(error, AK_ERR_FORMAT, "holds no certificate (PEM or DER)");
    ak_free(bytes);
    return err;
}
