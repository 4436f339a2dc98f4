/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fix_jobs.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/upcase.h"

#include "base/banned.h"

enum { MOST_ENTRIES = 65536, NAME_ROOM = 512 };

static const char *const templates[] = {"template:tls12-only", "template:tls12-compatible",
                                        "template:strict", "template:legacy-temporary"};

void ak_fix_jobs_init(struct ak_fix_jobs *jobs, const struct ak_arguments *arguments)
{
    memset(jobs, 0, sizeof *jobs);
    jobs->arguments = arguments;
}

static void free_entry(struct ak_fix_entry *e)
{
    for (size_t i = 0; i < e->report.file_count; i++)
        ak_free(e->files[i]);
    ak_free(e->files);
    ak_text_release(&e->name);
    if (e->report.answer == AK_FIX_READY)
        ak_fix_plan_release(&e->plan);
    ak_free(e);
}

void ak_fix_jobs_release(struct ak_fix_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        free_entry(jobs->entries[i]);
    ak_free(jobs->entries);
    memset(jobs, 0, sizeof *jobs);
}

static struct ak_fix_entry *new_entry(struct ak_fix_jobs *jobs)
{
    if (jobs->count == jobs->room) {
        size_t room = jobs->room != 0 ? 2 * jobs->room : 16;
        struct ak_fix_entry **grown =
            room > MOST_ENTRIES ? NULL : ak_realloc(jobs->entries, room, sizeof(*grown));
        if (grown == NULL) {
            jobs->failed = true;
            return NULL;
        }
        jobs->entries = grown;
        jobs->room = room;
    }
    struct ak_fix_entry *e = ak_alloc(1, sizeof *e);
    jobs->failed = jobs->failed || e == NULL;
    if (e != NULL) {
        ak_text_init(&e->name, NAME_ROOM);
        jobs->entries[jobs->count++] = e;
    }
    return e;
}

/* ---- names ---- */

/* Letters, digits and hyphens: nothing that leads out of a folder or means something to a shell. */
static void add_plain(struct ak_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || *text == '-';
        ak_text_char(out, plain ? *text : '-');
    }
}

/* Another host of the same name (as files have it, where case may not count) has the number, too.
 */
static bool ambiguous(const struct ak_analysis *analysis, const struct ak_host *host)
{
    size_t same = 0;
    for (size_t i = 0; i < ak_analysis_hosts(analysis); i++)
        same += ak_same_name(ak_analysis_host(analysis, i)->name, host->name);
    return same > 1;
}

static void name_entry(struct ak_fix_entry *e, const struct ak_analysis *analysis)
{
    const struct ak_host *host = e->plan.host;
    add_plain(&e->name, host->name[0] != '\0' ? host->name : "host");
    if (host->name[0] == '\0' || ambiguous(analysis, host))
        ak_text_format(&e->name, "-%llu", (unsigned long long)host->id);
    ak_text_char(&e->name, '-');
    add_plain(&e->name, ak_fix_title(e->plan.about));
}

/* ---- collecting ---- */

static bool planned(const struct ak_fix_jobs *jobs, const struct ak_fix_about *about,
                    const struct ak_host *host)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (strcmp(jobs->entries[i]->report.set, about->id) == 0 &&
            jobs->entries[i]->report.host == host)
            return true;
    return false;
}

static void finish_entry(struct ak_fix_jobs *jobs, struct ak_fix_entry *e,
                         const struct ak_analysis *analysis)
{
    const struct ak_arguments *a = jobs->arguments;
    jobs->failed = jobs->failed || e->report.answer == AK_FIX_MEMORY;
    if (e->report.answer != AK_FIX_READY)
        return;
    name_entry(e, analysis);
    e->job.plan = &e->plan;
    e->job.name = ak_text_string(&e->name);
    e->job.until = a->template == AK_TEMPLATE_LEGACY_TEMPORARY ? a->until : NULL;
    e->job.lang = a->lang;
    e->report.job = &e->job;
    e->report.refused = e->plan.lost != 0 && !a->allow_lockout;
    jobs->failed = jobs->failed || e->name.failed;
}

static void add_plan(struct ak_fix_jobs *jobs, struct ak_analysis *analysis,
                     const struct ak_fix_about *about, struct ak_fix_place *place,
                     const struct ak_finding *finding)
{
    struct ak_fix_entry *e = planned(jobs, about, place->host) ? NULL : new_entry(jobs);
    struct ak_registry *registry = ak_analysis_registry(analysis, place->host);
    if (e == NULL)
        return;
    bool of_two = finding != NULL && finding->other_host != NULL;
    e->report.finding = finding;
    e->report.set = about->id;
    e->report.host = place->host;
    e->report.answer = ak_fix_plan_make(about, place, of_two ? NULL : finding, registry, &e->plan);
    if (e->report.answer == AK_FIX_READY && of_two)
        e->plan.tried = false; /* found by negotiating, which said that it helps */
    finish_entry(jobs, e, analysis);
}

static bool is_chosen(const struct ak_arguments *a, const struct ak_finding *f, size_t i)
{
    return strcmp(a->findings[i], f->id) == 0 || strcmp(a->findings[i], f->rule->id) == 0;
}

static bool chosen(const struct ak_arguments *a, const struct ak_finding *f)
{
    for (size_t i = 0; i < a->finding_count; i++)
        if (is_chosen(a, f, i))
            return true;
    return a->finding_count == 0;
}

/* The first of --finding that is no finding's id or rule here; NULL. */
static const char *unknown(const struct ak_arguments *a, const struct ak_analysis *analysis,
                           size_t findings)
{
    for (size_t i = 0; i < a->finding_count; i++) {
        bool found = ak_rule_find(a->findings[i]) != NULL;
        for (size_t k = 0; k < findings && !found; k++)
            found = is_chosen(a, ak_analysis_finding(analysis, k), i);
        if (!found)
            return a->findings[i];
    }
    return NULL;
}

/* What is for whoever names the finding comes behind what is for all. */
static bool add_sets(struct ak_fix_jobs *jobs, struct ak_analysis *analysis,
                     const struct ak_finding *f, enum ak_fix_answer *answer)
{
    bool any = false;
    for (unsigned asked = 0; asked < 2; asked++) {
        struct ak_fix_place place;
        enum ak_fix_answer why;
        if (asked != 0 && jobs->arguments->finding_count == 0)
            break;
        const struct ak_fix_about *about = ak_fix_of_finding(f, asked != 0, &place, &why);
        if (about != NULL)
            add_plan(jobs, analysis, about, &place, f);
        else if (asked == 0)
            *answer = why;
        jobs->failed = jobs->failed || why == AK_FIX_MEMORY;
        any = any || about != NULL;
    }
    return any;
}

static void add_finding(struct ak_fix_jobs *jobs, struct ak_analysis *analysis,
                        const struct ak_finding *f)
{
    if (f->by_settings != NULL)
        f = f->by_settings;
    enum ak_fix_answer answer = AK_FIX_NO_REMEDY;
    if (add_sets(jobs, analysis, f, &answer))
        return;
    struct ak_fix_entry *e = new_entry(jobs);
    if (e == NULL)
        return;
    e->report.finding = f;
    e->report.set = f->rule->id;
    e->report.host = f->host;
    e->report.answer = answer;
    finish_entry(jobs, e, analysis);
}

static bool part_of_whole(const struct ak_fix_entry *e, const struct ak_host *host)
{
    return e->report.host == host && e->report.job != NULL && !e->plan.about->asked;
}

/* All sets of one host as one, when there are several: what most people will want to apply. What
 * was asked for by name stays by itself. */
static void add_whole(struct ak_fix_jobs *jobs, struct ak_analysis *analysis,
                      const struct ak_host *host, size_t count)
{
    struct ak_fix_entry *e = new_entry(jobs);
    if (e == NULL)
        return;
    e->plan.about = ak_fix_about_find("template:all");
    e->plan.host = host;
    ak_fix_set_init(&e->plan.set);
    for (size_t i = 0; i < count; i++)
        if (part_of_whole(jobs->entries[i], host))
            ak_fix_add_set(&e->plan.set, &jobs->entries[i]->plan.set);
    e->report.set = e->plan.about->id;
    e->report.host = host;
    e->report.answer = ak_fix_plan_try(&e->plan, NULL, ak_analysis_registry(analysis, host));
    if (e->report.answer != AK_FIX_READY)
        ak_fix_plan_release(&e->plan);
    finish_entry(jobs, e, analysis);
}

static void add_wholes(struct ak_fix_jobs *jobs, struct ak_analysis *analysis)
{
    size_t count = jobs->count;
    for (size_t h = 0; h < ak_analysis_hosts(analysis) && !jobs->failed; h++) {
        const struct ak_host *host = ak_analysis_host(analysis, h);
        size_t plans = 0;
        for (size_t i = 0; i < count; i++)
            plans += part_of_whole(jobs->entries[i], host);
        if (plans > 1)
            add_whole(jobs, analysis, host, count);
    }
}

void ak_fix_jobs_collect(struct ak_fix_jobs *jobs, struct ak_analysis *analysis)
{
    const struct ak_arguments *a = jobs->arguments;
    if (a->template != AK_TEMPLATE_NONE) {
        for (size_t i = 0; i < ak_analysis_hosts(analysis); i++) {
            struct ak_fix_place place;
            memset(&place, 0, sizeof place);
            place.host = ak_analysis_host(analysis, i);
            add_plan(jobs, analysis, ak_fix_about_find(templates[a->template]), &place, NULL);
        }
        return;
    }
    size_t findings = 0;
    while (ak_analysis_finding(analysis, findings) != NULL)
        findings++;
    for (size_t i = 0; i < findings; i++)
        if (chosen(a, ak_analysis_finding(analysis, i)))
            add_finding(jobs, analysis, ak_analysis_finding(analysis, i));
    jobs->unknown = unknown(a, analysis, findings);
    add_wholes(jobs, analysis);
}

/* ---- files ---- */

static struct ak_text *new_file(struct ak_fix_entry *e, const char *name,
                                struct ak_fix_output *output)
{
    struct ak_text *file = ak_fix_output_add(output, name);
    char *copy = ak_memdup(name, strlen(name) + 1);
    if (file == NULL || copy == NULL) {
        ak_free(copy);
        output->failed = true;
        return NULL;
    }
    e->files[e->report.file_count++] = copy;
    return file;
}

static void entry_files(struct ak_fix_entry *e, struct ak_fix_output *output)
{
    struct ak_text name;
    e->files = ak_alloc(2 * AK_FIX_FORMS + 1, sizeof *e->files);
    if (e->files == NULL) {
        output->failed = true;
        return;
    }
    e->report.files = (const char *const *)e->files;
    ak_text_init(&name, NAME_ROOM);
    for (unsigned i = 0; i < 2 * AK_FIX_FORMS; i++) {
        enum ak_fix_form form = (enum ak_fix_form)(i / 2);
        if (!ak_fix_file_wanted(&e->job, form))
            continue;
        ak_text_clear(&name);
        ak_fix_file_name(&e->job, form, i % 2 != 0, &name);
        struct ak_text *file = new_file(e, ak_text_string(&name), output);
        if (file != NULL)
            ak_fix_file(&e->job, form, i % 2 != 0, file);
    }
    if (e->job.until != NULL && ak_fix_file_wanted(&e->job, AK_FIX_FORM_CMD)) {
        ak_text_clear(&name);
        ak_fix_task_name(&e->job, &name);
        struct ak_text *file = new_file(e, ak_text_string(&name), output);
        if (file != NULL)
            ak_fix_task(&e->job, file);
    }
    ak_text_release(&name);
}

void ak_fix_jobs_files(struct ak_fix_jobs *jobs, struct ak_fix_output *output)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->entries[i]->report.job != NULL && !jobs->entries[i]->report.refused)
            entry_files(jobs->entries[i], output);
}
