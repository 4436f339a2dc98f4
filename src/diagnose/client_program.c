/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/client_program.h"

#include <stdio.h>
#include <string.h>

#include "diagnose/host_rules.h"
#include "diagnose/predicates.h"
#include "model/programs.h"
#include "observe/process.h"

#include "base/banned.h"

enum { TLS12 = 0x0303 };

const char *ak_client_program(const struct ak_conversation *c)
{
    enum ak_side side;
    const struct ak_process_note *note =
        c->source->process_count != 0 ? ak_conversation_process(c, &side) : NULL;
    return note != NULL && side == AK_SIDE_CLIENT ? note->path : NULL;
}

const struct ak_host *ak_client_host(const struct ak_view *v)
{
    const struct ak_met_host *client = v->met != NULL ? &v->met->side[AK_SIDE_CLIENT] : NULL;
    bool known = client != NULL && client->host != NULL && client->by >= AK_MET_BY_ADDRESS;
    return known ? client->host : NULL;
}

static bool registry_can(const struct ak_host *host)
{
    return host != NULL && host->schannel_known && host->os_confidence >= AK_CONFIDENCE_HIGH &&
           ak_host_speaks(host, AK_SCHANNEL_CLIENT, AK_SCHANNEL_PROTOCOL_TLS12);
}

bool ak_client_windows_can(const struct ak_view *v)
{
    const struct ak_ledger_event *worked = v->met != NULL ? v->met->worked[AK_SIDE_CLIENT] : NULL;
    return (v->client != NULL && v->client->windows_version >= TLS12) ||
           (worked != NULL && worked->version >= TLS12) || registry_can(ak_client_host(v));
}

bool ak_hello_is_of(const struct ak_hello_shape *hello, const struct ak_host *host)
{
    enum { SIGNALS = 2 };
    static const uint16_t signals[SIGNALS] = {0x00ff, 0x5600};
    size_t at = 0;
    for (size_t i = 0; i < hello->cipher_suites.count; i++) {
        uint16_t code = hello->cipher_suites.values[i];
        if (code == signals[0] || code == signals[1])
            continue;
        while (at < host->suite_count &&
               (host->suites[at].code != code || !host->suites[at].supported ||
                host->suites[at].removed != AK_WHY_OS_DEFAULT))
            at++;
        if (at++ >= host->suite_count)
            return false;
    }
    return hello->cipher_suites.count != 0 && host->suites_origin != AK_LIST_UNKNOWN;
}

static enum ak_driver_tls12 tls12_of(const struct ak_host_driver *driver)
{
    struct ak_driver_verdict v = ak_sql_driver_judge(driver->name, driver->version);
    return v.driver == NULL || v.driver->in_windows ? AK_DRIVER_TLS12_YES : v.tls12;
}

static bool may_have_old_driver(const struct ak_host *host)
{
    for (size_t i = 0; i < host->driver_count; i++)
        if (tls12_of(&host->drivers[i]) != AK_DRIVER_TLS12_YES)
            return true;
    return false;
}

bool ak_host_old_driver(const struct ak_host *host, char *text, size_t room)
{
    for (size_t i = 0; i < host->driver_count; i++) {
        const struct ak_host_driver *d = &host->drivers[i];
        if (tls12_of(d) != AK_DRIVER_TLS12_NO)
            continue;
        (void)snprintf(text, room, "%s%s%s (%s)", d->name, d->version[0] != '\0' ? " " : "",
                       d->version, d->bitness == AK_64_BIT ? "64" : "32");
        return true;
    }
    return false;
}

/* ---- driver-too-old (T4) ---- */

/* Programs of .NET Framework that name no version offer TLS 1.2 here, or there are none. */
static bool dotnet_is_well(const struct ak_host *host)
{
    if (!host->dotnet.known)
        return false;
    for (unsigned b = 0; b < AK_BITNESSES; b++)
        for (unsigned t = AK_DOTNET_TARGET_35; t <= AK_DOTNET_TARGET_45; t++) {
            const struct ak_dotnet_default *d = &host->dotnet.defaults[b][t];
            if (!host->dotnet.settings_known[b] ||
                (d->runs && (d->offered & AK_SCHANNEL_VERSION_TLS12) == 0))
                return false;
        }
    return true;
}

/* Its name says that it takes TLS from Windows, through a driver; and Windows has TLS 1.2. */
static bool program_proves(const struct ak_view *v, const char *program)
{
    return program != NULL && ak_program_tls_of(program) == AK_PROGRAM_TLS_WINDOWS &&
           ak_client_windows_can(v);
}

/* Windows has TLS 1.2, a driver that lacks it is installed, and of what else might have sent this
 * hello nothing is there: no .NET Framework that would offer so little, no other TLS stack. */
static bool list_proves(const struct ak_view *v, const struct ak_host *host)
{
    return registry_can(host) && !host->only_reports && dotnet_is_well(host) &&
           ak_hello_is_of(v->hello, host);
}

void ak_weigh_driver(const struct ak_view *v, struct ak_match *m)
{
    char driver[AK_FACT_TEXT];
    const char *program = ak_client_program(v->c);
    const struct ak_host *host = ak_client_host(v);
    bool listed = host != NULL && ak_host_old_driver(host, driver, sizeof driver);
    if (program != NULL)
        ak_match_text(m, AK_FACT_PROGRAM, 0, 0, program);
    if (listed)
        ak_match_text(m, AK_FACT_DRIVER, 0, AK_DRIVER_TLS12_NO, driver);
    if (!program_proves(v, program) && !(listed && list_proves(v, host)))
        return;
    m->grade = AK_GRADE_CERTAIN;
    m->rival_count = 0;
    m->lack_count = 0;
}

/* ---- dotnet-strong-crypto-missing (A4) ---- */

/* No framework is there that a program for 4.6 or later could run on. */
static bool only_old_framework(const struct ak_host *host)
{
    enum { RELEASE_46 = 393295 };
    for (size_t i = 0; i < host->dotnet.installed_count; i++)
        if (host->dotnet.installed[i].release >= RELEASE_46)
            return false;
    return host->dotnet.installed_count != 0;
}

enum ak_answer ak_weigh_dotnet(const struct ak_view *v, enum ak_answer answer, struct ak_match *m)
{
    const struct ak_host *host = ak_client_host(v);
    if (host == NULL || v->hello == NULL || !ak_hello_was_refused(v) ||
        v->hello->max_version >= TLS12 || !registry_can(host))
        return answer;
    ak_match_begin(m);
    if (!ak_match_dotnet_default(m, host, v->hello->max_version))
        return answer;
    const char *program = ak_client_program(v->c);
    bool dotnet = program != NULL && ak_program_tls_of(program) == AK_PROGRAM_TLS_DOTNET;
    bool other = program != NULL && ak_program_tls_of(program) == AK_PROGRAM_TLS_WINDOWS;
    m->severity = AK_SEVERITY_ERROR; /* it failed */
    m->side = AK_CHANGE_CLIENT;
    /* In talk with SQL Server the drivers of Windows itself lack TLS 1.2 until Windows 10 1809. */
    bool tds = v->c->protocol == AK_PROTOCOL_TDS || v->c->protocol == AK_PROTOCOL_TDS8;
    if (tds || other || !ak_hello_is_of(v->hello, host) || may_have_old_driver(host))
        m->grade = AK_GRADE_POSSIBLE;
    else
        m->grade = AK_GRADE_LIKELY; /* code that names TLS 1.0 itself would look the same */
    if (program != NULL)
        ak_match_text(m, AK_FACT_PROGRAM, 0, 0, program);
    ak_fact_hello(m, v);
    ak_match_end(m, v);
    if (m->grade == AK_GRADE_LIKELY && dotnet && only_old_framework(host))
        return AK_ANSWER_YES; /* no driver, and no newer default that it could have had */
    ak_match_rival(m, "driver-too-old");
    ak_match_lack(m, "client-process");
    return AK_ANSWER_YES;
}
