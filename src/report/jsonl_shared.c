/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_shared.h"

#include <string.h>

#include "base/limits.h"
#include "model/tls_names.h"

#include "base/banned.h"

enum { PART_MAXIMUM = 256 * 1024 }; /* four lists and 64 KiB of ALPN names, escaped */

void ak_jsonl_shared_init(struct ak_jsonl_shared *shared)
{
    memset(shared, 0, sizeof *shared);
    for (size_t i = 0; i < AK_JSONL_PARTS; i++) {
        ak_text_init(&shared->tls_client[i].text, PART_MAXIMUM);
        ak_text_init(&shared->offers[i].text, PART_MAXIMUM);
        ak_text_init(&shared->certificate[i].text, PART_MAXIMUM);
    }
}

void ak_jsonl_shared_release(struct ak_jsonl_shared *shared)
{
    for (size_t i = 0; i < AK_JSONL_PARTS; i++) {
        ak_text_release(&shared->tls_client[i].text);
        ak_text_release(&shared->offers[i].text);
        ak_text_release(&shared->certificate[i].text);
    }
}

/* ---- lists of code points ---- */

typedef const char *name_function(uint16_t code);

static const char *suite_name(uint16_t code)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    return suite != NULL ? suite->name : NULL;
}

/* The first AK_MAX_HELLO_LIST of them: a hello may hold so many that no line should. */
static void code_list(struct ak_json *j, const struct ak_u16_list *list, name_function *name_of)
{
    size_t written = 0;
    ak_json_open(j, '[');
    for (size_t i = 0; i < list->count && written < AK_MAX_HELLO_LIST; i++) {
        if (ak_tls_is_grease(list->values[i]))
            continue;
        written++;
        ak_json_separate(j);
        const char *name = name_of(list->values[i]);
        if (name == NULL) {
            ak_json_code(j, list->values[i]);
            continue;
        }
        ak_text_char(j->out, '"');
        ak_text_add(j->out, name);
        ak_text_char(j->out, '"');
    }
    ak_json_close(j, ']');
}

static void offered_versions(struct ak_json *j, const struct ak_hello_shape *h)
{
    struct ak_u16_list list = h->supported_versions;
    uint16_t one[1] = {h->legacy_version};
    if (!h->has_supported_versions) {
        list.values = one;
        list.count = 1;
    }
    code_list(j, &list, ak_tls_version_name);
}

static void make_tls_client(const void *shape, struct ak_text *out)
{
    const struct ak_hello_shape *h = shape;
    struct ak_json j = {out, false};
    ak_json_member_word(&j, "ja3", h->ja3);
    ak_json_key(&j, "supported_ciphers");
    code_list(&j, &h->cipher_suites, suite_name);
}

static void make_offers(const void *shape, struct ak_text *out)
{
    const struct ak_hello_shape *h = shape;
    struct ak_json j = {out, false};
    ak_json_key(&j, "offered_versions");
    offered_versions(&j, h);
    if (h->has_groups) {
        ak_json_key(&j, "offered_groups");
        code_list(&j, &h->groups, ak_tls_group_name);
    }
    if (h->has_signature_algorithms) {
        ak_json_key(&j, "offered_signature_algorithms");
        code_list(&j, &h->signature_algorithms, ak_tls_signature_scheme_name);
    }
    if (h->alpn[0] != '\0')
        ak_json_member_text(&j, "offered_protocols", h->alpn);
    ak_json_member_word(&j, "ja4", h->ja4);
}

/* ---- certificates ---- */

static void hex_upper(struct ak_text *out, const uint8_t *bytes, size_t size)
{
    static const char map[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        ak_text_char(out, map[bytes[i] >> 4]);
        ak_text_char(out, map[bytes[i] & 15]);
    }
}

static void certificate_hashes(struct ak_json *j, const struct ak_certificate *c)
{
    ak_json_key(j, "hash");
    ak_json_open(j, '{');
    ak_json_key(j, "sha1");
    ak_text_char(j->out, '"');
    hex_upper(j->out, c->sha1, sizeof c->sha1);
    ak_text_char(j->out, '"');
    ak_json_key(j, "sha256");
    ak_text_char(j->out, '"');
    hex_upper(j->out, c->sha256, sizeof c->sha256);
    ak_text_char(j->out, '"');
    ak_json_close(j, '}');
}

static void distinguished(struct ak_json *j, const char *name, const char *common)
{
    ak_json_open(j, '{');
    if (common[0] != '\0') {
        ak_json_key(j, "common_name");
        ak_json_open(j, '[');
        ak_json_separate(j);
        ak_json_text(j, common);
        ak_json_close(j, ']');
    }
    ak_json_member_text(j, "distinguished_name", name);
    ak_json_close(j, '}');
}

static void alternative_names(struct ak_json *j, const struct ak_x509 *x)
{
    const char *at = x->names;
    ak_json_key(j, "alternative_names");
    ak_json_open(j, '[');
    for (unsigned i = 0; i < x->name_count; i++, at += strlen(at) + 1) {
        ak_json_separate(j);
        ak_json_text(j, strchr(at, ':') + 1);
    }
    ak_json_close(j, ']');
}

void ak_jsonl_x509(const struct ak_x509 *x, struct ak_json *j)
{
    ak_json_key(j, "x509");
    ak_json_open(j, '{');
    ak_json_key(j, "subject");
    distinguished(j, x->subject, x->subject_cn);
    ak_json_key(j, "issuer");
    distinguished(j, x->issuer, x->issuer_cn);
    ak_json_member_word(j, "serial_number", x->serial);
    ak_json_key(j, "not_before");
    ak_json_date(j, x->not_before);
    ak_json_key(j, "not_after");
    ak_json_date(j, x->not_after);
    ak_json_member_text(j, "signature_algorithm", x->signature_algorithm);
    ak_json_member_word(j, "public_key_algorithm", ak_key_type_name(x->key_type));
    ak_json_member_u64(j, "public_key_size", x->key_bits);
    if (x->curve[0] != '\0')
        ak_json_member_text(j, "public_key_curve", x->curve);
    if (x->name_count != 0)
        alternative_names(j, x);
    ak_json_close(j, '}');
}

static void make_certificate(const void *certificate, struct ak_text *out)
{
    struct ak_json json = {out, false};
    const struct ak_certificate *c = certificate;
    certificate_hashes(&json, c);
    if (c->readable)
        ak_jsonl_x509(&c->facts, &json);
}

/* ---- what is remembered ---- */

typedef void make_part(const void *of, struct ak_text *out);

static void put_part(struct ak_jsonl_part table[AK_JSONL_PARTS], uint32_t id, const void *of,
                     make_part *make, struct ak_json *j)
{
    struct ak_jsonl_part *part = &table[id % AK_JSONL_PARTS];
    if (!AK_MEMO || id == 0 || part->id != id) {
        part->id = id;
        ak_text_clear(&part->text);
        make(of, &part->text);
    }
    if (part->text.failed) {
        part->id = 0;
        ak_text_fail(j->out);
    }
    ak_json_separate(j);
    ak_text_bytes(j->out, part->text.bytes, part->text.size);
}

void ak_jsonl_tls_client(struct ak_jsonl_shared *shared, const struct ak_hello_shape *hello,
                         struct ak_json *j)
{
    put_part(shared->tls_client, hello->id, hello, make_tls_client, j);
}

void ak_jsonl_offers(struct ak_jsonl_shared *shared, const struct ak_hello_shape *hello,
                     struct ak_json *j)
{
    put_part(shared->offers, hello->id, hello, make_offers, j);
}

void ak_jsonl_certificate(struct ak_jsonl_shared *shared, const struct ak_certificate *certificate,
                          struct ak_json *j)
{
    put_part(shared->certificate, certificate->id, certificate, make_certificate, j);
}
