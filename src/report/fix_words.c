/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_words.h"

#include <string.h>

#include "base/upcase.h"
#include "report/fix_file.h"
#include "report/messages.h"

#include "base/banned.h"

const struct ak_fix_words *ak_fix_words_find(const char *id)
{
    for (size_t i = 0; i < ak_fix_words_count; i++)
        if (strcmp(ak_fix_words_rows[i].id, id) == 0)
            return &ak_fix_words_rows[i];
    return NULL;
}

const char *ak_fix_title(const struct ak_fix_about *about)
{
    const char *colon = strchr(about->id, ':');
    return colon != NULL ? colon + 1 : about->id;
}

const char *ak_fix_need_words(enum ak_fix_need need, enum ak_lang lang)
{
    static const char *const words[AK_FIX_NEEDS] = {
        N_("Remote Desktop: this Windows does it with TLS 1.0 alone until KB3080079 is installed"),
        N_("Remote Desktop: a current Windows could no longer connect"),
        N_("WinRM over HTTPS: a current Windows could no longer connect"),
        N_("SQL Server Agent and linked servers to itself: the host could no longer connect to "
           "itself"),
        N_("SQL Server: the build of an instance has no TLS 1.2, so nobody could connect"),
        N_("agents and other programs on .NET Framework: some would have no version left to offer"),
        N_("agents on WinHTTP, Windows Update and WSUS: no version would be left to offer"),
    };
    return ak_tr(lang, words[need]);
}

static void services(const char *name, struct ak_text *out)
{
    bool plain = strcmp(name, "MSSQLSERVER") == 0;
    ak_text_format(out, "%s%s%s, %s%s", out->size != 0 ? ", " : "", plain ? "" : "MSSQL$", name,
                   plain ? "SQLSERVERAGENT" : "SQLAgent$", plain ? "" : name);
}

void ak_fix_restart_words(const struct ak_fix_plan *plan, enum ak_lang lang, struct ak_text *out)
{
    switch ((enum ak_fix_restart)plan->about->restart) {
    case AK_FIX_RESTART_NONE:
        ak_text_add(out, ak_tr(lang, N_("nothing")));
        break;
    case AK_FIX_RESTART_HOST:
        ak_text_add(out, ak_tr(lang, N_("the host (shutdown /r /t 0)")));
        break;
    case AK_FIX_RESTART_SERVICE:
        for (size_t i = 0; plan->instance == NULL && i < plan->host->instance_count; i++)
            services(plan->host->instances[i].name, out);
        if (plan->instance != NULL)
            services(plan->instance->name, out);
        else if (plan->host->instance_count == 0)
            ak_text_add(out, ak_tr(lang, N_("the services and programs that connect")));
        break;
    }
}

void ak_fix_verify_words(const struct ak_fix_plan *plan, struct ak_text *out)
{
    enum { MOST = 6 };
    const char *shown[MOST];
    size_t count = 0;
    if (strcmp(plan->about->verify, "reg query") != 0) {
        ak_text_add(out, plan->about->verify);
        return;
    }
    for (size_t i = 0; i < plan->set.count && count < MOST; i++) {
        const struct ak_fix_change *c = &plan->set.changes[i];
        bool again = c->action >= AK_FIX_DELETE_KEY;
        for (size_t k = 0; k < count; k++)
            again = again || ak_same_name(shown[k], c->key);
        if (again)
            continue;
        shown[count++] = c->key;
        ak_text_format(out, "%sreg query \"%s\"", count > 1 ? "\n" : "", c->key);
    }
    if (count == 0 && plan->set.count != 0)
        ak_text_format(out, "reg query \"%s\"", plan->set.changes[0].key);
}
