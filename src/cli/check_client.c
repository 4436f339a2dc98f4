/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_client.h"

#include <openssl/crypto.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/password_option.h"
#include "model/sql_names.h"
#include "os/secret.h"

#include "base/banned.h"

enum { MILLISECOND = 1000000, PACE = 50, CONCURRENCY = 4, OPENSSL_LEVEL_2 = 2048 };
#define SECOND INT64_C(1000000000)
#define CLIENT_OF_TODAY "openssl-3.0"

/* ---- the client ---- */

static int make_client(const struct ak_arguments *a, struct ak_check_subject *s)
{
    const struct ak_check_arguments *o = &a->check;
    struct ak_parties_listener listener = {NULL, ak_complain_of};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    const char *word = a->as_party;
    s->setting.own_hello = word != NULL;
    for (size_t i = 0; word == NULL && i < o->with_count; i++)
        if (ak_named_party_make(o->with[i], AK_SIDE_CLIENT, &listener, &s->client, &error) ==
            AK_ERR_NONE) {
            s->setting.own_hello = true;
            s->setting.client = &s->client.party;
            return AK_EXIT_NOTHING;
        }
    if (word == NULL)
        word = CLIENT_OF_TODAY;
    memset(&error, 0, sizeof error);
    enum ak_err err = ak_named_party_make(word, AK_SIDE_CLIENT, &listener, &s->client, &error);
    if (err != AK_ERR_NONE) {
        ak_complain("--as=%s: %s", word, error.text);
        return err == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
    }
    s->setting.client = &s->client.party;
    if (!s->setting.own_hello) /* what drivers of today offer, on whatever system */
    {
        struct ak_key_bounds *bounds = &s->client.party.bounds;
        ak_party_version_range(&s->client.party, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
        bounds->rsa_min = bounds->dh_min = OPENSSL_LEVEL_2; /* as distributions set it */
    }
    if (!s->client.party.suites_known) {
        ak_complain("--as=%s: which cipher suites this client offers is not known, so its hello "
                    "cannot be sent; 'akushu predict --list' names others",
                    word);
        return AK_EXIT_USAGE;
    }
    return AK_EXIT_NOTHING;
}

/* What it says in PRELOGIN, and whether TLS goes first. */
static void set_encryption(const struct ak_arguments *a, struct ak_check_subject *s)
{
    const struct ak_party_sql *sql = &s->client.party.sql;
    struct ak_target *t = &s->setting.target;
    bool strict = a->check.encrypt == AK_ENCRYPT_STRICT ||
                  (a->check.encrypt == AK_ENCRYPT_OF_CLIENT && sql->known && sql->strict);
    s->setting.encryption = AK_TDS_ENCRYPTION_ON;
    if (a->check.encrypt == AK_ENCRYPT_OF_CLIENT && sql->known && !sql->strict)
        s->setting.encryption = sql->encryption;
    if (a->check.encrypt == AK_ENCRYPT_OPTIONAL)
        s->setting.encryption = AK_TDS_ENCRYPTION_OFF;
    if (a->check.encrypt == AK_ENCRYPT_UNSUPPORTED)
        s->setting.encryption = AK_TDS_ENCRYPTION_NOT_SUP;
    if (t->way == AK_PROBE_TDS && strict) {
        t->way = AK_PROBE_STRICT;
        t->alpn = "tds/8.0";
    }
}

/* ---- the password ---- */

static int refuse(const char *what, const char *why)
{
    ak_complain("%s: %s", what, why);
    return AK_EXIT_USAGE;
}

static int make_login(const struct ak_arguments *a, struct ak_check_subject *s)
{
    const struct ak_check_arguments *o = &a->check;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (o->user == NULL)
        return AK_EXIT_NOTHING;
    if (s->setting.target.way != AK_PROBE_TDS && s->setting.target.way != AK_PROBE_STRICT)
        return refuse("--user", "only SQL Server is logged in to");
    if (o->password_file != NULL) {
        if (!ak_password_of_file(o->password_file, s->password, sizeof s->password))
            return AK_EXIT_USAGE;
    } else if (o->password_env != NULL) {
        if (!ak_password_of_environment(o->password_env, s->password, sizeof s->password))
            return AK_EXIT_USAGE;
    } else if (ak_secret_prompt("Password: ", s->password, sizeof s->password, &error) !=
               AK_ERR_NONE) {
        return refuse("--user", error.text);
    }
    s->login.user = o->user;
    s->login.password = s->password;
    s->login.database = o->database;
    s->login.application = "akushu check";
    s->login.server = s->setting.target.host;
    s->setting.login = &s->login;
    return AK_EXIT_NOTHING;
}

void ak_check_subject_wipe(struct ak_check_subject *s)
{
    OPENSSL_cleanse(s->password, sizeof s->password);
}

/* ---- the rest ---- */

/* HOST:PORT of an option. */
static int make_place(const char *option, const char *word, char host[256], uint16_t *port)
{
    struct ak_target proxy;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (word == NULL)
        return AK_EXIT_NOTHING;
    if (strncmp(word, "http://", 7) == 0)
        word += 7;
    enum ak_err err = ak_target_parse(word, &proxy, &error);
    if (err != AK_ERR_NONE || proxy.port == 0 || proxy.instance[0] != '\0') {
        ak_complain("--%s=%s: %s", option, word,
                    err != AK_ERR_NONE ? error.text : "HOST:PORT is needed");
        return AK_EXIT_USAGE;
    }
    memcpy(host, proxy.host, sizeof proxy.host);
    *port = proxy.port;
    return AK_EXIT_NOTHING;
}

int ak_check_subject_make(const struct ak_arguments *a, struct ak_check_subject *s)
{
    const struct ak_check_arguments *o = &a->check;
    struct ak_check_setting *setting = &s->setting;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    memset(s, 0, sizeof *s);
    if (ak_target_parse(a->operands[0], &setting->target, &error) != AK_ERR_NONE) {
        ak_complain("check: %s", error.text);
        return AK_EXIT_USAGE;
    }
    for (int i = 1; i < a->operand_count; i++)
        if (ak_target_parse(a->operands[i], &s->more[setting->more_count++], &error) !=
            AK_ERR_NONE) {
            ak_complain("check: %s", error.text);
            return AK_EXIT_USAGE;
        }
    setting->more = s->more;
    int status = make_client(a, s);
    if (status == AK_EXIT_NOTHING)
        status = make_place("proxy", o->proxy, setting->proxy_host, &setting->proxy_port);
    if (status == AK_EXIT_NOTHING)
        status =
            make_place("connect-to", o->connect_to, setting->connect_host, &setting->connect_port);
    if (status != AK_EXIT_NOTHING)
        return status;
    if (setting->proxy_host[0] != '\0' && setting->target.port == 0 &&
        setting->target.instance[0] == '\0')
        setting->target.port = 1433;
    set_encryption(a, s);
    setting->extensions = s->client.extensions;
    setting->extension_count = s->client.extension_count;
    setting->server_name = o->server_name;
    setting->alpn = o->alpn;
    setting->most = o->connections;
    setting->pace = (int64_t)(o->pace != 0 ? o->pace : PACE) * MILLISECOND;
    setting->repeat = o->repeat;
    setting->concurrency = o->concurrency != 0 ? o->concurrency : CONCURRENCY;
    setting->zero = o->leading_zero;
    setting->limits.whole = o->timeout * SECOND;
    bool always = setting->target.way == AK_PROBE_STRICT; /* strict clients check dates and name */
    setting->verify.dates = always || o->verify || o->ca != NULL;
    setting->verify.name = setting->verify.dates;
    setting->verify.trust = o->verify || o->ca != NULL;
    setting->verify.authorities = o->ca;
    return make_login(a, s);
}
