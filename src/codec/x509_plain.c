/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/x509_plain.h"

#include "base/attr.h"
#include "base/moment.h"
#include "codec/der.h"

#include "base/banned.h"

enum {
    EXPLICIT_0 = 0xa0,
    EXPLICIT_3 = 0xa3,
    KEY_ID = 0x80,
    MAIL = 0x81,
    DNS = 0x82,
    URI = 0x86,
    IP = 0x87
};

#define OID(bytes)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(bytes), sizeof(bytes) - 1                                                \
    }

static bool same(struct ak_span a, struct ak_span b)
{
    return a.size == b.size && a.size != 0 && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* The elements of a sequence. One `parse` for the whole certificate tells whether all went well. */
static struct ak_reader inside(struct ak_reader *r, uint8_t tag)
{
    struct ak_span body = ak_der_expect(r, tag);
    struct ak_reader in = {body.bytes, body.size, 0, r->parse};
    return in;
}

static void refuse(struct ak_reader *r)
{
    ak_reader_fail(r, AK_VERDICT_UNKNOWN, "certificate");
}

/* Nothing may follow. */
static void end(struct ak_reader *r)
{
    if (r->left != 0)
        refuse(r);
}

/* A positive INTEGER of DER, without the zero byte in front. */
static struct ak_span positive(struct ak_reader *r)
{
    struct ak_span n = ak_der_expect(r, AK_DER_INTEGER);
    if (n.size > 1 && n.bytes[0] == 0 && n.bytes[1] >= 0x80) {
        n.bytes++;
        n.size--;
    } else if (n.size == 0 || n.bytes[0] == 0 || n.bytes[0] >= 0x80) {
        refuse(r);
        n.size = 0;
    }
    return n;
}

/* ---- algorithms ---- */

struct signing {
    struct ak_span oid;
    const char *name;
    enum ak_sign_hash hash;
    enum ak_key_type key;
};

/* RFC 8017 A.2.4, RFC 5758 3.2. */
#define RSA_WITH(n) OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01" n)
#define ECDSA_WITH(n) OID("\x2a\x86\x48\xce\x3d\x04\x03" n)
static const struct signing signings[] = {
    {RSA_WITH("\x0b"), "sha256WithRSAEncryption", AK_SIGN_HASH_SHA256, AK_KEY_RSA},
    {RSA_WITH("\x0c"), "sha384WithRSAEncryption", AK_SIGN_HASH_SHA384, AK_KEY_RSA},
    {RSA_WITH("\x0d"), "sha512WithRSAEncryption", AK_SIGN_HASH_SHA512, AK_KEY_RSA},
    {RSA_WITH("\x05"), "sha1WithRSAEncryption", AK_SIGN_HASH_SHA1, AK_KEY_RSA},
    {RSA_WITH("\x04"), "md5WithRSAEncryption", AK_SIGN_HASH_MD5, AK_KEY_RSA},
    {ECDSA_WITH("\x02"), "ecdsa-with-SHA256", AK_SIGN_HASH_SHA256, AK_KEY_EC},
    {ECDSA_WITH("\x03"), "ecdsa-with-SHA384", AK_SIGN_HASH_SHA384, AK_KEY_EC},
    {ECDSA_WITH("\x04"), "ecdsa-with-SHA512", AK_SIGN_HASH_SHA512, AK_KEY_EC},
};

static void copy(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

static void read_signing(struct ak_reader *r, struct ak_span algorithm, struct ak_x509 *c)
{
    struct ak_reader a = {algorithm.bytes, algorithm.size, 0, r->parse};
    struct ak_span oid = ak_der_expect(&a, AK_DER_OID);
    const struct signing *s = NULL;
    for (size_t i = 0; i < AK_COUNT(signings) && s == NULL; i++)
        if (same(signings[i].oid, oid))
            s = &signings[i];
    if (s == NULL) {
        refuse(r);
        return;
    }
    if (s->key == AK_KEY_RSA && ak_der_expect(&a, AK_DER_NULL).size != 0)
        refuse(r);
    end(&a);
    copy(c->signature_algorithm, s->name);
    c->sign_hash = s->hash;
    c->sign_key = s->key;
}

static unsigned bits_of(struct ak_span number)
{
    unsigned bits = (unsigned)number.size * 8;
    for (unsigned top = number.bytes[0]; top < 0x80; top <<= 1)
        bits--;
    return bits;
}

/* n and e as a usable key has them. */
static void read_rsa(struct ak_reader *key, struct ak_x509 *c)
{
    enum { LEAST = 512, MOST = 16384 };
    struct ak_reader in = inside(key, AK_DER_SEQUENCE);
    struct ak_span n = positive(&in), e = positive(&in);
    end(&in);
    if (n.size < LEAST / 8 || n.size > MOST / 8 || e.size > 4 || e.size == 0 ||
        (n.bytes[n.size - 1] & e.bytes[e.size - 1] & 1) == 0 || (e.size == 1 && e.bytes[0] == 1)) {
        refuse(key);
        return;
    }
    c->key_type = AK_KEY_RSA;
    c->key_bits = bits_of(n);
}

static void read_ec(struct ak_reader *r, struct ak_span curve, struct ak_span point,
                    struct ak_x509 *c)
{
    static const struct {
        struct ak_span oid;
        const char *name;
        unsigned bits;
    } curves[] = {
        {OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "prime256v1", 256},
        {OID("\x2b\x81\x04\x00\x22"), "secp384r1", 384},
        {OID("\x2b\x81\x04\x00\x23"), "secp521r1", 521},
    };
    for (size_t i = 0; i < AK_COUNT(curves); i++) {
        if (!same(curves[i].oid, curve))
            continue;
        if (point.size != 1 + 2 * ((curves[i].bits + 7) / 8) || point.bytes[0] != 4)
            break;
        c->key_type = AK_KEY_EC;
        c->key_bits = curves[i].bits;
        copy(c->curve, curves[i].name);
        return;
    }
    refuse(r);
}

/* The content of a BIT STRING of whole bytes. */
static struct ak_span whole_bits(struct ak_reader *r)
{
    struct ak_span bits = ak_der_expect(r, AK_DER_BIT_STRING);
    if (bits.size < 2 || bits.bytes[0] != 0) {
        refuse(r);
        return (struct ak_span){NULL, 0};
    }
    return (struct ak_span){bits.bytes + 1, bits.size - 1};
}

static void read_key(struct ak_reader *r, struct ak_x509 *c)
{
    static const struct ak_span rsa = RSA_WITH("\x01");
    static const struct ak_span ec = OID("\x2a\x86\x48\xce\x3d\x02\x01");
    struct ak_reader key = inside(r, AK_DER_SEQUENCE);
    struct ak_reader algorithm = inside(&key, AK_DER_SEQUENCE);
    struct ak_span oid = ak_der_expect(&algorithm, AK_DER_OID), bits = whole_bits(&key);
    end(&key);
    if (same(oid, rsa)) {
        struct ak_reader in = {bits.bytes, bits.size, 0, r->parse};
        if (ak_der_expect(&algorithm, AK_DER_NULL).size != 0)
            refuse(r);
        read_rsa(&in, c);
        end(&in);
    } else if (same(oid, ec)) {
        read_ec(r, ak_der_expect(&algorithm, AK_DER_OID), bits, c);
    } else {
        refuse(r);
    }
    end(&algorithm);
}

/* ---- names ---- */

enum { MOST_PARTS = 16 };

struct part {
    const char *type;
    struct ak_span value;
};

static const char *type_of(struct ak_span oid)
{
    static const struct {
        struct ak_span oid;
        const char *name;
    } types[] = {
        {OID("\x55\x04\x03"), "CN"},
        {OID("\x55\x04\x0a"), "O"},
        {OID("\x55\x04\x0b"), "OU"},
        {OID("\x55\x04\x06"), "C"},
        {OID("\x55\x04\x08"), "ST"},
        {OID("\x55\x04\x07"), "L"},
        {OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "DC"},
    };
    for (size_t i = 0; i < AK_COUNT(types); i++)
        if (same(types[i].oid, oid))
            return types[i].name;
    return NULL;
}

/* ASCII that RFC 4514 leaves as it is, and that compares as it is written (RFC 5280 7.1). */
static bool is_plain_text(struct ak_span s)
{
    if (s.size == 0 || s.bytes[0] == ' ' || s.bytes[0] == '#' || s.bytes[s.size - 1] == ' ')
        return false;
    for (size_t i = 0; i < s.size; i++) {
        uint8_t b = s.bytes[i];
        if (b < 0x20 || b > 0x7e || strchr(",+\"\\<>;=", b) != NULL ||
            (b == ' ' && s.bytes[i - 1] == ' '))
            return false;
    }
    return true;
}

static size_t read_parts(struct ak_reader *name, struct part parts[MOST_PARTS])
{
    size_t count = 0;
    while (name->left != 0) {
        struct ak_reader set = inside(name, AK_DER_SET);
        struct ak_reader one = inside(&set, AK_DER_SEQUENCE);
        const char *type = type_of(ak_der_expect(&one, AK_DER_OID));
        struct ak_der value = ak_der_next(&one);
        bool text =
            value.tag == AK_DER_UTF8 || value.tag == AK_DER_PRINTABLE || value.tag == AK_DER_IA5;
        end(&one);
        end(&set);
        if (count == MOST_PARTS || type == NULL || !text || !is_plain_text(value.body)) {
            refuse(name);
            return 0;
        }
        parts[count++] = (struct part){type, value.body};
    }
    return count;
}

/* RFC 4514: the last part first. */
static void read_name(struct ak_reader *r, char text[AK_X509_TEXT], char common[AK_X509_TEXT])
{
    struct part parts[MOST_PARTS];
    struct ak_reader name = inside(r, AK_DER_SEQUENCE);
    size_t count = read_parts(&name, parts), used = 0;
    for (size_t i = count; i-- > 0;) {
        size_t head = strlen(parts[i].type), size = parts[i].value.size;
        if (used + head + size + 3 > AK_X509_TEXT) {
            refuse(r);
            return;
        }
        if (used != 0)
            text[used++] = ',';
        memcpy(text + used, parts[i].type, head);
        text[used + head] = '=';
        memcpy(text + used + head + 1, parts[i].value.bytes, size);
        used += head + 1 + size;
        if (strcmp(parts[i].type, "CN") == 0) { /* the first one of the certificate stays */
            memcpy(common, parts[i].value.bytes, size);
            memset(common + size, 0, AK_X509_TEXT - size);
        }
    }
    if (count == 0)
        refuse(r);
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* ---- numbers and times ---- */

static void read_serial(struct ak_reader *r, struct ak_x509 *c)
{
    static const char digits[] = "0123456789ABCDEF";
    struct ak_span n = positive(r);
    if (2 * n.size >= sizeof c->serial) {
        refuse(r);
        return;
    }
    for (size_t i = 0; i < n.size; i++) {
        c->serial[2 * i] = digits[n.bytes[i] >> 4];
        c->serial[2 * i + 1] = digits[n.bytes[i] & 15];
    }
}

static unsigned two_digits(struct ak_reader *r)
{
    const uint8_t *p = ak_reader_take(r, 2, "time");
    if (p == NULL || p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') {
        refuse(r);
        return 0;
    }
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* YYMMDDHHMMSSZ up to 2049, YYYYMMDDHHMMSSZ. */
static int64_t read_time(struct ak_reader *r)
{
    struct ak_der time = ak_der_next(r);
    struct ak_reader in = {time.body.bytes, time.body.size, 0, r->parse};
    bool full = time.tag == AK_DER_GENERAL_TIME;
    if (!full && time.tag != AK_DER_UTC_TIME)
        refuse(r);
    unsigned year = two_digits(&in);
    year = full ? year * 100 + two_digits(&in) : year + (year < 50 ? 2000 : 1900);
    unsigned month = two_digits(&in), day = two_digits(&in);
    unsigned hour = two_digits(&in), minute = two_digits(&in), second = two_digits(&in);
    const uint8_t *zone = ak_reader_take(&in, 1, "time");
    end(&in);
    if (zone == NULL || *zone != 'Z' || month < 1 || month > 12 || day < 1 ||
        day > days_of(year, month) || hour > 23 || minute > 59 || second > 59) {
        refuse(r);
        return 0;
    }
    return ak_moment_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

/* ---- extensions ---- */

enum extension {
    EXTENSION_NAMES,
    EXTENSION_BASIC,
    EXTENSION_USAGE,
    EXTENSION_PURPOSES,
    EXTENSION_KEY,
    EXTENSION_ISSUER,
    EXTENSION_REVOKED,
    EXTENSIONS
};

static void names(struct ak_reader *r, struct ak_x509 *c)
{
    struct ak_reader all = inside(r, AK_DER_SEQUENCE);
    size_t used = 0;
    char text[48];
    while (all.left != 0) {
        struct ak_der name = ak_der_next(&all);
        size_t size = name.body.size;
        switch (name.tag) {
        case DNS:
            ak_x509_add_name(c, &used, "DNS:", (const char *)name.body.bytes, size);
            break;
        case IP:
            if (size != 4 && size != 16)
                break;
            ak_x509_address_text(name.body.bytes, size, text);
            ak_x509_add_name(c, &used, "IP:", text, strlen(text));
            break;
        case MAIL:
        case URI:
            break;
        default:
            refuse(r);
            return;
        }
    }
}

static void basic(struct ak_reader *r, struct ak_x509 *c)
{
    struct ak_reader in = inside(r, AK_DER_SEQUENCE);
    if (in.left == 0)
        return;
    struct ak_span authority = ak_der_expect(&in, AK_DER_BOOLEAN);
    if (authority.size != 1 || authority.bytes[0] != 0xff)
        refuse(r);
    c->is_authority = true;
    if (in.left != 0) {
        struct ak_span most = ak_der_expect(&in, AK_DER_INTEGER);
        if (most.size != 1 || most.bytes[0] >= 0x80)
            refuse(r);
    }
    end(&in);
}

static void usage(struct ak_reader *r, struct ak_x509 *c)
{
    enum { SIGN = 0x80, ENCIPHER = 0x20 };
    struct ak_span bits = ak_der_expect(r, AK_DER_BIT_STRING);
    if (bits.size < 2 || bits.size > 3 || bits.bytes[0] > 7 || bits.bytes[bits.size - 1] == 0 ||
        (bits.bytes[bits.size - 1] & ((1u << bits.bytes[0]) - 1u)) != 0) {
        refuse(r);
        return;
    }
    c->has_key_usage = true;
    c->may_sign = (bits.bytes[1] & SIGN) != 0;
    c->may_encipher_keys = (bits.bytes[1] & ENCIPHER) != 0;
}

static void purposes(struct ak_reader *r, struct ak_x509 *c)
{
    static const struct ak_span server = OID("\x2b\x06\x01\x05\x05\x07\x03\x01"),
                                any = OID("\x55\x1d\x25\x00");
    struct ak_reader all = inside(r, AK_DER_SEQUENCE);
    if (all.left == 0)
        refuse(r);
    c->has_extended_usage = true;
    c->server_usage = false;
    while (all.left != 0) {
        struct ak_span oid = ak_der_expect(&all, AK_DER_OID);
        if (oid.size == 0 || (oid.bytes[oid.size - 1] & 0x80) != 0)
            refuse(r);
        else
            c->server_usage |= same(oid, server) || same(oid, any);
    }
}

static void issuer_key(struct ak_reader *r)
{
    struct ak_reader in = inside(r, AK_DER_SEQUENCE);
    (void)ak_der_expect(&in, KEY_ID);
    end(&in);
}

/* Of each point nothing but addresses. */
static void revoked(struct ak_reader *r)
{
    struct ak_reader all = inside(r, AK_DER_SEQUENCE);
    while (all.left != 0) {
        struct ak_reader point = inside(&all, AK_DER_SEQUENCE);
        struct ak_reader name = inside(&point, EXPLICIT_0);
        struct ak_reader full = inside(&name, EXPLICIT_0);
        while (full.left != 0)
            (void)ak_der_expect(&full, URI);
        end(&name);
        end(&point);
    }
}

/* What libcrypto looks into besides, and what forbids: it tells of those. */
static bool is_rare(struct ak_span oid)
{
    static const struct ak_span rare[] = {
        OID("\x55\x1d\x1e"), OID("\x2b\x06\x01\x05\x05\x07\x01\x0e"),
        OID("\x2b\x06\x01\x05\x05\x07\x01\x07"), OID("\x2b\x06\x01\x05\x05\x07\x01\x08"),
        OID("\x60\x86\x48\x01\x86\xf8\x42\x01\x01")};
    for (size_t i = 0; i < AK_COUNT(rare); i++)
        if (same(rare[i], oid))
            return true;
    return oid.size == 0 || (oid.bytes[oid.size - 1] & 0x80) != 0;
}

static void read_extension(struct ak_reader *all, unsigned *met, struct ak_x509 *c)
{
    static const uint8_t known[EXTENSIONS] = {0x11, 0x13, 0x0f, 0x25, 0x0e, 0x23, 0x1f};
    struct ak_reader one = inside(all, AK_DER_SEQUENCE);
    struct ak_span oid = ak_der_expect(&one, AK_DER_OID);
    struct ak_der value = ak_der_next(&one);
    if (value.tag == AK_DER_BOOLEAN) {
        if (value.body.size != 1 || value.body.bytes[0] != 0xff)
            refuse(all);
        value = ak_der_next(&one);
    }
    end(&one);
    unsigned which = 0;
    bool common = oid.size == 3 && oid.bytes[0] == 0x55 && oid.bytes[1] == 0x1d;
    while (which < EXTENSIONS && !(common && oid.bytes[2] == known[which]))
        which++;
    if (value.tag != AK_DER_OCTET_STRING || is_rare(oid) ||
        (*met >> which & 1 && which < EXTENSIONS)) {
        refuse(all);
        return;
    }
    if (which == EXTENSIONS)
        return;
    *met |= 1u << which;
    struct ak_reader in = {value.body.bytes, value.body.size, 0, all->parse};
    switch (which) {
    case EXTENSION_NAMES:
        names(&in, c);
        break;
    case EXTENSION_BASIC:
        basic(&in, c);
        break;
    case EXTENSION_USAGE:
        usage(&in, c);
        break;
    case EXTENSION_PURPOSES:
        purposes(&in, c);
        break;
    case EXTENSION_KEY:
        if (ak_der_expect(&in, AK_DER_OCTET_STRING).size == 0)
            refuse(all);
        break;
    case EXTENSION_ISSUER:
        issuer_key(&in);
        break;
    default:
        revoked(&in);
        break;
    }
    end(&in);
}

static void read_extensions(struct ak_reader *tbs, struct ak_x509 *c)
{
    unsigned met = 0;
    if (tbs->left == 0)
        return;
    struct ak_reader outer = inside(tbs, EXPLICIT_3);
    struct ak_reader all = inside(&outer, AK_DER_SEQUENCE);
    if (all.left == 0)
        refuse(tbs);
    while (all.left != 0)
        read_extension(&all, &met, c);
    end(&outer);
}

bool ak_x509_plain(struct ak_span der, struct ak_x509 *c)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(der.bytes, der.size, &parse);
    memset(c, 0, sizeof *c);
    c->server_usage = c->may_encipher_keys = c->may_sign = true;
    struct ak_reader certificate = inside(&r, AK_DER_SEQUENCE);
    end(&r);
    struct ak_reader tbs = inside(&certificate, AK_DER_SEQUENCE);
    struct ak_reader version = inside(&tbs, EXPLICIT_0);
    struct ak_span number = ak_der_expect(&version, AK_DER_INTEGER);
    if (number.size != 1 || number.bytes[0] != 2)
        refuse(&r);
    end(&version);
    read_serial(&tbs, c);
    struct ak_span algorithm = ak_der_expect(&tbs, AK_DER_SEQUENCE);
    read_name(&tbs, c->issuer, c->issuer_cn);
    struct ak_reader validity = inside(&tbs, AK_DER_SEQUENCE);
    c->not_before = read_time(&validity);
    c->not_after = read_time(&validity);
    end(&validity);
    read_name(&tbs, c->subject, c->subject_cn);
    read_key(&tbs, c);
    read_extensions(&tbs, c);
    end(&tbs);
    struct ak_span again = ak_der_expect(&certificate, AK_DER_SEQUENCE);
    (void)whole_bits(&certificate);
    end(&certificate);
    if (!same(algorithm, again))
        refuse(&r);
    read_signing(&r, algorithm, c);
    return parse.verdict == AK_VERDICT_PARSED && !same_name(c->subject, c->issuer);
}
