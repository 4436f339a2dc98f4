/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../src/cli/options.c" /* the program's, not the library's */

#include "../../../src/cli/option_table.c"

#include "../../../src/cli/check_options.c"
#include "../../../src/cli/filter_options.c"
#include "../../../src/cli/message.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_WORDS = 12 };

/* Splits at blanks, with "akushu" before the rest. */
static int words_of(const char *line, char *room, size_t size, char *argv[MOST_WORDS])
{
    int argc = 0;
    assert_true(strlen(line) + 8 < size);
    (void)snprintf(room, size, "akushu %s", line);
    for (char *p = room; *p != '\0';) {
        assert_true(argc + 1 < MOST_WORDS);
        argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p == ' ')
            *p++ = '\0';
    }
    argv[argc] = NULL;
    return argc;
}

struct parsed {
    struct ak_arguments a;
    char room[256];
    char *argv[MOST_WORDS];
    char message[512]; /* on stderr */
    bool good;
};

/* Parses a line with stderr going into a file of its own. */
static void parse(struct parsed *p, const char *line)
{
    memset(p, 0, sizeof *p);
    int argc = words_of(line, p->room, sizeof p->room, p->argv);
    (void)fflush(stderr);
    int kept = dup(2);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(dup2(fileno(file), 2) == 2);
    optind = 0; /* glibc: begin anew */
    p->good = ak_arguments_parse(argc, p->argv, &p->a);
    (void)fflush(stderr);
    assert_true(dup2(kept, 2) == 2);
    (void)close(kept);
    rewind(file);
    p->message[fread(p->message, 1, sizeof p->message - 1, file)] = '\0';
    (void)fclose(file);
}

static void defaults(void **state)
{
    (void)state;
    struct parsed p;
    parse(&p, "read a.pcap");
    assert_true(p.good);
    assert_string_equal(p.message, "");
    assert_int_equal(p.a.command, AK_COMMAND_READ);
    assert_int_equal(p.a.format, AK_FORMAT_TEXT);
    assert_int_equal(p.a.color, AK_COLOR_AUTO);
    assert_int_equal(p.a.fail_on, AK_FAIL_ON_ERROR);
    assert_false(p.a.all || p.a.quiet || p.a.help || p.a.version || p.a.markdown);
    assert_null(p.a.why_not);
    assert_null(p.a.output);
    assert_int_equal(p.a.operand_count, 1);
    assert_string_equal(p.a.operands[0], "a.pcap");
}

static void options_may_stand_anywhere(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "read --format=jsonl --all -o out a b",
        "--format jsonl read -a a b --output=out",
        "read a -f jsonl b -ao out",
        "--all -fjsonl -oout read -- a b",
    };
    for (size_t i = 0; i < AK_COUNT(lines); i++) {
        struct parsed p;
        parse(&p, lines[i]);
        assert_true(p.good);
        assert_int_equal(p.a.command, AK_COMMAND_READ);
        assert_int_equal(p.a.format, AK_FORMAT_JSONL);
        assert_true(p.a.all);
        assert_string_equal(p.a.output, "out");
        assert_int_equal(p.a.operand_count, 2);
        assert_string_equal(p.a.operands[0], "a");
        assert_string_equal(p.a.operands[1], "b");
    }
}

static void choices_have_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum ak_format format;
        enum ak_color color;
        enum ak_fail_on fail_on;
    } rows[] = {
        {"read x --format=text", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_ERROR},
        {"read x --format=jsonl", AK_FORMAT_JSONL, AK_COLOR_AUTO, AK_FAIL_ON_ERROR},
        {"read x --color=auto", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_ERROR},
        {"read x --color=always", AK_FORMAT_TEXT, AK_COLOR_ALWAYS, AK_FAIL_ON_ERROR},
        {"read x --color=never", AK_FORMAT_TEXT, AK_COLOR_NEVER, AK_FAIL_ON_ERROR},
        {"read x --fail-on=error", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_ERROR},
        {"read x --fail-on=warning", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_WARNING},
        {"read x --fail-on=note", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_NOTE},
        {"read x --fail-on=never", AK_FORMAT_TEXT, AK_COLOR_AUTO, AK_FAIL_ON_NEVER},
        {"read x --fail-on=note --fail-on=never", AK_FORMAT_TEXT, AK_COLOR_AUTO,
         AK_FAIL_ON_NEVER}, /* the last one counts */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct parsed p;
        parse(&p, rows[i].line);
        assert_true(p.good);
        assert_int_equal(p.a.format, rows[i].format);
        assert_int_equal(p.a.color, rows[i].color);
        assert_int_equal(p.a.fail_on, rows[i].fail_on);
    }
}

static void the_other_options(void **state)
{
    (void)state;
    struct parsed p;
    parse(&p, "read x --why-not=no-answer#3 -q --lang=ja");
    assert_true(p.good);
    assert_string_equal(p.a.why_not, "no-answer#3");
    assert_true(p.a.quiet);
    assert_int_equal(p.a.lang, AK_LANG_JA);
    parse(&p, "schema --markdown");
    assert_true(p.good && p.a.markdown);
    assert_int_equal(p.a.command, AK_COMMAND_SCHEMA);
    parse(&p, "explain");
    assert_true(p.good);
    assert_int_equal(p.a.command, AK_COMMAND_EXPLAIN);
    assert_int_equal(p.a.operand_count, 0);
    parse(&p, "explain -2146893007 --lang en -40");
    assert_false(p.good); /* "-40" is too short for an HRESULT */
    parse(&p, "explain -2146893007 --lang en");
    assert_true(p.good);
    assert_string_equal(p.a.operands[0], "2146893007");
    parse(&p, "explain no-answer --lang en");
    assert_true(p.good);
    assert_int_equal(p.a.lang, AK_LANG_EN);
    parse(&p, "completion bash");
    assert_true(p.good);
    assert_int_equal(p.a.command, AK_COMMAND_COMPLETION);
    parse(&p, "read -");
    assert_true(p.good);
    assert_string_equal(p.a.operands[0], "-");
}

static void help_and_version_need_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool help, version;
        enum ak_command_id command;
    } rows[] = {
        {"--help", true, false, AK_COMMAND_NONE},
        {"-h", true, false, AK_COMMAND_NONE},
        {"--version", false, true, AK_COMMAND_NONE},
        {"-V", false, true, AK_COMMAND_NONE},
        {"read --help", true, false, AK_COMMAND_READ},
        {"--help schema", true, false, AK_COMMAND_SCHEMA},
        {"-hV", true, true, AK_COMMAND_NONE},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct parsed p;
        parse(&p, rows[i].line);
        assert_true(p.good);
        assert_int_equal(p.a.help, rows[i].help);
        assert_int_equal(p.a.version, rows[i].version);
        assert_int_equal(p.a.command, rows[i].command);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"", "akushu: no command given\nTry 'akushu --help'.\n"},
        {"raed x", "akushu: unknown command: raed\nTry 'akushu --help'.\n"},
        {"raed --help", "akushu: unknown command: raed\nTry 'akushu --help'.\n"},
        {"read", "akushu: read: no file or directory given\nTry 'akushu --help'.\n"},
        {"read --nope x", "akushu: unknown option: --nope\nTry 'akushu --help'.\n"},
        {"read x -Z", "akushu: unknown option: -Z\nTry 'akushu --help'.\n"},
        {"read x --output", "akushu: option needs a value: --output\nTry 'akushu --help'.\n"},
        {"read x -o", "akushu: option needs a value: -o\nTry 'akushu --help'.\n"},
        {"read x --format=xml",
         "akushu: --format: 'xml' is not one of text|jsonl|csv\nTry 'akushu --help'.\n"},
        {"read x --format=",
         "akushu: --format: '' is not one of text|jsonl|csv\nTry 'akushu --help'.\n"},
        {"read x --format=tex",
         "akushu: --format: 'tex' is not one of text|jsonl|csv\nTry 'akushu --help'.\n"},
        {"read x --format=text|jsonl",
         "akushu: --format: 'text|jsonl' is not one of text|jsonl|csv\nTry 'akushu --help'.\n"},
        {"\033[31mred", "akushu: unknown command: \xef\xbf\xbd[31mred\nTry 'akushu --help'.\n"},
        {"read x --lang=de", "akushu: --lang: 'de' is not one of en|ja\nTry 'akushu --help'.\n"},
        {"read x --markdown", "akushu: read takes no option --markdown\nTry 'akushu help read'.\n"},
        {"schema --all", "akushu: schema takes no option --all\nTry 'akushu help schema'.\n"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct parsed p;
        parse(&p, rows[i].line);
        assert_false(p.good);
        assert_string_equal(p.message, rows[i].message);
    }
}

static void the_environment_names_the_language(void **state)
{
    (void)state;
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"};
    static const struct {
        const char *value[4];
        enum ak_lang lang;
    } rows[] = {
        {{NULL, NULL, NULL, NULL}, AK_LANG_EN},
        {{NULL, NULL, "ja_JP.UTF-8", NULL}, AK_LANG_JA},
        {{NULL, NULL, "ja", NULL}, AK_LANG_JA},
        {{NULL, NULL, "en_US.UTF-8", NULL}, AK_LANG_EN},
        {{NULL, "ja_JP.UTF-8", "en_US.UTF-8", NULL}, AK_LANG_JA},
        {{"en_US.UTF-8", "ja_JP.UTF-8", "ja_JP.UTF-8", NULL}, AK_LANG_EN},
        {{"", "", "ja_JP.UTF-8", NULL}, AK_LANG_JA},    /* empty is unset */
        {{"C", NULL, "ja_JP.UTF-8", "ja"}, AK_LANG_EN}, /* gettext: the C locale has no LANGUAGE */
        {{"POSIX", NULL, NULL, "ja"}, AK_LANG_EN},
        {{NULL, NULL, NULL, "ja"}, AK_LANG_EN},
        {{NULL, NULL, "C.UTF-8", "ja"}, AK_LANG_JA},
        {{NULL, NULL, "ja_JP.UTF-8", "en:ja"}, AK_LANG_EN},
        {{NULL, NULL, "en_US.UTF-8", ""}, AK_LANG_EN},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct parsed p;
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(rows[i].value[k] != NULL ? setenv(names[k], rows[i].value[k], 1)
                                                      : unsetenv(names[k]),
                             0);
        assert_int_equal(ak_language_of_environment(), rows[i].lang);
        parse(&p, "explain");
        assert_int_equal(p.a.lang, rows[i].lang);
        parse(&p, "explain --lang=ja"); /* the option is stronger */
        assert_int_equal(p.a.lang, AK_LANG_JA);
    }
}

/* Help, completion and parsing are driven by the tables. */
static void tables_are_whole(void **state)
{
    (void)state;
    unsigned known = 0;
    for (size_t i = 0; i < ak_command_count; i++) {
        assert_non_null(find_command(ak_commands[i].name));
        assert_int_equal(find_command(ak_commands[i].name)->id, ak_commands[i].id);
        assert_true(ak_commands[i].about[0] != '\0');
        known |= 1u << ak_commands[i].id;
    }
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        assert_true(o->about[0] != '\0');
        assert_true((o->commands & known) != 0);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(o->name, ak_options[k].name);
            assert_true(o->letter == 0 || o->letter != ak_options[k].letter);
        }
        assert_true(option_of(256 + (int)i) == o);
        assert_true(o->letter == 0 || option_of(o->letter) == o);
    }
    assert_null(option_of('?'));
}

static void choices_are_whole_words(void **state)
{
    (void)state;
    assert_int_equal(choice("a|bc|d", "a"), 0);
    assert_int_equal(choice("a|bc|d", "bc"), 1);
    assert_int_equal(choice("a|bc|d", "d"), 2);
    assert_int_equal(choice("a|bc|d", "b"), -1);
    assert_int_equal(choice("a|bc|d", "c"), -1);
    assert_int_equal(choice("a|bc|d", ""), -1);
    assert_int_equal(choice("a|bc|d", "a|bc"), -1);
    assert_int_equal(choice("a|bc|d", "dd"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(choices_have_their_values),
        cmocka_unit_test(the_other_options),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(the_environment_names_the_language),
        cmocka_unit_test(tables_are_whole),
        cmocka_unit_test(choices_are_whole_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
