/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/input.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "os/file.h"
#include "os/file_map.h"

#include "base/banned.h"

enum packing { PACKING_UNKNOWN, PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct ak_input {
    struct ak_file file;
    struct ak_zip_stream *member; /* NULL: the file counts */
    enum packing packing;
    struct ak_file_map *map; /* of what is shown instead of read; NULL: nothing is */
    bool map_tried, shown;
    uint64_t done;
    /* Packed bytes waiting to be used, and the first bytes of a plain file after sniffing. */
    uint8_t *waiting;
    size_t start, size;
    bool at_end;  /* of the file */
    bool between; /* a packed stream ended cleanly; another may follow */
    bool zlib_live;
    z_stream zlib;
    ZSTD_DStream *zstd;
};

static struct ak_input *new_input(struct ak_error *error)
{
    struct ak_input *in = ak_alloc(1, sizeof *in);
    if (in == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    in->file.handle = -1;
    in->waiting = ak_alloc(1, AK_READ_BLOCK);
    if (in->waiting == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        ak_input_close(in);
        return NULL;
    }
    return in;
}

struct ak_input *ak_input_open(const char *path, struct ak_error *error)
{
    struct ak_input *in = new_input(error);
    if (in == NULL || ak_file_open(&in->file, path, error) == AK_ERR_NONE)
        return in;
    ak_input_close(in);
    return NULL;
}

struct ak_input *ak_input_open_member(struct ak_zip *zip, size_t index, struct ak_error *error)
{
    struct ak_input *in = new_input(error);
    if (in == NULL)
        return NULL;
    in->member = ak_zip_stream_open(zip, index, error);
    if (in->member != NULL)
        return in;
    ak_input_close(in);
    return NULL;
}

void ak_input_close(struct ak_input *in)
{
    if (in == NULL)
        return;
    if (in->zlib_live)
        (void)inflateEnd(&in->zlib);
    (void)ZSTD_freeDStream(in->zstd);
    ak_zip_stream_close(in->member);
    ak_file_map_close(in->map);
    (void)ak_file_close(&in->file, NULL);
    ak_free(in->waiting);
    ak_free(in);
}

void ak_input_progress(const struct ak_input *in, uint64_t *done, uint64_t *size)
{
    *done = in->done;
    *size = in->file.size;
}

bool ak_input_packed(const struct ak_input *in)
{
    return in->member != NULL || in->packing == PACKING_GZIP || in->packing == PACKING_ZSTD;
}

static enum ak_err pull(struct ak_input *in, void *bytes, size_t room, size_t *size,
                        struct ak_error *error)
{
    enum ak_err err = in->member != NULL ? ak_zip_stream_read(in->member, bytes, room, size, error)
                                         : ak_file_read(&in->file, bytes, room, size, error);
    in->done += *size;
    return err;
}

static enum ak_err fill(struct ak_input *in, struct ak_error *error)
{
    size_t got;
    if (in->start != 0) {
        memmove(in->waiting, in->waiting + in->start, in->size);
        in->start = 0;
    }
    enum ak_err err = pull(in, in->waiting + in->size, AK_READ_BLOCK - in->size, &got, error);
    in->size += got;
    in->at_end = err == AK_ERR_NONE && got == 0;
    return err;
}

static enum ak_err start_gzip(struct ak_input *in, struct ak_error *error)
{
    if (inflateInit2(&in->zlib, 15 + 16) != Z_OK)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    in->zlib_live = true;
    in->packing = PACKING_GZIP;
    return AK_ERR_NONE;
}

static enum ak_err start_zstd(struct ak_input *in, struct ak_error *error)
{
    in->zstd = ZSTD_createDStream();
    /* 2^27 is zstd's own default limit: a hostile header cannot ask for more memory. */
    if (in->zstd == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, 27)))
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    in->packing = PACKING_ZSTD;
    return AK_ERR_NONE;
}

static enum ak_err sniff(struct ak_input *in, struct ak_error *error)
{
    while (in->size < 4 && !in->at_end) {
        enum ak_err err = fill(in, error);
        if (err != AK_ERR_NONE)
            return err;
    }
    const uint8_t *p = in->waiting;
    if (in->size >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return start_gzip(in, error);
    if (in->size >= 4 && p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd)
        return start_zstd(in, error);
    in->packing = PACKING_NONE;
    return AK_ERR_NONE;
}

static enum ak_err read_plain(struct ak_input *in, void *bytes, size_t room, size_t *size,
                              struct ak_error *error)
{
    if (in->size != 0) {
        size_t n = in->size < room ? in->size : room;
        memcpy(bytes, in->waiting + in->start, n);
        in->start += n;
        in->size -= n;
        *size = n;
        return AK_ERR_NONE;
    }
    return pull(in, bytes, room, size, error);
}

static void try_map(struct ak_input *in)
{
    if (in->packing != PACKING_NONE || in->member != NULL || in->map_tried)
        return;
    in->map_tried = true;
    in->map = ak_file_map_open(&in->file);
}

enum ak_err ak_input_show(struct ak_input *in, uint64_t offset, const uint8_t **bytes, size_t *size,
                          struct ak_error *error)
{
    *size = 0;
    try_map(in);
    if (in->map == NULL)
        return AK_ERR_NONE;
    if (ak_file_map_show(in->map, offset, bytes, size)) {
        in->start = in->size = 0;
        in->shown = true;
        in->done = offset + *size;
        return AK_ERR_NONE;
    }
    bool torn = ak_file_map_torn(in->map);
    ak_file_map_close(in->map);
    in->map = NULL;
    if (!in->shown)
        return AK_ERR_NONE;
    in->done = offset;
    enum ak_err err = ak_file_seek(&in->file, offset, error);
    if (err == AK_ERR_NONE && torn)
        return ak_error_set(error, AK_ERR_READ, "the file changed while it was read");
    return err;
}

static enum ak_err packed_end(const struct ak_input *in, struct ak_error *error)
{
    if (in->between)
        return AK_ERR_NONE;
    (void)ak_error_set(error, AK_ERR_FORMAT, "the compressed data end early");
    if (error != NULL)
        error->offset = in->done;
    return AK_ERR_FORMAT;
}

static enum ak_err damaged(const struct ak_input *in, struct ak_error *error)
{
    (void)ak_error_set(error, AK_ERR_FORMAT, "the compressed data are damaged");
    if (error != NULL)
        error->offset = in->done - in->size;
    return AK_ERR_FORMAT;
}

static enum ak_err unpack_gzip(struct ak_input *in, void *bytes, size_t room, size_t *size,
                               struct ak_error *error)
{
    if (in->between) { /* another member (RFC 1952 2.2); anything else after one is padding */
        if (in->waiting[in->start] != 0x1f) {
            in->size = 0;
            return AK_ERR_NONE;
        }
        (void)inflateReset2(&in->zlib, 15 + 16);
        in->between = false;
    }
    in->zlib.next_in = in->waiting + in->start;
    in->zlib.avail_in = (uInt)in->size;
    in->zlib.next_out = bytes;
    in->zlib.avail_out = (uInt)room;
    int result = inflate(&in->zlib, Z_NO_FLUSH);
    in->start += in->size - in->zlib.avail_in;
    in->size = in->zlib.avail_in;
    *size = room - in->zlib.avail_out;
    if (result == Z_STREAM_END)
        in->between = true;
    else if (result != Z_OK && result != Z_BUF_ERROR && *size == 0)
        return damaged(in, error);
    return AK_ERR_NONE;
}

static enum ak_err unpack_zstd(struct ak_input *in, void *bytes, size_t room, size_t *size,
                               struct ak_error *error)
{
    ZSTD_inBuffer from = {in->waiting + in->start, in->size, 0};
    ZSTD_outBuffer to = {bytes, room, 0};
    size_t left = ZSTD_decompressStream(in->zstd, &to, &from);
    if (ZSTD_isError(left))
        return damaged(in, error);
    in->start += from.pos;
    in->size -= from.pos;
    in->between = left == 0;
    *size = to.pos;
    return AK_ERR_NONE;
}

enum ak_err ak_input_read(struct ak_input *in, void *bytes, size_t room, size_t *size,
                          struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    *size = 0;
    if (in->packing == PACKING_UNKNOWN)
        err = sniff(in, error);
    if (err == AK_ERR_NONE && in->packing == PACKING_NONE)
        return read_plain(in, bytes, room, size, error);
    while (err == AK_ERR_NONE && *size == 0) {
        if (in->size == 0 && !in->at_end)
            err = fill(in, error);
        if (err != AK_ERR_NONE)
            return err;
        size_t before = in->size;
        if (in->packing == PACKING_GZIP && (in->size != 0 || !in->between))
            err = unpack_gzip(in, bytes, room, size, error);
        else if (in->packing == PACKING_ZSTD && (in->size != 0 || !in->between))
            err = unpack_zstd(in, bytes, room, size, error);
        if (err == AK_ERR_NONE && *size == 0 && in->at_end && in->size == before)
            return packed_end(in, error);
    }
    return err;
}
