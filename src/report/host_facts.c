/* SPDX-License-Identifier: Apache-2.0 */
#include "report/host_facts.h"

#include <string.h>

#include "observe/host.h"
#include "report/facts.h"
#include "report/messages.h"

#include "base/banned.h"

static void setting_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_add(out, f->text);
    if (f->a >= 0)
        ak_text_format(out, f->a > 9 ? " = 0x%llx" : " = %llu", (unsigned long long)f->a);
    else
        ak_text_format(out, " %s", ak_tr(lang, f->b ? N_("is not a number") : N_("is not set")));
}

static void protocol_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const char *const roles[] = {N_("as client"), N_("as server")};
    static const char *const states[] = {N_("off"), N_("only for callers that name it"), N_("on"),
                                         N_("unknown")};
    static const char *const whys[] = {
        N_("as installed"), N_("not supported"),   N_("registry"),
        N_("policy"),       N_("FIPS mode"),       N_("algorithm switched off"),
        N_("incomplete"),   N_("only on request"), N_("not in the evidence"),
    };
    ak_text_format(out, "%s %s: %s (%s)", f->text, ak_tr(lang, roles[f->a & 1]),
                   ak_tr(lang, states[(f->b >> 8) & 3]), ak_tr(lang, whys[f->b & 15]));
}

static void system_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_add(out, f->text[0] != '\0' ? f->text : ak_tr(lang, N_("unknown")));
    if (f->a != 0)
        ak_text_format(out, ak_tr(lang, N_(", build %llu")), (unsigned long long)f->a);
    if (f->b == AK_OS_FEATURES)
        ak_text_add(out, ak_tr(lang, N_(" (guessed)")));
}

static void oddity_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const char *const words[] = {
        N_("no name that Windows reads"),
        N_("no name that Windows reads"),
        N_("at this level nothing reads it"),
        N_("nothing reads this key"),
        N_("the value has no name"),
        N_("1 where only 0 and 0xffffffff are documented"),
        N_("a value of the wrong type"),
        N_("no cipher suite of this name"),
        N_("longer than 1,023 characters"),
        N_("differs in the control set that Windows falls back to"),
    };
    ak_text_format(out, "%s: %s", f->text, ak_tr(lang, words[f->a]));
}

bool ak_host_fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    switch (f->kind) {
    case AK_FACT_SETTING:
        setting_fact(f, lang, out);
        return true;
    case AK_FACT_PROTOCOL_STATE:
        protocol_fact(f, lang, out);
        return true;
    case AK_FACT_SYSTEM:
        system_fact(f, lang, out);
        return true;
    case AK_FACT_ODDITY:
        oddity_fact(f, lang, out);
        return true;
    case AK_FACT_MEANT:
        ak_text_format(out, ak_tr(lang, N_("probably meant: %s")), f->text);
        return true;
    case AK_FACT_DIRTY:
        ak_text_format(out,
                       ak_tr(lang, N_("%s was copied while Windows ran; its last writes are in "
                                      ".LOG1 and .LOG2 files that are not here")),
                       f->text);
        return true;
    default:
        return false;
    }
}
