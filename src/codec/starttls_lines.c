/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "codec/starttls_rows.h"

#include "base/banned.h"

/* S: 220 mx.example ESMTP     C: EHLO me       S: 250-mx.example | 250 STARTTLS
 * C: STARTTLS                 S: 220 go ahead  (or 454 not now: RFC 3207 4)
 *
 * A client may send commands without waiting: answers are counted, so that the one to STARTTLS is
 * known. IMAP names its question by a tag instead.
 */

const struct ak_line_words ak_words_smtp = {
    AK_REPLY_DIGITS, {"220"}, {"SMTP", "LMTP"}, "STARTTLS",
    {"STARTTLS"},    "220",   "QUIT",           {"EHLO", "HELO", "LHLO"},
};
const struct ak_line_words ak_words_ftp = {
    AK_REPLY_DIGITS,
    {"220"},
    {"FTP"},
    "AUTH TLS",
    {"AUTH TLS", "AUTH SSL", "AUTH TLS-C"},
    "234",
    "QUIT",
    {"AUTH TLS", "AUTH SSL", "USER", "FEAT", "SYST", "OPTS", "HOST", "ACCT"},
};
const struct ak_line_words ak_words_pop3 = {
    AK_REPLY_STATUS, {"+OK"}, {NULL}, "STLS", {"STLS"}, "+OK", "QUIT", {"CAPA", "STLS", "APOP"},
};
const struct ak_line_words ak_words_imap = {
    AK_REPLY_TAGGED, {"* OK", "* PREAUTH", "* BYE"},
    {NULL},          "STARTTLS",
    {"STARTTLS"},    "OK",
    "LOGOUT",        {"CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID"},
};
/* Not yet known which of the two. */
const struct ak_line_words ak_words_220 = {
    AK_REPLY_DIGITS, {"220"}, {NULL}, NULL, {NULL}, NULL, "QUIT", {NULL},
};

static bool printable(struct ak_span s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((s.bytes[i] < 0x20 || s.bytes[i] >= 0x7f) && s.bytes[i] != '\r' && s.bytes[i] != '\n' &&
            s.bytes[i] != '\t')
            return false;
    return true;
}

static bool is_own_command(const struct ak_line_words *words, struct ak_span line)
{
    if (words->style == AK_REPLY_TAGGED)
        line = ak_clear_rest(line);
    for (size_t i = 0; i < AK_LINE_COMMANDS && words->own[i] != NULL; i++)
        if (ak_clear_word(line, words->own[i]))
            return true;
    return false;
}

static bool is_question(const struct ak_line_words *words, struct ak_span line)
{
    for (size_t i = 0; i < AK_LINE_ASKS && words->ask[i] != NULL; i++) {
        size_t size = strlen(words->ask[i]);
        if (ak_clear_word(line, words->ask[i]) && line.size == size)
            return true;
    }
    return false;
}

static enum ak_clear_match greets(const struct ak_line_words *words, struct ak_span s,
                                  struct ak_span line, bool whole)
{
    enum ak_clear_match best = AK_CLEAR_NO;
    for (size_t i = 0; i < AK_COUNT(words->greeting) && words->greeting[i] != NULL; i++) {
        const char *text = words->greeting[i];
        enum ak_clear_match match = ak_clear_prefix(s, text, strlen(text));
        best = match > best ? match : best;
    }
    if (best != AK_CLEAR_YES || !whole)
        return best == AK_CLEAR_NO ? AK_CLEAR_NO : AK_CLEAR_MAYBE;
    if (words->style == AK_REPLY_DIGITS && line.size > 3 && line.bytes[3] != ' ' &&
        line.bytes[3] != '-')
        return AK_CLEAR_NO;
    if (words->hint[0] == NULL)
        return AK_CLEAR_YES;
    for (size_t i = 0; i < AK_COUNT(words->hint) && words->hint[i] != NULL; i++)
        if (ak_clear_contains(line, words->hint[i]))
            return AK_CLEAR_YES;
    return AK_CLEAR_NO;
}

enum ak_clear_match ak_line_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    struct ak_clear_unit unit;
    struct ak_span line = {NULL, 0};
    bool whole = ak_clear_line(s, &line, &unit);
    if (server)
        return greets(row->words, s, line, whole);
    if (!printable(whole ? line : s) || row->words->own[0] == NULL)
        return AK_CLEAR_NO;
    if (!whole)
        return AK_CLEAR_MAYBE;
    return is_own_command(row->words, line) ? AK_CLEAR_YES : AK_CLEAR_NO;
}

/* ---- the client's lines ---- */

static void settle_220(struct ak_clear_state *state, struct ak_span line)
{
    for (size_t i = 0; state->row == &ak_clear_row_220 && i < ak_clear_row_count; i++) {
        const struct ak_clear_row *row = &ak_clear_rows[i];
        bool digits = row->words != NULL && row->words->style == AK_REPLY_DIGITS;
        if (digits && is_own_command(row->words, line))
            state->row = row;
    }
}

static void client_line(struct ak_clear_state *state, struct ak_span line,
                        struct ak_clear_unit *unit)
{
    settle_220(state, line);
    const struct ak_line_words *words = state->row->words;
    struct ak_span command = words->style == AK_REPLY_TAGGED ? ak_clear_rest(line) : line;
    if (is_question(words, command)) {
        unit->event = AK_CLEAR_ASK;
        state->before = state->unanswered;
        size_t size = line.size - command.size;
        while (size != 0 && line.bytes[size - 1] == ' ')
            size--;
        if (size >= sizeof state->tag)
            size = 0; /* no server accepts such a tag */
        if (size != 0)
            memcpy(state->tag, line.bytes, size);
        state->tag[size] = '\0';
    } else if (ak_clear_word(command, words->bye)) {
        unit->event = AK_CLEAR_BYE;
    }
    if (state->unanswered < UINT16_MAX)
        state->unanswered++;
}

/* ---- the server's lines ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The last line of an answer? `code` is the word that says which. */
static bool last_line(const struct ak_clear_state *state, struct ak_span line, struct ak_span *code)
{
    *code = line;
    switch (state->row->words->style) {
    case AK_REPLY_DIGITS:
        code->size = 3;
        return line.size >= 3 && is_digit(line.bytes[0]) && is_digit(line.bytes[1]) &&
               is_digit(line.bytes[2]) && (line.size == 3 || line.bytes[3] == ' ');
    case AK_REPLY_STATUS:
        code->size = line.size != 0 && line.bytes[0] == '+' ? 3 : 4;
        return ak_clear_word(line, "+OK") || ak_clear_word(line, "-ERR");
    default:
        break;
    }
    *code = ak_clear_rest(line);
    struct ak_span after = ak_clear_rest(*code);
    code->size -= after.size;
    return state->tag[0] != '\0' && ak_clear_word(line, state->tag);
}

static void server_line(struct ak_clear_state *state, struct ak_span line,
                        struct ak_clear_unit *unit)
{
    const struct ak_line_words *words = state->row->words;
    struct ak_span code;
    if (words->offer != NULL && ak_clear_contains(line, words->offer) &&
        state->starttls == AK_STARTTLS_NONE)
        unit->event = AK_CLEAR_OFFER;
    if (!last_line(state, line, &code))
        return;
    if (state->unanswered != 0)
        state->unanswered--;
    if (state->starttls != AK_STARTTLS_ASKED)
        return;
    if (state->before != 0 && words->style != AK_REPLY_TAGGED) {
        state->before--;
        return;
    }
    ak_clear_answer(unit, code.bytes, code.size);
    struct ak_span answer = {(const uint8_t *)unit->answer, strlen(unit->answer)};
    unit->event = ak_clear_word(answer, words->go) ? AK_CLEAR_ACCEPT : AK_CLEAR_REFUSE;
}

enum ak_verdict ak_line_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit)
{
    struct ak_span line;
    if (!ak_clear_line(s, &line, unit))
        return AK_VERDICT_SHORT;
    if (server)
        server_line(state, line, unit);
    else
        client_line(state, line, unit);
    return AK_VERDICT_PARSED;
}

/* ---- XMPP: elements instead of lines (RFC 6120 5.4) ----
 *
 * C: <stream:stream ... xmlns='jabber:client'>   S: <stream:features><starttls .../></...>
 * C: <starttls xmlns='...'/>                     S: <proceed .../>  or  <failure .../>
 */

enum ak_clear_match ak_xmpp_begins(const struct ak_clear_row *row, bool server, struct ak_span s)
{
    (void)row;
    (void)server;
    enum ak_clear_match xml = ak_clear_prefix(s, "<?xml", 5);
    enum ak_clear_match stream = ak_clear_prefix(s, "<stream:stream", 14);
    if (xml == AK_CLEAR_NO && stream == AK_CLEAR_NO)
        return AK_CLEAR_NO;
    return ak_clear_contains(s, "jabber:") && ak_clear_contains(s, "<stream:stream")
               ? AK_CLEAR_YES
               : AK_CLEAR_MAYBE;
}

static bool is_element(struct ak_span s, const char *name)
{
    size_t size = strlen(name);
    return s.size > size && memcmp(s.bytes, name, size) == 0 &&
           (s.bytes[size] == ' ' || s.bytes[size] == '/' || s.bytes[size] == '>');
}

enum ak_verdict ak_xmpp_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit)
{
    const uint8_t *end = memchr(s.bytes, '>', s.size);
    if (end == NULL && s.size < AK_CLEAR_WINDOW)
        return AK_VERDICT_SHORT;
    unit->size = end != NULL ? (size_t)(end - s.bytes) + 1 : s.size;
    const uint8_t *begin = memchr(s.bytes, '<', unit->size);
    if (begin == NULL)
        return AK_VERDICT_PARSED;
    struct ak_span element = {begin + 1, unit->size - (size_t)(begin - s.bytes) - 1};
    bool asked = state->starttls == AK_STARTTLS_ASKED;
    if (is_element(element, "starttls"))
        unit->event = server ? AK_CLEAR_OFFER : AK_CLEAR_ASK;
    else if (server && asked && is_element(element, "proceed"))
        unit->event = AK_CLEAR_ACCEPT;
    else if (server && asked && is_element(element, "failure"))
        unit->event = AK_CLEAR_REFUSE;
    else if (!server && is_element(element, "/stream:stream"))
        unit->event = AK_CLEAR_BYE;
    else if (!server && is_element(element, "auth"))
        unit->event = AK_CLEAR_END;
    if (unit->event == AK_CLEAR_ACCEPT || unit->event == AK_CLEAR_REFUSE)
        ak_clear_answer(unit, element.bytes, 7);
    return AK_VERDICT_PARSED;
}
