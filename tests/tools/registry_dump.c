/* Reads a hive, with its logs, and writes what the tree holds: for comparisons with libhivex.
 *
 * usage: registry_dump lines HIVE [LOG...]   lines as registry_lines.h has them
 *        registry_dump merge HIVE REG   lines of the hive after an export was read over it
 *        registry_dump source FILE [LOG...]  what the source tells, name=value; any kind of file
 *        registry_dump bench N HIVE          loads and reads everything N times, prints a sum
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "registry_lines.h"
#include "windows/registry_load.h"

enum { MOST_LOGS = 4 };

static void lines(const struct ak_registry_key *key, unsigned depth)
{
    line_key(depth, ak_registry_key_written(key), ak_registry_key_name(key));
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *value = ak_registry_value_at(key, i);
        line_value(value->type, value->data, value->size, value->name);
    }
    for (size_t i = 0; i < ak_registry_key_count(key); i++)
        lines(ak_registry_key_at(key, i), depth + 1);
}

static uint64_t touch(const struct ak_registry_key *key)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *value = ak_registry_value_at(key, i);
        sum += line_touch(value->data, value->size) + (uint8_t)value->name[0];
    }
    for (size_t i = 0; i < ak_registry_key_count(key); i++)
        sum += touch(ak_registry_key_at(key, i));
    return sum;
}

static void tell(const struct ak_registry_source *s)
{
    (void)printf("mount=%s\nkeys=%" PRIu64 "\nvalues=%" PRIu64 "\ndirty=%d\nreplayed=%d\n",
                 s->mount, s->keys, s->values, s->dirty, s->replayed);
    (void)printf("log_entries=%" PRIu32 "\nlog_pages=%" PRIu32 "\ndamaged=%" PRIu32
                 "\ndamaged_first=%" PRIu64 "\ndamaged_why=%s\ntoo_many=%d\nwritten=%" PRId64 "\n",
                 s->log_entries, s->log_pages, s->damaged, s->damaged_first,
                 s->damaged_why != NULL ? s->damaged_why : "", s->too_many, s->written);
}

static enum ak_err load(struct ak_registry *registry, char **files, int count,
                        struct ak_error *error)
{
    struct ak_span bytes[1 + MOST_LOGS] = {{NULL, 0}};
    enum ak_err err = AK_ERR_OPEN;
    int read = 0;
    for (; read < count && read <= MOST_LOGS; read++) {
        bytes[read].bytes = line_file(files[read], &bytes[read].size);
        if (bytes[read].bytes == NULL)
            break;
    }
    if (read == 0 || read < count)
        (void)ak_error_set(error, err, "cannot read a file");
    else if (ak_registry_sniff(bytes[0]) == AK_REGISTRY_SNIFF_TEXT)
        err = ak_registry_load_text(registry, files[0], bytes[0], error);
    else if (ak_registry_sniff(bytes[0]) == AK_REGISTRY_SNIFF_POLICY)
        err = ak_registry_load_policy(registry, files[0], bytes[0], AK_REGISTRY_POLICY_MACHINE,
                                      error);
    else
        err =
            ak_registry_load_hive(registry, files[0], bytes[0], bytes + 1, (size_t)read - 1, error);
    for (int i = 0; i < read; i++)
        if (bytes[i].size != 0)
            (void)munmap((void *)(uintptr_t)bytes[i].bytes, bytes[i].size);
    return err;
}

/* The hive, and an export over it. */
static enum ak_err merge(struct ak_registry *registry, char **files, int count,
                         struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    for (int i = 0; i < count && err == AK_ERR_NONE; i++)
        err = load(registry, files + i, 1, error);
    return err;
}

static bool once(const char *mode, char **files, int count, uint64_t *sum)
{
    struct ak_hash_key key = {1, 2};
    struct ak_registry *registry = ak_registry_new(key);
    struct ak_error error = {0};
    bool over = strcmp(mode, "merge") == 0;
    bool good =
        registry != NULL && (over ? merge : load)(registry, files, count, &error) == AK_ERR_NONE;
    if (!good) {
        (void)printf("error=%s\n", error.text);
    } else {
        const struct ak_registry_source *source = ak_registry_source_at(registry, 0);
        const struct ak_registry_key *root = ak_registry_find(registry, source->mount);
        if (strcmp(mode, "source") == 0)
            tell(source);
        else if (root != NULL && (over || strcmp(mode, "lines") == 0))
            lines(root, 0);
        else if (root != NULL)
            *sum += touch(root);
    }
    ak_registry_free(registry);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    if (argc > 3 && strcmp(argv[1], "bench") == 0) {
        bool good = true;
        for (long n = strtol(argv[2], NULL, 10); n > 0 && good; n--)
            good = once("bench", argv + 3, 1, &sum);
        (void)printf("%" PRIu64 "\n", sum);
        return good ? 0 : 1;
    }
    if (argc < 3 || (strcmp(argv[1], "lines") != 0 && strcmp(argv[1], "merge") != 0 &&
                     strcmp(argv[1], "source") != 0)) {
        (void)fprintf(stderr, "usage: registry_dump lines|merge|source|bench ...\n");
        return 2;
    }
    return once(argv[1], argv + 2, argc - 2, &sum) ? 0 : 1;
}
