/* Fuzzes serialized stores and the blobs of registries: ak_cert_store_read, ak_cert_blob_parse. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_store.h"

#include "base/utf16.h"

#include "fuzz_target.h"

struct seen {
    struct ak_span store;
    size_t count;
};

static void check_properties(const struct ak_cert_properties *p)
{
    struct ak_span provider = {(const uint8_t *)p->provider, strlen(p->provider)};
    struct ak_span name = {(const uint8_t *)p->friendly_name, strlen(p->friendly_name)};
    FUZZ_CHECK(provider.size < AK_CERT_PROPERTY_TEXT && ak_utf8_valid(provider));
    FUZZ_CHECK(name.size < AK_CERT_PROPERTY_TEXT && ak_utf8_valid(name));
    FUZZ_CHECK(p->told && (p->has_usage || !p->server_usage));
    FUZZ_CHECK(p->has_key || (!p->cng && p->provider[0] == '\0'));
}

static void check(void *context, const struct ak_cert_entry *entry)
{
    struct seen *seen = context;
    FUZZ_CHECK(fuzz_inside(seen->store.bytes, seen->store.size, entry->der));
    check_properties(&entry->properties);
    seen->count++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span bytes = {data, size};
    struct ak_parse parse;
    struct ak_cert_entry entry;
    struct seen seen = {bytes, 0};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_verdict verdict = ak_cert_store_read(bytes, check, &seen, &parse);
    FUZZ_CHECK(verdict == parse.verdict && (ak_cert_store_is(bytes) || seen.count == 0));
    FUZZ_CHECK(seen.count <= size / 12);
    verdict = ak_cert_blob_parse(bytes, &entry, &parse);
    FUZZ_CHECK(verdict == parse.verdict && fuzz_inside(data, size, entry.der));
    FUZZ_CHECK(verdict == AK_VERDICT_PARSED || entry.der.size == 0);
    check_properties(&entry.properties);
    return 0;
}
