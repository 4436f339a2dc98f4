/* Makes a registry and reads hives, exports and policy files into it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_LOAD_H
#define AK_WINDOWS_REGISTRY_LOAD_H

/* The loaders take bytes that are in memory and copy what they keep: bytes may be freed when they
 * return. `name` is borrowed for as long as the registry lives. A later file wins for a value that
 * both hold; the data of a key that one of them lacks stay.
 *
 * Each returns AK_ERR_NONE and adds a source, damaged or not, when anything could be read. Else it
 * returns an error, tells it, and adds nothing: AK_ERR_FORMAT (not this kind of file, or no root
 * key), AK_ERR_UNSUPPORTED (larger than base/limits.h allows, or too many sources). AK_ERR_MEMORY
 * adds the source if it came so far: what was read before memory ran out stays.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/reader.h"
#include "windows/registry.h"

/* NULL: memory lacks. `key` keys the hashes of names. */
struct ak_registry *ak_registry_new(struct ak_hash_key key);
void ak_registry_free(struct ak_registry *registry);

enum ak_registry_sniff {
    AK_REGISTRY_SNIFF_NO,
    AK_REGISTRY_SNIFF_HIVE,
    AK_REGISTRY_SNIFF_LOG, /* .LOG, .LOG1, .LOG2: belongs to a hive, says nothing alone */
    AK_REGISTRY_SNIFF_TEXT,
    AK_REGISTRY_SNIFF_POLICY,
    AK_REGISTRY_SNIFF_REPORT /* of SQLCHECK */
};

/* Needs no more than the first 8 KiB of a file. */
enum ak_registry_sniff ak_registry_sniff(struct ak_span bytes);

/* A hive, with its logs replayed in memory when it is dirty. Its place in the tree is told by its
 * content (see `mount` of the source): SYSTEM, SOFTWARE, NTUSER.DAT and known subkeys that
 * `reg save` wrote; anything else hangs below "HKLM\?", "HKLM\?2" and so on. */
enum ak_err ak_registry_load_hive(struct ak_registry *registry, const char *name,
                                  struct ak_span hive, const struct ak_span *logs, size_t log_count,
                                  struct ak_error *error);
/* The same with bytes from ak_alloc, which are the function's from then on, whatever it returns:
 * logs are replayed into them instead of into a copy. */
enum ak_err ak_registry_take_hive(struct ak_registry *registry, const char *name, uint8_t *hive,
                                  size_t size, const struct ak_span *logs, size_t log_count,
                                  struct ak_error *error);
/* A registry export (.reg), applied as Windows would, deletions included; or what `reg query`
 * printed. */
enum ak_err ak_registry_load_text(struct ak_registry *registry, const char *name,
                                  struct ak_span text, struct ak_error *error);

/* A report of SQLCHECK (codec/sqlcheck_text.h): the values that it tells. */
enum ak_err ak_registry_load_report(struct ak_registry *registry, const char *name,
                                    struct ak_span report, struct ak_error *error);

enum ak_registry_policy { AK_REGISTRY_POLICY_MACHINE, AK_REGISTRY_POLICY_USER };

/* Registry.pol of the machine (below HKLM) or of a user (HKCU). */
enum ak_err ak_registry_load_policy(struct ak_registry *registry, const char *name,
                                    struct ak_span policy, enum ak_registry_policy whose,
                                    struct ak_error *error);

/* Where a hive would hang; NULL: unknown, or no hive. */
const char *ak_registry_hive_mount(struct ak_span hive);
/* Whether a hive that hangs there was loaded already: another one is of another machine (or of
 * another time), and the caller may want to begin a new tree for it. */
bool ak_registry_mount_taken(const struct ak_registry *registry, struct ak_span hive);

#endif
