/* A password is taken whole or not at all, and nothing of it is left behind. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/password_option.h"

#include "base/attr.h"
#include "support/command.h"
#include "support/temporary.h"

enum { ROOM = 16 };

static struct temporary folder;
static char room[ROOM], said[1024];

/* What a call says on stderr, which is captured for the while. */
static bool taken(bool (*call)(const char *what, char *out, size_t size), const char *what)
{
    struct command_stream err = command_take(stderr, 2);
    memset(room, 'x', sizeof room);
    bool good = call(what, room, sizeof room);
    command_give(&err, stderr, said, sizeof said);
    return good;
}

static bool of_bytes(const char *bytes, size_t size)
{
    return taken(ak_password_of_file, temporary_file(&folder, "password", bytes, size));
}

static void assert_wiped(const char *says)
{
    static const char zero[ROOM];
    assert_memory_equal(room, zero, ROOM);
    assert_non_null(strstr(said, says));
}

static void the_first_line_of_a_file(void **state)
{
    static const struct {
        const char *bytes, *password;
    } rows[] = {{"secret", "secret"},
                {"secret\n", "secret"},
                {"secret\r\nsecond\n", "secret"},
                {" a b ", " a b "},
                {"", ""},
                {"\nsecond", ""},
                {"\xef\xbb\xbfsecret\n", "secret"},
                {"\xef\xbb", "\xef\xbb"},
                {"p\xc3\xa4ss", "p\xc3\xa4ss"},
                {"fifteen letters", "fifteen letters"},
                {"short\nand a second line that is longer than the room", "short"}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        assert_true(of_bytes(rows[i].bytes, strlen(rows[i].bytes)));
        assert_string_equal(room, rows[i].password);
        assert_string_equal(said, "");
        for (size_t k = strlen(room); k < ROOM; k++)
            assert_int_equal(room[k], 0); /* nothing of a second line */
    }
}

static void no_part_of_a_longer_one(void **state)
{
    (void)state;
    assert_false(of_bytes("sixteen letters!", 16));
    assert_wiped("password: the password is longer than 15 bytes");
    assert_false(of_bytes("seventeen letters\n", 18));
    assert_wiped("longer than 15 bytes");
}

static void files_that_cannot_be_one(void **state)
{
    (void)state;
    assert_false(of_bytes("s\0e\0c\0", 6)); /* UTF-16, as PowerShell writes it */
    assert_wiped("save the file as UTF-8");
    assert_true(of_bytes("a\n\0", 3)); /* only the first line counts */
    assert_false(taken(ak_password_of_file, temporary_path(&folder, "none")));
    assert_wiped("none: ");
    assert_false(taken(ak_password_of_file, folder.path));
    assert_wiped(folder.path);
}

static void a_variable(void **state)
{
    (void)state;
    assert_int_equal(setenv("AKUSHU_TEST_WORD", "fifteen letters", 1), 0);
    assert_true(taken(ak_password_of_environment, "AKUSHU_TEST_WORD"));
    assert_string_equal(room, "fifteen letters");
    assert_int_equal(setenv("AKUSHU_TEST_WORD", "sixteen letters!", 1), 0);
    assert_false(taken(ak_password_of_environment, "AKUSHU_TEST_WORD"));
    assert_wiped("AKUSHU_TEST_WORD: the password is longer than 15 bytes");
    assert_null(strstr(said, "sixteen letters!"));
    assert_int_equal(unsetenv("AKUSHU_TEST_WORD"), 0);
    assert_false(taken(ak_password_of_environment, "AKUSHU_TEST_WORD"));
    assert_wiped("not set");
}

static int begin(void **state)
{
    (void)state;
    temporary_open(&folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    temporary_close(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_of_a_file),
        cmocka_unit_test(no_part_of_a_longer_one),
        cmocka_unit_test(files_that_cannot_be_one),
        cmocka_unit_test(a_variable),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
