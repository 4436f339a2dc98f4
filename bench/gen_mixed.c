/* SPDX-License-Identifier: Apache-2.0 */
/* Makes trace D: connections that have little in common, so that nothing that is remembered of one
 * helps with the next.
 *
 *   gen_mixed OUT CONNECTIONS CHAINS
 *
 * Of the connections 30 % are TDS with TLS inside PRELOGIN, 35 % TLS 1.2, 35 % TLS 1.3. CHAINS
 * certificates with names of their own, of 16 keys, signed by 4 more (RSA 2048 and P-256). Every
 * hello is drawn from some 24,000 shapes (suites, groups, signature algorithms, extensions, all in
 * an order of their own); three in ten hellos shuffle their extensions anew. One hello in five
 * comes in two segments. Five in a hundred end with an alert, three with an RST. Prints what it
 * made, as one line of JSON. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum {
    WOVEN = 256,
    KEYS = 16,
    SIGNERS = 4,
    SHAPES = 24000,
    MSS = 1460,
    HEADERS = 54,
    FLOW_BYTES = 96 * 1024,
    FLOW_FRAMES = 160,
    CHAIN_BYTES = 4096
};

static uint64_t rng_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned below(uint64_t *state, unsigned n)
{
    return (unsigned)(draw(state) % n);
}

static void die(const char *what)
{
    fprintf(stderr, "gen_mixed: %s\n", what);
    exit(1);
}

/* ---- bytes ---- */

struct bytes {
    uint8_t *at;
    size_t size;
};

static void put(struct bytes *b, const void *from, size_t size)
{
    memcpy(b->at + b->size, from, size);
    b->size += size;
}

static void put8(struct bytes *b, unsigned v)
{
    b->at[b->size++] = (uint8_t)v;
}

static void put16(struct bytes *b, unsigned v)
{
    put8(b, v >> 8);
    put8(b, v);
}

static void put_random(struct bytes *b, size_t size)
{
    for (; size >= 8; size -= 8) {
        uint64_t v = draw(&rng_state);
        put(b, &v, 8);
    }
    while (size-- != 0)
        put8(b, (unsigned)draw(&rng_state));
}

/* Leaves `width` bytes for the length of what follows; `close` fills them in. */
static size_t open_length(struct bytes *b, unsigned width)
{
    b->size += width;
    return b->size;
}

static void close_length(struct bytes *b, size_t begin, unsigned width)
{
    size_t length = b->size - begin;
    for (unsigned i = 0; i < width; i++)
        b->at[begin - width + i] = (uint8_t)(length >> 8 * (width - 1 - i));
}

static void shuffle(uint16_t *list, unsigned count, uint64_t *state)
{
    for (unsigned i = count; i > 1; i--) {
        unsigned j = below(state, i);
        uint16_t other = list[i - 1];
        list[i - 1] = list[j];
        list[j] = other;
    }
}

/* ---- certificates ---- */

struct chain {
    uint8_t bytes[CHAIN_BYTES]; /* of the Certificate message: entries with their lengths */
    size_t size;
};

static EVP_PKEY *keys[KEYS + SIGNERS];
static X509 *signers[SIGNERS];
static struct chain *chains;
static unsigned chain_count;

static void name_it(X509_NAME *name, const char *common)
{
    if (!X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Akushu Test", -1, -1,
                                    0) ||
        !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)common, -1, -1, 0))
        die("a certificate cannot be made");
}

static X509 *issue(const char *common, unsigned long serial, EVP_PKEY *key, X509 *issuer,
                   EVP_PKEY *by)
{
    X509 *x = X509_new();
    if (x == NULL || !X509_set_version(x, 2) ||
        !ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial) ||
        !ASN1_TIME_set_string(X509_getm_notBefore(x), "20260101000000Z") ||
        !ASN1_TIME_set_string(X509_getm_notAfter(x), "20280101000000Z") || !X509_set_pubkey(x, key))
        die("a certificate cannot be made");
    name_it(X509_get_subject_name(x), common);
    if (!X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer)
                                                : X509_get_subject_name(x)))
        die("a certificate cannot be made");
    char alternative[128];
    (void)snprintf(alternative, sizeof alternative, "DNS:%s", common);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative);
    if (e == NULL || !X509_add_ext(x, e, -1) || !X509_sign(x, by, EVP_sha256()))
        die("a certificate cannot be made");
    X509_EXTENSION_free(e);
    return x;
}

static void add_entry(struct chain *c, X509 *x)
{
    uint8_t *at = c->bytes + c->size + 3;
    int size = i2d_X509(x, NULL);
    if (size <= 0 || c->size + 3 + (size_t)size > CHAIN_BYTES)
        die("a certificate is too large");
    c->bytes[c->size] = 0;
    c->bytes[c->size + 1] = (uint8_t)(size >> 8);
    c->bytes[c->size + 2] = (uint8_t)size;
    (void)i2d_X509(x, &at);
    c->size += 3 + (size_t)size;
}

static void make_chains(unsigned count)
{
    for (int i = 0; i < KEYS + SIGNERS; i++) {
        keys[i] = i % 4 == 3 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
        if (keys[i] == NULL)
            die("a key cannot be made");
    }
    for (int i = 0; i < SIGNERS; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "Akushu Issuing CA %d", i + 1);
        signers[i] = issue(name, (unsigned long)i + 1, keys[KEYS + i], NULL, keys[KEYS + i]);
    }
    chains = calloc(count, sizeof *chains);
    if (chains == NULL)
        die("out of memory");
    for (unsigned i = 0; i < count; i++) {
        char name[64];
        unsigned by = i % SIGNERS;
        (void)snprintf(name, sizeof name, "host%05u.corp.example", i);
        X509 *leaf = issue(name, 1000 + i, keys[i / SIGNERS % KEYS], signers[by], keys[KEYS + by]);
        add_entry(&chains[i], leaf);
        add_entry(&chains[i], signers[by]);
        X509_free(leaf);
    }
    chain_count = count;
}

/* ---- hellos ---- */

static const uint16_t suites12[] = {
    0xc02c, 0xc02b, 0xc030, 0xc02f, 0xcca9, 0xcca8, 0x009f, 0x009e, 0xccaa, 0xc024, 0xc023, 0xc028,
    0xc027, 0xc00a, 0xc009, 0xc014, 0xc013, 0x006b, 0x0067, 0x0039, 0x0033, 0x009d, 0x009c, 0x003d,
    0x003c, 0x0035, 0x002f, 0x000a, 0xc0ad, 0xc0ac, 0xc09f, 0xc09e, 0xc05d, 0xc061, 0x00ff};
static const uint16_t suites13[] = {0x1301, 0x1302, 0x1303};
static const uint16_t schemes[] = {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
                                   0x0601, 0x0807, 0x0203, 0x0201, 0x0402, 0x0303, 0x0301, 0x0302};
static const uint16_t groups[] = {29, 23, 24, 25, 30, 256, 257, 22};
enum {
    NAME = 0,
    STATUS = 5,
    GROUPS = 10,
    POINTS = 11,
    SCHEMES = 13,
    ALPN = 16,
    TIMESTAMPS = 18,
    PADDING = 21,
    EMS = 23,
    TICKET = 35,
    VERSIONS = 43,
    PSK_MODES = 45,
    KEY_SHARE = 51,
    RENEGOTIATION = 0xff01,
    GREASE = 0x1a1a
};

/* Some of a list, in an order of their own, but always the first of it. */
static void put_some(struct bytes *b, const uint16_t *from, unsigned count, unsigned least,
                     uint64_t *shape)
{
    uint16_t list[64];
    unsigned n = least + below(shape, count - least + 1);
    memcpy(list, from, count * sizeof *list);
    shuffle(list + 1, count - 1, shape);
    shuffle(list, n, shape);
    for (unsigned i = 0; i < n; i++)
        put16(b, list[i]);
}

static void put_extension(struct bytes *b, unsigned type, unsigned host, uint64_t *shape)
{
    char name[64];
    put16(b, type);
    size_t all = open_length(b, 2), inner;
    switch (type) {
    case NAME:
        inner = open_length(b, 2);
        put8(b, 0);
        (void)snprintf(name, sizeof name, "host%05u.corp.example", host);
        put16(b, (unsigned)strlen(name));
        put(b, name, strlen(name));
        close_length(b, inner, 2);
        break;
    case STATUS:
        put(b, "\1\0\0\0\0", 5);
        break;
    case GROUPS:
        inner = open_length(b, 2);
        put_some(b, groups, 8, 2, shape);
        close_length(b, inner, 2);
        break;
    case POINTS:
        put(b, "\1\0", 2);
        break;
    case SCHEMES:
        inner = open_length(b, 2);
        put_some(b, schemes, 16, 4, shape);
        close_length(b, inner, 2);
        break;
    case ALPN:
        put(b, "\0\x0c\2h2\x08http/1.1", 14);
        break;
    case VERSIONS:
        put(b, "\4\3\4\3\3", 5);
        break;
    case PSK_MODES:
        put(b, "\1\1", 2);
        break;
    case KEY_SHARE:
        inner = open_length(b, 2);
        put16(b, 29);
        put16(b, 32);
        put_random(b, 32);
        close_length(b, inner, 2);
        break;
    case RENEGOTIATION:
        put8(b, 0);
        break;
    case PADDING:
        memset(b->at + b->size, 0, 64);
        b->size += 64;
        break;
    default: /* nothing in it */
        break;
    }
    close_length(b, all, 2);
}

static void put_extensions(struct bytes *b, bool tls13, unsigned host, uint64_t *shape)
{
    uint16_t list[20] = {GROUPS, SCHEMES, POINTS};
    static const uint16_t others[] = {NAME,   EMS,        RENEGOTIATION, STATUS, ALPN,
                                      TICKET, TIMESTAMPS, PADDING,       GREASE};
    unsigned n = 3;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (i < 3 || below(shape, 2) != 0)
            list[n++] = others[i];
    if (tls13) {
        list[n++] = VERSIONS;
        list[n++] = PSK_MODES;
        list[n++] = KEY_SHARE;
    }
    shuffle(list, n, shape);
    if (below(&rng_state, 10) < 3)
        shuffle(list, n, &rng_state); /* as browsers do, anew each time */
    for (unsigned i = 0; i < n; i++)
        put_extension(b, list[i], host, shape);
}

static void put_client_hello(struct bytes *b, bool tls13, unsigned host)
{
    uint64_t shape = (uint64_t)below(&rng_state, SHAPES) * 2 + tls13;
    put(b, "\x16\3\1", 3);
    size_t record = open_length(b, 2);
    put8(b, 1);
    size_t message = open_length(b, 3);
    put16(b, 0x0303);
    put_random(b, 32);
    put8(b, tls13 ? 32 : 0);
    put_random(b, tls13 ? 32 : 0);
    size_t list = open_length(b, 2);
    if (tls13)
        put_some(b, suites13, 3, 1, &shape);
    put_some(b, suites12 + 2, 33, 4, &shape);
    close_length(b, list, 2);
    put(b, "\1\0", 2);
    list = open_length(b, 2);
    put_extensions(b, tls13, host, &shape);
    close_length(b, list, 2);
    close_length(b, message, 3);
    close_length(b, record, 2);
}

/* ---- the rest of a handshake, as records ---- */

static void put_record(struct bytes *b, unsigned type, size_t size)
{
    put8(b, type);
    put16(b, 0x0303);
    put16(b, (unsigned)size);
    put_random(b, size);
}

static void put_server_flight12(struct bytes *b, const struct chain *chain)
{
    put(b, "\x16\3\3", 3);
    size_t record = open_length(b, 2);
    put8(b, 2);
    size_t message = open_length(b, 3);
    put16(b, 0x0303);
    put_random(b, 32);
    put8(b, 32);
    put_random(b, 32);
    put(b, "\xc0\x30\0\0\x05\xff\x01\0\1\0", 10);
    close_length(b, message, 3);
    put8(b, 11);
    message = open_length(b, 3);
    size_t list = open_length(b, 3);
    put(b, chain->bytes, chain->size);
    close_length(b, list, 3);
    close_length(b, message, 3);
    put8(b, 12);
    message = open_length(b, 3);
    put(b, "\3\0\x1d\x20", 4);
    put_random(b, 32);
    put(b, "\x08\x04\1\0", 4);
    put_random(b, 256);
    close_length(b, message, 3);
    put(b, "\x0e\0\0\0", 4);
    close_length(b, record, 2);
}

static void put_client_flight12(struct bytes *b)
{
    put(b, "\x16\3\3\0\x25\x10\0\0\x21\x20", 10);
    put_random(b, 32);
    put(b, "\x14\3\3\0\1\1", 6);
    put_record(b, 22, 40);
}

static void put_server_flight13(struct bytes *b, const struct chain *chain)
{
    put(b, "\x16\3\3", 3);
    size_t record = open_length(b, 2);
    put8(b, 2);
    size_t message = open_length(b, 3);
    put16(b, 0x0303);
    put_random(b, 32);
    put8(b, 32);
    put_random(b, 32);
    put(b, "\x13\x01\0\0\x2e\0\x2b\0\2\3\4\0\x33\0\x24\0\x1d\0\x20", 19);
    put_random(b, 32);
    close_length(b, message, 3);
    close_length(b, record, 2);
    put(b, "\x14\3\3\0\1\1", 6);
    put_record(b, 23, 40);
    put_record(b, 23, chain->size + 30);
    put_record(b, 23, 281);
    put_record(b, 23, 69);
}

/* ---- one connection, as frames ---- */

struct flow {
    uint8_t bytes[FLOW_BYTES];
    struct {
        uint32_t at, size;
    } frames[FLOW_FRAMES];
    unsigned count, next;
    size_t used;
    uint8_t client[4], server[4];
    uint16_t port[2];
    uint32_t seq[2];
};

static struct {
    unsigned long connections, server_hellos, alerts, resets, tds, split;
} made;

static uint16_t sum_up(uint32_t sum, const uint8_t *p, size_t n)
{
    for (; n > 1; n -= 2, p += 2)
        sum += (uint32_t)p[0] << 8 | p[1];
    if (n != 0)
        sum += (uint32_t)p[0] << 8;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* A frame of the client (0) or the server (1). */
static void add_frame(struct flow *f, int from, unsigned flags, const uint8_t *payload, size_t size)
{
    if (f->count == FLOW_FRAMES || f->used + HEADERS + size > FLOW_BYTES)
        die("a connection is too long");
    struct bytes b = {f->bytes + f->used, 0};
    uint8_t *ip = b.at + 14, *tcp = b.at + 34;
    put(&b, from == 0 ? "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" : "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", 14);
    put16(&b, 0x4500);
    put16(&b, (unsigned)(40 + size));
    put(&b, "\0\0\x40\0\x80\6\0\0", 8);
    put(&b, from == 0 ? f->client : f->server, 4);
    put(&b, from == 0 ? f->server : f->client, 4);
    put16(&b, f->port[from]);
    put16(&b, f->port[!from]);
    put16(&b, f->seq[from] >> 16);
    put16(&b, f->seq[from] & 0xffff);
    bool first = from == 0 && flags == 2;
    put16(&b, first ? 0 : f->seq[!from] >> 16);
    put16(&b, first ? 0 : f->seq[!from] & 0xffff);
    put16(&b, 0x5000 | flags);
    put16(&b, 64240);
    put(&b, "\0\0\0\0", 4);
    if (size != 0)
        put(&b, payload, size);
    uint16_t sum = sum_up(0, ip, 20);
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    uint32_t pseudo = (uint32_t)(6 + 20 + size);
    for (int i = 12; i < 20; i += 2)
        pseudo += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = sum_up(pseudo, tcp, 20 + size);
    tcp[16] = (uint8_t)(sum >> 8);
    tcp[17] = (uint8_t)sum;
    f->frames[f->count].at = (uint32_t)f->used;
    f->frames[f->count++].size = (uint32_t)b.size;
    f->used += b.size;
    f->seq[from] += (uint32_t)size + (flags & 3 ? 1 : 0);
}

/* Bytes of one side as segments, which the other one acknowledges; `cut`: the first segment ends
 * there. */
static void say(struct flow *f, int from, const struct bytes *b, size_t cut)
{
    for (size_t at = 0; at < b->size;) {
        size_t n = b->size - at < MSS ? b->size - at : MSS;
        if (at == 0 && cut != 0 && cut < n)
            n = cut;
        add_frame(f, from, at + n == b->size ? 0x18 : 0x10, b->at + at, n);
        at += n;
    }
    add_frame(f, !from, 0x10, NULL, 0);
}

/* In TDS packets of 4096 bytes. */
static void say_in_tds(struct flow *f, int from, unsigned type, const struct bytes *b, size_t cut)
{
    static uint8_t room[32768];
    struct bytes out = {room, 0};
    unsigned id = 0;
    for (size_t at = 0; at < b->size;) {
        size_t n = b->size - at < 4088 ? b->size - at : 4088;
        put8(&out, type);
        put8(&out, at + n == b->size);
        put16(&out, (unsigned)n + 8);
        put16(&out, 0);
        put16(&out, id++ << 8);
        put(&out, b->at + at, n);
        at += n;
    }
    say(f, from, &out, cut);
}

static void say_either(struct flow *f, bool tds, int from, const struct bytes *b, size_t cut)
{
    if (tds)
        say_in_tds(f, from, 0x12, b, cut);
    else
        say(f, from, b, cut);
}

static void prelogin(struct flow *f)
{
    static uint8_t room[64];
    static const uint8_t client[] = "\0\0\x1a\0\6\1\0\x20\0\1\2\0\x21\0\1\3\0\x22\0\4\4\0\x26\0\1"
                                    "\xff\x12\0\3\xe8\0\0\1\0\0\0\x10\0\0";
    static const uint8_t server[] =
        "\0\0\x15\0\6\1\0\x1b\0\1\2\0\x1c\0\1\4\0\x1d\0\1\xff\x10\0\x03\xe8\0\0\1\0\0";
    struct bytes b = {room, 0};
    put(&b, client, sizeof client - 1);
    say_in_tds(f, 0, 0x12, &b, 0);
    b.size = 0;
    put(&b, server, sizeof server - 1);
    say_in_tds(f, 1, 0x04, &b, 0);
}

static void speak(struct flow *f, bool tls13, bool tds)
{
    static uint8_t room[65536];
    unsigned host = below(&rng_state, chain_count), fate = below(&rng_state, 100);
    const struct chain *chain = &chains[host];
    struct bytes b = {room, 0};
    if (tds)
        prelogin(f);
    put_client_hello(&b, tls13, host);
    size_t cut = below(&rng_state, 5) == 0 ? 1 + below(&rng_state, (unsigned)b.size - 1) : 0;
    made.split += cut != 0;
    say_either(f, tds, 0, &b, cut);
    b.size = 0;
    if (fate < 3) {
        add_frame(f, 1, 0x14, NULL, 0);
        made.resets++;
        return;
    }
    if (fate < 8) {
        put(&b, "\x15\3\3\0\2\2\x28", 7);
        say_either(f, tds, 1, &b, 0);
        add_frame(f, 1, 0x11, NULL, 0);
        add_frame(f, 0, 0x11, NULL, 0);
        add_frame(f, 1, 0x10, NULL, 0);
        made.alerts++;
        return;
    }
    made.server_hellos++;
    if (tls13)
        put_server_flight13(&b, chain);
    else
        put_server_flight12(&b, chain);
    say_either(f, tds, 1, &b, 0);
    b.size = 0;
    if (tls13) {
        put(&b, "\x14\3\3\0\1\1", 6);
        put_record(&b, 23, 69);
        say(f, 0, &b, 0);
    } else {
        put_client_flight12(&b);
        say_either(f, tds, 0, &b, 0);
        b.size = 0;
        put(&b, "\x14\3\3\0\1\1", 6);
        put_record(&b, 22, 40);
        say_either(f, tds, 1, &b, 0);
    }
    for (unsigned i = 1 + below(&rng_state, 3); i > 0; i--) {
        b.size = 0;
        put_record(&b, 23, 60 + below(&rng_state, 400));
        say(f, 0, &b, 0);
        b.size = 0;
        put_record(&b, 23, 100 + below(&rng_state, 2500));
        say(f, 1, &b, 0);
    }
    b.size = 0;
    put_record(&b, tls13 ? 23 : 21, tls13 ? 19 : 26);
    say(f, 0, &b, 0);
    add_frame(f, 0, 0x11, NULL, 0);
    add_frame(f, 1, 0x11, NULL, 0);
    add_frame(f, 0, 0x10, NULL, 0);
}

static void connect_one(struct flow *f, unsigned long number)
{
    unsigned kind = below(&rng_state, 100), client = (unsigned)(number / 20000),
             server = below(&rng_state, 40);
    bool tds = kind < 30;
    *f = (struct flow){.client = {10, 7, (uint8_t)(client >> 8), (uint8_t)(client + 1)},
                       .server = {192, 168, 7, (uint8_t)(server + 1)},
                       .port = {(uint16_t)(20000 + number % 20000), tds ? 1433 : 443},
                       .seq = {(uint32_t)draw(&rng_state), (uint32_t)draw(&rng_state)}};
    add_frame(f, 0, 2, NULL, 0);
    add_frame(f, 1, 0x12, NULL, 0);
    add_frame(f, 0, 0x10, NULL, 0);
    made.connections++;
    made.tds += tds;
    speak(f, kind >= 65, tds);
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0, begun = 0, open = 0;
    unsigned long chain = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (count == 0 || count > 1000000 || chain == 0 || chain > 99999) {
        fprintf(stderr, "usage: gen_mixed OUT CONNECTIONS CHAINS\n");
        return 2;
    }
    static struct flow *flows[WOVEN];
    static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0,
                                       0,    0,    0,    0,    0, 0, 0, 4, 0, 1};
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL || fwrite(header, 1, sizeof header, out) != sizeof header)
        die("cannot write the trace");
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    make_chains((unsigned)chain);
    uint64_t us = UINT64_C(1790000000000000);
    do {
        unsigned i = below(&rng_state, WOVEN);
        if (flows[i] == NULL || flows[i]->next == flows[i]->count) {
            if (flows[i] != NULL && flows[i]->count != 0) {
                flows[i]->count = flows[i]->next = 0;
                open--;
            }
            if (begun == count)
                continue;
            if (flows[i] == NULL && (flows[i] = malloc(sizeof *flows[i])) == NULL)
                die("out of memory");
            connect_one(flows[i], begun++);
            open++;
        }
        struct flow *f = flows[i];
        uint32_t size = f->frames[f->next].size,
                 head[4] = {(uint32_t)(us / 1000000), (uint32_t)(us % 1000000), size, size};
        if (fwrite(head, 1, sizeof head, out) != sizeof head ||
            fwrite(f->bytes + f->frames[f->next].at, 1, size, out) != size)
            die("cannot write the trace");
        f->next++;
        us += 5 + below(&rng_state, 10);
    } while (begun < count || open != 0);
    if (fclose(out) != 0)
        die("cannot write the trace");
    printf("{\"connections\": %lu, \"flows with ClientHello\": %lu, \"flows with ServerHello\": "
           "%lu, \"fatal alerts in clear\": %lu, \"RST\": %lu, "
           "\"tds\": %lu, \"split\": %lu}\n",
           made.connections, made.connections, made.server_hellos, made.alerts, made.resets,
           made.tds, made.split);
    return 0;
}
