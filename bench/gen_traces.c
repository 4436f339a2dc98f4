/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the benchmark traces from a recording of TLS connections (Ethernet, IPv4, pcap in
 * microseconds).
 *
 *   gen_traces a IN OUT COPIES        COPIES copies of IN with other addresses, merged by time:
 * trace A (44 copies) gen_traces b IN OUT FLOWS BYTES   FLOWS established connections of IN, each
 * going on with BYTES of application data: trace B gen_traces c IN OUT COUNT   one short connection
 * of IN, COUNT times from other clients, 64 of them interwoven: trace C
 *
 * OUT may be "-": standard output, so that a trace of any length needs no disk.
 *
 * Copies of the 14.6 s recording start 370 ms apart; server ports of the recording become server
 * addresses with port 443. One 4-tuple of a copy is one 4-tuple of the recording, so reuse
 * survives. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PCAP_HEADER = 24,
    RECORD_HEADER = 16,
    ETHERNET = 14,
    IPV4 = 20,
    TCP = 20,
    MTU = 1500,
    STAGGER_US = 370000,
    LOWEST_CLIENT_PORT = 10000,
    MAX_COPIES = 200,
    MAX_FLOWS = 64,
    MAX_FRAME = 65536,
    SHORT_LEAST = 8,
    SHORT_MOST = 14
};

struct frame {
    uint64_t us;
    const uint8_t *data;
    uint32_t size;
};

struct recording {
    const uint8_t *bytes;
    size_t size;
    struct frame *frames;
    size_t count;
};

struct writer {
    FILE *file;
    uint64_t frames;
    uint64_t bytes;
};

static void die(const char *what)
{
    fprintf(stderr, "gen_traces: %s\n", what);
    exit(1);
}

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xFFFF);
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint16_t checksum(uint32_t sum, const uint8_t *p, size_t n)
{
    for (; n > 1; n -= 2, p += 2)
        sum += be16(p);
    if (n)
        sum += (uint32_t)p[0] << 8;
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Sets both checksums of the IPv4 packet `ip` of `size` bytes. */
static void seal(uint8_t *ip, size_t size)
{
    size_t head = (size_t)(ip[0] & 15) * 4, tcp = size - head;
    put16(ip + 10, 0);
    put16(ip + 10, checksum(0, ip, head));
    uint32_t pseudo = 6 + (uint32_t)tcp;
    for (size_t i = 12; i < 20; i += 2)
        pseudo += be16(ip + i);
    put16(ip + head + 16, 0);
    put16(ip + head + 16, checksum(pseudo, ip + head, tcp));
}

static struct recording load(const char *path)
{
    struct recording r = {0};
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < PCAP_HEADER)
        die("cannot read the recording");
    r.size = (size_t)st.st_size;
    r.bytes = mmap(NULL, r.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (r.bytes == MAP_FAILED || le32(r.bytes) != 0xA1B2C3D4u)
        die("the recording is not a little-endian microsecond pcap");
    close(fd);
    size_t room = 0;
    for (size_t at = PCAP_HEADER; at + RECORD_HEADER <= r.size;) {
        const uint8_t *head = r.bytes + at;
        uint32_t size = le32(head + 8);
        if (size > r.size - at - RECORD_HEADER || size < ETHERNET + IPV4 + TCP || size > MAX_FRAME)
            die("damaged record");
        if (r.count == room) {
            room = room ? room * 2 : 4096;
            r.frames = realloc(r.frames, room * sizeof *r.frames);
            if (!r.frames)
                die("out of memory");
        }
        r.frames[r.count++] = (struct frame){(uint64_t)le32(head) * 1000000 + le32(head + 4),
                                             head + RECORD_HEADER, size};
        at += RECORD_HEADER + size;
    }
    return r;
}

static struct writer create(const char *path, const struct recording *r)
{
    struct writer w = {.file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb")};
    if (!w.file)
        die("cannot write the trace");
    setvbuf(w.file, NULL, _IOFBF, 1 << 20);
    w.bytes = fwrite(r->bytes, 1, PCAP_HEADER, w.file);
    return w;
}

static void put_frame(struct writer *w, uint64_t us, const uint8_t *data, uint32_t size)
{
    uint8_t head[RECORD_HEADER];
    put_le32(head, (uint32_t)(us / 1000000));
    put_le32(head + 4, (uint32_t)(us % 1000000));
    put_le32(head + 8, size);
    put_le32(head + 12, size);
    if (fwrite(head, 1, sizeof head, w->file) != sizeof head ||
        fwrite(data, 1, size, w->file) != size)
        die("cannot write the trace");
    w->frames++;
    w->bytes += sizeof head + size;
}

static void finish(struct writer *w)
{
    bool standard = w->file == stdout;
    if (fclose(w->file) != 0)
        die("cannot write the trace");
    fprintf(standard ? stderr : stdout, "%llu frames, %llu bytes\n", (unsigned long long)w->frames,
            (unsigned long long)w->bytes);
}

static bool from_server(const uint8_t *tcp)
{
    return be16(tcp) < LOWEST_CLIENT_PORT;
}

/* Copies a frame of the recording with the addresses of copy `copy` into `out`. */
static void readdress(const struct frame *f, unsigned copy, uint8_t *out)
{
    memcpy(out, f->data, f->size);
    uint8_t *ip = out + ETHERNET, *tcp = ip + (ip[0] & 15) * 4;
    bool server_sends = from_server(tcp);
    uint16_t server_port = be16(server_sends ? tcp : tcp + 2);
    uint16_t client_port = be16(server_sends ? tcp + 2 : tcp);
    uint8_t client[4] = {10, (uint8_t)(copy + 1), (uint8_t)(client_port % 13 + 1),
                         (uint8_t)((client_port * 2654435761u >> 24) % 250 + 1)};
    uint8_t server[4] = {192, 168, (uint8_t)(server_port % 10), 10};
    memcpy(ip + 12, server_sends ? server : client, 4);
    memcpy(ip + 16, server_sends ? client : server, 4);
    put16(server_sends ? tcp : tcp + 2, 443);
    memset(out, 0, 12);
    out[0] = out[6] = 2;
    out[5] = server_sends ? 1 : 2;
    out[11] = server_sends ? 2 : 1;
    size_t total = be16(ip + 2);
    if (total > f->size - ETHERNET)
        die("cut frame");
    seal(ip, total);
}

static void make_a(const struct recording *r, const char *path, unsigned copies)
{
    static size_t at[MAX_COPIES];
    static uint8_t frame[MAX_FRAME];
    struct writer w = create(path, r);
    for (;;) {
        unsigned best = copies;
        uint64_t soonest = UINT64_MAX;
        for (unsigned c = 0; c < copies; c++) {
            if (at[c] == r->count)
                continue;
            uint64_t us = r->frames[at[c]].us + (uint64_t)c * STAGGER_US;
            if (us < soonest) {
                soonest = us;
                best = c;
            }
        }
        if (best == copies)
            break;
        const struct frame *f = &r->frames[at[best]++];
        readdress(f, best, frame);
        put_frame(&w, soonest, frame, f->size);
    }
    finish(&w);
}

/* One bulk flow: where its connection begins in the recording and how far it got. */
struct bulk {
    uint16_t client_port, server_port;
    uint32_t client_seq, server_seq;
    uint64_t left;
    uint32_t record_left;
    uint16_t ident;
};

/* What a bulk flow needs to know of one recorded frame. */
struct view {
    uint16_t from, to;
    uint32_t next; /* sequence number after this segment */
    uint8_t flags;
    bool advances;
    const uint8_t *payload;
    size_t size;
};

static struct view look(const struct frame *f)
{
    const uint8_t *ip = f->data + ETHERNET, *tcp = ip + (ip[0] & 15) * 4;
    size_t head = (size_t)(tcp[12] >> 4) * 4, size = be16(ip + 2) - (size_t)(ip[0] & 15) * 4 - head;
    uint32_t seq = be32(tcp + 4), next = seq + (uint32_t)size + (tcp[13] >> 1 & 1);
    return (struct view){be16(tcp), be16(tcp + 2), next, tcp[13], next != seq, tcp + head, size};
}

/* Walks the TLS records in `p`, the first of which still needs `rest` bytes; false when a header is
 * cut or is none. */
static bool walk_records(const uint8_t *p, size_t n, size_t *rest)
{
    while (n > 0) {
        size_t step = *rest < n ? *rest : n;
        p += step;
        n -= step;
        *rest -= step;
        if (n == 0)
            return true;
        if (n < 5 || p[1] != 3)
            return false;
        *rest = 5 + (size_t)be16(p + 3);
    }
    return true;
}

/* Follows the connection that frame `first` opens, marking its frames in `owner` as `flow`, until
 * the server has sent application data. */
static bool follow(const struct recording *r, size_t first, unsigned flow, int8_t *owner,
                   struct bulk *b)
{
    struct view syn = look(&r->frames[first]);
    enum { PATIENCE = 64 };
    size_t mine[PATIENCE], n = 0;
    unsigned client_data = 0;
    bool began = false;
    size_t rest = 0;
    *b = (struct bulk){.client_port = syn.from, .server_port = syn.to, .ident = 20000};
    for (size_t j = first; j < r->count && n < PATIENCE; j++) {
        struct view v = look(&r->frames[j]);
        bool forth = v.from == syn.from && v.to == syn.to,
             back = v.from == syn.to && v.to == syn.from;
        if (!forth && !back)
            continue;
        if ((v.flags & 5) || (j != first && forth && (v.flags & 2)))
            return false;
        mine[n++] = j;
        if (v.advances)
            *(forth ? &b->client_seq : &b->server_seq) = v.next;
        client_data += forth && v.size > 0;
        began = began || (back && client_data > 1 && v.size > 0 && v.payload[0] == 23);
        if (began && back && v.size > 0 && rest == 0 && be16(v.payload + 1) != 0x0303)
            return false; /* the bulk records say 0x0303: TLS 1.2 and 1.3 only */
        if (began && back && !walk_records(v.payload, v.size, &rest))
            return false;
        if (began && back && rest == 0) {
            for (size_t k = 0; k < n; k++)
                owner[mine[k]] = (int8_t)flow;
            return true;
        }
    }
    return false;
}

/* Chooses connections and writes their frames up to the server's first application data, in the
 * order of the recording. */
static unsigned pick_flows(const struct recording *r, struct writer *w, struct bulk *flows,
                           unsigned wanted)
{
    static uint8_t frame[MAX_FRAME];
    unsigned found = 0;
    int8_t *owner = malloc(r->count);
    if (!owner)
        die("out of memory");
    memset(owner, -1, r->count);
    for (size_t i = 0; i < r->count && found < wanted; i++)
        if (look(&r->frames[i]).flags == 2 && follow(r, i, found, owner, &flows[found]))
            found++;
    for (size_t i = 0; i < r->count; i++) {
        if (owner[i] < 0)
            continue;
        readdress(&r->frames[i], (unsigned)owner[i], frame);
        put_frame(w, r->frames[i].us, frame, r->frames[i].size);
    }
    free(owner);
    return found;
}

/* One segment of flow `b` without payload contents: headers for `payload` bytes, flags as given,
 * from the server. */
static uint32_t bulk_headers(uint8_t *out, struct bulk *b, unsigned copy, uint8_t flags,
                             uint32_t payload)
{
    struct frame f = {0, out, ETHERNET + IPV4 + TCP + payload};
    uint8_t *ip = out + ETHERNET, *tcp = ip + IPV4;
    memset(out, 0, ETHERNET + IPV4 + TCP);
    out[12] = 8;
    ip[0] = 0x45;
    put16(ip + 2, IPV4 + TCP + payload);
    put16(ip + 4, b->ident++);
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = 6;
    put16(tcp, b->server_port);
    put16(tcp + 2, b->client_port);
    put32(tcp + 4, b->server_seq);
    put32(tcp + 8, b->client_seq);
    tcp[12] = TCP / 4 << 4;
    tcp[13] = flags;
    put16(tcp + 14, 501);
    static uint8_t copied[MAX_FRAME];
    readdress(&f, copy, copied);
    memcpy(out, copied, f.size);
    return f.size;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Fills a segment with the record stream of the flow: 16,401-byte application data records. */
static void fill_payload(uint8_t *p, uint32_t n, struct bulk *b, uint32_t *state)
{
    static const uint8_t header[5] = {23, 3, 3, 0x40, 0x11};
    enum { RECORD = 5 + 0x4011 };
    for (uint32_t i = 0; i < n; i++) {
        uint32_t into = RECORD - b->record_left;
        p[i] = into < 5 ? header[into] : (uint8_t)(i & 3 ? next_random(state) >> 11 : *state);
        if (--b->record_left == 0)
            b->record_left = RECORD;
    }
}

static void make_b(const struct recording *r, const char *path, unsigned wanted, uint64_t bytes)
{
    static uint8_t frame[MAX_FRAME];
    struct bulk flows[MAX_FLOWS];
    struct writer w = create(path, r);
    unsigned count = pick_flows(r, &w, flows, wanted);
    if (count != wanted)
        die("not enough established connections in the recording");
    uint64_t us = r->frames[r->count - 1].us;
    uint32_t state = 2463534242u, open = count;
    for (unsigned i = 0; i < count; i++) {
        flows[i].left = bytes / 0x4016 * 0x4016;
        flows[i].record_left = 0x4016;
    }
    while (open) {
        for (unsigned i = 0; i < count; i++) {
            struct bulk *b = &flows[i];
            if (!b->left)
                continue;
            for (int burst = 0; burst < 8 && b->left; burst++) {
                uint32_t n = b->left < MTU - IPV4 - TCP ? (uint32_t)b->left : MTU - IPV4 - TCP;
                fill_payload(frame + ETHERNET + IPV4 + TCP, n, b, &state);
                put_frame(&w, us += 11, frame, bulk_headers(frame, b, i, 0x10, n));
                b->server_seq += n;
                b->left -= n;
            }
            if (!b->left) {
                put_frame(&w, us += 11, frame, bulk_headers(frame, b, i, 0x14, 0));
                open--;
            }
        }
    }
    finish(&w);
}

/* The first whole connection of 8 to 14 frames in which the client says something: its frames. */
static unsigned pick_short(const struct recording *r, const struct frame *frames[SHORT_MOST])
{
    for (size_t i = 0; i < r->count; i++) {
        struct view syn = look(&r->frames[i]);
        unsigned n = 0, ends = 0;
        bool said = false;
        if (syn.flags != 2)
            continue;
        for (size_t j = i; j < r->count && n <= SHORT_MOST; j++) {
            struct view v = look(&r->frames[j]);
            bool forth = v.from == syn.from && v.to == syn.to;
            if ((!forth && !(v.from == syn.to && v.to == syn.from)) ||
                r->frames[j].us > r->frames[i].us + 2000000)
                continue;
            if (n == SHORT_MOST || (n != 0 && forth && v.flags == 2)) {
                n = SHORT_MOST + 1;
                break;
            }
            frames[n++] = &r->frames[j];
            said = said || (forth && v.size != 0);
            ends += v.flags & 4 ? 2 : v.flags & 1;
        }
        if (n >= SHORT_LEAST && n <= SHORT_MOST && said && ends >= 2)
            return n;
    }
    die("no short connection in the recording");
    return 0;
}

static void make_c(const struct recording *r, const char *path, unsigned long count)
{
    enum { WOVEN = 64, PORTS = 50 };
    static uint8_t frame[MAX_FRAME];
    const struct frame *frames[SHORT_MOST];
    unsigned n = pick_short(r, frames);
    struct writer w = create(path, r);
    uint64_t us = r->frames[0].us;
    for (unsigned long first = 0; first < count; first += WOVEN)
        for (unsigned k = 0; k < n; k++)
            for (unsigned long i = first; i < count && i < first + WOVEN; i++) {
                readdress(frames[k], 0, frame);
                uint8_t *ip = frame + ETHERNET, *tcp = ip + (ip[0] & 15) * 4;
                bool server_sends = be16(tcp) == 443;
                put32(ip + (server_sends ? 16 : 12), 0x0A000000u + (uint32_t)(i / PORTS) + 1);
                put16(tcp + (server_sends ? 2 : 0), (uint32_t)(20000 + i % PORTS));
                seal(ip, be16(ip + 2));
                put_frame(&w, us += 3, frame, frames[k]->size);
            }
    finish(&w);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "c") == 0) {
        struct recording r = load(argv[2]);
        make_c(&r, argv[3], strtoul(argv[4], NULL, 10));
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "a") == 0) {
        unsigned long copies = strtoul(argv[4], NULL, 10);
        struct recording r = load(argv[2]);
        if (copies < 1 || copies > MAX_COPIES)
            die("1 to 200 copies");
        make_a(&r, argv[3], (unsigned)copies);
        return 0;
    }
    if (argc == 6 && strcmp(argv[1], "b") == 0) {
        unsigned long flows = strtoul(argv[4], NULL, 10);
        struct recording r = load(argv[2]);
        if (flows < 1 || flows > MAX_FLOWS)
            die("1 to 64 flows");
        make_b(&r, argv[3], (unsigned)flows, strtoull(argv[5], NULL, 10));
        return 0;
    }
    fprintf(stderr, "usage: gen_traces a IN OUT COPIES | gen_traces b IN OUT FLOWS BYTES | "
                    "gen_traces c IN OUT COUNT\n");
    return 2;
}
