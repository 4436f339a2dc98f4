/* SPDX-License-Identifier: Apache-2.0 */
#include "report/offer_facts.h"

#include "model/tls_names.h"
#include "report/check_words.h"
#include "report/messages.h"

#include "base/banned.h"

static void versions_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_text refused;
    ak_text_init(&refused, 128);
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++) {
        const char *name = ak_tls_version_name(ak_offer_version_code(i));
        if ((f->a >> i & 1) != 0)
            ak_text_format(&refused, "%s%s", refused.size != 0 ? ", " : "", name);
    }
    if (f->text[0] == '\0')
        ak_phrase(out, ak_tr(lang, N_("asked with each version alone, the server refuses {1}")),
                  ak_text_string(&refused), NULL);
    else
        ak_phrase(out,
                  ak_tr(lang, N_("asked with each version alone, the server accepts {1} and "
                                 "refuses {2}")),
                  f->text, refused.size != 0 ? ak_text_string(&refused) : "-");
    ak_text_release(&refused);
}

static void suites_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_text version;
    ak_text_init(&version, 64);
    ak_version_words((uint16_t)f->a, &version);
    ak_phrase(out,
              ak_tr(lang, f->b != 0 ? N_("with {1} the server accepts these suites alone: {2}")
                                    : N_("with {1} the server accepts, among others: {2}")),
              ak_text_string(&version), f->text);
    ak_text_release(&version);
}

/* Name and ALPN help by being left out, all else by being added. */
static bool left_out(enum ak_hello_part part)
{
    return part == AK_HELLO_NAME || part == AK_HELLO_ALPN;
}

static void part_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    enum ak_hello_part part = (enum ak_hello_part)f->a;
    const char *text =
        left_out(part)
            ? N_("the same hello is accepted as soon as this part of it is left out: {1}")
            : N_("the same hello is accepted as soon as this part of it is widened: {1}");
    ak_phrase(out, ak_tr(lang, text), ak_hello_part_words(lang, part), NULL);
}

/* What was added, by its name. */
static void added_words(enum ak_hello_part part, uint16_t code, struct ak_text *out)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    const char *name = part == AK_HELLO_SUITES    ? (suite != NULL ? suite->name : NULL)
                       : part == AK_HELLO_GROUPS  ? ak_tls_group_name(code)
                       : part == AK_HELLO_SCHEMES ? ak_tls_signature_scheme_name(code)
                                                  : NULL;
    if (part == AK_HELLO_VERSIONS)
        ak_version_words(code, out);
    else if (name != NULL)
        ak_text_add(out, name);
    else
        ak_text_format(out, "0x%04x", code);
}

static const char *proof_text(enum ak_hello_part part, bool completed)
{
    if (left_out(part))
        return completed ? N_("proof: without {1}, the same client completed a handshake ({2})")
                         : N_("proof: without {1}, the server accepted the hello and sent its "
                              "flight ({2})");
    return completed ? N_("proof: with {1} added, the same client completed a handshake ({2})")
                     : N_("proof: with {1} added, the server accepted the hello and sent its "
                          "flight ({2})");
}

static void proof_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    enum ak_hello_part part = (enum ak_hello_part)(f->a >> 16);
    struct ak_text what;
    ak_text_init(&what, 256);
    if ((f->a & 0xffff) != 0)
        added_words(part, (uint16_t)f->a, &what);
    else
        ak_text_add(&what, ak_hello_part_words(lang, part));
    ak_phrase(out, ak_tr(lang, proof_text(part, f->b > 0)), ak_text_string(&what), f->text);
    ak_text_release(&what);
}

static void also_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_text what;
    ak_text_init(&what, 256);
    added_words(AK_HELLO_SUITES, (uint16_t)f->a, &what);
    ak_phrase(out,
              ak_tr(lang, N_("the version alone does not help: {1} had to be added for the proof "
                             "as well")),
              ak_text_string(&what), NULL);
    ak_text_release(&what);
}

static void zero_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    struct ak_text count;
    ak_text_init(&count, 32);
    ak_text_i64(&count, f->b);
    ak_phrase(out, ak_tr(lang, N_("leading-zero probe: {1} ({2} connections)")),
              ak_zero_words(lang, (enum ak_zero_verdict)f->a), ak_text_string(&count));
    ak_text_release(&count);
}

bool ak_offer_fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    switch (f->kind) {
    case AK_FACT_ASKED_VERSIONS:
        versions_fact(f, lang, out);
        return true;
    case AK_FACT_ASKED_SUITES:
        suites_fact(f, lang, out);
        return true;
    case AK_FACT_ASKED_PART:
        part_fact(f, lang, out);
        return true;
    case AK_FACT_ASKED_PROOF:
        proof_fact(f, lang, out);
        return true;
    case AK_FACT_ASKED_ALSO:
        also_fact(f, lang, out);
        return true;
    case AK_FACT_ASKED_ZERO:
        zero_fact(f, lang, out);
        return true;
    default:
        return false;
    }
}
