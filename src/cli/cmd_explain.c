/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "diagnose/symptom.h"
#include "os/file.h"
#include "report/explain_text.h"
#include "report/messages.h"
#include "report/words.h"
#include "report/wrap.h"

#include "base/banned.h"

static size_t width_of_output(void)
{
    unsigned columns = ak_terminal_columns(1);
    return columns == 0 ? 100 : columns < 60 ? 60 : columns;
}

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
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        print_rule(words, lang, width_of_output());
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

/* ---- an error text ---- */

static bool read_standard_input(struct ak_text *text)
{
    struct ak_file file;
    struct ak_error error;
    char block[4096];
    size_t size = 1;
    if (ak_file_open(&file, "-", &error) != AK_ERR_NONE) {
        ak_complain("-: %s", error.text);
        return false;
    }
    while (size != 0 && text->size < AK_MAX_SYMPTOM_TEXT) {
        if (ak_file_read(&file, block, sizeof block, &size, &error) != AK_ERR_NONE) {
            ak_complain("-: %s", error.text);
            return false;
        }
        ak_text_bytes(text, block, size);
    }
    if (text->size > AK_MAX_SYMPTOM_TEXT || size != 0)
        ak_complain("only the first %u bytes are explained", AK_MAX_SYMPTOM_TEXT);
    return true;
}

/* ERRORLOG and other files of Windows are UTF-16 with a byte order mark. */
static void from_utf16(struct ak_text *text)
{
    if (text->size < 2 || memcmp(text->bytes, "\xff\xfe", 2) != 0)
        return;
    struct ak_text utf8;
    size_t room = text->size * 3 / 2 + 1;
    ak_text_init(&utf8, room);
    if (ak_text_reserve(&utf8, room)) {
        struct ak_span span = {(const uint8_t *)text->bytes + 2, text->size - 2};
        utf8.size = ak_utf16le_to_utf8(span, utf8.bytes, room);
        ak_text_clear(text);
        ak_text_bytes(text, utf8.bytes, utf8.size);
    }
    ak_text_release(&utf8);
}

static bool gather(const struct ak_arguments *arguments, struct ak_text *text)
{
    if (arguments->operand_count == 1 && strcmp(arguments->operands[0], "-") == 0) {
        if (!read_standard_input(text))
            return false;
        from_utf16(text);
        return true;
    }
    for (int i = 0; i < arguments->operand_count; i++) {
        ak_text_add(text, i == 0 ? "" : " ");
        ak_text_add(text, arguments->operands[i]);
    }
    return true;
}

/* One word without a meaning was meant as the id of a rule. */
static int no_such_rule(const char *id)
{
    const char *other = nearest(id);
    ak_complain("no rule '%s'%s%s%s\n'akushu explain' lists all rules.", id,
                other ? "; did you mean '" : "", other ? other : "", other ? "'?" : "");
    return AK_EXIT_USAGE;
}

static bool looks_like_id(const struct ak_arguments *arguments)
{
    const char *word = arguments->operands[0];
    bool letter = (word[0] >= 'a' && word[0] <= 'z') || (word[0] >= 'A' && word[0] <= 'Z');
    return arguments->operand_count == 1 && letter && strpbrk(word, " \t\n") == NULL;
}

static int explain_text(const struct ak_arguments *arguments)
{
    struct ak_symptom_reading reading;
    struct ak_text text, out;
    int status = AK_EXIT_PARTLY;
    ak_text_init(&text, 2 * AK_MAX_SYMPTOM_TEXT);
    ak_text_init(&out, 1024 * 1024);
    if (!gather(arguments, &text))
        goto out;
    if (text.failed || ak_symptoms_read(text.bytes, text.size, &reading) != AK_ERR_NONE) {
        ak_complain(text.failed ? "the text is too long" : "out of memory");
        goto out;
    }
    if (!reading.known && reading.hit_count == 0 && looks_like_id(arguments)) {
        status = no_such_rule(arguments->operands[0]);
        goto out;
    }
    ak_explain_text(&reading, arguments->lang, width_of_output(), &out);
    (void)fputs(ak_text_string(&out), stdout);
    status = reading.known ? AK_EXIT_NOTHING : AK_EXIT_NOT_KNOWN;
out:
    ak_text_release(&text);
    ak_text_release(&out);
    return status;
}

int ak_command_explain(const struct ak_arguments *arguments)
{
    if (arguments->operand_count == 0) {
        list_rules(arguments->lang);
        return AK_EXIT_NOTHING;
    }
    const struct ak_rule_words *words = ak_rule_words_find(arguments->operands[0]);
    if (words == NULL)
        return explain_text(arguments);
    if (arguments->operand_count > 1) {
        ak_complain("explain: one ID at a time, not also: %s\nTry 'akushu --help'.",
                    arguments->operands[1]);
        return AK_EXIT_USAGE;
    }
    (void)fputs(words->page[arguments->lang], stdout);
    return AK_EXIT_NOTHING;
}
