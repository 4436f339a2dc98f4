/* The machines whose registries are among the files: hives with their logs, exports, policies.
 *
 * Which files are of one machine is told by where they lie: a folder is a machine, and so are the
 * files that a user names in one folder. A second hive of the same place in the registry, or a
 * second export of the same keys, begins another machine.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_MACHINES_H
#define AK_INTAKE_MACHINES_H

#include <stdint.h>

#include "base/error.h"
#include "intake/archives.h"
#include "observe/host.h"
#include "windows/registry_load.h"

struct ak_machines;

struct ak_machines_listener {
    void *context;
    /* Nothing came of a file: AK_ERR_FORMAT and its kin. */
    void (*problem)(void *context, const char *path, const struct ak_error *error);
    void (*host)(void *context, const struct ak_host *host);
};

/* NULL when out of memory. `archives` (may be NULL) is borrowed: logs beside a hive lie in it. */
struct ak_machines *ak_machines_new(struct ak_archives *archives);
/* Frees hosts and names too. Accepts NULL. */
void ak_machines_free(struct ak_machines *machines);

/* Takes over `bytes` (of ak_alloc), freed here in any case. AK_ERR_MEMORY is the only error. */
enum ak_err ak_machines_add(struct ak_machines *machines, const char *path,
                            enum ak_registry_sniff kind, uint8_t *bytes, size_t size);

/* Before _finish: all files are of one machine, and `system` is what it runs (NULL: they tell). */
void ak_machines_one(struct ak_machines *machines, const struct ak_windows *system);

/* Puts the files together and hands out each host; hosts live until _free. Afterwards nothing can
 * be added. Logs that nobody named are looked for beside their hive. AK_ERR_MEMORY is the only
 * error. */
enum ak_err ak_machines_finish(struct ak_machines *machines,
                               const struct ak_machines_listener *listener);

/* The registry that a host was made from; NULL: none of ours. It may be changed once nobody reads
 * it any more: hosts hold copies. */
struct ak_registry *ak_machines_registry(const struct ak_machines *machines,
                                         const struct ak_host *host);

/* After _finish: the machine whose files lie in this file's folder, else the only one; NULL: that
 * is not clear. */
const struct ak_host *ak_machines_beside(const struct ak_machines *machines, const char *path);

#endif
