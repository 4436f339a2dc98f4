/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/regf_log.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "codec/regf.h"

#include "base/banned.h"

/* log    base block (512; type 1 or 2: old, 6: new), then
 * old    "DIRT" a bit for each 512 bytes of the bins; from the next sector on the pages whose bit
 *        is set, one behind the other
 * new    at multiples of 512: "HvLE" size(4) flags(4) sequence(4) bins(4) pages(4) hash1(8)
 *        hash2(8) { offset(4) size(4) }* pages. hash1: from byte 40 on; hash2: the first 32 bytes
 */

enum { SECTOR = 512, ENTRY_HEAD = 40, HASHED_HEAD = 32, TYPE_NEW = 6, GROWTH = 256 * 1024 };

/* ---- Marvin32 ---- */

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void mix(uint32_t *low, uint32_t *high, uint32_t word)
{
    *low += word;
    *high ^= *low;
    *low = rotl(*low, 20) + *high;
    *high = rotl(*high, 9) ^ *low;
    *low = rotl(*low, 27) + *high;
    *high = rotl(*high, 19);
}

uint64_t ak_regf_log_hash(struct ak_span bytes)
{
    /* The specification prints the seed's bytes; the number is what counts. */
    uint32_t low = UINT32_C(0x7a4e55c5), high = UINT32_C(0x82ef4d88);
    uint32_t last = 0x80;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    while (r.left >= 4)
        mix(&low, &high, ak_read_le32(&r, "word"));
    for (size_t i = r.left; i > 0; i--)
        last = last << 8 | bytes.bytes[bytes.size - r.left + i - 1];
    mix(&low, &high, last);
    mix(&low, &high, 0);
    return low | (uint64_t)high << 32;
}

/* ---- what is applied ---- */

struct replay {
    struct ak_span hive;
    struct ak_regf_base base; /* of the hive; of a log when the hive's is bad */
    bool base_good;
    size_t most;     /* bytes that the image may grow to */
    uint8_t **given; /* the hive's bytes, that the image may be made of; or NULL */
    struct ak_regf_replay *out;
    size_t room;
    bool lacks_memory;
};

struct log {
    struct ak_span bytes;
    struct ak_regf_base base;
    bool old;
    uint32_t first; /* new logs: sequence number of the first entry */
};

static struct ak_span part(struct ak_span whole, size_t offset, size_t size)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(whole.bytes, whole.size, &parse);
    ak_read_skip(&r, offset, "offset");
    return ak_read_span(&r, size, "part");
}

static bool begins(struct ak_span whole, size_t offset, const char *signature)
{
    struct ak_span found = part(whole, offset, 4);
    return found.size == 4 && memcmp(found.bytes, signature, 4) == 0;
}

/* The image with room for bins of this size, zeros where the hive has none. */
static bool need(struct replay *replay, size_t bins)
{
    struct ak_regf_replay *out = replay->out;
    size_t size = AK_REGF_HEADER + bins;
    size = size > replay->hive.size ? size : replay->hive.size;
    if (out->image != NULL && size <= out->size)
        return true;
    if (size > replay->room) {
        /* Half as much again: entries grow a hive page by page. */
        size_t room = size + (out->image != NULL ? size / 2 : 0);
        bool begin = out->image == NULL, copy = begin && replay->given == NULL;
        uint8_t *image = begin && !copy ? *replay->given : out->image;
        if (copy || room > replay->hive.size || !begin)
            image = ak_realloc(image, room, 1);
        replay->lacks_memory = image == NULL;
        if (image == NULL)
            return false;
        if (copy && replay->hive.size != 0)
            memcpy(image, replay->hive.bytes, replay->hive.size);
        else if (begin && !copy)
            *replay->given = NULL;
        out->size = out->image == NULL ? replay->hive.size : out->size;
        out->image = image;
        replay->room = room;
    }
    memset(out->image + out->size, 0, size - out->size);
    out->size = size;
    return true;
}

static void put_le32(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

/* The base block of a clean hive. A bad one is made anew from a log's. */
static void finish_base(struct replay *replay, const struct log *source, uint32_t sequence,
                        uint32_t bins)
{
    uint8_t *image = replay->out->image;
    uint32_t sum = 0;
    if (!replay->base_good) {
        memcpy(image, source->bytes.bytes, AK_REGF_BASE);
        put_le32(image + 28, 0); /* a hive, no log */
    }
    put_le32(image + 4, sequence);
    put_le32(image + 8, sequence);
    put_le32(image + 40, bins);
    for (size_t i = 0; i < AK_REGF_BASE - 4; i += 4)
        sum ^= ak_le32(image + i);
    put_le32(image + AK_REGF_BASE - 4, sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum);
}

/* ---- new logs ---- */

struct entry {
    uint32_t sequence, bins, pages;
    struct ak_span references, data;
};

/* The next entry, when it is whole and its hashes are right. */
static bool next_entry(struct ak_reader *r, struct entry *entry)
{
    struct ak_parse parse;
    struct ak_span rest = ak_reader_rest(r);
    if (!begins(rest, 0, "HvLE"))
        return false;
    struct ak_reader head = ak_reader_of(rest.bytes, rest.size, &parse);
    ak_read_skip(&head, 4, "signature");
    size_t size = ak_read_le32(&head, "size");
    ak_read_skip(&head, 4, "flags");
    entry->sequence = ak_read_le32(&head, "sequence number");
    entry->bins = ak_read_le32(&head, "size of bins");
    entry->pages = ak_read_le32(&head, "number of pages");
    uint64_t hash1 = ak_read_le32(&head, "hash of the pages");
    hash1 |= (uint64_t)ak_read_le32(&head, "hash of the pages") << 32;
    uint64_t hash2 = ak_read_le32(&head, "hash of the head");
    hash2 |= (uint64_t)ak_read_le32(&head, "hash of the head") << 32;
    if (!ak_reader_ok(&head) || size < ENTRY_HEAD || size > rest.size || size % SECTOR != 0 ||
        entry->pages > (size - ENTRY_HEAD) / 8)
        return false;
    struct ak_span body = part(rest, ENTRY_HEAD, size - ENTRY_HEAD);
    if (ak_regf_log_hash(part(rest, 0, HASHED_HEAD)) != hash2 || ak_regf_log_hash(body) != hash1)
        return false;
    entry->references = part(body, 0, (size_t)entry->pages * 8);
    entry->data = part(body, entry->references.size, body.size - entry->references.size);
    ak_read_skip(r, size, "entry");
    return true;
}

/* Whether every page lies in the bins and is there; with `image` they are also written. */
static bool pages(const struct entry *entry, uint8_t *image)
{
    struct ak_parse parse, data_parse;
    struct ak_reader r = ak_reader_of(entry->references.bytes, entry->references.size, &parse);
    struct ak_reader data = ak_reader_of(entry->data.bytes, entry->data.size, &data_parse);
    for (uint32_t i = 0; i < entry->pages; i++) {
        uint32_t offset = ak_read_le32(&r, "offset"), size = ak_read_le32(&r, "size");
        struct ak_span page = ak_read_span(&data, size, "page");
        if (offset > entry->bins || size > entry->bins - offset || !ak_reader_ok(&data))
            return false;
        if (image != NULL && page.size != 0)
            memcpy(image + AK_REGF_HEADER + offset, page.bytes, page.size);
    }
    return true;
}

static bool apply_entry(struct replay *replay, const struct entry *entry)
{
    if (entry->bins > replay->most - AK_REGF_HEADER || !pages(entry, NULL) ||
        !need(replay, entry->bins))
        return false;
    (void)pages(entry, replay->out->image);
    replay->out->entries++;
    replay->out->pages += entry->pages;
    return true;
}

/* Logs in the order of their first entries; what one ends with, the next goes on from. */
static void sort_logs(struct log *logs, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && logs[k].first < logs[k - 1].first; k--) {
            struct log swap = logs[k];
            logs[k] = logs[k - 1];
            logs[k - 1] = swap;
        }
}

/* With a bad base block nothing tells which entries are stale: the run that ends with the newest
 * log is taken, from its beginning. */
static uint32_t floor_without_base(const struct log *logs, size_t count)
{
    size_t at = count - 1;
    for (; at > 0; at--) {
        struct ak_reader r;
        struct ak_parse parse;
        struct entry entry = {0};
        r = ak_reader_of(logs[at - 1].bytes.bytes, logs[at - 1].bytes.size, &parse);
        ak_read_skip(&r, SECTOR, "base block");
        while (next_entry(&r, &entry))
            continue;
        if (entry.sequence + 1 != logs[at].first)
            break;
    }
    return logs[at].first;
}

static void apply_new(struct replay *replay, struct log *logs, size_t count)
{
    struct entry entry, last = {0};
    sort_logs(logs, count);
    uint32_t floor = replay->base_good ? replay->base.secondary : floor_without_base(logs, count);
    for (size_t i = 0; i < count; i++) {
        struct ak_parse parse;
        struct ak_reader r = ak_reader_of(logs[i].bytes.bytes, logs[i].bytes.size, &parse);
        ak_read_skip(&r, SECTOR, "base block");
        while (next_entry(&r, &entry)) {
            if (replay->out->entries == 0 &&
                (entry.sequence < logs[i].base.primary || entry.sequence < floor))
                continue; /* applied before, or left over from an older use of the file */
            if (replay->out->entries != 0 && entry.sequence != last.sequence + 1)
                break;
            if (!apply_entry(replay, &entry))
                break;
            last = entry;
        }
    }
    if (replay->out->entries != 0)
        finish_base(replay, &logs[count - 1], last.sequence, last.bins);
}

/* ---- old logs ---- */

struct dirty_pages {
    struct ak_span bits, pages;
    uint32_t bins, count;
};

static bool bit_set(const struct dirty_pages *dirty, uint32_t page)
{
    return (dirty->bits.bytes[page / 8] >> (page % 8) & 1) != 0;
}

static bool find_dirty_pages(const struct log *log, struct dirty_pages *dirty)
{
    dirty->bins = log->base.bins;
    size_t bytes = dirty->bins / SECTOR / 8;
    dirty->bits = part(log->bytes, SECTOR + 4, bytes);
    dirty->count = 0;
    /* Bins are pages of 4096 bytes: eight sectors, so that the vector has no odd bits. */
    if (bytes == 0 || dirty->bins % (8 * SECTOR) != 0 || dirty->bits.size != bytes)
        return false;
    for (uint32_t page = 0; page < bytes * 8; page++)
        dirty->count += bit_set(dirty, page);
    size_t start = (SECTOR + 4 + bytes + SECTOR - 1) / SECTOR * SECTOR;
    dirty->pages = part(log->bytes, start, (size_t)dirty->count * SECTOR);
    return dirty->count != 0 && dirty->pages.size == (size_t)dirty->count * SECTOR;
}

/* A bin that begins in a dirty page says where it stands. */
static bool pages_fit(const struct dirty_pages *dirty)
{
    size_t at = 0;
    for (uint32_t page = 0; page < dirty->bins / SECTOR; page++) {
        if (!bit_set(dirty, page))
            continue;
        struct ak_span bytes = part(dirty->pages, at, SECTOR);
        if (page % 8 == 0 && begins(bytes, 0, "hbin") && ak_le32(bytes.bytes + 4) != page * SECTOR)
            return false;
        at += SECTOR;
    }
    return true;
}

/* An old log is for the hive's last write: its time says so. Where the base block is bad, that of
 * the first bin, or what is left of the base block's, must do. */
static bool same_time(const struct replay *replay, const struct log *log)
{
    struct ak_span first = part(replay->hive, AK_REGF_HEADER + 20, 8);
    if (log->base.file_time == replay->base.file_time)
        return true;
    return !replay->base_good && first.size == 8 &&
           (ak_le32(first.bytes) | (uint64_t)ak_le32(first.bytes + 4) << 32) == log->base.file_time;
}

static bool apply_old(struct replay *replay, const struct log *log)
{
    struct dirty_pages dirty;
    if (log->base.primary != log->base.secondary || !same_time(replay, log) ||
        log->base.bins > replay->most - AK_REGF_HEADER || !find_dirty_pages(log, &dirty) ||
        !pages_fit(&dirty) || !need(replay, dirty.bins))
        return false;
    size_t at = 0;
    for (uint32_t page = 0; page < dirty.bins / SECTOR; page++)
        if (bit_set(&dirty, page)) {
            struct ak_span bytes = part(dirty.pages, at, SECTOR);
            memcpy(replay->out->image + AK_REGF_HEADER + (size_t)page * SECTOR, bytes.bytes,
                   SECTOR);
            at += SECTOR;
        }
    replay->out->entries = 1;
    replay->out->pages = dirty.count;
    finish_base(replay, log, log->base.primary, dirty.bins);
    return true;
}

/* ---- all logs of a hive ---- */

static bool open_log(struct ak_span bytes, struct log *log)
{
    struct ak_parse parse;
    struct ak_reader r;
    struct entry entry;
    log->bytes = bytes;
    if (ak_regf_base_parse(bytes, &log->base, &parse) != AK_VERDICT_PARSED ||
        !log->base.checksum_good)
        return false;
    log->old = begins(bytes, SECTOR, "DIRT");
    if (log->old)
        return log->base.type != TYPE_NEW;
    r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    ak_read_skip(&r, SECTOR, "base block");
    if (log->base.type != TYPE_NEW || !next_entry(&r, &entry))
        return false;
    log->first = entry.sequence;
    return true;
}

static bool same_bytes(struct ak_span a, struct ak_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* Logs carry the id and the name of their hive. A bad base block has nothing to compare. */
static bool belongs(const struct replay *replay, const struct log *log)
{
    return !replay->base_good || (same_bytes(replay->base.id, log->base.id) &&
                                  same_bytes(replay->base.file_name, log->base.file_name));
}

static void apply_all(struct replay *replay, const struct ak_span *spans, size_t count)
{
    enum { MOST = 8 }; /* Windows writes two; an old copy may lie beside them */
    struct log logs[MOST];
    size_t fresh = 0;
    for (size_t i = 0; i < count && fresh < MOST; i++) {
        struct log log = {{NULL, 0}, {0}, false, 0};
        if (!open_log(spans[i], &log) || !belongs(replay, &log))
            continue;
        if (!log.old)
            logs[fresh++] = log;
        else if (apply_old(replay, &log))
            return;
    }
    if (fresh != 0)
        apply_new(replay, logs, fresh);
}

/* No honest log makes the hive larger than by what it holds, but for room to grow: Windows
 * lengthens the file of a hive by up to 256 KiB at a time. */
static size_t most_bytes(struct ak_span hive, const struct ak_span *logs, size_t count)
{
    size_t most = (hive.size > AK_REGF_HEADER ? hive.size : AK_REGF_HEADER) + GROWTH;
    for (size_t i = 0; i < count && most < AK_MAX_REGISTRY_HIVE; i++)
        most += logs[i].size < AK_MAX_REGISTRY_HIVE ? logs[i].size : AK_MAX_REGISTRY_HIVE;
    return most < AK_MAX_REGISTRY_HIVE ? most : AK_MAX_REGISTRY_HIVE;
}

static enum ak_err replay_all(struct ak_span hive, uint8_t **given, const struct ak_span *logs,
                              size_t count, struct ak_regf_replay *out, struct ak_error *error)
{
    struct replay replay = {.hive = hive, .out = out, .given = given};
    struct ak_parse parse;
    memset(out, 0, sizeof *out);
    bool parsed = ak_regf_base_parse(hive, &replay.base, &parse) == AK_VERDICT_PARSED;
    if (!parsed && !begins(hive, AK_REGF_HEADER, "hbin"))
        return AK_ERR_NONE;
    replay.base_good = parsed && replay.base.checksum_good;
    out->dirty = !replay.base_good || replay.base.primary != replay.base.secondary;
    if (!out->dirty || hive.size > AK_MAX_REGISTRY_HIVE)
        return AK_ERR_NONE;
    replay.most = most_bytes(hive, logs, count);
    apply_all(&replay, logs, count);
    if (replay.lacks_memory) {
        ak_free(out->image);
        out->image = NULL;
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    }
    return AK_ERR_NONE;
}

enum ak_err ak_regf_log_replay(struct ak_span hive, const struct ak_span *logs, size_t count,
                               struct ak_regf_replay *out, struct ak_error *error)
{
    return replay_all(hive, NULL, logs, count, out, error);
}

enum ak_err ak_regf_log_replay_take(uint8_t **hive, size_t size, const struct ak_span *logs,
                                    size_t count, struct ak_regf_replay *out,
                                    struct ak_error *error)
{
    struct ak_span span = {*hive, size};
    return replay_all(span, hive, logs, count, out, error);
}
