/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/carve.h"

#include "support/talk.h"

static struct octets item(const char *name)
{
    struct octets o;
    o.size = 0;
    octets_word(&o, name);
    return o;
}

static void only_a_whole_hello_asks(void **state)
{
    (void)state;
    struct octets hello = item("CH"), answer = item("SH"), alert = item("AL40"), data = item("AP");
    assert_true(ak_carve_asks(octets_span(&hello)));
    assert_false(ak_carve_asks(octets_span(&answer)));
    assert_false(ak_carve_answers(octets_span(&hello)));
    assert_true(ak_carve_answers(octets_span(&answer)));
    assert_true(ak_carve_answers(octets_span(&alert)));
    assert_false(ak_carve_answers(octets_span(&data)));
    for (size_t size = 0; size < hello.size; size++) {
        struct ak_bytes cut = ak_bytes_copy(hello.at, size);
        assert_false(ak_carve_asks(ak_bytes_span(&cut)));
        ak_bytes_free(&cut);
    }
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    (void)ak_carve_asks(bytes);
    (void)ak_carve_answers(bytes);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char *const names[] = {"CH", "SH", "AL40"};
    for (size_t i = 0; i < AK_COUNT(names); i++) {
        struct octets o = item(names[i]);
        ak_each_damage(octets_span(&o), anything, NULL);
    }
}

/* Unknown bytes first; then what the script says. */
static const struct ak_conversation *after_unknown(struct talk *t, const char *script)
{
    talk_open(t, false);
    talk_hex(t, AK_SIDE_CLIENT, "0102030405060708 f1f2f3f4 ff*20");
    talk_hex(t, AK_SIDE_SERVER, "8182838485868788 f1f2f3f4 fe*20");
    script_play(script, talk_word, t);
    ak_dialogue_end(t->dialogue);
    return &t->seen;
}

static void the_answer_decides(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool found;
    } rows[] = {
        {">CH <SH", true}, {">CH <AL40", true}, {">CH <TEXT", false},
        {">CH", false},    {"<SH", false},      {">TEXT <SH", false},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        const struct ak_conversation *c = after_unknown(&t, rows[i].script);
        if ((c->tls != NULL) != rows[i].found)
            print_message("row %zu: %s\n", i, rows[i].script);
        assert_int_equal(c->tls != NULL, rows[i].found);
        assert_int_equal(c->step[AK_STEP_CLIENT_HELLO].frame, rows[i].found ? 3 : 0);
        talk_close(&t);
    }
}

/* A server that never says a word does not speak against the hello; but its way must be in the
 * capture, and the hello whole. */
static void silence_does_not_contradict(void **state)
{
    (void)state;
    static const struct {
        bool syn_ack;
        const char *script;
        bool found;
    } rows[] = {{true, ">CH", true},
                {false, ">CH", false},
                {true, ">CH >TEXT", true},
                {true, ">TEXT", false}};
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct talk t;
        talk_open(&t, false);
        t.seen.step[AK_STEP_SYN_ACK].frame = rows[i].syn_ack;
        talk_hex(&t, AK_SIDE_CLIENT, "0102030405060708 f1f2f3f4 ff*20");
        script_play(rows[i].script, talk_word, &t);
        ak_dialogue_end(t.dialogue);
        assert_int_equal(t.seen.tls != NULL, rows[i].found);
        assert_int_equal(t.seen.step[AK_STEP_CLIENT_HELLO].frame, rows[i].found ? 2 : 0);
        talk_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_does_not_contradict),
        cmocka_unit_test(only_a_whole_hello_asks),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(the_answer_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
