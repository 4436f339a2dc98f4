/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/ahead.h"

#include <string.h>

#include "base/alloc.h"
#include "os/thread.h"
#include "trace/incoming.h"

#include "base/banned.h"

/*  reader --filled--> cutter --batches--> trace
 *     ^---free--------------------------------'   blocks
 *                       ^-------spare---------'   batches
 *                       ^-------go_on---------'
 *
 * Both kinds are few, so nobody runs far ahead and what is handed over is still in a cache. Frames
 * point into blocks: a block goes back to the reader when the trace has taken the last batch with
 * frames of it. */
enum { BLOCKS = 8, BATCHES = 8, FRAMES = 512, FRONT = AK_INTAKE_WINDOW - AK_READ_BLOCK };

/* Rest of the window beside which a frame of ordinary size is only found when more is read. */
enum { SHORT_OF_FRAME = 65536 + 64 };

struct block {
    uint8_t *bytes; /* FRONT for what was left of the one before, then a block of the file */
    size_t size;
    enum ak_err err;
    struct ak_error error;
    uint64_t done, total; /* of the file */
};

struct batch {
    struct ak_frame frames[FRAMES];
    struct ak_incoming looked[FRAMES];
    size_t count;
    struct block *used_up; /* behind whose last frame the trace is now */
    bool callers_step;
};

struct ak_ahead {
    struct ak_intake *intake;
    struct ak_input *input; /* the reader's, or the cutter's when there is none */
    struct ak_reading *r;   /* the cutter's, or the caller's while the cutter rests */
    const char *path;
    struct block blocks[BLOCKS];
    struct batch *batches;
    struct block *current; /* where the window is; NULL: in the intake's own */
    struct ak_queue *free, *filled, *out, *spare, *go_on;
    struct ak_thread *reader, *cutter;
    size_t left_out; /* of the memory that is counted */
};

static void fill_block(struct ak_ahead *a, struct block *block)
{
    block->size = 0;
    block->err =
        ak_input_read(a->input, block->bytes + FRONT, AK_READ_BLOCK, &block->size, &block->error);
    ak_input_progress(a->input, &block->done, &block->total);
}

static void read_blocks(void *context)
{
    struct ak_ahead *a = context;
    struct block *block;
    bool more = true;
    while (more && (block = ak_queue_take(a->free)) != NULL) {
        fill_block(a, block);
        more = block->err == AK_ERR_NONE && block->size != 0;
        ak_queue_put(a->filled, block);
    }
}

/* Goes on to the next block; what is left of the window is put in front of it. */
static enum ak_err next_block(struct ak_ahead *a, struct block **used_up, struct ak_error *error)
{
    struct ak_reading *r = a->r;
    struct block *block = ak_queue_take(a->reader != NULL ? a->filled : a->free);
    AK_BUG_ON(r->size > FRONT);
    *used_up = NULL;
    if (block == NULL) { /* stopped */
        r->at_end = true;
        return AK_ERR_NONE;
    }
    if (a->reader == NULL)
        fill_block(a, block);
    uint8_t *front = block->bytes + FRONT - r->size;
    memcpy(front, r->window + r->start, r->size);
    r->window = front;
    r->start = 0;
    r->size += block->size;
    r->at_end = block->err != AK_ERR_NONE || block->size == 0;
    if (block->err != AK_ERR_NONE)
        *error = block->error;
    *used_up = a->current;
    a->current = block;
    return block->err;
}

/* Plain frames, as many as follow each other. */
static void cut(struct ak_ahead *a, struct batch *batch)
{
    struct ak_reading *r = a->r;
    size_t used;
    batch->used_up = NULL;
    batch->callers_step = false;
    batch->count = ak_capture_file_frames(&r->file, r->window + r->start, r->size, &used,
                                          batch->frames, FRAMES);
    if (batch->count != 0) {
        r->start += used;
        r->size -= used;
        ak_trace_look(a->intake->trace, batch->frames, batch->count, batch->looked);
    } else if (r->at_end || r->size >= SHORT_OF_FRAME ||
               (r->err = next_block(a, &batch->used_up, &r->error)) != AK_ERR_NONE) {
        batch->callers_step = true;
    }
}

static void cut_frames(void *context)
{
    struct ak_ahead *a = context;
    struct batch *batch;
    while ((batch = ak_queue_take(a->spare)) != NULL) {
        cut(a, batch);
        bool rest = batch->callers_step;
        ak_queue_put(a->out, batch);
        if (rest && ak_queue_take(a->go_on) == NULL)
            return;
    }
}

/* ---- the trace's side ---- */

static bool make_queues(struct ak_ahead *a)
{
    a->free = ak_queue_new();
    a->filled = ak_queue_new();
    a->out = ak_queue_new();
    a->spare = ak_queue_new();
    a->go_on = ak_queue_new();
    return a->free != NULL && a->filled != NULL && a->out != NULL && a->spare != NULL &&
           a->go_on != NULL;
}

static bool make_room(struct ak_ahead *a)
{
    a->batches = ak_alloc(BATCHES, sizeof *a->batches);
    for (int i = 0; i < BLOCKS && a->batches != NULL; i++) {
        a->blocks[i].bytes = ak_alloc(1, AK_INTAKE_WINDOW);
        if (a->blocks[i].bytes == NULL)
            return false;
    }
    return a->batches != NULL;
}

void ak_ahead_stop(struct ak_ahead *a)
{
    if (a == NULL)
        return;
    struct ak_queue *const queues[] = {a->free, a->filled, a->out, a->spare, a->go_on};
    for (size_t i = 0; i < AK_COUNT(queues); i++)
        if (queues[i] != NULL)
            ak_queue_close(queues[i]);
    ak_thread_join(a->cutter);
    ak_thread_join(a->reader);
    ak_memory_count_again(a->left_out);
    for (size_t i = 0; i < AK_COUNT(queues); i++)
        ak_queue_free(queues[i]);
    for (int i = 0; i < BLOCKS; i++)
        ak_free(a->blocks[i].bytes);
    ak_free(a->batches);
    ak_free(a);
}

struct ak_ahead *ak_ahead_start(struct ak_intake *intake, struct ak_reading *reading,
                                const char *path)
{
    uint64_t done, total; /* of a pipe unknown: what waits for one cannot be stopped */
    ak_input_progress(reading->input, &done, &total);
    size_t before = ak_memory_used();
    struct ak_ahead *a = intake->threads > 1 && total != 0 ? ak_alloc(1, sizeof *a) : NULL;
    if (a == NULL)
        return NULL;
    a->intake = intake;
    a->input = reading->input;
    a->r = reading;
    a->path = path;
    if (make_queues(a) && make_room(a))
        a->cutter = ak_thread_start(cut_frames, a); /* waits for a batch */
    if (a->cutter == NULL) {
        ak_ahead_stop(a);
        return NULL;
    }
    for (int i = 0; i < BLOCKS; i++)
        ak_queue_put(a->free, &a->blocks[i]);
    if (intake->threads > 2 && ak_input_packed(a->input))
        a->reader = ak_thread_start(read_blocks, a);
    a->left_out = ak_memory_used() - before;
    ak_memory_leave_out(a->left_out);
    for (int i = 0; i < BATCHES; i++)
        ak_queue_put(a->spare, &a->batches[i]);
    return a;
}

static void give_back(struct ak_ahead *a, struct block *block)
{
    if (block == NULL)
        return;
    ak_intake_progress(a->intake, a->r, a->path, block->done, block->total);
    ak_queue_put(a->free, block);
}

void ak_ahead_frames(struct ak_ahead *a)
{
    /* The cutter is woken for some at a time: waking it costs more than it does for one. */
    struct batch *batch, *spare[BATCHES];
    size_t spares = 0;
    bool callers_step = false;
    while (!callers_step && (batch = ak_queue_take(a->out)) != NULL) {
        if (batch->count != 0)
            ak_trace_looked(a->intake->trace, batch->looked, batch->count);
        give_back(a, batch->used_up);
        callers_step = batch->callers_step;
        spare[spares++] = batch;
        if (spares == BATCHES / 2 || callers_step)
            while (spares != 0)
                ak_queue_put(a->spare, spare[--spares]);
    }
}

void ak_ahead_go_on(struct ak_ahead *a)
{
    ak_queue_put(a->go_on, a);
}

enum ak_err ak_ahead_refill(struct ak_ahead *a, struct ak_error *error)
{
    struct block *used_up;
    enum ak_err err = next_block(a, &used_up, error);
    give_back(a, used_up);
    return err;
}
