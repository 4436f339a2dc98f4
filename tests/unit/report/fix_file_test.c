/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fix_file.h"

#include "base/alloc.h"
#include "support/machine.h"

static void begin(struct machine *m, struct ak_fix_plan *plan, struct ak_fix_job *job,
                  const char *registry)
{
    *m = machine_of(registry);
    struct ak_fix_place place = {.host = m->host};
    assert_int_equal(
        ak_fix_plan_make(ak_fix_about_find("template:tls12-only"), &place, NULL, m->registry, plan),
        AK_FIX_READY);
    job->plan = plan;
    job->name = "host-tls12-only";
    job->until = NULL;
    job->lang = AK_LANG_EN;
}

static void end(struct machine *m, struct ak_fix_plan *plan)
{
    ak_fix_plan_release(plan);
    machine_end(m);
}

static bool has(struct ak_text *text, const char *part)
{
    return strstr(ak_text_string(text), part) != NULL;
}

static void our_reader_reads_it(void **state)
{
    struct machine m;
    struct ak_fix_plan plan;
    struct ak_fix_job job;
    struct ak_text out;
    struct ak_error error;
    struct ak_hash_key key = {1, 2};
    (void)state;
    begin(&m, &plan, &job, MACHINE_2008R2);
    ak_text_init(&out, 1u << 20);
    ak_fix_file(&job, AK_FIX_FORM_REG, false, &out);
    assert_memory_equal(out.bytes, "\xff\xfeW\0i\0", 6);
    struct ak_registry *read = ak_registry_new(key);
    struct ak_span span = {(const uint8_t *)out.bytes, out.size};
    assert_int_equal(ak_registry_load_text(read, "a.reg", span, &error), AK_ERR_NONE);
    for (size_t i = 0; i < plan.set.count; i++) {
        const struct ak_fix_change *c = &plan.set.changes[i];
        const struct ak_registry_value *v =
            ak_registry_value(ak_registry_find(read, c->key), c->name);
        assert_int_equal(c->action, AK_FIX_SET_VALUE);
        assert_non_null(v);
        assert_int_equal(v->type, c->type);
        assert_int_equal(v->size, c->size);
        assert_memory_equal(v->data, c->data, c->size);
    }
    ak_registry_free(read);
    ak_text_release(&out);
    end(&m, &plan);
}

static void scripts_say_what_and_how_back(void **state)
{
    static const enum ak_fix_form forms[] = {AK_FIX_FORM_CMD, AK_FIX_FORM_PS1};
    struct machine m;
    struct ak_fix_plan plan;
    struct ak_fix_job job;
    struct ak_text out, name;
    (void)state;
    begin(&m, &plan, &job, MACHINE_2008R2);
    job.until = "2031-05-04";
    ak_text_init(&out, 1u << 20);
    ak_text_init(&name, 256);
    for (size_t i = 0; i < 2; i++)
        for (int undo = 0; undo < 2; undo++) {
            ak_text_clear(&out);
            ak_fix_file(&job, forms[i], undo != 0, &out);
            assert_true(has(&out, "akushu fix: "));
            assert_true(has(&out, undo ? "Undoes: host-tls12-only." : "Undo: host-tls12-only."));
            assert_true(has(&out, "2031-05-04") && has(&out, "schtasks"));
        }
    ak_fix_file_name(&job, AK_FIX_FORM_LGPO, true, &name);
    assert_string_equal(ak_text_string(&name), "host-tls12-only.undo.lgpo.txt");
    assert_true(ak_fix_file_wanted(&job, AK_FIX_FORM_REG));
    assert_false(ak_fix_file_wanted(&job, AK_FIX_FORM_GPP)); /* policy owns nothing here */
    ak_text_release(&out);
    ak_text_release(&name);
    end(&m, &plan);
}

/* A name from the evidence stands in the comment: it must stay one. */
static void a_hostile_name_stays_a_comment(void **state)
{
    struct machine m;
    struct ak_fix_plan plan;
    struct ak_fix_job job;
    struct ak_text out;
    (void)state;
    begin(&m, &plan, &job,
          MACHINE_2008R2 "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName"
                         "\\ComputerName]\n\"ComputerName\"=\"A&calc|--%PATH%\"\n\n");
    ak_text_init(&out, 1u << 20);
    ak_fix_file(&job, AK_FIX_FORM_CMD, false, &out);
    assert_true(has(&out, "A/calc/--/PATH/"));
    assert_false(has(&out, "&calc"));
    ak_text_release(&out);
    end(&m, &plan);
}

static void survives_a_lack_of_memory(void **state)
{
    struct machine m;
    struct ak_fix_plan plan;
    struct ak_fix_job job;
    struct ak_text whole;
    (void)state;
    begin(&m, &plan, &job, MACHINE_2008R2);
    ak_text_init(&whole, 1u << 20);
    ak_fix_file(&job, AK_FIX_FORM_REG, false, &whole);
    for (unsigned long n = 1;; n++) {
        struct ak_text out;
        ak_text_init(&out, 1u << 20);
        (void)ak_alloc_fail_after(n);
        ak_fix_file(&job, AK_FIX_FORM_REG, false, &out);
        bool failed = ak_alloc_fail_after(0) >= n;
        /* A file that is not whole says so: nobody may write it. */
        assert_true(out.failed || out.size == whole.size);
        ak_text_release(&out);
        if (!failed)
            break;
    }
    ak_text_release(&whole);
    end(&m, &plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_reader_reads_it),
        cmocka_unit_test(scripts_say_what_and_how_back),
        cmocka_unit_test(a_hostile_name_stays_a_comment),
        cmocka_unit_test(survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
