/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/hello_shape.h"

#include "base/alloc.h"
#include "base/index.h"
#include "base/limits.h"
#include "model/tls_names.h"

#include "base/banned.h"

/* The key of a shape: fixed flags, then each list with its length in front. Two hellos with equal
 * keys have equal JA3, JA4 and offers. */

enum { JA3S_SETS = 32, JA3S_WAYS = 4 };

struct ja3s_entry {
    uint64_t hash;
    size_t size;
    uint8_t content[160];
    char ja3s[33];
};

struct ak_hello_store {
    struct ak_hash_key key;
    struct ak_digest *digest;
    struct ak_text scratch, work;
    struct ak_index shapes; /* struct ak_hello_shape, one reference each */
    size_t bytes;           /* of those */
    struct ak_hello_recall *recall;
    struct ja3s_set {
        struct ja3s_entry way[JA3S_WAYS];
        unsigned next; /* to be replaced */
    } ja3s[JA3S_SETS];
};

struct ak_hello_store *ak_hello_store_new(struct ak_hash_key key)
{
    struct ak_hello_store *store = ak_alloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->key = key;
    store->digest = ak_digest_new();
    ak_text_init(&store->scratch, 512 * 1024);
    ak_text_init(&store->work, 512 * 1024);
    store->recall = ak_hello_recall_new(key);
    if (store->digest == NULL || store->recall == NULL ||
        !ak_index_init(&store->shapes, AK_MAX_HELLO_SHAPES)) {
        ak_hello_store_free(store);
        return NULL;
    }
    return store;
}

void ak_hello_store_free(struct ak_hello_store *store)
{
    if (store == NULL)
        return;
    struct ak_hello_shape *shape;
    ak_hello_recall_free(store->recall);
    for (size_t at = 0; (shape = ak_index_each(&store->shapes, &at)) != NULL;)
        ak_hello_shape_drop(shape);
    ak_index_release(&store->shapes);
    ak_digest_free(store->digest);
    ak_text_release(&store->scratch);
    ak_text_release(&store->work);
    ak_free(store);
}

struct ak_hello_shape *ak_hello_shape_keep(struct ak_hello_shape *shape)
{
    if (shape != NULL)
        shape->references++;
    return shape;
}

void ak_hello_shape_drop(struct ak_hello_shape *shape)
{
    if (shape != NULL && --shape->references == 0)
        ak_free(shape);
}

static void put_list(struct ak_text *out, struct ak_span list)
{
    uint32_t size = (uint32_t)list.size;
    ak_text_bytes(out, &size, sizeof size);
    ak_text_bytes(out, list.bytes, list.size);
}

static void put_extension_types(struct ak_text *out, struct ak_span block)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(block.bytes, block.size, &parse);
    while (r.left != 0) {
        const uint8_t *type = ak_reader_take(&r, 2, "extension type");
        (void)ak_read_sub16(&r, "extension");
        if (ak_reader_ok(&r))
            ak_text_bytes(out, type, 2);
    }
}

static void put_key_groups(struct ak_text *out, struct ak_span shares)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(shares.bytes, shares.size, &parse);
    while (r.left != 0) {
        const uint8_t *group = ak_reader_take(&r, 2, "key_share group");
        (void)ak_read_sub16(&r, "key_share");
        if (ak_reader_ok(&r))
            ak_text_bytes(out, group, 2);
    }
}

static void make_key(const struct ak_client_hello *h, struct ak_text *out)
{
    uint16_t flags =
        (uint16_t)(h->ssl2_format | h->has_server_name << 1 | h->extended_master_secret << 2 |
                   h->renegotiation_info << 3 | h->session_ticket << 4 |
                   h->has_signature_algorithms << 5 | h->has_groups << 6 |
                   h->has_supported_versions << 7 | h->has_extensions << 8 | h->has_alpn << 9);
    ak_text_clear(out);
    ak_text_bytes(out, &flags, sizeof flags);
    ak_text_bytes(out, &h->legacy_version, sizeof h->legacy_version);
    put_list(out, h->cipher_suites);
    put_list(out, h->groups);
    put_list(out, h->point_formats);
    put_list(out, h->signature_algorithms);
    put_list(out, h->signature_algorithms_cert);
    put_list(out, h->supported_versions);
    put_list(out, h->alpn);
    put_key_groups(out, h->key_shares);
    ak_text_char(out, '|');
    put_extension_types(out, h->extensions);
}

static size_t list_bytes(struct ak_span s)
{
    return (s.size / 2 + 1) * sizeof(uint16_t);
}

static struct ak_u16_list take_list(uint16_t **free_at, struct ak_span s)
{
    struct ak_u16_list list = {*free_at, s.size / 2};
    for (size_t i = 0; i < list.count; i++)
        (*free_at)[i] = ak_be16(s.bytes + 2 * i);
    *free_at += list.count;
    return list;
}

static struct ak_u16_list take_suites(uint16_t **free_at, const struct ak_client_hello *h)
{
    if (!h->ssl2_format)
        return take_list(free_at, h->cipher_suites);
    struct ak_u16_list list = {*free_at, 0};
    for (size_t i = 0; i + 3 <= h->cipher_suites.size; i += 3)
        if (h->cipher_suites.bytes[i] == 0)
            (*free_at)[list.count++] = ak_be16(h->cipher_suites.bytes + i + 1);
    *free_at += list.count;
    return list;
}

static struct ak_u16_list take_extensions(uint16_t **free_at, struct ak_span block)
{
    struct ak_u16_list list = {*free_at, 0};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(block.bytes, block.size, &parse);
    while (r.left != 0) {
        uint16_t type = ak_read_be16(&r, "extension type");
        (void)ak_read_sub16(&r, "extension");
        if (ak_reader_ok(&r))
            (*free_at)[list.count++] = type;
    }
    *free_at += list.count;
    return list;
}

static struct ak_u16_list take_key_groups(uint16_t **free_at, struct ak_span shares)
{
    struct ak_u16_list list = {*free_at, 0};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(shares.bytes, shares.size, &parse);
    while (r.left != 0) {
        uint16_t group = ak_read_be16(&r, "key_share group");
        (void)ak_read_sub16(&r, "key_share");
        if (ak_reader_ok(&r))
            (*free_at)[list.count++] = group;
    }
    *free_at += list.count;
    return list;
}

/* "h2,http/1.1" from length-prefixed names; returns bytes written without the NUL. */
static size_t alpn_text(struct ak_span names, char *out)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(names.bytes, names.size, &parse);
    size_t used = 0;
    while (r.left != 0) {
        struct ak_reader name = ak_read_sub8(&r, "ALPN name");
        if (!ak_reader_ok(&r))
            break;
        if (used != 0)
            out[used++] = ',';
        for (size_t i = 0; i < name.left; i++) {
            uint8_t c = name.at[i];
            out[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
        }
    }
    out[used] = '\0';
    return used;
}

static void version_range(struct ak_hello_shape *shape)
{
    shape->max_version = shape->legacy_version;
    shape->min_version = 0;
    for (size_t i = 0; i < shape->supported_versions.count; i++) {
        uint16_t v = ak_tls_version_normal(shape->supported_versions.values[i]);
        if (ak_tls_version_name(v) == NULL)
            continue;
        if (shape->min_version == 0) {
            shape->max_version = v;
            shape->min_version = v;
        }
        if (v > shape->max_version)
            shape->max_version = v;
        if (v < shape->min_version)
            shape->min_version = v;
    }
}

/* MD5 of the work text as 32 digits, or "". */
static void md5_text(struct ak_hello_store *store, char out[33])
{
    static const char map[] = "0123456789abcdef";
    uint8_t md5[16];
    out[0] = '\0';
    if (store->work.failed ||
        !ak_digest_make(store->digest, AK_DIGEST_MD5, store->work.bytes, store->work.size, md5))
        return;
    for (size_t i = 0; i < sizeof md5; i++) {
        out[2 * i] = map[md5[i] >> 4];
        out[2 * i + 1] = map[md5[i] & 15];
    }
    out[32] = '\0';
}

static void fingerprints(struct ak_hello_store *store, const struct ak_client_hello *h,
                         struct ak_hello_shape *shape)
{
    ak_text_clear(&store->work);
    ak_ja3_text(h, &store->work);
    md5_text(store, shape->ja3);
    ak_ja4(h, store->digest, &store->work, shape->ja4);
}

static struct ak_hello_shape *make_shape(struct ak_hello_store *store,
                                         const struct ak_client_hello *h)
{
    size_t lists = list_bytes(h->cipher_suites) + list_bytes(h->groups) +
                   list_bytes(h->signature_algorithms) + list_bytes(h->signature_algorithms_cert) +
                   list_bytes(h->supported_versions) + list_bytes(h->extensions) +
                   list_bytes(h->key_shares);
    size_t size = sizeof(struct ak_hello_shape) + lists + h->alpn.size + 1 + store->scratch.size;
    struct ak_hello_shape *shape = ak_alloc(1, size);
    if (shape == NULL)
        return NULL;
    uint16_t *list = (uint16_t *)(void *)(shape + 1);
    shape->references = 1;
    shape->ssl2_format = h->ssl2_format;
    shape->has_server_name = h->has_server_name;
    shape->extended_master_secret = h->extended_master_secret;
    shape->renegotiation_info = h->renegotiation_info;
    shape->session_ticket = h->session_ticket;
    shape->has_signature_algorithms = h->has_signature_algorithms;
    shape->has_groups = h->has_groups;
    shape->has_supported_versions = h->has_supported_versions;
    shape->legacy_version = h->legacy_version;
    shape->cipher_suites = take_suites(&list, h);
    shape->groups = take_list(&list, h->groups);
    shape->signature_algorithms = take_list(&list, h->signature_algorithms);
    shape->signature_algorithms_cert = take_list(&list, h->signature_algorithms_cert);
    shape->supported_versions = take_list(&list, h->supported_versions);
    shape->extensions = take_extensions(&list, h->extensions);
    shape->key_share_groups = take_key_groups(&list, h->key_shares);
    char *text = (char *)list;
    size_t n = alpn_text(h->alpn, text);
    shape->alpn = text;
    shape->strict_tds = strstr(text, "tds/8.0") != NULL;
    uint8_t *key = (uint8_t *)text + n + 1;
    memcpy(key, store->scratch.bytes, store->scratch.size);
    shape->key = key;
    shape->size = store->scratch.size;
    version_range(shape);
    fingerprints(store, h, shape);
    return shape;
}

struct ak_hello_shape *ak_hello_shape_of(struct ak_hello_store *store,
                                         const struct ak_client_hello *hello)
{
    const struct ak_text *key = &store->scratch;
    make_key(hello, &store->scratch);
    if (key->failed)
        return NULL;
    uint64_t hash = ak_hash_content(store->key, key->bytes, key->size), at = hash;
    struct ak_hello_shape *shape;
    while ((shape = ak_index_next(&store->shapes, hash, &at)) != NULL)
        if (shape->size == key->size && memcmp(shape->key, key->bytes, key->size) == 0) {
            if (!AK_MEMO)
                ak_hello_shape_drop(make_shape(store, hello));
            return ak_hello_shape_keep(shape);
        }
    shape = make_shape(store, hello);
    size_t size = sizeof *shape + 2 * key->size; /* the lists are as long as the key, or shorter */
    if (shape != NULL && store->bytes + size <= AK_MAX_HELLO_BYTES &&
        ak_index_add(&store->shapes, hash, shape)) {
        store->bytes += size;
        shape->id = (uint32_t)store->shapes.count;
        shape->references++;
    }
    return shape;
}

void ak_hello_say(struct ak_hello_store *store, const struct ak_client_hello *hello,
                  struct ak_hello_said *said)
{
    said->shape = ak_hello_shape_of(store, hello);
    said->random = hello->random;
    said->server_name = hello->server_name;
    said->ssl2_format = hello->ssl2_format;
    said->early_data = hello->early_data;
    said->malformed = hello->bad_extensions != 0;
}

enum ak_verdict ak_hello_read(struct ak_hello_store *store, struct ak_span body,
                              struct ak_hello_said *said)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    if (AK_LIKELY(ak_hello_recall(store->recall, body, said)))
        return AK_VERDICT_PARSED;
    if (ak_client_hello_parse(body, &hello, &parse) != AK_VERDICT_PARSED)
        return parse.verdict;
    ak_hello_say(store, &hello, said);
    ak_hello_remember(store->recall, body, &hello, said);
    return AK_VERDICT_PARSED;
}

static void ja3s_compute(struct ak_hello_store *store, const struct ak_server_hello *hello,
                         char out[33])
{
    ak_text_clear(&store->work);
    ak_ja3s_text(hello, &store->work);
    md5_text(store, out);
}

static bool ja3s_is(const struct ja3s_entry *entry, uint64_t hash, const struct ak_text *key)
{
    return entry->hash == hash && entry->size == key->size &&
           memcmp(entry->content, key->bytes, key->size) == 0;
}

void ak_ja3s_of(struct ak_hello_store *store, const struct ak_server_hello *hello, char out[33])
{
    struct ak_text *key = &store->scratch;
    ak_text_clear(key);
    ak_text_bytes(key, &hello->legacy_version, 2);
    ak_text_bytes(key, &hello->cipher_suite, 2);
    put_extension_types(key, hello->extensions);
    if (!AK_MEMO || key->failed || key->size > sizeof store->ja3s[0].way[0].content) {
        ja3s_compute(store, hello, out);
        return;
    }
    uint64_t hash = ak_hash_content(store->key, key->bytes, key->size);
    struct ja3s_set *set = &store->ja3s[hash % JA3S_SETS];
    unsigned way = 0;
    while (way < JA3S_WAYS && !ja3s_is(&set->way[way], hash, key))
        way++;
    if (way == JA3S_WAYS) {
        way = set->next++ % JA3S_WAYS;
        struct ja3s_entry *entry = &set->way[way];
        entry->hash = hash;
        entry->size = key->size;
        memcpy(entry->content, key->bytes, key->size);
        ja3s_compute(store, hello, entry->ja3s);
    }
    memcpy(out, set->way[way].ja3s, sizeof set->way[way].ja3s);
}

bool ak_u16_list_has(const struct ak_u16_list *list, uint16_t value)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->values[i] == value)
            return true;
    return false;
}

bool ak_u16_lists_meet(const struct ak_u16_list *a, const struct ak_u16_list *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!ak_tls_is_grease(a->values[i]) && ak_u16_list_has(b, a->values[i]))
            return true;
    return false;
}
