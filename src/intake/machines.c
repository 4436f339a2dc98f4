/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/machines.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/upcase.h"
#include "base/utf16.h"
#include "intake/whole_file.h"
#include "windows/host_view.h"

#include "base/banned.h"

struct evidence {
    char *path; /* owned, as given */
    char *name; /* owned, valid UTF-8 */
    enum ak_registry_sniff kind;
    uint8_t *bytes;
    size_t size, folder; /* length of the path's folder, its slash included */
    struct machine *machine;
};

struct machine {
    struct ak_registry *registry;
    const struct evidence *first; /* gives the folder */
    bool texts;                   /* holds an export */
    struct ak_host host;
};

struct ak_machines {
    struct ak_archives *archives;
    struct evidence *files;
    size_t count, room;
    struct machine *machine[AK_MAX_HOSTS];
    size_t machine_count;
    bool one;                        /* all files are of one machine */
    const struct ak_windows *system; /* that it runs; NULL: the files tell */
};

struct ak_machines *ak_machines_new(struct ak_archives *archives)
{
    struct ak_machines *m = ak_alloc(1, sizeof *m);
    if (m != NULL)
        m->archives = archives;
    return m;
}

void ak_machines_free(struct ak_machines *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->machine_count; i++) {
        ak_host_release(&m->machine[i]->host);
        ak_registry_free(m->machine[i]->registry);
        ak_free(m->machine[i]);
    }
    for (size_t i = 0; i < m->count; i++) {
        ak_free(m->files[i].path);
        ak_free(m->files[i].name);
        ak_free(m->files[i].bytes);
    }
    ak_free(m->files);
    ak_free(m);
}

static size_t folder_of(const char *path)
{
    size_t end = 0;
    for (size_t i = 0; path[i] != '\0'; i++)
        if (path[i] == '/')
            end = i + 1;
    return end;
}

enum ak_err ak_machines_add(struct ak_machines *m, const char *path, enum ak_registry_sniff kind,
                            uint8_t *bytes, size_t size)
{
    struct ak_span span = {(const uint8_t *)path, strlen(path)};
    if (m->count == m->room) {
        size_t room = m->room != 0 ? 2 * m->room : 16;
        struct evidence *grown = ak_realloc(m->files, room, sizeof *grown);
        if (grown == NULL) {
            ak_free(bytes);
            return AK_ERR_MEMORY;
        }
        m->files = grown;
        m->room = room;
    }
    struct evidence *e = &m->files[m->count++];
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->bytes = bytes;
    e->size = size;
    e->folder = folder_of(path);
    e->path = ak_memdup(path, span.size + 1);
    e->name = ak_alloc(1, 3 * span.size + 1);
    if (e->path == NULL || e->name == NULL) { /* a file without a name would be met later */
        ak_free(e->path);
        ak_free(e->name);
        ak_free(e->bytes);
        m->count--;
        return AK_ERR_MEMORY;
    }
    (void)ak_utf8_copy(span, e->name, 3 * span.size + 1);
    return AK_ERR_NONE;
}

/* ---- which machine ---- */

static bool same_folder(const struct evidence *a, const struct evidence *b)
{
    return a->folder == b->folder && memcmp(a->path, b->path, a->folder) == 0;
}

/* Does `b` lie in the folder of `a`, or below it? */
static bool below(const struct evidence *a, const struct evidence *b)
{
    return a->folder <= b->folder && memcmp(a->path, b->path, a->folder) == 0;
}

static struct machine *new_machine(struct ak_machines *m, const struct evidence *first)
{
    struct ak_hash_key key = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03)};
    if (m->machine_count == AK_MAX_HOSTS)
        return NULL;
    struct machine *machine = ak_alloc(1, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->registry = ak_registry_new(key);
    machine->first = first;
    if (machine->registry == NULL) {
        ak_free(machine);
        return NULL;
    }
    m->machine[m->machine_count++] = machine;
    return machine;
}

void ak_machines_one(struct ak_machines *m, const struct ak_windows *system)
{
    if (m == NULL)
        return;
    m->one = true;
    m->system = system;
}

static struct machine *of_hive(struct ak_machines *m, const struct evidence *e)
{
    struct ak_span hive = {e->bytes, e->size};
    for (size_t i = 0; i < m->machine_count; i++)
        if (same_folder(m->machine[i]->first, e) &&
            !ak_registry_mount_taken(m->machine[i]->registry, hive))
            return m->machine[i];
    return new_machine(m, e);
}

/* Values that two exports both set: they are of two machines, or of one at two times. */
static bool overlaps(const struct ak_registry_key *theirs, const struct ak_registry *ours,
                     unsigned depth)
{
    struct ak_text path;
    if (depth == AK_MAX_REGISTRY_DEPTH)
        return false;
    if (ak_registry_value_count(theirs) != 0) {
        ak_text_init(&path, 1024 * 1024);
        ak_registry_key_path(theirs, &path);
        const struct ak_registry_key *key = ak_registry_find(ours, ak_text_string(&path));
        ak_text_release(&path);
        for (size_t i = 0; i < ak_registry_value_count(key); i++) {
            const struct ak_registry_value *v = ak_registry_value_at(key, i);
            const struct ak_registry_source *s = ak_registry_source_at(ours, v->source);
            if (s->kind == AK_REGISTRY_SOURCE_TEXT && ak_registry_value(theirs, v->name) != NULL)
                return true;
        }
    }
    for (size_t i = 0; i < ak_registry_key_count(theirs); i++)
        if (overlaps(ak_registry_key_at(theirs, i), ours, depth + 1))
            return true;
    return false;
}

static bool text_is_of_another(const struct evidence *e, const struct ak_registry *ours)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_span text = {e->bytes, e->size};
    struct ak_registry *theirs = ak_registry_new(key);
    bool other = false;
    static const char *const roots[] = {"HKLM", "HKCU", "HKU", "HKCR"};
    if (theirs != NULL && ak_registry_load_text(theirs, e->name, text, &error) == AK_ERR_NONE)
        for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
            other = other || overlaps(ak_registry_find(theirs, roots[i]), ours, 0);
    ak_registry_free(theirs);
    return other;
}

/* The computer's name as a tree tells it; "" not told. */
static void name_in(const struct ak_registry *registry, struct ak_text *name)
{
    const struct ak_registry_key *key = ak_registry_find(
        registry, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName");
    ak_text_clear(name);
    (void)ak_registry_string(ak_registry_value(key, "ComputerName"), name);
}

static bool has_report(const struct ak_registry *registry)
{
    for (size_t i = 0; i < ak_registry_source_count(registry); i++)
        if (ak_registry_source_at(registry, i)->kind == AK_REGISTRY_SOURCE_REPORT)
            return true;
    return false;
}

/* A report names its computer: it joins what else is of that one, but no other report, which is of
 * another time. */
static struct machine *of_report(struct ak_machines *m, const struct evidence *e)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_span text = {e->bytes, e->size};
    struct ak_registry *theirs = ak_registry_new(key);
    struct machine *found = NULL;
    struct ak_text name, other;
    ak_text_init(&name, 1024);
    ak_text_init(&other, 1024);
    if (theirs != NULL && ak_registry_load_report(theirs, e->name, text, &error) == AK_ERR_NONE)
        name_in(theirs, &name);
    for (size_t i = 0; i < m->machine_count && found == NULL && name.size != 0; i++) {
        name_in(m->machine[i]->registry, &other);
        if (!has_report(m->machine[i]->registry) &&
            ak_same_name(ak_text_string(&name), ak_text_string(&other)))
            found = m->machine[i];
    }
    ak_text_release(&name);
    ak_text_release(&other);
    ak_registry_free(theirs);
    return found != NULL ? found : new_machine(m, e);
}

static struct machine *of_text(struct ak_machines *m, const struct evidence *e)
{
    for (size_t i = 0; i < m->machine_count; i++) {
        struct machine *machine = m->machine[i];
        if (same_folder(machine->first, e) &&
            (!machine->texts || !text_is_of_another(e, machine->registry)))
            return machine;
    }
    return new_machine(m, e);
}

/* A policy file lies deep in the folders of a GPO: it belongs to the machine whose folder is
 * nearest above, or to the only one. */
static struct machine *of_policy(struct ak_machines *m, const struct evidence *e)
{
    struct machine *best = NULL;
    for (size_t i = 0; i < m->machine_count; i++)
        if (below(m->machine[i]->first, e) &&
            (best == NULL || m->machine[i]->first->folder > best->first->folder))
            best = m->machine[i];
    if (best == NULL && m->machine_count == 1)
        best = m->machine[0];
    return best != NULL ? best : new_machine(m, e);
}

/* ---- logs ---- */

enum { LOGS = 3 };

/* The logs of a hive among the files, else beside it on disk; returns their number. */
static size_t logs_of(const struct ak_machines *m, const struct evidence *hive,
                      struct ak_span logs[LOGS], uint8_t *owned[LOGS])
{
    static const char *const endings[LOGS] = {".LOG1", ".LOG2", ".LOG"};
    static const char *const lower[LOGS] = {".log1", ".log2", ".log"};
    size_t count = 0, n = strlen(hive->path);
    for (size_t k = 0; k < LOGS; k++) {
        const struct evidence *found = NULL;
        for (size_t i = 0; i < m->count && found == NULL; i++) {
            const struct evidence *e = &m->files[i];
            if (e->kind == AK_REGISTRY_SNIFF_LOG && strlen(e->path) > n &&
                memcmp(e->path, hive->path, n) == 0 &&
                (strcmp(e->path + n, endings[k]) == 0 || strcmp(e->path + n, lower[k]) == 0))
                found = e;
        }
        owned[k] = NULL;
        if (found != NULL) {
            struct ak_span span = {found->bytes, found->size};
            logs[count++] = span;
            continue;
        }
        struct ak_span span = ak_whole_file_beside(m->archives, hive->path, endings[k], lower[k],
                                                   AK_MAX_REGISTRY_FILE, &owned[k]);
        if (span.size != 0 && ak_registry_sniff(span) == AK_REGISTRY_SNIFF_LOG)
            logs[count++] = span;
    }
    return count;
}

/* ---- loading ---- */

static bool names_user(const char *path)
{
    for (const char *p = path; *p != '\0'; p++)
        if ((p[0] == 'U' || p[0] == 'u') && (strncmp(p + 1, "ser/", 4) == 0) &&
            (p == path || p[-1] == '/'))
            return true;
    return false;
}

static enum ak_err load(struct ak_machines *m, struct evidence *e, struct ak_error *error)
{
    struct ak_span bytes = {e->bytes, e->size}, logs[LOGS];
    uint8_t *owned[LOGS] = {NULL, NULL, NULL};
    enum ak_err err = AK_ERR_NONE;
    switch (e->kind) {
    case AK_REGISTRY_SNIFF_HIVE: {
        size_t count = logs_of(m, e, logs, owned);
        uint8_t *hive = e->bytes;
        e->bytes = NULL; /* the tree has copies: that makes room for the next */
        e->size = 0;
        err = ak_registry_take_hive(e->machine->registry, e->name, hive, bytes.size, logs, count,
                                    error);
        for (size_t i = 0; i < LOGS; i++)
            ak_free(owned[i]);
        break;
    }
    case AK_REGISTRY_SNIFF_TEXT:
        e->machine->texts = true;
        err = ak_registry_load_text(e->machine->registry, e->name, bytes, error);
        break;
    case AK_REGISTRY_SNIFF_REPORT:
        err = ak_registry_load_report(e->machine->registry, e->name, bytes, error);
        break;
    case AK_REGISTRY_SNIFF_POLICY:
        err = ak_registry_load_policy(
            e->machine->registry, e->name, bytes,
            names_user(e->path) ? AK_REGISTRY_POLICY_USER : AK_REGISTRY_POLICY_MACHINE, error);
        break;
    default:
        break;
    }
    return err;
}

/* Hives first: exports and policies change what they hold. */
static enum ak_err load_kind(struct ak_machines *m, enum ak_registry_sniff kind,
                             const struct ak_machines_listener *listener)
{
    for (size_t i = 0; i < m->count; i++) {
        struct evidence *e = &m->files[i];
        struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
        if (e->kind != kind)
            continue;
        e->machine = m->one && m->machine_count != 0    ? m->machine[0]
                     : kind == AK_REGISTRY_SNIFF_HIVE   ? of_hive(m, e)
                     : kind == AK_REGISTRY_SNIFF_TEXT   ? of_text(m, e)
                     : kind == AK_REGISTRY_SNIFF_REPORT ? of_report(m, e)
                                                        : of_policy(m, e);
        if (e->machine == NULL) {
            (void)ak_error_set(&error, AK_ERR_UNSUPPORTED, "more than %u machines in one go",
                               AK_MAX_HOSTS);
            listener->problem(listener->context, e->path, &error);
            continue;
        }
        enum ak_err err = load(m, e, &error);
        if (err == AK_ERR_MEMORY)
            return err;
        if (err != AK_ERR_NONE)
            listener->problem(listener->context, e->path, &error);
    }
    return AK_ERR_NONE;
}

enum ak_err ak_machines_finish(struct ak_machines *m, const struct ak_machines_listener *listener)
{
    static const enum ak_registry_sniff kinds[] = {AK_REGISTRY_SNIFF_HIVE, AK_REGISTRY_SNIFF_TEXT,
                                                   AK_REGISTRY_SNIFF_REPORT,
                                                   AK_REGISTRY_SNIFF_POLICY};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (load_kind(m, kinds[k], listener) != AK_ERR_NONE)
            return AK_ERR_MEMORY;
    uint64_t id = 0;
    for (size_t i = 0; i < m->machine_count; i++) {
        struct machine *machine = m->machine[i];
        if (ak_registry_source_count(machine->registry) == 0)
            continue; /* nothing came of its files, which was told */
        if (ak_host_view(machine->registry, m->system, &machine->host, &error) != AK_ERR_NONE)
            return AK_ERR_MEMORY;
        machine->host.id = ++id;
        listener->host(listener->context, &machine->host);
    }
    return AK_ERR_NONE;
}

struct ak_registry *ak_machines_registry(const struct ak_machines *m, const struct ak_host *host)
{
    for (size_t i = 0; i < m->machine_count; i++)
        if (&m->machine[i]->host == host)
            return m->machine[i]->registry;
    return NULL;
}

const struct ak_host *ak_machines_beside(const struct ak_machines *m, const char *path)
{
    const struct machine *beside = NULL, *any = NULL;
    size_t folder = folder_of(path), near = 0, all = 0;
    for (size_t i = 0; i < m->machine_count; i++) {
        const struct machine *machine = m->machine[i];
        if (machine->host.id == 0)
            continue;
        any = machine;
        all++;
        if (machine->first->folder == folder && memcmp(machine->first->path, path, folder) == 0) {
            beside = machine;
            near++;
        }
    }
    if (near == 1)
        return &beside->host;
    return near == 0 && all == 1 ? &any->host : NULL;
}
