/* Whole captures through the rewriting: both readings of ak_rewriter_*, ak_frame_copy_take,
 * ak_pcapng_packet; what comes out is read again and must hold the same conversations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_target.h"

#include "codec/pcapng_write.h"
#include "rewrite/rewriter.h"
#include "trace/trace.h"

enum { MOST_OUTPUT = 16 * 1024 * 1024 };

struct run {
    struct ak_rewriter *rewriter;
    struct ak_text *out; /* NULL: the first reading */
    uint32_t link_type[64];
    size_t links;
    uint64_t frames, conversations, verdicts;
    bool too_many_links;
};

static void note(void *context, const struct ak_conversation *c)
{
    struct run *r = context;
    r->conversations++;
    /* Who speaks in a conversation without a SYN is guessed from its bytes, also from such as are
     * not understood and become zeros: its verdict may change sides. */
    if (c->begun_before)
        return;
    r->verdicts = r->verdicts * 31 + (uint64_t)c->outcome * 16 + (uint64_t)c->stage;
    r->verdicts = r->verdicts * 31 + (uint64_t)c->close * 16 + (uint64_t)c->closed_by;
    if (r->rewriter != NULL && r->out == NULL)
        ak_rewriter_end(r->rewriter, c);
}

static void on_capture(void *context, int64_t until)
{
    (void)context;
    (void)until;
}

static uint32_t interface_of(struct run *r, uint32_t link_type)
{
    for (size_t i = 0; i < r->links; i++)
        if (r->link_type[i] == link_type)
            return (uint32_t)i;
    if (r->links == sizeof r->link_type / sizeof r->link_type[0]) {
        r->too_many_links = true;
        return 0;
    }
    ak_pcapng_interface(r->out, link_type);
    r->link_type[r->links] = link_type;
    return (uint32_t)r->links++;
}

static void on_segment(void *context, const struct ak_tap_segment *segment)
{
    struct run *r = context;
    struct ak_frame frame;
    if (r->out == NULL) {
        ak_rewriter_segment(r->rewriter, segment);
        return;
    }
    FUZZ_CHECK(ak_rewriter_frame(r->rewriter, segment, &frame));
    FUZZ_CHECK(segment->reassembled || frame.size == segment->frame->size);
    uint32_t interface = interface_of(r, frame.link_type);
    ak_pcapng_packet(r->out, interface, &frame, "a comment");
    r->frames++;
}

static void on_part(void *context, const struct ak_tap_part *part)
{
    struct run *r = context;
    if (r->out == NULL)
        ak_rewriter_part(r->rewriter, part);
}

/* Frames read; -1 when the capture could not be followed to its end. */
static int64_t feed(struct run *r, const uint8_t *bytes, size_t size, bool tapped)
{
    struct ak_tap tap = {r, on_capture, on_segment, on_part};
    struct ak_source source = {"fuzz", 1, NULL, NULL, 0};
    struct ak_trace *trace = ak_trace_new(1, note, r);
    struct ak_capture_file file;
    struct ak_frame frame;
    struct ak_error error;
    int64_t frames = 0;
    FUZZ_CHECK(trace != NULL);
    if (tapped)
        ak_trace_tap(trace, &tap);
    ak_capture_file_init(&file);
    ak_trace_file(trace, &source);
    for (size_t at = 0, used, need;; at += used) {
        enum ak_capture_step step =
            ak_capture_file_next(&file, bytes + at, size - at, &used, &need, &frame, &error);
        if (step == AK_CAPTURE_FRAME) {
            ak_trace_frame(trace, &frame);
            frames++;
        } else if (step == AK_CAPTURE_BAD || step == AK_CAPTURE_MORE) {
            bool end = step == AK_CAPTURE_MORE && at == size && file.bad_blocks == 0;
            frames = end || tapped ? frames : -1;
            break;
        }
    }
    ak_capture_file_release(&file);
    ak_trace_flush(trace);
    ak_trace_free(trace);
    return frames;
}

static void hand_over(const uint8_t *data, size_t size, const char *key)
{
    struct run first = {0}, second = {0}, again = {0};
    struct ak_text out;
    ak_text_init(&out, MOST_OUTPUT);
    first.rewriter = second.rewriter = ak_rewriter_new(true, key);
    FUZZ_CHECK(first.rewriter != NULL);
    second.out = &out;
    int64_t frames = feed(&first, data, size, true);
    ak_rewriter_rewind(first.rewriter);
    ak_pcapng_section(&out, "fuzz", false);
    (void)feed(&second, data, size, true);
    FUZZ_CHECK(!out.failed);
    if (!second.too_many_links) {
        FUZZ_CHECK(feed(&again, (const uint8_t *)out.bytes, out.size, false) ==
                   (int64_t)second.frames);
        /* A frame that is left out can be what told that time had passed. */
        if (frames == (int64_t)second.frames) {
            FUZZ_CHECK(again.conversations == second.conversations);
            FUZZ_CHECK(again.verdicts == second.verdicts);
        }
    }
    ak_rewriter_free(first.rewriter);
    ak_text_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    hand_over(data, size, NULL);
    hand_over(data, size, "key");
    return 0;
}
