/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include <string.h>

#include "base/alloc.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "report/json.h"
#include "report/jsonl_clear.h"
#include "report/words.h"

#include "base/banned.h"

enum { FRAGMENTS = 512, FRAGMENT_MAXIMUM = 256 * 1024 };

/* Direct-mapped: a hello's or certificate's members, formatted once. */
struct fragment {
    uint32_t id;
    struct ak_text text;
};

struct ak_jsonl {
    struct fragment tls_client[FRAGMENTS]; /* inside tls.client */
    struct fragment offers[FRAGMENTS];     /* inside akushu */
    struct fragment certificate[FRAGMENTS];
};

struct ak_jsonl *ak_jsonl_new(void)
{
    struct ak_jsonl *jsonl = ak_alloc(1, sizeof *jsonl);
    if (jsonl == NULL)
        return NULL;
    for (size_t i = 0; i < FRAGMENTS; i++) {
        ak_text_init(&jsonl->tls_client[i].text, FRAGMENT_MAXIMUM);
        ak_text_init(&jsonl->offers[i].text, FRAGMENT_MAXIMUM);
        ak_text_init(&jsonl->certificate[i].text, FRAGMENT_MAXIMUM);
    }
    return jsonl;
}

void ak_jsonl_free(struct ak_jsonl *jsonl)
{
    if (jsonl == NULL)
        return;
    for (size_t i = 0; i < FRAGMENTS; i++) {
        ak_text_release(&jsonl->tls_client[i].text);
        ak_text_release(&jsonl->offers[i].text);
        ak_text_release(&jsonl->certificate[i].text);
    }
    ak_free(jsonl);
}

static void hex_code(struct ak_json *j, uint16_t code)
{
    ak_text_bytes(j->out, "\"0x", 3);
    ak_text_hex(j->out, code, 4);
    ak_text_char(j->out, '"');
}

/* ---- lists of code points ---- */

typedef const char *name_function(uint16_t code);

static const char *suite_name(uint16_t code)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    return suite != NULL ? suite->name : NULL;
}

static void code_list(struct ak_json *j, const struct ak_u16_list *list, name_function *name_of)
{
    ak_json_open(j, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (ak_tls_is_grease(list->values[i]))
            continue;
        ak_json_separate(j);
        const char *name = name_of(list->values[i]);
        if (name == NULL) {
            hex_code(j, list->values[i]);
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

static void make_tls_client(const struct ak_hello_shape *h, struct ak_text *out)
{
    struct ak_json j = {out, false};
    ak_json_member_word(&j, "ja3", h->ja3);
    ak_json_key(&j, "supported_ciphers");
    code_list(&j, &h->cipher_suites, suite_name);
}

static void make_offers(const struct ak_hello_shape *h, struct ak_text *out)
{
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

typedef void make_shape_text(const struct ak_hello_shape *h, struct ak_text *out);

static void shape_fragment(struct fragment *table, const struct ak_hello_shape *h,
                           make_shape_text *make, struct ak_json *j)
{
    struct fragment *f = &table[h->id % FRAGMENTS];
    if (h->id == 0 || f->id != h->id) {
        f->id = h->id;
        ak_text_clear(&f->text);
        make(h, &f->text);
    }
    ak_json_separate(j);
    ak_text_bytes(j->out, f->text.bytes, f->text.size);
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

static void make_certificate(const struct ak_certificate *c, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    const struct ak_x509 *x = &c->facts;
    certificate_hashes(j, c);
    if (!c->readable)
        return;
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

static void certificate_fragment(struct ak_jsonl *jsonl, const struct ak_certificate *c,
                                 struct ak_json *j)
{
    struct fragment *f = &jsonl->certificate[c->id % FRAGMENTS];
    if (c->id == 0 || f->id != c->id) {
        f->id = c->id;
        ak_text_clear(&f->text);
        make_certificate(c, &f->text);
    }
    ak_json_separate(j);
    ak_text_bytes(j->out, f->text.bytes, f->text.size);
}

/* ---- a conversation's parts ---- */

static void write_alerts(const struct ak_conversation *c, struct ak_json *j)
{
    ak_json_key(j, "alerts");
    ak_json_open(j, '[');
    for (size_t i = 0; i < c->alert_count; i++) {
        const struct ak_alert *a = &c->alert[i];
        const char *name = ak_tls_alert_name(a->code);
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "by", ak_side_name(a->by));
        ak_json_member_word(j, "level", a->level == 2 ? "fatal" : "warning");
        ak_json_member_u64(j, "code", a->code);
        if (name != NULL)
            ak_json_member_word(j, "name", name);
        ak_json_member_u64(j, "frame", a->frame);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_flags(const struct ak_conversation *c, struct ak_json *j)
{
    const struct {
        const char *key;
        size_t size;
        bool value;
    } flags[] = {
        {"begun_before", 12, c->begun_before},
        {"direction_guessed", 17, c->direction_guessed},
        {"hole", 4, c->hole},
        {"truncated", 9, c->truncated},
        {"evicted", 7, c->evicted},
    };
    for (size_t i = 0; i < AK_COUNT(flags); i++)
        if (flags[i].value) {
            ak_json_key_n(j, flags[i].key, flags[i].size);
            ak_text_bytes(j->out, "true", 4);
        }
    if (c->syn_retries != 0)
        ak_json_member_u64(j, "syn_retries", c->syn_retries);
}

static const char *client_certificate_word(const struct ak_tls_seen *tls)
{
    if (tls->client_certificate_sent)
        return "sent";
    if (tls->client_certificate_empty)
        return "empty";
    return tls->client_certificate_requested ? "requested" : NULL;
}

static void write_negotiated(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    if (tls->hello != NULL)
        shape_fragment(jsonl->offers, tls->hello, make_offers, j);
    if (tls->has_server_hello) {
        ak_json_key(j, "version_code");
        hex_code(j, tls->version_code);
        ak_json_key(j, "cipher_code");
        hex_code(j, tls->cipher_suite);
    }
    if (tls->hello_retry)
        ak_json_member_bool(j, "hello_retry", true);
    if (tls->malformed_hello)
        ak_json_member_bool(j, "malformed_hello", true);
    if (tls->hello != NULL) {
        ak_json_key(j, "extended_master_secret");
        ak_json_open(j, '{');
        ak_json_member_bool(j, "client", tls->hello->extended_master_secret);
        if (tls->has_server_hello && tls->version != 0x0304)
            ak_json_member_bool(j, "server", tls->server_ems);
        ak_json_close(j, '}');
    }
    if (tls->dh_prime_bits != 0) {
        ak_json_key(j, "dh");
        ak_json_open(j, '{');
        ak_json_member_u64(j, "prime_bits", tls->dh_prime_bits);
        ak_json_member_bool(j, "server_leading_zero", tls->dh_server_leading_zero);
        ak_json_member_bool(j, "client_leading_zero", tls->dh_client_leading_zero);
        ak_json_close(j, '}');
    }
    if (tls->certificate_message)
        ak_json_member_u64(j, "chain_length", tls->chain_sent);
    const char *word = client_certificate_word(tls);
    if (word != NULL)
        ak_json_member_word(j, "client_certificate", word);
}

const char *ak_encryption_scope(const struct ak_conversation *c)
{
    const struct ak_tds_seen *tds = c->tds;
    if (tds == NULL || !tds->has_client_encryption || !tds->has_server_encryption)
        return NULL;
    unsigned client = tds->client_encryption & 0x1f, server = tds->server_encryption & 0x1f;
    if (tds->login_only || (client == 0 && server == 0))
        return "login";
    if (client == 2 && (server == 1 || server == 3))
        return NULL; /* one of them must give up */
    if (server == 2 || (client == 2 && server == 0))
        return "none";
    return "session";
}

static void build_text(const uint8_t version[2], const uint16_t build[2], struct ak_text *out)
{
    ak_text_format(out, "%u.%u.%u.%u", version[0], version[1], build[0], build[1]);
}

static void write_prelogin(const struct ak_conversation *c, struct ak_json *j)
{
    const struct ak_tds_seen *tds = c->tds;
    if (tds->has_server_version) {
        const char *product = ak_sql_product_name(tds->server_version[0], tds->server_version[1]);
        ak_json_key(j, "server_build");
        ak_text_char(j->out, '"');
        build_text(tds->server_version, tds->server_build, j->out);
        ak_text_char(j->out, '"');
        if (product != NULL)
            ak_json_member_word(j, "server_product", product);
    }
    if (tds->has_client_version) {
        ak_json_key(j, "client_version");
        ak_text_char(j->out, '"');
        build_text(tds->client_version, tds->client_build, j->out);
        ak_text_char(j->out, '"');
    }
    if (tds->instance != NULL)
        ak_json_member_text(j, "instance", tds->instance);
    if (tds->has_client_encryption || tds->has_server_encryption) {
        const char *scope = ak_encryption_scope(c);
        ak_json_key(j, "encryption");
        ak_json_open(j, '{');
        if (tds->has_client_encryption && ak_encryption_name(tds->client_encryption))
            ak_json_member_word(j, "client", ak_encryption_name(tds->client_encryption));
        if (tds->has_server_encryption && ak_encryption_name(tds->server_encryption))
            ak_json_member_word(j, "server", ak_encryption_name(tds->server_encryption));
        if (scope != NULL)
            ak_json_member_word(j, "scope", scope);
        ak_json_close(j, '}');
    }
    if (tds->mars)
        ak_json_member_bool(j, "mars", true);
}

static void optional_text(struct ak_json *j, const char *key, size_t size, const char *value)
{
    if (value == NULL)
        return;
    ak_json_key_n(j, key, size);
    ak_json_text(j, value);
}

static void write_login(const struct ak_tds_seen *tds, struct ak_json *j)
{
    if (tds->login_tds_version != 0) {
        const char *version = ak_tds_version_name(tds->login_tds_version);
        ak_json_key(j, "login");
        ak_json_open(j, '{');
        optional_text(j, "host", 4, tds->host);
        optional_text(j, "application", 11, tds->application);
        optional_text(j, "library", 7, tds->library);
        optional_text(j, "server", 6, tds->login_server);
        optional_text(j, "database", 8, tds->database);
        if (version != NULL)
            ak_json_member_word(j, "tds_version", version);
        ak_json_member_u64(j, "packet_size", tds->login_packet_size);
        ak_json_member_bool(j, "integrated", tds->sspi);
        ak_json_close(j, '}');
    }
    if (tds->error_number != 0) {
        ak_json_key(j, "error");
        ak_json_open(j, '{');
        ak_json_key(j, "number");
        ak_text_i64(j->out, tds->error_number);
        ak_json_member_u64(j, "state", tds->error_state);
        ak_json_member_u64(j, "severity", tds->error_severity);
        optional_text(j, "text", 4, tds->error_text);
        ak_json_close(j, '}');
    }
    if (tds->routing_port != 0) {
        ak_json_key(j, "routing");
        ak_json_open(j, '{');
        optional_text(j, "server", 6, tds->routing_server);
        ak_json_member_u64(j, "port", tds->routing_port);
        ak_json_close(j, '}');
    }
}

static void write_steps(const struct ak_conversation *c, struct ak_json *j)
{
    ak_json_key(j, "steps");
    ak_json_open(j, '[');
    for (int i = 0; i < AK_STEPS; i++) {
        if (c->step[i].frame == 0)
            continue;
        int64_t since = c->step[i].time - c->first_time;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "name", ak_step_name((enum ak_step)i));
        ak_json_member_u64(j, "frame", c->step[i].frame);
        ak_json_key(j, "ms");
        ak_text_i64(j->out, since / 1000000);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_transport(const struct ak_conversation *c, struct ak_json *j)
{
    const struct ak_side_seen *a = &c->side[0], *b = &c->side[1];
    if (a->retransmissions + b->retransmissions != 0)
        ak_json_member_u64(j, "retransmissions", a->retransmissions + b->retransmissions);
    if (a->keep_alives + b->keep_alives != 0)
        ak_json_member_u64(j, "keep_alives", a->keep_alives + b->keep_alives);
    if (a->zero_windows + b->zero_windows != 0)
        ak_json_member_u64(j, "zero_windows", a->zero_windows + b->zero_windows);
}

static void write_akushu(struct ak_jsonl *jsonl, const struct ak_conversation *c, struct ak_json *j)
{
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "conversation");
    ak_json_member_u64(j, "schema", 1);
    ak_json_member_u64(j, "id", c->id);
    ak_json_member_text(j, "file", c->file);
    ak_json_key(j, "frames");
    ak_json_open(j, '[');
    ak_text_u64(j->out, c->first_frame);
    ak_text_char(j->out, ',');
    ak_text_u64(j->out, c->last_frame);
    ak_json_close(j, ']');
    ak_json_member_word(j, "protocol", ak_protocol_name(c->protocol));
    ak_json_member_word(j, "outcome", ak_outcome_name(c->outcome));
    ak_json_member_word(j, "stage", ak_stage_name(c->stage));
    ak_json_member_word(j, "closed_by", ak_side_name(c->closed_by));
    ak_json_member_word(j, "close", ak_close_name(c->close));
    if (c->tcp_end_by != AK_SIDE_NONE) {
        ak_json_key(j, "tcp_end");
        ak_json_open(j, '{');
        ak_json_member_word(j, "by", ak_side_name(c->tcp_end_by));
        ak_json_member_word(j, "how", c->tcp_end_rst ? "rst" : "fin");
        ak_json_close(j, '}');
    }
    if (c->alert_count != 0)
        write_alerts(c, j);
    ak_json_member_word(j, "letters", c->letters);
    write_flags(c, j);
    if (c->clear != NULL || c->tls != NULL)
        ak_jsonl_clear(c, j);
    if (c->tls != NULL)
        write_negotiated(jsonl, c->tls, j);
    if (c->tds != NULL)
        write_prelogin(c, j);
    if (c->instance != NULL && (c->tds == NULL || c->tds->instance == NULL))
        ak_json_member_text(j, "instance", c->instance);
    ak_json_member_bool(j, "cleartext_login", c->cleartext_login);
    if (c->tds != NULL)
        write_login(c->tds, j);
    write_transport(c, j);
    write_steps(c, j);
    ak_json_close(j, '}');
}

static void write_endpoint(const struct ak_conversation *c, enum ak_side side, struct ak_json *j)
{
    char address[46];
    ak_endpoint_text(&c->end[side], address);
    if (side == AK_SIDE_CLIENT)
        ak_json_key(j, "client");
    else
        ak_json_key(j, "server");
    ak_json_open(j, '{');
    ak_json_member_word(j, "ip", address);
    ak_json_member_u64(j, "port", c->end[side].port);
    ak_json_member_u64(j, "packets", c->side[side].packets);
    ak_json_member_u64(j, "bytes", c->side[side].bytes);
    ak_json_close(j, '}');
}

static bool has_tls_object(const struct ak_conversation *c)
{
    const struct ak_tls_seen *tls = c->tls;
    return tls != NULL && (tls->client_hellos != 0 || tls->server_hellos != 0 ||
                           tls->has_server_hello || tls->certificate_message || tls->finished[0] ||
                           tls->finished[1] || c->alert_count != 0);
}

static void write_tls_server(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    ak_json_key(j, "server");
    ak_json_open(j, '{');
    if (tls->ja3s[0] != '\0')
        ak_json_member_word(j, "ja3s", tls->ja3s);
    if (tls->chain_count != 0)
        certificate_fragment(jsonl, tls->chain[0], j);
    ak_json_close(j, '}');
}

static void write_tls(struct ak_jsonl *jsonl, const struct ak_conversation *c, struct ak_json *j)
{
    const struct ak_tls_seen *tls = c->tls;
    ak_json_key(j, "tls");
    ak_json_open(j, '{');
    ak_json_member_bool(j, "established", tls->finished[0] && tls->finished[1]);
    if (tls->has_server_hello) {
        const char *version = ak_tls_version_name(tls->version);
        const char *suite = suite_name(tls->cipher_suite);
        if (version != NULL) {
            ak_json_member_word(j, "version_protocol", ak_tls_version_protocol(tls->version));
            ak_json_member_word(j, "version", version);
        }
        if (suite != NULL && tls->version != 0x0002)
            ak_json_member_word(j, "cipher", suite);
        if (tls->group != 0) {
            const char *group = ak_tls_group_name(tls->group);
            ak_json_key(j, "curve");
            if (group != NULL)
                ak_json_text(j, group);
            else
                hex_code(j, tls->group);
        }
        ak_json_member_bool(j, "resumed", tls->resumed);
    }
    if (tls->server_alpn != NULL)
        ak_json_member_text(j, "next_protocol", tls->server_alpn);
    if (tls->hello != NULL) {
        ak_json_key(j, "client");
        ak_json_open(j, '{');
        shape_fragment(jsonl->tls_client, tls->hello, make_tls_client, j);
        if (tls->server_name != NULL)
            ak_json_member_text(j, "server_name", tls->server_name);
        ak_json_close(j, '}');
    }
    if (tls->ja3s[0] != '\0' || tls->chain_count != 0)
        write_tls_server(jsonl, tls, j);
    ak_json_close(j, '}');
}

static const char *event_outcome(enum ak_outcome outcome)
{
    switch (outcome) {
    case AK_OUTCOME_ESTABLISHED:
        return "success";
    case AK_OUTCOME_FAILED:
    case AK_OUTCOME_REFUSED:
    case AK_OUTCOME_UNANSWERED:
        return "failure";
    default:
        return "unknown";
    }
}

static void write_event(const struct ak_conversation *c, struct ak_json *j)
{
    ak_json_key(j, "event");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "event");
    ak_json_key(j, "category");
    ak_text_add(j->out, "[\"network\"]");
    ak_json_member_word(j, "outcome", event_outcome(c->outcome));
    int64_t duration = c->last_time - c->first_time;
    ak_json_member_u64(j, "duration", duration > 0 ? (uint64_t)duration : 0);
    ak_json_key(j, "end");
    ak_json_time(j, c->last_time);
    ak_json_close(j, '}');
}

void ak_jsonl_conversation(struct ak_jsonl *jsonl, const struct ak_conversation *c,
                           struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    ak_json_open(j, '{');
    write_akushu(jsonl, c, j);
    ak_json_key(j, "@timestamp");
    ak_json_time(j, c->first_time);
    write_event(c, j);
    ak_json_ecs(j);
    write_endpoint(c, AK_SIDE_CLIENT, j);
    write_endpoint(c, AK_SIDE_SERVER, j);
    ak_json_key(j, "network");
    ak_text_add(j->out, c->end[0].version == 6 ? "{\"transport\":\"tcp\",\"type\":\"ipv6\"}"
                                               : "{\"transport\":\"tcp\",\"type\":\"ipv4\"}");
    if (has_tls_object(c))
        write_tls(jsonl, c, j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
}
