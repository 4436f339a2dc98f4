/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check.h"

#include "report/check_words.h"
#include "report/json.h"

#include "base/banned.h"

enum { OK, WARNING, CRITICAL, UNKNOWN };
#define SECONDS 1e9

static void step(struct ak_text *out, const char *name, int64_t from, int64_t to)
{
    if (from != 0 && to >= from)
        ak_text_format(out, " %s=%.6fs", name, (double)(to - from) / SECONDS);
}

/* Words may hold what OpenSSL or the system said: "|" would begin the data, a control end the line.
 */
static void tell(struct ak_text *out, const char *words)
{
    for (; *words != '\0'; words++) {
        bool control = (unsigned char)*words < ' ' || *words == 0x7f;
        ak_text_char(out, control ? ' ' : *words == '|' ? '/' : *words);
    }
}

static void tell_end(struct ak_text *out, const struct ak_probe_result *result)
{
    static const struct ak_text_style style = {AK_LANG_EN, false, false, 1000};
    struct ak_text words;
    ak_text_init(&words, 1024);
    ak_end_words(&style, result, &words);
    if (result->login_error != 0)
        ak_text_format(&words, ", login refused: error %d", (int)result->login_error);
    tell(out, ak_text_string(&words));
    ak_text_release(&words);
}

/* https://www.monitoring-plugins.org/doc/guidelines.html: one line, then | and the data. */
int ak_monitor_check(const struct ak_check_report *report, const uint64_t findings[3],
                     struct ak_text *out)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const struct ak_check_node *worst = NULL;
    size_t reached = 0;
    for (size_t i = 0; i < report->node_count; i++) {
        const struct ak_check_node *node = &report->node[i];
        bool good = node->result != NULL && node->result->end == AK_PROBE_END_REACHED &&
                    node->result->login_error == 0;
        reached += good;
        if (worst == NULL || (!good && node->result != NULL))
            worst = node;
    }
    int state = report->interrupted || report->node_count == 0 ? UNKNOWN
                : findings[2] != 0 || reached != report->node_count || report->unresolved[0] != '\0'
                    ? CRITICAL
                : findings[1] != 0 || report->repetition.failed != 0 ? WARNING
                                                                     : OK;
    ak_text_format(out, "AKUSHU %s - %s: ", words[state], report->name);
    if (worst == NULL || worst->result == NULL)
        tell(out, report->unresolved[0] != '\0' ? report->unresolved
                                                : ak_unasked_words(AK_LANG_EN, worst));
    else
        tell_end(out, worst->result);
    if (report->node_count != 0 && report->unresolved[0] != '\0') {
        ak_text_add(out, ", ");
        tell(out, report->unresolved);
    }
    ak_text_format(out, " (%zu of %zu addresses)", reached, report->node_count);
    ak_text_char(out, '|');
    if (worst != NULL && worst->result != NULL) {
        const struct ak_probe_result *r = worst->result;
        step(out, "connect", r->began, r->step[AK_STEP_SYN_ACK]);
        step(out, "hello", r->began, r->step[AK_STEP_SERVER_HELLO]);
        step(out, "handshake", r->began, r->step[AK_STEP_SERVER_FINISHED]);
        if (r->chain_count != 0 && r->chain[0]->readable)
            ak_text_format(out, " certificate_until=%lld", (long long)r->chain[0]->facts.not_after);
    }
    ak_text_format(out, " connections=%u addresses=%zu;;;0;%zu\n", report->connections, reached,
                   report->node_count);
    return state;
}
