/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event_facts.h"

#include <stdio.h>

#include "observe/event.h"
#include "report/log_words.h"
#include "report/messages.h"

#include "base/banned.h"

/* "SQL Server: the network side could not start (MSSQLSERVER 17182 x 2: 0x80090331, ERRORLOG:27)"
 */
static void event_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    enum ak_log_provider provider = (enum ak_log_provider)((uint64_t)f->a >> 32);
    uint32_t code = (uint32_t)(f->a & 0xffffffff);
    ak_text_format(out, "%s (%s %u", ak_log_event_meaning(provider, code, lang),
                   ak_log_provider_name(provider), (unsigned)code);
    if (f->b > 1)
        ak_text_format(out, " x %lld", (long long)f->b);
    ak_text_format(out, ": %s)", f->text);
}

static const char *part_words(enum ak_login_part part)
{
    static const char *const words[AK_LOGIN_PARTS] = {
        N_("no single step"),
        N_("waiting for a worker"),
        N_("sending to the client"),
        N_("waiting for the client or the network"),
        N_("the TLS handshake"),
        N_("waiting for the client's part of the TLS handshake"),
        N_("sending the server's part of the TLS handshake"),
        N_("Schannel on the server (keys, certificates, revocation)"),
        N_("waiting for a worker"),
        N_("Windows authentication"),
        N_("waiting for the client's part of Windows authentication"),
        N_("sending the server's part of Windows authentication"),
        N_("the security package on the server (domain controllers)"),
        N_("waiting for a worker"),
        N_("checking the login"),
        N_("logon triggers and the resource governor's classifier")};
    return words[part];
}

static void login_time_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    enum ak_login_part part = (enum ak_login_part)((uint64_t)f->b >> 32);
    char total[32], share[32];
    (void)snprintf(total, sizeof total, "%lld", (long long)f->a);
    (void)snprintf(share, sizeof share, "%lld", (long long)(f->b & 0xffffffff));
    ak_phrase(out, ak_tr(lang, N_("the slowest login took {1} ms, of which {2} ms went into: ")),
              total, share);
    ak_text_add(out, ak_tr(lang, part_words(part)));
}

bool ak_event_fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    if (f->kind == AK_FACT_EVENT)
        event_fact(f, lang, out);
    else if (f->kind == AK_FACT_LOGIN_TIME)
        login_time_fact(f, lang, out);
    else
        return false;
    return true;
}
