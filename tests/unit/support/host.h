/* A host made from the text of a registry export. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_UNIT_SUPPORT_HOST_H
#define AK_TESTS_UNIT_SUPPORT_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "windows/host_view.h"
#include "windows/registry_load.h"

#define REG "Windows Registry Editor Version 5.00\r\n\r\n"
#define KEY(path) "[HKEY_LOCAL_MACHINE\\" path "]\r\n"
#define SCHANNEL "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\"
#define SSL_LOCAL "SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\"
#define SSL_POLICY "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"

/* `text` is all behind the first line; `system` may be NULL. The host is released with
 * host_end. */
static inline struct ak_host *host_of(const char *system, const char *text)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error;
    char *whole = malloc(sizeof REG + strlen(text));
    struct ak_host *host = calloc(1, sizeof *host);
    struct ak_registry *registry = ak_registry_new(key);
    assert_non_null(whole);
    assert_non_null(host);
    assert_non_null(registry);
    memcpy(whole, REG, sizeof REG - 1);
    memcpy(whole + sizeof REG - 1, text, strlen(text) + 1);
    struct ak_span span = {(const uint8_t *)whole, strlen(whole)};
    assert_int_equal(ak_registry_load_text(registry, "test.reg", span, &error), AK_ERR_NONE);
    const struct ak_windows *given = system != NULL ? ak_windows_find(system) : NULL;
    assert_true(system == NULL || given != NULL);
    assert_int_equal(ak_host_view(registry, given, host, &error), AK_ERR_NONE);
    ak_registry_free(registry); /* nothing is borrowed from it but names of sources */
    free(whole);
    return host;
}

static inline void host_end(struct ak_host *host)
{
    ak_host_release(host);
    free(host);
}

#endif
