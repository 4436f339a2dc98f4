/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "library/target.h"
#include "os/file.h"
#include "report/messages.h"
#include "report/wrap.h"

#include "base/banned.h"

static size_t help_width(void)
{
    unsigned columns = ak_terminal_columns(1);
    return columns == 0 ? 100 : columns < 60 ? 60 : columns;
}

static void print_wrapped(const char *left, size_t indent, const char *text)
{
    struct ak_text line;
    ak_text_init(&line, 4096);
    ak_text_add(&line, left);
    size_t columns = ak_text_columns(left);
    if (columns > indent) {
        ak_text_char(&line, '\n');
        columns = 0;
    }
    for (; columns < indent; columns++)
        ak_text_char(&line, ' ');
    ak_wrap(&line, text, indent, indent, help_width());
    (void)fputs(ak_text_string(&line), stdout);
    ak_text_release(&line);
}

static void print_option(const struct ak_option *o, enum ak_lang lang)
{
    char left[80];
    const char *equals = o->argument == NULL ? "" : ak_option_stands_alone(o) ? "[=" : "=";
    (void)snprintf(left, sizeof left, "  %c%c%s --%s%s%s%s", o->letter ? '-' : ' ',
                   o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, equals,
                   o->argument ? o->argument : "", ak_option_stands_alone(o) ? "]" : "");
    print_wrapped(left, 32, ak_tr(lang, o->about));
}

static void print_command(const struct ak_command *command, enum ak_lang lang)
{
    (void)printf("%s akushu %s %s\n\n%s\n\n%s\n", ak_tr(lang, N_("Usage:")), command->name,
                 command->arguments, ak_tr(lang, command->about), ak_tr(lang, N_("Options:")));
    for (size_t i = 0; i < ak_option_count; i++)
        if (ak_options[i].commands & 1u << command->id)
            print_option(&ak_options[i], lang);
}

#define OF(command) (1u << AK_COMMAND_##command)

static const struct {
    unsigned commands;
    int status;
    const char *about;
} exits[] = {
    {OF(READ) | OF(WATCH) | OF(CHECK), 0, N_("nothing at or above --fail-on")},
    {OF(FIX), 0, N_("there is nothing to change")},
    {OF(COMPARE), 0, N_("no difference")},
    {OF(PREDICT), 0, N_("they reach each other")},
    {OF(EXPLAIN), 0, N_("explained")},
    {OF(COLLECT) | OF(LAB) | OF(SCHEMA), 0, N_("done")},
    {OF(READ) | OF(WATCH), 1, N_("findings at or above it")},
    {OF(CHECK), 1, N_("findings at or above it, or the client could not connect or log in")},
    {OF(FIX), 1, N_("there is something to change, or a change was refused")},
    {OF(COMPARE), 1, N_("the conversations differ")},
    {OF(PREDICT), 1, N_("they do not reach each other")},
    {OF(EXPLAIN), 1, N_("none of the known texts and numbers")},
    {~OF(EXPLAIN), 2, N_("wrong usage")},
    {OF(EXPLAIN), 2, N_("wrong usage, or no such rule")},
    {OF(READ) | OF(WATCH), 3, N_("some input unreadable or only partly read")},
    {OF(CHECK), 3, N_("interrupted, or not all could be asked or read")},
    {OF(FIX), 3,
     N_("some input unreadable or only partly read, or the output could not be written")},
    {OF(COMPARE) | OF(PREDICT), 3, N_("some input unreadable")},
    {OF(COLLECT) | OF(SCHEMA) | OF(EXPLAIN), 3, N_("the output could not be written")},
    {OF(LAB), 3, N_("it could not listen, or a file could not be written")},
    {OF(CHECK), 4, N_("no address of the server could be reached")},
};

static void print_exits(enum ak_command_id command, enum ak_lang lang)
{
    for (size_t i = 0; i < AK_COUNT(exits); i++) {
        char left[16];
        if ((exits[i].commands & 1u << command) == 0)
            continue;
        (void)snprintf(left, sizeof left, "  %d  ", exits[i].status);
        print_wrapped(left, 5, ak_tr(lang, exits[i].about));
    }
}

static void print_explain_notes(enum ak_lang lang)
{
    (void)putchar('\n');
    print_wrapped("", 0,
                  ak_tr(lang, N_("TEXT is an error text as it was shown, in English or Japanese, "
                                 "or numbers such as 10054, 0x80090331 or \"36888 40 1205\"; - "
                                 "reads it from the standard input.")));
}

static void print_server_form(const char *form, const char *about)
{
    char left[64];
    (void)snprintf(left, sizeof left, "  %s", form);
    print_wrapped(left, 32, about);
}

static void print_schemes(enum ak_lang lang)
{
    struct ak_text names;
    const char *scheme;
    ak_text_init(&names, 1024);
    for (size_t i = 0; (scheme = ak_target_scheme(i)) != NULL; i++)
        ak_text_format(&names, "%s%s", i != 0 ? ", " : "", scheme);
    ak_text_format(&names, ". %s",
                   ak_tr(lang, N_("Without one the port decides, else it is SQL Server, or TLS.")));
    print_server_form("SCHEME://HOST[:PORT]", ak_text_string(&names));
    ak_text_release(&names);
}

static void print_check_notes(enum ak_lang lang)
{
    (void)printf("\n%s\n", ak_tr(lang, N_("SERVER is one of these; several are nodes of one "
                                          "service:")));
    print_server_form("HOST", ak_tr(lang, N_("SQL Server at port 1433")));
    print_server_form("HOST\\INSTANCE", ak_tr(lang, N_("SQL Server Browser (UDP 1434) tells the "
                                                       "port")));
    print_server_form("HOST,PORT  HOST:PORT",
                      ak_tr(lang, N_("also tcp:HOST,PORT and [IPV6-ADDRESS]:PORT")));
    print_server_form("admin:HOST[\\INSTANCE]",
                      ak_tr(lang, N_("the administrator connection (DAC)")));
    print_schemes(lang);
}

static void print_all(enum ak_lang lang)
{
    (void)printf("akushu %s\n", AKUSHU_VERSION);
    print_wrapped("", 0,
                  ak_tr(lang, N_("why a TLS connection was forcibly closed, and what to "
                                 "change")));
    (void)printf("\n%s\n", ak_tr(lang, N_("Commands:")));
    for (size_t i = 0; i < ak_command_count; i++) {
        (void)printf("  akushu %s %s\n", ak_commands[i].name, ak_commands[i].arguments);
        print_wrapped("", 6, ak_tr(lang, ak_commands[i].about));
    }
    (void)printf("\n%s\n", ak_tr(lang, N_("Options of read:")));
    for (size_t i = 0; i < ak_option_count; i++)
        if (ak_options[i].commands & 1u << AK_COMMAND_READ)
            print_option(&ak_options[i], lang);
    (void)printf("\n%s\n", ak_tr(lang, N_("Exit status of read and watch:")));
    print_exits(AK_COMMAND_READ, lang);
    (void)putchar('\n');
    print_wrapped("", 0,
                  ak_tr(lang, N_("'akushu help COMMAND' shows the options of another command.")));
    (void)printf(
        "\n%s\n  akushu read trace.pcapng\n  akushu read --format=jsonl captures/ | jq .\n"
        "  akushu check sql01\n  akushu explain no-common-version\n  akushu explain 0x80090331\n",
        ak_tr(lang, N_("Examples:")));
}

int ak_command_help(const struct ak_arguments *arguments)
{
    const char *name = NULL;
    if (arguments->command == AK_COMMAND_HELP && arguments->operand_count > 0)
        name = arguments->operands[0];
    for (size_t i = 0; i < ak_command_count; i++) {
        const struct ak_command *command = &ak_commands[i];
        bool asked = name != NULL ? strcmp(command->name, name) == 0
                                  : arguments->help && command->id == arguments->command;
        if (!asked)
            continue;
        print_command(command, arguments->lang);
        if (command->id == AK_COMMAND_CHECK)
            print_check_notes(arguments->lang);
        if (command->id == AK_COMMAND_EXPLAIN)
            print_explain_notes(arguments->lang);
        (void)printf("\n%s\n", ak_tr(arguments->lang, N_("Exit status:")));
        print_exits(command->id, arguments->lang);
        if (command->id == AK_COMMAND_CHECK)
            print_wrapped("", 0,
                          ak_tr(arguments->lang,
                                N_("With --monitor: 0 ok, 1 warning, 2 critical, 3 unknown.")));
        return AK_EXIT_NOTHING;
    }
    if (name != NULL) {
        ak_complain("unknown command: %s\nTry 'akushu --help'.", name);
        return AK_EXIT_USAGE;
    }
    print_all(arguments->lang);
    return AK_EXIT_NOTHING;
}
