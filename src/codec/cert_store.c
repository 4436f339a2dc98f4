/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cert_store.h"

#include <string.h>

#include "base/utf16.h"
#include "codec/der.h"

#include "base/banned.h"

/*  0        4        8        12       16       20
 *  | 0      | "CERT" | id     | coding | length | value ... | id | coding | length | value ...
 *  the last element: id 0, coding 0, length 0 */

enum { HEADER = 8, KEY_INFO = 28 };

/* wincrypt.h, CERT_..._PROP_ID */
enum {
    ID_END = 0,
    ID_KEY_PROV_INFO = 2,
    ID_KEY_SPEC = 6,
    ID_ENHKEY_USAGE = 9,
    ID_FRIENDLY_NAME = 11,
    ID_ARCHIVED = 19,
    ID_CERTIFICATE = 32,
    ID_CRL = 33,
    ID_CTL = 34
};

bool ak_cert_store_is(struct ak_span head)
{
    static const uint8_t magic[HEADER] = {0, 0, 0, 0, 'C', 'E', 'R', 'T'};
    return head.size >= HEADER && memcmp(head.bytes, magic, HEADER) == 0;
}

bool ak_cert_usage_serves(struct ak_span der, bool *valid)
{
    static const uint8_t server[] = {0x2b, 6, 1, 5, 5, 7, 3, 1}; /* 1.3.6.1.5.5.7.3.1 */
    static const uint8_t any[] = {0x55, 0x1d, 0x25, 0};          /* 2.5.29.37.0 */
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(der.bytes, der.size, &parse);
    struct ak_span list = ak_der_expect(&r, AK_DER_SEQUENCE);
    bool found = false;
    *valid = ak_reader_ok(&r);
    struct ak_reader item = ak_reader_of(list.bytes, list.size, &parse);
    while (*valid && item.left != 0) {
        struct ak_span oid = ak_der_expect(&item, AK_DER_OID);
        *valid = ak_reader_ok(&item);
        found = found ||
                (oid.size == sizeof server && memcmp(oid.bytes, server, sizeof server) == 0) ||
                (oid.size == sizeof any && memcmp(oid.bytes, any, sizeof any) == 0);
    }
    return found && *valid;
}

/* A text of UTF-16 up to its zero; false when it lies outside. */
static bool text_at(struct ak_span value, size_t offset, char out[AK_CERT_PROPERTY_TEXT])
{
    out[0] = '\0';
    if (offset >= value.size)
        return false;
    struct ak_span rest = {value.bytes + offset, value.size - offset};
    size_t n = 0;
    while (rest.size - n >= 2 && (rest.bytes[n] != 0 || rest.bytes[n + 1] != 0))
        n += 2;
    rest.size = n;
    (void)ak_utf16le_to_utf8(rest, out, AK_CERT_PROPERTY_TEXT);
    return true;
}

/* [MS-GPEF] 2.2.1.1.1.1.1: two offsets, type, flags, count and offset of parameters, key spec.
 * The container's name is not kept: it says nothing of connections. */
static void key_info(struct ak_span value, struct ak_cert_properties *p)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(value.bytes, value.size, &parse);
    ak_read_skip(&r, 4, "container name");
    uint32_t provider = ak_read_le32(&r, "provider name");
    uint32_t type = ak_read_le32(&r, "provider type");
    ak_read_skip(&r, 12, "flags and parameters");
    uint32_t spec = ak_read_le32(&r, "key specification");
    if (!ak_reader_ok(&r)) {
        p->damaged = true;
        return;
    }
    p->has_key = true;
    p->provider_type = type;
    p->cng = type == 0;
    p->has_key_spec = true;
    p->key_spec = spec;
    if (provider != 0 && (provider < KEY_INFO || !text_at(value, provider, p->provider)))
        p->damaged = true;
}

static void property(uint32_t id, struct ak_span value, struct ak_cert_properties *p)
{
    bool valid = true;
    switch (id) {
    case ID_KEY_PROV_INFO:
        key_info(value, p);
        break;
    case ID_KEY_SPEC: /* the key provider's own word goes before */
        if (value.size != 4) {
            p->damaged = true;
        } else if (!p->has_key_spec) {
            p->has_key_spec = true;
            p->key_spec = ak_le32(value.bytes);
        }
        break;
    case ID_ENHKEY_USAGE:
        p->has_usage = true;
        p->server_usage = ak_cert_usage_serves(value, &valid);
        p->damaged = p->damaged || !valid;
        break;
    case ID_FRIENDLY_NAME:
        (void)text_at(value, 0, p->friendly_name);
        break;
    case ID_ARCHIVED:
        p->archived = true;
        break;
    default:
        break;
    }
}

/* The properties up to a certificate or another end of an entry, whose id is returned; ID_END when
 * nothing follows. */
static uint32_t read_entry(struct ak_reader *r, struct ak_cert_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    entry->properties.told = true;
    while (r->left != 0) {
        uint32_t id = ak_read_le32(r, "property id");
        ak_read_skip(r, 4, "encoding");
        size_t size = ak_read_le32(r, "property length");
        struct ak_span value = ak_read_span(r, size, "property");
        if (!ak_reader_ok(r) || id == ID_END)
            return ID_END;
        if (id == ID_CERTIFICATE)
            entry->der = value;
        if (id == ID_CERTIFICATE || id == ID_CRL || id == ID_CTL)
            return id;
        property(id, value, &entry->properties);
    }
    return ID_END;
}

enum ak_verdict ak_cert_store_read(struct ak_span store, ak_cert_sink *sink, void *context,
                                   struct ak_parse *parse)
{
    struct ak_reader r = ak_reader_of(store.bytes, store.size, parse);
    struct ak_cert_entry entry;
    if (!ak_cert_store_is(store)) {
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "header");
        return parse->verdict;
    }
    ak_read_skip(&r, HEADER, "header");
    uint32_t id;
    while ((id = read_entry(&r, &entry)) != ID_END)
        if (id == ID_CERTIFICATE)
            sink(context, &entry);
    return parse->verdict;
}

enum ak_verdict ak_cert_blob_parse(struct ak_span blob, struct ak_cert_entry *entry,
                                   struct ak_parse *parse)
{
    struct ak_reader r = ak_reader_of(blob.bytes, blob.size, parse);
    uint32_t id = read_entry(&r, entry); /* the certificate stands last */
    if (id != ID_CERTIFICATE)
        entry->der.size = 0;
    if (id != ID_CERTIFICATE && ak_reader_ok(&r))
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "certificate");
    return parse->verdict;
}
