/* A regular file as memory, shown block by block: without the copy that a read makes.
 *
 * Memory that others may change while it is parsed would be worse than a copy, so the file is under
 * a read lease meanwhile (fcntl(2), F_SETLEASE): who opens it to write, or cuts it, waits until
 * what is shown has become a copy and the lease was given up, which a signal brings about at once.
 * Where the system grants no lease (another's file, one that is open for writing, a network file
 * system), nothing is shown and the caller reads. A process that is stopped for longer than
 * /proc/sys/fs/lease-break-time loses its lease all the same, and a disk may fail: where a page
 * cannot be had, zeros are shown, and the next call says so.
 *
 * Nothing is shown either where that costs more than reading: pages of 4 KiB are mapped one by one,
 * those of a file that the system keeps in large ones (Linux 6.x on ext4, xfs, btrfs) 2 MiB at
 * once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_FILE_MAP_H
#define AK_OS_FILE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/file.h"

struct ak_file_map;

/* Signals belong to the program, not to a library: before it has taken SIGBUS and SIGURG for maps,
 * by this call, there are none. */
void ak_file_map_allow(void);

/* NULL: the file is better read, or there is another map. The file must stay open until the map is
 * closed. */
struct ak_file_map *ak_file_map_open(const struct ak_file *file);
void ak_file_map_close(struct ak_file_map *map);

/* Shows the bytes from `offset` on, further than the call before and already in the processor's
 * cache, and gives back those before `offset`, which never decreases. False: there is no more to
 * show, or it is no longer wise: close the map and read. What was shown before is then to be read
 * again: it may have been changed. */
bool ak_file_map_show(struct ak_file_map *map, uint64_t offset, const uint8_t **bytes,
                      size_t *size);
/* Once it shows no more: something of what it showed last was not there. */
bool ak_file_map_torn(const struct ak_file_map *map);

#endif
