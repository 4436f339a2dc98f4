/* Fuzzes `fix`: an export -> the plan of each template -> its forms; our reader reads the .reg file
 * again and finds every value, and the undo gives the tree back.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_file.h"

#include "remedy/fix_undo.h"
#include "windows/host_view.h"
#include "windows/registry_load.h"

#include "fuzz_target.h"

enum { LONGEST = 2048, MOST_BYTES = 1 << 24 };

static const struct ak_hash_key hash_key = {1, 2};

/* A tree as a number that the order of keys and values does not change: what is put back stands
 * behind the rest. */
struct digest {
    uint64_t sum, count;
};

static void add_line(struct digest *digest, const struct ak_text *line)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < line->size; i++)
        hash = (hash ^ (uint8_t)line->bytes[i]) * UINT64_C(1099511628211);
    digest->sum += hash;
    digest->count++;
}

static void digest_key(const struct ak_registry_key *key, struct digest *digest)
{
    struct ak_text line;
    ak_text_init(&line, MOST_BYTES);
    ak_registry_key_path(key, &line);
    size_t path = line.size;
    add_line(digest, &line);
    for (size_t i = 0; i < ak_registry_value_count(key); i++) {
        const struct ak_registry_value *v = ak_registry_value_at(key, i);
        line.size = path;
        ak_text_format(&line, "\n%s=%u:", v->name, (unsigned)v->type);
        ak_text_hex_bytes(&line, v->data, v->size);
        add_line(digest, &line);
    }
    FUZZ_CHECK(!line.failed);
    ak_text_release(&line);
    for (size_t i = 0; i < ak_registry_key_count(key); i++)
        digest_key(ak_registry_key_at(key, i), digest);
}

static struct digest digest_of(const struct ak_registry *registry)
{
    static const char *const roots[] = {"HKLM", "HKU", "HKCU", "HKCR"};
    struct digest digest = {0, 0};
    for (size_t i = 0; i < AK_COUNT(roots); i++)
        if (ak_registry_find(registry, roots[i]) != NULL)
            digest_key(ak_registry_find(registry, roots[i]), &digest);
    return digest;
}

static void same_tree(const struct ak_registry *registry, const struct digest *before)
{
    struct digest now = digest_of(registry);
    FUZZ_CHECK(now.sum == before->sum && now.count == before->count);
}

static bool holds(const struct ak_registry *registry, const struct ak_fix_change *c)
{
    const struct ak_registry_key *key = ak_registry_find(registry, c->key);
    const struct ak_registry_value *v = key != NULL ? ak_registry_value(key, c->name) : NULL;
    switch (c->action) {
    case AK_FIX_SET_VALUE:
        return v != NULL && v->type == c->type && v->size == c->size &&
               (c->size == 0 || memcmp(v->data, c->data, c->size) == 0);
    case AK_FIX_MAKE_KEY:
        return key != NULL;
    default:
        return v == NULL; /* deleted, or never there */
    }
}

/* The .reg file, read by our reader: over nothing it holds what the local changes say. */
static void reg_reads_back(const struct ak_fix_job *job, bool undo)
{
    const struct ak_fix_set *set = undo ? &job->plan->undo : &job->plan->set;
    struct ak_error error;
    struct ak_text file;
    if (!ak_fix_file_wanted(job, AK_FIX_FORM_REG))
        return;
    ak_text_init(&file, MOST_BYTES);
    ak_fix_file(job, AK_FIX_FORM_REG, undo, &file);
    FUZZ_CHECK(!file.failed);
    struct ak_span span = {(const uint8_t *)file.bytes, file.size};
    struct ak_registry *read = ak_registry_new(hash_key);
    FUZZ_CHECK(read != NULL);
    FUZZ_CHECK(ak_registry_load_text(read, "fix.reg", span, &error) == AK_ERR_NONE);
    FUZZ_CHECK(ak_registry_source_at(read, 0)->damaged == 0);
    for (size_t i = 0; i < set->count; i++)
        FUZZ_CHECK(set->changes[i].policy || holds(read, &set->changes[i]));
    ak_registry_free(read);
    ak_text_release(&file);
}

static void forms(const struct ak_fix_job *job)
{
    struct ak_text file;
    ak_text_init(&file, MOST_BYTES);
    for (unsigned form = 0; form < AK_FIX_FORMS; form++)
        for (int undo = 0; undo < 2; undo++) {
            ak_text_clear(&file);
            if (!ak_fix_file_wanted(job, (enum ak_fix_form)form))
                continue;
            ak_fix_file(job, (enum ak_fix_form)form, undo != 0, &file);
            FUZZ_CHECK(!file.failed && file.size != 0);
        }
    ak_text_release(&file);
    reg_reads_back(job, false);
    reg_reads_back(job, true);
}

static void one_set(const struct ak_fix_about *about, const struct ak_host *host,
                    struct ak_registry *registry, const struct digest *before)
{
    struct ak_fix_place place = {.host = host};
    struct ak_fix_plan plan;
    struct ak_fix_job job = {&plan, "fuzz", NULL, AK_LANG_EN};
    enum ak_fix_answer answer = ak_fix_plan_make(about, &place, NULL, registry, &plan);
    same_tree(registry, before); /* a plan is tried in memory, and undone */
    FUZZ_CHECK(answer == AK_FIX_READY || answer == AK_FIX_NOTHING);
    if (answer != AK_FIX_READY)
        return;
    forms(&job);
    FUZZ_CHECK(ak_fix_apply(&plan.set, registry));
    for (size_t i = 0; i < plan.set.count; i++)
        FUZZ_CHECK(plan.set.changes[i].action == AK_FIX_REMOVE_EMPTY ||
                   holds(registry, &plan.set.changes[i]));
    FUZZ_CHECK(ak_fix_apply(&plan.undo, registry));
    same_tree(registry, before);
    ak_fix_plan_release(&plan);
}

/* All sets would be too slow: the input's length tells which. Those for a change of two hosts need
 * another machine. */
static const struct ak_fix_about *chosen(size_t size)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; ak_fix_about_at(i) != NULL; i++)
        count += strncmp(ak_fix_about_at(i)->id, "change:", 7) != 0;
    for (size_t left = size % count;; at++) {
        if (strncmp(ak_fix_about_at(at)->id, "change:", 7) == 0)
            continue;
        if (left-- == 0)
            return ak_fix_about_at(at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span text = {data, size};
    struct ak_error error;
    if (size > LONGEST)
        return 0;
    struct ak_registry *registry = ak_registry_new(hash_key);
    struct ak_host *host = calloc(1, sizeof *host);
    FUZZ_CHECK(registry != NULL && host != NULL);
    if (ak_registry_load_text(registry, "host.reg", text, &error) == AK_ERR_NONE &&
        ak_host_view(registry, NULL, host, &error) == AK_ERR_NONE) {
        struct digest before = digest_of(registry);
        one_set(chosen(size), host, registry, &before);
    }
    ak_host_release(host);
    free(host);
    ak_registry_free(registry);
    return 0;
}
