/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "lab/scenario.h"
#include "report/words.h"

#include "base/banned.h"

/* Inside of '...': `quote` is what the shell wants for a quote; characters of `escaped` get a
 * backslash. */
static void print_quoted(const char *text, const char *quote, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs(quote, stdout);
            continue;
        }
        if (strchr(escaped, *text) != NULL)
            (void)putchar('\\');
        (void)putchar(*text);
    }
}

static void print_words(const char *choices)
{
    for (const char *p = choices; *p != '\0'; p++)
        (void)putchar(*p == '|' ? ' ' : *p);
}

/* ---- bash ---- */

static void bash_words_begin(const char *pattern)
{
    (void)printf("    %s) COMPREPLY=($(compgen -W '", pattern);
}

static void bash_words_end(void)
{
    (void)printf("' -- \"$cur\")); return;;\n");
}

static void print_commands(void)
{
    for (size_t i = 0; i < ak_command_count; i++)
        (void)printf("%s ", ak_commands[i].name);
}

/* What may stand behind the word before. */
static void bash_arguments(void)
{
    const struct ak_rule_words *words;
    const struct ak_lab_scenario *scenario;
    for (size_t i = 0; i < ak_option_count; i++) {
        const char *choices = ak_option_choices(&ak_options[i]);
        if (choices == NULL)
            continue;
        (void)printf("    --%s) COMPREPLY=($(compgen -W '", ak_options[i].name);
        print_words(choices);
        bash_words_end();
    }
    bash_words_begin("explain|--why-not");
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        (void)printf("%s ", words->id);
    bash_words_end();
    bash_words_begin("lab");
    for (size_t i = 0; (scenario = ak_lab_scenario_at(i)) != NULL; i++)
        (void)printf("%s ", scenario->name);
    bash_words_end();
    bash_words_begin("help");
    print_commands();
    bash_words_end();
    bash_words_begin("completion");
    (void)printf("bash zsh fish");
    bash_words_end();
}

/* The options of one command, or all of them before a command was typed. */
static void bash_options(unsigned commands)
{
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        if ((o->commands & commands) != 0)
            (void)printf("--%s%s ", o->name,
                         o->argument != NULL && !ak_option_stands_alone(o) ? "=" : "");
    }
}

static void bash_script(void)
{
    (void)printf("# bash completion of akushu\n_akushu() {\n    local cur=${COMP_WORDS[COMP_CWORD]}"
                 " prev=${COMP_WORDS[COMP_CWORD-1]} word command= options\n    COMPREPLY=()\n"
                 "    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    [ \"$cur\" = = ] && { prev=${COMP_WORDS[COMP_CWORD-1]}; cur=; }\n"
                 "    case $cur in\n    -*) ;;\n    *) case $prev in\n");
    bash_arguments();
    (void)printf("    esac;;\n    esac\n"
                 "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                 "        case \" ");
    print_commands();
    (void)printf("\" in *\" $word \"*) command=$word; break;; esac\n    done\n"
                 "    case $command in\n");
    for (size_t i = 0; i < ak_command_count; i++) {
        (void)printf("    %s) options='", ak_commands[i].name);
        bash_options(1u << ak_commands[i].id);
        (void)printf("';;\n");
    }
    (void)printf("    *) options='");
    bash_options(~0u);
    (void)printf("';;\n    esac\n    case $cur in\n"
                 "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return;;\n    esac\n"
                 "    if [ -z \"$command\" ]; then\n        COMPREPLY=($(compgen -W '");
    print_commands();
    (void)printf("' -- \"$cur\"))\n    else\n"
                 "        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n"
                 "}\ncomplete -o filenames -o nospace -F _akushu akushu\n");
}

/* ---- zsh and fish ---- */

static void zsh_script(void)
{
    (void)printf("#compdef akushu\n_arguments -s \\\n");
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        (void)printf("  '--%s%s[", o->name,
                     o->argument == NULL         ? ""
                     : ak_option_stands_alone(o) ? "=-"
                                                 : "=");
        print_quoted(o->about, "'\\''", "[]\\");
        (void)printf("]");
        if (ak_option_choices(o) != NULL) {
            (void)printf("%s:value:(", ak_option_stands_alone(o) ? ":" : "");
            print_words(ak_option_choices(o));
            (void)printf(")");
        } else if (o->argument != NULL) {
            (void)printf(":value:_files");
        }
        (void)printf("' \\\n");
    }
    (void)printf("  '1:command:(");
    print_commands();
    (void)printf(")' '*:file:_files'\n");
}

static void fish_script(void)
{
    for (size_t i = 0; i < ak_command_count; i++) {
        (void)printf("complete -c akushu -n __fish_use_subcommand -a %s -d '", ak_commands[i].name);
        print_quoted(ak_commands[i].about, "\\'", "\\");
        (void)printf("'\n");
    }
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        (void)printf("complete -c akushu -l %s", o->name);
        if (o->letter != 0)
            (void)printf(" -s %c", o->letter);
        if (o->argument != NULL)
            (void)printf("%s", ak_option_stands_alone(o) ? "" : " -r");
        if (ak_option_choices(o) != NULL) {
            (void)printf(" -f -a '");
            print_words(ak_option_choices(o));
            (void)printf("'");
        }
        (void)printf(" -d '");
        print_quoted(o->about, "\\'", "\\");
        (void)printf("'\n");
    }
}

int ak_command_completion(const struct ak_arguments *arguments)
{
    const char *shell = arguments->operand_count == 1 ? arguments->operands[0] : "";
    if (strcmp(shell, "bash") == 0) {
        bash_script();
    } else if (strcmp(shell, "zsh") == 0) {
        zsh_script();
    } else if (strcmp(shell, "fish") == 0) {
        fish_script();
    } else {
        ak_complain("completion: one of bash, zsh, fish is needed");
        return AK_EXIT_USAGE;
    }
    return AK_EXIT_NOTHING;
}
