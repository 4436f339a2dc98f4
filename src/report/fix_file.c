/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_file.h"

#include <string.h>

#include "base/attr.h"
#include "base/utf16.h"
#include "observe/source.h"
#include "report/fix_words.h"
#include "report/messages.h"

#include "base/banned.h"

enum { MOST_BYTES = 64 * 1024 * 1024 };

/* How a form writes a comment, and how its file is encoded. */
static const struct {
    const char *before, *after;
    bool english; /* read in the code page of whoever runs it */
    bool utf16, bom;
} looks[AK_FIX_FORMS] = {
    {"; ", "", false, true, true},          {"rem ", "", true, false, false},
    {"# ", "", false, false, true},         {"; ", "", true, false, false},
    {"<!-- ", " -->", false, false, false},
};

bool ak_fix_file_wanted(const struct ak_fix_job *job, enum ak_fix_form form)
{
    const struct ak_fix_plan *p = job->plan;
    if (ak_fix_count(&p->set, ak_fix_form_policy(form)) == 0)
        return false;
    return !ak_fix_form_policy(form) ||
           (ak_fix_form_can(form, &p->set) && ak_fix_form_can(form, &p->undo));
}

void ak_fix_file_name(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                      struct ak_text *out)
{
    ak_text_format(out, "%s%s.%s", job->name, undo ? ".undo" : "", ak_fix_form_ending(form));
}

/* ---- comments ---- */

/* What would end a comment, or be more than one for cmd.exe, is replaced. */
static void comment(enum ak_fix_form form, const char *label, const char *text, struct ak_text *out)
{
    const char *forbidden = form == AK_FIX_FORM_CMD ? "&|<>^%" : "";
    ak_text_format(out, "%s%s", looks[form].before, label);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            ak_text_char(out, ' ');
        else if ((c >= 0x80 && looks[form].english) || strchr(forbidden, *text) != NULL)
            ak_text_char(out, '/');
        else if (c == '-' && form == AK_FIX_FORM_GPP && text[1] == '-')
            ak_text_char(out, '=');
        else
            ak_text_char(out, *text);
    }
    ak_text_format(out, "%s\n", looks[form].after);
}

static void labelled(enum ak_fix_form form, enum ak_lang lang, const char *label,
                     const struct ak_text *text, struct ak_text *out)
{
    struct ak_text copy = *text;
    size_t from = 0;
    for (size_t i = 0; i <= copy.size; i++) {
        if (i < copy.size && copy.bytes[i] != '\n')
            continue;
        struct ak_text line;
        ak_text_init(&line, MOST_BYTES);
        if (copy.size != 0)
            ak_text_bytes(&line, copy.bytes + from, i - from);
        comment(form, ak_tr(lang, label), ak_text_string(&line), out);
        if (line.failed || copy.failed)
            ak_text_fail(out);
        ak_text_release(&line);
        from = i + 1;
    }
}

static void why(const struct ak_fix_plan *p, enum ak_lang lang, struct ak_text *out)
{
    const struct ak_rule_words *rule = ak_rule_words_find(p->about->id);
    if (rule != NULL)
        ak_text_format(out, "%s. %s", rule->title[lang], rule->cause[lang]);
}

static void notes(const struct ak_fix_job *job, enum ak_fix_form form, bool undo, enum ak_lang lang,
                  struct ak_text *out)
{
    const struct ak_fix_set *set = undo ? &job->plan->undo : &job->plan->set;
    bool unseen = false, removed = false;
    for (size_t i = 0; i < set->count; i++) {
        unseen = unseen || set->changes[i].unseen;
        removed =
            removed || (set->changes[i].action == AK_FIX_REMOVE_EMPTY && !set->changes[i].policy);
    }
    if (!ak_fix_form_policy(form) && ak_fix_count(&job->plan->set, true) != 0)
        comment(form, "",
                ak_tr(lang, N_("Some values belong to group policy: a local value would be "
                               "overwritten. They stand in the .lgpo.txt and .gpp.xml files.")),
                out);
    if (unseen)
        comment(form, "",
                ak_tr(lang, N_("Not all of these keys were in the evidence: what was not there is "
                               "taken as absent. Export the keys before you change them.")),
                out);
    if (removed && form == AK_FIX_FORM_REG)
        comment(form, "",
                ak_tr(lang, N_("[-KEY] deletes a key with all that was written into it since; the "
                               ".cmd and .ps1 files delete it only when it is empty.")),
                out);
    if (job->until != NULL && form == AK_FIX_FORM_REG && !undo)
        comment(form, "",
                ak_tr(lang, N_("A .reg file cannot schedule its undo: use the .cmd or .ps1 file, "
                               "or import the undo yourself on the date.")),
                out);
}

static void head(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                 struct ak_text *out)
{
    const struct ak_fix_plan *p = job->plan;
    const struct ak_fix_words *words = ak_fix_words_find(p->about->id);
    enum ak_lang lang = looks[form].english ? AK_LANG_EN : job->lang;
    struct ak_text text;
    ak_text_init(&text, MOST_BYTES);
    ak_text_format(&text, AK_FIX_REMARK "%s%s, %s", undo ? ak_tr(lang, N_("undo of ")) : "",
                   ak_fix_title(p->about),
                   p->host->name[0] != '\0' ? p->host->name
                                            : ak_tr(lang, N_("host of unknown name")));
    comment(form, "", ak_text_string(&text), out);
    if (text.failed)
        ak_text_fail(out);
    comment(form, ak_tr(lang, N_("What: ")), words->what[lang], out);
    ak_text_clear(&text);
    why(p, lang, &text);
    if (text.size != 0)
        labelled(form, lang, N_("Why: "), &text, out);
    comment(form, ak_tr(lang, N_("Risk: ")), words->risk[lang], out);
    ak_text_clear(&text);
    ak_fix_restart_words(p, lang, &text);
    labelled(form, lang, N_("Restart: "), &text, out);
    ak_text_clear(&text);
    ak_fix_verify_words(p, &text);
    labelled(form, lang, N_("Proof: "), &text, out);
    ak_text_clear(&text);
    ak_fix_file_name(job, form, !undo, &text);
    labelled(form, lang, undo ? N_("Undoes: ") : N_("Undo: "), &text, out);
    if (job->until != NULL)
        comment(form, ak_tr(lang, N_("Until: ")), job->until, out);
    for (unsigned i = 0; !undo && i < AK_FIX_NEEDS; i++)
        if (p->lost & 1u << i)
            comment(form, ak_tr(lang, N_("LOST: ")), ak_fix_need_words((enum ak_fix_need)i, lang),
                    out);
    notes(job, form, undo, lang, out);
    ak_text_release(&text);
}

/* ---- frames ---- */

static const char cmd_begin[] = "setlocal\n"
                                "if defined PROCESSOR_ARCHITEW6432 (\n"
                                "    echo Run this from a 64-bit command prompt.\n"
                                "    exit /b 2\n"
                                ")\n"
                                "set AKUSHU_FAILED=0\n\n";
static const char cmd_end[] =
    "\nif %AKUSHU_FAILED%==1 echo Not everything was changed: run this as administrator.\n"
    "exit /b %AKUSHU_FAILED%\n\n"
    ":remove_if_empty\n"
    "reg query %1 >nul 2>&1\n"
    "if errorlevel 1 exit /b 0\n"
    "reg query %1 2>nul | findstr /l /b /i /c:\"    \" /c:\"%~1\\\\\" >nul\n"
    "if errorlevel 1 reg delete %1 /f\n"
    "exit /b 0\n";
static const char ps1_begin[] =
    "$ErrorActionPreference = 'Stop'\n"
    "if ($env:PROCESSOR_ARCHITEW6432) { throw 'Run this in a 64-bit PowerShell.' }\n"
    "$here = Split-Path -Parent $MyInvocation.MyCommand.Path\n"
    "$roots = @{\n"
    "    'HKEY_LOCAL_MACHINE' = [Microsoft.Win32.Registry]::LocalMachine\n"
    "    'HKEY_CURRENT_USER' = [Microsoft.Win32.Registry]::CurrentUser\n"
    "    'HKEY_USERS' = [Microsoft.Win32.Registry]::Users\n"
    "}\n"
    "function Open-FixKey($Key, $Write) {\n"
    "    $root, $path = $Key -split '\\\\', 2\n"
    "    return $roots[$root].OpenSubKey($path, $Write)\n"
    "}\n"
    "function New-FixKey($Key) {\n"
    "    $root, $path = $Key -split '\\\\', 2\n"
    "    $roots[$root].CreateSubKey($path).Close()\n"
    "}\n"
    "function Set-FixValue($Key, $Name, $Kind, $Data) {\n"
    "    if ($Kind -eq 'MultiString') { $Data = [string[]]$Data }\n"
    "    if ($Kind -eq 'Binary') { $Data = [byte[]]$Data }\n"
    "    [Microsoft.Win32.Registry]::SetValue($Key, $Name, $Data, "
    "[Microsoft.Win32.RegistryValueKind]$Kind)\n"
    "}\n"
    "function Remove-FixValue($Key, $Name) {\n"
    "    $open = Open-FixKey $Key $true\n"
    "    if ($open -ne $null) { $open.DeleteValue($Name, $false); $open.Close() }\n"
    "}\n"
    "function Remove-FixKey($Key) {\n"
    "    $open = Open-FixKey $Key $false\n"
    "    if ($open -eq $null) { return }\n"
    "    $open.Close()\n"
    "    $parent = Open-FixKey ($Key.Substring(0, $Key.LastIndexOf('\\'))) $true\n"
    "    $parent.DeleteSubKeyTree($Key.Substring($Key.LastIndexOf('\\') + 1))\n"
    "    $parent.Close()\n"
    "}\n"
    "function Remove-FixKeyIfEmpty($Key) {\n"
    "    $open = Open-FixKey $Key $false\n"
    "    if ($open -eq $null) { return }\n"
    "    $empty = ($open.ValueCount -eq 0) -and ($open.SubKeyCount -eq 0)\n"
    "    $open.Close()\n"
    "    if ($empty) { Remove-FixKey $Key }\n"
    "}\n\n";

/* The local changes as lines of the script; a .reg file where a line could not carry one. */
static void statements(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                       struct ak_text *out)
{
    const struct ak_fix_set *set = undo ? &job->plan->undo : &job->plan->set;
    if (ak_fix_form_can(form, set)) {
        ak_fix_form_write(form, set, out);
        return;
    }
    const char *infix = undo ? ".undo" : "";
    if (form == AK_FIX_FORM_CMD)
        ak_text_format(out, "reg import \"%%~dp0%s%s.reg\"\nif errorlevel 1 set AKUSHU_FAILED=1\n",
                       job->name, infix);
    else
        ak_text_format(out, "& reg.exe import (Join-Path $here '%s%s.reg')\n", job->name, infix);
}

/* The undo waits where only administrators may write: it will run as SYSTEM. */
static void schedule(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                     struct ak_text *out)
{
    const char *n = job->name;
    if (job->until == NULL)
        return;
    if (form == AK_FIX_FORM_CMD && undo)
        ak_text_format(out, "schtasks /delete /tn \"akushu %s\" /f >nul 2>&1\n", n);
    else if (form == AK_FIX_FORM_CMD)
        ak_text_format(out,
                       "md \"%%SystemRoot%%\\akushu\" 2>nul\n"
                       "copy /y \"%%~dp0%s.undo.*\" \"%%SystemRoot%%\\akushu\\\" >nul\n"
                       "if errorlevel 1 exit /b 1\n"
                       "schtasks /create /tn \"akushu %s\" /xml \"%%~dp0%s.task.xml\" /f\n"
                       "if errorlevel 1 exit /b 1\n",
                       n, n, n);
    else if (undo)
        ak_text_format(out, "cmd.exe /c 'schtasks /delete /tn \"akushu %s\" /f >nul 2>&1'\n", n);
    else
        ak_text_format(
            out,
            "$keep = Join-Path $env:SystemRoot 'akushu'\n"
            "if (-not (Test-Path $keep)) { New-Item -ItemType Directory $keep | Out-Null }\n"
            "Copy-Item (Join-Path $here '%s.undo.*') $keep -Force\n"
            "& schtasks.exe /create /tn 'akushu %s' /xml (Join-Path $here '%s.task.xml') /f\n"
            "if ($LASTEXITCODE -ne 0) { throw 'The undo could not be scheduled.' }\n",
            n, n, n);
}

static void whole(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                  struct ak_text *out)
{
    const struct ak_fix_set *set = undo ? &job->plan->undo : &job->plan->set;
    static const char *const first[AK_FIX_FORMS] = {"Windows Registry Editor Version 5.00\n\n",
                                                    "@echo off\n", "", "",
                                                    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"};
    static const char preferences[] =
        "<RegistrySettings clsid=\"{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}\">\n";
    ak_text_add(out, first[form]);
    head(job, form, undo, out);
    switch (form) {
    case AK_FIX_FORM_CMD:
    case AK_FIX_FORM_PS1:
        ak_text_add(out, form == AK_FIX_FORM_CMD ? cmd_begin : ps1_begin);
        if (undo)
            statements(job, form, undo, out);
        schedule(job, form, undo, out);
        if (!undo) /* the undo is scheduled first: what fails then has changed nothing */
            statements(job, form, undo, out);
        if (form == AK_FIX_FORM_CMD)
            ak_text_add(out, cmd_end);
        break;
    case AK_FIX_FORM_GPP:
        ak_text_add(out, preferences);
        ak_fix_form_write(form, set, out);
        ak_text_add(out, "</RegistrySettings>\n");
        break;
    case AK_FIX_FORM_LGPO:
        ak_text_char(out, '\n');
        ak_fix_form_write(form, set, out);
        break;
    case AK_FIX_FORM_REG:
    case AK_FIX_FORMS:
        ak_fix_form_write(form, set, out);
        ak_text_char(out, '\n');
        break;
    }
}

/* Lines end as on Windows. */
static void encode(const struct ak_text *text, bool utf16, bool bom, struct ak_text *out)
{
    struct ak_text lines;
    ak_text_init(&lines, MOST_BYTES);
    for (size_t i = 0; i < text->size; i++) {
        if (text->bytes[i] == '\n')
            ak_text_char(&lines, '\r');
        ak_text_char(&lines, text->bytes[i]);
    }
    struct ak_span span = {(const uint8_t *)lines.bytes, lines.size};
    if (bom)
        ak_text_add(out, utf16 ? "\xff\xfe" : "\xef\xbb\xbf");
    if (utf16)
        ak_utf8_to_utf16le(span, out);
    else
        ak_text_bytes(out, span.bytes, span.size);
    if (lines.failed || text->failed)
        ak_text_fail(out);
    ak_text_release(&lines);
}

void ak_fix_file(const struct ak_fix_job *job, enum ak_fix_form form, bool undo,
                 struct ak_text *out)
{
    struct ak_text text;
    ak_text_init(&text, MOST_BYTES);
    whole(job, form, undo, &text);
    encode(&text, looks[form].utf16, looks[form].bom, out);
    ak_text_release(&text);
}

/* ---- the task ---- */

void ak_fix_task_name(const struct ak_fix_job *job, struct ak_text *out)
{
    ak_text_format(out, "%s.task.xml", job->name);
}

void ak_fix_task(const struct ak_fix_job *job, struct ak_text *out)
{
    struct ak_text text;
    ak_text_init(&text, MOST_BYTES);
    ak_text_format(
        &text,
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n"
        "<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\n"
        "  <RegistrationInfo><Description>" AK_FIX_REMARK
        "%s.undo.cmd</Description></RegistrationInfo>\n"
        "  <Triggers><TimeTrigger><StartBoundary>%sT00:00:00</StartBoundary>"
        "<Enabled>true</Enabled></TimeTrigger></Triggers>\n"
        "  <Principals><Principal id=\"Author\"><UserId>S-1-5-18</UserId>"
        "<RunLevel>HighestAvailable</RunLevel></Principal></Principals>\n"
        "  <Settings><StartWhenAvailable>true</StartWhenAvailable>"
        "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries></Settings>\n"
        "  <Actions Context=\"Author\"><Exec><Command>%%SystemRoot%%\\System32\\cmd.exe</Command>"
        "<Arguments>/d /c \"%%SystemRoot%%\\akushu\\%s.undo.cmd\"</Arguments></Exec></Actions>\n"
        "</Task>\n",
        job->name, job->until, job->name);
    encode(&text, true, true, out);
    ak_text_release(&text);
}
