/* From a registry to the host that it configures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_WINDOWS_HOST_VIEW_H
#define AK_WINDOWS_HOST_VIEW_H

#include "base/error.h"
#include "observe/host.h"
#include "windows/registry.h"

/* Fills the host; the caller releases it with ak_host_release, also after an error (out of memory
 * is the only one). `registry` may be NULL: the system as it is installed. `given` names the system
 * when the caller knows it; else the registry tells, or it stays unknown. Nothing is borrowed from
 * the registry afterwards. */
enum ak_err ak_host_view(const struct ak_registry *registry, const struct ak_windows *given,
                         struct ak_host *host, struct ak_error *error);

#endif
