/* Changes to a registry in memory: what a machine would look like after a fix.
 *
 * Nothing on any machine or in any file changes. What was handed out before stays readable, but a
 * value that was replaced is no longer the tree's.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_CHANGE_H
#define AK_WINDOWS_REGISTRY_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/reader.h"
#include "windows/registry.h"

/* Makes the key where it lacks. False: no memory, or no path of a registry. */
AK_MUST_USE bool ak_registry_change_make(struct ak_registry *registry, const char *path);
/* Sets a value, whose data are copied; makes its key. A value that policy owned stays policy's.
 * False as above. */
AK_MUST_USE bool ak_registry_change_set(struct ak_registry *registry, const char *path,
                                        const char *name, uint32_t type, struct ak_span data);
/* Takes a value, a key with all below it, or a key that holds nothing out of the tree. What is not
 * there is no fault. */
void ak_registry_change_unset(struct ak_registry *registry, const char *path, const char *name);
void ak_registry_change_remove(struct ak_registry *registry, const char *path);
void ak_registry_change_remove_empty(struct ak_registry *registry, const char *path);

#endif
