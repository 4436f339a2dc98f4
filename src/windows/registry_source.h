/* Beginning and ending the report of one file, for the loaders. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_REGISTRY_SOURCE_H
#define AK_WINDOWS_REGISTRY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "windows/registry.h"

/* The source that the file will be; it counts only after _end. */
enum ak_err ak_registry_source_begin(struct ak_registry *registry, const char *name,
                                     enum ak_registry_source_kind kind, size_t size,
                                     struct ak_registry_source **source, struct ak_error *error);
/* Its index, as values keep it. */
uint16_t ak_registry_source_number(const struct ak_registry *registry);
void ak_registry_source_damaged(struct ak_registry_source *source, uint64_t where, const char *why);
/* AK_ERR_MEMORY when the arena or the caller (`lacks_memory`) had none; a bound that was reached is
 * no error, the source tells it. */
enum ak_err ak_registry_source_end(struct ak_registry *registry, bool lacks_memory,
                                   struct ak_error *error);

#endif
