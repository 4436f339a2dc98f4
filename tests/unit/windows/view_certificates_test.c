/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/view_certificates.h"

#include "support/host.h"

#define STORE(name) KEY("SOFTWARE\\Microsoft\\SystemCertificates\\" name)
#define BLOB(name, byte)                                                                           \
    STORE(name)                                                                                    \
    "\"Blob\"=hex:06,00,00,00,01,00,00,00,04,00,00,00,02,00,00,00,"                                \
    "20,00,00,00,01,00,00,00,01,00,00,00," byte "\r\n"
#define ONE "MY\\Certificates\\00112233445566778899AABBCCDDEEFF00112233"

struct seen {
    char text[64];
    uint32_t key_spec;
};

static void on_found(void *context, const struct ak_store_certificate *found)
{
    struct seen *seen = context;
    size_t n = strlen(seen->text);
    (void)snprintf(seen->text + n, sizeof seen->text - n, "%s:%02x ", found->store,
                   found->entry.der.bytes[0]);
    seen->key_spec = found->entry.properties.key_spec;
}

static struct ak_registry *registry_of(const char *text)
{
    struct ak_hash_key key = {1, 2};
    struct ak_error error;
    char whole[4096];
    (void)snprintf(whole, sizeof whole, "Windows Registry Editor Version 5.00\r\n%s", text);
    struct ak_span span = {(const uint8_t *)whole, strlen(whole)};
    struct ak_registry *registry = ak_registry_new(key);
    assert_non_null(registry);
    assert_int_equal(ak_registry_load_text(registry, "test", span, &error), AK_ERR_NONE);
    return registry;
}

static void reads_three_stores(void **state)
{
    (void)state;
    struct ak_registry *registry = registry_of(
        BLOB("ROOT\\Certificates\\AA", "33") BLOB(ONE, "30") BLOB("CA\\Certificates\\BB", "31")
            BLOB("TrustedPeople\\Certificates\\CC", "32")
                STORE("MY\\Certificates\\DD") "\"Blob\"=hex:01,02\r\n" STORE(
                    "MY\\Certificates\\EE") "\"Other\"=hex:01\r\n");
    struct seen seen = {"", 0};
    uint64_t damaged = 0;
    ak_view_certificates(registry, on_found, &seen, &damaged);
    assert_string_equal(seen.text, "MY:30 CA:31 ROOT:33 ");
    assert_int_equal(seen.key_spec, 2);
    assert_int_equal(damaged, 1);
    ak_registry_free(registry);
}

#define SQL "SOFTWARE\\Microsoft\\Microsoft SQL Server"
#define INSTANCE                                                                                   \
    KEY(SQL "\\Instance Names\\SQL")                                                               \
    "\"MSSQLSERVER\"=\"MSSQL15.MSSQLSERVER\"\r\n" KEY(                                             \
        SQL                                                                                        \
        "\\MSSQL15.MSSQLSERVER\\MSSQLServer\\SuperSocketNetLib") "\"Certificate\"=\"%s\"\r\n%s"

static void assert_state(const char *thumbprint, const char *store, enum ak_thumbprint_state state)
{
    char text[2048];
    (void)snprintf(text, sizeof text, INSTANCE, thumbprint, store);
    struct ak_host *h = host_of("ws2022", text);
    assert_int_equal(h->instance_count, 1);
    if (h->instances[0].certificate_state != state)
        fail_msg("%s: %u", thumbprint, h->instances[0].certificate_state);
    host_end(h);
}

static void a_thumbprint_is_looked_up(void **state)
{
    static const char mine[] = "00112233445566778899aabbccddeeff00112233";
    static const char other[] = "ff112233445566778899aabbccddeeff00112233";
    (void)state;
    assert_state("", BLOB(ONE, "30"), AK_THUMBPRINT_NONE);
    assert_state(mine, "", AK_THUMBPRINT_UNKNOWN);
    assert_state(mine, BLOB(ONE, "30"), AK_THUMBPRINT_FOUND);
    assert_state(other, BLOB(ONE, "30"), AK_THUMBPRINT_MISSING);
    assert_state("0011", BLOB(ONE, "30"), AK_THUMBPRINT_BAD);
    assert_state("00 112233445566778899aabbccddeeff00112233", BLOB(ONE, "30"), AK_THUMBPRINT_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_three_stores),
        cmocka_unit_test(a_thumbprint_is_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
