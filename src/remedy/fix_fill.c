/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/fix_fill.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "base/upcase.h"
#include "model/tls_names.h"

#include "base/banned.h"

/* ---- conditions ---- */

/* The protocol that the row's key is about; NULL: none. */
static const struct ak_host_protocol *protocol_of(const struct ak_fix_row *row,
                                                  const struct ak_host *host)
{
    static const char *const roles[AK_SCHANNEL_ROLES] = {"Client", "Server"};
    char part[64];
    for (unsigned p = 0; p < AK_SCHANNEL_PROTOCOLS; p++)
        for (unsigned r = 0; r < AK_SCHANNEL_ROLES; r++) {
            (void)snprintf(part, sizeof part, "\\Protocols\\%s\\%s",
                           ak_schannel_protocol_name((enum ak_schannel_protocol)p), roles[r]);
            if (strstr(row->key, part) != NULL)
                return &host->protocols[r][p];
        }
    return NULL;
}

static bool supported(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    const struct ak_host_protocol *p = protocol_of(row, place->host);
    return p == NULL || p->why != AK_WHY_NOT_SUPPORTED;
}

static bool unsupported(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    return !supported(row, place);
}

static bool not_on(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    const struct ak_host_protocol *p = protocol_of(row, place->host);
    return p == NULL || p->state != AK_PROTOCOL_STATE_ON;
}

static bool not_off(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    const struct ak_host_protocol *p = protocol_of(row, place->host);
    return p == NULL || p->state != AK_PROTOCOL_STATE_OFF || p->why == AK_WHY_OS_DEFAULT;
}

/* 64-bit Windows has a second set of keys for 32-bit programs. Where nobody knows, it is taken for
 * one: a key too many does no harm. */
bool ak_fix_wow64(const struct ak_registry *registry)
{
    static const char environment[] =
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";
    struct ak_text text;
    bool told, x86;
    ak_text_init(&text, 4096);
    told = ak_registry_string(
        ak_registry_value(ak_registry_find(registry, environment), "PROCESSOR_ARCHITECTURE"),
        &text);
    x86 = ak_same_name(ak_text_string(&text), "x86");
    ak_text_release(&text);
    if (told)
        return !x86;
    for (size_t i = 0; i < ak_registry_source_count(registry); i++)
        if (ak_same_name(ak_registry_source_at(registry, i)->mount, "HKLM\\SOFTWARE"))
            return ak_registry_find(registry, "HKLM\\SOFTWARE\\Wow6432Node") != NULL;
    return true;
}

static bool wow64(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    (void)row;
    return ak_fix_wow64(place->registry);
}

static bool clr2(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    (void)row;
    return !place->host->dotnet.known || place->host->dotnet.defaults[0][AK_DOTNET_TARGET_35].runs;
}

static bool clr4(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    const struct ak_dotnet *d = &place->host->dotnet;
    (void)row;
    return !d->known || d->defaults[0][AK_DOTNET_TARGET_45].runs ||
           d->defaults[0][AK_DOTNET_TARGET_46].runs;
}

/* WinHTTP's default is without TLS 1.2 up to 8 and 2012 (KB3140245). */
static bool winhttp_old(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    const struct ak_windows *w = place->host->system;
    (void)row;
    return w != NULL && w->winhttp_default != 0 && (w->winhttp_default & 0x800) == 0;
}

static bool client_tls12(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    (void)row;
    return place->host->protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state ==
           AK_PROTOCOL_STATE_ON;
}

/* None of the row's suites is in force. */
static bool none_of(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    for (size_t i = 0; i < place->host->suite_count; i++) {
        const struct ak_host_suite *s = &place->host->suites[i];
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(s->code);
        if (suite != NULL && s->removed == AK_WHY_OS_DEFAULT &&
            strstr(row->data, suite->name) != NULL)
            return false;
    }
    return true;
}

static bool instance_64(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    (void)row;
    return place->instance != NULL && !place->instance->wow64;
}

static bool instance_32(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    (void)row;
    return place->instance != NULL && place->instance->wow64;
}

/* The row's own value, as it stands. */
static bool number_there(const struct ak_fix_row *row, const struct ak_fix_place *place,
                         uint32_t *number)
{
    return ak_registry_number(
        ak_registry_value(ak_registry_find(place->registry, row->key), row->name), number);
}

static bool above(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    uint32_t number;
    return number_there(row, place, &number) && number > row->number;
}

static bool below(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    uint32_t number;
    return number_there(row, place, &number) && number != 0 && number < row->number;
}

static const struct {
    const char *word;
    bool (*holds)(const struct ak_fix_row *row, const struct ak_fix_place *place);
} conditions[] = {
    {"supported", supported},
    {"unsupported", unsupported},
    {"not-on", not_on},
    {"not-off", not_off},
    {"wow64", wow64},
    {"clr2", clr2},
    {"clr4", clr4},
    {"winhttp-old", winhttp_old},
    {"client-tls12", client_tls12},
    {"none-of", none_of},
    {"instance-64", instance_64},
    {"instance-32", instance_32},
    {"above", above},
    {"below", below},
};

bool ak_fix_holds(const struct ak_fix_row *row, const struct ak_fix_place *place)
{
    for (const char *word = row->when; *word != '\0';) {
        size_t n = strcspn(word, " ");
        for (size_t i = 0; i < AK_COUNT(conditions); i++)
            if (strlen(conditions[i].word) == n && strncmp(conditions[i].word, word, n) == 0 &&
                !conditions[i].holds(row, place))
                return false;
        word += n + (word[n] == ' ');
    }
    return true;
}

/* ---- rows ---- */

/* Puts what is meant in place of "{role}" and its kin. */
static void expand(const char *text, const struct ak_fix_place *place, struct ak_text *out)
{
    const struct {
        const char *word, *text;
    } words[] = {{"{protocol}", place->protocol},
                 {"{role}", place->role},
                 {"{instance}", place->instance != NULL ? place->instance->id : NULL}};
    while (*text != '\0') {
        size_t i = 0;
        while (i < AK_COUNT(words) &&
               (words[i].text == NULL || strncmp(text, words[i].word, strlen(words[i].word)) != 0))
            i++;
        if (i == AK_COUNT(words)) {
            ak_text_char(out, *text++);
        } else {
            ak_text_add(out, words[i].text);
            text += strlen(words[i].word);
        }
    }
}

static void add_row(const struct ak_fix_row *row, const struct ak_fix_place *place,
                    struct ak_fix_set *set)
{
    struct ak_text key, name;
    ak_text_init(&key, 4096);
    ak_text_init(&name, 4096);
    expand(row->key, place, &key);
    expand(row->name, place, &name);
    switch ((enum ak_fix_verb)row->verb) {
    case AK_FIX_VERB_DWORD:
        ak_fix_add_number(set, ak_text_string(&key), ak_text_string(&name),
                          strcmp(row->data, "{bits}") == 0 ? place->bits : row->number);
        break;
    case AK_FIX_VERB_DELETE_VALUE:
        ak_fix_add_delete(set, ak_text_string(&key), ak_text_string(&name));
        break;
    case AK_FIX_VERB_SUITES_ADD:
    case AK_FIX_VERB_SUITES_KEEP:
    case AK_FIX_VERB_SUITES_DROP:
    case AK_FIX_VERB_GROUPS_ADD:
        ak_fix_list(row, place, set);
        break;
    case AK_FIX_VERB_ODDITY:
        ak_fix_oddities(row, place, set);
        break;
    }
    set->failed = set->failed || key.failed || name.failed;
    ak_text_release(&key);
    ak_text_release(&name);
}

void ak_fix_fill(const struct ak_fix_about *about, const struct ak_fix_place *place,
                 struct ak_fix_set *set)
{
    for (size_t i = 0; i < about->row_count; i++)
        if (about->rows[i].verb == AK_FIX_VERB_ODDITY || ak_fix_holds(&about->rows[i], place))
            add_row(&about->rows[i], place, set);
    (void)ak_fix_settle(set, place->registry);
}

void ak_fix_alias(const struct ak_registry *registry, const char *path, struct ak_text *out)
{
    static const char alias[] = "HKLM\\SYSTEM\\CurrentControlSet";
    struct ak_text current;
    const struct ak_registry_key *key = ak_registry_find(registry, alias);
    ak_text_init(&current, 4096);
    if (key != NULL)
        ak_registry_key_path(key, &current);
    size_t n = current.size;
    if (n != 0 && strncmp(path, ak_text_string(&current), n) == 0 &&
        (path[n] == '\\' || path[n] == '\0')) {
        ak_text_add(out, alias);
        path += n;
    }
    ak_text_add(out, path);
    ak_text_release(&current);
}
