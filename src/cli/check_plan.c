/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_plan.h"

#include <stdio.h>

#include "report/facts.h"
#include "report/messages.h"
#include "report/wrap.h"

#include "base/banned.h"

static void line(const struct ak_text_style *s, struct ak_text *out, const char *text)
{
    ak_text_add(out, "  - ");
    ak_wrap(out, text, 4, 4, s->width);
}

static void versions(const struct ak_party *client, struct ak_text *out)
{
    bool any = false;
    for (int i = 0; i < AK_PARTY_VERSIONS; i++) {
        if (!ak_party_version_on(client, (enum ak_party_version_at)i))
            continue;
        ak_text_add(out, any ? ", " : "");
        ak_version_words(ak_party_version_code((enum ak_party_version_at)i), out);
        any = true;
    }
}

/* Where the connections really go. */
static void way_line(const struct ak_check_setting *setting, const struct ak_text_style *s,
                     struct ak_text *out)
{
    bool elsewhere = setting->connect_host[0] != '\0';
    const char *host = elsewhere ? setting->connect_host : setting->proxy_host;
    unsigned port = elsewhere ? setting->connect_port : setting->proxy_port;
    struct ak_text words;
    if (host[0] == '\0')
        return;
    ak_text_init(&words, 1024);
    ak_text_format(&words,
                   elsewhere ? ak_tr(s->lang, N_("connections are made to %s, port %u"))
                             : ak_tr(s->lang, N_("connections are made through the proxy %s, port "
                                                 "%u")),
                   host, port != 0 ? port : setting->target.port);
    line(s, out, ak_text_string(&words));
    ak_text_release(&words);
}

static void client_line(const struct ak_check_setting *setting, const struct ak_text_style *s,
                        struct ak_text *out)
{
    struct ak_text words, offers;
    size_t suites = 0;
    for (size_t i = 0; i < setting->client->suite_count; i++)
        suites += setting->client->suites[i].on;
    ak_text_init(&words, 4096);
    ak_text_init(&offers, 512);
    versions(setting->client, &offers);
    ak_text_format(&words,
                   ak_tr(s->lang, N_("as %s: %s, %zu cipher suites; once more if it fails")),
                   setting->client->name, ak_text_string(&offers), suites);
    line(s, out, ak_text_string(&words));
    ak_text_release(&words);
    ak_text_release(&offers);
}

static void login_lines(const struct ak_check_setting *setting, const struct ak_text_style *s,
                        struct ak_text *out)
{
    struct ak_text words;
    if (setting->login == NULL)
        return;
    ak_text_init(&words, 1024);
    ak_text_format(&words,
                   ak_tr(s->lang, N_("a login as %s, inside TLS alone; without TLS it is not "
                                     "sent")),
                   setting->login->user);
    line(s, out, ak_text_string(&words));
    ak_text_release(&words);
}

/* The other nodes: at the first one's port unless they name their own. */
static void more_lines(const struct ak_check_setting *setting, const struct ak_text_style *s,
                       struct ak_text *out)
{
    for (size_t i = 0; i < setting->more_count; i++) {
        const struct ak_target *t = &setting->more[i];
        struct ak_text words;
        ak_text_init(&words, 1024);
        ak_text_format(&words, ak_tr(s->lang, N_("the same to %s")), t->host);
        if (t->port != 0)
            ak_text_format(&words, ",%u", t->port);
        line(s, out, ak_text_string(&words));
        ak_text_release(&words);
    }
}

static void repeat_line(const struct ak_check_setting *setting, const struct ak_text_style *s,
                        struct ak_text *out)
{
    struct ak_text words;
    if (setting->repeat == 0)
        return;
    ak_text_init(&words, 1024);
    ak_text_format(&words, ak_tr(s->lang, N_("then %u handshakes, %u at once")), setting->repeat,
                   setting->concurrency);
    line(s, out, ak_text_string(&words));
    ak_text_release(&words);
}

void ak_check_plan(const struct ak_check_setting *setting, const struct ak_text_style *s,
                   struct ak_text *out)
{
    const struct ak_target *t = &setting->target;
    bool tds = t->way == AK_PROBE_TDS;
    unsigned most = setting->most != 0 ? setting->most : AK_MAX_CHECK_ATTEMPTS;
    char where[400];
    (void)snprintf(where, sizeof where, "%s%s%s", t->host, t->instance[0] != '\0' ? "\\" : "",
                   t->instance);
    ak_text_format(out, ak_tr(s->lang, N_("Nothing is sent. Without --plan, to %s (%s), port ")),
                   where, t->scheme);
    if (t->port != 0)
        ak_text_u64(out, t->port);
    else
        ak_text_add(out, t->instance[0] != '\0'
                             ? ak_tr(s->lang, N_("that SQL Server Browser names (UDP 1434)"))
                             : "1433");
    ak_text_format(out, "%s\n\n", ak_tr(s->lang, N_(", to each address of the name:")));
    way_line(setting, s, out);
    more_lines(setting, s, out);
    client_line(setting, s, out);
    login_lines(setting, s, out);
    if (tds)
        line(s, out,
             ak_tr(s->lang, N_("if it works: PRELOGIN that asks for no encryption, to see "
                               "whether it is forced, and the session of before resumed; TLS 1.0 "
                               "and 1.1 alone")));
    else
        line(s, out,
             ak_tr(s->lang, N_("if it works: the session of before resumed; TLS 1.0 and 1.1 "
                               "alone")));
    line(s, out,
         ak_tr(s->lang, N_("if it fails twice: each TLS version alone; the client's hello with one "
                           "part after the other widened (cipher suites, signature algorithms, "
                           "groups ...), rare cipher suites too; the suites that the server "
                           "accepts; the smallest change, as a complete handshake")));
    line(s, out,
         ak_tr(s->lang, setting->zero
                            ? N_("at the end up to four TLS_DHE handshakes whose secret or public "
                                 "value begins with a zero byte")
                            : N_("if a TLS_DHE handshake fails at its end: up to four more whose "
                                 "secret or public value begins with a zero byte")));
    if (tds)
        line(s, out, ak_tr(s->lang, N_("if PRELOGIN is not answered: one strict (TDS 8) hello")));
    repeat_line(setting, s, out);
    ak_text_format(
        out,
        ak_tr(s->lang, N_("\nAt most %u connections to one address, %lld ms apart, never "
                          "more than 4 at once.\n")),
        most, (long long)(setting->pace / 1000000));
    ak_text_add(out, ak_tr(s->lang, N_("A server may log refused hellos: Schannel events 36874 and "
                                       "36888, SQL Server errors 17835 and 17836.\n")));
}
