/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like a setting and is none: moved to where it was meant, or taken away. */
#include "remedy/fix_fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/upcase.h"
#include "base/text.h"

#include "base/banned.h"

/* One place being put right. */
struct repair {
    const struct ak_fix_place *place;
    struct ak_fix_set *set;
};

/* The oddity of this key (name "") or value; NULL: it is what it should be. */
static const struct ak_host_oddity *odd(const struct ak_host *host, const char *path,
                                        const char *name, enum ak_oddity kind)
{
    for (size_t i = 0; i < host->oddity_count; i++) {
        const struct ak_host_oddity *o = &host->oddities[i];
        if (o->kind == kind && ak_same_name(o->path, path) && ak_same_name(o->value, name))
            return o;
    }
    return NULL;
}

/* A key that was moved or deleted takes what is below it along. */
static bool below_odd_key(const struct ak_host *host, const char *path)
{
    for (size_t i = 0; i < host->oddity_count; i++) {
        const struct ak_host_oddity *o = &host->oddities[i];
        size_t n = strlen(o->path);
        if ((o->kind == AK_ODDITY_MISSPELT_KEY || o->kind == AK_ODDITY_DEAD_KEY) &&
            strlen(path) > n && path[n] == '\\' && ak_upcase_begins(ak_span_of(path), o->path))
            return true;
    }
    return false;
}

/* "1" or "0x1" as a text, or a number of another size: what was meant as a DWORD. */
static bool number_meant(const struct ak_registry_value *value, uint32_t *number)
{
    struct ak_text text;
    bool good = false;
    if (ak_registry_number(value, number))
        return true;
    ak_text_init(&text, 4096);
    if (ak_registry_string(value, &text) && text.size != 0) {
        char *end;
        unsigned long long n = strtoull(ak_text_string(&text), &end, 0);
        good = *end == '\0' && text.bytes[0] != '-' && n <= UINT32_MAX;
        *number = (uint32_t)n;
    }
    ak_text_release(&text);
    return good;
}

static void copy_value(struct repair *r, const struct ak_registry_value *v, const char *from,
                       const char *to)
{
    const struct ak_host *host = r->place->host;
    const struct ak_host_oddity *misspelt = odd(host, from, v->name, AK_ODDITY_MISSPELT_VALUE);
    const char *name = misspelt != NULL ? misspelt->meant : v->name;
    uint32_t number;
    if (ak_registry_value(ak_registry_find(r->place->registry, to), name) != NULL)
        return; /* the right place says something already: it has counted so far */
    if (misspelt == NULL && odd(host, from, v->name, AK_ODDITY_WRONG_TYPE) == NULL) {
        struct ak_fix_change change = {.action = AK_FIX_SET_VALUE,
                                       .key = to,
                                       .name = name,
                                       .type = v->type,
                                       .data = v->data,
                                       .size = v->size};
        ak_fix_add(r->set, &change);
    } else if (number_meant(v, &number)) {
        ak_fix_add_number(r->set, to, name, number);
    }
}

/* Copies a key to its right name. `bare`: its own values mean nothing at that level. */
static void copy_key(struct repair *r, const struct ak_registry_key *key, const char *from,
                     const char *to, bool bare, unsigned depth)
{
    struct ak_text a, b;
    if (depth == AK_MAX_REGISTRY_DEPTH)
        return;
    for (size_t i = 0; !bare && i < ak_registry_value_count(key); i++)
        if (ak_registry_value_at(key, i)->name[0] != '\0')
            copy_value(r, ak_registry_value_at(key, i), from, to);
    ak_text_init(&a, 1024 * 1024);
    ak_text_init(&b, 1024 * 1024);
    for (size_t i = 0; i < ak_registry_key_count(key); i++) {
        const struct ak_registry_key *child = ak_registry_key_at(key, i);
        const char *name = ak_registry_key_name(child);
        ak_text_clear(&a);
        ak_text_clear(&b);
        ak_text_format(&a, "%s\\%s", from, name);
        const struct ak_host_oddity *o =
            odd(r->place->host, ak_text_string(&a), "", AK_ODDITY_MISSPELT_KEY);
        ak_text_format(&b, "%s\\%s", to, o != NULL ? o->meant : name);
        copy_key(r, child, ak_text_string(&a), ak_text_string(&b), false, depth + 1);
        r->set->failed = r->set->failed || a.failed || b.failed;
    }
    ak_text_release(&a);
    ak_text_release(&b);
}

static void move_key(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    static const char protocols[] = "\\Protocols";
    struct ak_text to;
    const char *slash = strrchr(o->path, '\\');
    size_t parent = (size_t)(slash - o->path), n = sizeof protocols - 1;
    bool level = parent > n && strncmp(o->path + parent - n, protocols, n) == 0;
    ak_text_init(&to, 1024 * 1024);
    ak_text_bytes(&to, o->path, parent);
    ak_text_format(&to, "\\%s", o->meant);
    struct ak_text alias;
    ak_text_init(&alias, 1024 * 1024);
    ak_fix_alias(r->place->registry, ak_text_string(&to), &alias);
    copy_key(r, ak_registry_find(r->place->registry, o->path), o->path, ak_text_string(&alias),
             level, 0);
    ak_fix_add_key(r->set, AK_FIX_DELETE_KEY, path);
    r->set->failed = r->set->failed || to.failed || alias.failed;
    ak_text_release(&to);
    ak_text_release(&alias);
}

static void move_value(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    const struct ak_registry_key *key = ak_registry_find(r->place->registry, o->path);
    const struct ak_registry_value *v = ak_registry_value(key, o->value);
    if (v != NULL)
        copy_value(r, v, o->path, path);
    ak_fix_add_delete(r->set, path, o->value);
}

static void make_number(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    const struct ak_registry_key *key = ak_registry_find(r->place->registry, o->path);
    uint32_t number;
    if (number_meant(ak_registry_value(key, o->value), &number))
        ak_fix_add_number(r->set, path, o->value, number);
    else
        ak_fix_add_delete(r->set, path, o->value);
}

static void delete_value(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    ak_fix_add_delete(r->set, path, o->value);
}

static void delete_key(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    (void)o;
    ak_fix_add_key(r->set, AK_FIX_DELETE_KEY, path);
}

static void all_bits(struct repair *r, const struct ak_host_oddity *o, const char *path)
{
    ak_fix_add_number(r->set, path, o->value, UINT32_MAX);
}

static const struct {
    const char *data;
    void (*repair)(struct repair *r, const struct ak_host_oddity *o, const char *path);
} repairs[] = {
    {"move-key", move_key},     {"move-value", move_value},     {"make-number", make_number},
    {"delete-key", delete_key}, {"delete-value", delete_value}, {"all-bits", all_bits},
};

void ak_fix_oddities(const struct ak_fix_row *row, const struct ak_fix_place *place,
                     struct ak_fix_set *set)
{
    const struct ak_host *host = place->host;
    struct repair r = {place, set};
    struct ak_text path;
    ak_text_init(&path, 1024 * 1024);
    for (size_t i = 0; i < host->oddity_count; i++) {
        const struct ak_host_oddity *o = &host->oddities[i];
        if (strcmp(ak_oddity_name((enum ak_oddity)o->kind), row->when) != 0 ||
            below_odd_key(host, o->path))
            continue;
        ak_text_clear(&path);
        ak_fix_alias(place->registry, o->path, &path);
        set->failed = set->failed || path.failed;
        for (size_t k = 0; k < AK_COUNT(repairs); k++)
            if (strcmp(repairs[k].data, row->data) == 0)
                repairs[k].repair(&r, o, ak_text_string(&path));
    }
    ak_text_release(&path);
}
