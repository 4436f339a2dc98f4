/* Inside the starttls codec: one row for each dialogue, and what its parts share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_STARTTLS_ROWS_H
#define AK_CODEC_STARTTLS_ROWS_H

#include "codec/starttls.h"

enum ak_clear_match { AK_CLEAR_NO, AK_CLEAR_MAYBE, AK_CLEAR_YES };

/* How a server ends its answer to one command. */
enum ak_reply_style {
    AK_REPLY_DIGITS, /* "250-..." and at last "250 ..." */
    AK_REPLY_STATUS, /* "+OK", "-ERR" */
    AK_REPLY_TAGGED  /* "TAG OK", and the client's lines begin with the tag too */
};

enum { AK_LINE_COMMANDS = 8, AK_LINE_ASKS = 3 };

/* A dialogue of lines. Words are compared without regard to case. */
struct ak_line_words {
    enum ak_reply_style style;
    const char *greeting[3]; /* how the server's first line begins */
    const char *hint[2];     /* one of these stands in it; none: needs no hint */
    const char *offer;       /* stands in a line of the server that offers TLS */
    const char *ask[AK_LINE_ASKS];
    const char *go; /* how the answer begins that accepts */
    const char *bye;
    const char *own[AK_LINE_COMMANDS]; /* commands by which a client's first line is known */
};

struct ak_clear_row {
    enum ak_service service;
    enum ak_proxy_kind proxy;
    bool text;
    const struct ak_line_words *words;
    enum ak_clear_match (*begins)(const struct ak_clear_row *row, bool server, struct ak_span s);
    enum ak_verdict (*read)(struct ak_clear_state *state, bool server, struct ak_span s,
                            struct ak_clear_unit *unit);
};

extern const struct ak_clear_row ak_clear_rows[];
extern const size_t ak_clear_row_count;
/* "220" begins SMTP and FTP; the client's commands settle it. */
extern const struct ak_clear_row ak_clear_row_220;

/* starttls_lines.c */
extern const struct ak_line_words ak_words_smtp, ak_words_ftp, ak_words_pop3, ak_words_imap,
    ak_words_220;
enum ak_clear_match ak_line_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_line_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit);
enum ak_clear_match ak_xmpp_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_xmpp_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit);
/* starttls_packets.c */
enum ak_clear_match ak_ldap_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_ldap_read(struct ak_clear_state *state, bool server, struct ak_span s,
                             struct ak_clear_unit *unit);
enum ak_clear_match ak_postgresql_begins(const struct ak_clear_row *row, bool server,
                                         struct ak_span s);
enum ak_verdict ak_postgresql_read(struct ak_clear_state *state, bool server, struct ak_span s,
                                   struct ak_clear_unit *unit);
enum ak_clear_match ak_mysql_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_mysql_read(struct ak_clear_state *state, bool server, struct ak_span s,
                              struct ak_clear_unit *unit);
enum ak_clear_match ak_rdp_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_rdp_read(struct ak_clear_state *state, bool server, struct ak_span s,
                            struct ak_clear_unit *unit);
/* starttls_proxy.c */
enum ak_clear_match ak_connect_begins(const struct ak_clear_row *row, bool server,
                                      struct ak_span s);
enum ak_verdict ak_connect_read(struct ak_clear_state *state, bool server, struct ak_span s,
                                struct ak_clear_unit *unit);
enum ak_clear_match ak_socks4_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_socks4_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit);
enum ak_clear_match ak_socks5_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_socks5_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit);
enum ak_clear_match ak_header_begins(const struct ak_clear_row *row, bool server, struct ak_span s);
enum ak_verdict ak_header_read(struct ak_clear_state *state, bool server, struct ak_span s,
                               struct ak_clear_unit *unit);

/* ---- shared by the dialogues (starttls.c) ---- */

/* Does `s` begin with this text? MAYBE: it ends before it differs. */
enum ak_clear_match ak_clear_prefix(struct ak_span s, const void *text, size_t size);
/* The next line without its end; false: not complete yet. A line longer than the window is cut. */
bool ak_clear_line(struct ak_span s, struct ak_span *line, struct ak_clear_unit *unit);
/* A word at the front of the line, compared without case, and then a space or the end. */
bool ak_clear_word(struct ak_span line, const char *word);
bool ak_clear_contains(struct ak_span s, const char *word);
/* What follows the first word and the spaces behind it. */
struct ak_span ak_clear_rest(struct ak_span line);
/* Copies at most what fits and is printable. */
void ak_clear_answer(struct ak_clear_unit *unit, const void *text, size_t size);
/* Decimal digits at the front; `*used` of them (0: none, or above `most`). */
uint32_t ak_clear_number(struct ak_span s, uint32_t most, size_t *used);

#endif
