/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_file.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/words.h"
#include "codec/der.h"
#include "codec/log_text.h"
#include "codec/pem.h"

#include "base/banned.h"

const char *ak_cert_format_name(enum ak_cert_format format)
{
    static const char *const names[] = {"none", "pem", "der", "p7b", "pfx", "sst", "registry"};
    return names[format];
}

/* ---- what it is ---- */

/* The head of an element whose content may reach beyond the bytes, and of indefinite length, as BER
 * has it. */
static bool opens(struct ak_reader *r, uint8_t tag)
{
    uint8_t got = ak_read_u8(r, "tag");
    uint8_t size = ak_read_u8(r, "length");
    if (got != tag || size > 0x84)
        return false;
    if (size > 0x80)
        ak_read_skip(r, size & 0x7f, "length");
    return ak_reader_ok(r);
}

static bool next_is(struct ak_reader *r, const uint8_t *bytes, size_t size)
{
    struct ak_span rest = ak_reader_rest(r);
    return rest.size >= size && memcmp(rest.bytes, bytes, size) == 0;
}

static enum ak_cert_format sniff_der(struct ak_span head)
{
    static const uint8_t pkcs7[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7};
    static const uint8_t three[] = {2, 1, 3}, version3[] = {0xa0, 3, 2, 1, 2}, serial[] = {2};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(head.bytes, head.size, &parse);
    if (!opens(&r, AK_DER_SEQUENCE))
        return AK_CERT_FORMAT_NONE;
    if (next_is(&r, pkcs7, sizeof pkcs7)) {
        ak_read_skip(&r, sizeof pkcs7, "oid");
        return ak_read_u8(&r, "oid") == 2 ? AK_CERT_FORMAT_P7B : AK_CERT_FORMAT_NONE;
    }
    if (next_is(&r, three, sizeof three)) {
        ak_read_skip(&r, sizeof three, "version");
        return opens(&r, AK_DER_SEQUENCE) && next_is(&r, pkcs7, sizeof pkcs7) ? AK_CERT_FORMAT_PFX
                                                                              : AK_CERT_FORMAT_NONE;
    }
    if (!opens(&r, AK_DER_SEQUENCE))
        return AK_CERT_FORMAT_NONE;
    if (next_is(&r, version3, sizeof version3))
        return AK_CERT_FORMAT_DER;
    /* Version 1: a serial number, then the signature's algorithm; keys of PKCS #1 and #8 begin
     * alike, so a certificate must be read from it. */
    if (!next_is(&r, serial, sizeof serial))
        return AK_CERT_FORMAT_NONE;
    const unsigned char *p = head.bytes;
    ERR_set_mark();
    X509 *x = d2i_X509(NULL, &p, (long)head.size);
    ERR_pop_to_mark();
    X509_free(x);
    return x != NULL ? AK_CERT_FORMAT_DER : AK_CERT_FORMAT_NONE;
}

static const char *const certificate_labels[] = {"CERTIFICATE", "X509 CERTIFICATE",
                                                 "TRUSTED CERTIFICATE"};
static const char *const store_labels[] = {"PKCS7", "CMS"};

static bool has_text(struct ak_span head, const char *text)
{
    size_t n = strlen(text);
    if (head.size < n)
        return false;
    const uint8_t *at = head.bytes, *end = head.bytes + head.size;
    while (n <= (size_t)(end - at) &&
           (at = memchr(at, text[0], (size_t)(end - at) - n + 1)) != NULL) {
        if (memcmp(at, text, n) == 0)
            return true;
        at++;
    }
    return false;
}

static bool is_pem(struct ak_span head)
{
    static const char *const begins[] = {
        "-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----",
        "-----BEGIN TRUSTED CERTIFICATE-----", "-----BEGIN PKCS7-----", "-----BEGIN CMS-----"};
    for (size_t i = 0; i < AK_COUNT(begins); i++)
        if (has_text(head, begins[i]))
            return true;
    return false;
}

/* Windows PowerShell writes what it is told to write into a file as UTF-16. */
static bool is_wide_pem(struct ak_span head)
{
    char narrow[4096];
    size_t mark;
    enum ak_log_units units = ak_log_units_guess(head, &mark);
    if (units == AK_LOG_BYTES)
        return false;
    struct ak_span text = {(const uint8_t *)narrow,
                           ak_log_ascii(units, ak_words_from(head, mark), narrow, sizeof narrow)};
    return is_pem(text);
}

enum ak_cert_format ak_cert_sniff(struct ak_span head)
{
    if (ak_cert_store_is(head))
        return AK_CERT_FORMAT_SST;
    enum ak_cert_format format = sniff_der(head);
    if (format == AK_CERT_FORMAT_NONE && (is_pem(head) || is_wide_pem(head)))
        format = AK_CERT_FORMAT_PEM;
    return format;
}

/* ---- reading ---- */

struct telling {
    ak_cert_sink *sink;
    void *context;
    size_t told;
    bool damaged;
};

/* The first element alone: a trusted certificate has more behind it. */
static void tell_der(struct telling *t, struct ak_span der)
{
    struct ak_cert_entry entry;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(der.bytes, der.size, &parse);
    memset(&entry, 0, sizeof entry);
    (void)ak_der_expect(&r, AK_DER_SEQUENCE);
    if (!ak_reader_ok(&r) || t->told == AK_MAX_FILE_CERTIFICATES) {
        t->damaged = true;
        return;
    }
    entry.der.bytes = der.bytes;
    entry.der.size = der.size - r.left;
    t->told++;
    t->sink(t->context, &entry);
}

static void tell_pkcs7(struct telling *t, struct ak_span der)
{
    const unsigned char *p = der.bytes;
    ERR_set_mark();
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.size);
    bool is_signed = p7 != NULL && PKCS7_type_is_signed(p7) && p7->d.sign != NULL;
    STACK_OF(X509) *list = is_signed ? p7->d.sign->cert : NULL;
    t->damaged = t->damaged || !is_signed;
    for (int i = 0; i < sk_X509_num(list); i++) {
        unsigned char *bytes = NULL;
        int size = i2d_X509(sk_X509_value(list, i), &bytes);
        struct ak_span span = {bytes, size > 0 ? (size_t)size : 0};
        tell_der(t, span);
        OPENSSL_free(bytes);
    }
    PKCS7_free(p7);
    ERR_pop_to_mark();
}

static void read_label(struct telling *t, struct ak_span text, const char *label, uint8_t *block,
                       void (*tell)(struct telling *t, struct ak_span der))
{
    unsigned bad = 0;
    for (size_t at = 0; at < text.size && bad < AK_MAX_PEM_DAMAGE;) {
        size_t size;
        if (ak_pem_next(text, label, &at, block, text.size, &size)) {
            struct ak_span der = {block, size};
            tell(t, der);
        } else if (at < text.size) {
            bad++;
        }
    }
    t->damaged = t->damaged || bad != 0;
}

static void read_pem(struct telling *t, struct ak_span text)
{
    size_t mark;
    enum ak_log_units units = ak_log_units_guess(text, &mark);
    uint8_t *block = ak_alloc(2, text.size), *narrow = block != NULL ? block + text.size : NULL;
    if (block == NULL) {
        t->damaged = true;
        return;
    }
    if (units != AK_LOG_BYTES) {
        text = ak_words_from(text, mark);
        text.size = ak_log_ascii(units, text, (char *)narrow, text.size);
        text.bytes = narrow;
    }
    for (size_t i = 0; i < AK_COUNT(certificate_labels); i++)
        read_label(t, text, certificate_labels[i], block, tell_der);
    for (size_t i = 0; i < AK_COUNT(store_labels); i++)
        read_label(t, text, store_labels[i], block, tell_pkcs7);
    ak_free(block);
}

static void on_entry(void *context, const struct ak_cert_entry *entry)
{
    struct telling *t = context;
    if (t->told == AK_MAX_FILE_CERTIFICATES) {
        t->damaged = true;
        return;
    }
    t->told++;
    t->sink(t->context, entry);
}

enum ak_cert_outcome ak_cert_file_read(enum ak_cert_format format, struct ak_span file,
                                       const char *password, ak_cert_sink *sink, void *context)
{
    struct telling t = {sink, context, 0, false};
    struct ak_parse parse;
    if (file.size == 0 || file.size > AK_MAX_CERTIFICATE_FILE)
        return AK_CERT_OUTCOME_BAD;
    switch (format) {
    case AK_CERT_FORMAT_PEM:
        read_pem(&t, file);
        break;
    case AK_CERT_FORMAT_DER:
        tell_der(&t, file);
        break;
    case AK_CERT_FORMAT_P7B:
        tell_pkcs7(&t, file);
        break;
    case AK_CERT_FORMAT_SST:
        t.damaged = ak_cert_store_read(file, on_entry, &t, &parse) != AK_VERDICT_PARSED;
        break;
    case AK_CERT_FORMAT_PFX:
        return ak_cert_pfx_read(file, password, sink, context);
    default:
        return AK_CERT_OUTCOME_BAD;
    }
    if (t.told == 0)
        return t.damaged ? AK_CERT_OUTCOME_BAD : AK_CERT_OUTCOME_EMPTY;
    return t.damaged ? AK_CERT_OUTCOME_PARTLY : AK_CERT_OUTCOME_READ;
}
