/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_letters(const struct ak_letters *letters, const char *expected)
{
    char text[1024];
    ak_letters_text(letters, text, sizeof text);
    assert_string_equal(text, expected);
}

static void nothing_is_an_empty_text(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    enum ak_side side;
    assert_letters(&letters, "");
    assert_int_equal(ak_letters_last(&letters, &side), AK_LETTERS);
}

static void repeats_collapse(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    enum ak_side side;
    ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_AP, 0);
    ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_AP, 0);
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AP, 0); /* another side */
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_RE, 0);
    for (int i = 0; i < 3; i++)
        ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AP, 0);
    assert_letters(&letters, ">AP*2 <AP <RE <AP*3");
    assert_int_equal(ak_letters_last(&letters, &side), AK_LETTER_AP);
    assert_int_equal(side, AK_SIDE_SERVER);
}

static void alerts_carry_their_code(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AL, 0);
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AL, 40);
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AL, 40);
    ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_AL, 255);
    assert_letters(&letters, "<AL(0) <AL(40)*2 >AL(255)");
}

static void every_letter_has_its_word(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    for (int i = 0; i < AK_LETTERS; i++)
        ak_letters_add(&letters, i & 1 ? AK_SIDE_SERVER : AK_SIDE_CLIENT, (enum ak_letter)i, 0);
    assert_letters(&letters, ">S <SA >A <PL >PR <CH >HRR <SH >CE <SK >CR <SD >CK <CC >EF <AP "
                             ">AL(0) <EA >L7 <RE >F <R >KA");
}

static void sides_can_be_exchanged(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    for (unsigned i = 0; i < AK_LETTERS_HEAD + 2; i++)
        ak_letters_add(&letters, i & 1 ? AK_SIDE_SERVER : AK_SIDE_CLIENT, AK_LETTER_AP, 0);
    ak_letters_swap(&letters);
    char text[1024];
    ak_letters_text(&letters, text, sizeof text);
    assert_memory_equal(text, "<AP >AP <AP >AP", 15);
    assert_string_equal(text + strlen(text) - 7, "<AP >AP");
}

static void trimming_keeps_what_is_said(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 2 * (AK_LETTERS_HEAD + AK_LETTERS_TAIL); count++) {
        struct ak_letters letters;
        char before[1024], after[1024];
        memset(&letters, 0x5a, sizeof letters);
        letters.count = 0;
        for (unsigned i = 0; i < count; i++)
            ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_AL, (uint8_t)i);
        ak_letters_text(&letters, before, sizeof before);
        ak_letters_trim(&letters);
        ak_letters_text(&letters, after, sizeof after);
        assert_string_equal(after, before);
        unsigned head = 0, tail = 0;
        for (unsigned i = 0; i < AK_LETTERS_HEAD; i++)
            head += letters.head[i].repeats != 0;
        for (unsigned i = 0; i < AK_LETTERS_TAIL; i++)
            tail += letters.tail[i].repeats != 0;
        assert_int_equal(head, count < AK_LETTERS_HEAD ? count : AK_LETTERS_HEAD);
        unsigned rest = count - head;
        assert_int_equal(tail, rest < AK_LETTERS_TAIL ? rest : AK_LETTERS_TAIL);
    }
}

static void the_middle_of_a_long_one_is_left_out(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    char text[1024], expected[1024];
    size_t n = 0;
    for (unsigned i = 0; i < AK_LETTERS_HEAD + AK_LETTERS_TAIL; i++) /* just fits */
        ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_AL, (uint8_t)i);
    ak_letters_text(&letters, text, sizeof text);
    assert_null(strstr(text, "..."));
    for (unsigned i = 0; i < 5; i++)
        ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AL, (uint8_t)(100 + i));
    for (unsigned i = 0; i < AK_LETTERS_HEAD; i++)
        n += (size_t)snprintf(expected + n, sizeof expected - n, "%s>AL(%u)", i ? " " : "", i);
    n += (size_t)snprintf(expected + n, sizeof expected - n, " ...");
    for (unsigned i = AK_LETTERS_HEAD + 5; i < AK_LETTERS_HEAD + AK_LETTERS_TAIL; i++)
        n += (size_t)snprintf(expected + n, sizeof expected - n, " >AL(%u)", i);
    for (unsigned i = 0; i < 5; i++)
        n += (size_t)snprintf(expected + n, sizeof expected - n, " <AL(%u)", 100 + i);
    assert_letters(&letters, expected);
}

static void a_count_cannot_overflow(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    for (unsigned i = 0; i < UINT16_MAX + 10u; i++)
        ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_KA, 0);
    assert_letters(&letters, ">KA*65535");
}

static void small_room_cuts_between_words(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    char text[32];
    ak_letters_add(&letters, AK_SIDE_CLIENT, AK_LETTER_S, 0);
    ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_SA, 0);
    for (size_t room = 1; room <= 7; room++) {
        memset(text, 'x', sizeof text);
        ak_letters_text(&letters, text, room);
        assert_string_equal(text, room > 6 ? ">S <SA" : room > 2 ? ">S" : "");
        assert_int_equal(text[room], 'x');
    }
}

/* The widest words fill the room that is meant for them. */
static void the_worst_case_fits_the_room(void **state)
{
    (void)state;
    struct ak_letters letters = {0};
    char text[AK_LETTERS_TEXT];
    for (unsigned i = 0; i < AK_LETTERS_HEAD + AK_LETTERS_TAIL + 1; i++)
        for (unsigned k = 0; k < 1000; k++)
            ak_letters_add(&letters, AK_SIDE_SERVER, AK_LETTER_AL, (uint8_t)(100 + (i & 1)));
    memset(text, 'x', sizeof text);
    size_t size = ak_letters_text(&letters, text, sizeof text);
    assert_in_range(size, sizeof text - 16, sizeof text - 1);
    assert_int_equal(strlen(text), size);
    assert_string_equal(text + size - 4, " ..."); /* cut between words */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_an_empty_text),
        cmocka_unit_test(repeats_collapse),
        cmocka_unit_test(alerts_carry_their_code),
        cmocka_unit_test(every_letter_has_its_word),
        cmocka_unit_test(sides_can_be_exchanged),
        cmocka_unit_test(trimming_keeps_what_is_said),
        cmocka_unit_test(the_middle_of_a_long_one_is_left_out),
        cmocka_unit_test(a_count_cannot_overflow),
        cmocka_unit_test(small_room_cuts_between_words),
        cmocka_unit_test(the_worst_case_fits_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
