/* Dialogues in clear before TLS, unit by unit, for the tests of codec/starttls*. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_CLEAR_TALK_H
#define AK_TESTS_SUPPORT_CLEAR_TALK_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "codec/starttls.h"
#include "support/parser_check.h"

enum { C, S }; /* client, server */

static inline enum ak_verdict detect(struct ak_clear_state *state, int server, const char *hex)
{
    struct ak_bytes b = ak_hex(hex);
    memset(state, 0, sizeof *state);
    enum ak_verdict verdict = ak_clear_detect(state, server, ak_bytes_span(&b));
    ak_bytes_free(&b);
    return verdict;
}

struct step {
    int server;
    const char *hex; /* NULL: the end */
    enum ak_clear_event event;
    const char *answer;
};

static inline void play(const struct step *steps)
{
    struct ak_clear_state state;
    (void)detect(&state, steps[0].server, steps[0].hex);
    for (size_t i = 0; steps[i].hex != NULL; i++) {
        struct ak_bytes b = ak_hex(steps[i].hex);
        struct ak_clear_unit unit;
        enum ak_verdict verdict = ak_clear_read(&state, steps[i].server, ak_bytes_span(&b), &unit);
        if (verdict != AK_VERDICT_PARSED || unit.event != steps[i].event || unit.size != b.size)
            print_message("step %zu: %s: verdict %d event %d size %zu of %zu\n", i, steps[i].hex,
                          (int)verdict, (int)unit.event, unit.size, b.size);
        assert_int_equal(verdict, AK_VERDICT_PARSED);
        assert_int_equal(unit.event, steps[i].event);
        assert_int_equal(unit.size, b.size);
        if (steps[i].answer != NULL)
            assert_string_equal(unit.answer, steps[i].answer);
        ak_bytes_free(&b);
    }
}

static inline void read_any(struct ak_span bytes, void *context)
{
    const int *server = context;
    struct ak_clear_state state;
    struct ak_clear_unit unit;
    memset(&state, 0, sizeof state);
    if (ak_clear_detect(&state, *server != 0, bytes) == AK_VERDICT_PARSED &&
        ak_clear_read(&state, *server != 0, bytes, &unit) == AK_VERDICT_PARSED)
        assert_true(unit.size != 0);
}

/* First units of dialogues, each in every damaged form. */
struct first_unit {
    int server;
    const char *hex;
};

static inline void survive_damage(const struct first_unit *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ak_bytes b = ak_hex(rows[i].hex);
        int server = rows[i].server;
        ak_each_damage(ak_bytes_span(&b), read_any, &server);
        ak_bytes_free(&b);
    }
}

#endif
