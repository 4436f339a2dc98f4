/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/capture_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/text.h"
#include "support/parser_check.h"

/* ---- building files ---- */

struct file_out {
    struct ak_text text;
    bool big;
};

static void out_start(struct file_out *o, bool big)
{
    ak_text_init(&o->text, 8u << 20);
    o->big = big;
}

static void put32(struct file_out *o, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        ak_text_char(&o->text, (char)(v >> 8 * (o->big ? 3 - i : i)));
}

static void put16(struct file_out *o, unsigned v)
{
    ak_text_char(&o->text, (char)(o->big ? v >> 8 : v));
    ak_text_char(&o->text, (char)(o->big ? v : v >> 8));
}

static void put_zeros(struct file_out *o, size_t n)
{
    while (n-- > 0)
        ak_text_char(&o->text, 0);
}

static void put_pcap_header(struct file_out *o, uint32_t magic, uint32_t link)
{
    put32(o, magic);
    put16(o, 2);
    put16(o, 4);
    put32(o, 0);
    put32(o, 0);
    put32(o, 262144);
    put32(o, link);
}

static void put_pcap_frame(struct file_out *o, uint32_t s, uint32_t fraction, const char *bytes,
                           uint32_t wire, unsigned extra)
{
    put32(o, s);
    put32(o, fraction);
    put32(o, (uint32_t)strlen(bytes));
    put32(o, wire);
    put_zeros(o, extra);
    ak_text_add(&o->text, bytes);
}

/* A block around a body that was written with the same byte order. */
static void put_block(struct file_out *o, uint32_t type, const void *body, size_t size)
{
    size_t padded = (size + 3) & ~(size_t)3;
    put32(o, type);
    put32(o, (uint32_t)padded + 12);
    ak_text_bytes(&o->text, body, size);
    put_zeros(o, padded - size);
    put32(o, (uint32_t)padded + 12);
}

static void put_section(struct file_out *o, bool big)
{
    struct file_out body;
    o->big = big;
    out_start(&body, big);
    put32(&body, 0x1a2b3c4d);
    put16(&body, 1);
    put16(&body, 0);
    put32(&body, UINT32_MAX);
    put32(&body, UINT32_MAX);
    put_block(o, 0x0a0d0d0a, body.text.bytes, body.text.size);
    ak_text_release(&body.text);
}

struct option {
    unsigned code, size;
    uint8_t value[8];
};

static void put_interface(struct file_out *o, unsigned link, uint32_t snap,
                          const struct option *options, size_t count)
{
    struct file_out body;
    out_start(&body, o->big);
    put16(&body, link);
    put16(&body, 0);
    put32(&body, snap);
    for (size_t i = 0; i < count; i++) {
        put16(&body, options[i].code);
        put16(&body, options[i].size);
        ak_text_bytes(&body.text, options[i].value, options[i].size);
        put_zeros(&body, (4 - options[i].size % 4) % 4);
    }
    if (count != 0)
        put_zeros(&body, 4); /* opt_endofopt */
    put_block(o, 1, body.text.bytes, body.text.size);
    ak_text_release(&body.text);
}

/* type 6 (enhanced) or 2 (the old packet block) */
static void put_packet(struct file_out *o, uint32_t type, uint32_t interface, uint64_t ticks,
                       const char *bytes, uint32_t wire)
{
    struct file_out body;
    out_start(&body, o->big);
    if (type == 2) {
        put16(&body, interface);
        put16(&body, 0xffff);
    } else {
        put32(&body, interface);
    }
    put32(&body, (uint32_t)(ticks >> 32));
    put32(&body, (uint32_t)ticks);
    put32(&body, (uint32_t)strlen(bytes));
    put32(&body, wire);
    ak_text_add(&body.text, bytes);
    put_block(o, type, body.text.bytes, body.text.size);
    ak_text_release(&body.text);
}

static void put_simple(struct file_out *o, uint32_t original, const char *bytes)
{
    struct file_out body;
    out_start(&body, o->big);
    put32(&body, original);
    ak_text_add(&body.text, bytes);
    put_block(o, 3, body.text.bytes, body.text.size);
    ak_text_release(&body.text);
}

/* ---- reading them as intake does, through a window that grows on demand ---- */

enum { MAX_FRAMES = 32 };

struct seen {
    size_t count;
    struct {
        uint32_t size, wire, link;
        int64_t time;
        char bytes[48];
    } frame[MAX_FRAMES];
    enum ak_capture_step end; /* BAD, or MORE at the end of the file */
    size_t left;              /* bytes that were never used */
    uint64_t bad_blocks, bad_offset;
    char reason[240];
};

static void note_frame(struct seen *seen, const struct ak_frame *frame, struct ak_span window)
{
    struct ak_span bytes = {frame->bytes, frame->size};
    ak_assert_inside(window, bytes);
    assert_true(seen->count < MAX_FRAMES);
    seen->frame[seen->count].size = frame->size;
    seen->frame[seen->count].wire = frame->wire_size;
    seen->frame[seen->count].link = frame->link_type;
    seen->frame[seen->count].time = frame->time;
    size_t n = frame->size < 47 ? frame->size : 47;
    memcpy(seen->frame[seen->count].bytes, frame->bytes, n);
    seen->count++;
}

/* Takes as many frames at once as there are, at most `most`; returns the bytes that they took. */
static size_t read_many(struct ak_capture_file *file, const struct ak_bytes *window, size_t most,
                        struct seen *seen)
{
    struct ak_frame frames[3];
    size_t used = 1;
    size_t count = ak_capture_file_frames(file, window->at, window->size, &used, frames, most);
    assert_true(count <= most && used <= window->size && (count != 0 || used == 0));
    for (size_t i = 0; i < count; i++)
        note_frame(seen, &frames[i], ak_bytes_span(window));
    return used;
}

/* Shows the file in windows of `step` bytes and more only when more is asked for; `many`: up to so
 * many frames at once, where they can be had. */
static void read_all(struct ak_span whole, size_t step, size_t many, struct seen *seen)
{
    struct ak_capture_file file;
    struct ak_error error;
    size_t at = 0, shown = step;
    memset(seen, 0, sizeof *seen);
    ak_capture_file_init(&file);
    for (;;) {
        struct ak_frame frame;
        size_t used = 1, need = 1;
        size_t size = shown < whole.size - at ? shown : whole.size - at;
        struct ak_bytes window = ak_bytes_copy(whole.bytes + at, size);
        size_t taken = many != 0 ? read_many(&file, &window, many, seen) : 0;
        if (taken != 0) {
            ak_bytes_free(&window);
            at += taken;
            shown = step;
            assert_int_equal(file.offset, at);
            continue;
        }
        enum ak_capture_step got =
            ak_capture_file_next(&file, window.at, window.size, &used, &need, &frame, &error);
        assert_true(used <= size);
        if (got == AK_CAPTURE_FRAME)
            note_frame(seen, &frame, ak_bytes_span(&window));
        ak_bytes_free(&window);
        at += used;
        assert_int_equal(file.offset, at);
        shown = step;
        if (got == AK_CAPTURE_FRAME || got == AK_CAPTURE_OTHER)
            continue;
        assert_int_equal(used, 0);
        if (got == AK_CAPTURE_MORE) {
            assert_true(need > size); /* else a caller would loop forever */
            shown = need;
            if (at + size < whole.size)
                continue;
        } else {
            assert_int_equal(error.code, AK_ERR_FORMAT);
            memcpy(seen->reason, error.text, sizeof error.text);
            seen->bad_offset = error.offset;
        }
        seen->end = got;
        break;
    }
    seen->left = whole.size - at;
    seen->bad_blocks = file.bad_blocks;
    ak_capture_file_release(&file);
}

/* Reads with every window size and demands the same answer. */
static void read_out(struct file_out *o, struct seen *seen)
{
    assert_false(o->text.failed);
    struct ak_span whole = {(const uint8_t *)o->text.bytes, o->text.size};
    struct seen other;
    read_all(whole, whole.size, 0, seen);
    size_t most = whole.size < 600 ? whole.size : 600;
    for (size_t step = 1; step <= most; step++) {
        for (size_t many = 0; many <= 3; many++) {
            read_all(whole, step, many, &other);
            assert_memory_equal(&other, seen, sizeof other);
        }
    }
    ak_text_release(&o->text);
}

static void assert_frame(const struct seen *seen, size_t i, const char *bytes, uint32_t wire,
                         int64_t time, uint32_t link)
{
    assert_true(i < seen->count);
    assert_int_equal(seen->frame[i].size, strlen(bytes));
    assert_string_equal(seen->frame[i].bytes, bytes);
    assert_int_equal(seen->frame[i].wire, wire);
    assert_true(seen->frame[i].time == time);
    assert_int_equal(seen->frame[i].link, link);
}

static void assert_end(const struct seen *seen, size_t frames, uint64_t bad_blocks)
{
    assert_int_equal(seen->end, AK_CAPTURE_MORE);
    assert_int_equal(seen->left, 0);
    assert_int_equal(seen->count, frames);
    assert_int_equal(seen->bad_blocks, bad_blocks);
}

/* ---- tests ---- */

#define LATEST INT64_C(7258118400000000000)

static void sniffs(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_capture_format format;
    } rows[] = {
        {"d4c3b2a1", AK_CAPTURE_PCAP},
        {"a1b2c3d4", AK_CAPTURE_PCAP},
        {"4d3cb2a1", AK_CAPTURE_PCAP},
        {"a1b23c4d", AK_CAPTURE_PCAP},
        {"34cdb2a1", AK_CAPTURE_PCAP}, /* Kuznetzov */
        {"a1b2cd34", AK_CAPTURE_PCAP},
        {"d4c3b2", AK_CAPTURE_UNKNOWN},
        {"", AK_CAPTURE_UNKNOWN},
        {"0a0d0d0a 1c000000 4d3c2b1a", AK_CAPTURE_PCAPNG},
        {"0a0d0d0a 0000001c 1a2b3c4d", AK_CAPTURE_PCAPNG},
        {"0a0d0d0a 0000001c 1a2b3c", AK_CAPTURE_UNKNOWN},
        {"0a0d0d0a 0000001c 1a2b3c4e", AK_CAPTURE_UNKNOWN},
        {"1f8b0800 00000000 00000000", AK_CAPTURE_UNKNOWN},
        {"'GMBU' 00000000 00000000", AK_CAPTURE_UNKNOWN},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        assert_int_equal(ak_capture_sniff(b.at, b.size), rows[i].format);
        ak_bytes_free(&b);
    }
}

static void pcap_variants(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic, fraction;
        int64_t time;
        unsigned extra;
    } rows[] = {
        {0xa1b2c3d4, 999999, INT64_C(1700000000999999000), 0},
        {0xa1b23c4d, 999999999, INT64_C(1700000000999999999), 0},
        {0xa1b2cd34, 123456, INT64_C(1700000000123456000), 8},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (int big = 0; big <= 1; big++) {
            struct file_out o;
            struct seen seen;
            out_start(&o, big);
            put_pcap_header(&o, rows[i].magic, 1);
            put_pcap_frame(&o, 1700000000, rows[i].fraction, "first", 5, rows[i].extra);
            put_pcap_frame(&o, 0, 0, "", 60, rows[i].extra);
            put_pcap_frame(&o, UINT32_MAX, 0, "third, cut", 1514, rows[i].extra);
            read_out(&o, &seen);
            assert_end(&seen, 3, 0);
            assert_frame(&seen, 0, "first", 5, rows[i].time, 1);
            assert_frame(&seen, 1, "", 60, 0, 1);
            assert_frame(&seen, 2, "third, cut", 1514, INT64_C(4294967295000000000), 1);
        }
}

static void pcap_link_type_has_other_bits(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_pcap_header(&o, 0xa1b2c3d4, 0x14000071); /* FCS of 2 16-bit words follows each frame */
    put_pcap_frame(&o, 1, 0, "x", 1, 0);
    read_out(&o, &seen);
    assert_frame(&seen, 0, "x", 1, 1000000000, 113);
}

static void pcap_impossible_length(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {AK_MAX_FRAME + 1, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < AK_COUNT(lengths); i++) {
        struct file_out o;
        struct seen seen;
        out_start(&o, false);
        put_pcap_header(&o, 0xa1b2c3d4, 1);
        put_pcap_frame(&o, 1, 0, "good", 4, 0);
        put32(&o, 1);
        put32(&o, 0);
        put32(&o, lengths[i]);
        put32(&o, lengths[i]);
        put_zeros(&o, 64);
        read_out(&o, &seen);
        assert_int_equal(seen.end, AK_CAPTURE_BAD);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.bad_offset, 24 + 16 + 4);
        assert_string_equal(seen.reason, "a frame header names an impossible length");
    }
}

static void pcap_largest_frame(void **state)
{
    (void)state;
    struct ak_capture_file file;
    struct file_out o;
    struct ak_frame frame;
    struct ak_error error;
    size_t used, need;
    out_start(&o, false);
    put_pcap_header(&o, 0xa1b2c3d4, 1);
    put32(&o, 1);
    put32(&o, 0);
    put32(&o, AK_MAX_FRAME);
    put32(&o, AK_MAX_FRAME);
    const uint8_t *bytes = (const uint8_t *)o.text.bytes;
    ak_capture_file_init(&file);
    assert_int_equal(ak_capture_file_next(&file, bytes, 40, &used, &need, &frame, &error),
                     AK_CAPTURE_OTHER);
    assert_int_equal(used, 24);
    assert_int_equal(ak_capture_file_next(&file, bytes + 24, 16, &used, &need, &frame, &error),
                     AK_CAPTURE_MORE);
    assert_int_equal(need, 16 + AK_MAX_FRAME);
    ak_capture_file_release(&file);
    ak_text_release(&o.text);
}

static void not_a_capture(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum ak_capture_step end;
    } rows[] = {
        {"", AK_CAPTURE_MORE},
        {"d4c3b2a1 02000400", AK_CAPTURE_MORE},
        {"'hello world'", AK_CAPTURE_MORE},          /* 11 bytes: too few to tell */
        {"'hello, world' 00*4083", AK_CAPTURE_MORE}, /* likewise */
        {"'hello, world' 00*4084", AK_CAPTURE_BAD},
        {"0a0d0d0a 1c000000 00000000 00*4084", AK_CAPTURE_BAD}, /* no byte-order mark */
        {"0a0d0d0a 18000000 4d3c2b1a", AK_CAPTURE_BAD},         /* a section needs 28 bytes */
        {"0a0d0d0a 1d000000 4d3c2b1a", AK_CAPTURE_BAD},
        {"0a0d0d0a 00000000 4d3c2b1a", AK_CAPTURE_BAD},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        struct seen seen;
        for (size_t step = 1; step <= 12; step++) {
            read_all(ak_bytes_span(&b), step, 2, &seen);
            assert_int_equal(seen.end, rows[i].end);
            assert_int_equal(seen.bad_offset, 0);
            assert_int_equal(seen.count, 0);
        }
        ak_bytes_free(&b);
    }
}

static void pcapng_byte_orders(void **state)
{
    (void)state;
    for (int big = 0; big <= 1; big++) {
        struct file_out o;
        struct seen seen;
        out_start(&o, big);
        put_section(&o, big);
        put_interface(&o, 1, 0, NULL, 0); /* the shortest there is: 20 bytes */
        put_packet(&o, 6, 0, UINT64_C(1700000000123456), "enhanced", 8);
        put_packet(&o, 2, 0, UINT64_C(1700000001000000), "old block", 100);
        read_out(&o, &seen);
        assert_end(&seen, 2, 0);
        assert_frame(&seen, 0, "enhanced", 8, INT64_C(1700000000123456000), 1);
        assert_frame(&seen, 1, "old block", 100, INT64_C(1700000001000000000), 1);
    }
}

static void pcapng_time_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t ticks;
        int64_t time;
    } rows[] = {
        {6, 1500000, 1500000000},
        {9, UINT64_C(1700000000123456789), INT64_C(1700000000123456789)},
        {3, 1501, 1501000000},
        {0, 7, INT64_C(7000000000)},
        {12, UINT64_C(1000000001999), 1000000001},
        {19, UINT64_C(15000000000000000000), 1500000000},
        {0x7f, UINT64_C(15000000000000000000), 1500000000}, /* beyond 19 it stays at 10^19 */
        {0x80 | 20, (UINT64_C(3) << 20) + (1 << 19), INT64_C(3500000000)},
        {0x80 | 10, (UINT64_C(1700000000) << 10) + 1, INT64_C(1700000000000976562)},
        {0x80, 5, INT64_C(5000000000)},
        {0x80 | 32, (UINT64_C(1700000000) << 32) + 0x80000000u, INT64_C(1700000000500000000)},
        {0x80 | 34, (UINT64_C(2) << 34) + (UINT64_C(1) << 33), INT64_C(2500000000)},
        {0x80 | 63, UINT64_MAX, INT64_C(1999999999)},
        {0xff, UINT64_MAX, INT64_C(1999999999)}, /* 2^127: taken as 2^63 */
        {0, UINT64_MAX, LATEST},                 /* capped at the year 2200 */
        {6, UINT64_MAX, LATEST},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (int big = 0; big <= 1; big++) {
            struct file_out o;
            struct seen seen;
            struct option options[] = {{2, 4, "eth0"}, {9, 1, {rows[i].resolution}}};
            out_start(&o, big);
            put_section(&o, big);
            put_interface(&o, 1, 0, options, AK_COUNT(options));
            put_packet(&o, 6, 0, rows[i].ticks, "t", 1);
            read_out(&o, &seen);
            assert_end(&seen, 1, 0);
            if (rows[i].time == LATEST)
                assert_true(seen.frame[0].time / 1000000000 == LATEST / 1000000000);
            else
                assert_frame(&seen, 0, "t", 1, rows[i].time, 1);
        }
}

static void pcapng_time_offset(void **state)
{
    (void)state;
    static const struct {
        int64_t offset, time;
    } rows[] = {
        {0, INT64_C(1000000000)},
        {3600, INT64_C(3601000000000)},
        {-3600, INT64_C(-3599000000000)},
        {INT64_C(1700000000), INT64_C(1700000001000000000)},
        {INT64_MAX, INT64_C(1000000000)}, /* nonsense counts as none */
        {INT64_MIN, INT64_C(1000000000)},
        {INT64_C(7258118400), INT64_C(7258118400000000000)}, /* the sum is capped too */
        {INT64_C(-7258118400), INT64_C(-7258118399000000000)},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        for (int big = 0; big <= 1; big++) {
            struct file_out o;
            struct seen seen;
            struct option option = {14, 8, {0}};
            for (unsigned k = 0; k < 8; k++)
                option.value[k] = (uint8_t)((uint64_t)rows[i].offset >> 8 * (big ? 7 - k : k));
            out_start(&o, big);
            put_section(&o, big);
            put_interface(&o, 1, 0, &option, 1);
            put_packet(&o, 6, 0, 1000000, "t", 1);
            read_out(&o, &seen);
            assert_frame(&seen, 0, "t", 1, rows[i].time, 1);
        }
}

static void pcapng_odd_options(void **state)
{
    (void)state;
    /* Interface bodies whose options lie; the interface counts all the same, in microseconds. */
    static const char *const bodies[] = {
        "0100 0000 00000000 0900 ffff 09000000", /* longer than the block */
        "0100 0000 00000000 0900 0000 0000 0000",
        "0100 0000 00000000 0e00 0400 00000001",           /* tsoffset too short */
        "0100 0000 00000000 0000 0000 0900 0100 09000000", /* behind the end of options */
        "0100 0000 00000000 0200 0300 616263",             /* padding cut off by the block's end */
    };
    for (size_t i = 0; i < AK_COUNT(bodies); i++) {
        struct file_out o;
        struct seen seen;
        struct ak_bytes body = ak_hex(bodies[i]);
        out_start(&o, false);
        put_section(&o, false);
        put_block(&o, 1, body.at, body.size);
        put_packet(&o, 6, 0, 2000000, "t", 1);
        ak_bytes_free(&body);
        read_out(&o, &seen);
        assert_end(&seen, 1, 0);
        assert_frame(&seen, 0, "t", 1, 2000000000, 1);
    }
}

static void pcapng_simple_packets(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, true);
    put_section(&o, true);
    put_interface(&o, 1, 4, NULL, 0);
    put_simple(&o, 3, "abc"); /* padded to 4: the padding is no data */
    put_packet(&o, 6, 0, 5000000, "time", 4);
    put_simple(&o, 9, "cut.");        /* snap length 4 of 9 */
    put_simple(&o, 2, "xy");          /* shorter than the snap length */
    put_simple(&o, UINT32_MAX, "ab"); /* lies: no more than the block has, and no more than 4 */
    read_out(&o, &seen);
    assert_end(&seen, 5, 0);
    assert_frame(&seen, 0, "abc", 3, 0, 1);
    assert_frame(&seen, 2, "cut.", 9, INT64_C(5000000000), 1);
    assert_frame(&seen, 3, "xy", 2, INT64_C(5000000000), 1);
    assert_int_equal(seen.frame[4].size, 4);
    assert_int_equal(seen.frame[4].wire, UINT32_MAX);
}

static void pcapng_sections_start_afresh(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_section(&o, false);
    put_interface(&o, 1, 0, NULL, 0);
    put_interface(&o, 101, 0, NULL, 0);
    put_packet(&o, 6, 1, 1, "raw", 3);
    put_packet(&o, 6, 2, 1, "nowhere", 7); /* no such interface */
    put_section(&o, true);                 /* the other byte order, and no interfaces */
    put_packet(&o, 6, 0, 1, "nowhere", 7);
    put_simple(&o, 2, "xx");
    put_interface(&o, 113, 0, NULL, 0);
    put_packet(&o, 6, 0, 2, "cooked", 6);
    put_section(&o, false);
    put_interface(&o, 276, 0, NULL, 0);
    put_packet(&o, 2, 0, 3, "cooked2", 7);
    read_out(&o, &seen);
    assert_end(&seen, 3, 3);
    assert_frame(&seen, 0, "raw", 3, 1000, 101);
    assert_frame(&seen, 1, "cooked", 6, 2000, 113);
    assert_frame(&seen, 2, "cooked2", 7, 3000, 276);
}

static void pcapng_passes_other_blocks(void **state)
{
    (void)state;
    static const uint32_t types[] = {4, 5, 10, 0x0bad, 0x40000bad, 0x80000001, 0xffffffff, 0};
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_section(&o, false);
    for (size_t i = 0; i < AK_COUNT(types); i++)
        put_block(&o, types[i], "body of some block", i * 2);
    put_interface(&o, 1, 0, NULL, 0);
    put_block(&o, 0x0bad, "more", 4);
    put_packet(&o, 6, 0, 1, "found", 5);
    read_out(&o, &seen);
    assert_end(&seen, 1, 0);
    assert_frame(&seen, 0, "found", 5, 1000, 1);
}

static void pcapng_lying_packets(void **state)
{
    (void)state;
    /* Bodies of packet blocks; each is counted and passed over. */
    static const struct {
        uint32_t type;
        const char *body;
    } rows[] = {
        {6, ""},
        {6, "00000000 00000000 00000000 00000000"},
        {6, "00000000 00000000 00000000 05000000 05000000 61626364"}, /* 5 of 4 bytes */
        {6, "00000000 00000000 00000000 ffffffff 05000000 61626364"},
        {6, "ffffffff 00000000 00000000 04000000 04000000 61626364"}, /* interface 2^32-1 */
        {2, "0100 0000 00000000 00000000 04000000 04000000 61626364"},
        {3, ""},
        {1, ""}, /* an interface without its 8 bytes */
        {1, "01000000"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct file_out o;
        struct seen seen;
        struct ak_bytes body = ak_hex(rows[i].body);
        out_start(&o, false);
        put_section(&o, false);
        put_interface(&o, 1, 0, NULL, 0);
        put_block(&o, rows[i].type, body.at, body.size);
        put_packet(&o, 6, 0, 1, "next", 4);
        ak_bytes_free(&body);
        read_out(&o, &seen);
        assert_end(&seen, 1, 1);
        assert_frame(&seen, 0, "next", 4, 1000, 1);
    }
}

static void pcapng_impossible_blocks(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 4, 8, 11, 13, 0x7fffffff, UINT32_MAX};
    for (size_t i = 0; i < AK_COUNT(lengths); i++) {
        struct file_out o;
        struct seen seen;
        out_start(&o, false);
        put_section(&o, false);
        put_interface(&o, 1, 0, NULL, 0);
        put32(&o, 6);
        put32(&o, lengths[i]);
        put_zeros(&o, 40);
        read_out(&o, &seen);
        assert_int_equal(seen.end, AK_CAPTURE_BAD);
        assert_int_equal(seen.bad_offset, 28 + 20);
        assert_string_equal(seen.reason, "a block names an impossible length");
    }
}

static void pcapng_bad_second_section(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_section(&o, false);
    put32(&o, 0x0a0d0d0a);
    put32(&o, 28);
    put_zeros(&o, 40);
    read_out(&o, &seen);
    assert_int_equal(seen.end, AK_CAPTURE_BAD);
    assert_int_equal(seen.bad_offset, 28);
    assert_string_equal(seen.reason, "a section header has no byte-order mark");
}

/* Blocks larger than any frame are passed over without being kept in memory. */
static void pcapng_huge_blocks(void **state)
{
    (void)state;
    static const uint32_t types[] = {6, 3, 2, 1, 0x0bad};
    for (size_t i = 0; i < AK_COUNT(types); i++) {
        struct file_out o;
        struct seen seen;
        out_start(&o, false);
        put_section(&o, false);
        put_interface(&o, 1, 0, NULL, 0);
        put32(&o, types[i]);
        put32(&o, AK_MAX_FRAME + 4);
        put_zeros(&o, AK_MAX_FRAME + 4 - 8);
        put_packet(&o, 6, 0, 1, "next", 4);
        struct ak_span whole = {(const uint8_t *)o.text.bytes, o.text.size};
        for (size_t step = 4096; step <= 65536; step *= 2) {
            read_all(whole, step, 2, &seen);
            assert_end(&seen, 1, types[i] == 0x0bad ? 0 : 1);
            assert_frame(&seen, 0, "next", 4, 1000, 1);
        }
        ak_text_release(&o.text);
    }
}

static void pcapng_file_ends_in_a_huge_block(void **state)
{
    (void)state;
    static const uint32_t types[] = {6, 0x0bad, 0x0a0d0d0a};
    for (size_t i = 0; i < AK_COUNT(types); i++) {
        struct file_out o;
        struct seen seen;
        out_start(&o, false);
        put_section(&o, false);
        put32(&o, types[i]);
        put32(&o, 0xfffffffc);
        put32(&o, 0x1a2b3c4d);
        put_zeros(&o, 40);
        read_out(&o, &seen);
        assert_int_equal(seen.end, AK_CAPTURE_MORE);
        assert_int_equal(seen.left, 0);
    }
}

static void pcapng_too_many_interfaces(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_section(&o, false);
    for (unsigned i = 0; i < AK_MAX_INTERFACES + 2; i++)
        put_interface(&o, i == AK_MAX_INTERFACES - 1 ? 101 : 1, 0, NULL, 0);
    put_packet(&o, 6, AK_MAX_INTERFACES - 1, 1, "last", 4);
    put_packet(&o, 6, AK_MAX_INTERFACES, 1, "none", 4);
    struct ak_span whole = {(const uint8_t *)o.text.bytes, o.text.size};
    read_all(whole, 65536, 3, &seen);
    assert_end(&seen, 1, 3);
    assert_frame(&seen, 0, "last", 4, 1000, 101);
    ak_text_release(&o.text);
}

static void any_window(struct ak_span bytes, void *context)
{
    (void)context;
    struct seen seen;
    read_all(bytes, 7, 0, &seen);
    read_all(bytes, 4096, 0, &seen);
}

static void damaged_files(void **state)
{
    (void)state;
    for (int big = 0; big <= 1; big++) {
        struct file_out o;
        struct option options[] = {{9, 1, {9}}, {14, 8, {1, 2}}};
        out_start(&o, big);
        put_pcap_header(&o, 0xa1b2c3d4, 1);
        put_pcap_frame(&o, 1, 2, "one", 3, 0);
        put_pcap_frame(&o, 1, 2, "two", 60, 0);
        struct ak_span pcap = {(const uint8_t *)o.text.bytes, o.text.size};
        ak_each_damage(pcap, any_window, NULL);
        ak_text_release(&o.text);

        out_start(&o, big);
        put_section(&o, big);
        put_interface(&o, 1, 64, options, AK_COUNT(options));
        put_packet(&o, 6, 0, 1, "enhanced", 8);
        put_simple(&o, 6, "simple");
        put_packet(&o, 2, 0, 1, "old", 3);
        struct ak_span pcapng = {(const uint8_t *)o.text.bytes, o.text.size};
        ak_each_damage(pcapng, any_window, NULL);
        ak_text_release(&o.text);
    }
}

#ifdef AK_TORTURE
/* An interface that finds no memory is counted; packets that name it are counted too. */
static void survives_lack_of_memory(void **state)
{
    (void)state;
    struct file_out o;
    struct seen seen;
    out_start(&o, false);
    put_section(&o, false);
    put_interface(&o, 1, 0, NULL, 0);
    put_packet(&o, 6, 0, 1, "lost", 4);
    struct ak_span whole = {(const uint8_t *)o.text.bytes, o.text.size};
    (void)ak_alloc_fail_after(1);
    read_all(whole, whole.size, 0, &seen);
    (void)ak_alloc_fail_after(0);
    assert_end(&seen, 0, 2);
    ak_text_release(&o.text);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sniffs),
        cmocka_unit_test(pcap_variants),
        cmocka_unit_test(pcap_link_type_has_other_bits),
        cmocka_unit_test(pcap_impossible_length),
        cmocka_unit_test(pcap_largest_frame),
        cmocka_unit_test(not_a_capture),
        cmocka_unit_test(pcapng_byte_orders),
        cmocka_unit_test(pcapng_time_resolutions),
        cmocka_unit_test(pcapng_time_offset),
        cmocka_unit_test(pcapng_odd_options),
        cmocka_unit_test(pcapng_simple_packets),
        cmocka_unit_test(pcapng_sections_start_afresh),
        cmocka_unit_test(pcapng_passes_other_blocks),
        cmocka_unit_test(pcapng_lying_packets),
        cmocka_unit_test(pcapng_impossible_blocks),
        cmocka_unit_test(pcapng_bad_second_section),
        cmocka_unit_test(pcapng_huge_blocks),
        cmocka_unit_test(pcapng_file_ends_in_a_huge_block),
        cmocka_unit_test(pcapng_too_many_interfaces),
        cmocka_unit_test(damaged_files),
#ifdef AK_TORTURE
        cmocka_unit_test(survives_lack_of_memory),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
