/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_capture.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/pcapng_write.h"
#include "os/replacement.h"

#include "base/banned.h"

enum {
    BLOCKS_MAXIMUM = 64 * 1024 * 1024,
    FLUSH = 1024 * 1024, /* a ladder's connections: they may yet turn out to have been in vain */
    OPEN_AT_ONCE = 512,  /* above --concurrency and the ladders together */
    RAW_IP = 101
};

struct entry {
    uint64_t number;
    size_t size;
};

struct ak_check_capture {
    struct ak_replacement file;
    struct ak_text blocks;
    struct entry *entries; /* one a frame in `blocks` */
    size_t count, room;
    uint64_t open[OPEN_AT_ONCE];
    size_t open_count;
    bool all;
    struct ak_error error;
};

static bool is_open(const struct ak_check_capture *c, uint64_t number)
{
    for (size_t i = 0; i < c->open_count; i++)
        if (c->open[i] == number)
            return true;
    return false;
}

static void write_out(struct ak_check_capture *c, const char *bytes, size_t size)
{
    if (c->error.code == AK_ERR_NONE && size != 0)
        (void)ak_file_write(&c->file.file, bytes, size, &c->error);
}

/* From the oldest frame on, until one whose connection is still open. */
static void flush(struct ak_check_capture *c, const struct ak_check *check)
{
    size_t done = 0, at = 0;
    for (; done < c->count && !is_open(c, c->entries[done].number); done++) {
        const struct entry *e = &c->entries[done];
        if (c->all || ak_check_weight(check, e->number) != AK_WEIGHT_NONE)
            write_out(c, c->blocks.bytes + at, e->size);
        at += e->size;
    }
    if (done == 0)
        return;
    memmove(c->blocks.bytes, c->blocks.bytes + at, c->blocks.size - at);
    c->blocks.size -= at;
    memmove(c->entries, c->entries + done, (c->count - done) * sizeof *c->entries);
    c->count -= done;
}

static bool grow(struct ak_check_capture *c)
{
    enum { FIRST_ROOM = 256 };
    if (c->count < c->room)
        return true;
    size_t room = c->room != 0 ? c->room * 2 : FIRST_ROOM;
    struct entry *grown = ak_realloc(c->entries, room, sizeof *grown);
    if (grown == NULL)
        return false;
    c->entries = grown;
    c->room = room;
    return true;
}

struct ak_check_capture *ak_check_capture_new(const char *path, bool all, struct ak_error *error)
{
    struct ak_check_capture *c = ak_alloc(1, sizeof *c);
    if (c == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    ak_text_init(&c->blocks, BLOCKS_MAXIMUM);
    c->all = all;
    if (ak_replacement_open(&c->file, path, error) != AK_ERR_NONE) {
        ak_check_capture_free(c);
        return NULL;
    }
    ak_pcapng_section(&c->blocks, "akushu " AKUSHU_VERSION " check", false);
    ak_pcapng_interface(&c->blocks, RAW_IP);
    write_out(c, c->blocks.bytes, c->blocks.size);
    ak_text_clear(&c->blocks);
    return c;
}

void ak_check_capture_begin(struct ak_check_capture *c, uint64_t number)
{
    if (c->open_count < OPEN_AT_ONCE)
        c->open[c->open_count++] = number;
}

void ak_check_capture_end(struct ak_check_capture *c, const struct ak_check *check, uint64_t number)
{
    for (size_t i = 0; i < c->open_count; i++)
        if (c->open[i] == number)
            c->open[i] = c->open[--c->open_count];
    if (c->blocks.size > FLUSH)
        flush(c, check);
}

void ak_check_capture_frame(struct ak_check_capture *c, const struct ak_check *check,
                            uint64_t number, const struct ak_frame *frame)
{
    const size_t before = c->blocks.size;
    if (c->error.code != AK_ERR_NONE)
        return;
    if (!grow(c)) {
        (void)ak_error_set(&c->error, AK_ERR_MEMORY, "out of memory");
        return;
    }
    ak_pcapng_packet(&c->blocks, 0, frame, NULL);
    if (c->blocks.failed) {
        (void)ak_error_set(&c->error, AK_ERR_MEMORY, "out of memory");
        return;
    }
    c->entries[c->count].number = number;
    c->entries[c->count++].size = c->blocks.size - before;
    if (c->blocks.size > FLUSH)
        flush(c, check);
}

enum ak_err ak_check_capture_finish(struct ak_check_capture *c, const struct ak_check *check,
                                    struct ak_error *error)
{
    c->open_count = 0;
    flush(c, check);
    if (c->error.code == AK_ERR_NONE)
        (void)ak_replacement_finish(&c->file, &c->error);
    else
        ak_replacement_abandon(&c->file);
    *error = c->error;
    return c->error.code;
}

void ak_check_capture_free(struct ak_check_capture *c)
{
    if (c == NULL)
        return;
    ak_replacement_abandon(&c->file);
    ak_text_release(&c->blocks);
    ak_free(c->entries);
    ak_free(c);
}
