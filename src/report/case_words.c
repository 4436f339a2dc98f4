/* SPDX-License-Identifier: Apache-2.0 */
#include "report/case_words.h"

#include <stdio.h>

#include "report/facts.h"
#include "report/log_words.h"
#include "report/messages.h"

#include "base/banned.h"

static void step_words(const struct ak_moment *m, enum ak_lang lang, struct ak_text *out)
{
    static const char *const senders[] = {N_("by the client"), N_("by the server")};
    ak_text_add(out, ak_step_name((enum ak_step)m->a));
    if (m->a == AK_STEP_ALERT && m->b != AK_SIDE_NONE)
        ak_text_format(out, " %lld", (long long)m->c);
    if (m->b == AK_SIDE_CLIENT || m->b == AK_SIDE_SERVER) {
        ak_text_char(out, ' ');
        ak_text_add(out, ak_tr(lang, senders[m->b]));
    }
}

void ak_moment_words(const struct ak_moment *m, enum ak_lang lang, struct ak_text *out)
{
    enum ak_log_provider provider = (enum ak_log_provider)m->a;
    switch (m->kind) {
    case AK_MOMENT_STEP:
        step_words(m, lang, out);
        break;
    case AK_MOMENT_EVENT:
        ak_text_format(out, "%s %u: %s", ak_log_provider_name(provider), (unsigned)m->b,
                       ak_log_event_meaning(provider, (uint32_t)m->b, lang));
        break;
    case AK_MOMENT_WRITTEN:
        ak_phrase(out, ak_tr(lang, N_("the key {1} was last written")), m->text, NULL);
        break;
    case AK_MOMENT_SHUT_DOWN:
        ak_text_add(out, ak_tr(lang, N_("the machine was shut down for the last time")));
        break;
    }
}

const char *ak_clock_state_name(enum ak_clock_state state)
{
    static const char *const names[] = {"unknown", "agrees", "zone", "differs"};
    return names[state];
}

static int64_t whole_seconds(int64_t nanoseconds)
{
    int64_t half = nanoseconds < 0 ? -500000000 : 500000000;
    return (nanoseconds + half) / 1000000000;
}

/* "+9:00", "-0:30", "+0:00:12" */
static void offset_words(int64_t nanoseconds, char *out, size_t room)
{
    int64_t seconds = whole_seconds(nanoseconds);
    char sign = seconds < 0 ? '-' : '+';
    seconds = seconds < 0 ? -seconds : seconds;
    int n = snprintf(out, room, "%c%lld:%02lld", sign, (long long)(seconds / 3600),
                     (long long)(seconds / 60 % 60));
    if (seconds % 60 != 0 && n > 0 && (size_t)n < room)
        (void)snprintf(out + n, room - (size_t)n, ":%02lld", (long long)(seconds % 60));
}

static void both(const struct ak_alignment *a, enum ak_lang lang, const char *words,
                 struct ak_text *out)
{
    char offset[40], seconds[40];
    offset_words(-a->estimate.offset, offset, sizeof offset);
    (void)snprintf(seconds, sizeof seconds, "%.3f", (double)a->estimate.drift / 1e9);
    ak_phrase(out, ak_tr(lang, words), offset, seconds);
}

void ak_alignment_words(const struct ak_alignment *a, enum ak_lang lang, struct ak_text *out)
{
    const struct ak_clock_estimate *e = &a->estimate;
    char pairs[32];
    ak_phrase(out, ak_tr(lang, N_("{1} beside {2}: ")), a->clock->file, a->source->file);
    switch (e->state) {
    case AK_CLOCK_UNKNOWN:
        ak_text_add(out, ak_tr(lang, N_("the clocks could not be compared, so no event is held to "
                                        "belong to a conversation")));
        return;
    case AK_CLOCK_AGREES:
        both(a, lang, N_("the clocks agree ({2} s)"), out);
        break;
    case AK_CLOCK_ZONE:
        both(a, lang, N_("the log is in local time, UTC {1} ({2} s)"), out);
        break;
    case AK_CLOCK_DIFFERS:
        both(a, lang, N_("the clock of the log differs by {1}"), out);
        break;
    }
    (void)snprintf(pairs, sizeof pairs, "%zu", e->pairs);
    ak_phrase(out,
              ak_tr(lang, e->pairs == 1 ? N_("; one event and one conversation show it")
                                        : N_("; {1} events and as many conversations show it")),
              pairs, NULL);
}
