/* Fuzzes ak_x509_parse (one certificate in DER) and ak_x509_names_host. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/x509_plain.h"

#include "fuzz_target.h"

static bool ends(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

static void check_texts(const struct ak_x509 *c)
{
    FUZZ_CHECK(ends(c->subject, sizeof c->subject) && ends(c->issuer, sizeof c->issuer));
    FUZZ_CHECK(ends(c->subject_cn, sizeof c->subject_cn));
    FUZZ_CHECK(ends(c->issuer_cn, sizeof c->issuer_cn));
    FUZZ_CHECK(ends(c->serial, sizeof c->serial) && ends(c->curve, sizeof c->curve));
    FUZZ_CHECK(ends(c->signature_algorithm, sizeof c->signature_algorithm));
    FUZZ_CHECK(ak_key_type_name(c->key_type) != NULL && ak_key_type_name(c->sign_key) != NULL);
    FUZZ_CHECK(ak_sign_hash_name(c->sign_hash) != NULL);
}

/* What is read here is what libcrypto reads, but for keys whose point it refuses. */
static void check_plain(struct ak_span der)
{
    static struct ak_x509 plain, other;
    if (!ak_x509_plain(der, &plain))
        return;
    FUZZ_CHECK(ak_x509_by_libcrypto(der, &other) == AK_VERDICT_PARSED);
    if (plain.key_type == AK_KEY_EC && other.key_type == AK_KEY_OTHER) {
        other.key_type = AK_KEY_EC;
        other.key_bits = plain.key_bits;
        memcpy(other.curve, plain.curve, sizeof other.curve);
    }
    FUZZ_CHECK(memcmp(&plain, &other, sizeof plain) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span der = {data, size};
    struct ak_x509 c;
    check_plain(der);
    enum ak_verdict verdict = ak_x509_parse(der, &c);
    FUZZ_CHECK(verdict == AK_VERDICT_PARSED || verdict == AK_VERDICT_BAD);
    check_texts(&c);
    FUZZ_CHECK(!c.self_signed || c.self_issued);
    size_t at = 0;
    for (unsigned i = 0; i < c.name_count; i++) {
        FUZZ_CHECK(at < sizeof c.names && ends(c.names + at, sizeof c.names - at));
        const char *name = c.names + at;
        size_t head = strncmp(name, "DNS:", 4) == 0 ? 4 : 3;
        FUZZ_CHECK(head == 4 || strncmp(name, "IP:", 3) == 0);
        /* A certificate names what it lists. */
        FUZZ_CHECK(ak_x509_names_host(&c, name + head) || name[head] == '*');
        at += strlen(name) + 1;
    }
    (void)ak_x509_names_host(&c, "sql01.contoso.example");
    (void)ak_x509_names_host(&c, "192.0.2.9");
    (void)ak_x509_names_host(&c, "");
    return 0;
}
