/* SPDX-License-Identifier: Apache-2.0 */
#include "report/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "report/json.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 4, SIDE = 10, SLOW_MS = 1000, SLOW_TIMES = 4, STEPS = 32 };

static const char connect[] = N_("Connecting"), prelogin[] = "PRELOGIN", hello[] = "ClientHello",
                  answer[] = "ServerHello", certificate[] = N_("Certificate"),
                  exchange[] = N_("Key exchange"), login[] = N_("Login"), ending[] = N_("End");

const struct ak_compared ak_compared_fields[] = {
    {"akushu.syn_retries", connect, N_("repeated SYNs"), false, false},
    {"akushu.protocol", prelogin, N_("protocol"), false, false},
    {"akushu.client_version", prelogin, N_("version of the client"), false, false},
    {"akushu.instance", prelogin, N_("instance"), false, false},
    {"akushu.encryption.client", prelogin, N_("encryption that the client asks for"), false, false},
    {"akushu.mars", prelogin, "MARS", false, false},
    {"akushu.server_build", prelogin, N_("build of the server"), false, false},
    {"akushu.encryption.server", prelogin, N_("encryption that the server wants"), false, false},
    {"akushu.offered_versions", hello, N_("offered versions"), true, false},
    {"tls.client.supported_ciphers", hello, N_("offered cipher suites"), true, false},
    {"akushu.offered_groups", hello, N_("offered groups"), true, false},
    {"akushu.offered_signature_algorithms", hello, N_("offered signature algorithms"), true, false},
    {"akushu.offered_protocols", hello, N_("offered protocols (ALPN)"), true, false},
    {"akushu.extended_master_secret.client", hello, N_("extended master secret"), false, false},
    {"tls.client.server_name", hello, N_("server name (SNI)"), false, false},
    {"akushu.hello_retry", answer, "HelloRetryRequest", false, false},
    {"tls.version", answer, N_("version"), false, false},
    {"tls.cipher", answer, N_("cipher suite"), false, false},
    {"tls.curve", answer, N_("group"), false, false},
    {"tls.resumed", answer, N_("resumed session"), false, false},
    {"tls.next_protocol", answer, N_("protocol (ALPN)"), false, false},
    {"akushu.extended_master_secret.server", answer, N_("extended master secret"), false, false},
    {"tls.server.hash.sha1", certificate, N_("thumbprint"), false, false},
    {"tls.server.x509.subject.distinguished_name", certificate, N_("subject"), false, false},
    {"tls.server.x509.issuer.distinguished_name", certificate, N_("issuer"), false, false},
    {"tls.server.x509.not_before", certificate, N_("valid from"), false, false},
    {"tls.server.x509.not_after", certificate, N_("valid until"), false, false},
    {"tls.server.x509.signature_algorithm", certificate, N_("signed with"), false, false},
    {"tls.server.x509.public_key_algorithm", certificate, N_("kind of key"), false, false},
    {"tls.server.x509.public_key_size", certificate, N_("bits of the key"), false, false},
    {"tls.server.x509.alternative_names", certificate, N_("names"), true, false},
    {"akushu.chain_length", certificate, N_("certificates in the chain"), false, false},
    {"akushu.client_certificate", exchange, N_("client certificate"), false, false},
    {"akushu.dh.prime_bits", exchange, N_("bits of the Diffie-Hellman prime"), false, false},
    {"akushu.dh.server_leading_zero", exchange, N_("leading zero in the server's DH value"), false,
     false},
    {"akushu.dh.client_leading_zero", exchange, N_("leading zero in the client's DH value"), false,
     false},
    {"akushu.encryption.scope", login, N_("what is encrypted"), false, false},
    {"akushu.cleartext_login", login, N_("login in clear"), false, false},
    {"akushu.login.application", login, N_("program"), false, false},
    {"akushu.login.library", login, N_("library"), false, false},
    {"akushu.login.database", login, N_("database"), false, false},
    {"akushu.login.packet_size", login, N_("packet size"), false, false},
    {"akushu.outcome", ending, N_("outcome"), false, true},
    {"akushu.stage", ending, N_("stage"), false, true},
    {"akushu.closed_by", ending, N_("closed by"), false, true},
    {"akushu.close", ending, N_("closed how"), false, true},
    {"akushu.alerts[].code", ending, N_("alerts"), false, true},
    {"akushu.error.number", ending, N_("SQL Server error"), false, true},
};
const size_t ak_compared_count = AK_COUNT(ak_compared_fields);

/* ---- lists ---- */

/* The next item of "a; b; c": its length, and *list behind it. */
static const char *next_item(const char **list, size_t *size)
{
    const char *item = *list, *end = strstr(item, "; ");
    *size = end != NULL ? (size_t)(end - item) : strlen(item);
    *list = end != NULL ? end + 2 : item + *size;
    return item;
}

static bool has_item(const char *list, const char *item, size_t size)
{
    while (*list != '\0') {
        size_t n;
        const char *other = next_item(&list, &n);
        if (n == size && memcmp(other, item, n) == 0)
            return true;
    }
    return false;
}

/* What `from` holds and `other` does not. */
static void missing(const char *from, const char *other, struct ak_text *out)
{
    while (*from != '\0') {
        size_t size;
        const char *item = next_item(&from, &size);
        if (has_item(other, item, size))
            continue;
        if (out->size != 0)
            ak_text_add(out, "; ");
        ak_text_bytes(out, item, size);
    }
}

/* ---- steps and their times ---- */

struct timed {
    char name[40];
    long ms, wait; /* since the first frame; since the step before */
};

/* The steps of a record in order of time, at most STEPS of them. */
static size_t steps_of(struct ak_record *r, struct timed steps[STEPS])
{
    const char *names = ak_record_value(r, "akushu.steps[].name");
    const char *times = ak_record_value(r, "akushu.steps[].ms");
    size_t count = 0, size, n;
    while (*names != '\0' && *times != '\0' && count < STEPS) {
        const char *name = next_item(&names, &size), *time = next_item(&times, &n);
        struct timed step = {"", strtol(time, NULL, 10), 0};
        if (size >= sizeof step.name)
            continue;
        memcpy(step.name, name, size);
        size_t at = count++;
        for (; at > 0 && steps[at - 1].ms > step.ms; at--)
            steps[at] = steps[at - 1];
        steps[at] = step;
    }
    for (size_t i = 1; i < count; i++)
        steps[i].wait = steps[i].ms - steps[i - 1].ms;
    return count;
}

/* The step of one side that took so much longer than on the other that it matters. */
static const struct timed *slow_step(const struct timed *one, size_t ones, const struct timed *two,
                                     size_t twos, const struct timed **other)
{
    for (size_t i = 0; i < ones; i++)
        for (size_t k = 0; k < twos; k++)
            if (strcmp(one[i].name, two[k].name) == 0 && one[i].wait >= SLOW_MS &&
                one[i].wait >= SLOW_TIMES * two[k].wait) {
                *other = &two[k];
                return &one[i];
            }
    return NULL;
}

/* ---- differences ---- */

struct difference {
    const struct ak_compared *field; /* NULL: a slow step */
    const char *a, *b;               /* values; of lists, what only this side has */
    bool order;                      /* a list with the same values in another order */
    struct ak_text only_a, only_b;
};

/* Did the conversation come as far as this step? */
static bool reached(struct ak_record *r, const char *step)
{
    for (size_t i = 0; i < ak_compared_count; i++)
        if (ak_compared_fields[i].step == step &&
            *ak_record_value(r, ak_compared_fields[i].path) != '\0')
            return true;
    return false;
}

/* False when both are equal, or when one side did not come so far: that is told once. */
static bool differ(struct ak_record *a, struct ak_record *b, size_t i, struct difference *d)
{
    const struct ak_compared *field = &ak_compared_fields[i];
    memset(d, 0, sizeof *d);
    d->field = field;
    d->a = ak_record_value(a, field->path);
    d->b = ak_record_value(b, field->path);
    if (strcmp(d->a, d->b) == 0 || !reached(a, field->step) || !reached(b, field->step))
        return false;
    if (!field->list)
        return true;
    ak_text_init(&d->only_a, 1024 * 1024);
    ak_text_init(&d->only_b, 1024 * 1024);
    missing(d->a, d->b, &d->only_a);
    missing(d->b, d->a, &d->only_b);
    d->order = d->only_a.size == 0 && d->only_b.size == 0;
    if (!d->order) {
        d->a = ak_text_string(&d->only_a);
        d->b = ak_text_string(&d->only_b);
    }
    return true;
}

static void forget(struct difference *d)
{
    ak_text_release(&d->only_a);
    ak_text_release(&d->only_b);
}

static bool is_first(const struct difference *d)
{
    return !d->field->effect;
}

static void side_line(const struct ak_text_style *s, const char *name, const char *value,
                      struct ak_text *out)
{
    ak_blanks(out, LABEL);
    ak_pad(out, name, SIDE);
    ak_wrap(out, *value != '\0' ? value : "-", LABEL + SIDE, LABEL + SIDE, s->width);
}

static void write_difference(const struct ak_text_style *s, const struct difference *d,
                             struct ak_text *out)
{
    bool lists = d->field->list && !d->order;
    ak_text_format(out, "  %s: %s%s\n", ak_tr(s->lang, d->field->step),
                   ak_tr(s->lang, d->field->words),
                   d->order ? ak_tr(s->lang, N_(" (in another order)")) : "");
    side_line(s, lists ? ak_tr(s->lang, N_("only A")) : "A", d->a, out);
    side_line(s, lists ? ak_tr(s->lang, N_("only B")) : "B", d->b, out);
}

static void write_head(const struct ak_text_style *s, const char *name, struct ak_record *r,
                       struct ak_text *out)
{
    struct ak_text line;
    ak_text_init(&line, 65536);
    ak_text_format(&line, "%s #%s, %s, ", ak_record_value(r, "akushu.file"),
                   ak_record_value(r, "akushu.id"), ak_record_value(r, "@timestamp"));
    ak_text_format(&line, "%s:%s > ", ak_record_value(r, "client.ip"),
                   ak_record_value(r, "client.port"));
    ak_text_format(&line, "%s:%s: ", ak_record_value(r, "server.ip"),
                   ak_record_value(r, "server.port"));
    ak_text_format(&line, "%s, %s", ak_record_value(r, "akushu.outcome"),
                   ak_record_value(r, "akushu.stage"));
    ak_pad(out, name, LABEL);
    ak_wrap(out, ak_text_string(&line), LABEL, LABEL, s->width);
    ak_text_release(&line);
}

/* The slower step of either side. */
static bool find_slow(struct ak_record *a, struct ak_record *b, struct timed *left,
                      struct timed *right)
{
    struct timed of_a[STEPS], of_b[STEPS];
    size_t na = steps_of(a, of_a), nb = steps_of(b, of_b);
    const struct timed *other, *slow = slow_step(of_b, nb, of_a, na, &other);
    if (slow != NULL) {
        *left = *other;
        *right = *slow;
        return true;
    }
    slow = slow_step(of_a, na, of_b, nb, &other);
    if (slow == NULL)
        return false;
    *left = *slow;
    *right = *other;
    return true;
}

static void write_slow(const struct ak_text_style *s, const struct timed *a, const struct timed *b,
                       struct ak_text *out)
{
    ak_text_format(out, "  %s: %s\n", ak_tr(s->lang, N_("Time")), a->name);
    ak_blanks(out, LABEL);
    ak_pad(out, "A", SIDE);
    ak_text_format(out, "%ld ms\n", a->wait);
    ak_blanks(out, LABEL);
    ak_pad(out, "B", SIDE);
    ak_text_format(out, "%ld ms\n", b->wait);
}

/* "B did not come to: ServerHello, Certificate" */
static void write_unreached(const struct ak_text_style *s, const char *name, struct ak_record *r,
                            struct ak_record *other, struct ak_text *out)
{
    const char *last = NULL;
    struct ak_text line;
    ak_text_init(&line, 4096);
    for (size_t i = 0; i < ak_compared_count; i++) {
        const char *step = ak_compared_fields[i].step;
        if (step == last || reached(r, step) || !reached(other, step))
            continue;
        ak_text_add(&line, line.size == 0 ? " " : ", ");
        ak_text_add(&line, ak_tr(s->lang, step));
        last = step;
    }
    if (line.size != 0) {
        ak_text_format(out, "  %s", name);
        ak_text_format(out, ak_tr(s->lang, N_(" did not come to:%s\n")), ak_text_string(&line));
    }
    ak_text_release(&line);
}

size_t ak_comparison_text(const struct ak_text_style *s, struct ak_record *a, struct ak_record *b,
                          struct ak_text *out)
{
    size_t count = 0;
    bool first = true;
    struct timed slow_a, slow_b;
    write_head(s, "A", a, out);
    write_head(s, "B", b, out);
    for (int pass = 0; pass < 2; pass++) {
        bool headed = false;
        for (size_t i = 0; i < ak_compared_count; i++) {
            struct difference d;
            if (!differ(a, b, i, &d)) {
                continue;
            } else if (pass == 0 && first && is_first(&d)) {
                ak_text_format(out, "\n%s\n", ak_tr(s->lang, N_("First difference that matters")));
                write_difference(s, &d, out);
                first = false;
            } else if (pass == 1) {
                if (!headed)
                    ak_text_format(out, "\n%s\n", ak_tr(s->lang, N_("All differences")));
                headed = true;
                write_difference(s, &d, out);
                count += !d.field->effect;
            }
            forget(&d);
        }
        if (pass == 0 && first)
            ak_text_format(out, "\n%s\n",
                           ak_tr(s->lang, N_("As far as both came, they said the same: look at the "
                                             "servers' settings, load and the path.")));
    }
    write_unreached(s, "A", a, b, out);
    write_unreached(s, "B", b, a, out);
    if (find_slow(a, b, &slow_a, &slow_b)) {
        write_slow(s, &slow_a, &slow_b, out);
        count++;
    }
    return count;
}

static void json_side(struct ak_json *j, const char *name, struct ak_record *r)
{
    ak_json_key_n(j, name, strlen(name));
    ak_json_open(j, '{');
    ak_json_member_text(j, "file", ak_record_value(r, "akushu.file"));
    ak_json_member_u64(j, "id", strtoull(ak_record_value(r, "akushu.id"), NULL, 10));
    ak_json_close(j, '}');
}

size_t ak_comparison_json(struct ak_record *a, struct ak_record *b, struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    struct timed slow_a, slow_b;
    size_t count = 0;
    bool first = true;
    ak_json_open(j, '{');
    ak_json_key(j, "akushu");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", "comparison");
    ak_json_member_u64(j, "schema", 1);
    json_side(j, "a", a);
    json_side(j, "b", b);
    ak_json_key(j, "differences");
    ak_json_open(j, '[');
    for (size_t i = 0; i < ak_compared_count; i++) {
        struct difference d;
        if (!differ(a, b, i, &d))
            continue;
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "field", d.field->path);
        ak_json_member_text(j, "a", d.a);
        ak_json_member_text(j, "b", d.b);
        ak_json_member_bool(j, "effect", d.field->effect);
        ak_json_member_bool(j, "first", first && is_first(&d));
        ak_json_close(j, '}');
        first = first && !is_first(&d);
        count += !d.field->effect;
        forget(&d);
    }
    ak_json_close(j, ']');
    if (find_slow(a, b, &slow_a, &slow_b)) {
        count++;
        ak_json_key(j, "slow_step");
        ak_json_open(j, '{');
        ak_json_member_word(j, "name", slow_a.name);
        ak_json_member_u64(j, "a_ms", (uint64_t)slow_a.wait);
        ak_json_member_u64(j, "b_ms", (uint64_t)slow_b.wait);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
    ak_json_event(j, "event", "network");
    ak_json_ecs(j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
    return count;
}
