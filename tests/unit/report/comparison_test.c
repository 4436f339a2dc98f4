/* Two conversations side by side. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "observe/fields.h"
#include "report/comparison.h"

static const struct ak_text_style style = {AK_LANG_EN, false, false, 100};

struct pair {
    struct ak_record a, b;
    struct ak_text out;
    size_t count;
};

static void compare(struct pair *p, const char *a, const char *b, bool json)
{
    assert_true(ak_record_init(&p->a, AK_KIND_CONVERSATION));
    assert_true(ak_record_init(&p->b, AK_KIND_CONVERSATION));
    assert_true(ak_record_read(&p->a, a, strlen(a)) && ak_record_read(&p->b, b, strlen(b)));
    ak_text_init(&p->out, 65536);
    p->count = json ? ak_comparison_json(&p->a, &p->b, &p->out)
                    : ak_comparison_text(&style, &p->a, &p->b, &p->out);
    assert_false(p->out.failed);
}

static void forget(struct pair *p)
{
    ak_record_release(&p->a);
    ak_record_release(&p->b);
    ak_text_release(&p->out);
}

static void assert_says(struct pair *p, const char *text)
{
    if (strstr(ak_text_string(&p->out), text) == NULL)
        fail_msg("'%s' not in %s", text, ak_text_string(&p->out));
}

static void every_field_is_an_output_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_compared_count; i++) {
        size_t k = 0;
        while (k < ak_field_count && strcmp(ak_fields[k].path, ak_compared_fields[i].path) != 0)
            k++;
        if (k == ak_field_count || !(ak_fields[k].kinds & AK_KIND_CONVERSATION))
            fail_msg("%s", ak_compared_fields[i].path);
    }
}

static void lists_by_what_only_one_has(void **state)
{
    (void)state;
    struct pair p;
    compare(&p, "{\"akushu\":{\"offered_groups\":[\"x25519\",\"secp256r1\"],\"stage\":\"P7\"}}",
            "{\"akushu\":{\"offered_groups\":[\"secp256r1\",\"secp384r1\"],\"stage\":\"P3\"}}",
            false);
    assert_int_equal(p.count, 1);
    assert_says(&p, "First difference that matters\n  ClientHello: offered groups\n"
                    "    only A    x25519\n    only B    secp384r1\n");
    assert_says(&p, "  End: stage\n    A         P7\n    B         P3\n");
    forget(&p);
    compare(&p, "{\"akushu\":{\"offered_groups\":[\"a\",\"b\"]}}",
            "{\"akushu\":{\"offered_groups\":[\"b\",\"a\"]}}", false);
    assert_says(&p, "offered groups (in another order)\n    A         a; b\n    B         b; a\n");
    forget(&p);
}

static void what_was_not_reached_is_told_once(void **state)
{
    (void)state;
    struct pair p;
    compare(&p, "{\"tls\":{\"version\":\"1.2\",\"cipher\":\"X\",\"curve\":\"Y\"}}", "{}", false);
    assert_int_equal(p.count, 0);
    assert_says(&p, "As far as both came, they said the same");
    assert_says(&p, "  B did not come to: ServerHello\n");
    forget(&p);
}

static void slow_steps(void **state)
{
    (void)state;
    static const char quick[] = "{\"akushu\":{\"steps\":[{\"name\":\"SYN\",\"ms\":0},"
                                "{\"name\":\"PRELOGIN\",\"ms\":5},"
                                "{\"name\":\"PRELOGIN reply\",\"ms\":9}]}}";
    static const char slow[] = "{\"akushu\":{\"steps\":[{\"name\":\"PRELOGIN reply\",\"ms\":7005},"
                               "{\"name\":\"SYN\",\"ms\":0},{\"name\":\"PRELOGIN\",\"ms\":5}]}}";
    struct pair p;
    compare(&p, quick, slow, false);
    assert_int_equal(p.count, 1);
    assert_says(&p, "  Time: PRELOGIN reply\n    A         4 ms\n    B         7000 ms\n");
    forget(&p);
    compare(&p, slow, quick, true);
    assert_says(&p, "\"slow_step\":{\"name\":\"PRELOGIN reply\",\"a_ms\":7000,\"b_ms\":4}");
    forget(&p);
}

static void equal_ones(void **state)
{
    (void)state;
    struct pair p;
    compare(&p, "{\"akushu\":{\"stage\":\"P7\"}}", "{\"akushu\":{\"stage\":\"P7\"}}", true);
    assert_int_equal(p.count, 0);
    assert_says(&p, "\"differences\":[]");
    forget(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_an_output_field),
        cmocka_unit_test(lists_by_what_only_one_has),
        cmocka_unit_test(what_was_not_reached_is_told_once),
        cmocka_unit_test(slow_steps),
        cmocka_unit_test(equal_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
