/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "model/windows.h"

/* Templates of IIS Crypto (.ictpl), as they stand in public repositories:
 *
 *     version 0   <schannelItem name="TLS 1.0" state="Disabled"/>   in <clientProtocols> ...
 *                 <cipherSuiteItem name="TLS_..." state="Enabled"/> one tag for each suite
 *     version 3   <templateItem name="TLS 1.0" value="0"/>          -1: on
 *                 <templateItem name="Configured Cipher Suites" value="TLS_...,TLS_..."/>
 *
 * Suites that stand in names of their own or between tags are read too.
 */
enum section {
    SECTION_NONE,
    SECTION_HEADER,
    SECTION_CLIENT,
    SECTION_SERVER,
    SECTION_BOTH,
    SECTION_CIPHERS,
    SECTION_HASHES,
    SECTION_EXCHANGES,
    SECTION_ADVANCED,
    SECTION_SUITES,
    SECTIONS
};

/* The registry's name of what the items of a section are. */
static const char *const algorithms[SECTIONS] = {
    [SECTION_CIPHERS] = "Ciphers",
    [SECTION_HASHES] = "Hashes",
    [SECTION_EXCHANGES] = "KeyExchangeAlgorithms",
};

enum { MOST_ALGORITHMS = 32 };

struct template
{
    struct ak_suite_names suites;
    enum section section;
    bool versions, client_kept, listed;
    const struct ak_schannel_algorithm *off[MOST_ALGORITHMS];
    size_t offs;
};

static bool attribute(struct ak_span tag, const char *name, struct ak_span *value)
{
    for (size_t i = 0; i + 1 < tag.size; i++) {
        struct ak_span at = ak_words_from(tag, i + 1), rest;
        bool border = tag.bytes[i] == ' ' || tag.bytes[i] == '\t' || tag.bytes[i] == '\n';
        if (!border || !ak_words_begin(at, name))
            continue;
        at = ak_words_trim(ak_words_from(at, strlen(name)));
        if (at.size < 2 || at.bytes[0] != '=')
            continue;
        at = ak_words_trim(ak_words_from(at, 1));
        if (at.size > 0 && at.bytes[0] == '"') {
            (void)ak_words_cut(ak_words_from(at, 1), "\"", value, &rest);
            return true;
        }
    }
    return false;
}

enum told { TOLD_NOTHING, TOLD_OFF, TOLD_ON };

static enum told told_of(struct ak_span tag)
{
    static const struct {
        const char *word;
        enum told told;
    } rows[] = {{"Disabled", TOLD_OFF}, {"0", TOLD_OFF}, {"false", TOLD_OFF}, {"Enabled", TOLD_ON},
                {"-1", TOLD_ON},        {"1", TOLD_ON},  {"true", TOLD_ON}};
    struct ak_span value;
    if (!attribute(tag, "state", &value) && !attribute(tag, "value", &value) &&
        !attribute(tag, "enabled", &value))
        return TOLD_NOTHING;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (ak_words_equal(value, rows[i].word))
            return rows[i].told;
    return TOLD_NOTHING;
}

static void item_protocol(struct template *t, struct ak_span name, enum told told)
{
    struct ak_party *party = t->suites.reading->party;
    enum ak_party_version_at at = ak_party_version_spelled(name);
    bool own = t->section == SECTION_BOTH ||
               (t->section == SECTION_CLIENT) == (party->role == AK_SIDE_CLIENT);
    t->versions = true;
    if (at == AK_PARTY_VERSIONS || !own || told == TOLD_NOTHING ||
        (t->section == SECTION_CLIENT && t->client_kept))
        return;
    ak_party_version_set(party, at, told == TOLD_OFF ? AK_SWITCH_OFF : AK_SWITCH_ON,
                         "configuration");
}

static void item_algorithm(struct template *t, struct ak_span name, enum told told)
{
    char text[32];
    size_t size = 0;
    for (size_t i = 0; i < name.size && size + 1 < sizeof text; i++)
        if (t->section != SECTION_HASHES || name.bytes[i] != ' ') /* "SHA 256" */
            text[size++] = (char)name.bytes[i];
    text[size] = 0;
    if (told != TOLD_OFF || t->offs == MOST_ALGORITHMS)
        return;
    const struct ak_schannel_algorithm *a =
        ak_schannel_algorithm_find(algorithms[t->section], text);
    if (a != NULL)
        t->off[t->offs++] = a;
}

static void item_advanced(struct template *t, struct ak_span name, struct ak_span tag)
{
    struct ak_party *party = t->suites.reading->party;
    struct ak_span value;
    uint32_t number;
    if (!attribute(tag, "value", &value) || !ak_words_number(value, 16384, &number) || number == 0)
        return;
    if (ak_words_begin(name, "DHE Minimum") && party->role == AK_SIDE_SERVER) {
        party->dh_bits = (uint16_t)number;
        party->dh_bits_known = true;
    } else if (ak_words_begin(name, "FIPS")) {
        ak_party_note(t->suites.reading, name);
    }
}

/* A list for each age of Windows may follow the first: which one counts the template cannot tell.
 */
static void item_suites(struct template *t, struct ak_span name, struct ak_span tag)
{
    struct ak_span value, windows;
    if (!attribute(tag, "value", &value) || !ak_words_has(value, "TLS_")) {
        if (told_of(tag) != TOLD_OFF)
            ak_suite_names_add(&t->suites, name);
        return;
    }
    if (t->listed) {
        bool told = attribute(tag, "minimumOSVersion", &windows);
        ak_party_note(t->suites.reading, told ? windows : name);
        return;
    }
    t->listed = true;
    ak_suite_names_add(&t->suites, value);
}

static void template_item(struct template *t, struct ak_span tag)
{
    struct ak_span name;
    if (!attribute(tag, "name", &name))
        return;
    switch (t->section) {
    case SECTION_HEADER:
        break;
    case SECTION_CLIENT:
    case SECTION_SERVER:
    case SECTION_BOTH:
        item_protocol(t, name, told_of(tag));
        break;
    case SECTION_CIPHERS:
    case SECTION_HASHES:
    case SECTION_EXCHANGES:
        item_algorithm(t, name, told_of(tag));
        break;
    case SECTION_ADVANCED:
        item_advanced(t, name, tag);
        break;
    default:
        item_suites(t, name, tag);
        break;
    }
}

static void template_tag(struct template *t, struct ak_span tag)
{
    static const struct {
        const char *tag;
        enum section section;
    } rows[] = {
        {"header", SECTION_HEADER},          {"clientProtocols", SECTION_CLIENT},
        {"serverProtocols", SECTION_SERVER}, {"protocols", SECTION_BOTH},
        {"ciphers", SECTION_CIPHERS},        {"hashes", SECTION_HASHES},
        {"keyExchanges", SECTION_EXCHANGES}, {"advanced", SECTION_ADVANCED},
        {"cipherSuites", SECTION_SUITES},
    };
    bool closing = tag.size > 0 && tag.bytes[0] == '/';
    bool empty = tag.size > 0 && tag.bytes[tag.size - 1] == '/';
    struct ak_span name, rest, value;
    (void)ak_words_cut(closing ? ak_words_from(tag, 1) : tag, " \t\r\n/", &name, &rest);
    if (attribute(tag, "setClientProtocols", &value))
        t->client_kept = ak_words_equal(value, "false");
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (ak_words_equal(name, rows[i].tag)) {
            t->section = closing || empty ? SECTION_NONE : rows[i].section;
            return;
        }
    if (!closing)
        template_item(t, tag);
}

/* As Windows does when keys below SCHANNEL are 0. */
static void take_away(const struct template *t)
{
    struct ak_party *party = t->suites.reading->party;
    for (size_t i = 0; i < party->suite_count; i++) {
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(party->suites[i].code);
        for (size_t k = 0; suite != NULL && k < t->offs; k++)
            if (ak_schannel_algorithm_takes(t->off[k], suite))
                party->suites[i].on = false;
    }
}

bool ak_party_read_iis_crypto(struct ak_party_reading *r, struct ak_span text)
{
    struct template t = {.suites = {.reading = r}, .section = SECTION_NONE};
    struct ak_span between, tag;
    while (text.size > 0) {
        (void)ak_words_cut(text, "<", &between, &text);
        if (t.section == SECTION_NONE || t.section == SECTION_SUITES)
            ak_suite_names_add(&t.suites, between);
        (void)ak_words_cut(text, ">", &tag, &text);
        template_tag(&t, tag);
    }
    bool listed = ak_suite_names_end(&t.suites);
    take_away(&t);
    return listed || t.versions;
}
