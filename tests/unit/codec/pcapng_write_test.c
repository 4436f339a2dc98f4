/* What is written is what is read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/pcapng_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

/* The next frame, or NULL at the end; nothing may be wrong with the file. */
static const struct ak_frame *next(struct ak_capture_file *file, const struct ak_text *text,
                                   size_t *at, struct ak_frame *frame)
{
    struct ak_error error;
    for (;;) {
        size_t used, need;
        enum ak_capture_step step =
            ak_capture_file_next(file, (const uint8_t *)text->bytes + *at, text->size - *at, &used,
                                 &need, frame, &error);
        *at += used;
        assert_int_not_equal(step, AK_CAPTURE_BAD);
        assert_int_equal(file->bad_blocks, 0);
        if (step == AK_CAPTURE_FRAME)
            return frame;
        if (step == AK_CAPTURE_MORE) {
            assert_int_equal(*at, text->size);
            return NULL;
        }
    }
}

static void frames_come_back(void **state)
{
    (void)state;
    struct ak_text out;
    struct ak_capture_file file;
    struct ak_frame got;
    size_t at = 0;
    const struct ak_frame frames[] = {
        {(const uint8_t *)"abcde", 5, 5, INT64_C(1780000000123456789), 1},
        {(const uint8_t *)"", 0, 60, 1, 276},
        {(const uint8_t *)"abcdefgh", 8, 1500, INT64_C(1780000001000000000), 1},
    };
    ak_text_init(&out, 1 << 20);
    ak_pcapng_section(&out, "a test", false);
    ak_pcapng_interface(&out, 1);
    ak_pcapng_interface(&out, 276);
    ak_pcapng_packet(&out, 0, &frames[0], "words about it");
    ak_pcapng_packet(&out, 1, &frames[1], NULL);
    ak_pcapng_packet(&out, 0, &frames[2], "");
    ak_pcapng_statistics(&out, 0, INT64_C(1780000009000000001));
    assert_false(out.failed);
    assert_int_equal(out.size % 4, 0);
    ak_capture_file_init(&file);
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(next(&file, &out, &at, &got));
        assert_int_equal(got.size, frames[i].size);
        assert_int_equal(got.wire_size, frames[i].wire_size);
        assert_int_equal(got.time, frames[i].time);
        assert_int_equal(got.link_type, frames[i].link_type);
        if (got.size != 0)
            assert_memory_equal(got.bytes, frames[i].bytes, got.size);
    }
    assert_null(next(&file, &out, &at, &got));
    assert_int_equal(file.until, INT64_C(1780000009000000001));
    assert_true(file.section_began);
    ak_capture_file_release(&file);
    ak_text_release(&out);
}

/* A section that is apart says so to the reader, and to nobody who ignores comments. */
static void sections_may_be_apart(void **state)
{
    (void)state;
    static const bool apart[] = {false, true, false, true, true};
    struct ak_text out;
    struct ak_capture_file file;
    struct ak_frame got, frame = {(const uint8_t *)"abcde", 5, 5, INT64_C(1780000000123456789), 1};
    size_t at = 0;
    ak_text_init(&out, 1 << 20);
    for (size_t i = 0; i < AK_COUNT(apart); i++) {
        ak_pcapng_section(&out, i % 2 ? "a test" : "another one", apart[i]);
        ak_pcapng_interface(&out, 1);
        ak_pcapng_packet(&out, 0, &frame, AK_PCAPNG_APART); /* of a packet it means nothing */
    }
    ak_capture_file_init(&file);
    for (size_t i = 0; i < AK_COUNT(apart); i++) {
        assert_non_null(next(&file, &out, &at, &got));
        assert_true(file.section_began);
        assert_int_equal(file.section_apart, apart[i]);
        file.section_began = file.section_apart = false;
    }
    assert_null(next(&file, &out, &at, &got));
    ak_capture_file_release(&file);
    ak_text_release(&out);
}

static void the_largest_frame_can_be_read(void **state)
{
    (void)state;
    static uint8_t bytes[AK_MAX_FRAME];
    static char words[2 * AK_PCAPNG_COMMENT];
    struct ak_text out;
    struct ak_capture_file file;
    struct ak_frame got, frame = {bytes, sizeof bytes, sizeof bytes, -5, 1};
    size_t at = 0;
    for (size_t i = 0; i + 3 < sizeof words; i += 3)
        memcpy(words + i, "\xe6\x8f\xa1", 3);
    ak_text_init(&out, 4 << 20);
    ak_pcapng_section(&out, "a test", false);
    ak_pcapng_interface(&out, 1);
    ak_pcapng_packet(&out, 0, &frame, words);
    ak_capture_file_init(&file);
    assert_non_null(next(&file, &out, &at, &got));
    assert_true(got.size < sizeof bytes && got.wire_size == sizeof bytes);
    assert_int_equal(got.time, 0);
    assert_null(next(&file, &out, &at, &got));
    ak_capture_file_release(&file);
    ak_text_release(&out);
}

static void statistics_of_no_interface_say_nothing(void **state)
{
    (void)state;
    struct ak_text out;
    struct ak_capture_file file;
    struct ak_frame got;
    size_t at = 0;
    ak_text_init(&out, 4096);
    ak_pcapng_section(&out, "a test", false);
    ak_pcapng_statistics(&out, 3, 77);
    ak_capture_file_init(&file);
    assert_null(next(&file, &out, &at, &got));
    assert_int_equal(file.until, INT64_MIN);
    ak_capture_file_release(&file);
    ak_text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back),
        cmocka_unit_test(sections_may_be_apart),
        cmocka_unit_test(the_largest_frame_can_be_read),
        cmocka_unit_test(statistics_of_no_interface_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
