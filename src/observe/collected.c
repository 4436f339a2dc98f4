/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/collected.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/words.h"

#include "base/banned.h"

enum { T = AK_COLLECTED_TEXT, N = AK_COLLECTED_NUMBER, F = AK_COLLECTED_FLAG };

static const struct ak_collected_row rows[AK_COLLECTED_KINDS] = {
    [AK_COLLECTED_SERVER] = {"server",
                             {{"build", T},
                              {"edition", T},
                              {"level", T},
                              {"update", T},
                              {"clustered", F},
                              {"hadr", F}}},
    [AK_COLLECTED_CONNECTION] = {"connection",
                                 {{"count", N},
                                  {"transport", T},
                                  {"encrypt", F},
                                  {"auth", T},
                                  {"tds", T},
                                  {"client", T},
                                  {"packet", N}}},
    [AK_COLLECTED_LINKED] = {"linked",
                             {{"name", T},
                              {"product", T},
                              {"provider", T},
                              {"source", T},
                              {"encrypt", T},
                              {"trust", T},
                              {"rpc_out", F}}},
    [AK_COLLECTED_ENDPOINT] = {"endpoint",
                               {{"name", T},
                                {"port", N},
                                {"state", T},
                                {"role", T},
                                {"auth", T},
                                {"encrypted", F},
                                {"algorithm", T},
                                {"certificate", T}}},
    [AK_COLLECTED_CERTIFICATE] = {"certificate",
                                  {{"name", T},
                                   {"subject", T},
                                   {"issuer", T},
                                   {"thumbprint", T},
                                   {"from", T},
                                   {"until", T},
                                   {"key", T},
                                   {"has_key", F},
                                   {"key_spec", N},
                                   {"provider", T}}},
    [AK_COLLECTED_SETTING] = {"setting", {{"name", T}, {"value", T}, {"in_use", T}}},
    [AK_COLLECTED_OS] =
        {"os", {{"name", T}, {"version", T}, {"boot", T}, {"boot_local", T}, {"language", N}}},
    [AK_COLLECTED_CLOCK] = {"clock", {{"zone", T}, {"offset_minutes", T}}},
    [AK_COLLECTED_POWERSHELL] = {"powershell", {{"version", T}}},
    [AK_COLLECTED_SERVICE] =
        {"service", {{"name", T}, {"state", T}, {"mode", T}, {"account", T}, {"started", T}}},
    [AK_COLLECTED_ADDRESS] = {"address", {{"ip", T}, {"interface", T}}},
    [AK_COLLECTED_SUITE] = {"suite", {{"name", T}}},
    [AK_COLLECTED_MISSING] = {"missing", {{"what", T}, {"why", T}}},
};

const struct ak_collected_row *ak_collected_row(enum ak_collected_kind kind)
{
    return &rows[kind];
}

struct ak_collected *ak_collected_new(const char *file)
{
    struct ak_collected *c = ak_alloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->file = file;
    ak_arena_init(&c->arena, AK_MAX_COLLECTED_TEXT);
    return c;
}

void ak_collected_free(struct ak_collected *c)
{
    if (c == NULL)
        return;
    ak_arena_release(&c->arena);
    ak_free(c->facts);
    ak_free(c);
}

static bool grow(struct ak_collected *c)
{
    size_t room = c->room != 0 ? 2 * c->room : 16;
    struct ak_collected_fact *facts = ak_realloc(c->facts, room, sizeof *facts);
    if (facts == NULL)
        return false;
    c->facts = facts;
    c->room = room;
    return true;
}

struct ak_collected_fact *ak_collected_add(struct ak_collected *c, enum ak_collected_kind kind)
{
    if (c->count == AK_MAX_COLLECTED_FACTS || c->arena.failed ||
        (c->count == c->room && !grow(c))) {
        c->left_out++;
        return NULL;
    }
    struct ak_collected_fact *f = &c->facts[c->count++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    return f;
}

const char *ak_collected_told(const struct ak_collected_fact *fact, const char *key)
{
    const struct ak_collected_row *row = ak_collected_row(fact->kind);
    for (size_t i = 0; i < AK_COLLECTED_KEYS && row->key[i].name != NULL; i++)
        if (strcmp(row->key[i].name, key) == 0)
            return fact->value[i];
    return NULL;
}

bool ak_collected_number(const char *value, uint64_t *number)
{
    enum { DIGITS = 18 };
    uint64_t n = 0;
    size_t i = 0;
    for (; value[i] >= '0' && value[i] <= '9' && i <= DIGITS; i++)
        n = n * 10 + (uint64_t)(value[i] - '0');
    *number = n;
    return i != 0 && i <= DIGITS && value[i] == '\0';
}

bool ak_collected_flag(const char *value, bool *flag)
{
    struct ak_span word = ak_words_of(value);
    *flag = ak_words_equal(word, "1") || ak_words_equal(word, "true");
    return *flag || ak_words_equal(word, "0") || ak_words_equal(word, "false");
}
