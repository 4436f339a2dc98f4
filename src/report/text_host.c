/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_host.h"

#include <string.h>

#include "base/attr.h"
#include "model/tls_names.h"
#include "report/host_facts.h"
#include "report/json.h"
#include "report/jsonl_host.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { LABEL = 18 };

/* One host on its way to the reader. */
struct page {
    const struct ak_text_style *style;
    const struct ak_host *host;
    struct ak_text *out;
    struct ak_text line; /* a line that is not wrapped yet */
};

AK_FORMAT_ARG(2) static const char *tr(const struct page *p, const char *words)
{
    return ak_tr(p->style->lang, words);
}

static void label(struct page *p, const char *name)
{
    ak_text_add(p->out, "  ");
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_pad(p->out, tr(p, name), LABEL - 2);
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
}

/* Ends the line that was collected: behind a label, wrapped. */
static void labelled(struct page *p, const char *name)
{
    label(p, name);
    ak_wrap(p->out, ak_text_string(&p->line), LABEL, LABEL, p->style->width);
    ak_text_clear(&p->line);
}

/* ---- who it is and what was read ---- */

static void headline(struct page *p)
{
    const struct ak_host *h = p->host;
    ak_text_char(p->out, '\n');
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_text_add(p->out, tr(p, N_("Host")));
    ak_text_char(p->out, ' ');
    ak_safe_text(p->out, h->name[0] != '\0' ? h->name : tr(p, N_("(name not in the evidence)")));
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
    ak_text_char(p->out, '\n');
}

static void system_line(struct page *p)
{
    const struct ak_host *h = p->host;
    if (h->product[0] != '\0')
        ak_safe_text(&p->line, h->product);
    else
        ak_text_add(&p->line, h->system != NULL ? h->system->name : tr(p, N_("unknown")));
    if (h->service_pack[0] != '\0') {
        ak_text_char(&p->line, ' ');
        ak_safe_text(&p->line, h->service_pack);
    }
    if (h->build != 0) {
        ak_text_format(&p->line, tr(p, N_(", build %u")), (unsigned)h->build);
        if (h->ubr_known)
            ak_text_format(&p->line, ".%u", (unsigned)h->ubr);
    }
    if (h->os_origin == AK_OS_FEATURES)
        ak_text_add(&p->line, tr(p, N_(" (guessed from what the SYSTEM hive holds; SOFTWARE would "
                                       "tell)")));
    else if (h->os_origin == AK_OS_UNKNOWN)
        ak_text_add(&p->line, tr(p, N_(": add the SOFTWARE hive, or an export of "
                                       "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion")));
    labelled(p, N_("System"));
    if (h->release != NULL && h->release->support_end[0] != '\0') {
        ak_text_add(&p->line, h->release->support_end);
        if (h->release->esu_end[0] != '\0')
            ak_text_format(&p->line, tr(p, N_(" (paid updates until %s)")), h->release->esu_end);
        labelled(p, N_("Support ends"));
    }
}

static void address_line(struct page *p)
{
    char address[46];
    for (size_t i = 0; i < p->host->address_count; i++) {
        ak_endpoint_text(&p->host->address[i], address);
        ak_text_add(&p->line, i != 0 ? ", " : "");
        ak_text_add(&p->line, address);
    }
    if (p->host->address_count != 0)
        labelled(p, N_("Addresses"));
}

static void source_line(struct page *p, const struct ak_host_source *s)
{
    ak_safe_text(&p->line, s->file);
    if (s->mount[0] != '\0') {
        ak_text_add(&p->line, ": ");
        ak_safe_text(&p->line, s->mount);
    }
    ak_text_format(&p->line, tr(p, N_(", %llu keys, %llu values")), (unsigned long long)s->keys,
                   (unsigned long long)s->values);
    if (s->dirty && s->replayed)
        ak_text_format(
            &p->line,
            tr(p, N_("; its last writes were taken from its logs (%u entries, %u pages)")),
            (unsigned)s->log_entries, (unsigned)s->log_pages);
    else if (s->dirty)
        ak_text_add(&p->line, tr(p, N_("; dirty: the last writes are missing, its .LOG1 and .LOG2 "
                                       "files hold them")));
    if (s->damaged != 0)
        ak_text_format(&p->line, tr(p, N_("; %u places could not be read, the first at %llu: %s")),
                       (unsigned)s->damaged, (unsigned long long)s->damaged_first,
                       s->damaged_why != NULL ? tr(p, s->damaged_why) : "");
    if (s->too_many)
        ak_text_add(&p->line, tr(p, N_("; too large, the rest was left out")));
}

static void sources(struct page *p)
{
    for (size_t i = 0; i < p->host->source_count; i++) {
        source_line(p, &p->host->sources[i]);
        labelled(p, i == 0 ? N_("Read") : "");
    }
}

/* ---- protocols ---- */

static const char *why_words(const struct page *p, unsigned why)
{
    return tr(p, ak_why_words(why));
}

static const char *state_words(const struct page *p, unsigned state)
{
    static const char *const words[] = {N_("off"), N_("on request"), N_("on"), N_("unknown")};
    return tr(p, words[state]);
}

static void one_setting(struct ak_text *out, const char *name, const struct ak_setting *s)
{
    if (!s->present)
        return;
    if (s->number)
        ak_text_format(out, s->value > 9 ? " %s=0x%x" : " %s=%u", name, (unsigned)s->value);
    else
        ak_text_format(out, " %s=?", name);
}

static void protocol_cell(struct page *p, unsigned role, unsigned protocol)
{
    const struct ak_host_protocol *x = &p->host->protocols[role][protocol];
    ak_text_format(&p->line, "%s (%s", state_words(p, x->state), why_words(p, x->why));
    if (x->enabled.present || x->disabled_by_default.present)
        ak_text_char(&p->line, ':');
    one_setting(&p->line, "Enabled", &x->enabled);
    one_setting(&p->line, "DisabledByDefault", &x->disabled_by_default);
    ak_text_char(&p->line, ')');
}

static bool worth_showing(const struct ak_host *h, unsigned protocol)
{
    if (protocol >= AK_SCHANNEL_PROTOCOL_SSL20 && protocol <= AK_SCHANNEL_PROTOCOL_TLS13)
        return true;
    for (unsigned r = 0; r < AK_SCHANNEL_ROLES; r++)
        if (h->protocols[r][protocol].enabled.present ||
            h->protocols[r][protocol].disabled_by_default.present)
            return true;
    return false;
}

static void protocols(struct page *p)
{
    ak_text_add(p->out, "  ");
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_text_add(p->out, tr(p, N_("Protocols")));
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
    ak_text_char(p->out, '\n');
    for (unsigned n = 0; n < AK_SCHANNEL_PROTOCOLS; n++) {
        if (!worth_showing(p->host, n))
            continue;
        for (unsigned r = 0; r < AK_SCHANNEL_ROLES; r++) {
            ak_text_add(p->out, "    ");
            ak_pad(p->out, r == 0 ? ak_schannel_protocol_name((enum ak_schannel_protocol)n) : "",
                   10);
            ak_pad(p->out, tr(p, ak_role_words(r)), 16);
            protocol_cell(p, r, n);
            ak_wrap(p->out, ak_text_string(&p->line), 30, 32, p->style->width);
            ak_text_clear(&p->line);
        }
    }
}

/* ---- lists ---- */

static const char *origin_words(const struct page *p, unsigned origin)
{
    static const char *const words[] = {N_("not in the evidence"), N_("as installed"),
                                        N_("local list"), N_("list of a policy")};
    return tr(p, words[origin]);
}

static void section(struct page *p, const char *name, const char *origin, unsigned confidence)
{
    ak_text_add(p->out, "  ");
    ak_text_add(p->out, ak_paint(p->style, "\033[1m"));
    ak_text_add(p->out, tr(p, name));
    ak_text_add(p->out, ak_paint(p->style, "\033[0m"));
    ak_text_format(p->out, " (%s", origin);
    if (confidence == AK_CONFIDENCE_LOW)
        ak_text_add(p->out, tr(p, N_("; not confirmed by a source")));
    ak_text_add(p->out, ")\n");
}

static void suites(struct page *p)
{
    const struct ak_host *h = p->host;
    unsigned place = 0;
    section(p, N_("Cipher suites"), origin_words(p, h->suites_origin), h->suites_confidence);
    for (size_t i = 0; i < h->suite_count; i++) {
        const struct ak_host_suite *s = &h->suites[i];
        if (s->removed == AK_WHY_OS_DEFAULT)
            ak_text_format(p->out, "    %3u ", ++place);
        else
            ak_text_add(p->out, "      - ");
        ak_safe_text(&p->line, s->name);
        if (s->removed != AK_WHY_OS_DEFAULT)
            ak_text_format(&p->line, "  (%s)",
                           s->removed == AK_WHY_UNKNOWN && strncmp(s->name, "SSL_CK_", 7) == 0
                               ? tr(p, N_("SSL 2.0 only"))
                           : s->removed == AK_WHY_UNKNOWN ? tr(p, N_("no suite of this name"))
                                                          : why_words(p, s->removed));
        ak_wrap(p->out, ak_text_string(&p->line), 8, 10, p->style->width);
        ak_text_clear(&p->line);
    }
}

static void groups(struct page *p)
{
    const struct ak_host *h = p->host;
    for (size_t i = 0; i < h->group_count; i++) {
        ak_text_add(&p->line, i == 0 ? "" : ", ");
        ak_safe_text(&p->line, h->groups[i].name);
        if (h->groups[i].removed)
            ak_text_format(&p->line, " (%s)", tr(p, N_("does not count")));
    }
    if (h->group_count == 0)
        ak_text_add(&p->line, tr(p, N_("not in the evidence")));
    else
        ak_text_format(&p->line, " (%s)", origin_words(p, h->groups_origin));
    labelled(p, N_("Curves"));
}

static void schemes(struct page *p)
{
    const struct ak_host *h = p->host;
    size_t count = h->local_scheme_count != 0 ? h->local_scheme_count : h->scheme_count;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        uint16_t code = h->local_scheme_count != 0 ? h->local_schemes[i] : h->schemes[i].code;
        const char *name = ak_tls_signature_scheme_name(code);
        if (h->local_scheme_count == 0 && h->schemes[i].unpatched)
            continue;
        ak_text_add(&p->line, any ? ", " : "");
        ak_text_add(&p->line, name != NULL ? name : "?");
        any = true;
    }
    if (!any)
        ak_text_add(&p->line, tr(p, N_("not in the evidence")));
    else
        ak_text_format(
            &p->line, " (%s)",
            origin_words(p, h->local_scheme_count != 0 ? AK_LIST_LOCAL : AK_LIST_OS_DEFAULT));
    labelled(p, N_("Signatures"));
}

static void switches(struct page *p)
{
    const struct ak_host *h = p->host;
    const struct {
        const char *name;
        const struct ak_setting *setting;
    } rows[] = {
        {"FIPS", &h->fips},
        {"EventLogging", &h->event_logging},
        {"DisableClientExtendedMasterSecret", &h->no_ems_client},
        {"DisableServerExtendedMasterSecret", &h->no_ems_server},
        {"Diffie-Hellman ClientMinKeyBitLength", &h->minima.dh_client_min},
        {"Diffie-Hellman ClientMaxKeyBitLength", &h->minima.dh_client_max},
        {"Diffie-Hellman ServerMinKeyBitLength", &h->minima.dh_server_bits},
        {"PKCS ClientMinKeyBitLength", &h->minima.rsa_client_min},
        {"PKCS ClientMaxKeyBitLength", &h->minima.rsa_client_max},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].setting->present && rows[i].setting->number)
            ak_text_format(&p->line, "%s%s=%u", p->line.size != 0 ? ", " : "", rows[i].name,
                           (unsigned)rows[i].setting->value);
    for (size_t i = 0; i < h->algorithm_count; i++) {
        ak_text_add(&p->line, p->line.size != 0 ? ", " : "");
        ak_safe_text(&p->line, h->algorithms[i].name);
        one_setting(&p->line, "Enabled", &h->algorithms[i].enabled);
    }
    if (p->line.size != 0)
        labelled(p, N_("Switches"));
}

/* ---- .NET and SQL Server ---- */

static void offered(struct page *p, uint16_t bits)
{
    bool any = false;
    for (unsigned i = 0; i < 5; i++) {
        if (!(bits & 1u << i))
            continue;
        ak_text_format(&p->line, "%s%s%s", any ? ", " : "", i == 0 ? "SSL " : "TLS ",
                       ak_schannel_version_text(i));
        any = true;
    }
    if (!any)
        ak_text_add(&p->line, tr(p, N_("nothing")));
}

static void installed(struct page *p)
{
    const struct ak_dotnet *d = &p->host->dotnet;
    for (size_t i = 0; i < d->installed_count; i++) {
        const struct ak_dotnet_installed *n = &d->installed[i];
        ak_text_format(&p->line, "%s%s", i == 0 ? "" : ", ", n->version);
        if (n->service_pack[0] != '\0')
            ak_text_format(&p->line, " SP%s", n->service_pack);
        if (n->release != 0)
            ak_text_format(&p->line, " (Release %u%s)", (unsigned)n->release,
                           n->exact ? "" : tr(p, N_(", or later")));
        else if (n->client_profile && !n->full_profile)
            ak_text_add(&p->line, " Client");
    }
    if (d->installed_count == 0)
        ak_text_add(&p->line, tr(p, d->known ? N_("none") : N_("not in the evidence")));
    labelled(p, N_(".NET Framework"));
}

static bool same_default(const struct ak_dotnet *d, unsigned target)
{
    return d->defaults[AK_64_BIT][target].offered == d->defaults[AK_32_BIT][target].offered &&
           d->defaults[AK_64_BIT][target].system == d->defaults[AK_32_BIT][target].system;
}

static void one_default(struct page *p, unsigned bits, unsigned target, bool both)
{
    const struct ak_dotnet_default *x = &p->host->dotnet.defaults[bits][target];
    static const char *const names[] = {N_("64-bit"), N_("32-bit")};
    ak_text_add(p->out, "    ");
    ak_pad(p->out, ak_dotnet_target_name((enum ak_dotnet_target)target), 12);
    ak_pad(p->out, both ? "" : tr(p, names[bits]), 10);
    offered(p, x->offered);
    ak_text_format(&p->line, " (%s, %s)",
                   tr(p, x->system ? N_("Windows chooses") : N_("the framework chooses")),
                   why_words(p, x->why));
    ak_wrap(p->out, ak_text_string(&p->line), 26, 28, p->style->width);
    ak_text_clear(&p->line);
}

static void defaults(struct page *p)
{
    const struct ak_dotnet *d = &p->host->dotnet;
    if (!p->host->software_known && p->host->source_count != 0)
        return;
    ak_text_add(p->out, "  ");
    ak_text_add(p->out, tr(p, N_("Programs offer, by the .NET Framework that they target:")));
    ak_text_char(p->out, '\n');
    for (unsigned t = 0; t < AK_DOTNET_TARGETS; t++) {
        bool both = same_default(d, t);
        if (!d->defaults[AK_64_BIT][t].runs)
            continue;
        one_default(p, AK_64_BIT, t, both);
        if (!both)
            one_default(p, AK_32_BIT, t, false);
    }
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        const struct ak_setting *s = &p->host->winhttp.default_secure[b];
        if (b == AK_32_BIT && p->host->winhttp.offered[0] == p->host->winhttp.offered[1])
            break;
        if (!s->present && (p->host->system == NULL || p->host->system->winhttp_default == 0))
            continue;
        offered(p, p->host->winhttp.offered[b]);
        one_setting(&p->line, "DefaultSecureProtocols", s);
        labelled(p, b == AK_64_BIT ? "WinHTTP" : N_("WinHTTP 32-bit"));
    }
}

static void instances(struct page *p)
{
    for (size_t i = 0; i < p->host->instance_count; i++) {
        const struct ak_sql_instance *x = &p->host->instances[i];
        ak_safe_text(&p->line, x->name);
        const char *version = x->patch_level[0] != '\0' ? x->patch_level : x->version;
        ak_text_char(&p->line, ' ');
        ak_safe_text(&p->line, version);
        if (x->edition[0] != '\0') {
            ak_text_add(&p->line, ", ");
            ak_safe_text(&p->line, x->edition);
        }
        one_setting(&p->line, "ForceEncryption", &x->force_encryption);
        one_setting(&p->line, "ForceStrict", &x->force_strict);
        one_setting(&p->line, "ExtendedProtection", &x->extended_protection);
        const char *port = x->tcp_port[0] != '\0' ? x->tcp_port : x->tcp_dynamic;
        if (port[0] != '\0') {
            ak_text_add(&p->line, tr(p, N_(", port ")));
            ak_safe_text(&p->line, port);
        }
        if (x->certificate[0] != '\0') {
            ak_text_add(&p->line, tr(p, N_(", certificate ")));
            ak_safe_text(&p->line, x->certificate);
        } else if (x->network_known) {
            ak_text_add(&p->line, tr(p, N_(", no certificate configured")));
        }
        labelled(p, i == 0 ? "SQL Server" : "");
    }
    for (size_t i = 0; i < p->host->driver_count; i++) {
        const struct ak_host_driver *d = &p->host->drivers[i];
        ak_safe_text(&p->line, d->name);
        ak_text_char(&p->line, ' ');
        ak_safe_text(&p->line, d->version);
        ak_text_format(&p->line, " (%s)",
                       tr(p, d->bitness == AK_64_BIT ? N_("64-bit") : N_("32-bit")));
        labelled(p, i == 0 ? N_("Drivers") : "");
    }
}

void ak_text_host(const struct ak_text_style *style, const struct ak_host *host,
                  struct ak_text *out)
{
    struct page page = {style, host, out, {0}}, *p = &page;
    ak_text_init(&p->line, 65536);
    headline(p);
    system_line(p);
    address_line(p);
    sources(p);
    protocols(p);
    suites(p);
    groups(p);
    schemes(p);
    switches(p);
    installed(p);
    defaults(p);
    instances(p);
    ak_text_release(&p->line);
}
