/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/rule.h"

#include <string.h>

#include "base/banned.h"

const char *ak_grade_name(enum ak_grade grade)
{
    static const char *const names[] = {"none", "possible", "likely", "certain"};
    return names[grade];
}

const char *ak_severity_name(enum ak_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

const char *ak_change_side_name(enum ak_change_side side)
{
    static const char *const names[] = {"client", "server", "both", "network", "host"};
    return names[side];
}

static struct ak_fact *new_fact(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame,
                                int64_t a, int64_t b)
{
    if (m->fact_count == AK_MATCH_FACTS)
        return NULL;
    struct ak_fact *fact = &m->facts[m->fact_count++];
    fact->kind = kind;
    fact->other = false;
    fact->frame = frame;
    fact->after = -1;
    fact->a = a;
    fact->b = b;
    fact->text[0] = '\0';
    return fact;
}

void ak_match_fact(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a, int64_t b)
{
    (void)new_fact(m, kind, frame, a, b);
}

void ak_match_text(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a,
                   const char *text)
{
    struct ak_fact *fact = new_fact(m, kind, frame, a, 0);
    if (fact == NULL || text == NULL)
        return;
    size_t n = strlen(text);
    if (n >= sizeof fact->text) { /* cut at a character's border */
        n = sizeof fact->text - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(fact->text, text, n);
    fact->text[n] = '\0';
}

void ak_match_other(struct ak_match *m, enum ak_fact_kind kind, uint64_t frame, int64_t a,
                    int64_t b)
{
    struct ak_fact *fact = new_fact(m, kind, frame, a, b);
    if (fact != NULL)
        fact->other = true;
}

void ak_match_rival(struct ak_match *m, const char *rule)
{
    if (m->rival_count < AK_MATCH_RIVALS)
        m->rivals[m->rival_count++] = rule;
}

void ak_match_lack(struct ak_match *m, const char *next_step)
{
    for (size_t i = 0; i < m->lack_count; i++)
        if (strcmp(m->lacks[i], next_step) == 0)
            return;
    if (m->lack_count < AK_MATCH_LACKS)
        m->lacks[m->lack_count++] = next_step;
}

static enum ak_step last_step(const struct ak_conversation *c)
{
    static const enum ak_step order[] = {AK_STEP_SERVER_RESPONSE,
                                         AK_STEP_CLIENT_DATA,
                                         AK_STEP_SERVER_FINISHED,
                                         AK_STEP_CLIENT_FINISHED,
                                         AK_STEP_CLIENT_KEY_EXCHANGE,
                                         AK_STEP_SERVER_HELLO_DONE,
                                         AK_STEP_SERVER_HELLO,
                                         AK_STEP_HELLO_RETRY,
                                         AK_STEP_CLIENT_HELLO,
                                         AK_STEP_PRELOGIN_REPLY,
                                         AK_STEP_PRELOGIN,
                                         AK_STEP_FIRST_CLIENT_DATA,
                                         AK_STEP_SYN_ACK,
                                         AK_STEP_SYN};
    for (size_t i = 0; i < AK_COUNT(order); i++)
        if (c->step[order[i]].frame != 0)
            return order[i];
    return AK_STEPS;
}

void ak_match_end(struct ak_match *m, const struct ak_view *view)
{
    const struct ak_conversation *c = view->c;
    enum ak_step last = last_step(c);
    if (last != AK_STEPS)
        ak_match_fact(m, AK_FACT_STEP, c->step[last].frame, last, 0);
    for (size_t i = 0; i < c->alert_count; i++)
        if (c->alert[i].level == 2) {
            ak_match_fact(m, AK_FACT_ALERT, c->alert[i].frame, c->alert[i].by, c->alert[i].code);
            break;
        }
    if (c->tcp_end_by != AK_SIDE_NONE)
        ak_match_fact(m, AK_FACT_CLOSE, c->step[c->tcp_end_rst ? AK_STEP_RST : AK_STEP_FIN].frame,
                      c->tcp_end_by, c->tcp_end_rst ? AK_CLOSE_RST : AK_CLOSE_FIN);
}
