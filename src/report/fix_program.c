/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_program.h"

#include <string.h>

#include "base/attr.h"
#include "remedy/fix_rows.h"
#include "report/fix_words.h"
#include "report/messages.h"

#include "base/banned.h"

enum { NAME_MAXIMUM = 200 };

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";

static const char *name_of(const char *program)
{
    return strchr(program, ':') + 1;
}

static bool is_java(const char *program)
{
    return strncmp(program, "java:", 5) == 0;
}

bool ak_program_fix_allowed(const char *program)
{
    if (strncmp(program, "openssl:", 8) != 0 && !is_java(program))
        return false;
    const char *name = name_of(program);
    size_t n = strlen(name);
    return n != 0 && n < NAME_MAXIMUM && strspn(name, plain) == n && name[0] != '.' &&
           name[0] != '-';
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), m = strlen(with);
    return n >= m && strcmp(text + n - m, with) == 0;
}

/* A java program that is no unit is started by someone who must add the option there. */
static bool is_unit(const char *program)
{
    return !is_java(program) || ends(program, ".service");
}

/* "mssql.service" for both "mssql" and "mssql.service". */
static void unit(const char *program, struct ak_text *out)
{
    const char *name = name_of(program);
    ak_text_format(out, "%s%s", name, ends(name, ".service") ? "" : ".service");
}

static void head(const struct ak_program_fix *f, struct ak_text *out)
{
    char id[64];
    struct ak_text text;
    ak_text_init(&text, sizeof id);
    ak_text_format(&text, "template:%s", f->template);
    const struct ak_fix_words *words = ak_fix_words_find(ak_text_string(&text));
    ak_text_format(out, "# akushu fix: %s, %s\n", f->template, name_of(f->program));
    if (words != NULL)
        ak_text_format(out, "# %s%s\n", ak_tr(f->lang, N_("Risk: ")), words->risk[f->lang]);
    if (f->until != NULL)
        ak_text_format(out, "# %s%s\n", ak_tr(f->lang, N_("Until: ")), f->until);
    ak_text_release(&text);
}

static void settings(const struct ak_program_fix *f, const char *kind, struct ak_text *out)
{
    for (size_t i = 0; i < ak_fix_setting_count; i++) {
        const struct ak_fix_setting *s = &ak_fix_settings[i];
        if (strcmp(s->template, f->template) == 0 && strcmp(s->kind, kind) == 0)
            ak_text_format(out, strcmp(kind, "java") == 0 ? "%s=%s\n" : "%s = %s\n", s->name,
                           s->value);
    }
}

/* ---- the files ---- */

static void configuration(const struct ak_program_fix *f, struct ak_text *out)
{
    head(f, out);
    if (is_java(f->program)) {
        ak_text_format(out, "# java -Djava.security.properties=/etc/akushu/%s.java.security ...\n",
                       name_of(f->program));
        settings(f, "java", out);
        return;
    }
    ak_text_add(out, "openssl_conf = openssl_init\n\n[openssl_init]\nssl_conf = ssl_sect\n\n"
                     "[ssl_sect]\nsystem_default = system_default_sect\n\n[system_default_sect]\n");
    settings(f, "openssl", out);
}

static const char *ending(const struct ak_program_fix *f)
{
    return is_java(f->program) ? "java.security" : "openssl.cnf";
}

static void drop_in(const struct ak_program_fix *f, struct ak_text *out)
{
    head(f, out);
    ak_text_format(out, "[Service]\nEnvironment=%s/etc/akushu/%s.%s\n",
                   is_java(f->program) ? "JAVA_TOOL_OPTIONS=-Djava.security.properties="
                                       : "OPENSSL_CONF=",
                   name_of(f->program), ending(f));
}

/* The timer that undoes it at the date, also when the machine was off then. */
static void timer(const struct ak_program_fix *f, struct ak_text *out)
{
    const char *n = name_of(f->program);
    ak_text_format(out,
                   "install -m 0755 \"$here/%s.undo.sh\" /etc/akushu/\n"
                   "printf '[Service]\\nType=oneshot\\nExecStart=/etc/akushu/%s.undo.sh\\n' "
                   ">'/etc/systemd/system/akushu-undo-%s.service'\n"
                   "printf '[Timer]\\nOnCalendar=%s\\nPersistent=true\\n[Install]\\nWantedBy="
                   "timers.target\\n' >'/etc/systemd/system/akushu-undo-%s.timer'\n"
                   "systemctl daemon-reload\n"
                   "systemctl enable --now 'akushu-undo-%s.timer'\n",
                   n, n, n, f->until, n, n);
}

static void apply(const struct ak_program_fix *f, struct ak_text *out)
{
    const char *n = name_of(f->program);
    struct ak_text u;
    ak_text_init(&u, 512);
    unit(f->program, &u);
    ak_text_add(out, "#!/bin/sh\n");
    head(f, out);
    ak_text_format(out,
                   "set -eu\nhere=$(dirname \"$0\")\n"
                   "install -D -m 0644 \"$here/%s.%s\" '/etc/akushu/%s.%s'\n",
                   n, ending(f), n, ending(f));
    if (f->until != NULL)
        timer(f, out);
    ak_text_format(out,
                   "install -D -m 0644 \"$here/%s.dropin.conf\" "
                   "'/etc/systemd/system/%s.d/akushu.conf'\n"
                   "systemctl daemon-reload\nsystemctl restart '%s'\n",
                   n, ak_text_string(&u), ak_text_string(&u));
    ak_text_release(&u);
}

static void undo(const struct ak_program_fix *f, struct ak_text *out)
{
    const char *n = name_of(f->program);
    struct ak_text u;
    ak_text_init(&u, 512);
    unit(f->program, &u);
    ak_text_add(out, "#!/bin/sh\n");
    head(f, out);
    ak_text_format(out,
                   "set -eu\nrm -f '/etc/systemd/system/%s.d/akushu.conf' '/etc/akushu/%s.%s'\n"
                   "rmdir '/etc/systemd/system/%s.d' 2>/dev/null || true\n",
                   ak_text_string(&u), n, ending(f), ak_text_string(&u));
    if (f->until != NULL)
        ak_text_format(out,
                       "systemctl disable 'akushu-undo-%s.timer' || true\n"
                       "rm -f '/etc/systemd/system/akushu-undo-%s.timer' "
                       "'/etc/systemd/system/akushu-undo-%s.service'\n",
                       n, n, n);
    ak_text_format(out, "systemctl daemon-reload\nsystemctl restart '%s'\n", ak_text_string(&u));
    ak_text_release(&u);
}

static const struct {
    const char *ending;
    void (*write)(const struct ak_program_fix *fix, struct ak_text *out);
} files[] = {
    {NULL, configuration}, {"dropin.conf", drop_in}, {"apply.sh", apply}, {"undo.sh", undo}};

size_t ak_program_fix_files(const struct ak_program_fix *f)
{
    return is_unit(f->program) ? AK_COUNT(files) : 1;
}

void ak_program_fix_file(const struct ak_program_fix *f, size_t index, struct ak_text *name,
                         struct ak_text *out)
{
    ak_text_format(name, "%s.%s", name_of(f->program),
                   files[index].ending != NULL ? files[index].ending : ending(f));
    files[index].write(f, out);
}
