/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/codepage.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "diagnose/symptom.h"
#include "os/file.h"
#include "report/explain_json.h"
#include "report/explain_text.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/words.h"
#include "report/wrap.h"

#include "base/banned.h"

static struct ak_text_style style_of(const struct ak_arguments *arguments)
{
    struct ak_text_style style = {arguments->lang, ak_report_color(arguments), false, 0};
    style.width = ak_report_width(false);
    return style;
}

static int print(const struct ak_text *out, int status)
{
    return ak_print(out) ? status : AK_EXIT_PARTLY;
}

static void add_rule(const struct ak_text_style *style, const struct ak_rule_words *words,
                     struct ak_text *out)
{
    static const struct {
        const char *severity, *color;
    } colors[] = {{"error", "\033[31m"}, {"warning", "\033[33m"}, {"note", "\033[36m"}};
    ak_text_format(out, "%-30s  ", words->id);
    for (size_t i = 0; i < AK_COUNT(colors); i++)
        if (strcmp(colors[i].severity, words->severity) == 0)
            ak_text_add(out, ak_paint(style, colors[i].color));
    ak_text_format(out, "%-7s", words->severity);
    ak_text_add(out, ak_paint(style, "\033[0m"));
    ak_text_add(out, "  ");
    ak_wrap(out, words->title[style->lang], 41, 41, style->width);
}

static void list_rules(const struct ak_arguments *arguments, struct ak_text *out)
{
    struct ak_text_style style = style_of(arguments);
    const struct ak_rule_words *words;
    if (arguments->format == AK_FORMAT_JSONL) {
        ak_explain_list_json(arguments->lang, out);
        return;
    }
    for (size_t i = 0; (words = ak_rule_words_at(i)) != NULL; i++)
        add_rule(&style, words, out);
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
    const char *best = NULL;
    size_t most = strlen(id) / 2;
    for (size_t i = 0; i < ak_cause_words_count; i++) {
        size_t same = likeness(id, ak_cause_words_rows[i].id);
        if (same > most) {
            most = same;
            best = ak_cause_words_rows[i].id;
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

/* ERRORLOG and other files of Windows are UTF-16. Without a byte order mark its NUL bytes tell it,
 * since no other text holds any; they are the upper halves of letters and line ends. */
static bool is_utf16(struct ak_text *text, bool *big, size_t *mark)
{
    size_t nul[2] = {0, 0};
    const char *b = text->bytes;
    *mark = 0;
    if (text->size >= 2 && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0)) {
        *mark = 2;
        *big = b[0] == '\xfe';
        return true;
    }
    for (size_t i = 0; i < text->size; i++)
        nul[i % 2] += b[i] == '\0';
    *big = nul[0] > nul[1];
    return nul[0] != nul[1];
}

/* Valid UTF-8 throughout (ASCII is). */
static bool is_utf8(struct ak_text *text)
{
    struct ak_text copy;
    struct ak_span span = {(const uint8_t *)text->bytes, text->size};
    ak_text_init(&copy, 3 * text->size + 1);
    bool same = false;
    if (ak_text_reserve(&copy, 3 * text->size + 1)) {
        copy.size = ak_utf8_copy(span, copy.bytes, 3 * text->size + 1);
        same = copy.size == text->size && memcmp(copy.bytes, text->bytes, copy.size) == 0;
    }
    ak_text_release(&copy);
    return same;
}

/* A paste from a Japanese or a Western Windows: code page 932 or 1252. */
static void from_code_page(struct ak_text *text)
{
    struct ak_text utf8;
    struct ak_span span = {(const uint8_t *)text->bytes, text->size};
    ak_text_init(&utf8, 3 * text->size + 1);
    ak_codepage_to_utf8(ak_codepage_guess(span), span, &utf8);
    ak_text_clear(text);
    ak_text_bytes(text, utf8.bytes, utf8.size);
    ak_text_release(&utf8);
}

/* What standard input holds, as UTF-8. */
static void to_utf8(struct ak_text *text)
{
    bool big;
    size_t mark;
    struct ak_text utf8;
    if (text->size == 0)
        return;
    if (!is_utf16(text, &big, &mark)) {
        if (!is_utf8(text))
            from_code_page(text);
        return;
    }
    for (size_t i = 0; big && i + 1 < text->size; i += 2) {
        char first = text->bytes[i];
        text->bytes[i] = text->bytes[i + 1];
        text->bytes[i + 1] = first;
    }
    size_t room = text->size * 3 / 2 + 1;
    ak_text_init(&utf8, room);
    if (ak_text_reserve(&utf8, room)) {
        struct ak_span span = {(const uint8_t *)text->bytes + mark, text->size - mark};
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
        to_utf8(text);
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

static int explain_text(const struct ak_arguments *arguments, struct ak_text *out)
{
    struct ak_symptom_reading reading;
    struct ak_text_style style = style_of(arguments);
    struct ak_text text;
    int status = AK_EXIT_PARTLY;
    ak_text_init(&text, 2 * AK_MAX_SYMPTOM_TEXT);
    if (!gather(arguments, &text))
        goto done;
    if (text.failed || ak_symptoms_read(text.bytes, text.size, &reading) != AK_ERR_NONE) {
        ak_complain(text.failed ? "the text is too long" : "out of memory");
        goto done;
    }
    if (!reading.known && reading.hit_count == 0 && looks_like_id(arguments)) {
        status = no_such_rule(arguments->operands[0]);
        goto done;
    }
    if (arguments->format == AK_FORMAT_JSONL)
        ak_explain_json(&reading, arguments->lang, out);
    else
        ak_explain_text(&style, &reading, out);
    status = reading.known ? AK_EXIT_NOTHING : AK_EXIT_NOT_KNOWN;
done:
    ak_text_release(&text);
    return status;
}

/* A rule's page, or what is known of another cause. */
static int explain_id(const struct ak_arguments *arguments, const struct ak_cause_words *cause,
                      struct ak_text *out)
{
    struct ak_text_style style = style_of(arguments);
    const struct ak_rule_words *rule = ak_rule_words_find(cause->id);
    const char *page = rule != NULL ? rule->page[arguments->lang] : NULL;
    if (arguments->operand_count > 1) {
        ak_complain("explain: one ID at a time, not also: %s\nTry 'akushu --help'.",
                    arguments->operands[1]);
        return AK_EXIT_USAGE;
    }
    if (arguments->format == AK_FORMAT_JSONL)
        ak_explain_cause_json(cause, page, arguments->lang, out);
    else if (page != NULL)
        ak_text_add(out, page);
    else
        ak_explain_cause(&style, cause, out);
    return AK_EXIT_NOTHING;
}

int ak_command_explain(const struct ak_arguments *arguments)
{
    int status = AK_EXIT_NOTHING;
    struct ak_text out;
    ak_text_init(&out, 1024 * 1024);
    const struct ak_cause_words *cause =
        arguments->operand_count != 0 ? ak_explain_cause_find(arguments->operands[0]) : NULL;
    if (arguments->operand_count == 0)
        list_rules(arguments, &out);
    else if (cause != NULL)
        status = explain_id(arguments, cause, &out);
    else
        status = explain_text(arguments, &out);
    status = print(&out, status);
    ak_text_release(&out);
    return status;
}
