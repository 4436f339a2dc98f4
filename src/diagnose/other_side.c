/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/other_side.h"

#include "base/text.h"

#include "base/banned.h"

static enum ak_end_origin origin_of_end(const struct ak_view *v)
{
    const struct ak_conversation *c = v->c;
    if (v->joint == NULL || c->closed_by == AK_SIDE_NONE)
        return AK_END_UNKNOWN;
    if (c->close == AK_CLOSE_RST)
        return v->joint->rst[c->closed_by];
    return c->close == AK_CLOSE_FIN ? v->joint->fin[c->closed_by] : AK_END_UNKNOWN;
}

enum ak_side ak_forged_end(const struct ak_view *v)
{
    return origin_of_end(v) == AK_END_FORGED ? v->c->closed_by : AK_SIDE_NONE;
}

bool ak_end_confirmed(const struct ak_view *v)
{
    if (origin_of_end(v) != AK_END_SENT)
        return false;
    const uint64_t *frame = v->c->close == AK_CLOSE_RST ? v->joint->rst_frame : v->joint->fin_frame;
    return frame[v->c->closed_by] != 0;
}

const struct ak_vanished *ak_vanished_of(const struct ak_view *v, enum ak_side side)
{
    if (v->joint == NULL || v->joint->vanished[side].bytes == 0)
        return NULL;
    return &v->joint->vanished[side];
}

bool ak_arrived(const struct ak_view *v, enum ak_side side)
{
    return v->joint != NULL && v->joint->near != AK_SIDE_NONE && v->joint->arrived[side];
}

static void translated_fact(struct ak_match *m, const struct ak_view *v, enum ak_side side)
{
    char mine[46], other[46], text[AK_FACT_TEXT];
    ak_endpoint_text(&v->c->end[side], mine);
    ak_endpoint_text(&v->joint->end[side], other);
    (void)snprintf(text, sizeof text, "%s port %u -> %s port %u", mine,
                   (unsigned)v->c->end[side].port, other, (unsigned)v->joint->end[side].port);
    ak_match_text(m, AK_FACT_TRANSLATED, 0, side, text);
}

static void vanished_facts(struct ak_match *m, const struct ak_vanished *lost, enum ak_side side)
{
    char from[24];
    (void)snprintf(from, sizeof from, "%llu", (unsigned long long)lost->from);
    ak_match_text(m, AK_FACT_VANISHED, 0, (int64_t)lost->bytes, from);
    if (m->fact_count != 0 && m->facts[m->fact_count - 1].kind == AK_FACT_VANISHED)
        m->facts[m->fact_count - 1].b = side;
    if (lost->large != 0)
        ak_match_fact(m, AK_FACT_VANISHED_LARGE, 0, lost->large, 0);
}

/* What was asked for is there. */
static void drop_lack(struct ak_match *m, const char *lack)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->lack_count; i++)
        if (strcmp(m->lacks[i], lack) != 0)
            m->lacks[kept++] = m->lacks[i];
    m->lack_count = kept;
}

void ak_other_side_facts(struct ak_match *m, const struct ak_view *v)
{
    const struct ak_joint *j = v->joint;
    if (j == NULL)
        return;
    drop_lack(m, "both-sides-capture");
    ak_match_other(m, AK_FACT_OTHER_CAPTURE, j->first_frame, (int64_t)j->id, j->offset);
    enum ak_side by = v->c->closed_by;
    bool rst = v->c->close == AK_CLOSE_RST;
    if (ak_forged_end(v) != AK_SIDE_NONE)
        ak_match_other(m, AK_FACT_NEVER_SENT, j->last_frame, by, rst);
    else if (ak_end_confirmed(v))
        ak_match_other(m, AK_FACT_SENT_THERE, rst ? j->rst_frame[by] : j->fin_frame[by], by, rst);
    for (int side = 0; side < AK_SIDES; side++) {
        const struct ak_vanished *lost = ak_vanished_of(v, (enum ak_side)side);
        if (lost != NULL)
            vanished_facts(m, lost, (enum ak_side)side);
    }
    for (int side = 0; side < AK_SIDES; side++)
        if (j->translated[side])
            translated_fact(m, v, (enum ak_side)side);
}
