/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "../../../src/cli/message.c" /* the program's, not the library's */

#include <fcntl.h>
#include <signal.h>

#include "base/alloc.h"
#include "support/temporary.h"

/* A stream of the process that goes elsewhere for a while. */
struct captured {
    FILE *stream;
    int number, kept;
    char text[4 * MESSAGE];
};

static void redirect(struct captured *c, FILE *stream, int to)
{
    c->stream = stream;
    c->number = fileno(stream);
    assert_true(to >= 0);
    assert_int_equal(fflush(stream), 0);
    c->kept = dup(c->number);
    assert_true(c->kept >= 0);
    assert_true(dup2(to, c->number) == c->number);
    (void)close(to);
}

/* What could not be written is dropped: it must not come out at the next flush. */
static void restore(struct captured *c)
{
    (void)fflush(c->stream);
    clearerr(c->stream);
    assert_true(dup2(c->kept, c->number) == c->number);
    (void)close(c->kept);
}

static struct temporary directory;
static const char *said_path;

static void listen(struct captured *c)
{
    redirect(c, stderr, open(said_path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

static const char *heard(struct captured *c)
{
    restore(c);
    FILE *file = fopen(said_path, "rb");
    assert_non_null(file);
    c->text[fread(c->text, 1, sizeof c->text - 1, file)] = '\0';
    (void)fclose(file);
    return c->text;
}

static struct captured said;

static const char *complaint(const char *text)
{
    listen(&said);
    ak_complain("%s", text);
    return heard(&said);
}

static void begins_with_the_program(void **state)
{
    (void)state;
    listen(&said);
    ak_complain("%s: %d of %u", "a.pcap", -1, 2u);
    assert_string_equal(heard(&said), "akushu: a.pcap: -1 of 2\n");
    assert_string_equal(complaint(""), "akushu: \n");
    assert_string_equal(complaint("100%"), "akushu: 100%\n");
    assert_string_equal(complaint("\xe6\x8e\xa5\xe7\xb6\x9a"),
                        "akushu: \xe6\x8e\xa5\xe7\xb6\x9a\n");
}

/* A file's name may hold anything; a terminal must not obey it. */
static void control_characters_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"a\x1b[2Jb", "a\xef\xbf\xbd[2Jb"},
        {"a\x1b]0;title\x07.pcap", "a\xef\xbf\xbd]0;title\xef\xbf\xbd.pcap"},
        {"a\tb\rc\bd", "a\xef\xbf\xbd"
                       "b\xef\xbf\xbd"
                       "c\xef\xbf\xbd"
                       "d"},
        {"a\x7f", "a\xef\xbf\xbd"},
        {"\xc2\x9b"
         "2J",
         "\xef\xbf\xbd"
         "2J"}, /* CSI as C1 */
        {"x\xe2\x80\xaegpj.exe", "x\xef\xbf\xbdgpj.exe"},
        {"x\xe2\x81\xa6y", "x\xef\xbf\xbdy"},
        {"x\xffy", "x\xef\xbf\xbdy"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        char wanted[128];
        (void)snprintf(wanted, sizeof wanted, "akushu: %s\n", rows[i].out);
        assert_string_equal(complaint(rows[i].in), wanted);
    }
}

static void lines_end_where_they_end(void **state)
{
    (void)state;
    assert_string_equal(complaint("one\ntwo\nthree"), "akushu: one\ntwo\nthree\n");
    assert_string_equal(complaint("one\n\nthree"), "akushu: one\n\nthree\n");
    assert_string_equal(complaint("one\n"), "akushu: one\n\n");
    assert_string_equal(complaint("one\x1b\ntwo\x1b"),
                        "akushu: one\xef\xbf\xbd\ntwo\xef\xbf\xbd\n");
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    static char much[2 * MESSAGE];
    memset(much, 'x', sizeof much - 1);
    const char *got = complaint(much);
    assert_int_equal(strlen(got), strlen("akushu: ") + MESSAGE - 1 + 1);
    assert_int_equal(got[strlen(got) - 1], '\n');
    memset(much, '\x1b', sizeof much - 1); /* each becomes three bytes */
    got = complaint(much);
    assert_int_equal(strlen(got), strlen("akushu: ") + 3 * (MESSAGE - 1) + 1);
    assert_null(strchr(got, '\x1b'));
}

static void want_of_memory_is_survived(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 4; n++) {
        listen(&said);
        (void)ak_alloc_fail_after(n);
        ak_complain("%s", "a message longer than the first block that a text takes, so it grows");
        (void)ak_alloc_fail_after(0);
        const char *got = heard(&said);
        assert_true(got[0] == '\0' || got[strlen(got) - 1] == '\n');
    }
}

/* What is still in the buffer of stdout when its file takes no more. */
static int arrives(const char *text, int to)
{
    struct captured output;
    redirect(&output, stdout, to);
    (void)setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    (void)fputs(text, stdout);
    listen(&said);
    int arrived = ak_output_arrived();
    (void)heard(&said);
    restore(&output);
    return arrived;
}

static void output_that_arrives(void **state)
{
    (void)state;
    const char *path = temporary_path(&directory, "out");
    assert_true(arrives("some words\n", open(path, O_WRONLY | O_CREAT, 0600)));
    assert_string_equal(said.text, "");
    char got[64];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(got, "some words\n");
}

static void output_that_does_not(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        skip();
    assert_false(arrives("some words\n", full));
    assert_string_equal(said.text, "akushu: stdout: cannot write: No space left on device\n");
}

static void a_reader_that_has_gone(void **state)
{
    (void)state;
    int ends[2];
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_true(arrives("some words\n", ends[1]));
    assert_string_equal(said.text, "");
}

static int begin(void **state)
{
    (void)state;
    temporary_open(&directory);
    said_path = temporary_path(&directory, "said");
    return 0;
}

static int end(void **state)
{
    (void)state;
    temporary_close(&directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_with_the_program),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(lines_end_where_they_end),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(want_of_memory_is_survived),
        cmocka_unit_test(output_that_arrives),
        cmocka_unit_test(output_that_does_not),
        cmocka_unit_test(a_reader_that_has_gone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
