/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "report/words.h"

#include "base/banned.h"

static void print_words(const char *choices)
{
    for (const char *p = choices; *p != '\0'; p++)
        (void)putchar(*p == '|' ? ' ' : *p);
}

static void bash_script(void)
{
    const struct ak_rule_words *words;
    (void)printf("# bash completion of akushu\n_akushu() {\n    local cur=${COMP_WORDS[COMP_CWORD]}"
                 " prev=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n"
                 "    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    [ \"$cur\" = = ] && { prev=${COMP_WORDS[COMP_CWORD-1]}; cur=; }\n"
                 "    case $prev in\n");
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        if (o->argument == NULL || strchr(o->argument, '|') == NULL)
            continue;
        (void)printf("    --%s) COMPREPLY=($(compgen -W '", o->name);
        print_words(o->argument);
        (void)printf("' -- \"$cur\")); return;;\n");
    }
    (void)printf("    explain|--why-not) COMPREPLY=($(compgen -W '");
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        (void)printf("%s ", words->id);
    (void)printf("' -- \"$cur\")); return;;\n"
                 "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\")); return;;\n"
                 "    esac\n    case $cur in\n    -*) COMPREPLY=($(compgen "
                 "-W '");
    for (size_t i = 0; i < ak_option_count; i++)
        (void)printf(
            "--%s%s ", ak_options[i].name,
            ak_options[i].argument != NULL && !ak_option_stands_alone(&ak_options[i]) ? "=" : "");
    (void)printf("' -- \"$cur\")); return;;\n    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                 "        COMPREPLY=($(compgen -W '");
    for (size_t i = 0; i < ak_command_count; i++)
        (void)printf("%s ", ak_commands[i].name);
    (void)printf(
        "' -- \"$cur\"))\n    else\n        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n"
        "}\ncomplete -o filenames -o nospace -F _akushu akushu\n");
}

static void zsh_script(void)
{
    (void)printf("#compdef akushu\n_arguments -s \\\n");
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        (void)printf("  '--%s%s[%s]", o->name,
                     o->argument == NULL         ? ""
                     : ak_option_stands_alone(o) ? "=-"
                                                 : "=",
                     o->about);
        if (o->argument != NULL && strchr(o->argument, '|') != NULL) {
            (void)printf("%s:value:(", ak_option_stands_alone(o) ? ":" : "");
            print_words(o->argument);
            (void)printf(")");
        } else if (o->argument != NULL) {
            (void)printf(":value:_files");
        }
        (void)printf("' \\\n");
    }
    (void)printf("  '1:command:(");
    for (size_t i = 0; i < ak_command_count; i++)
        (void)printf("%s ", ak_commands[i].name);
    (void)printf(")' '*:file:_files'\n");
}

static void fish_script(void)
{
    for (size_t i = 0; i < ak_command_count; i++)
        (void)printf("complete -c akushu -n __fish_use_subcommand -a %s -d '%s'\n",
                     ak_commands[i].name, ak_commands[i].about);
    for (size_t i = 0; i < ak_option_count; i++) {
        const struct ak_option *o = &ak_options[i];
        (void)printf("complete -c akushu -l %s", o->name);
        if (o->letter != 0)
            (void)printf(" -s %c", o->letter);
        if (o->argument != NULL) {
            (void)printf("%s", ak_option_stands_alone(o) ? "" : " -r");
            if (strchr(o->argument, '|') != NULL) {
                (void)printf(" -f -a '");
                print_words(o->argument);
                (void)printf("'");
            }
        }
        (void)printf(" -d '%s'\n", o->about);
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
