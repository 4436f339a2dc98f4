/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/symptom.h"

#include "base/alloc.h"
#include "base/fold.h"
#include "base/limits.h"
#include "diagnose/symptom_tables.h"

#include <string.h>

#include "base/banned.h"

enum { FRAGMENTS = 8 };

struct fragment {
    const char *text;
    size_t size;
    bool at_border, to_border;
    size_t begin, end; /* latest place up to which all fragments up to this one matched */
    bool found;
};

struct letters {
    const char *text;
    const bool *border;
    size_t size;
};

size_t ak_symptom_index(const struct ak_symptom *symptom)
{
    return (size_t)(symptom - ak_symptom_rows);
}

const struct ak_symptom *ak_symptom_at(size_t index)
{
    return index < ak_symptom_row_count ? &ak_symptom_rows[index] : NULL;
}

const char *ak_cause_id(size_t index)
{
    return index < ak_cause_id_count ? ak_cause_ids[index] : NULL;
}

void ak_symptom_add(struct ak_symptom_reading *reading, const struct ak_symptom_hit *hit)
{
    for (size_t i = 0; i < reading->hit_count; i++) {
        struct ak_symptom_hit *old = &reading->hits[i];
        if (old->symptom != hit->symptom)
            continue;
        if (hit->weight > old->weight)
            *old = *hit;
        return;
    }
    if (reading->hit_count < AK_SYMPTOM_HITS)
        reading->hits[reading->hit_count++] = *hit;
    else
        reading->hits_more++;
}

/* ---- patterns ---- */

/* Cuts "<login*handshake>" into its fragments. */
static size_t cut(const char *pattern, struct fragment *fragments, size_t *weight)
{
    size_t count = 0;
    *weight = 0;
    while (*pattern != '\0' && count < FRAGMENTS) {
        struct fragment *f = &fragments[count++];
        size_t n = strcspn(pattern, "*");
        const char *next = pattern[n] == '*' ? pattern + n + 1 : pattern + n;
        f->at_border = n > 0 && pattern[0] == '<';
        f->to_border = n > 0 && pattern[n - 1] == '>';
        f->text = pattern + f->at_border;
        f->size = n - f->at_border - f->to_border;
        f->found = false;
        *weight += f->size;
        pattern = next;
    }
    return count;
}

static bool stands_at(const struct letters *letters, size_t at, const struct fragment *f)
{
    return f->size <= letters->size - at && letters->text[at] == f->text[0] &&
           memcmp(letters->text + at, f->text, f->size) == 0 &&
           (!f->at_border || letters->border[at]) &&
           (!f->to_border || letters->border[at + f->size]);
}

/* One walk over the text. Each fragment remembers the latest place at which it ended a run of all
 * fragments before it; the last one ends the match. The latest place is the one nearest to what
 * follows, so a gap that is too wide for it is too wide for the earlier ones. */
static bool match(const struct letters *letters, struct fragment *fragments, size_t count,
                  size_t *begin, size_t *end)
{
    for (size_t at = 0; at < letters->size; at++) {
        for (size_t k = count; k-- > 0;) {
            struct fragment *f = &fragments[k];
            const struct fragment *before = k > 0 ? &fragments[k - 1] : NULL;
            bool reachable = before == NULL || (before->found && before->end <= at &&
                                                at - before->end <= AK_MAX_SYMPTOM_GAP);
            if (!reachable || !stands_at(letters, at, f))
                continue;
            f->found = true;
            f->begin = before != NULL ? before->begin : at;
            f->end = at + f->size;
            if (k + 1 == count) {
                *begin = f->begin;
                *end = f->end;
                return true;
            }
        }
    }
    return false;
}

static void match_patterns(const struct letters *letters, struct ak_symptom_reading *reading)
{
    struct fragment fragments[FRAGMENTS];
    for (size_t i = 0; i < ak_symptom_pattern_row_count; i++) {
        const struct ak_symptom_pattern *row = &ak_symptom_pattern_rows[i];
        struct ak_symptom_hit hit = {.symptom = &ak_symptom_rows[row->symptom],
                                     .pattern = row->text};
        size_t count = cut(row->text, fragments, &hit.weight);
        if (match(letters, fragments, count, &hit.begin, &hit.end))
            ak_symptom_add(reading, &hit);
    }
}

/* ---- many hits, one answer ---- */

/* Is `inner` only a part of what `outer` matched? Then it has nothing to add. */
static bool swallowed(const struct ak_symptom_hit *inner, const struct ak_symptom_hit *outer)
{
    if (inner->pattern == NULL || outer->pattern == NULL || inner->weight >= outer->weight)
        return false;
    return inner->symptom->kind == outer->symptom->kind && inner->begin >= outer->begin &&
           inner->end <= outer->end && strstr(outer->pattern, inner->pattern) != NULL;
}

static void drop_swallowed(struct ak_symptom_reading *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->hit_count; i++) {
        bool drop = false;
        for (size_t j = 0; j < r->hit_count && !drop; j++)
            drop = swallowed(&r->hits[i], &r->hits[j]);
        if (!drop)
            r->hits[kept++] = r->hits[i];
    }
    r->hit_count = kept;
}

static bool speaks(const struct ak_symptom_hit *hit)
{
    return hit->symptom->kind == AK_SYMPTOM_TEXT || hit->symptom->kind == AK_SYMPTOM_CODE;
}

/* Sharper first: what speaks of connections, then fewer causes (none is not sharp), then more
 * literal bytes, then earlier in the text. */
static bool sharper(const struct ak_symptom_hit *a, const struct ak_symptom_hit *b)
{
    if (speaks(a) != speaks(b))
        return speaks(a);
    size_t of_a = a->symptom->cause_count, of_b = b->symptom->cause_count;
    if (of_a != of_b)
        return of_b == 0 || (of_a != 0 && of_a < of_b);
    return a->weight != b->weight ? a->weight > b->weight : a->begin < b->begin;
}

static void sort(struct ak_symptom_reading *r)
{
    for (size_t i = 1; i < r->hit_count; i++)
        for (size_t j = i; j > 0 && sharper(&r->hits[j], &r->hits[j - 1]); j--) {
            struct ak_symptom_hit swap = r->hits[j];
            r->hits[j] = r->hits[j - 1];
            r->hits[j - 1] = swap;
        }
}

static bool among(uint8_t cause, const uint8_t *causes, size_t count)
{
    return count != 0 && memchr(causes, cause, count) != NULL;
}

/* Meanings of one number are alternatives: they add up. */
static bool same_number(const struct ak_symptom_hit *a, const struct ak_symptom_hit *b)
{
    return a->pattern == NULL && b->pattern == NULL && a->begin == b->begin && a->end == b->end;
}

/* The causes of hit i and of the other meanings of its number. */
static size_t causes_of(const struct ak_symptom_reading *r, size_t i, uint8_t *out)
{
    size_t count = 0;
    for (size_t j = i; j < r->hit_count; j++) {
        const struct ak_symptom_hit *hit = &r->hits[j];
        if (!speaks(hit) || (j != i && !same_number(&r->hits[i], hit)))
            continue;
        for (size_t k = 0; k < hit->symptom->cause_count && count < AK_SYMPTOM_CAUSES; k++)
            if (!among(hit->symptom->causes[k], out, count))
                out[count++] = hit->symptom->causes[k];
    }
    return count;
}

/* An earlier hit stood for this number already. */
static bool done(const struct ak_symptom_reading *r, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (speaks(&r->hits[j]) && same_number(&r->hits[i], &r->hits[j]))
            return true;
    return false;
}

static void narrow_causes(struct ak_symptom_reading *r)
{
    uint8_t causes[AK_SYMPTOM_CAUSES];
    for (size_t i = 0; i < r->hit_count; i++) {
        if (!speaks(&r->hits[i]) || done(r, i))
            continue;
        size_t count = causes_of(r, i, causes), both = 0;
        if (r->cause_count == 0) {
            memcpy(r->causes, causes, count);
            r->cause_count = count;
            continue;
        }
        for (size_t k = 0; k < r->cause_count; k++)
            both += among(r->causes[k], causes, count);
        if (both == 0)
            continue;
        both = 0;
        for (size_t k = 0; k < r->cause_count; k++)
            if (among(r->causes[k], causes, count))
                r->causes[both++] = r->causes[k];
        r->cause_count = both;
    }
}

static void note_agreement(struct ak_symptom_reading *r)
{
    for (size_t i = 0; i < r->hit_count; i++) {
        const struct ak_symptom *s = r->hits[i].symptom;
        r->hits[i].agrees = s->cause_count == 0;
        for (size_t k = 0; k < s->cause_count; k++)
            r->hits[i].agrees = r->hits[i].agrees || among(s->causes[k], r->causes, r->cause_count);
    }
}

/* The stages of hit i; with the other meanings of its number, all that they span. */
static void stages_of(const struct ak_symptom_reading *r, size_t i, uint8_t *from, uint8_t *to)
{
    *from = r->hits[i].symptom->stage_from;
    *to = r->hits[i].symptom->stage_to;
    for (size_t j = i + 1; j < r->hit_count; j++) {
        const struct ak_symptom *s = r->hits[j].symptom;
        if (!speaks(&r->hits[j]) || !r->hits[j].agrees || !same_number(&r->hits[i], &r->hits[j]))
            continue;
        *from = s->stage_from < *from ? s->stage_from : *from;
        *to = s->stage_to > *to ? s->stage_to : *to;
    }
}

/* Narrows the stage by every hit that agrees; hints count when nothing is known. */
static void narrow_stage(struct ak_symptom_reading *r)
{
    for (size_t i = 0; i < r->hit_count; i++) {
        bool counts = r->known ? speaks(&r->hits[i]) && r->hits[i].agrees && !done(r, i)
                               : r->hits[i].symptom->kind == AK_SYMPTOM_HINT;
        uint8_t from, to;
        if (!counts)
            continue;
        stages_of(r, i, &from, &to);
        if (r->staged && from < r->stage_from)
            from = r->stage_from;
        if (r->staged && to > r->stage_to)
            to = r->stage_to;
        if (r->staged && from > to)
            continue;
        r->staged = true;
        r->stage_from = from;
        r->stage_to = to;
    }
}

static void conclude(struct ak_symptom_reading *r)
{
    drop_swallowed(r);
    sort(r);
    r->known = r->hit_count > 0 && speaks(&r->hits[0]);
    r->step = r->known ? r->hits[0].symptom->step : "";
    narrow_causes(r);
    note_agreement(r);
    narrow_stage(r);
}

enum ak_err ak_symptoms_read(const char *text, size_t size, struct ak_symptom_reading *reading)
{
    memset(reading, 0, sizeof *reading);
    reading->step = "";
    if (size > AK_MAX_SYMPTOM_TEXT)
        size = AK_MAX_SYMPTOM_TEXT;
    char *folded = ak_alloc(2, size + 1);
    bool *border = ak_alloc(size + 1, sizeof *border);
    if (folded == NULL || border == NULL) {
        ak_free(folded);
        ak_free(border);
        return AK_ERR_MEMORY;
    }
    char *letters = folded + size + 1;
    size = ak_fold(text, size, folded);
    struct letters all = {letters, border, ak_fold_letters(folded, size, letters, border)};
    match_patterns(&all, reading);
    ak_symptom_numbers(folded, size, reading);
    conclude(reading);
    ak_free(folded);
    ak_free(border);
    return AK_ERR_NONE;
}
