/* Zip archives made in a test: stored and deflated members, with whatever a test says of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_ZIP_BUILDER_H
#define AK_TESTS_SUPPORT_ZIP_BUILDER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

struct zip_file {
    const char *name;
    const void *bytes;
    size_t size;
    unsigned flags;  /* 1: encrypted, 0x800: the name is UTF-8 */
    unsigned method; /* 0 stored, 8 deflated; others are written as if stored */
    uint64_t claims; /* its size as the directory tells; 0: the truth */
    uint32_t spoils; /* xored to its checksum */
    bool zip64;      /* its sizes stand in a zip64 field */
};

struct zip_bytes {
    uint8_t at[128 * 1024];
    size_t size;
};

static inline void zip_put(struct zip_bytes *z, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width && z->size < sizeof z->at; i++)
        z->at[z->size++] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
}

static inline void zip_copy(struct zip_bytes *z, const void *bytes, size_t size)
{
    if (size > sizeof z->at - z->size)
        abort();
    memcpy(z->at + z->size, bytes, size);
    z->size += size;
}

static inline size_t zip_pack(const struct zip_file *f, uint8_t *out, size_t room)
{
    z_stream s;
    memset(&s, 0, sizeof s);
    if (deflateInit2(&s, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    s.next_in = (Bytef *)(uintptr_t)f->bytes;
    s.avail_in = (uInt)f->size;
    s.next_out = out;
    s.avail_out = (uInt)room;
    if (deflate(&s, Z_FINISH) != Z_STREAM_END)
        abort();
    (void)deflateEnd(&s);
    return s.total_out;
}

/* What the header before a member and its entry in the directory have in common. */
static inline void zip_common(struct zip_bytes *z, const struct zip_file *f, size_t packed)
{
    uint64_t size = f->claims != 0 ? f->claims : f->size;
    uint32_t crc = (uint32_t)crc32(0, f->bytes, (uInt)f->size) ^ f->spoils;
    zip_put(z, f->flags, 2);
    zip_put(z, f->method, 2);
    zip_put(z, 0x00210000, 4); /* 1980-01-01 */
    zip_put(z, crc, 4);
    zip_put(z, f->zip64 ? UINT32_MAX : packed, 4);
    zip_put(z, f->zip64 ? UINT32_MAX : size, 4);
    zip_put(z, strlen(f->name), 2);
    zip_put(z, f->zip64 ? 20 : 0, 2);
}

static inline void zip_extra(struct zip_bytes *z, const struct zip_file *f, size_t packed)
{
    if (!f->zip64)
        return;
    zip_put(z, 1, 2);
    zip_put(z, 16, 2);
    zip_put(z, f->claims != 0 ? f->claims : f->size, 8);
    zip_put(z, packed, 8);
}

static inline void zip_end(struct zip_bytes *z, size_t count, size_t start, bool zip64)
{
    size_t end = z->size;
    if (zip64) {
        zip_copy(z, "PK\6\6", 4);
        zip_put(z, 44, 8);
        zip_put(z, 45 << 16 | 45, 4);
        zip_put(z, 0, 8);
        zip_put(z, count, 8);
        zip_put(z, count, 8);
        zip_put(z, end - start, 8);
        zip_put(z, start, 8);
        zip_copy(z, "PK\6\7\0\0\0\0", 8);
        zip_put(z, end, 8);
        zip_put(z, 1, 4);
    }
    zip_copy(z, "PK\5\6\0\0\0\0", 8);
    zip_put(z, zip64 ? 0xffff : count, 2);
    zip_put(z, zip64 ? 0xffff : count, 2);
    zip_put(z, zip64 ? UINT32_MAX : end - start, 4);
    zip_put(z, zip64 ? UINT32_MAX : start, 4);
    zip_put(z, 0, 2);
}

static inline void zip_build(struct zip_bytes *z, const struct zip_file *files, size_t count)
{
    static uint8_t packed[64 * 1024];
    size_t sizes[32], at[32];
    bool zip64 = false;
    z->size = 0;
    for (size_t i = 0; i < count; i++) {
        const struct zip_file *f = &files[i];
        const void *bytes = f->method == 8 ? packed : f->bytes;
        zip64 = zip64 || f->zip64;
        sizes[i] = f->method == 8 ? zip_pack(f, packed, sizeof packed) : f->size;
        at[i] = z->size;
        zip_copy(z, "PK\3\4\55\0", 6);
        zip_common(z, f, sizes[i]);
        zip_copy(z, f->name, strlen(f->name));
        zip_extra(z, f, sizes[i]);
        zip_copy(z, bytes, sizes[i]);
    }
    size_t start = z->size;
    for (size_t i = 0; i < count; i++) {
        zip_copy(z, "PK\1\2\55\0\55\0", 8);
        zip_common(z, &files[i], sizes[i]);
        zip_put(z, 0, 10);
        zip_put(z, at[i], 4);
        zip_copy(z, files[i].name, strlen(files[i].name));
        zip_extra(z, &files[i], sizes[i]);
    }
    zip_end(z, count, start, zip64);
}

#endif
