/* SPDX-License-Identifier: Apache-2.0 */
#include "report/host_facts.h"

#include <stdio.h>
#include <string.h>

#include "model/programs.h"
#include "model/tls_names.h"
#include "observe/host.h"
#include "predict/changes.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/prediction_words.h"

#include "base/banned.h"

const char *ak_why_words(unsigned why)
{
    static const char *const words[] = {
        N_("as installed"), N_("not supported"),   N_("registry"),
        N_("policy"),       N_("FIPS mode"),       N_("algorithm switched off"),
        N_("incomplete"),   N_("only on request"), N_("not in the evidence"),
    };
    return words[why < AK_COUNT(words) ? why : AK_COUNT(words) - 1];
}

const char *ak_role_words(unsigned role)
{
    return role == AK_SCHANNEL_CLIENT ? N_("as client") : N_("as server");
}

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
    static const char *const states[] = {N_("off"), N_("only for callers that name it"), N_("on"),
                                         N_("unknown")};
    ak_text_format(out, "%s %s: %s (%s)", f->text, ak_tr(lang, ak_role_words(f->a & 1)),
                   ak_tr(lang, states[(f->b >> 8) & 3]),
                   ak_tr(lang, ak_why_words((unsigned)f->b & 15)));
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

static const char *or_none(const struct ak_fact *f, enum ak_lang lang)
{
    return f->text[0] != '\0' ? f->text : ak_tr(lang, N_("nothing"));
}

static void check_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const char *const verdicts[] = {N_("not met"), N_("met"),
                                           N_("the evidence does not tell")};
    ak_text_format(out, "%s: %s", f->text, ak_tr(lang, verdicts[f->a]));
}

static void dotnet_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_format(out,
                   ak_tr(lang, N_("programs that target .NET Framework %s (%s bits) offer %s")),
                   ak_dotnet_target_name((enum ak_dotnet_target)f->a),
                   f->b == AK_64_BIT ? "64" : "32", or_none(f, lang));
}

static void driver_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const char *const words[] = {N_("its version is not in the evidence"),
                                        N_("it has no TLS 1.2"), ""};
    ak_text_add(out, f->text);
    if (words[f->a][0] != '\0')
        ak_text_format(out, ": %s", ak_tr(lang, words[f->a]));
}

static void predicted_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    int64_t by = f->b >> 32;
    unsigned status = (unsigned)(f->b & 0xffffffff);
    ak_text_format(out, ak_tr(lang, N_("predicted: it ends at stage %s")),
                   ak_stage_name((enum ak_stage)f->a));
    if (by == AK_SIDE_CLIENT)
        ak_text_add(out, ak_tr(lang, N_(", the client gives up")));
    else if (by == AK_SIDE_SERVER)
        ak_text_add(out, ak_tr(lang, N_(", the server refuses")));
    if (status != 0)
        ak_text_format(out, ak_tr(lang, N_("; a Windows client shows 0x%x")), status);
}

static void change_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_change change;
    memset(&change, 0, sizeof change);
    change.kind = (enum ak_change_kind)(f->a & 0xff);
    change.side = (enum ak_side)(f->a >> 8);
    change.code = (uint16_t)(f->b & 0xffff);
    change.bits = (uint16_t)(f->b >> 16);
    ak_text_add(out,
                ak_tr(lang, change.side == AK_SIDE_CLIENT ? N_("least change, on the client: ")
                                                          : N_("least change, on the server: ")));
    ak_change_words(&change, lang, out);
}

static void suite_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find((uint16_t)f->a);
    ak_text_format(out, ak_tr(lang, N_("the two will agree on %s")),
                   suite != NULL ? suite->name : "?");
}

static void dated_fact(const struct ak_fact *f, const char *format, enum ak_lang lang,
                       struct ak_text *out)
{
    struct ak_text time;
    ak_text_init(&time, 64);
    ak_text_time(&time, f->a * INT64_C(1000000000), false);
    ak_phrase(out, ak_tr(lang, format), f->text, ak_text_string(&time));
    ak_text_release(&time);
}

static void removed_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_format(out,
                   ak_tr(lang, f->b == AK_WHY_FIPS
                                   ? N_("FIPS mode takes %llu cipher suites out of the list")
                                   : N_("%llu cipher suites of the list are switched off by it")),
                   (unsigned long long)f->a);
}

/* Facts that are one sentence with their text in it. */
static const char *sentence(const struct ak_fact *f)
{
    switch (f->kind) {
    case AK_FACT_AGENT:
        return N_("installed: {1}");
    case AK_FACT_PEER_CUT:
        return N_("nothing in common with {1} as it is installed (RSA certificate)");
    case AK_FACT_INSTANCE:
        return N_("SQL Server instance {1}");
    case AK_FACT_NO_SUITE:
        return f->a == 0 ? N_("no cipher suite is left for {1} as client")
                         : N_("no cipher suite is left for {1} as server");
    case AK_FACT_DHE_FIX:
        return f->a != 0 ? N_("{1}: leading zeros are kept as the RFC asks")
                         : N_("{1}: without the fix for leading zeros");
    case AK_FACT_SUPPORT_PAID:
        return N_("paid updates come until {1}");
    case AK_FACT_CALLS:
        return N_("both run SQL Server: this is {1}, as a linked server calls");
    case AK_FACT_OTHER_HOST:
        return N_("compared with {1}");
    case AK_FACT_ONLY_HERE:
        return N_("only here: {1}");
    case AK_FACT_ONLY_THERE:
        return N_("only there: {1}");
    case AK_FACT_NO_CERTIFICATE:
        return N_("its instance {1} has no certificate configured: it signs one itself");
    case AK_FACT_NO_STRONG_SUITE:
        return N_("none of these is available: {1}");
    case AK_FACT_REFUSED_AS:
        return N_("see {1}");
    case AK_FACT_PROGRAM:
        return N_("the client's program is {1}");
    case AK_FACT_COLLECTED:
        return N_("the server told of itself: {1}");
    default:
        return NULL;
    }
}

static bool counted_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    switch (f->kind) {
    case AK_FACT_LEFT_OUT:
        ak_text_format(
            out, ak_tr(lang, N_("%llu of the %llu suites of Windows are not in the policy's list")),
            (unsigned long long)f->a, (unsigned long long)f->b);
        return true;
    case AK_FACT_SPEAKS:
        ak_text_format(out,
                       ak_tr(lang, f->a == AK_SIDE_CLIENT ? N_("as client it offers %s")
                                                          : N_("as server it accepts %s")),
                       or_none(f, lang));
        return true;
    case AK_FACT_WRITTEN:
        dated_fact(f, N_("{1} was written at {2}"), lang, out);
        return true;
    case AK_FACT_SHUT_DOWN:
        dated_fact(f, N_("the last shutdown was at {2}"), lang, out);
        return true;
    case AK_FACT_PENDING:
        dated_fact(f, N_("{1} was written at {2}, after the last shutdown: is a restart pending?"),
                   lang, out);
        return true;
    case AK_FACT_WRITTEN_LATER:
        dated_fact(f, N_("{1} was written at {2}, after this conversation"), lang, out);
        return true;
    case AK_FACT_SUPPORT_ENDED:
        dated_fact(f,
                   f->b != 0 ? N_("paid updates ended on {1}; the evidence is of {2}")
                             : N_("support ended on {1}; the evidence is of {2}"),
                   lang, out);
        return true;
    case AK_FACT_SUITES_REMOVED:
        removed_fact(f, lang, out);
        return true;
    default:
        return false;
    }
}

/* "the server is SQL01: its registry has the address" */
static void met_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const char *const how[] = {"",
                                      N_("no other machine of the evidence is left"),
                                      N_("by its name"),
                                      N_("its SQL Server is set to this certificate"),
                                      N_("its registry has the address"),
                                      N_("you said so")};
    ak_phrase(out,
              ak_tr(lang, f->a == AK_SIDE_CLIENT ? N_("the client is {1}: {2}")
                                                 : N_("the server is {1}: {2}")),
              f->text, ak_tr(lang, how[f->b]));
}

static void disjoint_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char count[24];
    (void)snprintf(count, sizeof count, "%lld", (long long)f->a);
    ak_phrase(
        out, ak_tr(lang, N_("by its settings {1} accepts {2} cipher suites, none of them offered")),
        f->text, count);
}

static void contradicted_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find((uint16_t)(f->a & 0xffff));
    struct ak_text chosen;
    ak_text_init(&chosen, 256);
    ak_version_words((uint16_t)(f->a >> 16), &chosen);
    if (suite != NULL)
        ak_text_format(&chosen, ", %s", suite->name);
    ak_phrase(out,
              ak_tr(lang, N_("contradiction: by its settings {1} accepts this ClientHello ({2}), "
                             "but the wire shows that it was refused")),
              f->text, ak_text_string(&chosen));
    ak_text_release(&chosen);
}

static bool rule_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    static const struct {
        enum ak_fact_kind kind;
        void (*words)(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out);
    } rows[] = {
        {AK_FACT_CHECK, check_fact},
        {AK_FACT_DOTNET_OFFER, dotnet_fact},
        {AK_FACT_DRIVER, driver_fact},
        {AK_FACT_PREDICTED, predicted_fact},
        {AK_FACT_LIST_DISJOINT, disjoint_fact},
        {AK_FACT_MET_HOST, met_fact},
        {AK_FACT_CONTRADICTED, contradicted_fact},
        {AK_FACT_LEAST_CHANGE, change_fact},
        {AK_FACT_AGREED_SUITE, suite_fact},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].kind == f->kind) {
            rows[i].words(f, lang, out);
            return true;
        }
    const char *format = sentence(f);
    if (format == NULL)
        return counted_fact(f, lang, out);
    ak_phrase(out, ak_tr(lang, format), f->text, NULL);
    return true;
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
        return rule_fact(f, lang, out);
    }
}
