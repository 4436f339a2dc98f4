/* The lines that registry_dump and hivex_dump write of a hive, so that they can be compared.
 *
 * K depth written name     a key; the root has no name; written: nanoseconds since 1970
 * V type size digest name  a value of the key above; digest: FNV-1a of the data, 64 bits
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_TOOLS_REGISTRY_LINES_H
#define AK_TESTS_TOOLS_REGISTRY_LINES_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static inline uint64_t line_digest(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Every 512th byte and the last: for the bench, where reading is what is measured. */
static inline uint64_t line_touch(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    uint64_t sum = size;
    for (size_t i = 0; i < size; i += 512)
        sum += p[i];
    return size != 0 ? sum + p[size - 1] : sum;
}

static inline void line_name(const char *name)
{
    for (; *name != '\0'; name++)
        if ((unsigned char)*name < 0x20 || *name == '\\')
            (void)printf("\\x%02x", (unsigned)(unsigned char)*name);
        else
            (void)putchar(*name);
    (void)putchar('\n');
}

static inline void line_key(unsigned depth, int64_t written, const char *name)
{
    (void)printf("K %u %" PRId64 " ", depth, written);
    line_name(depth == 0 ? "" : name);
}

static inline void line_value(uint32_t type, const void *data, size_t size, const char *name)
{
    (void)printf("V %" PRIu32 " %zu %016" PRIx64 " ", type, size, line_digest(data, size));
    line_name(name);
}

/* A whole file, mapped as libhivex maps it; NULL when it cannot be read. The caller unmaps it. */
static inline const uint8_t *line_file(const char *path, size_t *size)
{
    static const uint8_t nothing[1];
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    *size = 0;
    if (file < 0)
        return NULL;
    if (fstat(file, &about) == 0 && about.st_size > 0) {
        *size = (size_t)about.st_size;
        bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    (void)close(file);
    return bytes != MAP_FAILED ? bytes : *size == 0 ? nothing : NULL;
}

#endif
