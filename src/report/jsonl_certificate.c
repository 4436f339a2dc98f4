/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_certificate.h"

#include <string.h>

#include "report/json.h"
#include "report/jsonl_shared.h"

#include "base/banned.h"

static void write_key(const struct ak_cert_properties *p, struct ak_json *j)
{
    ak_json_key(j, "private_key");
    ak_json_open(j, '{');
    ak_json_member_bool(j, "told", p->has_key);
    if (p->has_key_spec)
        ak_json_member_u64(j, "key_spec", p->key_spec);
    if (p->has_key)
        ak_json_member_bool(j, "cng", p->cng);
    if (p->provider[0] != '\0')
        ak_json_member_text(j, "provider", p->provider);
    ak_json_close(j, '}');
}

static void write_properties(const struct ak_found_certificate *f, struct ak_json *j)
{
    const struct ak_cert_properties *p = &f->properties;
    if (!p->told)
        return;
    write_key(p, j);
    if (p->has_usage)
        ak_json_member_bool(j, "server_purpose_on", p->server_usage);
    if (p->archived)
        ak_json_member_bool(j, "archived", true);
    if (p->friendly_name[0] != '\0')
        ak_json_member_text(j, "friendly_name", p->friendly_name);
}

static void write_hex(struct ak_json *j, const char *key, const uint8_t *bytes, size_t size)
{
    static const char map[] = "0123456789ABCDEF";
    ak_json_key_n(j, key, strlen(key));
    ak_text_char(j->out, '"');
    for (size_t i = 0; i < size; i++) {
        ak_text_char(j->out, map[bytes[i] >> 4]);
        ak_text_char(j->out, map[bytes[i] & 15]);
    }
    ak_text_char(j->out, '"');
}

static void write_use(const struct ak_certificate_case *c, struct ak_json *j)
{
    char address[46];
    ak_json_member_word(j, "use", ak_cert_use_name(c->use));
    if (c->instance != NULL)
        ak_json_member_text(j, "instance", c->instance->name);
    if (c->host != NULL)
        ak_json_member_u64(j, "host_id", c->host->id);
    if (c->issuer != NULL)
        ak_json_member_u64(j, "issuer_id", c->issuer->id);
    if (c->server == NULL)
        return;
    ak_endpoint_text(&c->server->end, address);
    ak_json_key(j, "shown_by");
    ak_json_open(j, '{');
    ak_json_member_word(j, "ip", address);
    ak_json_member_u64(j, "port", c->server->end.port);
    ak_json_close(j, '}');
}

static void write_usage(const struct ak_x509 *x, struct ak_json *j)
{
    ak_json_member_bool(j, "self_signed", x->self_signed);
    if (ak_certificate_is_fallback(x))
        ak_json_member_bool(j, "self_generated", true);
    ak_json_member_bool(j, "authority", x->is_authority);
    ak_json_member_bool(j, "server_authentication", x->server_usage);
    if (x->has_key_usage) {
        ak_json_member_bool(j, "key_encipherment", x->may_encipher_keys);
        ak_json_member_bool(j, "digital_signature", x->may_sign);
    }
    ak_json_member_word(j, "signature_hash", ak_sign_hash_name(x->sign_hash));
}

static void write_akushu(const struct ak_certificate_case *c, struct ak_json *j)
{
    const struct ak_found_certificate *f = c->found;
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "certificate");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_u64(j, "id", f->id);
    ak_json_member_text(j, "file", f->file);
    ak_json_member_u64(j, "position", f->position);
    ak_json_member_word(j, "format", ak_cert_format_name(f->format));
    write_hex(j, "thumbprint", f->certificate->sha1, sizeof f->certificate->sha1);
    write_hex(j, "sha256", f->certificate->sha256, sizeof f->certificate->sha256);
    write_use(c, j);
    if (f->certificate->readable)
        write_usage(&f->certificate->facts, j);
    write_properties(f, j);
    ak_json_close(j, '}');
}

void ak_jsonl_found_certificate(const struct ak_certificate_case *c, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    if (c->found->place == AK_CERT_PLACE_AUTHORITY)
        return;
    ak_json_open(j, '{');
    write_akushu(c, j);
    ak_json_event(j, "event", "configuration");
    ak_json_ecs(j);
    ak_json_key(j, "file");
    ak_json_open(j, '{');
    ak_json_member_text(j, "path", c->found->file);
    if (c->found->certificate->readable)
        ak_jsonl_x509(&c->found->certificate->facts, j);
    ak_json_close(j, '}');
    if (c->host != NULL) {
        ak_json_key(j, "host");
        ak_json_open(j, '{');
        ak_json_member_text(j, "name", c->host->name);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
