/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/certificate.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "codec/der.h"
#include "codec/ec_point.h"
#include "codec/x509.h"
#include "model/microsoft_names.h"

#include "base/banned.h"

/* Certificate  { tbs { [0] version, serial, algorithm, issuer, validity, subject, key, [1] [2] ids,
 *                      [3] extensions }, algorithm, signature }
 * key          { { algorithm, parameters }, bits }
 * extension    { oid, critical?, octets }
 */

enum { DEPTH = 16 };

struct editor {
    struct ak_pseudonyms *names;
    uint8_t *bytes; /* of the whole certificate */
    bool failed;
};

/* The same bytes, to be changed. */
static uint8_t *place(const struct editor *e, struct ak_span span)
{
    return e->bytes + (span.bytes - e->bytes);
}

static struct ak_reader inside(struct ak_span span, struct ak_parse *parse)
{
    return ak_reader_of(span.bytes, span.size, parse);
}

static void stand_in(struct editor *e, struct ak_span span)
{
    if (span.size != 0)
        ak_pseudonym_bytes(e->names, place(e, span), span.size);
}

static void clear(struct editor *e, struct ak_span span)
{
    if (span.size != 0)
        memset(place(e, span), 0, span.size);
}

/* ---- names ---- */

/* SQL Server's own certificate has this subject everywhere ("SSL_Self_Signed_Fallback"). */
static bool is_common(struct ak_span text)
{
    static const char fallback[] = "SSL_Self_Signed_Fallback";
    for (size_t wide = 1; wide <= 2; wide++) {
        size_t same = 0;
        if (text.size != wide * (sizeof fallback - 1))
            continue;
        while (same < sizeof fallback - 1 &&
               text.bytes[wide * same + wide - 1] == (uint8_t)fallback[same])
            same++;
        if (same == sizeof fallback - 1)
            return true;
    }
    return false;
}

/* A public authority of Microsoft's hosts, by which rules know it. */
static bool is_authority(struct ak_span text)
{
    char organisation[64];
    if (text.size >= sizeof organisation)
        return false;
    memcpy(organisation, text.bytes, text.size);
    organisation[text.size] = '\0';
    return ak_is_microsoft_organisation(organisation);
}

static bool map_string(struct editor *e, const struct ak_der *der)
{
    static const struct {
        uint8_t tag;
        enum ak_text_form form;
    } forms[] = {
        {AK_DER_UTF8, AK_TEXT_UTF8},         {AK_DER_NUMERIC, AK_TEXT_LATIN1},
        {AK_DER_PRINTABLE, AK_TEXT_LATIN1},  {AK_DER_T61, AK_TEXT_LATIN1},
        {AK_DER_IA5, AK_TEXT_LATIN1},        {AK_DER_VISIBLE, AK_TEXT_LATIN1},
        {AK_DER_UNIVERSAL, AK_TEXT_UTF32BE}, {AK_DER_BMP, AK_TEXT_UTF16BE},
    };
    for (size_t i = 0; i < AK_COUNT(forms); i++) {
        if (forms[i].tag != der->tag)
            continue;
        if (der->body.size != 0 && !is_common(der->body) && !is_authority(der->body))
            ak_pseudonym_text(e->names, forms[i].form, place(e, der->body), der->body.size);
        return true;
    }
    return false;
}

/* iPAddress: an address, or an address and a mask in name constraints. */
static void map_address(struct editor *e, struct ak_span address)
{
    if (address.size == 4 || address.size == 8)
        ak_pseudonym_ipv4(e->names, place(e, address));
    else if (address.size == 16 || address.size == 32)
        ak_pseudonym_ipv6(e->names, place(e, address));
    else
        clear(e, address);
}

/* RFC 5280 4.2.1.6: [1] mail, [2] DNS, [6] URI, [7] address, [8] OID. */
static void map_general_name(struct editor *e, const struct ak_der *der)
{
    unsigned number = der->tag & 0x1f;
    if (number == 1 || number == 2 || number == 6) {
        if (der->body.size != 0)
            ak_pseudonym_text(e->names, AK_TEXT_UTF8, place(e, der->body), der->body.size);
    } else if (number == 7) {
        map_address(e, der->body);
    } else if (number != 8) {
        stand_in(e, der->body);
    }
}

/* Every string and general name below; what is neither structure nor text gets a stand-in. */
static void map_names(struct editor *e, struct ak_span span, unsigned depth)
{
    struct ak_parse parse;
    struct ak_reader r = inside(span, &parse);
    while (r.left != 0) {
        struct ak_span here = ak_reader_rest(&r);
        struct ak_der der = ak_der_next(&r);
        if (der.tag == 0 || depth == DEPTH) {
            clear(e, here);
            return;
        }
        if (der.tag & AK_DER_CONSTRUCTED)
            map_names(e, der.body, depth + 1);
        else if (der.tag & AK_DER_CONTEXT)
            map_general_name(e, &der);
        else if (!map_string(e, &der) &&
                 (der.tag == AK_DER_OCTET_STRING || der.tag == AK_DER_BIT_STRING))
            stand_in(e, der.body);
    }
}

void ak_rewrite_distinguished_name(struct ak_pseudonyms *names, uint8_t *der, size_t size)
{
    struct editor e = {names, der, false};
    struct ak_span span = {der, size};
    map_names(&e, span, 0);
}

/* ---- numbers ---- */

/* Stays positive and as short as it was written. */
static void map_serial(struct editor *e, struct ak_span serial)
{
    if (serial.size == 0)
        return;
    uint8_t *p = place(e, serial), first = p[0];
    bool padded = first == 0 && serial.size > 1;
    size_t head = padded ? 1 : 0;
    ak_pseudonym_bytes(e->names, p + head, serial.size - head);
    if (padded)
        p[1] |= 0x80;
    else if (first < 0x80)
        p[0] = (uint8_t)((p[0] & 0x3f) | 0x40);
    else
        p[0] |= 0x80;
}

/* A modulus: its size stays, and it stays odd. */
static void map_modulus(struct editor *e, struct ak_span number)
{
    size_t zeros = 0;
    while (zeros < number.size && number.bytes[zeros] == 0)
        zeros++;
    if (number.size - zeros < 3)
        return;
    uint8_t *p = place(e, number) + zeros;
    size_t size = number.size - zeros;
    uint8_t top = p[0];
    ak_pseudonym_bytes(e->names, p, size);
    p[0] = top;
    p[size - 1] |= 1;
}

/* ---- the key ---- */

static bool is_oid(struct ak_span oid, const char *text, size_t size)
{
    return oid.size == size && memcmp(oid.bytes, text, size) == 0;
}

/* bits: unused bits(1), then what the algorithm puts there. */
static void map_key(struct editor *e, struct ak_span whole, struct ak_span key)
{
    struct ak_parse parse, inner;
    struct ak_reader r = inside(key, &parse);
    struct ak_span algorithm = ak_der_expect(&r, AK_DER_SEQUENCE);
    struct ak_span bits = ak_der_expect(&r, AK_DER_BIT_STRING);
    struct ak_reader a = inside(algorithm, &inner);
    struct ak_span oid = ak_der_expect(&a, AK_DER_OID);
    if (!ak_reader_ok(&r) || !ak_reader_ok(&a) || bits.size < 2) {
        e->failed = true;
        return;
    }
    struct ak_span value = {bits.bytes + 1, bits.size - 1};
    bool rsa = is_oid(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9) ||
               is_oid(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9);
    if (is_oid(oid, "\x2a\x86\x48\xce\x3d\x02\x01", 7)) {
        uint8_t seed[64];
        size_t size = value.size < sizeof seed ? value.size : sizeof seed;
        memcpy(seed, value.bytes, size);
        ak_pseudonym_bytes(e->names, seed, size);
        struct ak_span from = {seed, size};
        if (!ak_ec_point_stand_in(whole, from, place(e, value), value.size))
            stand_in(e, value);
    } else if (rsa || is_oid(oid, "\x2a\x86\x48\xce\x38\x04\x01", 7)) { /* or DSA */
        struct ak_reader v = inside(value, &inner);
        if (rsa) {
            struct ak_span pair = ak_der_expect(&v, AK_DER_SEQUENCE);
            v = inside(pair, &inner);
        }
        struct ak_span number = ak_der_expect(&v, AK_DER_INTEGER);
        map_modulus(e, number);
    } else {
        stand_in(e, value);
    }
}

/* ---- extensions ---- */

static void map_key_id(struct editor *e, struct ak_span value)
{
    struct ak_parse parse;
    struct ak_reader r = inside(value, &parse);
    stand_in(e, ak_der_expect(&r, AK_DER_OCTET_STRING));
}

/* [0] key id, [1] issuer, [2] serial */
static void map_authority(struct editor *e, struct ak_span value)
{
    struct ak_parse parse;
    struct ak_reader outer = inside(value, &parse), r;
    struct ak_parse inner;
    r = inside(ak_der_expect(&outer, AK_DER_SEQUENCE), &inner);
    while (r.left != 0) {
        struct ak_der der = ak_der_next(&r);
        if (der.tag == 0x80)
            stand_in(e, der.body);
        else if (der.tag == 0xa1)
            map_names(e, der.body, 0);
        else if (der.tag == 0x82)
            map_serial(e, der.body);
        else
            clear(e, der.body);
    }
}

static void map_texts(struct editor *e, struct ak_span value)
{
    map_names(e, value, 0);
}

static void keep(struct editor *e, struct ak_span value)
{
    (void)e;
    (void)value;
}

/* clang-format off */
static const struct {
    const char *oid;
    size_t size;
    void (*map)(struct editor *e, struct ak_span value);
} extensions[] = {
    {"\x55\x1d\x0e", 3, map_key_id},    /* subjectKeyIdentifier */
    {"\x55\x1d\x23", 3, map_authority}, /* authorityKeyIdentifier */
    {"\x55\x1d\x11", 3, map_texts},     /* subjectAltName */
    {"\x55\x1d\x12", 3, map_texts},     /* issuerAltName */
    {"\x55\x1d\x1e", 3, map_texts},     /* nameConstraints */
    {"\x55\x1d\x1f", 3, map_texts},     /* cRLDistributionPoints */
    {"\x55\x1d\x20", 3, map_texts},     /* certificatePolicies */
    {"\x55\x1d\x2e", 3, map_texts},     /* freshestCRL */
    {"\x2b\x06\x01\x05\x05\x07\x01\x01", 8, map_texts},             /* authorityInfoAccess */
    {"\x2b\x06\x01\x05\x05\x07\x01\x0b", 8, map_texts},             /* subjectInfoAccess */
    {"\x2b\x06\x01\x04\x01\x82\x37\x14\x02", 9, map_texts},         /* template name */
    {"\x60\x86\x48\x01\x86\xf8\x42\x01\x0d", 9, map_texts},         /* Netscape comment */
    {"\x55\x1d\x0f", 3, keep}, /* keyUsage */
    {"\x55\x1d\x13", 3, keep}, /* basicConstraints */
    {"\x55\x1d\x24", 3, keep}, /* policyConstraints */
    {"\x55\x1d\x25", 3, keep}, /* extKeyUsage */
    {"\x55\x1d\x36", 3, keep}, /* inhibitAnyPolicy */
    {"\x2b\x06\x01\x05\x05\x07\x01\x18", 8, keep},                  /* TLS feature */
    {"\x60\x86\x48\x01\x86\xf8\x42\x01\x01", 9, keep},              /* Netscape type */
};
/* clang-format on */

static void map_extension(struct editor *e, struct ak_span extension)
{
    struct ak_parse parse;
    struct ak_reader r = inside(extension, &parse);
    struct ak_span oid = ak_der_expect(&r, AK_DER_OID);
    struct ak_der der = ak_der_next(&r);
    if (der.tag == AK_DER_BOOLEAN)
        der = ak_der_next(&r);
    if (der.tag != AK_DER_OCTET_STRING) {
        e->failed = true;
        return;
    }
    for (size_t i = 0; i < AK_COUNT(extensions); i++)
        if (is_oid(oid, extensions[i].oid, extensions[i].size)) {
            extensions[i].map(e, der.body);
            return;
        }
    clear(e, der.body);
}

static void map_extensions(struct editor *e, struct ak_span span)
{
    struct ak_parse parse, inner;
    struct ak_reader outer = inside(span, &parse);
    struct ak_reader r = inside(ak_der_expect(&outer, AK_DER_SEQUENCE), &inner);
    while (r.left != 0)
        map_extension(e, ak_der_expect(&r, AK_DER_SEQUENCE));
    e->failed |= !ak_reader_ok(&outer) || !ak_reader_ok(&r);
}

/* ---- the whole ---- */

static void map_signature(struct editor *e, struct ak_span bits, bool verified)
{
    const char *mark = verified ? AK_STAND_IN_SIGNED : AK_STAND_IN_OTHER;
    size_t size = sizeof AK_STAND_IN_SIGNED - 1;
    if (bits.size < 1)
        return;
    struct ak_span value = {bits.bytes + 1, bits.size - 1};
    stand_in(e, value);
    if (value.size >= size)
        memcpy(place(e, value), mark, size);
}

static void map_body(struct editor *e, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_reader r = inside(body, &parse);
    if (r.left != 0 && r.at[0] == 0xa0)
        (void)ak_der_next(&r); /* version */
    map_serial(e, ak_der_expect(&r, AK_DER_INTEGER));
    (void)ak_der_expect(&r, AK_DER_SEQUENCE); /* algorithm */
    map_names(e, ak_der_expect(&r, AK_DER_SEQUENCE), 0);
    (void)ak_der_expect(&r, AK_DER_SEQUENCE); /* validity */
    map_names(e, ak_der_expect(&r, AK_DER_SEQUENCE), 0);
    struct ak_span before = ak_reader_rest(&r);
    struct ak_span key = ak_der_expect(&r, AK_DER_SEQUENCE);
    struct ak_span whole = {before.bytes, before.size - r.left};
    if (!ak_reader_ok(&r)) {
        e->failed = true;
        return;
    }
    map_key(e, whole, key);
    while (r.left != 0) {
        struct ak_der der = ak_der_next(&r);
        if (der.tag == 0xa3)
            map_extensions(e, der.body);
        else
            clear(e, der.body);
    }
    e->failed |= !ak_reader_ok(&r);
}

static bool verified_itself(const uint8_t *der, size_t size)
{
    struct ak_span span = {der, size};
    struct ak_x509 *facts = ak_alloc(1, sizeof *facts);
    bool yes =
        facts != NULL && ak_x509_parse(span, facts) == AK_VERDICT_PARSED && facts->self_signed;
    ak_free(facts);
    return yes;
}

void ak_rewrite_certificate(struct ak_pseudonyms *names, uint8_t *der, size_t size)
{
    struct editor e = {names, der, false};
    struct ak_parse parse, inner;
    struct ak_reader outer = ak_reader_of(der, size, &parse);
    bool verified = verified_itself(der, size);
    struct ak_reader r = inside(ak_der_expect(&outer, AK_DER_SEQUENCE), &inner);
    struct ak_span body = ak_der_expect(&r, AK_DER_SEQUENCE);
    (void)ak_der_expect(&r, AK_DER_SEQUENCE); /* algorithm */
    struct ak_span signature = ak_der_expect(&r, AK_DER_BIT_STRING);
    e.failed = !ak_reader_ok(&outer) || !ak_reader_ok(&r);
    if (!e.failed) {
        map_body(&e, body);
        map_signature(&e, signature, verified);
        struct ak_span behind = ak_reader_rest(&r), after = ak_reader_rest(&outer);
        clear(&e, behind);
        clear(&e, after);
    }
    if (e.failed && size != 0)
        memset(der, 0, size);
}
