/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include <string.h>

#include "base/statistic.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "report/event_facts.h"
#include "report/text_certificate.h"
#include "report/host_facts.h"
#include "report/json.h"
#include "report/messages.h"
#include "report/offer_facts.h"

#include "base/banned.h"

/* Placeholders of the phrases: {1} and {2} are replaced by the texts given. Word order is the
 * translator's. */
void ak_phrase(struct ak_text *out, const char *format, const char *one, const char *two)
{
    for (const char *p = format; *p != '\0'; p++) {
        if (p[0] == '{' && (p[1] == '1' || p[1] == '2') && p[2] == '}') {
            const char *value = p[1] == '1' ? one : two;
            ak_text_add(out, value != NULL ? value : "");
            p += 2;
        } else {
            ak_text_char(out, *p);
        }
    }
}

void ak_version_words(uint16_t version, struct ak_text *out)
{
    const char *name = ak_tls_version_name(version);
    if (name == NULL) {
        ak_text_add(out, "0x");
        ak_text_hex(out, version, 4);
        return;
    }
    ak_text_add(out, strcmp(ak_tls_version_protocol(version), "ssl") == 0 ? "SSL " : "TLS ");
    ak_text_add(out, name);
}

static void number(char *out, size_t room, int64_t value)
{
    (void)snprintf(out, room, "%lld", (long long)value);
}

static const char *side_words(int64_t side, enum ak_lang lang)
{
    static const char *const names[] = {N_("client"), N_("server"), N_("nobody")};
    return ak_tr(lang, names[side >= 0 && side < 2 ? side : 2]);
}

static void suite_words(int64_t code, char *out, size_t room)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find((uint16_t)code);
    if (suite != NULL)
        (void)snprintf(out, room, "%s", suite->name);
    else
        (void)snprintf(out, room, "0x%04x", (unsigned)code);
}

static void version_text(int64_t version, char *out, size_t room)
{
    struct ak_text text;
    ak_text_init(&text, 64);
    ak_version_words((uint16_t)version, &text);
    (void)snprintf(out, room, "%s", ak_text_string(&text));
    ak_text_release(&text);
}

static void encryption_words(int64_t raw, char *out, size_t room)
{
    static const char *const names[] = {"OFF", "ON", "NOT_SUP", "REQ"};
    (void)snprintf(out, room, "%s%s (0x%02x)", names[raw & 3],
                   raw & 0x80 ? " + client certificate" : "", (unsigned)(raw & 0xff));
}

static void date_words(int64_t seconds, char *out, size_t room)
{
    struct ak_text text;
    ak_text_init(&text, 64);
    ak_text_date(&text, seconds, false);
    (void)snprintf(out, room, "%s", ak_text_string(&text));
    ak_text_release(&text);
}

static void step_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_phrase(out, ak_tr(lang, N_("last step reached: {1}")), ak_step_name((enum ak_step)f->a),
              NULL);
}

static void close_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    const char *format = f->b == AK_CLOSE_RST ? N_("the {1} reset the connection (TCP RST)")
                                              : N_("the {1} closed the connection (TCP FIN)");
    ak_phrase(out, ak_tr(lang, format), side_words(f->a, lang), NULL);
}

static void alert_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char code[64];
    const char *name = ak_tls_alert_name((uint8_t)f->b);
    (void)snprintf(code, sizeof code, "%u%s%s%s", (unsigned)f->b, name ? " (" : "",
                   name ? name : "", name ? ")" : "");
    ak_phrase(out, ak_tr(lang, N_("the {1} sent TLS alert {2}")), side_words(f->a, lang), code);
}

static void offered_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char high[32], low[32];
    version_text(f->a, high, sizeof high);
    if (f->b != 0 && f->b != f->a) {
        version_text(f->b, low, sizeof low);
        ak_phrase(out, ak_tr(lang, N_("the client offers {1} down to {2}")), high, low);
    } else if (f->b != 0) {
        ak_phrase(out, ak_tr(lang, N_("the client offers {1} only")), high, NULL);
    } else {
        ak_phrase(out, ak_tr(lang, N_("the client offers {1} at most")), high, NULL);
    }
}

static void numbered(const struct ak_fact *f, enum ak_lang lang, const char *format,
                     struct ak_text *out)
{
    char a[32], b[32];
    number(a, sizeof a, f->a);
    number(b, sizeof b, f->b);
    ak_phrase(out, ak_tr(lang, format), a, b);
}

static void suite_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char name[80], id[32];
    suite_words(f->a, name, sizeof name);
    number(id, sizeof id, f->b);
    if (f->kind == AK_FACT_SERVER_CHOSE)
        ak_phrase(
            out,
            ak_tr(lang, N_("the same server chose {1} in conversation {2}; this client does not "
                           "offer it")),
            name, id);
    else if (f->b != 0)
        ak_phrase(out, ak_tr(lang, N_("the server chose {1}, with extended master secret")), name,
                  NULL);
    else
        ak_phrase(out, ak_tr(lang, N_("the server chose {1}, without extended master secret")),
                  name, NULL);
}

static void chosen_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char name[32];
    version_text(f->a, name, sizeof name);
    ak_phrase(out, ak_tr(lang, N_("the server chose {1}")), name, NULL);
}

static void group_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char code[16];
    const char *name = ak_tls_group_name((uint16_t)f->a);
    (void)snprintf(code, sizeof code, "0x%04x", (unsigned)f->a);
    ak_phrase(out, ak_tr(lang, N_("the server wants group {1}, which the client does not offer")),
              name ? name : code, NULL);
}

static void validity_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char from[32], to[32];
    date_words(f->a, from, sizeof from);
    date_words(f->b, to, sizeof to);
    ak_phrase(out, ak_tr(lang, N_("the certificate is valid from {1} to {2}")), from, to);
    if (f->a > f->b)
        ak_text_add(out, ak_tr(lang, N_(", which is never")));
}

static void encryption_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char client[48], server[48];
    encryption_words(f->a, client, sizeof client);
    encryption_words(f->b, server, sizeof server);
    ak_phrase(out, ak_tr(lang, N_("PRELOGIN encryption: client {1}, server {2}")), client, server);
}

static void error_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char id[32];
    number(id, sizeof id, f->a);
    ak_phrase(out, ak_tr(lang, N_("SQL Server error {1}: {2}")), id, f->text);
}

static void proxy_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char code[32];
    number(code, sizeof code, f->a);
    ak_phrase(out, ak_tr(lang, N_("the proxy answered {1} to the request for {2}")), code, f->text);
}

static void login_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    const char *format = f->a ? N_("the login packet with its password crossed unencrypted")
                              : N_("the login packet crossed unencrypted");
    ak_text_add(out, ak_tr(lang, format));
    if (f->text[0] != '\0')
        ak_phrase(out, ak_tr(lang, N_(" (program: {1})")), f->text, NULL);
}

static void silence_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char seconds[32];
    (void)snprintf(seconds, sizeof seconds, "%.1f", (double)f->a / 1000.0);
    ak_phrase(out, ak_tr(lang, N_("no answer for {1} s")), seconds, NULL);
}

static void worded(const struct ak_fact *f, enum ak_lang lang, const char *format,
                   struct ak_text *out)
{
    ak_phrase(out, ak_tr(lang, format), f->text, NULL);
}

/* Facts that are one phrase with their text or their numbers in it. */
static const struct {
    enum ak_fact_kind kind;
    bool text;
    const char *format;
} simple_facts[] = {
    {AK_FACT_OFFERED_SUITES, false, N_("the client offers {1} cipher suites")},
    {AK_FACT_OFFERED_PROTOCOLS, true, N_("the client offers ALPN {1}")},
    {AK_FACT_CERTIFICATE, true, N_("server certificate: {1}")},
    {AK_FACT_SIGNED_WITH, true, N_("it is signed with {1}, which the client does not list")},
    {AK_FACT_SELF_SIGNED, true, N_("the certificate names itself as its issuer")},
    {AK_FACT_NAME, true, N_("the client asked for {1}, which the certificate does not carry")},
    {AK_FACT_KEY_BITS, false, N_("the certificate's RSA key has {1} bits")},
    {AK_FACT_DH_BITS, false, N_("the server's Diffie-Hellman prime has {1} bits")},
    {AK_FACT_PAIR_WORKED, false,
     N_("the same two machines completed {1} handshakes with this suite (conversation {2})")},
    {AK_FACT_SYN_RETRIES, false, N_("the SYN was repeated {1} times and never answered")},
    {AK_FACT_SERVER_BUILD, true, N_("the server's build is {1}: it has no TLS 1.2")},
    {AK_FACT_LOAD, false,
     N_("within one minute {2} of {1} conversations with this server died unheard")},
    {AK_FACT_TTL, false, N_("the RST has TTL {1}, the other packets of that side {2}")},
    {AK_FACT_VANISHED_LARGE, false,
     N_("only large segments vanished ({1} bytes, repeated in vain); none of that size arrived: a "
        "smaller path MTU than the sender believes")},
    {AK_FACT_OLD_LOGIN, true,
     N_("it is a TDS 4/5 login: FreeTDS falls back to it after a refused PRELOGIN")},
    {AK_FACT_RESPONSE_BYTES, false,
     N_("one encrypted answer of {1} bytes to the login, then the end")},
    {AK_FACT_ENCRYPTED_ALERT, true,
     N_("right after the client's Finished the server sent an encrypted alert")},
    {AK_FACT_MICROSOFT_HOST, true, N_("the client asked for {1}, a host of Microsoft")},
    {AK_FACT_FOREIGN_ISSUER, true,
     N_("its certificate comes from {1}, who issues none for Microsoft")},
    {AK_FACT_PROXY, true, N_("it went through a proxy that was asked for {1}")},
    {AK_FACT_RAW_TLS13, true,
     N_("the client went on with TLS 1.3 records outside PRELOGIN packets")},
    {AK_FACT_RESUMED_NO_EMS, true,
     N_("the session was resumed; the client speaks of extended master secret, the server does "
        "not")},
    {AK_FACT_UNANSWERED, false,
     N_("{1} keep-alives or retransmissions in a row were not answered, then it reset")},
    {AK_FACT_SPLIT, false,
     N_("TLS 1.0 with a CBC suite: the client said {2} things in {1} records, the last of them "
        "unanswered")},
    {AK_FACT_CONNECTION_RATE, false,
     N_("the client opened up to {1} connections a minute ({2} such minutes in a row)")},
    {AK_FACT_PACKET_SIZE, false,
     N_("the server set a network packet size of {1} bytes (conversation {2})")},
    {AK_FACT_OTHER_NODE, true, N_("{1} answers to the same name and completed handshakes")},
    {AK_FACT_CAPTURED_THERE, false,
     N_("the capture was taken at the silent side: its packets have TTL {1}, as sent, the other "
        "side's {2}")},
    {AK_FACT_STARTTLS_REFUSED, true, N_("the server refused TLS ({1})")},
    {AK_FACT_WENT_ON_CLEAR, true, N_("the client went on without TLS")},
    {AK_FACT_LOGIN_WAY, true, N_("the servers log in to each other by {1}")},
    {AK_FACT_LOGIN_REFUSED, true, N_("the login was refused: {1}")},
    {AK_FACT_SERVICE, true, N_("the name belongs to {1}, which asks for TLS 1.2 or later")},
};

/* "3/766 ended so (0.39 %, 95 %: 0.08 - 1.14 %)": the share, and what it may be in truth. */
static void rate_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char count[48], share[80];
    struct ak_interval i = ak_interval_of((uint64_t)f->a, (uint64_t)f->b, 0.95);
    (void)snprintf(count, sizeof count, "%lld/%lld", (long long)f->a, (long long)f->b);
    (void)snprintf(share, sizeof share, "%.2f %%, 95 %%: %.2f - %.2f %%",
                   100 * (double)f->a / (double)f->b, 100 * i.low, 100 * i.high);
    const char *format =
        f->kind == AK_FACT_PAIR_RATE
            ? N_("of these two machines' handshakes with this suite {1} ended so ({2})")
            : N_("of all clients' handshakes with this suite {1} ended so ({2})");
    ak_phrase(out, ak_tr(lang, format), count, share);
}

static void newer_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char version[32], id[32];
    version_text(f->a, version, sizeof version);
    number(id, sizeof id, f->b);
    ak_phrase(out,
              ak_tr(lang, N_("another program of the same client offers {1} (conversation {2})")),
              version, id);
}

static void seconds_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char seconds[32];
    (void)snprintf(seconds, sizeof seconds, "%.1f", (double)f->a / 1000.0);
    if (f->kind == AK_FACT_IDLE)
        ak_phrase(out, ak_tr(lang, N_("before that nothing was sent for {1} s")), seconds, NULL);
    else if (f->kind == AK_FACT_SLOW_SUM)
        ak_phrase(out, ak_tr(lang, N_("the client waited {1} s for the server in all")), seconds,
                  NULL);
    else
        ak_phrase(out, ak_tr(lang, N_("{1} s until {2}")), seconds,
                  ak_step_name((enum ak_step)f->b));
}

static void stall_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char seconds[32];
    (void)snprintf(seconds, sizeof seconds, "%.1f", (double)f->a / 1000.0);
    const char *format = f->b < AK_SIDES ? N_("for {1} s nobody spoke, then the {2} did")
                                         : N_("for {1} s nobody spoke, then the connection ended");
    ak_phrase(out, ak_tr(lang, format), seconds, side_words(f->b, lang));
}

static void unheard_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char count[32];
    number(count, sizeof count, f->a);
    ak_phrase(out,
              ak_tr(lang, N_("{1} packets in a row of the {2} arrived and were not acknowledged")),
              count, side_words(f->b, lang));
}

static void other_capture_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char id[32], seconds[40];
    number(id, sizeof id, f->a);
    (void)snprintf(seconds, sizeof seconds, "%+.6f", (double)f->b / 1e9);
    ak_phrase(
        out,
        ak_tr(lang, N_("another capture has the same connection (conversation {1}); its clock "
                       "differs by {2} s")),
        id, seconds);
}

static const char *end_words(const struct ak_fact *f)
{
    return f->b ? "RST" : "FIN";
}

static void never_sent_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_phrase(
        out,
        ak_tr(lang, N_("the capture at the {1} goes on and never shows the {2} sent (this is the "
                       "last frame of the connection there): something between them made it")),
        side_words(f->a, lang), end_words(f));
}

static void sent_there_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_phrase(out, ak_tr(lang, N_("both captures show the {2}: the {1} really sent it")),
              side_words(f->a, lang), end_words(f));
}

static void translated_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_phrase(out, ak_tr(lang, N_("the {1}'s address is translated on the way: {2}")),
              side_words(f->a, lang), f->text);
}

static void vanished_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    char bytes[32];
    number(bytes, sizeof bytes, f->a);
    const char *format =
        f->b == AK_SIDE_CLIENT
            ? N_("{1} bytes that the client sent, from its byte {2} on, never reached the server")
            : N_("{1} bytes that the server sent, from its byte {2} on, never reached the client");
    ak_phrase(out, ak_tr(lang, format), bytes, f->text);
}

static void arrived_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_phrase(out, ak_tr(lang, N_("all that the {1} sent reached the other capture")),
              side_words(f->a, lang), NULL);
}

static void mars_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_add(out, ak_tr(lang, f->a ? N_("the client closed its MARS session (SMP FIN) before")
                                      : N_("the connection uses MARS (several sessions)")));
}

static void request_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_add(out, ak_tr(lang, f->a ? N_("the server asked for a client certificate; the client "
                                           "sent none")
                                      : N_("the server asked for a client certificate")));
}

static void other_form_fact(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    ak_text_add(out, ak_tr(lang, f->a == 7 ? N_("the same server answers TDS 7 PRELOGIN")
                                           : N_("the same server answers strict TDS 8")));
}

typedef void fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out);

static const struct {
    enum ak_fact_kind kind;
    fact_words *words;
} other_facts[] = {
    {AK_FACT_STEP, step_fact},
    {AK_FACT_CLOSE, close_fact},
    {AK_FACT_ALERT, alert_fact},
    {AK_FACT_OFFERED_VERSIONS, offered_fact},
    {AK_FACT_CHOSEN_VERSION, chosen_fact},
    {AK_FACT_SERVER_CHOSE, suite_fact},
    {AK_FACT_DHE_SUITE, suite_fact},
    {AK_FACT_SERVER_GROUP, group_fact},
    {AK_FACT_VALIDITY, validity_fact},
    {AK_FACT_CERTIFICATE_REQUEST, request_fact},
    {AK_FACT_SILENCE, silence_fact},
    {AK_FACT_ENCRYPTION, encryption_fact},
    {AK_FACT_OTHER_FORM, other_form_fact},
    {AK_FACT_CLEAR_LOGIN, login_fact},
    {AK_FACT_SQL_ERROR, error_fact},
    {AK_FACT_PAIR_RATE, rate_fact},
    {AK_FACT_SUITE_RATE, rate_fact},
    {AK_FACT_NEWER_CLIENT, newer_fact},
    {AK_FACT_IDLE, seconds_fact},
    {AK_FACT_SLOW_SUM, seconds_fact},
    {AK_FACT_SLOW_STEP, seconds_fact},
    {AK_FACT_MARS, mars_fact},
    {AK_FACT_STALL, stall_fact},
    {AK_FACT_NOT_ACKNOWLEDGED, unheard_fact},
    {AK_FACT_PROXY_ANSWER, proxy_fact},
    {AK_FACT_OTHER_CAPTURE, other_capture_fact},
    {AK_FACT_NEVER_SENT, never_sent_fact},
    {AK_FACT_SENT_THERE, sent_there_fact},
    {AK_FACT_TRANSLATED, translated_fact},
    {AK_FACT_VANISHED, vanished_fact},
    {AK_FACT_ARRIVED, arrived_fact},
};

void ak_fact_words(const struct ak_fact *f, enum ak_lang lang, struct ak_text *out)
{
    if (ak_host_fact_words(f, lang, out) || ak_offer_fact_words(f, lang, out) ||
        ak_event_fact_words(f, lang, out) || ak_certificate_fact_words(f, lang, out))
        return;
    for (size_t i = 0; i < AK_COUNT(simple_facts); i++) {
        if (simple_facts[i].kind != f->kind)
            continue;
        if (simple_facts[i].text)
            worded(f, lang, simple_facts[i].format, out);
        else
            numbered(f, lang, simple_facts[i].format, out);
        return;
    }
    for (size_t i = 0; i < AK_COUNT(other_facts); i++)
        if (other_facts[i].kind == f->kind)
            other_facts[i].words(f, lang, out);
}

/* What each predicate asks, for --why-not. */
static const struct {
    const char *id, *words;
} predicate_words[] = {
    {"server-log", N_("the server's logs (ERRORLOG, System and Application event logs)")},
    {"host-configuration", N_("the registry of the machines (hives or exports)")},
    {"has-client-hello", N_("the ClientHello is in the capture")},
    {"ended-after-client-hello",
     N_("the handshake failed between ClientHello and ServerHello (stage P3)")},
    {"handshake-failed", N_("a handshake was begun and died")},
    {"server-closed-first", N_("the server closed first")},
    {"server-ended-or-alerted-first",
     N_("the server closed first, or in TLS 1.3 sent an alert right after the client's "
        "Finished")},
    {"client-closed-first", N_("the client closed first")},
    {"certificate-seen", N_("the server's certificate is readable in the capture")},
    {"client-left-after-certificate",
     N_("the client left after it had seen the server's certificate")},
    {"is-tds", N_("the protocol is TDS 7")},
    {"no-bytes-missing", N_("no bytes of the handshake are missing")},
    {"version-was-refused", N_("alert 70, a version that was not offered, or an offer of TLS "
                               "1.1 at most was refused")},
    {"build-lacks-tls12", N_("the server's PRELOGIN build has no TLS 1.2")},
    {"client-wants-tls12", N_("the client insists on TLS 1.2 or later")},
    {"suites-were-refused",
     N_("alert 40 or 71, or other conversations show what the server chooses, or the server logged "
        "a refused hello (36874) in that second")},
    {"groups-are-disjoint", N_("the group that the server uses is not among the client's")},
    {"alert-120", N_("the server sent alert 120 (no_application_protocol)")},
    {"client-lacks-certificate-signature",
     N_("the client does not list the algorithm that signed the server's certificate")},
    {"client-lacks-weak-certificate-hash",
     N_("the certificate is signed with MD5, SHA-224 or SHA-512 and the client does not list "
        "it")},
    {"certificate-outside-validity",
     N_("the capture's time lies outside the certificate's validity, or alert 45 was sent")},
    {"client-refused-certificate",
     N_("the client sent alert 48 or left right after the certificate")},
    {"host-is-microsofts", N_("the host that the client asked for is one of Microsoft's")},
    {"issuer-is-foreign",
     N_("the certificate's issuer is none of those that certify Microsoft's hosts")},
    {"name-not-in-certificate", N_("the name that the client asked for is not in the certificate")},
    {"rsa-key-is-short", N_("the certificate's RSA key is shorter than 2048 bits")},
    {"client-offers-no-tls12",
     N_("the client offers TLS 1.1 or less, and not as a second try (fallback)")},
    {"hello-was-refused", N_("the server refused the ClientHello")},
    {"client-offers-tls12-elsewhere",
     N_("the same client address offers TLS 1.2 or later in another conversation")},
    {"service-wants-a-newer-version",
     N_("the server name is a service known to ask for a newer TLS version")},
    {"another-server-of-the-name-works",
     N_("another server of the same name and port takes the same ClientHello, this one never")},
    {"too-many-connections-a-minute", N_("the client opens 4080 connections a minute to this "
                                         "server, or more, each of which keeps "
                                         "a port busy")},
    {"client-splits-records",
     N_("in TLS 1.0 with a CBC suite the client sent more records than it spoke")},
    {"last-request-unanswered", N_("what the client said last was never answered")},
    {"server-answers-slowly", N_("the waits for the server add up to 5 s or more")},
    {"client-did-not-wait", N_("the client left less than 1 s after its PRELOGIN, unanswered")},
    {"windows-login-failed",
     N_("the server answered the login with error 17806, 17807 or 18452, in clear")},
    {"encrypted-session-ended-early", N_("an encrypted SQL Server session was reset by the "
                                         "server, or ended before the login was "
                                         "answered")},
    {"packet-size-above-16383", N_("the server sets a network packet size above 16383 bytes")},
    {"mars-session-closed-by-client",
     N_("a MARS connection, closed by the client, and then its RST")},
    {"resumed-without-ems", N_("a resumed session (TLS 1.2 or less); only the client speaks of "
                               "extended master secret")},
    {"way-went-dead", N_("five probes in a row without an answer and then a RST, or a RST in "
                         "answer to the first "
                         "packets after a pause of four minutes")},
    {"client-sent-no-certificate",
     N_("the server asked for a client certificate and got none, or sent alert 116")},
    {"ended-after-client-finished",
     N_("the handshake died after the client's Finished (stage P5)")},
    {"server-chose-dhe", N_("the server chose a TLS_DHE suite")},
    {"finished-was-refused", N_("nothing else explains why the client's Finished was refused")},
    {"client-left-after-short-dh-group",
     N_("the client left after Diffie-Hellman parameters below 2048 bits")},
    {"first-bytes-were-refused",
     N_("the server closed right after the first bytes: PRELOGIN, or a strict ClientHello")},
    {"encryption-bytes-contradict", N_("the two encryption bytes of PRELOGIN exclude each other")},
    {"tls13-records-left-prelogin",
     N_("TLS 1.3 was chosen and the client's records left the PRELOGIN packets")},
    {"login-in-clear", N_("a login packet crossed unencrypted")},
    {"client-asked-for-encryption", N_("the client's PRELOGIN asked for encryption")},
    {"login-was-refused", N_("an error in clear, or one short encrypted answer and the end")},
    {"server-reset-after-handshake",
     N_("the server reset or left the connection after the handshake")},
    {"nobody-answered", N_("a SYN, PRELOGIN or ClientHello was never answered")},
    {"ended-before-an-answer", N_("the conversation died before an answer")},
    {"many-of-one-server-at-once",
     N_("many conversations of several clients with this server died so within a minute, "
        "while others succeeded")},
    {"reset-has-a-foreign-ttl",
     N_("the RST came with another TTL than that side's other packets, or that side's own capture "
        "never shows it")},
    {"packets-arrived-unacknowledged",
     N_("five packets in a row reached the host where the capture was taken (by the TTL) and were "
        "not acknowledged")},
    {"server-refused-starttls", N_("TLS was asked for in clear and the server refused")},
    {"proxy-did-not-connect", N_("a proxy was asked to connect and answered that it did not")},
    {"endpoint-stalled-or-refused",
     N_("a mirroring endpoint's handshake paused for 15 s or more, or its Windows login was "
        "refused")},
    {"connection-ended-early", N_("the connection ended before it was of use")},
    {"client-spoke", N_("the client had sent something")},
};

const char *ak_predicate_words(const char *id, enum ak_lang lang)
{
    for (size_t i = 0; i < AK_COUNT(predicate_words); i++)
        if (strcmp(predicate_words[i].id, id) == 0)
            return ak_tr(lang, predicate_words[i].words);
    return id;
}
