/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_certificate.h"

#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { INDENT = 4 };

static const char *use_words(enum ak_cert_use use)
{
    static const char *const words[] = {
        N_("not known to be used"),
        N_("none is configured: SQL Server may pick it"),
        N_("given; nothing tells whether it is in use"),
        N_("shown by a server"),
        N_("configured"),
        N_("loaded by SQL Server"),
    };
    return words[use];
}

void ak_certificate_place(const struct ak_found_certificate *f, struct ak_text *out)
{
    ak_safe_text(out, f->file);
    ak_text_format(out, "#%llu", (unsigned long long)f->position);
}

/* ---- facts ---- */

static void key_spec_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    if (f->b != 0)
        ak_text_add(out, ak_tr(lang, N_("its private key lies with CNG, without a KeySpec")));
    else
        ak_text_format(out, ak_tr(lang, N_("its private key has KeySpec %llu (%s)")),
                       (unsigned long long)f->a,
                       f->a == AK_KEY_SPEC_EXCHANGE    ? "AT_KEYEXCHANGE"
                       : f->a == AK_KEY_SPEC_SIGNATURE ? "AT_SIGNATURE"
                                                       : "0");
    if (f->text[0] != '\0')
        ak_text_format(out, "; %s", f->text);
}

static void use_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_format(out, "%s: %s", f->text, ak_tr(lang, use_words((enum ak_cert_use)f->a)));
}

static void time_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_text time;
    ak_text_init(&time, 64);
    ak_text_time(&time, f->a * INT64_C(1000000000), false);
    ak_phrase(out, ak_tr(lang, N_("the evidence is of {1}")), ak_text_string(&time), NULL);
    ak_text_release(&time);
}

static const char *phrase(const struct ak_fact *f)
{
    switch (f->kind) {
    case AK_FACT_NO_PRIVATE_KEY:
        return N_("nothing beside it tells where its private key lies");
    case AK_FACT_PURPOSE_OFF:
        return f->a != 0 ? N_("server authentication is switched off among its purposes")
                         : N_("its extended key usage lacks server authentication");
    case AK_FACT_KEY_USAGE:
        return N_("its key usage lacks keyEncipherment");
    case AK_FACT_NOT_NAMED:
        return N_("none of its names is that of the machine, {1}");
    case AK_FACT_ISSUER:
        return N_("certificate of an issuer in its chain: {1}");
    case AK_FACT_WEAK_HASH:
        return N_("it is signed with {1}");
    case AK_FACT_THUMBPRINT:
        return f->a == AK_THUMBPRINT_BAD
                   ? N_("the thumbprint is not 40 hexadecimal digits: {1}")
                   : N_("no certificate in the machine's store has the thumbprint {1}");
    default:
        return NULL;
    }
}

bool ak_certificate_fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    if (f->kind == AK_FACT_KEY_SPEC) {
        key_spec_fact(f, lang, out);
        return true;
    }
    if (f->kind == AK_FACT_CERT_USE) {
        use_fact(f, lang, out);
        return true;
    }
    if (f->kind == AK_FACT_CASE_TIME) {
        time_fact(f, lang, out);
        return true;
    }
    const char *format = phrase(f);
    if (format == NULL)
        return false;
    ak_phrase(out, ak_tr(lang, format), f->text, NULL);
    return true;
}

/* ---- the table ---- */

static void date(struct ak_text *out, int64_t seconds)
{
    enum { DAY = 10 };
    struct ak_text time;
    ak_text_init(&time, 64);
    ak_text_time(&time, seconds * INT64_C(1000000000), false);
    ak_text_bytes(out, time.bytes, time.size < DAY ? time.size : DAY);
    ak_text_release(&time);
}

static void key_words(const struct ak_found_certificate *f, enum ak_lang lang, struct ak_text *out)
{
    const struct ak_cert_properties *p = &f->properties;
    if (!p->told)
        return;
    if (!p->has_key)
        ak_text_add(out, ak_tr(lang, N_(", no private key told")));
    else if (p->cng)
        ak_text_add(out, ", CNG");
    else if (p->has_key_spec)
        ak_text_format(out, ", KeySpec %u", (unsigned)p->key_spec);
    if (p->has_usage && !p->server_usage)
        ak_text_add(out, ak_tr(lang, N_(", server authentication switched off")));
}

static void names(const struct ak_x509 *x, struct ak_text *out)
{
    const char *at = x->names;
    for (unsigned i = 0; i < x->name_count; i++, at += strlen(at) + 1) {
        ak_text_add(out, i == 0 ? "; " : ", ");
        ak_safe_text(out, strchr(at, ':') + 1);
    }
}

static void describe(const struct ak_text_style *s, const struct ak_certificate_case *c,
                     struct ak_text *line)
{
    const struct ak_certificate *certificate = c->found->certificate;
    const struct ak_x509 *x = &certificate->facts;
    if (!certificate->readable) {
        ak_text_add(line, ak_tr(s->lang, N_("not readable")));
        return;
    }
    ak_safe_text(line, x->subject);
    names(x, line);
    ak_text_add(line, "; ");
    date(line, x->not_before);
    ak_text_add(line, " - ");
    date(line, x->not_after);
    ak_text_format(line, "; %s %u, ", ak_key_type_name(x->key_type), x->key_bits);
    ak_safe_text(line, x->signature_algorithm);
    if (ak_certificate_is_fallback(x))
        ak_text_add(line, ak_tr(s->lang, N_(", made by SQL Server for itself")));
    key_words(c->found, s->lang, line);
}

bool ak_text_certificate(const struct ak_text_style *s, const struct ak_certificate_case *c,
                         bool first, struct ak_text *out)
{
    struct ak_text line;
    if (c->found->place == AK_CERT_PLACE_AUTHORITY ||
        (!s->all && c->use == AK_CERT_USE_NONE && c->found->certificate->facts.is_authority))
        return false;
    ak_text_init(&line, 16384);
    if (first)
        ak_text_format(out, "\n%s%s%s\n", ak_paint(s, "\033[1m"),
                       ak_tr(s->lang, N_("Certificates")), ak_paint(s, "\033[0m"));
    ak_text_add(out, "  ");
    ak_certificate_place(c->found, &line);
    ak_text_add(&line, ": ");
    ak_text_add(&line, ak_tr(s->lang, use_words(c->use)));
    if (c->instance != NULL) {
        ak_text_add(&line, " (");
        ak_safe_text(&line, c->instance->name);
        ak_text_char(&line, ')');
    }
    ak_text_add(&line, "; ");
    describe(s, c, &line);
    ak_text_add(&line, "; ");
    ak_text_hex_bytes(&line, c->found->certificate->sha1, sizeof c->found->certificate->sha1);
    ak_wrap(out, ak_text_string(&line), 2, INDENT, s->width);
    ak_text_release(&line);
    return true;
}
