/* A machine's registry from the text of an export, and its host: for tests of what looks at it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_UNIT_SUPPORT_MACHINE_H
#define AK_TESTS_UNIT_SUPPORT_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "windows/host_view.h"
#include "windows/registry_load.h"

#define MACHINE_HEAD "Windows Registry Editor Version 5.00\n\n"
#define MACHINE_SCHANNEL                                                                           \
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
#define MACHINE_KEY "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
/* Windows Server 2008 R2: TLS 1.2 is off unless asked for. */
#define MACHINE_2008R2                                                                             \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"                      \
    "\"CurrentBuild\"=\"7601\"\n\"ProductName\"=\"Windows Server 2008 R2 Standard\"\n\n"           \
    "[" MACHINE_SCHANNEL "]\n\"EventLogging\"=dword:00000001\n\n"

struct machine {
    struct ak_registry *registry;
    struct ak_host *host;
};

/* `text` without the head. */
static inline struct machine machine_of(const char *text)
{
    struct machine m = {NULL, NULL};
    struct ak_hash_key key = {1, 2};
    struct ak_error error;
    size_t n = strlen(MACHINE_HEAD) + strlen(text);
    char *whole = malloc(n + 1);
    assert_non_null(whole);
    memcpy(whole, MACHINE_HEAD, strlen(MACHINE_HEAD));
    memcpy(whole + strlen(MACHINE_HEAD), text, strlen(text) + 1);
    struct ak_span span = {(const uint8_t *)whole, n};
    m.registry = ak_registry_new(key);
    m.host = calloc(1, sizeof *m.host);
    assert_non_null(m.registry);
    assert_non_null(m.host);
    assert_int_equal(ak_registry_load_text(m.registry, "host.reg", span, &error), AK_ERR_NONE);
    assert_int_equal(ak_host_view(m.registry, NULL, m.host, &error), AK_ERR_NONE);
    free(whole);
    return m;
}

/* The whole tree below a key as a text, to compare. */
static inline void machine_dump(const struct ak_registry_key *key, struct ak_text *out)
{
    ak_registry_key_path(key, out);
    ak_text_char(out, '\n');
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *v = ak_registry_value_at(key, i);
        ak_text_format(out, " %s %u ", v->name, (unsigned)v->type);
        ak_text_hex_bytes(out, v->data, v->size);
        ak_text_char(out, '\n');
    }
    for (size_t i = 0; i < ak_registry_key_count(key); i++)
        machine_dump(ak_registry_key_at(key, i), out);
}

static inline void machine_end(struct machine *m)
{
    ak_host_release(m->host);
    free(m->host);
    ak_registry_free(m->registry);
}

#endif
