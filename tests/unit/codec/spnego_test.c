/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/spnego.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* RFC 4178 4.2, RFC 4121 4.1, RFC 4120 5.9.1, made by hand. */
#define KERBEROS "0609 2a864886f712010202 "
#define INIT                                                                                       \
    "603f 0606 2b0601050502 a035 3033 # negTokenInit\n"                                            \
    "a019 3017 " KERBEROS "060a 2b06010401823702020a # kerberos, ntlm\n"                           \
    "a216 0414 6012 " KERBEROS "0100 6e03 020105 00 # AP-REQ\n"
#define REJECT "a107 3005 a003 0a01 02"
#define FAILED                                                                                     \
    "6030 " KERBEROS "0300 7e23 3021 # KRB-ERROR\n"                                                \
    "a003 020105 a103 02011e a503 020100 a603 02010e # ETYPE_NOSUPP\n"                             \
    "a907 1b05 4c4f43414c"

static struct ak_spnego parse(const char *hex, enum ak_verdict expected)
{
    struct ak_spnego s;
    struct ak_parse record;
    struct ak_bytes b = ak_hex(hex);
    assert_int_equal(ak_spnego_parse(ak_bytes_span(&b), &s, &record), expected);
    ak_bytes_free(&b);
    return s;
}

static void reads_what_is_offered(void **state)
{
    (void)state;
    struct ak_spnego s = parse(INIT, AK_VERDICT_PARSED);
    assert_int_equal(s.form, AK_SPNEGO_INIT);
    assert_int_equal(s.mechanisms, 1u << AK_GSS_KERBEROS | 1u << AK_GSS_NTLM);
    assert_int_equal(s.kerberos, AK_KERBEROS_AP_REQ);
    assert_int_equal(s.structure, 60); /* to the message, whose bytes are the ticket's */
}

static void reads_answers(void **state)
{
    (void)state;
    struct ak_spnego s = parse(REJECT, AK_VERDICT_PARSED);
    assert_int_equal(s.form, AK_SPNEGO_RESPONSE);
    assert_true(s.has_state);
    assert_int_equal(s.state, AK_SPNEGO_REJECT);
    assert_string_equal(ak_spnego_state_name(s.state), "reject");
    s = parse("a114 3012 a003 0a01 01 a10b " KERBEROS, AK_VERDICT_PARSED);
    assert_int_equal(s.chosen, AK_GSS_KERBEROS);
}

static void reads_kerberos_errors_without_their_names(void **state)
{
    (void)state;
    struct ak_spnego s = parse(FAILED, AK_VERDICT_PARSED);
    assert_int_equal(s.form, AK_SPNEGO_BARE);
    assert_int_equal(s.kerberos, AK_KERBEROS_ERROR);
    assert_int_equal(s.kerberos_error, 14);
    assert_string_equal(ak_kerberos_error_name(s.kerberos_error), "KDC_ERR_ETYPE_NOSUPP");
    assert_int_equal(s.structure, 39); /* the realm comes after it */
}

static void reads_what_a_cut_left(void **state)
{
    (void)state;
    struct ak_spnego s = parse(
        "6082 0800 0606 2b0601050502 a082 07f0 3082 07ec a00d 300b " KERBEROS, AK_VERDICT_PARSED);
    assert_int_equal(s.mechanisms, 1u << AK_GSS_KERBEROS);
    assert_int_equal(s.kerberos, AK_KERBEROS_NONE);
}

static void knows_what_is_none(void **state)
{
    (void)state;
    (void)parse("6006 0604 2a030405", AK_VERDICT_UNKNOWN);
    (void)parse("a102 3000", AK_VERDICT_UNKNOWN);
    (void)parse("a107 3005 a003 0a01 09", AK_VERDICT_UNKNOWN);
    (void)parse("6080 0606 2b0601050502", AK_VERDICT_UNKNOWN);
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    struct ak_spnego s;
    struct ak_parse record;
    if (ak_spnego_parse(bytes, &s, &record) == AK_VERDICT_PARSED) {
        assert_true(s.structure != 0);
        assert_true(s.structure <= bytes.size);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char *const vectors[] = {INIT, REJECT, FAILED};
    for (size_t i = 0; i < AK_COUNT(vectors); i++) {
        struct ak_bytes b = ak_hex(vectors[i]);
        ak_each_damage(ak_bytes_span(&b), anything, NULL);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_offered),
        cmocka_unit_test(reads_answers),
        cmocka_unit_test(reads_kerberos_errors_without_their_names),
        cmocka_unit_test(reads_what_a_cut_left),
        cmocka_unit_test(knows_what_is_none),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
