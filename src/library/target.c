/* SPDX-License-Identifier: Apache-2.0 */
#include "library/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/upcase.h"
#include "os/address.h"

#include "base/banned.h"

struct scheme {
    const char *name;
    uint16_t port;
    enum ak_probe_way way;
    enum ak_service service;
    const char *alpn;
    bool of_port; /* this port alone means this scheme */
};

/* IANA's service names and port numbers; TDS has no registered scheme, so these are ours. */
static const struct scheme schemes[] = {
    {"tds", 1433, AK_PROBE_TDS, AK_SERVICE_NONE, NULL, true},
    {"tds8", 1433, AK_PROBE_STRICT, AK_SERVICE_NONE, "tds/8.0", false},
    {"https", 443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"tls", 443, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, false},
    {"ldaps", 636, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"ldaps", 3269, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"smtps", 465, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"imaps", 993, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"pop3s", 995, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"ftps", 990, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"winrm", 5986, AK_PROBE_TLS, AK_SERVICE_NONE, NULL, true},
    {"ldap", 389, AK_PROBE_STARTTLS, AK_SERVICE_LDAP, NULL, true},
    {"ldap", 3268, AK_PROBE_STARTTLS, AK_SERVICE_LDAP, NULL, true},
    {"smtp", 25, AK_PROBE_STARTTLS, AK_SERVICE_SMTP, NULL, true},
    {"smtp", 587, AK_PROBE_STARTTLS, AK_SERVICE_SMTP, NULL, true},
    {"imap", 143, AK_PROBE_STARTTLS, AK_SERVICE_IMAP, NULL, true},
    {"pop3", 110, AK_PROBE_STARTTLS, AK_SERVICE_POP3, NULL, true},
    {"ftp", 21, AK_PROBE_STARTTLS, AK_SERVICE_FTP, NULL, true},
    {"xmpp", 5222, AK_PROBE_STARTTLS, AK_SERVICE_XMPP, NULL, true},
    {"postgresql", 5432, AK_PROBE_STARTTLS, AK_SERVICE_POSTGRESQL, NULL, true},
    {"postgres", 5432, AK_PROBE_STARTTLS, AK_SERVICE_POSTGRESQL, NULL, false},
    {"mysql", 3306, AK_PROBE_STARTTLS, AK_SERVICE_MYSQL, NULL, true},
    {"rdp", 3389, AK_PROBE_STARTTLS, AK_SERVICE_RDP, NULL, true},
};

const char *ak_target_scheme(size_t index)
{
    size_t at = 0;
    for (size_t i = 0; i < AK_COUNT(schemes); i++) {
        bool again = i != 0 && strcmp(schemes[i].name, schemes[i - 1].name) == 0;
        if (!again && at++ == index)
            return schemes[i].name;
    }
    return NULL;
}

static void take(struct ak_target *t, const struct scheme *s)
{
    t->way = s->way;
    t->service = s->service;
    t->alpn = s->alpn;
    t->scheme = s->name;
}

/* `size` bytes of a text against a name, in any case. */
static bool same(const char *text, size_t size, const char *name)
{
    struct ak_span span = {(const uint8_t *)text, size};
    return ak_upcase_equal(span, ak_span_of(name));
}

static bool begins(const char *text, const char *start)
{
    return ak_upcase_begins(ak_span_of(text), start);
}

static enum ak_err wrong(struct ak_error *error, const char *text, const char *why)
{
    return ak_error_set(error, AK_ERR_USAGE, "%.120s: %s", text, why);
}

static bool port_of(const char *text, size_t size, uint16_t *port)
{
    unsigned long value = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || value > 65535)
            return false;
        value = value * 10 + (unsigned long)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return size != 0 && value != 0 && value <= 65535;
}

/* Letters, digits and what names and addresses hold: nothing that a protocol could trip over. */
static bool host_fits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == 0x7f || strchr("/\\,;:?#@<>\"'`|", c) != NULL)
            return false;
    }
    return size != 0;
}

static bool set_host(struct ak_target *t, const char *text, size_t size)
{
    uint8_t version, bytes[16];
    bool here = (size == 1 && *text == '.') || same(text, size, "(local)");
    if (here) {
        text = "localhost";
        size = strlen(text);
    }
    if (size >= sizeof t->host)
        return false;
    memcpy(t->host, text, size);
    t->host[size] = '\0';
    return ak_address_parse(t->host, &version, bytes) || host_fits(t->host, size);
}

/* HOST, HOST:PORT, HOST,PORT, [V6]:PORT, V6, HOST\INSTANCE[,PORT] up to `end`. */
static enum ak_err take_host(struct ak_target *t, const char *text, const char *all,
                             struct ak_error *error)
{
    uint8_t version, bytes[16];
    if (*text == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || !set_host(t, text + 1, (size_t)(close - text - 1)))
            return wrong(error, all, "an IPv6 address in brackets is expected: [2001:db8::5]:1433");
        text = close + 1;
    } else if (ak_address_parse(text, &version, bytes) && version == 6) {
        (void)set_host(t, text, strlen(text));
        return AK_ERR_NONE;
    } else {
        size_t size = strcspn(text, "\\,:");
        if (!set_host(t, text, size))
            return wrong(error, all, "this is no host name or address");
        text += size;
    }
    if (*text == '\\') {
        size_t size = strcspn(++text, ",:");
        if (size == 0 || size >= sizeof t->instance)
            return wrong(error, all, "behind \\ the name of an instance is expected");
        memcpy(t->instance, text, size);
        t->instance[size] = '\0';
        text += size;
    }
    if ((*text == ',' || *text == ':') && port_of(text + 1, strlen(text + 1), &t->port))
        return AK_ERR_NONE;
    return *text == '\0' ? AK_ERR_NONE
                         : wrong(error, all, "a port from 1 to 65535 is expected at its end");
}

/* "tcp:", "admin:", "np:" as SQL Server's clients take them. Moves on behind it. */
static enum ak_err take_prefix(struct ak_target *t, const char **text, struct ak_error *error)
{
    static const char *const refused[] = {"np:", "lpc:"};
    for (size_t i = 0; i < AK_COUNT(refused); i++)
        if (begins(*text, refused[i]))
            return wrong(error, *text, "only TCP can be checked, not named pipes or shared memory");
    if (begins(*text, "tcp:"))
        *text += 4;
    if (begins(*text, "admin:")) {
        *text += 6;
        t->dac = true;
    }
    return AK_ERR_NONE;
}

static enum ak_err take_scheme(struct ak_target *t, const char *text, const char *rest,
                               struct ak_error *error)
{
    char host[320];
    size_t size = (size_t)(rest - text), length = strcspn(rest + 3, "/?#");
    const struct scheme *found = NULL;
    for (size_t i = 0; i < AK_COUNT(schemes) && found == NULL; i++)
        if (same(text, size, schemes[i].name))
            found = &schemes[i];
    if (found == NULL)
        return wrong(error, text, "unknown scheme; 'akushu help check' lists them");
    if (length >= sizeof host)
        return wrong(error, text, "this is no host name or address");
    memcpy(host, rest + 3, length);
    host[length] = '\0';
    take(t, found);
    enum ak_err err = take_host(t, host, text, error);
    if (t->port == 0 && t->instance[0] == '\0')
        t->port = found->port;
    return err;
}

enum ak_err ak_target_parse(const char *text, struct ak_target *t, struct ak_error *error)
{
    memset(t, 0, sizeof *t);
    const char *rest = strstr(text, "://");
    if (rest != NULL)
        return take_scheme(t, text, rest, error);
    const char *all = text;
    enum ak_err err = take_prefix(t, &text, error);
    if (err == AK_ERR_NONE)
        err = take_host(t, text, all, error);
    if (err != AK_ERR_NONE)
        return err;
    t->guessed = true;
    take(t, &schemes[0]);
    for (size_t i = 0; i < AK_COUNT(schemes) && t->instance[0] == '\0' && !t->dac; i++)
        if (schemes[i].of_port && schemes[i].port == t->port) {
            take(t, &schemes[i]);
            t->guessed = false;
            break;
        }
    return AK_ERR_NONE;
}
