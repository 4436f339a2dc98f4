/* What a host needs of its own TLS: administration, agents, services that talk to themselves.
 *
 * A change that takes one of these away locks the administrator out, or breaks what nobody thought
 * of. Two views of one host are compared: as it is, and as it would be.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_NEEDS_H
#define AK_REMEDY_FIX_NEEDS_H

#include <stdint.h>

#include "observe/host.h"
#include "windows/registry.h"

enum ak_fix_need {
    AK_FIX_NEED_RDP_TLS10, /* Remote Desktop of 7 and 2008 R2 without KB3080079 has TLS 1.0 alone */
    AK_FIX_NEED_RDP,       /* a current Windows reaches Remote Desktop */
    AK_FIX_NEED_WINRM,     /* ... and WinRM over HTTPS */
    AK_FIX_NEED_SQL_SELF,  /* SQL Server Agent, linked servers to itself */
    AK_FIX_NEED_SQL_BUILD, /* an instance whose build has no TLS 1.2 */
    AK_FIX_NEED_DOTNET,    /* agents and other programs on .NET Framework */
    AK_FIX_NEED_WINHTTP,   /* agents on WinHTTP, Windows Update and WSUS */
    AK_FIX_NEEDS
};
const char *ak_fix_need_name(enum ak_fix_need need);

/* Bits 1 << enum ak_fix_need of what works before and not after; *failed when memory lacked. A
 * system that is not known loses nothing that could be told. */
uint32_t ak_fix_needs_lost(const struct ak_host *before, const struct ak_host *after,
                           const struct ak_registry *registry, bool *failed);

#endif
