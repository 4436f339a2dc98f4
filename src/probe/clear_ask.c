/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "base/limits.h"
#include "base/put.h"
#include "probe/attempt_state.h"

#include "base/banned.h"

/* The asking client of a proxy, and of each service's STARTTLS. The answers that decide are read
 * by the codec that reads captures (codec/starttls): what is sent goes through it too, so that it
 * knows the question. */

/* ---- rows: what to wait for, and what to say then ---- */

enum { MOST_STEPS = 3 };

struct ask_step {
    const char *after; /* how the server's last line begins that this waits for; NULL: nothing */
    const char *say;   /* %s: a name */
};

struct ask_row {
    enum ak_service service;
    struct ask_step steps[MOST_STEPS]; /* the last one is the question */
};

static const struct ask_row rows[] = {
    {AK_SERVICE_SMTP, {{"220", "EHLO %s\r\n"}, {"250", "STARTTLS\r\n"}}},
    {AK_SERVICE_FTP, {{"220", "AUTH TLS\r\n"}}},
    {AK_SERVICE_POP3, {{"+OK", "STLS\r\n"}}},
    {AK_SERVICE_IMAP, {{"* OK", "a1 STARTTLS\r\n"}}},
    {AK_SERVICE_XMPP,
     {{NULL, "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
             "xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>"},
      {"</stream:features>", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}}},
};

/* Questions of bytes. */
static const uint8_t ldap_question[] = {
    0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16, '1', '.', '3', '.', '6', '.', '1',
    '.',  '4',  '.',  '1',  '.',  '1',  '4',  '6',  '6',  '.', '2', '0', '0', '3', '7'};
static const uint8_t postgresql_question[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
/* TLS, CredSSP, and CredSSP with early user authorization. */
static const uint8_t rdp_question[] = {3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0,
                                       0, 1, 0, 8,  0,  0x0b, 0, 0, 0};
/* Capabilities: protocol 4.1, TLS, secure connection; packets of 16 MiB; utf8mb4. */
static const uint8_t mysql_question[36] = {32, 0, 0, 1, 0x00, 0x8a, 0, 0, 0, 0, 0, 1, 45};

static const struct ask_row *row_of(enum ak_service service)
{
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].service == service)
            return &rows[i];
    return NULL;
}

/* Sends, and tells the codec. */
static void say(struct ak_attempt *a, const void *bytes, size_t size)
{
    struct ak_clear_unit unit;
    struct ak_span left = {bytes, size};
    ak_text_bytes(&a->out, bytes, size);
    while (left.size != 0 && ak_clear_read(&a->clear, false, left, &unit) == AK_VERDICT_PARSED) {
        size_t used = unit.size < left.size ? unit.size : left.size;
        left.bytes += used;
        left.size -= used;
    }
}

static void say_format(struct ak_attempt *a, const char *format, const char *name)
{
    struct ak_text text;
    ak_text_init(&text, AK_MAX_CLEAR_TALK);
    for (const char *at = format; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 's') {
            ak_text_add(&text, name);
            at++;
        } else {
            ak_text_char(&text, *at);
        }
    }
    if (text.failed)
        ak_text_fail(&a->out);
    else
        say(a, text.bytes, text.size);
    ak_text_release(&text);
}

static void say_step(struct ak_attempt *a, const struct ask_row *row)
{
    const struct ask_step *step = &row->steps[a->clear_step++];
    say_format(a, step->say, a->plan.name != NULL ? a->plan.name : "localhost");
    if (a->clear_step == MOST_STEPS || row->steps[a->clear_step].say == NULL)
        ak_attempt_note(a, AK_STEP_STARTTLS);
}

static void say_question(struct ak_attempt *a, const uint8_t *bytes, size_t size)
{
    say(a, bytes, size);
    ak_attempt_note(a, AK_STEP_STARTTLS);
}

/* It stands in a line, or between quotes. */
static bool is_plain_name(const char *name)
{
    for (; name != NULL && *name != '\0'; name++)
        if ((uint8_t)*name <= 0x20 || strchr("'\"<>&", *name) != NULL)
            return false;
    return true;
}

void ak_starttls_ask(struct ak_attempt *a)
{
    const struct ask_row *row = row_of(a->plan.starttls);
    memset(&a->clear, 0, sizeof a->clear);
    if (!is_plain_name(a->plan.name)) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "a name that no server would take");
        return;
    }
    if (!ak_clear_begin(&a->clear, a->plan.starttls, AK_PROXY_NONE)) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "this service has no STARTTLS");
        return;
    }
    a->clear_step = 0;
    if (row != NULL && row->steps[0].after == NULL)
        say_step(a, row);
    else if (a->plan.starttls == AK_SERVICE_LDAP)
        say_question(a, ldap_question, sizeof ldap_question);
    else if (a->plan.starttls == AK_SERVICE_POSTGRESQL)
        say_question(a, postgresql_question, sizeof postgresql_question);
    else if (a->plan.starttls == AK_SERVICE_RDP)
        say_question(a, rdp_question, sizeof rdp_question);
}

void ak_proxy_ask(struct ak_attempt *a)
{
    struct ak_text text;
    bool v6 = strchr(a->plan.proxy_host, ':') != NULL;
    memset(&a->clear, 0, sizeof a->clear);
    (void)ak_clear_begin(&a->clear, AK_SERVICE_NONE, AK_PROXY_CONNECT);
    ak_text_init(&text, AK_CLEAR_WINDOW - 64);
    ak_text_format(&text, v6 ? "[%s]:%u" : "%s:%u", a->plan.proxy_host, a->plan.proxy_port);
    bool bad = text.failed || strpbrk(ak_text_string(&text), " \r\n") != NULL;
    if (bad)
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "a name that no proxy would take");
    for (int i = 0; !bad && i < 2; i++) {
        const char *name = ak_text_string(&text);
        say_format(a, i == 0 ? "CONNECT %s HTTP/1.1\r\n" : "Host: %s\r\n\r\n", name);
    }
    if (!bad)
        ak_attempt_note(a, AK_STEP_PROXY_REQUEST);
    ak_text_release(&text);
}

/* ---- reading ---- */

/* What is left of a unit that was larger than what was there. */
static bool pass_over(struct ak_attempt *a)
{
    size_t part = a->skip < a->in.size ? a->skip : a->in.size;
    a->skip -= part;
    ak_attempt_consume(a, part);
    if (a->skip_line && a->in.size != 0) {
        const char *end = memchr(a->in.bytes, '\n', a->in.size);
        a->skip_line = end == NULL;
        ak_attempt_consume(a, end != NULL ? (size_t)(end - a->in.bytes) + 1 : a->in.size);
    }
    return a->skip == 0 && !a->skip_line && a->in.size != 0;
}

static void use(struct ak_attempt *a, const struct ak_clear_unit *unit)
{
    size_t part = unit->size < a->in.size ? unit->size : a->in.size;
    a->skip = unit->size - part;
    a->skip_line = unit->to_line_end;
    ak_attempt_consume(a, part);
}

/* The next unit; false: none yet, or the attempt is over. */
static bool read_unit(struct ak_attempt *a, struct ak_clear_unit *unit)
{
    if (a->result.received > AK_MAX_CLEAR_TALK) {
        ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "the server talks on and on");
        return false;
    }
    if (!pass_over(a))
        return false;
    struct ak_span in = {(const uint8_t *)a->in.bytes, a->in.size};
    enum ak_verdict verdict = ak_clear_read(&a->clear, true, in, unit);
    if (verdict == AK_VERDICT_BAD || verdict == AK_VERDICT_UNKNOWN)
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer is none of this service");
    return verdict == AK_VERDICT_PARSED;
}

bool ak_proxy_read(struct ak_attempt *a)
{
    struct ak_clear_unit unit;
    if (a->in.bytes[0] != 'H' && a->clear.phase[1] == 0) {
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the proxy does not speak HTTP");
        return false;
    }
    if (!read_unit(a, &unit))
        return false;
    use(a, &unit);
    if (unit.event != AK_CLEAR_GRANT && unit.event != AK_CLEAR_DENY)
        return true;
    a->result.proxy_code = unit.code;
    ak_attempt_note(a, AK_STEP_PROXY_ANSWER);
    if (unit.event == AK_CLEAR_DENY)
        ak_attempt_finish(a, AK_PROBE_END_DECLINED, "the proxy refused");
    else
        ak_attempt_next(a);
    return true;
}

static void declined(struct ak_attempt *a, const uint8_t *answer, size_t size)
{
    size_t n = 0;
    while (n < size && n + 1 < sizeof a->result.starttls_answer && answer[n] > 0x20 &&
           answer[n] < 0x7f) {
        a->result.starttls_answer[n] = (char)answer[n];
        n++;
    }
    a->result.starttls_answer[n] = '\0';
    ak_attempt_note(a, AK_STEP_STARTTLS_ANSWER);
    ak_attempt_finish(a, AK_PROBE_END_DECLINED, NULL);
}

/* Of "* BYE ..." the second word tells. */
static struct ak_span refusing_word(struct ak_span line)
{
    if (line.size > 2 && line.bytes[0] == '*' && line.bytes[1] == ' ') {
        line.bytes += 2;
        line.size -= 2;
    }
    return line;
}

static bool begins(struct ak_span line, const char *text)
{
    size_t size = strlen(text);
    return line.size >= size && memcmp(line.bytes, text, size) == 0;
}

/* The stream's features are over, with or without TLS among them: the question is put. */
static bool element_is_due(struct ak_attempt *a, struct ak_span text, const char *after)
{
    static const char *const refusals[] = {"<stream:error", "</stream:stream"};
    while (text.size != 0 && text.bytes[0] != '<') {
        text.bytes++;
        text.size--;
    }
    for (size_t i = 0; i < AK_COUNT(refusals); i++)
        if (begins(text, refusals[i]))
            declined(a, text.bytes + 1, strlen(refusals[i]) - 1);
    return begins(text, after) || begins(text, "<stream:features/");
}

/* Is this line the one that the next step waits for? Replies of digits go on with "-". */
static bool step_is_due(struct ak_attempt *a, const struct ask_row *row, struct ak_span line)
{
    const char *after = row->steps[a->clear_step].after;
    bool digits = after[0] >= '0' && after[0] <= '9';
    if (row->service == AK_SERVICE_XMPP)
        return element_is_due(a, line, after);
    if (digits && line.size > 3 && line.bytes[3] == '-')
        return false;
    if (begins(line, after) || begins(line, "* PREAUTH"))
        return true;
    line = refusing_word(line);
    declined(a, line.bytes, line.size);
    return false;
}

static bool read_answer(struct ak_attempt *a, const struct ak_clear_unit *unit)
{
    if (unit->event == AK_CLEAR_END || unit->event == AK_CLEAR_BYE)
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the server goes on without TLS");
    if (unit->event != AK_CLEAR_ACCEPT && unit->event != AK_CLEAR_REFUSE)
        return true;
    (void)snprintf(a->result.starttls_answer, sizeof a->result.starttls_answer, "%s", unit->answer);
    ak_attempt_note(a, AK_STEP_STARTTLS_ANSWER);
    if (unit->event == AK_CLEAR_REFUSE)
        ak_attempt_finish(a, AK_PROBE_END_DECLINED, NULL);
    else
        ak_attempt_next(a);
    return true;
}

/* The greeting tells whether there is TLS; the question has no answer, TLS follows. */
static bool read_mysql(struct ak_attempt *a, const struct ak_clear_unit *unit)
{
    if (a->in.size < unit->size) /* the greeting is waited for whole */
        return false;
    use(a, unit);
    if (unit->event == AK_CLEAR_OFFER) {
        say_question(a, mysql_question, sizeof mysql_question);
        ak_attempt_next(a);
    } else {
        ak_attempt_finish(a, AK_PROBE_END_DECLINED, "the server has no TLS");
    }
    return true;
}

bool ak_starttls_read(struct ak_attempt *a)
{
    struct ak_clear_unit unit;
    const struct ask_row *row = row_of(a->plan.starttls);
    struct ak_clear_state before = a->clear;
    if (!read_unit(a, &unit))
        return false;
    if (a->plan.starttls == AK_SERVICE_MYSQL) {
        bool used = read_mysql(a, &unit);
        if (!used)
            a->clear = before;
        return used;
    }
    bool asked =
        row == NULL || a->clear_step == MOST_STEPS || row->steps[a->clear_step].say == NULL;
    struct ak_span line = {(const uint8_t *)a->in.bytes,
                           unit.size < a->in.size ? unit.size : a->in.size};
    bool due = !asked && step_is_due(a, row, line);
    use(a, &unit);
    if (due)
        say_step(a, row);
    else if (asked)
        (void)read_answer(a, &unit);
    return true;
}
