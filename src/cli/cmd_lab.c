/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/read_output.h"
#include "lab/scenario.h"
#include "lab/serve.h"
#include "model/sql_names.h"
#include "os/address.h"
#include "os/file.h"
#include "report/messages.h"
#include "report/text_parts.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { OUTPUT_MAXIMUM = 256 * 1024, NAME = 30, PAGES = 12, INDENT = 4, LABEL = 24 };

struct work {
    const struct ak_arguments *a;
    const struct ak_lab_scenario *scenario; /* NULL with --as */
    struct ak_lab_settings settings, others;
    bool failed;
};

/* ---- the list ---- */

static int list(const struct ak_arguments *a)
{
    const struct ak_lab_scenario *s;
    struct ak_text out;
    ak_text_init(&out, OUTPUT_MAXIMUM);
    for (size_t i = 0; (s = ak_lab_scenario_at(i)) != NULL; i++) {
        ak_pad(&out, s->name, NAME);
        ak_pad(&out, s->pages[0] != '\0' ? s->pages : "-", PAGES);
        ak_text_format(&out, "%s\n", s->rule[0] != '\0' ? s->rule : "-");
        ak_pad(&out, "", INDENT);
        ak_wrap(&out, ak_tr(a->lang, s->about), INDENT, INDENT, ak_report_width(false));
    }
    (void)fputs(ak_text_string(&out), stdout);
    ak_text_release(&out);
    return AK_EXIT_NOTHING;
}

/* ---- what is printed when it listens ---- */

static void address_text(const struct ak_net_address *at, char out[64])
{
    char text[46];
    struct ak_endpoint end = {.version = at->version, .port = at->port};
    memcpy(end.address, at->bytes, sizeof end.address);
    ak_endpoint_text(&end, text);
    (void)snprintf(out, 64, at->version == 6 ? "[%s]:%u" : "%s:%u", text, at->port);
}

/* The command with its port and address put in. `at` is "127.0.0.1:1433" or "[::1]:1433". */
static void add_command(struct ak_text *out, const char *command, const char *at)
{
    static const char both[] = "127.0.0.1:PORT", host[] = "127.0.0.1", port[] = "PORT";
    const char *colon = strrchr(at, ':');
    const bool bracketed = at[0] == '[';
    while (*command != '\0') {
        if (strncmp(command, both, sizeof both - 1) == 0) {
            ak_text_add(out, at);
            command += sizeof both - 1;
        } else if (strncmp(command, host, sizeof host - 1) == 0) {
            ak_text_bytes(out, at + bracketed, (size_t)(colon - at) - (bracketed ? 2 : 0));
            command += sizeof host - 1;
        } else if (strncmp(command, port, sizeof port - 1) == 0) {
            ak_text_add(out, colon + 1);
            command += sizeof port - 1;
        } else {
            ak_text_char(out, *command++);
        }
    }
    ak_text_char(out, '\n');
}

static void row(struct ak_text *out, enum ak_lang lang, const char *label)
{
    ak_pad(out, ak_tr(lang, label), LABEL);
}

static void guide(const struct work *w, const char *at, struct ak_text *out)
{
    const enum ak_lang lang = w->a->lang;
    const struct ak_lab_scenario *s = w->scenario;
    static const char tsql[] = "TDSVER=7.4 tsql -H 127.0.0.1 -p PORT -U sa -P Passw0rd!";
    static const char jtds[] = "jdbc:jtds:sqlserver://127.0.0.1:PORT/master;ssl=require";
    static const char tedious[] = "tedious: {server: '127.0.0.1', options: {port: PORT, encrypt: "
                                  "true, trustServerCertificate: true}}";
    row(out, lang, N_("imitates:"));
    ak_wrap(out, s != NULL ? ak_tr(lang, s->about) : w->settings.party, LABEL, LABEL,
            ak_report_width(false));
    if (s != NULL && s->rule[0] != '\0') {
        row(out, lang, N_("akushu will say:"));
        ak_text_format(out, "%s\n", w->a->fixed ? "-" : s->rule);
    }
    row(out, lang, N_("run against it:"));
    add_command(out, "akushu check 127.0.0.1:PORT", at);
    if (s != NULL) {
        ak_pad(out, "", LABEL);
        add_command(out, s->run, at);
    }
    if (!(w->settings.ways & AK_LAB_TLS)) {
        static const char *const usual[] = {tsql, tedious, jtds};
        for (size_t i = 0; i < AK_COUNT(usual); i++) {
            if (s != NULL && strcmp(usual[i], s->run) == 0)
                continue;
            ak_pad(out, "", LABEL);
            add_command(out, usual[i], at);
        }
    }
    if (s != NULL && !w->a->fixed && s->shows[0] != '\0') {
        row(out, lang, N_("the client will show:"));
        ak_text_format(out, "%s\n", s->shows);
    }
}

static void write_certificate(struct work *w, const struct ak_text *pem)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_file file;
    if (ak_file_create(&file, w->a->write_certificate, &error) != AK_ERR_NONE ||
        ak_file_write(&file, pem->bytes, pem->size, &error) != AK_ERR_NONE ||
        ak_file_close(&file, &error) != AK_ERR_NONE) {
        ak_complain("%s: %s", w->a->write_certificate, error.text);
        w->failed = true;
    }
}

static void listening(void *context, const struct ak_net_address *at, const struct ak_text *pem)
{
    struct work *w = context;
    char text[64];
    struct ak_text out;
    address_text(at, text);
    if (w->a->write_certificate != NULL)
        write_certificate(w, pem);
    ak_text_init(&out, OUTPUT_MAXIMUM);
    ak_text_format(&out, "listening %s\n", text);
    guide(w, text, &out);
    (void)fputs(ak_text_string(&out), stdout);
    (void)fflush(stdout);
    ak_text_release(&out);
}

static void told(void *context, const struct ak_net_address *from, const char *story)
{
    char text[64];
    (void)context;
    address_text(from, text);
    (void)fprintf(stderr, "%s: %s\n", text, story);
    (void)fflush(stderr);
}

/* ---- settings ---- */

/* The product's major number: "sql2014" is 12. */
static void set_build(struct ak_lab_settings *settings, const char *party)
{
    enum { OLDEST = 11, NEWEST = 20, SOME_BUILD = 7000 };
    char year[5] = "";
    if (strncmp(party, "sql20", 5) == 0)
        memcpy(year, party + 3, 4);
    for (uint8_t major = OLDEST; year[0] != '\0' && major <= NEWEST; major++) {
        const char *name = ak_sql_product_name(major, 0);
        if (name != NULL && strstr(name, year) != NULL) {
            settings->major = major;
            settings->build = SOME_BUILD;
        }
    }
}

static void override(const struct ak_arguments *a, struct ak_lab_settings *settings)
{
    static const enum ak_lab_close closes[] = {AK_LAB_CLOSE_FIN, AK_LAB_CLOSE_RST,
                                               AK_LAB_CLOSE_ALERT, AK_LAB_CLOSE_SILENT};
    static const uint16_t versions[] = {0x0301, 0x0302, 0x0303, 0x0304};
    enum { HANDSHAKE_FAILURE = 40 };
    if (a->has_close) {
        settings->refusal = settings->stop_how = closes[a->close];
        settings->alert = settings->alert != 0 ? settings->alert : HANDSHAKE_FAILURE;
    }
    if (a->has_tls)
        settings->low = settings->high = versions[a->tls];
}

static int choose(struct work *w)
{
    const struct ak_arguments *a = w->a;
    if (a->as_party != NULL) {
        w->settings.party = a->as_party;
        w->settings.low = 0x0301;
        set_build(&w->settings, a->as_party);
    } else {
        w->scenario = ak_lab_scenario_find(a->operands[0]);
        if (w->scenario == NULL) {
            ak_complain("lab: '%s' is no scenario\nTry 'akushu lab --list'.", a->operands[0]);
            return AK_EXIT_USAGE;
        }
        w->settings = a->fixed ? w->scenario->fixed : w->scenario->broken;
        w->others = w->scenario->fixed;
    }
    override(a, &w->settings);
    return AK_EXIT_NOTHING;
}

#define LOOPBACK "127.0.0.1"

static bool plan_address(const struct ak_arguments *a, struct ak_net_address *at)
{
    at->port = a->filter.ports != 0 ? a->filter.port[0] : 0;
    return ak_address_parse(a->bind != NULL ? a->bind : LOOPBACK, &at->version, at->bytes);
}

int ak_command_lab(const struct ak_arguments *a)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct work w = {.a = a};
    if (a->list)
        return list(a);
    int status = choose(&w);
    if (status != AK_EXIT_NOTHING)
        return status;
    const unsigned one_in = a->one_in != 0       ? a->one_in
                            : w.scenario != NULL ? w.scenario->one_in
                                                 : 0;
    const bool mixed = w.scenario != NULL && !a->fixed && (one_in != 0 || w.scenario->two_nodes);
    struct ak_lab_run_plan plan = {
        .settings = &w.settings,
        .others = mixed ? &w.others : NULL,
        .one_in = one_in,
        .two_nodes = w.scenario != NULL && w.scenario->two_nodes,
        .password = a->password,
        .instance = a->instance,
        .once = a->once,
        .until_input_ends = a->until_stdin_ends,
        .nanoseconds = (int64_t)a->seconds * 1000000000,
        .context = &w,
        .listening = listening,
        .told = told,
    };
    if (!plan_address(a, &plan.at)) {
        ak_complain("--bind: '%s' is no address", a->bind);
        return AK_EXIT_USAGE;
    }
    if (plan.two_nodes && a->fixed) {
        plan.others = &w.others; /* both nodes are healthy then */
        w.others = w.settings;
    }
    if (ak_lab_run(&plan, &error) != AK_ERR_NONE) {
        if (plan.at.port != 0)
            ak_complain("lab: %s port %u: %s", a->bind != NULL ? a->bind : LOOPBACK,
                        (unsigned)plan.at.port, error.text);
        else
            ak_complain("lab: %s: %s", a->bind != NULL ? a->bind : LOOPBACK, error.text);
        return error.code == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
    }
    return w.failed ? AK_EXIT_PARTLY : AK_EXIT_NOTHING;
}
