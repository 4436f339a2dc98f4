/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "cli/check_options.h"
#include "cli/filter_options.h"
#include "cli/message.h"
#include "cli/watch_options.h"
#include "report/messages.h"

#include "base/banned.h"

enum ak_lang ak_language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *value = NULL;
    for (size_t i = 0; i < AK_COUNT(names) && (value == NULL || *value == '\0'); i++)
        value = getenv(names[i]);
    bool neutral =
        value == NULL || *value == '\0' || strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0;
    const char *language = getenv("LANGUAGE"); /* gettext: ignored in the C locale */
    if (!neutral && language != NULL && *language != '\0')
        value = language;
    return value != NULL && strncmp(value, "ja", 2) == 0 ? AK_LANG_JA : AK_LANG_EN;
}

/* Index of `value` among "a|b|c", or -1. */
static int choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    int index = 0;
    for (const char *p = choices; p != NULL; index++) {
        const char *bar = strchr(p, '|');
        size_t size = bar != NULL ? (size_t)(bar - p) : strlen(p);
        if (size == n && strncmp(p, value, n) == 0)
            return index;
        p = bar != NULL ? bar + 1 : NULL;
    }
    return -1;
}

static const struct ak_command *find_command(const char *name)
{
    for (size_t i = 0; i < ak_command_count; i++)
        if (strcmp(ak_commands[i].name, name) == 0)
            return &ak_commands[i];
    return NULL;
}

static bool usage_error(const char *problem, const char *word)
{
    ak_complain("%s%s%s\nTry 'akushu --help'.", problem, word != NULL ? ": " : "",
                word != NULL ? word : "");
    return false;
}

static bool take_choice(const struct ak_option *option, const char *value, struct ak_arguments *a)
{
    int index = choice(option->argument, value);
    if (index < 0) {
        ak_complain("--%s: '%s' is not one of %s\nTry 'akushu --help'.", option->name, value,
                    option->argument);
        return false;
    }
    if (strcmp(option->name, "script") == 0) {
        a->collect.form = (unsigned)index;
    } else if (strcmp(option->name, "format") == 0) {
        a->format = (enum ak_format)index;
    } else if (strcmp(option->name, "rows") == 0) {
        a->rows = (enum ak_rows)index;
    } else if (strcmp(option->name, "color") == 0) {
        a->color = (enum ak_color)index;
    } else if (strcmp(option->name, "template") == 0) {
        a->template = (enum ak_template)index;
    } else if (strcmp(option->name, "encrypt") == 0) {
        a->check.encrypt = (enum ak_encrypt)(index + 1);
    } else if (strcmp(option->name, "role") == 0) {
        a->role = (enum ak_side_option)index;
        a->has_role = true;
    } else if (strcmp(option->name, "close") == 0) {
        a->has_close = true;
        a->close = (enum ak_lab_close_option)index;
    } else if (strcmp(option->name, "tls") == 0) {
        a->has_tls = true;
        a->tls = (unsigned)index;
    } else if (strcmp(option->name, "lang") == 0) {
        a->lang = (enum ak_lang)index;
    } else {
        static const enum ak_fail_on levels[] = {AK_FAIL_ON_ERROR, AK_FAIL_ON_WARNING,
                                                 AK_FAIL_ON_NOTE, AK_FAIL_ON_NEVER};
        a->fail_on = levels[index];
    }
    return true;
}

static bool take_finding(const char *value, struct ak_arguments *a)
{
    if (a->finding_count == AK_CHOSEN_FINDINGS) {
        ak_complain("--finding: more than %d of them", (int)AK_CHOSEN_FINDINGS);
        return false;
    }
    a->findings[a->finding_count++] = value;
    return true;
}

static bool take_program(const char *value, struct ak_arguments *a)
{
    if (a->program_count == AK_CHOSEN_PROGRAMS) {
        ak_complain("--program: more than %d of them", (int)AK_CHOSEN_PROGRAMS);
        return false;
    }
    a->programs[a->program_count++] = value;
    return true;
}

enum { A_DAY = 24 * 3600, MOST_THREADS = 16, MOST_HOURS = 24 * 365 };

static bool take_count(const char *name, const char *value, int most, unsigned *out)
{
    char *end;
    long count = strtol(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || count < 1 || count > most) {
        ak_complain("--%s: '%s' is no number from 1 to %d", name, value, most);
        return false;
    }
    *out = (unsigned)count;
    return true;
}

/* "64M", "2G", "300000K", or bytes. */
static bool take_memory(const char *value, struct ak_arguments *a)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10), most = SIZE_MAX;
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    bool good = *value >= '0' && *value <= '9' && errno == 0 && number <= most >> shift &&
                (*end == '\0' || (unit != NULL && end[1] == '\0'));
    if (!good || number << shift < AK_MIN_MEMORY) {
        ak_complain("--max-memory=%s: a size of 64M or more is needed, like 64M, 512M or 2G",
                    value);
        return false;
    }
    a->max_memory = (size_t)(number << shift);
    return true;
}

/* Options that are a text or a flag and nothing else; false: another one. */
static bool take_plain_option(const char *name, const char *value, struct ak_arguments *a)
{
    const struct {
        const char *name;
        const char **text;
        bool *flag;
    } options[] = {{"as", &a->as_party, NULL},
                   {"bind", &a->bind, NULL},
                   {"certificate", &a->certificate, NULL},
                   {"certificate-password-file", &a->certificate_password_file, NULL},
                   {"certificate-password-env", &a->certificate_password_env, NULL},
                   {"password", &a->password, NULL},
                   {"instance", &a->instance, NULL},
                   {"write-certificate", &a->write_certificate, NULL},
                   {"once", NULL, &a->once},
                   {"fixed", NULL, &a->fixed},
                   {"folder", &a->collect.folder, NULL},
                   {"until-stdin-ends", NULL, &a->until_stdin_ends}};
    for (size_t i = 0; i < AK_COUNT(options); i++) {
        if (strcmp(options[i].name, name) != 0)
            continue;
        if (options[i].text != NULL)
            *options[i].text = value;
        else
            *options[i].flag = true;
        return true;
    }
    return false;
}

static bool take_option(const struct ak_option *option, const char *value, struct ak_arguments *a)
{
    if (strcmp(option->name, "until") == 0)
        a->until = value;
    enum ak_taken taken = ak_check_option(option->name, value, &a->check);
    if (taken != AK_TAKEN_OTHER)
        return taken == AK_TAKEN;
    taken = ak_watch_option(option->name, value, &a->watch);
    if (taken != AK_TAKEN_OTHER)
        return taken == AK_TAKEN;
    enum ak_filter_answer answer = ak_filter_option(option->name, value, &a->filter);
    if (answer != AK_FILTER_OTHER) {
        a->filtered = true;
        return answer == AK_FILTER_TAKEN;
    }
    if (ak_option_choices(option) != NULL)
        return value == NULL || take_choice(option, value, a);
    if (take_plain_option(option->name, value, a))
        return true;
    if (strcmp(option->name, "hours") == 0)
        return take_count("hours", value, MOST_HOURS, &a->collect.hours);
    if (strcmp(option->name, "for") == 0)
        return take_count("for", value, A_DAY, &a->seconds);
    if (strcmp(option->name, "one-in") == 0)
        return take_count("one-in", value, A_DAY, &a->one_in);
    if (strcmp(option->name, "all") == 0)
        a->all = true;
    else if (strcmp(option->name, "why-not") == 0)
        a->why_not = value;
    else if (strcmp(option->name, "output") == 0)
        a->output = value;
    else if (strcmp(option->name, "would-block") == 0)
        a->would_block = value;
    else if (strcmp(option->name, "bom") == 0)
        a->bom = true;
    else if (strcmp(option->name, "client") == 0)
        a->roles[0] = value;
    else if (strcmp(option->name, "server") == 0)
        a->roles[1] = value;
    else if (strcmp(option->name, "separate") == 0)
        a->separate = true;
    else if (strcmp(option->name, "max-memory") == 0)
        return take_memory(value, a);
    else if (strcmp(option->name, "threads") == 0)
        return take_count("threads", value, MOST_THREADS, &a->threads);
    else if (strcmp(option->name, "write") == 0)
        a->write = value;
    else if (strcmp(option->name, "finding") == 0)
        return take_finding(value, a);
    else if (strcmp(option->name, "program") == 0)
        return take_program(value, a);
    else if (strcmp(option->name, "output-dir") == 0)
        a->output_dir = value;
    else if (strcmp(option->name, "force") == 0)
        a->force = true;
    else if (strcmp(option->name, "allow-lockout") == 0)
        a->allow_lockout = true;
    else if (strcmp(option->name, "strip") == 0)
        a->strip = true;
    else if (strcmp(option->name, "pseudonymize") == 0)
        a->pseudonymize = true;
    else if (strcmp(option->name, "key") == 0)
        a->key = value;
    else if (strcmp(option->name, "list") == 0)
        a->list = true;
    else if (strcmp(option->name, "quiet") == 0)
        a->quiet = true;
    else if (strcmp(option->name, "markdown") == 0)
        a->markdown = true;
    else if (strcmp(option->name, "help") == 0)
        a->help = true;
    else
        a->version = true;
    return true;
}

/* "abc:" style text and long table of getopt, made from ours. */
static void make_getopt(char *letters, struct option *table)
{
    size_t n = 0;
    letters[n++] = ':';
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        table[i].name = o->name;
        table[i].has_arg = o->argument == NULL         ? no_argument
                           : ak_option_stands_alone(o) ? optional_argument
                                                       : required_argument;
        table[i].flag = NULL;
        table[i].val = 256 + (int)i;
        if (o->letter == 0)
            continue;
        letters[n++] = o->letter;
        if (o->argument != NULL)
            letters[n++] = ':';
    }
    letters[n] = '\0';
    memset(&table[ak_option_count], 0, sizeof table[0]);
}

static const struct ak_option *option_of(int code)
{
    if (code >= 256)
        return &ak_options[code - 256];
    for (size_t i = 0; i < ak_option_count; i++)
        if (ak_options[i].letter == code)
            return &ak_options[i];
    return NULL;
}

/* "-2146893007" after explain is a number, which getopt would take for letters of options. The
 * sign may go: no number of that size is known without it. */
static void unsign_numbers(int argc, char **argv)
{
    enum { SHORTEST = 9 };
    bool explain = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        size_t size = strlen(argv[i]);
        explain = explain || strcmp(argv[i], "explain") == 0;
        if (explain && size > SHORTEST && argv[i][0] == '-' &&
            strspn(argv[i] + 1, "0123456789") == size - 1)
            argv[i]++;
    }
}

static bool parse_options(int argc, char **argv, struct ak_arguments *a)
{
    char letters[2 * AK_MOST_OPTIONS + 2];
    struct option table[AK_MOST_OPTIONS + 1];
    bool used[AK_MOST_OPTIONS] = {false};
    int code;
    make_getopt(letters, table);
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (code == '?')
            return usage_error("unknown option", word);
        if (code == ':')
            return usage_error("option needs a value", word);
        const struct ak_option *option = option_of(code);
        if (!take_option(option, optarg, a))
            return false;
        used[option - ak_options] = true;
    }
    a->operands = argv + optind;
    a->operand_count = argc - optind;
    if (a->help || a->version)
        return true;
    if (a->operand_count == 0)
        return usage_error("no command given", NULL);
    const struct ak_command *command = find_command(a->operands[0]);
    if (command == NULL)
        return usage_error("unknown command", a->operands[0]);
    a->command = command->id;
    a->operands++;
    a->operand_count--;
    for (size_t i = 0; i < ak_option_count; i++)
        if (used[i] && !(ak_options[i].commands & 1u << command->id)) {
            ak_complain("%s takes no option --%s\nTry 'akushu help %s'.", command->name,
                        ak_options[i].name, command->name);
            return false;
        }
    return true;
}

/* Is `path` this operand, or does it lie below it? */
static bool lies_in(const char *path, const char *operand)
{
    size_t n = strlen(operand);
    while (n > 1 && operand[n - 1] == '/')
        n--;
    return strncmp(path, operand, n) == 0 &&
           (path[n] == '\0' || path[n] == '/' || operand[n - 1] == '/');
}

/* What --client and --server name is read as operands are. Two words of argv before the operands
 * are free by now: the command's and an option's. */
static void read_roles(struct ak_arguments *a)
{
    for (size_t i = 0; i < AK_COUNT(a->roles); i++) {
        bool there = a->roles[i] == NULL;
        for (int k = 0; k < a->operand_count && !there; k++)
            there = lies_in(a->roles[i], a->operands[k]);
        if (there)
            continue;
        a->operands--;
        a->operands[0] = (char *)(uintptr_t)a->roles[i]; /* a word of argv, too */
        a->operand_count++;
    }
}

bool ak_arguments_parse(int argc, char **argv, struct ak_arguments *a)
{
    memset(a, 0, sizeof *a);
    ak_filter_init(&a->filter);
    a->fail_on = AK_FAIL_ON_ERROR;
    a->template = AK_TEMPLATE_NONE;
    a->lang = ak_language_of_environment();
    unsign_numbers(argc, argv);
    if (!parse_options(argc, argv, a))
        return false;
    if (a->help && a->operand_count > 0) {
        const struct ak_command *command = find_command(a->operands[0]);
        if (command == NULL)
            return usage_error("unknown command", a->operands[0]);
        a->command = command->id;
    }
    if (a->help || a->version)
        return true;
    read_roles(a);
    if (a->command == AK_COMMAND_READ && a->operand_count == 0)
        return usage_error("read: no file or directory given", NULL);
    if (a->command == AK_COMMAND_FIX && a->operand_count == 0 && a->program_count == 0)
        return usage_error("fix: no file or directory given", NULL);
    if (a->command == AK_COMMAND_FIX && a->format == AK_FORMAT_CSV)
        return usage_error("fix: the format is text or jsonl", NULL);
    if (a->command == AK_COMMAND_CHECK && !ak_check_arguments_fit(a))
        return false;
    if (a->command == AK_COMMAND_WATCH && !ak_watch_arguments_fit(a))
        return false;
    if (a->command == AK_COMMAND_COMPARE && (a->operand_count == 0 || a->operand_count > 2))
        return usage_error("compare: one capture or two are needed", NULL);
    if (a->command == AK_COMMAND_COMPARE && a->format == AK_FORMAT_CSV)
        return usage_error("compare: the format is text or jsonl", NULL);
    if (a->command == AK_COMMAND_PREDICT && a->format == AK_FORMAT_CSV)
        return usage_error("predict: the format is text or jsonl", NULL);
    if (a->command == AK_COMMAND_PREDICT && !a->list &&
        (a->operand_count == 0 || a->operand_count > 2))
        return usage_error("predict: a client and a server are needed, or one party to show", NULL);
    if (a->command == AK_COMMAND_LAB && !a->list &&
        a->operand_count != (a->as_party == NULL ? 1 : 0))
        return usage_error("lab: one scenario, or --as with a party, is needed", NULL);
    if (a->command == AK_COMMAND_COLLECT && a->operand_count != 0)
        return usage_error("collect: takes no file", NULL);
    if (a->command == AK_COMMAND_SCHEMA && a->operand_count != 0)
        return usage_error("schema: takes no file", NULL);
    if (a->command == AK_COMMAND_HELP && a->operand_count > 1)
        return usage_error("help: one command is asked for", NULL);
    if ((a->command == AK_COMMAND_PREDICT || a->command == AK_COMMAND_LAB) && a->list &&
        a->operand_count != 0)
        return usage_error("--list takes no name", a->operands[0]);
    if (a->command == AK_COMMAND_EXPLAIN && a->format == AK_FORMAT_CSV)
        return usage_error("explain: the format is text or jsonl", NULL);
    return true;
}
