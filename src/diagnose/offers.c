/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/offers.h"

#include <stdio.h>
#include <string.h>

#include "model/tls_names.h"

#include "base/banned.h"

bool ak_offer_decided(const struct ak_view *v)
{
    return v->offer != NULL && v->offer->refused && v->offer->source == v->c->source &&
           v->offer->cause != AK_HELLO_PARTS;
}

enum ak_answer ak_offer_decides(const struct ak_view *v, enum ak_hello_part part)
{
    if (!ak_offer_decided(v))
        return AK_ANSWER_LACK;
    return v->offer->cause == part ? AK_ANSWER_YES : AK_ANSWER_NO;
}

/* Appends a word to a list in a text of fixed size; what has no room is left out. */
static void add_word(char *list, size_t room, const char *word)
{
    size_t used = strlen(list);
    if (word != NULL && used + strlen(word) + 3 < room)
        (void)snprintf(list + used, room - used, "%s%s", used != 0 ? ", " : "", word);
}

static void fact_versions(struct ak_match *m, const struct ak_offer *offer)
{
    char accepted[AK_FACT_TEXT] = "";
    int64_t refused = 0;
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++) {
        if (offer->version[i].tried == AK_TRIED_ACCEPTED)
            add_word(accepted, sizeof accepted, ak_tls_version_name(ak_offer_version_code(i)));
        if (offer->version[i].tried == AK_TRIED_REFUSED && !offer->rare)
            refused |= (int64_t)1 << i;
    }
    ak_match_text(m, AK_FACT_ASKED_VERSIONS, 0, refused, accepted);
}

static void fact_suites(struct ak_match *m, const struct ak_offer *offer)
{
    for (size_t i = AK_OFFER_VERSIONS; i-- != 0;) {
        const struct ak_offer_version *v = &offer->version[i];
        char names[AK_FACT_TEXT] = "";
        if (v->tried != AK_TRIED_ACCEPTED || v->suite_count == 0)
            continue;
        for (size_t k = 0; k < v->suite_count; k++) {
            const struct ak_cipher_suite *s = ak_cipher_suite_find(v->suites[k]);
            add_word(names, sizeof names, s != NULL ? s->name : NULL);
        }
        ak_match_text(m, AK_FACT_ASKED_SUITES, 0, ak_offer_version_code(i), names);
        m->facts[m->fact_count - 1].b = v->suites_complete;
        return;
    }
}

static void fact_proof(struct ak_match *m, const struct ak_offer *offer)
{
    const struct ak_offer_proof *p = &offer->proof;
    char text[AK_FACT_TEXT];
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(p->suite);
    const char *version = ak_tls_version_name(p->version);
    if (!p->found)
        return;
    (void)snprintf(text, sizeof text, "TLS %s, %s", version != NULL ? version : "?",
                   suite != NULL ? suite->name : "?");
    int64_t id = (int64_t)p->conversation;
    ak_match_text(m, AK_FACT_ASKED_PROOF, 0, (int64_t)p->part << 16 | p->code, text);
    m->facts[m->fact_count - 1].b = p->completed ? id : -id;
    if (p->also == AK_HELLO_SUITES)
        ak_match_fact(m, AK_FACT_ASKED_ALSO, 0, p->also_code, 0);
}

void ak_offer_facts(struct ak_match *m, const struct ak_view *v, enum ak_hello_part part)
{
    if (ak_offer_decides(v, part) != AK_ANSWER_YES)
        return;
    if (part == AK_HELLO_VERSIONS)
        fact_versions(m, v->offer);
    else
        ak_match_fact(m, AK_FACT_ASKED_PART, 0, part, 0);
    if (part == AK_HELLO_SUITES)
        fact_suites(m, v->offer);
    fact_proof(m, v->offer);
}
