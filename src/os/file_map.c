/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_SETLEASE, RUSAGE_THREAD */
#include "os/file_map.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/limits.h"

#include "base/banned.h"

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

/* Faults by which the system maps a stretch: one or two where its pages are large, 32 where they
 * are small. Some stretches of small pages among large ones are put up with. */
enum { FEW_FAULTS = 16, PATIENCE = 128, CACHE_LINE = 64 };

struct ak_file_map {
    int handle;
    uint8_t *bytes;           /* from the file's first one; NULL: not mapped */
    uint64_t size;            /* whole stretches */
    uint64_t given_back;      /* of them, from the first one on */
    uint64_t shown;           /* likewise: blocks */
    long faults, put_up_with; /* while stretches were mapped, and how many would be too many */
};

static bool take_lease(int handle)
{
    /* That it is to be given up would be told by a signal: by one that does nothing, to nobody. */
    if (fcntl(handle, F_SETSIG, SIGURG) != 0 || fcntl(handle, F_SETLEASE, F_RDLCK) != 0)
        return false;
    (void)fcntl(handle, F_SETOWN, 0);
    return true;
}

struct ak_file_map *ak_file_map_open(const struct ak_file *file)
{
    uint64_t size = file->size / AK_MAPPED_STRETCH * AK_MAPPED_STRETCH;
    if (size < AK_MAPPED_FROM || size > SIZE_MAX / 2 || !take_lease(file->handle))
        return NULL;
    struct ak_file_map *map = ak_alloc(1, sizeof *map);
    if (map == NULL) {
        (void)fcntl(file->handle, F_SETLEASE, F_UNLCK);
        return NULL;
    }
    map->handle = file->handle;
    map->size = size;
    map->put_up_with = PATIENCE;
    map->bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, map->handle, 0);
    if (map->bytes != MAP_FAILED)
        return map;
    map->bytes = NULL;
    ak_file_map_close(map);
    return NULL;
}

void ak_file_map_close(struct ak_file_map *map)
{
    if (map == NULL)
        return;
    if (map->bytes != NULL)
        (void)munmap(map->bytes, (size_t)map->size);
    (void)fcntl(map->handle, F_SETLEASE, F_UNLCK);
    ak_free(map);
}

static long faults(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_minflt + usage.ru_majflt : 0;
}

/* The stretch behind what was shown. */
static bool map_stretch(struct ak_file_map *map)
{
    long before = faults();
    if (madvise(map->bytes + map->shown, AK_MAPPED_STRETCH, MADV_POPULATE_READ) != 0)
        return false;
    map->faults += faults() - before;
    map->put_up_with += FEW_FAULTS;
    return map->faults <= map->put_up_with;
}

/* One more block. Read here from end to end, it comes from memory as fast as it can, which frames
 * that are looked at here and there would not. */
static bool show_block(struct ak_file_map *map)
{
    _Static_assert(AK_MAPPED_STRETCH % AK_READ_BLOCK == 0, "blocks fill a stretch");
    if (map->shown == map->size || (map->shown % AK_MAPPED_STRETCH == 0 && !map_stretch(map)))
        return false;
    const volatile uint8_t *block = map->bytes + map->shown;
    for (size_t at = 0; at < AK_READ_BLOCK; at += CACHE_LINE)
        (void)block[at];
    map->shown += AK_READ_BLOCK;
    return true;
}

static void give_back(struct ak_file_map *map, uint64_t offset)
{
    uint64_t back = offset / AK_MAPPED_STRETCH * AK_MAPPED_STRETCH;
    if (back <= map->given_back)
        return;
    (void)madvise(map->bytes + map->given_back, (size_t)(back - map->given_back), MADV_DONTNEED);
    map->given_back = back;
    if (map->shown < back)
        map->shown = back;
}

bool ak_file_map_show(struct ak_file_map *map, uint64_t offset, const uint8_t **bytes, size_t *size)
{
    if (offset >= map->size || fcntl(map->handle, F_GETLEASE) != F_RDLCK)
        return false;
    give_back(map, offset);
    do
        if (!show_block(map))
            return false;
    while (map->shown <= offset);
    *bytes = map->bytes + offset;
    *size = (size_t)(map->shown - offset);
    return true;
}
