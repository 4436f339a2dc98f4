/* Fuzzes files of certificates: what they are (ak_cert_sniff), and reading them as that, with and
 * without a password. The corpus' PKCS #12 files have the password "geheim". */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_file.h"

#include "codec/x509.h"

#include "fuzz_target.h"

static void check(void *context, const struct ak_cert_entry *entry)
{
    struct ak_x509 x;
    FUZZ_CHECK(entry->der.size != 0 || entry->properties.told);
    if (entry->der.size != 0 && ak_x509_parse(entry->der, &x) == AK_VERDICT_PARSED)
        FUZZ_CHECK(x.has_key_usage || (x.may_encipher_keys && x.may_sign));
    (*(size_t *)context)++;
}

static void read_it(enum ak_cert_format format, struct ak_span file, const char *password)
{
    size_t told = 0;
    enum ak_cert_outcome outcome = ak_cert_file_read(format, file, password, check, &told);
    bool read = outcome == AK_CERT_OUTCOME_READ || outcome == AK_CERT_OUTCOME_PARTLY;
    FUZZ_CHECK(read == (told != 0));
    FUZZ_CHECK(password == NULL || outcome != AK_CERT_OUTCOME_NEEDS_PASSWORD);
    FUZZ_CHECK(password != NULL || outcome != AK_CERT_OUTCOME_WRONG_PASSWORD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span file = {data, size};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    enum ak_cert_format format = ak_cert_sniff(file);
    if (format == AK_CERT_FORMAT_NONE)
        return 0;
    read_it(format, file, NULL);
    if (format == AK_CERT_FORMAT_PFX)
        read_it(format, file, "geheim");
    return 0;
}
