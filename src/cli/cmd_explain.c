/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "os/file.h"
#include "report/messages.h"
#include "report/words.h"
#include "report/wrap.h"

#include "base/banned.h"

static void print_rule(const struct ak_rule_words *words, enum ak_lang lang, size_t width)
{
    struct ak_text line;
    ak_text_init(&line, 4096);
    ak_text_format(&line, "%-30s  %-7s  ", words->id, words->severity);
    ak_wrap(&line, words->title[lang], 41, 41, width > 60 ? width : 60);
    (void)fputs(ak_text_string(&line), stdout);
    ak_text_release(&line);
}

static void list_rules(enum ak_lang lang)
{
    const struct ak_rule_words *words;
    unsigned columns = ak_terminal_columns(1);
    size_t width = columns == 0 ? 100 : columns;
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        print_rule(words, lang, width);
}

static char plain(char c)
{
    if (c == '_' || c == ' ')
        return '-';
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Letters of `a` found in order in `b`: enough to suggest what was meant. */
static size_t likeness(const char *a, const char *b)
{
    size_t same = 0;
    for (; *a != '\0' && *b != '\0'; b++)
        if (plain(*a) == *b) {
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
        ak_complain("no rule '%s'%s%s%s\n'akushu explain' lists all rules.", id,
                    other ? "; did you mean '" : "", other ? other : "", other ? "'?" : "");
        return AK_EXIT_USAGE;
    }
    (void)fputs(words->page[arguments->lang], stdout);
    return AK_EXIT_NOTHING;
}
