/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "report/messages.h"
#include "report/words.h"

#include "base/banned.h"

static void list_rules(enum ak_lang lang)
{
    const struct ak_rule_words *words;
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        (void)printf("%-30s  %-7s  %s\n", words->id, words->severity, words->title[lang]);
}

/* Letters of `a` found in order in `b`: enough to suggest what was meant. */
static size_t likeness(const char *a, const char *b)
{
    size_t same = 0;
    for (; *a != '\0' && *b != '\0'; b++)
        if (*a == *b) {
            a++;
            same++;
        }
    return same;
}

static const char *nearest(const char *id)
{
    const struct ak_rule_words *words;
    const char *best = NULL;
    size_t most = strlen(id) / 2;
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++) {
        size_t same = likeness(id, words->id);
        if (same > most) {
            most = same;
            best = words->id;
        }
    }
    return best;
}

int ak_command_explain(const struct ak_arguments *arguments)
{
    if (arguments->operand_count == 0) {
        list_rules(arguments->lang);
        return AK_EXIT_NOTHING;
    }
    const char *id = arguments->operands[0];
    const struct ak_rule_words *words = ak_rule_words_find(id);
    if (words == NULL) {
        const char *other = nearest(id);
        (void)fprintf(stderr, "akushu: no rule '%s'", id);
        if (other != NULL)
            (void)fprintf(stderr, "; did you mean '%s'?", other);
        (void)fprintf(stderr, "\n'akushu explain' lists all rules.\n");
        return AK_EXIT_USAGE;
    }
    (void)fputs(words->page[arguments->lang], stdout);
    return fflush(stdout) == 0 ? AK_EXIT_NOTHING : AK_EXIT_PARTLY;
}
