/* Where a hive belongs in the tree, told by its root's name and subkeys. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_MOUNT_H
#define AK_WINDOWS_REGISTRY_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/regf.h"

/* A path that begins with a root ("HKLM\SYSTEM"), or NULL: unknown. Notes no damage. */
const char *ak_registry_mount_of(const struct ak_regf *hive);

/* Select\Current of a SYSTEM hive, or 0. */
uint32_t ak_registry_mount_control_set(const struct ak_regf *hive);

#endif
