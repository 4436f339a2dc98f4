/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_SETLEASE, MREMAP_FIXED, RUSAGE_THREAD */
#include "os/file_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/limits.h"

#include "base/banned.h"

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

/* Faults by which the system maps a stretch: one or two where its pages are large, 32 where they
 * are small, which then costs as much more than reading as large ones cost less. Some are put up
 * with: a file's first ones, which the system reads ahead in small steps, or a few among large. */
enum { FEW_FAULTS = 16, PATIENCE = 320, CACHE_LINE = 64 };

/* What handlers of signals read and write is atomic: they run between any two instructions. */
struct ak_file_map {
    int handle;
    uint8_t *bytes;           /* from the file's first one; NULL: not mapped */
    uint64_t size;            /* whole stretches */
    uint64_t given_back;      /* of them, from the first one on */
    _Atomic uint64_t wanted;  /* what may be looked at begins here, at a page, */
    _Atomic uint64_t shown;   /* and ends here: whole blocks */
    atomic_bool claimed;      /* somebody wants to write */
    atomic_bool torn;         /* a page was not there */
    long faults, put_up_with; /* while stretches were mapped, and how many would be too many */
};

static uintptr_t page_size;                   /* 0: no handlers */
static struct ak_file_map *_Atomic signalled; /* the one that handlers know */

/* Bytes that may be looked at stay as they are, in memory of our own, and whoever wants to write
 * may. Without memory he waits until the next block, or the system's patience ends. */
static void on_claim(int number)
{
    int saved = errno;
    struct ak_file_map *map = signalled;
    (void)number;
    if (map != NULL && !map->claimed) {
        uint64_t from = map->wanted, size = map->shown > from ? map->shown - from : 0;
        uint8_t *own = MAP_FAILED;
        if (size != 0)
            own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (own != MAP_FAILED) {
            memcpy(own, map->bytes + from, size);
            if (mremap(own, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, map->bytes + from) ==
                MAP_FAILED)
                (void)munmap(own, size);
            else
                size = 0;
        }
        map->claimed = true;
        if (size == 0)
            (void)fcntl(map->handle, F_SETLEASE, F_UNLCK);
    }
    errno = saved;
}

/* From a page that is no longer there on, there are zeros. */
static void on_missing(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    struct ak_file_map *map = signalled;
    (void)context;
    uintptr_t page = (uintptr_t)info->si_addr & ~(page_size - 1);
    if (map != NULL && page - (uintptr_t)map->bytes < map->size &&
        mmap((void *)page, (uintptr_t)map->bytes + map->size - page, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
        map->torn = true;
    else
        (void)signal(number, SIG_DFL); /* another's: it comes again */
    errno = saved;
}

void ak_file_map_allow(void)
{
    struct sigaction claim, missing;
    memset(&claim, 0, sizeof claim);
    memset(&missing, 0, sizeof missing);
    (void)sigemptyset(&claim.sa_mask);
    (void)sigemptyset(&missing.sa_mask);
    claim.sa_handler = on_claim;
    claim.sa_flags = SA_RESTART;
    missing.sa_sigaction = on_missing;
    missing.sa_flags = SA_SIGINFO;
    long size = sysconf(_SC_PAGESIZE);
    if (size > 0 && sigaction(SIGBUS, &missing, NULL) == 0 && sigaction(SIGURG, &claim, NULL) == 0)
        page_size = (uintptr_t)size;
}

struct ak_file_map *ak_file_map_open(const struct ak_file *file)
{
    uint64_t size = file->size / AK_MAPPED_STRETCH * AK_MAPPED_STRETCH;
    /* Of the standard input nobody knows where in the file it began. */
    if (page_size == 0 || file->standard || size < AK_MAPPED_FROM || size > SIZE_MAX / 2)
        return NULL;
    struct ak_file_map *none = NULL, *map = ak_alloc(1, sizeof *map);
    if (map == NULL)
        return NULL;
    map->handle = file->handle;
    map->size = size;
    map->put_up_with = PATIENCE;
    map->bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, map->handle, 0);
    if (map->bytes == MAP_FAILED) {
        ak_free(map);
        return NULL;
    }
    if (atomic_compare_exchange_strong(&signalled, &none, map) &&
        fcntl(map->handle, F_SETSIG, SIGURG) == 0 && fcntl(map->handle, F_SETLEASE, F_RDLCK) == 0)
        return map;
    ak_file_map_close(map);
    return NULL;
}

void ak_file_map_close(struct ak_file_map *map)
{
    if (map == NULL)
        return;
    struct ak_file_map *own = map;
    (void)fcntl(map->handle, F_SETLEASE, F_UNLCK);
    (void)atomic_compare_exchange_strong(&signalled, &own, NULL);
    (void)munmap(map->bytes, (size_t)map->size);
    ak_free(map);
}

bool ak_file_map_torn(const struct ak_file_map *map)
{
    return map->torn;
}

static long faults(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_minflt + usage.ru_majflt : 0;
}

/* The stretch behind what was shown. Whoever takes the lease away sends the signal; that it is
 * there is made sure of now and then. */
static bool map_stretch(struct ak_file_map *map)
{
    if (fcntl(map->handle, F_GETLEASE) != F_RDLCK)
        return false;
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

static bool is_ours(const struct ak_file_map *map)
{
    return !map->claimed && !map->torn;
}

bool ak_file_map_show(struct ak_file_map *map, uint64_t offset, const uint8_t **bytes, size_t *size)
{
    if (offset >= map->size || !is_ours(map))
        return false;
    give_back(map, offset);
    map->wanted = offset / page_size * page_size;
    do
        if (!show_block(map))
            return false;
    while (map->shown <= offset);
    if (!is_ours(map))
        return false;
    *bytes = map->bytes + offset;
    *size = (size_t)(map->shown - offset);
    return true;
}
