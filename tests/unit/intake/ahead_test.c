/* SPDX-License-Identifier: Apache-2.0 */
/* However many threads read a capture: the same conversations, in the same order, and the same
 * words about what is wrong with it. */
#define _DEFAULT_SOURCE
#include "intake/ahead.h"

#include <zlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "support/temporary.h"

enum { FRAMES = 30000, MOST = 8 * 1024 * 1024 };

struct seen {
    uint64_t talks, sum;
    char problems[512];
};

static uint8_t *file_bytes;
static size_t file_size;

static void put(const void *bytes, size_t size)
{
    assert_true(size <= MOST - file_size);
    memcpy(file_bytes + file_size, bytes, size);
    file_size += size;
}

static void put32(uint32_t value)
{
    put(&value, sizeof value);
}

/* A segment of connection number / 6, every sixth of them its SYN; `extra` bytes of payload. */
static size_t make_frame(uint8_t *frame, unsigned number, size_t extra)
{
    static const uint8_t head[54] = {2,  2, 2, 2, 2, 2,  2, 2, 2, 2,   2, 2, 8, 0,   0x45, 0, 0,
                                     40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 5, 192, 0,    2, 9};
    unsigned talk = number / 6, step = number % 6;
    memcpy(frame, head, sizeof head);
    memset(frame + 54, 0, extra);
    frame[29] = (uint8_t)(talk >> 8);
    frame[34] = 0xc3;
    frame[35] = (uint8_t)talk;
    frame[36] = 5;
    frame[41] = (uint8_t)step;
    frame[46] = 0x50;
    frame[47] = step == 0 ? 2 : step == 5 ? 0x11 : 0x10;
    frame[16] = (uint8_t)((40 + extra) >> 8);
    frame[17] = (uint8_t)(40 + extra);
    return 54 + extra;
}

static void begin_pcap(void)
{
    static const uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4,    0, 0, 0, 0, 0,
                                     0,    0,    0,    0,    0, 0, 0x10, 0, 1, 0, 0, 0};
    file_size = 0;
    put(head, sizeof head);
}

static void put_packet(unsigned number, size_t extra)
{
    static uint8_t frame[AK_MAX_FRAME];
    size_t size = make_frame(frame, number, extra);
    put32(1700000000 + number / 1000);
    put32(number % 1000 * 1000);
    put32((uint32_t)size);
    put32((uint32_t)size);
    put(frame, size);
}

static void make_pcap(void)
{
    begin_pcap();
    for (unsigned i = 0; i < FRAMES; i++)
        put_packet(i, i % 7 == 3 ? i % 1400 : 0);
}

static void put_block(uint32_t type, const void *body, size_t size)
{
    put32(type);
    put32((uint32_t)size + 12);
    put(body, size);
    put32((uint32_t)size + 12);
}

static void put_section(void)
{
    static const uint32_t section[4] = {0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX}, face[2] = {1, 0};
    put_block(0x0a0d0d0a, section, sizeof section);
    put_block(1, face, sizeof face);
}

static void put_enhanced(unsigned number, unsigned later)
{
    static uint8_t frame[2048];
    uint64_t time = (UINT64_C(1700000000) + later) * 1000000 + number * 1000;
    size_t size = make_frame(frame, number, number % 5 * 100), padded = (size + 3) & ~(size_t)3;
    put32(6);
    put32((uint32_t)padded + 32);
    put32(0);
    put32((uint32_t)(time >> 32));
    put32((uint32_t)time);
    put32((uint32_t)size);
    put32((uint32_t)size);
    put(frame, padded);
    put32((uint32_t)padded + 32);
}

/* Two sections, the second one of an earlier time, with other blocks in between. */
static void make_pcapng(void)
{
    static const uint8_t custom[64] = {1};
    file_size = 0;
    for (unsigned part = 0; part < 2; part++) {
        put_section();
        for (unsigned i = 0; i < FRAMES / 4; i++) {
            put_enhanced(i + part * FRAMES / 2, part == 0 ? 1000 : 0);
            if (i % 1000 == 999)
                put_block(0xbad, custom, sizeof custom);
        }
    }
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct seen *seen = context;
    uint64_t facts[] = {c->id,          c->first_frame,   c->last_frame, c->frames,
                        c->end[0].port, c->side[0].bytes, c->capture,    (uint64_t)c->hole};
    seen->talks++;
    for (size_t i = 0; i < AK_COUNT(facts); i++)
        seen->sum = ak_hash_mix(seen->sum, facts[i]);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct seen *seen = context;
    size_t n = strlen(seen->problems);
    (void)path;
    (void)snprintf(seen->problems + n, sizeof seen->problems - n, "%d %llu %s\n", (int)problem,
                   (unsigned long long)error->offset, error->text);
}

static struct seen read_with(unsigned threads, const char *path)
{
    struct seen seen = {0, 0, ""};
    struct ak_intake_listener listener = {.context = &seen, .problem = on_problem};
    struct ak_trace *trace = ak_trace_new(1, on_conversation, &seen);
    struct ak_intake *intake = ak_intake_new(trace, &listener);
    struct ak_error error;
    assert_non_null(intake);
    ak_intake_threads(intake, threads);
    assert_int_equal(ak_intake_paths(intake, (char *[]){(char *)(uintptr_t)path}, 1, &error),
                     AK_ERR_NONE);
    ak_trace_free(trace);
    ak_intake_free(intake);
    return seen;
}

/* Returns what one thread saw. */
static struct seen all_agree(const struct temporary *t, const void *bytes, size_t size)
{
    const char *path = temporary_file(t, "capture", bytes, size);
    struct seen one = read_with(1, path);
    for (unsigned threads = 2; threads <= 4; threads++) {
        struct seen more = read_with(threads, path);
        assert_int_equal(more.talks, one.talks);
        assert_true(more.sum == one.sum);
        assert_string_equal(more.problems, one.problems);
    }
    return one;
}

static int open_room(void **state)
{
    static struct temporary t;
    file_bytes = malloc(MOST);
    assert_non_null(file_bytes);
    temporary_open(&t);
    *state = &t;
    return 0;
}

static int close_room(void **state)
{
    temporary_close(*state);
    free(file_bytes);
    return 0;
}

static void plain_captures(void **state)
{
    make_pcap();
    struct seen seen = all_agree(*state, file_bytes, file_size);
    assert_int_equal(seen.talks, FRAMES / 6);
    assert_string_equal(seen.problems, "");
    for (size_t cut = 1; cut < 40; cut++) {
        seen = all_agree(*state, file_bytes, file_size / 40 * cut + cut);
        assert_true(seen.talks < FRAMES / 6);
    }
}

static void frames_larger_than_what_is_read_at_once(void **state)
{
    static const size_t sizes[] = {60000, 65536, 300000, AK_MAX_FRAME - 54};
    begin_pcap();
    for (unsigned i = 0; i < 6000; i++)
        put_packet(i, i % 1000 == 777 ? sizes[i / 1000 % 4] : 0);
    struct seen seen = all_agree(*state, file_bytes, file_size);
    assert_int_equal(seen.talks, 1000);
    assert_string_equal(seen.problems, "");
}

static void sections_and_other_blocks(void **state)
{
    make_pcapng();
    struct seen seen = all_agree(*state, file_bytes, file_size);
    assert_int_equal(seen.talks, FRAMES / 2 / 6);
    assert_string_equal(seen.problems, "");
}

static void damage_in_the_middle(void **state)
{
    make_pcap();
    for (size_t place = 1; place < 4; place++) {
        uint32_t was;
        size_t at = 24;
        while (at < file_size / 4 * place) {
            memcpy(&was, file_bytes + at + 8, 4);
            at += 16 + was;
        }
        memcpy(&was, file_bytes + at + 8, 4);
        memset(file_bytes + at + 8, 0x7f, 4);
        struct seen seen = all_agree(*state, file_bytes, file_size);
        assert_non_null(strstr(seen.problems, " "));
        memcpy(file_bytes + at + 8, &was, 4);
    }
}

static void packed_captures(void **state)
{
    z_stream z;
    static uint8_t packed[MOST / 2];
    make_pcap();
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = file_bytes;
    z.avail_in = (uInt)file_size;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t size = sizeof packed - z.avail_out;
    (void)deflateEnd(&z);
    struct seen seen = all_agree(*state, packed, size);
    assert_int_equal(seen.talks, FRAMES / 6);
    for (size_t cut = 1; cut < 8; cut++) {
        seen = all_agree(*state, packed, size / 8 * cut);
        assert_non_null(strstr(seen.problems, "the compressed data end early"));
    }
    memset(packed + size / 2, 0xff, 64);
    seen = all_agree(*state, packed, size);
    assert_string_not_equal(seen.problems, "");
}

/* A limit on memory counts what the capture takes, not what threads take. */
static void memory_is_counted_the_same(void **state)
{
    size_t before = ak_memory_used();
    make_pcap();
    (void)all_agree(*state, file_bytes, file_size);
    assert_int_equal(ak_memory_used(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_captures),
        cmocka_unit_test(frames_larger_than_what_is_read_at_once),
        cmocka_unit_test(sections_and_other_blocks),
        cmocka_unit_test(damage_in_the_middle),
        cmocka_unit_test(packed_captures),
        cmocka_unit_test(memory_is_counted_the_same),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
