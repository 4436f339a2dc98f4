/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include "base/attr.h"
#include "codec/starttls_rows.h"

#include "base/banned.h"

/* Proxies stand first: their beginnings are exact. */
const struct ak_clear_row ak_clear_rows[] = {
    {AK_SERVICE_NONE, AK_PROXY_HEADER, false, NULL, ak_header_begins, ak_header_read},
    {AK_SERVICE_NONE, AK_PROXY_CONNECT, true, NULL, ak_connect_begins, ak_connect_read},
    {AK_SERVICE_NONE, AK_PROXY_SOCKS5, false, NULL, ak_socks5_begins, ak_socks5_read},
    {AK_SERVICE_NONE, AK_PROXY_SOCKS4, false, NULL, ak_socks4_begins, ak_socks4_read},
    {AK_SERVICE_SMTP, AK_PROXY_NONE, true, &ak_words_smtp, ak_line_begins, ak_line_read},
    {AK_SERVICE_FTP, AK_PROXY_NONE, true, &ak_words_ftp, ak_line_begins, ak_line_read},
    {AK_SERVICE_POP3, AK_PROXY_NONE, true, &ak_words_pop3, ak_line_begins, ak_line_read},
    {AK_SERVICE_IMAP, AK_PROXY_NONE, true, &ak_words_imap, ak_line_begins, ak_line_read},
    {AK_SERVICE_XMPP, AK_PROXY_NONE, true, NULL, ak_xmpp_begins, ak_xmpp_read},
    {AK_SERVICE_LDAP, AK_PROXY_NONE, false, NULL, ak_ldap_begins, ak_ldap_read},
    {AK_SERVICE_POSTGRESQL, AK_PROXY_NONE, false, NULL, ak_postgresql_begins, ak_postgresql_read},
    {AK_SERVICE_MYSQL, AK_PROXY_NONE, false, NULL, ak_mysql_begins, ak_mysql_read},
    {AK_SERVICE_RDP, AK_PROXY_NONE, false, NULL, ak_rdp_begins, ak_rdp_read},
};
const size_t ak_clear_row_count = AK_COUNT(ak_clear_rows);

const struct ak_clear_row ak_clear_row_220 = {AK_SERVICE_NONE, AK_PROXY_NONE,  true,
                                              &ak_words_220,   ak_line_begins, ak_line_read};

bool ak_clear_begin(struct ak_clear_state *state, enum ak_service service, enum ak_proxy_kind proxy)
{
    for (size_t i = 0; i < ak_clear_row_count; i++) {
        if (ak_clear_rows[i].service == service && ak_clear_rows[i].proxy == proxy) {
            state->row = &ak_clear_rows[i];
            return true;
        }
    }
    return false;
}

enum ak_verdict ak_clear_detect(struct ak_clear_state *state, bool server, struct ak_span bytes)
{
    bool maybe = false;
    for (size_t i = 0; i <= ak_clear_row_count; i++) {
        const struct ak_clear_row *row =
            i < ak_clear_row_count ? &ak_clear_rows[i] : &ak_clear_row_220;
        enum ak_clear_match match = row->begins(row, server, bytes);
        if (match == AK_CLEAR_YES) {
            state->row = row;
            return AK_VERDICT_PARSED;
        }
        maybe |= match == AK_CLEAR_MAYBE;
    }
    return maybe && bytes.size < AK_CLEAR_WINDOW ? AK_VERDICT_SHORT : AK_VERDICT_UNKNOWN;
}

enum ak_verdict ak_clear_read(struct ak_clear_state *state, bool server, struct ak_span bytes,
                              struct ak_clear_unit *unit)
{
    memset(unit, 0, sizeof *unit);
    if (bytes.size == 0)
        return AK_VERDICT_SHORT;
    if (bytes.size > AK_CLEAR_WINDOW)
        bytes.size = AK_CLEAR_WINDOW;
    enum ak_verdict verdict = state->row->read(state, server, bytes, unit);
    if (verdict == AK_VERDICT_SHORT && bytes.size == AK_CLEAR_WINDOW)
        return AK_VERDICT_BAD;
    if (verdict != AK_VERDICT_PARSED)
        return verdict;
    switch (unit->event) {
    case AK_CLEAR_OFFER:
        if (state->starttls == AK_STARTTLS_NONE)
            state->starttls = AK_STARTTLS_OFFERED;
        break;
    case AK_CLEAR_ASK:
        state->starttls = AK_STARTTLS_ASKED;
        break;
    case AK_CLEAR_ACCEPT:
        state->starttls = AK_STARTTLS_ACCEPTED;
        break;
    case AK_CLEAR_REFUSE:
        state->starttls = AK_STARTTLS_REFUSED;
        break;
    default:
        break;
    }
    return AK_VERDICT_PARSED;
}

enum ak_service ak_clear_service(const struct ak_clear_state *state)
{
    return state->row != NULL ? state->row->service : AK_SERVICE_NONE;
}

enum ak_proxy_kind ak_clear_proxy(const struct ak_clear_state *state)
{
    return state->row != NULL ? state->row->proxy : AK_PROXY_NONE;
}

bool ak_clear_is_text(const struct ak_clear_state *state)
{
    return state->row != NULL && state->row->text;
}

/* ---- shared by the dialogues ---- */

enum ak_clear_match ak_clear_prefix(struct ak_span s, const void *text, size_t size)
{
    size_t n = s.size < size ? s.size : size;
    if (n != 0 && memcmp(s.bytes, text, n) != 0)
        return AK_CLEAR_NO;
    return n == size ? AK_CLEAR_YES : AK_CLEAR_MAYBE;
}

bool ak_clear_line(struct ak_span s, struct ak_span *line, struct ak_clear_unit *unit)
{
    const uint8_t *end = s.size != 0 ? memchr(s.bytes, '\n', s.size) : NULL;
    if (end == NULL && s.size < AK_CLEAR_WINDOW)
        return false;
    line->bytes = s.bytes;
    line->size = end != NULL ? (size_t)(end - s.bytes) : s.size;
    unit->size = line->size + (end != NULL);
    unit->to_line_end = end == NULL;
    if (end != NULL && line->size != 0 && line->bytes[line->size - 1] == '\r')
        line->size--;
    return true;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same_text(const uint8_t *a, const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower(a[i]) != lower((uint8_t)word[i]))
            return false;
    return true;
}

bool ak_clear_word(struct ak_span line, const char *word)
{
    size_t size = strlen(word);
    return line.size >= size && same_text(line.bytes, word, size) &&
           (line.size == size || line.bytes[size] == ' ');
}

bool ak_clear_contains(struct ak_span s, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; size <= s.size && i <= s.size - size; i++)
        if (same_text(s.bytes + i, word, size))
            return true;
    return false;
}

struct ak_span ak_clear_rest(struct ak_span line)
{
    size_t i = 0;
    while (i < line.size && line.bytes[i] != ' ')
        i++;
    while (i < line.size && line.bytes[i] == ' ')
        i++;
    struct ak_span rest = {line.size != 0 ? line.bytes + i : NULL, line.size - i};
    return rest;
}

void ak_clear_answer(struct ak_clear_unit *unit, const void *text, size_t size)
{
    const uint8_t *from = text;
    size_t n = 0;
    for (size_t i = 0; i < size && n + 1 < sizeof unit->answer; i++)
        if (from[i] > 0x20 && from[i] < 0x7f)
            unit->answer[n++] = (char)from[i];
    unit->answer[n] = '\0';
}

uint32_t ak_clear_number(struct ak_span s, uint32_t most, size_t *used)
{
    uint32_t value = 0;
    size_t i = 0;
    for (; i < s.size && s.bytes[i] >= '0' && s.bytes[i] <= '9'; i++) {
        value = value * 10 + (uint32_t)(s.bytes[i] - '0');
        if (value > most) {
            *used = 0;
            return 0;
        }
    }
    *used = i;
    return value;
}
